//===- Classical.cpp - Cost of classical machine learning (ai.onnx.ml) ----===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Linear models and support vector machines are matrix products with
/// coefficients in attributes, trees are comparisons from root to leaf, and
/// look-ups are one step per element. Coefficients count as read once.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// Rows of [N, C]; a vector is one row.
static Count rowCount(const TensorInfo &data) {
  if (data.hasRank && data.dims.size() == 1)
    return 1;
  return extent(data, 0);
}

/// Length of a list attribute of whatever kind.
static std::optional<int64_t> listLength(Estimate &estimate,
                                         llvm::StringRef name) {
  if (auto ints = estimate.attributes().getInts(name))
    return ints->size();
  return estimate.attributes().getListSize(name);
}

/// Results per class for what turns scores into probabilities.
static int64_t postTransformOps(Estimate &estimate) {
  llvm::StringRef transform = estimate.getString("post_transform");
  if (transform == "SOFTMAX" || transform == "SOFTMAX_ZERO")
    return 5;
  return transform == "LOGISTIC" || transform == "PROBIT" ? 1 : 0;
}

/// N * number of coefficients, which are classes (targets) * features.
/// `factor` is the operand with one score per row and class.
static void linearModel(Estimate &estimate, int64_t factor) {
  Count rows = rowCount(estimate.input(0));
  std::optional<int64_t> coefficients = listLength(estimate, "coefficients");
  estimate.addMacs(rows *
                   (coefficients ? Count(*coefficients) : Count::atLeast(0)));
  Count scores = estimate.outputElements(factor);
  int64_t perScore = postTransformOps(estimate);
  if (estimate.attributes().getListSize("intercepts"))
    ++perScore;
  estimate.addOps(scores * perScore);
  if (factor) // The class of the highest score.
    estimate.addOps(scores);
}

/// N rows meet every support vector: a product per feature, the kernel
/// function, a product with its coefficients. Without support vectors it is a
/// linear model.
static void supportVectors(Estimate &estimate, int64_t factor) {
  Count rows = rowCount(estimate.input(0));
  Count features = extent(estimate.input(0), -1);
  std::optional<int64_t> numbers = listLength(estimate, "support_vectors");
  if (!numbers || *numbers == 0) {
    linearModel(estimate, factor);
    return;
  }
  estimate.addMacs(rows * *numbers);
  Count vectors = features.value() > 0 && features.isExact()
                      ? Count(*numbers).dividedBy(features.value())
                      : Count::atLeast(1);
  llvm::StringRef kernel = estimate.getString("kernel_type");
  // RBF: scale, exp (and differences in place of products); POLY: scale, shift,
  // power; SIGMOID: scale, shift, tanh.
  int64_t perVector = kernel == "RBF"                           ? 2
                      : kernel == "POLY" || kernel == "SIGMOID" ? 3
                                                                : 0;
  std::optional<int64_t> coefficients = listLength(estimate, "coefficients");
  estimate.addOps(rows * vectors * perVector);
  estimate.addMacs(rows *
                   (coefficients ? Count(*coefficients) : Count::atLeast(0)));
}

/// Comparisons from root to leaf, in trees taken to be balanced, and one sum
/// per tree. `factor` 1: TreeEnsemble, which keeps leaves apart.
static void trees(Estimate &estimate, int64_t factor) {
  Count rows = rowCount(estimate.input(0));
  int64_t roots = 0;
  std::optional<int64_t> nodes = listLength(estimate, "nodes_featureids");
  if (factor) {
    roots = listLength(estimate, "tree_roots").value_or(0);
  } else if (auto ids = estimate.attributes().getInts("nodes_treeids")) {
    // The nodes of a tree stand together.
    for (size_t i = 0, e = ids->size(); i < e; ++i)
      if (i == 0 || (*ids)[i] != (*ids)[i - 1])
        ++roots;
  }
  if (!nodes || roots < 1) {
    estimate.contradict();
    estimate.addOps(0);
    return;
  }
  // Inner nodes only: d levels hold 2^d - 1; with the leaves one level more.
  Count levels = (Count(*nodes).dividedBy(roots) + Count(1)).log2();
  estimate.addOps(rows * roots * (factor ? levels : levels.minus(1)));
  estimate.addOps(rows * roots);
}

/// Sum or maximum of magnitudes or squares, division; a root per row for L2.
static void normalizer(Estimate &estimate, int64_t) {
  bool squares = estimate.getString("norm") == "L2";
  perOperandCost(estimate, 3);
  if (squares)
    estimate.addOps(rowCount(estimate.input(0)));
}

/// A row of each table entry asked for.
static void extractFeatures(Estimate &estimate, int64_t) {
  estimate.setRead(0, estimate.outputElements(0));
}

llvm::ArrayRef<OpEntry> opcost::classicalOps() {
  static constexpr OpEntry table[] = {
      {MachineLearning, "ArrayFeatureExtractor", extractFeatures},
      {MachineLearning, "Binarizer", perOperandCost, 1},
      {MachineLearning, "CastMap", unknownCost},
      {MachineLearning, "CategoryMapper", perOperandCost, 1},
      {MachineLearning, "DictVectorizer", unknownCost},
      {MachineLearning, "FeatureVectorizer", copyCost},
      {MachineLearning, "Imputer", perOperandCost, 1},
      {MachineLearning, "LabelEncoder", perOperandCost, 1},
      {MachineLearning, "LinearClassifier", linearModel, 1},
      {MachineLearning, "LinearRegressor", linearModel, 0},
      {MachineLearning, "Normalizer", normalizer},
      {MachineLearning, "OneHotEncoder", perResultCost, 1},
      {MachineLearning, "SVMClassifier", supportVectors, 1},
      {MachineLearning, "SVMRegressor", supportVectors, 0},
      {MachineLearning, "Scaler", perOperandCost, 2},
      {MachineLearning, "TreeEnsemble", trees, 1},
      {MachineLearning, "TreeEnsembleClassifier", trees, 0},
      {MachineLearning, "TreeEnsembleRegressor", trees, 0},
      {MachineLearning, "ZipMap", unknownCost},
  };
  return table;
}
