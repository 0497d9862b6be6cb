//===- ModelFiguresTest.cpp - Figures of whole models ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The models of ONNX's own backend tests have the full architectures of
/// well-known networks and next to no weights. Their multiply-accumulates of
/// convolutions and matrix products are published to the last digit, see
/// docs/CostModel.md.
///
//===----------------------------------------------------------------------===//

#include "ModelCost.h"
#include "gtest/gtest.h"

#include <cstdlib>
#include <filesystem>

using namespace onnx_split::test;
namespace fs = std::filesystem;

/// ONNX_SPLIT_LIGHT_MODELS, or where the onnx package of the project's Python
/// environment has them.
static fs::path findModels() {
  if (const char *folder = std::getenv("ONNX_SPLIT_LIGHT_MODELS"))
    return folder;
  std::error_code error;
  fs::directory_iterator versions(fs::path(ONNX_SPLIT_VENV) / "lib", error);
  for (const fs::directory_entry &version : versions) {
    fs::path folder = version.path() / "site-packages" / "onnx" / "backend" /
                      "test" / "data" / "light";
    if (fs::is_directory(folder, error))
      return folder;
  }
  return {};
}

static ModelCost lightModel(const std::string &name) {
  fs::path path = findModels() / (name + ".onnx");
  std::optional<ModelCost> cost = computeModelCost(path.string());
  EXPECT_TRUE(cost) << "cannot read '" << path.string()
                    << "': run utils/bootstrap, or set "
                       "ONNX_SPLIT_LIGHT_MODELS";
  return cost.value_or(ModelCost());
}

TEST(OpCostModels, ResNet50) {
  ModelCost cost = lightModel("light_resnet50");
  EXPECT_EQ(cost.macs["Conv"], 4087136256);
  EXPECT_EQ(cost.macs["Gemm"], 2048000); // 2048 * 1000
  EXPECT_EQ(cost.total.macs, 4089184256);
  EXPECT_FALSE(cost.total.unknown);
}

TEST(OpCostModels, Vgg19) {
  ModelCost cost = lightModel("light_vgg19");
  EXPECT_EQ(cost.macs["Conv"], 19508428800);
  // 25088 * 4096 + 4096 * 4096 + 4096 * 1000
  EXPECT_EQ(cost.macs["Gemm"], 123633664);
  EXPECT_EQ(cost.total.macs, 19632062464);
  EXPECT_FALSE(cost.total.unknown);
}

TEST(OpCostModels, SqueezeNet) {
  ModelCost cost = lightModel("light_squeezenet");
  EXPECT_EQ(cost.macs["Conv"], 349151936);
  EXPECT_EQ(cost.total.macs, 349151936);
  EXPECT_FALSE(cost.total.unknown);
}

TEST(OpCostModels, EveryLightModelIsKnown) {
  unsigned count = 0;
  for (const fs::directory_entry &entry : fs::directory_iterator(findModels()))
    if (entry.path().extension() == ".onnx") {
      ++count;
      ModelCost cost = lightModel(entry.path().stem().string());
      EXPECT_FALSE(cost.total.unknown) << entry.path().string();
      EXPECT_GT(cost.total.macs, 100000000) << entry.path().string();
      // Traffic covers at least the result.
      EXPECT_GT(cost.total.bytesRead, cost.total.bytesWritten / 100);
    }
  EXPECT_GE(count, 9u);
}
