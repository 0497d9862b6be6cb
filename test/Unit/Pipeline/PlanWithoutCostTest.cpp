//===- PlanWithoutCostTest.cpp - plan.json needs no annotated costs -------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Onnx/Transforms/Passes.h"
#include "onnx-split/Dialect/Split/Transforms/Passes.h"
#include "onnx-split/Pipeline/Pipeline.h"
#include "onnx-split/Plan/Plan.h"
#include "onnx-split/Target/Onnx/Import.h"

#include "mlir/Pass/PassManager.h"
#include "onnx/defs/parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace onnx_split;

/// Both stages need `w` and what is computed from it, and nobody knows what
/// Mine costs.
static constexpr const char *CopiesText = R"(
<ir_version: 8, opset_import: ["" : 17, "com.example" : 1]>
g (float[4] x) => (float[4] y)
<float[4] w = {1, 2, 3, 4}> {
  two = Constant <value_floats: floats = [2, 1, 1, 1]> ()
  v = Mul(w, two)
  a = Mul(x, v)
  b = com.example.Mine(a)
  y = Mul(b, v)
}
)";

namespace {
class PlanWithoutCost : public testing::Test {
protected:
  void SetUp() override {
    onnx::ModelProto proto;
    onnx::OnnxParser parser(CopiesText);
    auto status = parser.Parse(proto);
    ASSERT_TRUE(status.IsOK()) << status.ErrorMessage();
    bytes = proto.SerializeAsString();
    int file;
    ASSERT_FALSE(
        llvm::sys::fs::createTemporaryFile("cluster", "yaml", file, cluster));
    llvm::raw_fd_ostream(file, /*shouldClose=*/true)
        << "version: 1\n"
           "devices: [{name: p}, {name: q}]\n"
           "links: {default: {bandwidth: 1 Gbit/s}}\n";
  }
  void TearDown() override { llvm::sys::fs::remove(cluster); }

  /// plan.json of what `addPasses` makes of the model.
  template <typename AddPasses> std::string planOf(AddPasses addPasses) {
    DialectRegistry registry;
    registerDialects(registry);
    MLIRContext context(registry);
    context.loadAllAvailableDialects();
    OwningOpRef<ModuleOp> module =
        importBuffer(llvm::MemoryBufferRef(bytes, "model.onnx"), &context);
    PassManager manager(&context);
    addPasses(manager);
    if (!module || failed(manager.run(*module)))
      return "";
    std::string text;
    llvm::raw_string_ostream os(text);
    writePlan(gatherPlan(*module), os);
    return text;
  }

  std::string bytes;
  llvm::SmallString<128> cluster;
};
} // namespace

TEST_F(PlanWithoutCost, IsTheSame) {
  std::string whole = planOf([&](PassManager &manager) {
    PipelineOptions options;
    options.place.devices = std::string(cluster);
    options.place.cuts = {"a"};
    buildSplitPipeline(manager, options);
  });
  std::string without = planOf([&](PassManager &manager) {
    graph::InferTypesPassOptions inferTypes;
    inferTypes.extents = "known";
    manager.addPass(graph::createInferTypesPass(std::move(inferTypes)));
    split::PlacePassOptions place;
    place.devices = std::string(cluster);
    place.cuts = {"a"};
    manager.addPass(split::createPlacePass(std::move(place)));
    manager.addPass(split::createVerifyPlacementPass());
    manager.addPass(split::createFormStagesPass());
    manager.addPass(split::createInsertTransfersPass());
    manager.addPass(split::createOutlineStagesPass());
    manager.addPass(split::createLowerTransfersPass());
  });
  EXPECT_EQ(whole, without);
  // It says what it could be wrong about.
  EXPECT_NE(whole.find("\"op\": \"Mine\""), std::string::npos) << whole;
  for (const char *copied :
       {"\"tensor\": \"w\"", "\"tensor\": \"two\"", "\"tensor\": \"v\""})
    EXPECT_NE(whole.find(copied), std::string::npos) << copied << whole;
}
