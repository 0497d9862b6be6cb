//===- Estimate.cpp - What a cost function reads and fills ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

static const TensorInfo &at(llvm::ArrayRef<TensorInfo> tensors, size_t index) {
  static const TensorInfo omitted;
  return index < tensors.size() ? tensors[index] : omitted;
}

const TensorInfo &Estimate::input(size_t index) const {
  return at(query.inputs, index);
}

const TensorInfo &Estimate::output(size_t index) const {
  return at(query.outputs, index);
}

Count Estimate::inputElements(size_t index) const {
  return elements(input(index));
}

Count Estimate::outputElements(size_t index) const {
  return elements(output(index));
}

std::optional<int64_t> Estimate::inputValue(size_t index) const {
  const TensorInfo &tensor = input(index);
  if (!tensor.present || !tensor.hasValues || tensor.values.empty())
    return std::nullopt;
  return tensor.values.front();
}

//===----------------------------------------------------------------------===//
// Figures
//===----------------------------------------------------------------------===//

void Estimate::addMacs(Count count) {
  arithmetic = true;
  macs += count;
}

void Estimate::addOps(Count count) {
  arithmetic = true;
  ops += count;
}

void Estimate::markUnknown(UnknownCause cause) {
  unknown = true;
  if (firstCause.kind == UnknownCause::None)
    firstCause = cause;
}

Count Estimate::missingValue(size_t index, int64_t bound) {
  if (hasInput(index))
    markUnknown({UnknownCause::UnknownValue, false, int32_t(index), -1});
  else
    markUnknown(UnknownCause::DependsOnData);
  return Count::atLeast(bound);
}

void Estimate::setRead(size_t index, Count elements) {
  if (readElements.size() <= index)
    readElements.resize(index + 1);
  readElements[index] = elements;
}

void Estimate::setNoTraffic() { hasTraffic = false; }

void Estimate::setBodyCost(const OpCost &body, Count times, size_t index) {
  Count bodyMacs = body.macs, bodyFlops = body.flops;
  addMacs(bodyMacs * times);
  addOps(bodyFlops.minus((bodyMacs * 2).value()) * times);
  bodyRead = Count(body.bytesRead) * times;
  bodyWritten = Count(body.bytesWritten) * times;
  computeType = body.computeType;
  trips = times.value();
  if (body.unknown)
    markUnknown({UnknownCause::InBody, false, int32_t(index), -1});
  hasTraffic = false;
  // A body without arithmetic leaves the node without a type for it.
  arithmetic = false;
}

/// The type of the first floating-point operand, else of the first operand
/// that holds numbers.
static int32_t deduceComputeType(llvm::ArrayRef<TensorInfo> operands) {
  for (const TensorInfo &tensor : operands)
    if (tensor.present && isFloatingPoint(tensor.elementType))
      return tensor.elementType;
  for (const TensorInfo &tensor : operands)
    if (tensor.present && bitsPerElement(tensor.elementType))
      return tensor.elementType;
  return 0;
}

/// What is not known of a tensor's size.
static UnknownCause findOpen(const TensorInfo &tensor, bool isResult,
                             int32_t index) {
  if (tensor.elementType == 0)
    return {UnknownCause::UnknownType, isResult, index, -1};
  if (!tensor.hasRank)
    return {UnknownCause::OpenExtent, isResult, index, -1};
  for (size_t axis = 0, e = tensor.dims.size(); axis < e; ++axis)
    if (tensor.dims[axis] < 0)
      return {UnknownCause::OpenExtent, isResult, index, int32_t(axis)};
  // Strings, and types that this version does not know.
  if (!bitsPerElement(tensor.elementType))
    return {UnknownCause::DependsOnData, isResult, index, -1};
  return {};
}

/// Why the figures are not exact. They miss whatever is open, so that the first
/// open operand or result is a cause, save for an operand that is read in part:
/// how much of it is read follows from another tensor.
UnknownCause Estimate::findCause(bool outOfRange) const {
  if (firstCause.kind != UnknownCause::None)
    return firstCause;
  for (bool inPart : {false, true}) {
    for (size_t i = 0, e = query.inputs.size(); i < e; ++i)
      if (query.inputs[i].present && isReadInPart(i) == inPart)
        if (UnknownCause cause = findOpen(query.inputs[i], false, int32_t(i));
            cause.kind != UnknownCause::None)
          return cause;
    for (size_t i = 0, e = query.outputs.size(); i < e; ++i)
      if (query.outputs[i].present)
        if (UnknownCause cause = findOpen(query.outputs[i], true, int32_t(i));
            cause.kind != UnknownCause::None)
          return cause;
  }
  return {outOfRange ? UnknownCause::OutOfRange : UnknownCause::Contradiction,
          false, -1, -1};
}

OpCost Estimate::finish() const {
  OpCost cost;
  // Half the limit, so that flops >= 2 * macs holds at the limit as well.
  bool macsFit = macs.value() <= Count::Limit / 2;
  Count boundedMacs = macsFit ? macs : Count::atLeast(Count::Limit / 2);
  Count flops = boundedMacs * 2 + ops;

  Count read = bodyRead, written = bodyWritten;
  if (hasTraffic) {
    for (size_t i = 0, e = query.inputs.size(); i < e; ++i) {
      const TensorInfo &tensor = query.inputs[i];
      if (!tensor.present)
        continue;
      read += storage(tensor,
                      isReadInPart(i) ? *readElements[i] : elements(tensor));
    }
    for (const TensorInfo &tensor : query.outputs)
      if (tensor.present)
        written += storage(tensor, elements(tensor));
  }

  cost.macs = boundedMacs.value();
  cost.flops = flops.value();
  cost.bytesRead = read.value();
  cost.bytesWritten = written.value();
  cost.trips = trips;
  cost.unknown =
      unknown || !flops.isExact() || !read.isExact() || !written.isExact();
  if (cost.unknown)
    cost.cause =
        findCause(!macsFit || std::max({flops.value(), read.value(),
                                        written.value()}) >= Count::Limit);
  cost.computeType = computeType;
  if (!cost.computeType && arithmetic) {
    cost.computeType = deduceComputeType(query.inputs);
    if (!cost.computeType)
      cost.computeType = deduceComputeType(query.outputs);
  }
  return cost;
}

//===----------------------------------------------------------------------===//
// Shared formulas
//===----------------------------------------------------------------------===//

/// Taps per sampled value. Coordinates of more than a few axes do not occur;
/// the bound keeps the power small.
static Count taps(Interpolation kind, int64_t axes) {
  int64_t perAxis = kind == Interpolation::Nearest  ? 1
                    : kind == Interpolation::Linear ? 2
                                                    : 4;
  Count count = 1;
  for (int64_t i = 0; i < std::min<int64_t>(axes, 64); ++i)
    count *= perAxis;
  return count;
}

Count opcost::samplePositionOps(Interpolation kind, int64_t axes) {
  constexpr int64_t locate = 4; // scale, shift, clip, round
  switch (kind) {
  case Interpolation::Nearest:
    return Count(axes) * locate;
  case Interpolation::Linear:
    return Count(axes) * (locate + 2) + taps(kind, axes) * Count(axes).minus(1);
  case Interpolation::Cubic:
    return Count(axes) * (locate + int64_t(4) * 5) +
           taps(kind, axes) * Count(axes).minus(1);
  }
  return Count::atLeast(0);
}

Count opcost::sampleValueOps(Interpolation kind, int64_t axes) {
  if (kind == Interpolation::Nearest)
    return 0;
  return (taps(kind, axes) * 2).minus(1);
}

void opcost::unknownCost(Estimate &estimate, int64_t) {
  estimate.markUnknown(UnknownCause::DependsOnData);
}

void opcost::copyCost(Estimate &, int64_t) {}

void opcost::perResultCost(Estimate &estimate, int64_t factor) {
  estimate.addOps(estimate.outputElements(0) * factor);
}

void opcost::perOperandCost(Estimate &estimate, int64_t factor) {
  estimate.addOps(estimate.inputElements(0) * factor);
}
