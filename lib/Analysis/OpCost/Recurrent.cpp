//===- Recurrent.cpp - Cost of recurrent networks -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Per direction, step and item of the batch, a cell with G gates and hidden
/// size H multiplies the input (I) and the state (H) with matrices of G * H
/// rows: G * H * (I + H) multiply-accumulates. Lengths of sequences are data;
/// the longest is counted.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

namespace {
/// Per element of the hidden state and step.
struct Cell {
  /// Gates: rows of the matrices over H.
  int64_t gates;
  /// Activations: sigmoid, tanh and their like, one result each.
  int64_t activations;
  /// Products and sums that make the new state from the gates.
  int64_t combining;
};
} // namespace

/// c' = f * c + i * g, h' = o * tanh(c').
static constexpr Cell Lstm = {4, 5, 4};
/// h' = (1 - z) * g + z * h, and r * h (or r * (R h)) for g.
static constexpr Cell Gru = {3, 3, 5};
static constexpr Cell Rnn = {1, 1, 0};

/// Common operands: X, W, R, B, sequence_lens, initial_h. `hiddenAxis` is that
/// of R on which H stands.
static void addCell(Estimate &estimate, const Cell &cell, size_t peepholes,
                    int64_t hiddenAxis = 2) {
  const TensorInfo &data = estimate.input(0);
  bool batchFirst = estimate.getInt("layout", 0) != 0;
  Count steps = extent(data, batchFirst ? 1 : 0);
  Count batch = extent(data, batchFirst ? 0 : 1);
  Count inputSize = extent(data, 2);

  Count fromWeights = extent(estimate.input(2), hiddenAxis);
  Count hidden = estimate.getInt("hidden_size", -1);
  if (!hidden.isExact())
    hidden = fromWeights;
  if (fromWeights.isExact() && fromWeights.value() != hidden.value())
    estimate.contradict();

  llvm::StringRef direction = estimate.getString("direction");
  Count directions = direction == "bidirectional" ? 2 : 1;

  Count states = directions * steps * batch * hidden;
  estimate.addMacs(states * cell.gates * (inputSize + hidden));
  // The sum of both products, then activations and the new state.
  int64_t perState = cell.gates + cell.activations + cell.combining;
  if (estimate.hasInput(3))
    perState += 2 * cell.gates; // W and R have a bias each.
  if (peepholes && estimate.hasInput(peepholes))
    perState += 6; // i, o and f look at the cell: product and sum.
  if (estimate.attributes().getFloat("clip"))
    perState += 2 * cell.activations;
  estimate.addOps(states * perState);
}

static void lstm(Estimate &estimate, int64_t) { addCell(estimate, Lstm, 7); }
static void gru(Estimate &estimate, int64_t) { addCell(estimate, Gru, 0); }
static void rnn(Estimate &estimate, int64_t) { addCell(estimate, Rnn, 0); }

/// com.microsoft: an LSTM with 8-bit matrices, stored transposed.
static void dynamicQuantizeLstm(Estimate &estimate, int64_t) {
  addCell(estimate, Lstm, 7, /*hiddenAxis=*/1);
  estimate.setComputeType(Int8);
}

llvm::ArrayRef<OpEntry> opcost::recurrentOps() {
  static constexpr OpEntry table[] = {
      {Standard, "GRU", gru},
      {Standard, "LSTM", lstm},
      {Standard, "RNN", rnn},
      {Microsoft, "DynamicQuantizeLSTM", dynamicQuantizeLstm},
  };
  return table;
}
