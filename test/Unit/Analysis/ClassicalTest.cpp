//===- ClassicalTest.cpp - Cost of ai.onnx.ml and of optimisers -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

static OpCost mlCost(llvm::StringRef opType, std::vector<TensorInfo> inputs,
                     std::vector<TensorInfo> outputs,
                     const Attributes &attributes = {}) {
  return cost(opType, std::move(inputs), std::move(outputs), attributes,
              {"ai.onnx.ml", 5, {}});
}

TEST(OpCostClassical, LinearModels) {
  // 10 rows, 3 classes of 4 features: intercept, softmax 5, best class 1.
  expectWork(mlCost("LinearClassifier", {tensor({10, 4})},
                    {tensor({10}, I64), tensor({10, 3})},
                    {{"coefficients", ListOf{12}},
                     {"intercepts", ListOf{3}},
                     {"post_transform", "SOFTMAX"}}),
             120, 30 * 7);
  expectWork(mlCost("LinearRegressor", {tensor({10, 4})}, {tensor({10, 1})},
                    {{"coefficients", ListOf{4}}}),
             40, 0);
}

TEST(OpCostClassical, SupportVectors) {
  // 5 vectors of 4 features, RBF: 2 steps, and 5 coefficients.
  expectWork(mlCost("SVMRegressor", {tensor({10, 4})}, {tensor({10, 1})},
                    {{"support_vectors", ListOf{20}},
                     {"coefficients", ListOf{5}},
                     {"kernel_type", "RBF"}}),
             10 * (20 + 5), 10 * 5 * 2);
}

TEST(OpCostClassical, Trees) {
  // Two trees of 7 nodes: 2 comparisons each, and a sum per tree.
  std::vector<int64_t> ids = {0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1};
  expectWork(mlCost("TreeEnsembleRegressor", {tensor({10, 4})},
                    {tensor({10, 1})},
                    {{"nodes_treeids", ids}, {"nodes_featureids", ids}}),
             0, 10 * 2 * 2 + 10 * 2);
  // The same without leaves: 3 inner nodes each.
  expectWork(mlCost("TreeEnsemble", {tensor({10, 4})}, {tensor({10, 1})},
                    {{"tree_roots", std::vector<int64_t>{0, 3}},
                     {"nodes_featureids", std::vector<int64_t>(6, 0)}}),
             0, 10 * 2 * 2 + 10 * 2);
  EXPECT_TRUE(
      mlCost("TreeEnsemble", {tensor({10, 4})}, {tensor({10, 1})}).unknown);
}

TEST(OpCostClassical, Features) {
  TensorInfo data = tensor({10, 4});
  expectWork(mlCost("Scaler", {data}, {data}), 0, 80);
  expectWork(mlCost("Normalizer", {data}, {data}, {{"norm", "L2"}}), 0, 130);
  expectWork(mlCost("LabelEncoder", {tensor({10}, I64)}, {tensor({10})}), 0, 10,
             I64);
  EXPECT_TRUE(mlCost("ZipMap", {data}, {unranked(0)}).unknown);
}

TEST(OpCostTraining, Optimisers) {
  TensorInfo value = tensor({10}), other = tensor({20});
  auto optimiser = [&](llvm::StringRef opType, size_t kinds,
                       Attributes attributes = {}) {
    std::vector<TensorInfo> inputs = {tensor({}), tensor({}, I64)};
    for (size_t i = 0; i < kinds; ++i) {
      inputs.push_back(value);
      inputs.push_back(other);
    }
    return cost(opType, inputs, {value, other}, attributes,
                {"ai.onnx.preview.training", 1, {}});
  };
  expectWork(optimiser("Adagrad", 3), 0, 30 * 9);
  expectWork(optimiser("Adam", 4), 0, 30 * 14);
  expectWork(optimiser("Momentum", 3), 0, 30 * 7);
  expectWork(optimiser("Momentum", 3, {{"mode", "nesterov"}}), 0, 30 * 9);
  EXPECT_TRUE(optimiser("Gradient", 1).unknown);
}
