//===- DamagedModelTest.cpp - Models with bytes cut, changed or invented --===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Seeds.h"
#include "onnx-split/Pipeline/Pipeline.h"
#include "onnx-split/Target/Onnx/Export.h"
#include "onnx-split/Target/Onnx/Import.h"

#include "mlir/Pass/PassManager.h"
#include "onnx/defs/parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <random>

using namespace mlir;
using namespace onnx_split;

namespace {

/// Bodies with captures, functions, initializers and attributes of all kinds.
constexpr const char *ModelText = R"(
<ir_version: 8, opset_import: ["" : 17, "local" : 1]>
g (float[2, n] x, bool flag) => (float[2, n] y)
<float[2] w = {1, 2}, float[2, 1] v> {
  two = Constant <value_ints: ints = [2, 1]> ()
  v = Reshape(w, two)
  a = Add(x, v)
  b = local.Twice <low = 0.5> (a)
  y = If (flag) <
    then_branch = t () => (float[2, n] ty) { ty = Mul(b, a) },
    else_branch = e () => (float[2, n] ey) { ey = Softmax <axis = 1> (b) }>
}
<opset_import: ["" : 17], domain: "local">
Twice <low> (p) => (r) {
  l = Constant <value_float: float = @low> ()
  s = Add(p, l)
  r = Add(s, s)
}
)";

class DamagedModel : public testing::Test {
protected:
  void SetUp() override {
    onnx::ModelProto proto;
    onnx::OnnxParser parser(ModelText);
    auto status = parser.Parse(proto);
    ASSERT_TRUE(status.IsOK()) << status.ErrorMessage();
    model = proto.SerializeAsString();
    int file;
    ASSERT_FALSE(
        llvm::sys::fs::createTemporaryFile("cluster", "yaml", file, cluster));
    llvm::raw_fd_ostream(file, /*shouldClose=*/true)
        << "version: 1\n"
           "devices: [{name: a, op_overhead: 1 ms}, {name: b, op_overhead: 1 "
           "ms}]\n"
           "links: {default: {bandwidth: 1 Tbit/s}}\n";
  }
  void TearDown() override { llvm::sys::fs::remove(cluster); }

  /// Splits `bytes`, and returns whether there were parts. Without parts there
  /// must be an error with a location.
  bool split(llvm::StringRef bytes) {
    // A context keeps what it has seen.
    if (uses++ % 512 == 0) {
      DialectRegistry registry;
      registerDialects(registry);
      context = std::make_unique<MLIRContext>(registry,
                                              MLIRContext::Threading::DISABLED);
      context->loadAllAvailableDialects();
    }
    unsigned errors = 0;
    ScopedDiagnosticHandler handler(context.get(), [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error) {
        ++errors;
        EXPECT_FALSE(isa<UnknownLoc>(diagnostic.getLocation()));
        EXPECT_FALSE(diagnostic.str().empty());
      }
      return success();
    });
    OwningOpRef<ModuleOp> module =
        importBuffer(llvm::MemoryBufferRef(bytes, "model.onnx"), context.get());
    PipelineOptions options;
    options.place.devices = std::string(cluster);
    options.place.timeLimit = 1;
    options.inferTypes.assumes = {"*=3"};
    PassManager manager(context.get());
    buildSplitPipeline(manager, options);
    bool parts = module && succeeded(manager.run(*module));
    EXPECT_EQ(parts, errors == 0);
    if (!parts)
      return false;
    for (auto part : module->getOps<graph::ModelOp>())
      EXPECT_TRUE(succeeded(exportModel(part, WeightsMode::Auto, "part.data")));
    return true;
  }

  std::string model;
  llvm::SmallString<128> cluster;
  std::unique_ptr<MLIRContext> context;
  unsigned uses = 0;
};

TEST_F(DamagedModel, WholeOneIsSplit) { EXPECT_TRUE(split(model)); }

TEST_F(DamagedModel, CutAtEveryByte) {
  for (size_t size = 0; size < model.size(); ++size)
    split(llvm::StringRef(model).take_front(size));
}

TEST_F(DamagedModel, TenThousandFlippedBits) {
  std::mt19937 random(1);
  unsigned good = 0;
  const uint64_t numFlips = test::thinned(10000);
  for (uint64_t flip = 0; flip < numFlips; ++flip) {
    std::string damaged = model;
    damaged[random() % damaged.size()] ^= char(1 << random() % 8);
    good += split(damaged);
  }
  // A flip in a weight, or in a name that occurs once, is no damage.
  EXPECT_GT(good, numFlips / 100);
  EXPECT_LT(good, numFlips / 2);
}

TEST_F(DamagedModel, PiecesInAnotherOrder) {
  std::mt19937 random(2);
  for (uint64_t i = 0; i < test::thinned(1000); ++i) {
    std::string damaged = model;
    size_t from = random() % model.size(), to = random() % model.size();
    damaged.replace(to, random() % 64, model, from, random() % 64);
    split(damaged);
  }
}

TEST_F(DamagedModel, RandomBytes) {
  std::mt19937 random(3);
  for (uint64_t i = 0; i < test::thinned(1000); ++i) {
    std::string bytes(random() % 256, '\0');
    for (char &byte : bytes)
      byte = char(random());
    split(bytes);
  }
}

} // namespace
