//===- Elementwise.cpp - Activations and other elementwise operators ------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "Shapes.h"

using namespace onnx_split;
using namespace onnx_split::schemas;

static void biasDropout(Context &context) {
  likeFirst(context);
  setType(context, 1, onnx::TensorProto::BOOL);
  copyShape(context, 0, 1);
}

/// The shape of the first input with its last extent divided by `parts`.
static void splitLast(Context &context, int64_t parts) {
  const Shape *input = shapeOf(context, 0);
  if (!input || input->dim_size() == 0)
    return;
  Shape shape = *input;
  Dim *last = shape.mutable_dim(shape.dim_size() - 1);
  *last = quotient(*last, parts);
  setShape(context, 0, shape);
}

static void biasSplitGelu(Context &context) {
  copyType(context, 0, 0);
  splitLast(context, 2);
}

/// Without its second input the first holds both halves.
static void swiGlu(Context &context) {
  copyType(context, 0, 0);
  splitLast(context, hasInput(context, 1) ? 1 : 2);
}

/// Each branch is summed away: (..., C, H), or (..., C * H) where the number of
/// branches is given.
static void hyperConnectionPreMix(Context &context) {
  copyType(context, 0, 0);
  if (int64_t branches = intOf(context, "num_branches", 0))
    return splitLast(context, branches);
  const Shape *streams = shapeOf(context, 0);
  if (!streams || streams->dim_size() < 2)
    return;
  Shape shape = *streams;
  shape.mutable_dim()->DeleteSubrange(shape.dim_size() - 2, 1);
  setShape(context, 0, shape);
}

static void linearAttentionGate(Context &context) {
  likeFirst(context);
  copyType(context, 0, 1);
  copyShape(context, 3, 1);
}

static void engramGate(Context &context) {
  likeFirst(context);
  copy(context, 0, 1);
}

static void murmurHash(Context &context) {
  bool isPositive = intOf(context, "positive", 1) != 0;
  setType(context, 0,
          isPositive ? onnx::TensorProto::UINT32 : onnx::TensorProto::INT32);
  copyShape(context, 0, 0);
}

static constexpr Operator ElementwiseOps[] = {
    {"BiasAdd", "X bias skip", "Y", "", likeFirst},
    {"BiasDropout", "data bias residual? ratio? training_mode?", "output mask?",
     "", biasDropout},
    {"BiasGelu", "A B", "C", "", likeFirst},
    {"BiasSoftmax", "data bias", "output", "axis:i is_inner_broadcast:i!",
     likeFirst},
    {"BiasSplitGelu", "X bias", "Y", "", biasSplitGelu},
    {"ComplexMul", "A B", "C", "", broadcastFirstTwo},
    {"ComplexMulConj", "A B", "C", "", broadcastFirstTwo},
    {"EngramGate",
     "key query value key_norm_scale query_norm_scale conv_norm_scale?",
     "output gated_value_normed?", "", engramGate},
    {"FastGelu", "X bias?", "Y", "", likeFirst},
    {"GatedAdd", "X Y gate gate_weight?", "output", "", likeFirst},
    {"Gelu", "X", "Y", "", likeFirst},
    {"HyperConnectionPostMix", "streams block_output post_mix stream_mix?",
     "output", "", likeFirst},
    {"HyperConnectionPreMix", "streams pre_mix", "output", "num_branches:i",
     hyperConnectionPreMix},
    {"Inverse", "X", "Y", "", likeFirst},
    {"LinearAttentionGate", "a dt_bias decay_scale b?", "decay beta?", "",
     linearAttentionGate},
    {"MurmurHash3", "X", "Y", "positive:i", murmurHash},
    {"QuickGelu", "X", "Y", "", likeFirst},
    {"SampleOp", "X", "Y", "", likeFirst},
    {"ScaledSiLU", "X scale?", "Y", "", likeFirst},
    {"SwiGLU", "gate up?", "output", "", swiGlu},
    {"Trilu", "X k?", "Y", "upper:i", likeFirst},
};

void schemas::registerElementwise() { add(Microsoft, ElementwiseOps); }
