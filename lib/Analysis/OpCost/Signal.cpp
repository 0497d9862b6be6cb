//===- Signal.cpp - Cost of spectra and windows ---------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// Results of one discrete Fourier transform: 5 n log2 n where n is a power of
/// two, else the direct sum of n^2 complex products.
static Count transformOps(Count size) {
  int64_t n = size.value();
  if (n > 0 && (n & (n - 1)) == 0)
    return size * size.log2() * 5;
  return size * size * 8;
}

/// (input[..., n, ..., 1 or 2], dft_length, axis). Version 17 has the axis as
/// an attribute. The last axis holds real and imaginary part.
static void dft(Estimate &estimate, int64_t) {
  const TensorInfo &data = estimate.input(0);
  int64_t axis = -2;
  if (estimate.opset() > 0 && estimate.opset() < 20)
    axis = estimate.getInt("axis", 1);
  else if (std::optional<int64_t> given = estimate.inputValue(2))
    axis = *given;
  else if (estimate.hasInput(2))
    estimate.missingValue(2);
  Count size = extent(data, axis);
  Count signals = 1;
  if (data.hasRank && data.dims.size() >= 2) {
    TensorInfo points = data;
    points.dims.pop_back();
    signals = elementsBesides(points, axis < 0 ? axis + 1 : axis);
  } else {
    estimate.markUnknown();
  }
  if (estimate.hasInput(1)) {
    std::optional<int64_t> given = estimate.inputValue(1);
    size = given ? Count(*given) : estimate.missingValue(1);
  }
  estimate.addOps(signals * transformOps(size));
}

/// (signal[B, L, 1 or 2], frame_step, window, frame_length) to
/// [B, frames, bins, 2]: per frame the window and a transform.
static void stft(Estimate &estimate, int64_t) {
  const TensorInfo &result = estimate.output(0);
  Count frames = extent(result, 0) * extent(result, 1);
  Count size = 1;
  if (std::optional<int64_t> given = estimate.inputValue(3))
    size = *given;
  else if (estimate.hasInput(2))
    size = extent(estimate.input(2), 0);
  else
    size = estimate.missingValue(3);
  estimate.addOps(frames * transformOps(size));
  if (estimate.hasInput(2))
    estimate.addOps(frames * size * extent(estimate.input(0), -1));
}

/// `factor` results per element, in the type of the result.
static void window(Estimate &estimate, int64_t factor) {
  perResultCost(estimate, factor);
  estimate.setComputeType(estimate.output(0).elementType);
}

llvm::ArrayRef<OpEntry> opcost::signalOps() {
  // The windows share a body: the angle, two cosines, and their sum. A mel
  // weight is a difference over a difference, and two bounds.
  static constexpr OpEntry table[] = {
      {Standard, "BlackmanWindow", window, 8},
      {Standard, "DFT", dft},
      {Standard, "HammingWindow", window, 8},
      {Standard, "HannWindow", window, 8},
      {Standard, "MelWeightMatrix", window, 4},
      {Standard, "STFT", stft},
  };
  return table;
}
