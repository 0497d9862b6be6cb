//===- Normalisation.cpp - Cost of normalisations -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Results per element of X, unfused, and per row: the elements that share a
/// mean. A row costs the divisions by its length, the addition of epsilon, the
/// square root and its reciprocal.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// Sum, subtract, square, sum, normalise.
static constexpr int64_t StandardiseOps = 5;
/// Two divisions, epsilon, square root, reciprocal.
static constexpr int64_t StandardiseRowOps = 5;
/// Square, sum, normalise.
static constexpr int64_t RootMeanSquareOps = 3;
/// Division, epsilon, square root, reciprocal.
static constexpr int64_t RootMeanSquareRowOps = 4;

/// (X, scale, B, mean, variance). Inference folds the four vectors into one
/// product and one sum per element. Training computes mean and variance first,
/// and moves the running ones.
static void batchNormalization(Estimate &estimate, int64_t) {
  Count size = estimate.inputElements(0);
  bool training = estimate.opset() >= 14 && estimate.getInt("training_mode", 0);
  if (!training) {
    estimate.addOps(size * 2);
    return;
  }
  Count channels = extent(estimate.input(0), 1);
  estimate.addOps(size * (StandardiseOps + 2) +
                  channels * (StandardiseRowOps + 6));
}

/// Elements that come before `axis`: the rows of a normalisation from there to
/// the end.
static Count rowsBefore(const TensorInfo &tensor, int64_t axis) {
  if (!tensor.hasRank)
    return Count::atLeast(1);
  int64_t rank = tensor.dims.size();
  if (axis < 0)
    axis += rank;
  if (axis < 0 || axis > rank)
    return Count::atLeast(1);
  return product(llvm::ArrayRef<int64_t>(tensor.dims).take_front(axis));
}

/// (X, scale, B): the bias is optional.
static void layerNormalization(Estimate &estimate, int64_t) {
  int64_t perElement = StandardiseOps + 1 + (estimate.hasInput(2) ? 1 : 0);
  estimate.addOps(estimate.inputElements(0) * perElement +
                  rowsBefore(estimate.input(0), estimate.getInt("axis", -1)) *
                      StandardiseRowOps);
}

static void rmsNormalization(Estimate &estimate, int64_t) {
  estimate.addOps(estimate.inputElements(0) * (RootMeanSquareOps + 1) +
                  rowsBefore(estimate.input(0), estimate.getInt("axis", -1)) *
                      RootMeanSquareRowOps);
}

/// com.microsoft (input, skip, gamma, beta, bias): a sum comes first, of two
/// or three.
static void skipLayerNormalization(Estimate &estimate, int64_t) {
  int64_t perElement = 1 + StandardiseOps + 1 + (estimate.hasInput(3) ? 1 : 0) +
                       (estimate.hasInput(4) ? 1 : 0);
  estimate.addOps(estimate.inputElements(0) * perElement +
                  rowsBefore(estimate.input(0), -1) * StandardiseRowOps);
}

/// com.microsoft (input, skip, gamma, bias).
static void skipRmsNormalization(Estimate &estimate, int64_t) {
  int64_t perElement =
      1 + RootMeanSquareOps + 1 + (estimate.hasInput(3) ? 1 : 0);
  estimate.addOps(estimate.inputElements(0) * perElement +
                  rowsBefore(estimate.input(0), -1) * RootMeanSquareRowOps);
}

/// com.microsoft (input_ids, segment_ids, word, position and segment table,
/// gamma, beta): a row of each table per token, summed and normalised.
static void embedLayerNormalization(Estimate &estimate, int64_t) {
  Count size = estimate.outputElements(0);
  for (size_t table : {2, 3, 4})
    if (estimate.hasInput(table))
      estimate.setRead(table, size);
  int64_t sums = estimate.hasInput(4) ? 2 : 1;
  estimate.addOps(size * (sums + StandardiseOps + 2) +
                  rowsBefore(estimate.output(0), -1) * StandardiseRowOps);
}

/// com.microsoft: the same with tables of 8 bits, each of whose values is
/// scaled and shifted. Operands 5 and 6 are gamma and beta, 8 on the scales.
static void quantisedEmbedLayerNormalization(Estimate &estimate, int64_t) {
  embedLayerNormalization(estimate, 0);
  Count tables = estimate.hasInput(4) ? 3 : 2;
  estimate.addOps(estimate.outputElements(0) * tables * 2 +
                  (estimate.inputElements(5) + estimate.inputElements(6)) * 2);
  estimate.setComputeType(estimate.output(0).elementType);
}

static void instanceNormalization(Estimate &estimate, int64_t) {
  const TensorInfo &data = estimate.input(0);
  estimate.addOps(estimate.inputElements(0) * (StandardiseOps + 2) +
                  extent(data, 0) * extent(data, 1) * StandardiseRowOps);
}

/// `factor` names the number of groups: 0 num_groups, 1 groups (com.microsoft,
/// which may add a SiLU: sigmoid and product).
static void groupNormalization(Estimate &estimate, int64_t factor) {
  Count groups = estimate.getInt(factor ? "groups" : "num_groups", -1);
  int64_t perElement = StandardiseOps + 2;
  if (factor && estimate.getInt("activation", 0) == 1)
    perElement += 2;
  estimate.addOps(estimate.inputElements(0) * perElement +
                  extent(estimate.input(0), 0) * groups * StandardiseRowOps);
}

/// com.microsoft (X, gamma, beta, skip, bias): sums before the normalisation.
static void skipGroupNormalization(Estimate &estimate, int64_t) {
  groupNormalization(estimate, 1);
  estimate.addOps(estimate.inputElements(0) * (estimate.hasInput(4) ? 2 : 1));
}

/// E[X], E[X^2], X - E[X] over the deviation: sum, square, sum, subtract,
/// divide; per row two divisions, square, subtract, root, epsilon.
static void meanVarianceNormalization(Estimate &estimate, int64_t) {
  const TensorInfo &data = estimate.input(0);
  llvm::SmallVector<int64_t> axes = {0, 2, 3};
  if (auto given = estimate.attributes().getInts("axes"))
    axes = *given;
  Count rows = Count::atLeast(1);
  if (data.hasRank) {
    llvm::SmallVector<int64_t> kept(data.dims.begin(), data.dims.end());
    int64_t rank = kept.size();
    for (int64_t axis : axes)
      if (axis >= -rank && axis < rank)
        kept[axis < 0 ? axis + rank : axis] = 1;
    rows = product(kept);
  }
  estimate.addOps(estimate.inputElements(0) * 5 + rows * 6);
}

/// Magnitude or square, sum, divide; a square root per row where p is 2.
static void lpNormalization(Estimate &estimate, int64_t) {
  estimate.addOps(estimate.inputElements(0) * 3);
  if (estimate.getInt("p", 2) == 2)
    estimate.addOps(
        elementsBesides(estimate.input(0), estimate.getInt("axis", -1)));
}

/// Square, size - 1 sums, product with alpha / size, bias, power, divide.
static void lrn(Estimate &estimate, int64_t) {
  Count size = estimate.getInt("size", -1);
  estimate.addOps(estimate.inputElements(0) * (size + 4));
}

/// `factor` results per element and one per target for weight and sum.
static void loss(Estimate &estimate, int64_t factor) {
  int64_t perTarget = 1 + (estimate.hasInput(2) ? 1 : 0);
  estimate.addOps(estimate.inputElements(0) * factor +
                  estimate.inputElements(1) * perTarget);
}

llvm::ArrayRef<OpEntry> opcost::normalisationOps() {
  // Softmax: maximum, subtract, exp, sum, divide; LogSoftmax subtracts the
  // logarithm of the sum in place of the division. Hardmax: maximum, compare.
  static constexpr OpEntry table[] = {
      {Standard, "BatchNormalization", batchNormalization},
      {Standard, "GroupNormalization", groupNormalization, 0},
      {Standard, "Hardmax", perOperandCost, 2},
      {Standard, "InstanceNormalization", instanceNormalization},
      {Standard, "LRN", lrn},
      {Standard, "LayerNormalization", layerNormalization},
      {Standard, "LogSoftmax", perOperandCost, 5},
      {Standard, "LpNormalization", lpNormalization},
      {Standard, "MeanVarianceNormalization", meanVarianceNormalization},
      {Standard, "NegativeLogLikelihoodLoss", loss, 0},
      {Standard, "RMSNormalization", rmsNormalization},
      // ONNX Runtime defines it in the standard domain.
      {Standard, "SimplifiedLayerNormalization", rmsNormalization},
      {Standard, "Softmax", perOperandCost, 5},
      {Standard, "SoftmaxCrossEntropyLoss", loss, 5},
      {Microsoft, "BiasSoftmax", perOperandCost, 6},
      {Microsoft, "EmbedLayerNormalization", embedLayerNormalization},
      {Microsoft, "GroupNorm", groupNormalization, 1},
      {Microsoft, "QEmbedLayerNormalization", quantisedEmbedLayerNormalization},
      {Microsoft, "SimplifiedLayerNormalization", rmsNormalization},
      {Microsoft, "SkipGroupNorm", skipGroupNormalization},
      {Microsoft, "SkipLayerNormalization", skipLayerNormalization},
      {Microsoft, "SkipSimplifiedLayerNormalization", skipRmsNormalization},
  };
  return table;
}
