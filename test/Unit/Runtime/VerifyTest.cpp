//===- VerifyTest.cpp - Unit tests ----------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Parts that fail where the whole model runs, which no split of this program
/// makes: files that are put in the place of a part.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Verify.h"

#include "onnx-split/Pipeline/Pipeline.h"
#include "onnx-split/Support/TemporaryFolder.h"
#include "onnx-split/Target/Onnx/Import.h"

#include "mlir/IR/MLIRContext.h"
#include "onnx/defs/parser.h"
#include "gtest/gtest.h"

#include <fstream>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::runtime;

namespace {

onnx::ModelProto parse(const std::string &body) {
  onnx::ModelProto model;
  std::string text = "<ir_version: 8, opset_import: [\"\" : 17]>\n"
                     "g (float[4] x) => (float[4] y) {" +
                     body + "}";
  auto status = onnx::OnnxParser::Parse(model, text.c_str());
  EXPECT_TRUE(status.IsOK()) << status.ErrorMessage();
  return model;
}

/// A model of one stage, and what is verified in its place.
class Verify : public testing::Test {
protected:
  Verify() {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// The messages of a verification of `part` as the only part of `whole`.
  std::string verify(const onnx::ModelProto &whole,
                     const onnx::ModelProto &part) {
    save(whole, "whole.onnx");
    save(part, "stage0-d0.onnx");
    VerifyRequest request;
    request.model = folder.pathOf("whole.onnx");
    request.folder = folder.pathOf("");
    std::string messages;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      messages += diagnostic.str() + "\n";
      for (const Diagnostic &note : diagnostic.getNotes())
        messages += "note: " + note.str() + "\n";
    });
    Verifier verifier(request);
    auto module = importFile(request.model, &context, {});
    EXPECT_TRUE(bool(module)) << messages;
    graph::ModelOp model = *module->getOps<graph::ModelOp>().begin();
    EXPECT_TRUE(succeeded(verifier.keepWhole(model)));
    EXPECT_TRUE(succeeded(verifier.runWhole(model, {}))) << messages;
    Plan plan;
    Plan::Stage &stage = plan.stages.emplace_back();
    stage.index = 0;
    stage.file = "stage0-d0.onnx";
    stage.device = "d0";
    auto result = verifier.runParts(plan, &context);
    verified = succeeded(result) && result->allSame();
    return messages;
  }

  TemporaryFolder folder;
  bool verified = false;

private:
  void save(const onnx::ModelProto &model, llvm::StringRef name) {
    std::ofstream file(folder.pathOf(name), std::ios::binary);
    EXPECT_TRUE(model.SerializeToOstream(&file));
  }

  MLIRContext context;
};

TEST_F(Verify, SaysNothingWhereAllIsWell) {
  EXPECT_EQ(verify(parse("y = Neg(x)"), parse("y = Neg(x)")), "");
  EXPECT_TRUE(verified);
}

TEST_F(Verify, NamesThePartThatDoesNotRun) {
  std::string messages =
      verify(parse("y = Neg(x)"), parse("y = my_own.Frob(x)"));
  EXPECT_FALSE(verified);
  EXPECT_NE(messages.find("cannot verify: this part does not run, stage 0 on "
                          "'d0', while the whole model runs: "),
            std::string::npos)
      << messages;
  EXPECT_NE(messages.find("note: the parts stay in '"), std::string::npos);
}

/// ONNX Runtime 1.32 does not survive a Split with an omitted result.
TEST_F(Verify, NamesThePartThatCrashes) {
  onnx::ModelProto part =
      parse("a = Concat<axis = 0>(x, x)\n b, c = Split(a)\n y = Neg(b)");
  part.mutable_graph()->mutable_node(1)->set_output(1, "");
  std::string messages = verify(parse("y = Neg(x)"), part);
  ASSERT_FALSE(verified)
      << "ONNX Runtime is pinned; a newer one that survives this part needs "
         "another part here that it does not survive";
  EXPECT_NE(messages.find(" crashes on this part, stage 0 on 'd0', while the "
                          "whole model runs: the child process crashed ("),
            std::string::npos)
      << messages;
}

TEST_F(Verify, TellsHowFarAnOutputIsOff) {
  std::string messages = verify(parse("y = Neg(x)"), parse("y = Identity(x)"));
  EXPECT_FALSE(verified);
  EXPECT_NE(messages.find("output 'y' of the parts is not the whole model's: "
                          "largest difference "),
            std::string::npos)
      << messages;
  EXPECT_NE(messages.find(" (200 % of the largest value "), std::string::npos);
  messages = verify(parse("y = Neg(x)"), parse("z = Neg(x)\n y = Concat<axis = "
                                               "0>(z, z)"));
  EXPECT_NE(messages.find("shape 8 instead of 4"), std::string::npos)
      << messages;
}

/// How numbers are spelled.
TEST(Verification, Words) {
  Verification::Output output;
  output.absolute = 3.1e-06;
  output.relative = 2.04e-06;
  output.largest = 1.52;
  EXPECT_EQ(output.describeDifference(),
            "largest difference 3.1e-06 (0.0002 % of the largest value 1.52)");
  output.largest = 0;
  EXPECT_EQ(output.describeDifference(),
            "largest difference 3.1e-06, where every value is 0");
  output.absolute = std::numeric_limits<double>::infinity();
  EXPECT_EQ(output.describeDifference(),
            "a value is NaN or infinite in one of the two alone");
  output.absolute = 0;
  EXPECT_EQ(output.describeDifference(),
            "no difference, but in the signs of zeros or in the bits of NaN");
  output.identical = true;
  EXPECT_EQ(output.describeDifference(), "bit-identical");

  auto allowed = [](double relative, double absolute) {
    Verification::Output made;
    made.allowedRelative = relative;
    made.allowedAbsolute = absolute;
    return made.describeAllowed();
  };
  EXPECT_EQ(allowed(1e-4, 0), "0.01 %");
  EXPECT_EQ(allowed(1, 0), "100 %");
  EXPECT_EQ(allowed(16.0 / 2048, 0), "0.78 %");
  EXPECT_EQ(allowed(1e-12, 0), "1e-10 %");
  EXPECT_EQ(allowed(0, 1), "1 step");
  EXPECT_EQ(allowed(1e-4, 1), "0.01 % or 1 step");
  EXPECT_EQ(allowed(0, 0), "none");
}

} // namespace
