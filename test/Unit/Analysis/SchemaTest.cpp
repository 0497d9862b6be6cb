//===- SchemaTest.cpp - Cost functions against all schemas of ONNX --------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Two things that a new version of ONNX may break: every operator must have an
/// entry, and no operator may take arbitrary operands and attributes badly.
///
//===----------------------------------------------------------------------===//

#include "onnx/defs/schema.h"
#include "../Seeds.h"
#include "OpCostTestUtil.h"

#include <random>

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostSchemas, EveryOperatorHasAnEntry) {
  for (const onnx::OpSchema &schema :
       onnx::OpSchemaRegistry::get_all_schemas()) {
    if (schema.Deprecated())
      continue;
    EXPECT_TRUE(hasOpCost(schema.domain(), schema.Name()))
        << "no formula for " << schema.domain() << ":" << schema.Name()
        << "; add it to the table of its family in lib/Analysis/OpCost";
  }
}

TEST(OpCostSchemas, OldOperatorsHaveAnEntry) {
  for (const onnx::OpSchema &schema :
       onnx::OpSchemaRegistry::get_all_schemas_with_history())
    EXPECT_TRUE(hasOpCost(schema.domain(), schema.Name()))
        << schema.domain() << ":" << schema.Name();
}

TEST(OpCostSchemas, Lookup) {
  EXPECT_TRUE(hasOpCost("ai.onnx", "Conv"));
  EXPECT_TRUE(hasOpCost("com.microsoft", "FusedConv"));
  EXPECT_FALSE(hasOpCost("", "FusedConv"));
  EXPECT_FALSE(hasOpCost("my.domain", "Conv"));

  OpCost custom = cost("Convolve", {tensor({3})}, {tensor({5}, F16)}, {},
                       {"my.domain", 1, {}});
  EXPECT_TRUE(custom.unknown);
  EXPECT_EQ(custom.flops, 0);
  EXPECT_EQ(custom.computeType, 0);
  expectBytes(custom, 12, 10);
}

//===----------------------------------------------------------------------===//
// Arbitrary operands
//===----------------------------------------------------------------------===//

namespace {
class Fuzzer {
public:
  /// `sane`: known tensors of moderate size, and no absurd numbers.
  Fuzzer(unsigned seed, bool isSane) : random(seed), sane(isSane) {}

  int64_t below(int64_t limit) { return int64_t(random() % limit); }
  bool oneIn(int64_t n) { return below(n) == 0; }

  int64_t number() {
    static constexpr int64_t absurd[] = {-1,
                                         -2,
                                         -1000,
                                         0,
                                         INT64_MAX,
                                         INT64_MIN,
                                         INT32_MAX,
                                         INT32_MIN,
                                         INT64_C(1) << 40,
                                         INT64_MAX / 4};
    return sane || !oneIn(3) ? 1 + below(8) : absurd[below(std::size(absurd))];
  }

  TensorInfo operand() {
    TensorInfo info;
    if (!sane && oneIn(6))
      return info;
    info.present = true;
    info.elementType = sane ? F32 : int32_t(below(35)) - 3;
    info.hasRank = sane || !oneIn(6);
    for (int64_t rank = below(6); rank > 0; --rank)
      info.dims.push_back(number());
    info.isConstant = oneIn(3);
    info.hasValues = info.isConstant && oneIn(2);
    for (int64_t count = info.hasValues ? below(4) : 0; count > 0; --count)
      info.values.push_back(number());
    return info;
  }

  std::vector<TensorInfo> operands(int64_t most) {
    std::vector<TensorInfo> list;
    for (int64_t count = below(most + 1); count > 0; --count)
      list.push_back(operand());
    return list;
  }

  Attribute attribute() {
    static const char *const words[] = {
        "",        "linear",        "cubic",     "bidirectional",
        "add",     "tanh",          "ij,jk->ik", "...i,i",
        "->",      "a,b,c,d,e,f,g", "gated",     "...a...,b->...",
        "SOFTMAX", "RBF",           "silu"};
    switch (below(6)) {
    case 0:
      return number();
    case 1:
      return oneIn(4) ? std::numeric_limits<float>::quiet_NaN()
                      : float(number());
    case 2:
      return std::string(words[below(std::size(words))]);
    case 3:
      return ListOf{number()};
    default:
      std::vector<int64_t> list;
      for (int64_t count = below(7); count > 0; --count)
        list.push_back(number());
      return list;
    }
  }

  OpCost body() {
    OpCost cost;
    cost.macs = number();
    cost.flops = sane ? 2 * cost.macs + number() : number();
    cost.bytesRead = number();
    cost.bytesWritten = number();
    cost.unknown = !sane && oneIn(4);
    return cost;
  }

private:
  std::mt19937_64 random;
  bool sane;
};
} // namespace

static void expectInvariants(const OpCost &cost, const std::string &what) {
  // What is unknown has a cause, and nothing else.
  EXPECT_EQ(cost.unknown, cost.cause.kind != UnknownCause::None) << what;
  EXPECT_GE(cost.macs, 0) << what;
  EXPECT_GE(cost.flops, 2 * cost.macs) << what;
  EXPECT_GE(cost.bytesRead, 0) << what;
  EXPECT_GE(cost.bytesWritten, 0) << what;
  for (int64_t figure :
       {cost.macs, cost.flops, cost.bytesRead, cost.bytesWritten})
    EXPECT_LE(figure, INT64_MAX / 4) << what;
}

/// Every operator that either ONNX or this project knows, and one that nobody
/// knows.
static std::vector<std::pair<std::string, std::string>> allOperators() {
  std::vector<std::pair<std::string, std::string>> operators;
  for (const onnx::OpSchema &schema : onnx::OpSchemaRegistry::get_all_schemas())
    operators.push_back({schema.domain(), schema.Name()});
  for (const char *opType : {"Attention",
                             "BiasAdd",
                             "BiasGelu",
                             "BiasSoftmax",
                             "BiasSplitGelu",
                             "CausalConvWithState",
                             "ComplexMul",
                             "ComplexMulConj",
                             "ConvTransposeWithDynamicPads",
                             "DecoderAttention",
                             "DecoderMaskedMultiHeadAttention",
                             "DecoderMaskedSelfAttention",
                             "DequantizeLinear",
                             "DynamicQuantizeLSTM",
                             "DynamicQuantizeMatMul",
                             "EmbedLayerNormalization",
                             "ExpandDims",
                             "FastGelu",
                             "FusedConv",
                             "FusedGemm",
                             "FusedMatMul",
                             "FusedMatMulActivation",
                             "GatherBlockQuantized",
                             "GatherND",
                             "Gelu",
                             "GemmFastGelu",
                             "GemmFloat8",
                             "GridSample",
                             "GroupNorm",
                             "GroupQueryAttention",
                             "IsAllFinite",
                             "LinearAttention",
                             "MatMulBnb4",
                             "MatMulInteger16",
                             "MatMulIntegerToFloat",
                             "MatMulNBits",
                             "MaxpoolWithMask",
                             "MoE",
                             "MulInteger",
                             "MultiHeadAttention",
                             "NhwcConv",
                             "NhwcFusedConv",
                             "NhwcMaxPool",
                             "PackedAttention",
                             "PackedMultiHeadAttention",
                             "Pad",
                             "PagedAttention",
                             "QAttention",
                             "QEmbedLayerNormalization",
                             "QGemm",
                             "QLinearAdd",
                             "QLinearAveragePool",
                             "QLinearConcat",
                             "QLinearConv",
                             "QLinearGlobalAveragePool",
                             "QLinearLeakyRelu",
                             "QLinearMatMul",
                             "QLinearMul",
                             "QLinearReduceMean",
                             "QLinearSigmoid",
                             "QLinearSoftmax",
                             "QLinearWhere",
                             "QMoE",
                             "QuantizeLinear",
                             "QuickGelu",
                             "Range",
                             "ReduceSumInteger",
                             "RemovePadding",
                             "RestorePadding",
                             "RotaryEmbedding",
                             "SimplifiedLayerNormalization",
                             "SkipGroupNorm",
                             "SkipLayerNormalization",
                             "SkipSimplifiedLayerNormalization",
                             "SparseAttention",
                             "TorchEmbedding",
                             "TransposeMatMul",
                             "Trilu",
                             "UnfoldTensor",
                             "Unique"}) {
    EXPECT_TRUE(hasOpCost("com.microsoft", opType)) << opType;
    operators.push_back({"com.microsoft", opType});
  }
  for (const char *opType :
       {"AveragePool", "Conv", "GlobalAveragePool", "GlobalMaxPool", "MaxPool",
        "ReorderInput", "ReorderOutput", "Upsample"}) {
    EXPECT_TRUE(hasOpCost("com.microsoft.nchwc", opType)) << opType;
    operators.push_back({"com.microsoft.nchwc", opType});
  }
  operators.push_back({"my.domain", "Unheard"});
  return operators;
}

/// Attributes that any formula asks for.
static const char *const attributeNames[] = {"accuracy_level",
                                             "activation",
                                             "activation_type",
                                             "alpha",
                                             "antialias",
                                             "approximate",
                                             "axes",
                                             "axis",
                                             "beta",
                                             "bits",
                                             "block_size",
                                             "channels_last",
                                             "clip",
                                             "coefficients",
                                             "direction",
                                             "do_rotary",
                                             "equation",
                                             "expert_weight_bits",
                                             "fc2_expert_weight_bits",
                                             "group",
                                             "groups",
                                             "hidden_size",
                                             "intercepts",
                                             "is_causal",
                                             "k",
                                             "kernel_shape",
                                             "kernel_type",
                                             "kv_num_heads",
                                             "layout",
                                             "mode",
                                             "nodes_featureids",
                                             "nodes_treeids",
                                             "noop_with_empty_axes",
                                             "norm",
                                             "num_groups",
                                             "num_heads",
                                             "num_scan_inputs",
                                             "offset_group",
                                             "p",
                                             "past_present_share_buffer",
                                             "post_transform",
                                             "q_num_heads",
                                             "qkv_hidden_sizes",
                                             "reduction",
                                             "rotary_embedding_dim",
                                             "sampling_ratio",
                                             "scan_input_axes",
                                             "size",
                                             "softcap",
                                             "sorted",
                                             "support_vectors",
                                             "training_mode",
                                             "tree_roots",
                                             "unidirectional",
                                             "update_rule",
                                             "K",
                                             "N",
                                             "transA",
                                             "transB",
                                             "transBatchA",
                                             "transBatchB"};

TEST(OpCostSchemas, ArbitraryQueriesKeepTheInvariants) {
  unsigned seed = 0;
  for (const auto &[domain, opType] : allOperators())
    for (uint64_t round : seeds(300)) {
      Fuzzer fuzzer(++seed, round % 3 == 0);
      Attributes attributes;
      for (const char *name : attributeNames)
        if (fuzzer.oneIn(3))
          attributes.map[name] = fuzzer.attribute();
      Options options = {domain, fuzzer.number(), {}};
      for (int64_t count = fuzzer.below(3); count > 0; --count)
        options.bodies.push_back(fuzzer.body());
      OpCost result = cost(opType, fuzzer.operands(10), fuzzer.operands(4),
                           attributes, options);
      expectInvariants(result,
                       domain + ":" + opType + " " + std::to_string(seed));
    }
}

/// Operators that look at no extent, or move no byte.
static bool needsNoExtent(llvm::StringRef domain, llvm::StringRef opType) {
  if (isAliasOp(domain, opType))
    return true;
  static const char *const names[] = {"Constant",      "OptionalHasElement",
                                      "SequenceEmpty", "SequenceLength",
                                      "Shape",         "Size"};
  return domain.empty() && llvm::is_contained(names, opType);
}

TEST(OpCostSchemas, OpenOperandsMakeItUnknown) {
  for (const auto &[domain, opType] : allOperators()) {
    if (needsNoExtent(domain, opType))
      continue;
    // Ranks are known here and extents are not, and the other way round.
    for (TensorInfo open : {tensor({-1, -1, -1, -1}), unranked()}) {
      OpCost result = cost(opType, std::vector<TensorInfo>(10, open), {open},
                           {}, {domain, 28, {}});
      // A conversion to the type it already has moves nothing.
      bool isNoop = opType == "Cast" || opType == "CastLike";
      EXPECT_EQ(result.unknown, !isNoop) << domain << ":" << opType;
      expectInvariants(result, opType);
    }
  }
}

TEST(OpCostSchemas, NothingAtAll) {
  for (const auto &[domain, opType] : allOperators())
    expectInvariants(cost(opType, {}, {}, {}, {domain, 0, {}}), opType);
}
