//===- Resize.cpp - Cost of resampling ------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Values between the points of a grid: a product per tap and the sums between
/// them. Where the taps lie is worked out once per position and shared by all
/// channels; Resize works it out once per axis, which does not count.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

static Interpolation getInterpolation(llvm::StringRef mode) {
  if (mode.contains("cubic"))
    return Interpolation::Cubic;
  // "bilinear" is what GridSample calls it before opset 20.
  if (mode.contains("linear"))
    return Interpolation::Linear;
  return Interpolation::Nearest;
}

/// Taps along the axes of which the extent changes: 2 or 4 each, or more where
/// antialiasing widens the filter by the factor of reduction.
static void resize(Estimate &estimate, int64_t) {
  const TensorInfo &data = estimate.input(0), &result = estimate.output(0);
  Interpolation kind = getInterpolation(estimate.getString("mode"));
  if (kind == Interpolation::Nearest) {
    estimate.setRead(
        0, Count::min(estimate.inputElements(0), estimate.outputElements(0)));
    return;
  }
  Count values = estimate.outputElements(0);
  if (!data.hasRank || !result.hasRank ||
      data.dims.size() != result.dims.size()) {
    estimate.markUnknown();
    estimate.addOps(values);
    return;
  }
  bool antialias = estimate.getInt("antialias", 0) != 0;
  Count taps = 1;
  for (size_t axis = 0, e = data.dims.size(); axis < e; ++axis) {
    int64_t from = data.dims[axis], to = result.dims[axis];
    if (from < 0 || to < 0)
      estimate.markUnknown();
    if (from == to || from < 0 || to < 1)
      continue;
    Count width = kind == Interpolation::Cubic ? 4 : 2;
    taps *= antialias && from > to ? (width * from).dividedBy(to) : width;
  }
  estimate.addOps(values * (taps * 2).minus(1));
}

/// (X[N, C, ...], grid[N, ..., d]).
static void gridSample(Estimate &estimate, int64_t) {
  const TensorInfo &data = estimate.input(0), &grid = estimate.input(1);
  llvm::StringRef mode = estimate.getString("mode");
  Interpolation kind =
      mode.empty() ? Interpolation::Linear : getInterpolation(mode);
  if (!data.hasRank || data.dims.size() < 3) {
    estimate.markUnknown();
    estimate.addOps(0);
    return;
  }
  int64_t axes = data.dims.size() - 2;
  Count positions = elementsBesides(grid, -1);
  estimate.addOps(positions * samplePositionOps(kind, axes));
  estimate.addOps(estimate.outputElements(0) * sampleValueOps(kind, axes));
}

llvm::ArrayRef<OpEntry> opcost::resizeOps() {
  static constexpr OpEntry table[] = {
      {Standard, "GridSample", gridSample},
      {Standard, "Resize", resize},
      {Standard, "Upsample", resize},
      {Microsoft, "GridSample", gridSample},
      {MicrosoftNchwc, "Upsample", resize},
  };
  return table;
}
