//===- Normalization.cpp - Normalisations of ONNX Runtime -----------------===//
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

/// Mean and inverse deviation: one for each slice that is normalised, and of
/// the type that `stash_type` names, which is a float where nothing is said.
static void statistics(Context &context, size_t output) {
  setTypeFrom(context, "stash_type", onnx::TensorProto::FLOAT, output);
  const Shape *input = shapeOf(context, 0);
  if (!input)
    return;
  int rank = input->dim_size();
  int64_t axis = intOf(context, "axis", -1);
  if (axis < -rank || axis >= rank)
    return;
  Shape shape = *input;
  for (int i = int(axis < 0 ? axis + rank : axis); i < rank; ++i)
    shape.mutable_dim(i)->set_dim_value(1);
  setShape(context, output, shape);
}

/// The result has the scale's type, which differs from the input's where an
/// optimiser has drawn a Cast in.
static void layerNormalization(Context &context) {
  likeFirst(context);
  copyType(context, 1, 0);
  for (size_t output = 1; output < context.getNumOutputs(); ++output)
    statistics(context, output);
}

static void skipLayerNormalization(Context &context) {
  likeFirst(context);
  statistics(context, 1);
  statistics(context, 2);
  copy(context, 0, 3);
}

/// (batch, sequence) and a table of (words, width) give (batch, sequence,
/// width); the mask's index is (batch).
static void embedLayerNormalization(Context &context) {
  for (size_t output : {0, 2})
    copyType(context, 2, output);
  setType(context, 1, onnx::TensorProto::INT32);
  const Shape *ids = shapeOf(context, 0, 2);
  if (!ids)
    return;
  const Shape *words = shapeOf(context, 2, 2);
  for (size_t output : {0, 2})
    setShape(context, output,
             {ids->dim(0), ids->dim(1), words ? words->dim(1) : unknown()});
  setShape(context, 1, {ids->dim(0)});
}

static void likeFirstTwice(Context &context) {
  likeFirst(context);
  copy(context, 0, 1);
}

static constexpr Operator NormalizationOps[] = {
    {"BranchwiseRMSNorm", "X scale?", "Y", "", likeFirst},
    {"EmbedLayerNormalization",
     "input_ids segment_ids? word_embedding position_embedding "
     "segment_embedding? gamma beta mask? position_ids?",
     "output mask_index? embedding_sum?", "", embedLayerNormalization},
    {"GatedRMSNorm", "X scale gate", "Y", "", likeFirst},
    {"GroupNorm", "X gamma beta", "Y", "groups:i! activation:i!", likeFirst},
    {"SkipGroupNorm", "X gamma beta skip bias?", "Y S?",
     "groups:i! activation:i!", likeFirstTwice},
    {"SkipLayerNormalization", "input skip gamma beta? bias?",
     "output mean? inv_std_var? input_skip_bias_sum?", "",
     skipLayerNormalization},
    {"SkipSimplifiedLayerNormalization", "input skip gamma bias?",
     "output mean? inv_std_var? input_skip_bias_sum?", "",
     skipLayerNormalization},
};

/// ONNX has the first since version 17, and the second not at all.
static constexpr Operator StandardOps[] = {
    {"LayerNormalization", "X Scale B?", "Y Mean? InvStdDev?",
     "axis:i stash_type:i", layerNormalization},
    {"SimplifiedLayerNormalization", "X scale", "Y inv_std_var?",
     "axis:i stash_type:i", layerNormalization},
};

void schemas::registerNormalizations() {
  add(Microsoft, NormalizationOps);
  add(Standard, StandardOps);
}
