//===- Convolution.cpp - Cost of convolutions -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A convolution does one multiply-accumulate per element of the result and
/// weight that feeds it, padding included: |Y| * C / group * prod(kernel). How
/// Y follows from strides, pads and dilations is the business of shape
/// inference. The transposed convolution is the same the other way round: one
/// per element of X and weight that it feeds.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// Results per value to bring 32-bit sums back to 8 bits: multiply by the
/// scale, round, add the zero point, saturate.
static constexpr int64_t RequantiseOps = 4;

/// A SiLU after the sum: sigmoid and product.
static constexpr int64_t SiluOps = 2;

/// Weights that one element meets: all axes of W but the first. Takes what W
/// leaves open from kernel_shape, and reports what contradicts.
static Count weightsPerElement(Estimate &estimate, const TensorInfo &weights) {
  std::optional<llvm::SmallVector<int64_t>> kernel =
      estimate.attributes().getInts("kernel_shape");
  if (!weights.present || !weights.hasRank || weights.dims.size() < 2) {
    estimate.markUnknown();
    return kernel ? product(*kernel) : Count::atLeast(1);
  }
  llvm::SmallVector<int64_t> dims(weights.dims.begin() + 1, weights.dims.end());
  if (!kernel)
    return product(dims);
  if (kernel->size() + 1 != dims.size()) {
    estimate.contradict();
    return product(dims);
  }
  for (size_t i = 0, e = kernel->size(); i < e; ++i) {
    int64_t &dim = dims[i + 1];
    if (dim < 0)
      dim = (*kernel)[i];
    else if (dim != (*kernel)[i])
      estimate.contradict();
  }
  return product(dims);
}

/// Marks the operator unknown where `channels` of the data do not match the
/// weights.
static void checkChannels(Estimate &estimate, Count channels, Count expected) {
  if (channels.isExact() && expected.isExact() &&
      channels.value() != expected.value())
    estimate.contradict();
}

static int64_t getGroup(Estimate &estimate) {
  int64_t group = estimate.getInt("group", 1);
  if (group < 1)
    estimate.contradict();
  return group;
}

/// |Y| * W.dims[1] * prod(W.dims[2:]).
static void addConvolution(Estimate &estimate, const TensorInfo &data,
                           const TensorInfo &weights) {
  Count perGroup = extent(weights, 1);
  Count expected = perGroup * getGroup(estimate);
  checkChannels(estimate, extent(data, 1), expected);
  // An absurd number of groups.
  if (perGroup.isExact() && !expected.isExact())
    estimate.contradict();
  estimate.addMacs(estimate.outputElements(0) *
                   weightsPerElement(estimate, weights));
}

/// One sum per result where there is a bias.
static void addBias(Estimate &estimate, size_t index) {
  if (estimate.hasInput(index))
    estimate.addOps(estimate.outputElements(0));
}

/// Conv and FusedConv(X, W, B, Z): Z is added, the activation counts 1.
static void conv(Estimate &estimate, int64_t) {
  addConvolution(estimate, estimate.input(0), estimate.input(1));
  addBias(estimate, 2);
  addBias(estimate, 3);
  if (!estimate.getString("activation").empty())
    estimate.addOps(estimate.outputElements(0));
}

/// The blocked form: X has its channels padded to whole blocks, W too, save for
/// the first of the network, and value_info may say either. W decides.
static void convBlocked(Estimate &estimate, int64_t) {
  getGroup(estimate);
  estimate.addMacs(estimate.outputElements(0) *
                   weightsPerElement(estimate, estimate.input(1)));
  addBias(estimate, 2);
  addBias(estimate, 3);
  if (!estimate.getString("activation").empty())
    estimate.addOps(estimate.outputElements(0));
}

/// The channels-last forms: W is [M, kernel..., C / group].
static void convChannelsLast(Estimate &estimate, int64_t) {
  getGroup(estimate);
  const TensorInfo &weights = estimate.input(1);
  estimate.addMacs(estimate.outputElements(0) * (weights.present
                                                     ? elementsFrom(weights, 1)
                                                     : Count::atLeast(1)));
  addBias(estimate, 2);
  addBias(estimate, 3);
  if (!estimate.getString("activation").empty())
    estimate.addOps(estimate.outputElements(0));
}

static void convInteger(Estimate &estimate, int64_t) {
  addConvolution(estimate, estimate.input(0), estimate.input(1));
  estimate.setComputeType(Int8);
}

/// (x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point,
/// B).
static void qLinearConv(Estimate &estimate, int64_t) {
  // The form of com.microsoft may keep channels last; only W counts there.
  if (estimate.getInt("channels_last", 0))
    estimate.addMacs(estimate.outputElements(0) *
                     weightsPerElement(estimate, estimate.input(3)));
  else
    addConvolution(estimate, estimate.input(0), estimate.input(3));
  addBias(estimate, 8);
  estimate.addOps(estimate.outputElements(0) * RequantiseOps);
  estimate.setComputeType(Int8);
}

/// (X, W[C, M / group, kernel...], B).
static void convTranspose(Estimate &estimate, int64_t factor) {
  const TensorInfo &weights = estimate.input(1);
  getGroup(estimate);
  checkChannels(estimate, extent(estimate.input(0), 1), extent(weights, 0));
  estimate.addMacs(estimate.inputElements(0) *
                   weightsPerElement(estimate, weights));
  addBias(estimate, factor);
}

/// (X, W, offset, B, mask). Every weight meets a value sampled between the
/// points of X: N * prod(output) * prod(kernel) positions per offset group,
/// each for C / offset_group channels.
static void deformConv(Estimate &estimate, int64_t) {
  const TensorInfo &data = estimate.input(0), &weights = estimate.input(1);
  addConvolution(estimate, data, weights);
  addBias(estimate, 3);

  int64_t offsetGroup = estimate.getInt("offset_group", 1);
  if (offsetGroup < 1)
    estimate.contradict();
  int64_t axes = data.hasRank ? int64_t(data.dims.size()) - 2 : 0;
  if (axes < 1) {
    estimate.markUnknown();
    return;
  }
  const TensorInfo &result = estimate.output(0);
  Count places =
      extent(result, 0) * elementsFrom(result, 2) * elementsFrom(weights, 2);
  Count perValue = sampleValueOps(Interpolation::Linear, axes) +
                   Count(estimate.hasInput(4) ? 1 : 0);
  estimate.addOps(places * offsetGroup *
                  samplePositionOps(Interpolation::Linear, axes));
  estimate.addOps(places * extent(data, 1) * perValue);
}

/// (input[N, C, L], weight[C, 1, k], bias, past_state): depthwise.
static void causalConv(Estimate &estimate, int64_t) {
  estimate.addMacs(estimate.outputElements(0) *
                   weightsPerElement(estimate, estimate.input(1)));
  addBias(estimate, 2);
  llvm::StringRef activation = estimate.getString("activation");
  if (activation == "silu" || activation == "swish")
    estimate.addOps(estimate.outputElements(0) * SiluOps);
}

llvm::ArrayRef<OpEntry> opcost::convolutionOps() {
  // The number beside ConvTranspose is the operand that holds the bias.
  static constexpr OpEntry table[] = {
      {Standard, "CausalConvWithState", causalConv},
      {Standard, "Conv", conv},
      {Standard, "ConvInteger", convInteger},
      {Standard, "ConvTranspose", convTranspose, 2},
      {Standard, "DeformConv", deformConv},
      {Standard, "QLinearConv", qLinearConv},
      {Microsoft, "CausalConvWithState", causalConv},
      {Microsoft, "ConvTransposeWithDynamicPads", convTranspose, 3},
      {Microsoft, "FusedConv", conv},
      {Microsoft, "NhwcConv", convChannelsLast},
      {Microsoft, "NhwcFusedConv", convChannelsLast},
      {Microsoft, "QLinearConv", qLinearConv},
      {MicrosoftNchwc, "Conv", convBlocked},
  };
  return table;
}
