//===- Detection.cpp - Cost of operators on regions and boxes -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// Results to compare two boxes: four comparisons and two sizes of the overlap,
/// areas, union, quotient, comparison.
static constexpr int64_t OverlapOps = 16;

/// (boxes[B, N, 4], scores[B, C, N], max_output_boxes_per_class, ...). Per
/// class the boxes are sorted, and each is compared with those already
/// selected: an upper bound, since most are dropped early. How many are
/// selected is data.
static void nonMaxSuppression(Estimate &estimate, int64_t) {
  const TensorInfo &scores = estimate.input(1);
  Count classes = extent(scores, 0) * extent(scores, 1);
  Count boxes = extent(scores, 2);
  Count selected = 0; // the default: nothing is selected
  if (estimate.hasInput(2)) {
    std::optional<int64_t> most = estimate.inputValue(2);
    selected =
        most ? Count(std::max<int64_t>(*most, 0)) : estimate.missingValue(2);
  }
  selected = Count::min(selected, boxes);
  estimate.addOps(classes * boxes *
                  (boxes.log2() + selected * Count(OverlapOps)));
}

/// (X, rois[R, 4], batch_indices). Each result is the mean or maximum of
/// sampling_ratio^2 values between the points of X; 0 means as many as the
/// region is large, which is data.
static void roiAlign(Estimate &estimate, int64_t) {
  int64_t ratio = estimate.getInt("sampling_ratio", 0);
  Count samples = ratio > 0 ? Count(ratio) * ratio : Count::atLeast(1);
  if (ratio <= 0)
    estimate.markUnknown(UnknownCause::DependsOnData);
  const TensorInfo &result = estimate.output(0);
  Count positions = extent(result, 0) * elementsFrom(result, 2) * samples;
  estimate.addOps(positions * samplePositionOps(Interpolation::Linear, 2));
  estimate.addOps(estimate.outputElements(0) * samples *
                  (sampleValueOps(Interpolation::Linear, 2) + Count(1)));
}

/// How much of X falls into a region is data: at least an element per result.
static void maxRoiPool(Estimate &estimate, int64_t) {
  estimate.addOps(estimate.outputElements(0));
  estimate.markUnknown(UnknownCause::DependsOnData);
}

llvm::ArrayRef<OpEntry> opcost::detectionOps() {
  static constexpr OpEntry table[] = {
      {Standard, "MaxRoiPool", maxRoiPool},
      {Standard, "NonMaxSuppression", nonMaxSuppression},
      {Standard, "RoiAlign", roiAlign},
  };
  return table;
}
