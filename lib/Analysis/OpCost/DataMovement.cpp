//===- DataMovement.cpp - Cost of operators that only move data -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// No arithmetic; bytes as really moved. What selects part of an operand reads
/// that part: the table of an embedding weighs on memory, not on traffic.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// Shape, Size and the like look at the type alone; a Constant is stored, and
/// read by those who use it.
static void metadata(Estimate &estimate, int64_t) { estimate.setNoTraffic(); }

/// Looks at the type of its operand, and writes.
static void eyeLike(Estimate &estimate, int64_t) { estimate.setRead(0, 0); }

/// Reads as much of the first operand as it writes, and the indices in full.
static void select(Estimate &estimate, int64_t) {
  estimate.setRead(0, estimate.outputElements(0));
}

/// Reads what remains where it cuts off, all where it fills up.
static void cropOrFill(Estimate &estimate, int64_t) {
  estimate.setRead(
      0, Count::min(estimate.inputElements(0), estimate.outputElements(0)));
}

/// Reads every result's part.
static void split(Estimate &estimate, int64_t) {
  Count sum = 0;
  for (size_t i = 0, e = estimate.outputCount(); i < e; ++i)
    if (estimate.hasOutput(i))
      sum += estimate.outputElements(i);
  estimate.setRead(0, sum);
}

/// The result is a copy of the data with the updates written over it. A
/// reduction is one step per update.
static void scatter(Estimate &estimate, int64_t) {
  llvm::StringRef reduction = estimate.getString("reduction");
  if (!reduction.empty() && reduction != "none")
    estimate.addOps(estimate.inputElements(2));
}

/// Dropout copies, unless it is asked to train: draw, compare, scale.
static void dropout(Estimate &estimate, int64_t) {
  if (estimate.opset() < 12 || !estimate.hasInput(2))
    return;
  std::optional<int64_t> training = estimate.inputValue(2);
  if (!training || *training)
    estimate.addOps(estimate.inputElements(0) * 3);
}

/// com.microsoft (data, indices, scales, zero_points): rows of a table of a few
/// bits each, scaled on the way. Several numbers may share a byte of uint8.
static void gatherBlockQuantized(Estimate &estimate, int64_t) {
  Count results = estimate.outputElements(0);
  int64_t bits = estimate.getInt("bits", 4);
  int64_t block = estimate.getInt("block_size", 128);
  if (bits < 1 || bits > 8 || block < 0)
    estimate.contradict();
  bool isPacked = estimate.input(0).elementType == UInt8;
  estimate.setRead(
      0, isPacked ? (results * std::clamp<int64_t>(bits, 1, 8)).dividedBy(8)
                  : results);
  // Block size 0: a scale for all.
  Count scales = block > 0 ? results.dividedBy(block) : Count(1);
  estimate.setRead(2, scales);
  bool isShifted = estimate.hasInput(3);
  if (isShifted)
    estimate.setRead(
        3, isPacked ? (scales * std::clamp<int64_t>(bits, 1, 8)).dividedBy(8)
                    : scales);
  estimate.addOps(results * (isShifted ? 2 : 1));
  estimate.setComputeType(estimate.output(0).elementType);
}

/// Overlapping blocks are summed up: one step per element of the columns.
static void col2Im(Estimate &estimate, int64_t) { perOperandCost(estimate, 1); }

/// start + i * delta.
static void range(Estimate &estimate, int64_t) { perResultCost(estimate, 2); }

llvm::ArrayRef<OpEntry> opcost::dataMovementOps() {
  static constexpr OpEntry table[] = {
      {Standard, "CenterCropPad", cropOrFill},
      {Standard, "Col2Im", col2Im},
      {Standard, "Compress", select},
      {Standard, "Concat", copyCost},
      {Standard, "Constant", metadata},
      {Standard, "ConstantOfShape", copyCost},
      {Standard, "DepthToSpace", copyCost},
      {Standard, "Dropout", dropout},
      {Standard, "Expand", copyCost},
      {Standard, "EyeLike", eyeLike},
      {Standard, "Gather", select},
      {Standard, "GatherElements", select},
      {Standard, "GatherND", select},
      {Standard, "OneHot", copyCost},
      {Standard, "Pad", cropOrFill},
      {Standard, "Range", range},
      {Standard, "ReverseSequence", copyCost},
      {Standard, "Scatter", scatter},
      {Standard, "ScatterElements", scatter},
      {Standard, "ScatterND", scatter},
      {Standard, "Shape", metadata},
      {Standard, "Size", metadata},
      {Standard, "Slice", select},
      {Standard, "SpaceToDepth", copyCost},
      {Standard, "Split", split},
      {Standard, "TensorScatter", copyCost},
      {Standard, "Tile", copyCost},
      {Standard, "Transpose", copyCost},
      {Standard, "Trilu", copyCost},
      {Standard, "Where", copyCost},
      {Microsoft, "ExpandDims", copyCost},
      {Microsoft, "GatherBlockQuantized", gatherBlockQuantized},
      {Microsoft, "GatherND", select},
      {Microsoft, "Pad", cropOrFill},
      {Microsoft, "Range", range},
      {Microsoft, "RemovePadding", copyCost},
      {Microsoft, "RestorePadding", copyCost},
      {Microsoft, "TorchEmbedding", select},
      {Microsoft, "Trilu", copyCost},
      {Microsoft, "UnfoldTensor", copyCost},
      {MicrosoftNchwc, "ReorderInput", copyCost},
      {MicrosoftNchwc, "ReorderOutput", copyCost},
      // Aliases, of which the registry knows that they move nothing.
      {Standard, "BitCast", metadata},
      {Standard, "Flatten", metadata},
      {Standard, "Identity", metadata},
      {Standard, "Reshape", metadata},
      {Standard, "Squeeze", metadata},
      {Standard, "Unsqueeze", metadata},
  };
  return table;
}
