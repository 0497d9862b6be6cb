//===- DimBindingsTest.cpp - Values that a user gives to dimensions -------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Inference/DimBindings.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

namespace {

using Names = std::vector<std::string>;

/// A decoder: the mask covers what is in the cache and what is new. The inputs
/// are declared as "NAME: TYPE".
const Names Decoder = {
    R"(ids: !onnx.tensor<int64, ["batch", "seq"]>)",
    R"(mask: !onnx.tensor<int64, ["batch", "past + seq"]>)",
    R"(cache: !onnx.tensor<float, ["batch", 8, "past", ?]>)"};

class DimBindingsTest : public testing::Test {
protected:
  DimBindingsTest()
      : handler(&context, [this](Diagnostic &diagnostic) {
          messages += diagnostic.str() + "\n";
          for (Diagnostic &note : diagnostic.getNotes())
            messages += "note: " + note.str() + "\n";
        }) {
    context.loadDialect<OnnxDialect>();
    context.printOpOnDiagnostic(false);
  }

  /// A model with these inputs and, as value_infos, these types.
  ModelOp parse(const Names &inputs, const Names &types = {},
                StringRef body = "") {
    std::string infos, arguments, values;
    for (StringRef input : inputs) {
      auto [name, type] = input.split(": ");
      StringRef comma = infos.empty() ? "" : ", ";
      infos += (comma + "#onnx.value_info<name = \"" + name +
                "\", type = " + type + ">")
                   .str();
      arguments +=
          (comma + "%a" + std::to_string(arguments.size()) + ": " + type).str();
    }
    for (const std::string &type : types)
      values += (values.empty() ? "" : ", ") +
                ("#onnx.value_info<name = \"v" + std::to_string(values.size()) +
                 "\", type = " + type + ">");
    std::string text = "onnx.model \"m\" attributes {opset_imports = []} {\n"
                       "onnx.graph attributes {input_infos = [" +
                       infos + "], output_infos = [], value_infos = [" +
                       values + "]} {\n" +
                       (arguments.empty() ? "" : "^bb0(" + arguments + "):\n") +
                       body.str() + "onnx.return\n}\n}\n";
    module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text << messages;
    return module ? *module->getOps<ModelOp>().begin() : ModelOp();
  }

  /// "batch=1 seq first ..." of the dimensions that are open.
  static std::string spell(const std::vector<OpenDim> &open) {
    Names words;
    for (const OpenDim &dim : open)
      words.push_back(dim.name.spell() + (dim.isFirst ? " first" : ""));
    return llvm::join(words, ", ");
  }

  /// The one message that the options give.
  std::string fail(ModelOp model, const DimOptions &options) {
    messages.clear();
    EXPECT_TRUE(failed(DimBindings::read(model, options)));
    return StringRef(messages).rtrim().str();
  }

  MLIRContext context;
  std::string messages;
  ScopedDiagnosticHandler handler;
  OwningOpRef<ModuleOp> module;
};

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

TEST_F(DimBindingsTest, GivesValuesToSymbolsExpressionsAndAxes) {
  auto bindings = DimBindings::read(
      parse(Decoder), {{}, {"seq=1", "cache[3]=64"}, {"past=127"}, {}});
  ASSERT_TRUE(succeeded(bindings)) << messages;
  EXPECT_EQ(bindings->fixed().valueOf("seq"), 1);
  EXPECT_EQ(bindings->fixed().valueOf("2*seq + 1"), 3);
  EXPECT_EQ(bindings->fixed().valueOf("past"), std::nullopt);
  EXPECT_EQ(bindings->fixed().valueOf("past + seq"), std::nullopt);
  EXPECT_EQ(bindings->fixed().valueOf("12"), 12);
  EXPECT_EQ(bindings->fixed().valueOf("-1"), std::nullopt);
  EXPECT_EQ(bindings->fixed().extentOf("cache", 3), 64);
  EXPECT_EQ(bindings->planning().valueOf("past + seq"), 128);
  EXPECT_EQ(bindings->planning().valueOf("batch"), std::nullopt);
  EXPECT_EQ(bindings->planning().extentOf("cache", 3), 64);
  EXPECT_EQ(bindings->planning().extentOf("cache", 2), std::nullopt);
  EXPECT_EQ(spell(bindings->openDims()), "batch first");
}

TEST_F(DimBindingsTest, TakesTheSymbolsOfAShape) {
  auto bindings = DimBindings::read(
      parse(Decoder), {{"mask=2x5", "cache=2x8x4x16"}, {}, {}, {}});
  ASSERT_TRUE(succeeded(bindings)) << messages;
  EXPECT_EQ(bindings->fixed().valueOf("batch"), 2);
  EXPECT_EQ(bindings->fixed().valueOf("past"), 4);
  EXPECT_EQ(bindings->fixed().valueOf("past + seq"), 5);
  EXPECT_EQ(bindings->fixed().extentOf("cache", 3), 16);
  EXPECT_EQ(spell(bindings->openDims()), "seq");
}

TEST_F(DimBindingsTest, ReadsNamesInTheirOrder) {
  // The second input's axis is named like the first input's axis.
  ModelOp model = parse({R"(x: !onnx.tensor<float, [?, ?]>)",
                         R"(y: !onnx.tensor<float, [4, "x[0]", "a-b"]>)",
                         R"(z: !onnx.tensor<float, [4, "*", "n / 2", "n"]>)"});
  auto bindings = DimBindings::read(
      model, {{}, {"x[0]=5", "x[1]=6", "a-b=7", "*=8", "z[3]=18"}, {}, {}});
  ASSERT_TRUE(succeeded(bindings)) << messages;
  // A literal name wins over an axis, over `*` and over an expression.
  EXPECT_EQ(bindings->fixed().valueOf("x[0]"), 5);
  EXPECT_EQ(bindings->fixed().extentOf("x", 0), std::nullopt);
  EXPECT_EQ(bindings->fixed().extentOf("x", 1), 6);
  EXPECT_EQ(bindings->fixed().valueOf("a-b"), 7);
  EXPECT_EQ(bindings->fixed().valueOf("*"), 8);
  EXPECT_EQ(bindings->fixed().valueOf("n"), 18);
  EXPECT_EQ(bindings->fixed().valueOf("n / 2"), 9);
  EXPECT_EQ(spell(bindings->openDims()), "x[0] first");
}

TEST_F(DimBindingsTest, KnowsTermsAndOtherSpellings) {
  ModelOp model = parse({R"(x: !onnx.tensor<float, [1, "2*s0", "h//2", "h"]>)"},
                        {R"(!onnx.tensor<float, ["s0*h"]>)"});
  // s0 stands nowhere alone, but an option may use it.
  auto bindings = DimBindings::read(model, {{}, {"s0=3", "h=8"}, {}, {}});
  ASSERT_TRUE(succeeded(bindings)) << messages;
  EXPECT_EQ(bindings->fixed().valueOf("2*s0"), 6);
  EXPECT_EQ(bindings->fixed().valueOf("s0*h"), 24);
  // Without one, its expression is a name.
  EXPECT_EQ(spell(DimBindings::read(model, {})->openDims()), "2*s0, h");
  bindings = DimBindings::read(model, {{}, {"(2 * s0)=6", "h=9"}, {}, {}});
  ASSERT_TRUE(succeeded(bindings)) << messages;
  EXPECT_EQ(bindings->fixed().valueOf("2*s0"), 6);
  EXPECT_EQ(bindings->fixed().valueOf("h//2"), 4);
  // A condition that holds.
  EXPECT_TRUE(
      succeeded(DimBindings::read(model, {{}, {"h=9"}, {"h*2=18"}, {}})))
      << messages;
}

TEST_F(DimBindingsTest, GivesTheRestToAStar) {
  ModelOp model = parse(Decoder);
  auto fixed = DimBindings::read(model, {{}, {"*=2", "seq=1"}, {}, {}});
  ASSERT_TRUE(succeeded(fixed)) << messages;
  EXPECT_EQ(fixed->fixed().valueOf("batch"), 2);
  EXPECT_EQ(fixed->fixed().valueOf("past + seq"), 3);
  EXPECT_EQ(fixed->fixed().extentOf("cache", 3), 2);
  EXPECT_EQ(spell(fixed->openDims()), "");
  // What is assumed by name stays open in the parts.
  auto both = DimBindings::read(model, {{}, {"*=2"}, {"past=100"}, {}});
  ASSERT_TRUE(succeeded(both)) << messages;
  EXPECT_EQ(both->fixed().valueOf("past"), std::nullopt);
  EXPECT_EQ(both->planning().valueOf("past + seq"), 102);
  auto assumed = DimBindings::read(model, {{}, {"batch=1"}, {"*=2"}, {}});
  ASSERT_TRUE(succeeded(assumed)) << messages;
  EXPECT_EQ(assumed->fixed().valueOf("seq"), std::nullopt);
  EXPECT_EQ(assumed->planning().valueOf("batch"), 1);
  EXPECT_EQ(assumed->planning().valueOf("past + seq"), 4);
  // Nothing is open: nothing to do.
  EXPECT_TRUE(succeeded(DimBindings::read(
      parse({"x: !onnx.tensor<float, [1]>"}), {{}, {"*=5"}, {}, {}})));
}

TEST_F(DimBindingsTest, MakesOperatingPoints) {
  auto bindings = DimBindings::read(
      parse({R"t(x: !onnx.tensor<float, ["Min(512, s)", "s", "b", ?]>)t"}),
      {{},
       {"b=1"},
       {"s=100", "x[3]=4"},
       {"s=600,b=1", "Min(512, s)=7,s=7", "*=9"}});
  ASSERT_TRUE(succeeded(bindings)) << messages;
  ASSERT_EQ(bindings->points().size(), 3u);
  EXPECT_EQ(bindings->planning().valueOf("Min(512, s)"), 100);
  EXPECT_EQ(bindings->points()[0].valueOf("Min(512, s)"), 512);
  EXPECT_EQ(bindings->points()[0].valueOf("b"), 1);
  EXPECT_EQ(bindings->points()[0].extentOf("x", 3), 4);
  EXPECT_EQ(bindings->points()[1].valueOf("s"), 7);
  EXPECT_EQ(bindings->points()[2].valueOf("s"), 9);
  EXPECT_EQ(bindings->points()[2].valueOf("b"), 1);
  EXPECT_EQ(bindings->points()[2].extentOf("x", 3), 9);
}

TEST_F(DimBindingsTest, KnowsShapesOfInputsWithoutARank) {
  ModelOp model = parse({R"(x: !onnx.tensor<float>)", "u: !onnx.unknown"});
  auto bindings = DimBindings::read(model, {{"x=2x3"}, {"x[1]=3"}, {}, {}});
  ASSERT_TRUE(succeeded(bindings)) << messages;
  EXPECT_EQ(bindings->fixed().extentOf("x", 0), 2);
  EXPECT_EQ(bindings->fixed().extentOf("x", 1), 3);
  EXPECT_EQ(bindings->fixed().extentOf("x", 2), std::nullopt);
  EXPECT_EQ(fail(model, {{}, {"x[1]=3"}, {}, {}}),
            "--dim names 'x[1]', but the model does not say the rank of the "
            "input 'x'; --shape x=... gives it one");
  EXPECT_EQ(fail(model, {{"x=2x3"}, {"x[2]=3"}, {}, {}}),
            "--dim names 'x[2]', but the model does not say the rank of the "
            "input 'x'; --shape x=... gives it one");
}

//===----------------------------------------------------------------------===//
// Open dimensions
//===----------------------------------------------------------------------===//

TEST_F(DimBindingsTest, ListsOpenDimensionsOnce) {
  auto open = [&](const Names &inputs, StringRef body = "") {
    auto bindings = DimBindings::read(parse(inputs, {}, body), {});
    EXPECT_TRUE(succeeded(bindings)) << messages;
    return spell(bindings->openDims());
  };
  EXPECT_EQ(open(Decoder), "batch first, seq, past, cache[3]");
  EXPECT_EQ(open({R"(x: !onnx.tensor<float, ["N", 3, "?", -1, "7"]>)"}),
            "N first, x[2], x[3]");
  EXPECT_EQ(open({R"(x: !onnx.tensor<float, [?]>)", "y: !onnx.tensor<float>",
                  "z: !onnx.tensor<float, []>", "u: !onnx.unknown"}),
            "x[0] first");
  // Inside of other types there are names alone.
  EXPECT_EQ(open({R"(q: !onnx.sequence<!onnx.tensor<float, ["N", "M", ?]>>)",
                  R"(o: !onnx.optional<!onnx.tensor<float, ["L"]>>)"}),
            "N first, M, L first");
  // An initializer stands for the input.
  EXPECT_EQ(open({R"(x: !onnx.tensor<float, ["N"]>)",
                  R"(w: !onnx.tensor<float, ["K"]>)"},
                 "%w = onnx.initializer #onnx.tensor<name = \"w\", data_type = "
                 "1, dims = [0]> -> !onnx.tensor<float, [0]>\n"),
            "N first");
  // First somewhere is first; in an expression only where it is nothing else.
  EXPECT_EQ(open({R"(x: !onnx.tensor<float, [1, "N"]>)",
                  R"(y: !onnx.tensor<float, ["N"]>)"}),
            "N first");
  EXPECT_EQ(open({R"(x: !onnx.tensor<float, ["past + seq"]>)",
                  R"(y: !onnx.tensor<float, [1, "past", "seq"]>)"}),
            "past, seq");
  EXPECT_EQ(open({R"(x: !onnx.tensor<float, ["2*N"]>)"}), "2*N first");
}

TEST_F(DimBindingsTest, AssumesFirstDimensions) {
  auto bindings =
      DimBindings::read(parse({R"(x: !onnx.tensor<float, ["N", "M"]>)",
                               R"(y: !onnx.tensor<float, [?, "N"]>)",
                               R"(z: !onnx.tensor<float, ["2*B"]>)"},
                              {R"(!onnx.tensor<float, ["B"]>)"}),
                        {{}, {}, {}, {"N=4,M=2"}});
  ASSERT_TRUE(succeeded(bindings)) << messages;
  auto assumed = bindings->assumeFirstDims();
  ASSERT_TRUE(succeeded(assumed)) << messages;
  EXPECT_EQ(spell(*assumed), "N first, y[0] first, B first");
  EXPECT_EQ(bindings->planning().valueOf("N"), 1);
  EXPECT_EQ(bindings->planning().extentOf("y", 0), 1);
  EXPECT_EQ(bindings->planning().valueOf("2*B"), 2);
  EXPECT_EQ(bindings->fixed().valueOf("N"), std::nullopt);
  EXPECT_EQ(bindings->points()[0].valueOf("N"), 4);
  EXPECT_EQ(bindings->points()[0].extentOf("y", 0), 1);
  EXPECT_EQ(spell(bindings->openDims()), "M");
  EXPECT_TRUE(bindings->assumeFirstDims()->empty());
}

TEST_F(DimBindingsTest, SaysWhereAnAssumptionContradicts) {
  auto bindings =
      DimBindings::read(parse({R"(x: !onnx.tensor<float, ["N", "N + 1"]>)"}),
                        {{}, {"N + 1=5"}, {}, {}});
  ASSERT_TRUE(succeeded(bindings)) << messages;
  EXPECT_TRUE(failed(bindings->assumeFirstDims()));
  EXPECT_EQ(messages, "--dim 'N + 1=5' makes the dimension 'N + 1' 5, but the "
                      "assumed N=1 makes it 2\n");
}

TEST_F(DimBindingsTest, ProposesOptionsForWhatIsOpen) {
  ModelOp model = parse(Decoder);
  auto bindings = DimBindings::read(model, {});
  ASSERT_TRUE(succeeded(bindings->assumeFirstDims())) << messages;
  EXPECT_TRUE(failed(bindings->requireClosed()));
  EXPECT_EQ(messages,
            "costs depend on dimensions of the model's inputs that are open; "
            "give each a value, in the parts too with --dim, for planning "
            "alone with --assume:\n"
            "note: --dim seq=1 or --assume seq=1\n"
            "note: --dim past=1 or --assume past=1\n"
            "note: --dim 'cache[3]=1' or --assume 'cache[3]=1'\n"
            "note: the whole shape of an input, in the parts too: --shape "
            "NAME=1x3x224x224\n"
            "note: all of them: --assume '*=1'\n");
  // What it proposes is enough.
  for (const DimOptions &options :
       {DimOptions{{}, {}, {"*=1"}, {}},
        DimOptions{{}, {"seq=1", "past=1", "cache[3]=1", "batch=1"}, {}, {}}})
    EXPECT_TRUE(succeeded(DimBindings::read(model, options)->requireClosed()));
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

TEST_F(DimBindingsTest, NamesBothPartiesOfAConflict) {
  ModelOp model = parse(Decoder);
  EXPECT_EQ(fail(model, {{}, {"seq=1", "seq=2"}, {}, {}}),
            "--dim seq=2 makes the dimension 'seq' 2, but --dim seq=1 makes it "
            "1");
  EXPECT_EQ(fail(model, {{"ids=3x4"}, {"batch=2"}, {}, {}}),
            "--dim batch=2 makes the dimension 'batch' 2, but --shape ids=3x4 "
            "(axis 0) makes it 3");
  EXPECT_EQ(fail(model, {{"ids=3x4", "mask=2x9"}, {}, {}, {}}),
            "--shape mask=2x9 (axis 0) makes the dimension 'batch' 2, but "
            "--shape ids=3x4 (axis 0) makes it 3");
  EXPECT_EQ(fail(model, {{"cache=1x8x4x16"}, {"cache[3]=8"}, {}, {}}),
            "--dim 'cache[3]=8' makes axis 3 of the input 'cache' 8, but "
            "--shape cache=1x8x4x16 (axis 3) makes it 16");
  EXPECT_EQ(fail(model, {{}, {"past + seq=100", "past=127", "seq=1"}, {}, {}}),
            "--dim 'past + seq=100' makes the dimension 'past + seq' 100, but "
            "--dim past=127 and --dim seq=1 make it 128");
  EXPECT_EQ(fail(model, {{}, {"seq + past=100", "past=127", "seq=1"}, {}, {}}),
            "--dim 'seq + past=100' makes the dimension 'seq + past' 100, but "
            "--dim seq=1 and --dim past=127 make it 128");
  EXPECT_EQ(fail(model, {{"mask=1x100"}, {"past=99"}, {"seq=2"}, {}}),
            "--shape mask=1x100 (axis 1) makes the dimension 'past + seq' 100, "
            "but --dim past=99 and --assume seq=2 make it 101");
  EXPECT_EQ(fail(model, {{}, {"seq=1"}, {"ids[1]=2"}, {}}),
            "--assume 'ids[1]=2' makes the dimension 'seq' 2, but --dim seq=1 "
            "makes it 1");
  EXPECT_EQ(fail(model, {{}, {"seq=1"}, {}, {"past=3,seq=2"}}),
            "--also seq=2 makes the dimension 'seq' 2, but --dim seq=1 makes "
            "it 1");
  EXPECT_EQ(fail(model, {{}, {"*=1"}, {}, {"seq=2"}}),
            "--also seq=2 makes the dimension 'seq' 2, but --dim '*=1' makes "
            "it 1");
  EXPECT_EQ(fail(model, {{}, {"*=1", "*=2"}, {}, {}}),
            "--dim '*=1' and --dim '*=2' contradict each other");
  EXPECT_EQ(fail(model, {{}, {"cache[1]=9"}, {}, {}}),
            "--dim 'cache[1]=9' makes axis 1 of the input 'cache' 9, but the "
            "model fixes it to 8");
  EXPECT_EQ(
      fail(parse({R"(x: !onnx.tensor<float, ["1"]>)"}), {{"x=2"}, {}, {}, {}}),
      "--shape x=2 (axis 0) makes the dimension '1' 2, but its name "
      "makes it 1");
  // The same value twice is none.
  model = parse(Decoder);
  EXPECT_TRUE(succeeded(
      DimBindings::read(model, {{"ids=1x2"},
                                {"seq=2", "seq=2", "ids[1]=2", "cache[1]=8"},
                                {"seq=2"},
                                {"seq=2"}})))
      << messages;
}

TEST_F(DimBindingsTest, NamesWhatThereIs) {
  ModelOp model = parse(Decoder, {R"(!onnx.tensor<float, ["other"]>)"});
  EXPECT_EQ(fail(model, {{}, {}, {"sequence=1"}, {}}),
            "--assume names 'sequence', which is no dimension of the model; it "
            "has 'batch', 'past', 'past + seq', 'seq', 'cache[3]', 'other'");
  EXPECT_EQ(fail(model, {{}, {"ids[2]=1"}, {}, {}}),
            "--dim names 'ids[2]', but the input 'ids' has rank 2");
  EXPECT_EQ(fail(model, {{}, {"ids[-1]=1"}, {}, {}}),
            "--dim names 'ids[-1]', but '-1' is not an axis of at least 0");
  EXPECT_EQ(fail(model, {{}, {"ids[]=1"}, {}, {}}),
            "--dim names 'ids[]', but '' is not an axis of at least 0");
  EXPECT_EQ(fail(model, {{}, {}, {}, {"seq=1,,past=2"}}),
            "--also takes NAME=1[,NAME=1...], but it is ''");
  EXPECT_EQ(fail(model, {{}, {}, {}, {"seq=1,past=x"}}),
            "--also takes NAME=1[,NAME=1...], but 'x' in 'past=x' is not an "
            "extent of at least 0");
  EXPECT_EQ(fail(model, {{}, {"seq*past=100", "seq=2"}, {}, {}}),
            "--dim 'seq*past=100' names no dimension of the model, but an "
            "expression; its term 'past' needs a value of its own");
  EXPECT_EQ(fail(parse({"q: !onnx.sequence<!onnx.tensor<float, [?]>>"}),
                 {{}, {"q[0]=1"}, {}, {}}),
            "--dim names 'q[0]', but the input 'q' is not a tensor");
  Names many;
  for (int i = 10; i < 40; ++i)
    many.push_back("!onnx.tensor<float, [\"unk" + std::to_string(i) + "\"]>");
  std::string message = fail(parse({}, many), {{}, {"N=1"}, {}, {}});
  EXPECT_TRUE(StringRef(message).ends_with("'unk29' and 10 more")) << message;
}

TEST_F(DimBindingsTest, RefusesExpressionsThatAreNoExtent) {
  auto failWith = [&](StringRef symbol, const std::string &option) {
    return fail(
        parse({"x: !onnx.tensor<float, [\"n\", \"" + symbol.str() + "\"]>"}),
        {{}, {}, {option}, {}});
  };
  EXPECT_EQ(failWith("n - 5", "n=3"),
            "--assume n=3 makes the dimension 'n - 5' of the input 'x' -2");
  EXPECT_EQ(failWith("n/2", "n=3"),
            "--assume n=3 makes the dimension 'n/2' of the input 'x' a "
            "fraction");
  EXPECT_EQ(failWith("8//n", "n=0"),
            "--assume n=0 makes the dimension '8//n' of the input 'x' a "
            "division by zero");
  EXPECT_EQ(failWith("n*n", "n=9000000000000000000"),
            "--assume n=9000000000000000000 makes the dimension 'n*n' of the "
            "input 'x' too large for 64 bits");
}

} // namespace
