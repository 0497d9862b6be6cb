//===- ControlFlow.cpp - Cost of operators with bodies --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The bodies do all the work and move all the bytes. What a body reads from
/// outside counts again on every trip.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// Exporters write a very large trip count for 'until the condition fails'.
static constexpr int64_t EndlessTrips = std::numeric_limits<int32_t>::max();

/// The dearer branch, figure by figure.
static void ifElse(Estimate &estimate, int64_t) {
  OpCost most;
  size_t firstUnknown = 0;
  for (size_t i = 0, e = estimate.bodies().size(); i < e; ++i) {
    const OpCost &body = estimate.bodies()[i];
    if (!most.computeType || body.flops > most.flops)
      most.computeType = body.computeType ? body.computeType : most.computeType;
    most.macs = std::max(most.macs, body.macs);
    most.flops = std::max(most.flops, body.flops);
    most.bytesRead = std::max(most.bytesRead, body.bytesRead);
    most.bytesWritten = std::max(most.bytesWritten, body.bytesWritten);
    if (body.unknown && !most.unknown)
      firstUnknown = i;
    most.unknown |= body.unknown;
  }
  if (estimate.bodies().empty())
    estimate.contradict();
  estimate.setBodyCost(most, 1, firstUnknown);
}

static void repeatBody(Estimate &estimate, Count trips) {
  if (estimate.bodies().empty())
    estimate.contradict();
  else if (!trips.isExact())
    estimate.markUnknown();
  estimate.setBodyCost(
      estimate.bodies().empty() ? OpCost() : estimate.bodies().front(), trips);
}

/// The trips of (M, cond, states...) -> (states..., collected...), if they are
/// known. What is collected has an entry for each, and its extent may have been
/// observed, or assumed; else the condition is taken never to end the loop.
static std::optional<int64_t> loopTrips(const Estimate &estimate) {
  size_t states = std::max<size_t>(estimate.inputCount(), 2) - 2;
  for (size_t i = states, e = estimate.outputCount(); i < e; ++i)
    if (const TensorInfo &collected = estimate.output(i);
        collected.hasRank && !collected.dims.empty() && collected.dims[0] >= 0)
      return collected.dims[0];
  return estimate.inputValue(0);
}

static void loop(Estimate &estimate, int64_t) {
  std::optional<int64_t> trips = loopTrips(estimate);
  Count count = trips && *trips < EndlessTrips
                    ? Count(std::max<int64_t>(*trips, 0))
                    : Count::atLeast(1);
  if (!trips)
    estimate.missingValue(0);
  else if (!count.isExact())
    estimate.markUnknown(UnknownCause::DependsOnData);
  repeatBody(estimate, count);
}

/// As many trips as the scanned inputs are long. They are the last
/// num_scan_inputs operands, along scan_input_axes; which way they are scanned
/// does not matter. Version 8: (sequence_lens, ...), axis 1 of each, for every
/// item of the batch on axis 0.
static void scan(Estimate &estimate, int64_t) {
  int64_t scanned = estimate.getInt("num_scan_inputs", -1);
  int64_t count = estimate.inputCount();
  bool batched = estimate.opset() > 0 && estimate.opset() < 9;
  auto axes = estimate.attributes().getInts("scan_input_axes");
  Count trips = Count::atLeast(1);
  if (scanned < 1 || scanned > count)
    estimate.contradict();
  else
    // They are all of the same length; the first that is known will do.
    for (int64_t i = 0; i < scanned && !trips.isExact(); ++i) {
      const TensorInfo &data = estimate.input(count - scanned + i);
      int64_t axis = axes && size_t(i) < axes->size() ? (*axes)[i] : 0;
      trips = batched ? extent(data, 0) * extent(data, 1) : extent(data, axis);
    }
  repeatBody(estimate, trips);
}

/// The length of a sequence is not in its type.
static void sequenceMap(Estimate &estimate, int64_t) {
  estimate.markUnknown(UnknownCause::DependsOnData);
  repeatBody(estimate, Count::atLeast(1));
}

llvm::ArrayRef<OpEntry> opcost::controlFlowOps() {
  static constexpr OpEntry table[] = {
      {Standard, "If", ifElse, 0, /*ownsBodies=*/true},
      {Standard, "Loop", loop, 0, /*ownsBodies=*/true},
      {Standard, "Scan", scan, 0, /*ownsBodies=*/true},
      {Standard, "SequenceMap", sequenceMap, 0, /*ownsBodies=*/true},
  };
  return table;
}
