//===- Products.cpp - Matrix products of ONNX Runtime ---------------------===//
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

//===----------------------------------------------------------------------===//
// Of two matrices
//===----------------------------------------------------------------------===//

namespace {
/// A factor of a batched product: (batch..., rows, columns).
struct Factor {
  Shape batch;
  Dim rows, columns;
  /// A vector has no rows as a left factor and no columns as a right one.
  bool isVector = false;
};
} // namespace

/// Reads a factor of a rank of 1 and more. `batchFirst`: the rows, or the
/// columns of a transposed one, come before the batch, which numpy writes as
/// (rows, batch..., columns).
static Factor readFactor(const Shape &shape, bool transposed, bool batchFirst) {
  Factor factor;
  int rank = shape.dim_size();
  if (rank == 1) {
    factor.isVector = true;
    factor.rows = factor.columns = shape.dim(0);
    return factor;
  }
  int first = batchFirst ? 1 : 0;
  for (int i = first; i < rank - 2 + first; ++i)
    *factor.batch.add_dim() = shape.dim(i);
  factor.rows = shape.dim(batchFirst ? 0 : rank - 2);
  factor.columns = shape.dim(rank - 1);
  if (transposed)
    std::swap(factor.rows, factor.columns);
  return factor;
}

static void multiply(Context &context, const Factor &left,
                     const Factor &right) {
  Shape result;
  onnx::bidirectionalBroadcastShapeInference(left.batch, right.batch, result);
  if (!left.isVector)
    *result.add_dim() = left.rows;
  if (!right.isVector)
    *result.add_dim() = right.columns;
  setShape(context, 0, result);
}

static void fusedMatMul(Context &context) {
  copyType(context, 0, 0);
  const Shape *a = shapeOf(context, 0);
  const Shape *b = shapeOf(context, 1);
  if (!a || !b || a->dim_size() == 0 || b->dim_size() == 0)
    return;
  auto isSet = [&](const char *name) { return intOf(context, name, 0) != 0; };
  multiply(context, readFactor(*a, isSet("transA"), isSet("transBatchA")),
           readFactor(*b, isSet("transB"), isSet("transBatchB")));
}

static void sparseToDense(Context &context) {
  fusedMatMul(context);
  copyType(context, 1, 0);
}

static void gemmFloat8(Context &context) {
  fusedMatMul(context);
  setTypeFrom(context, "dtype", onnx::TensorProto::FLOAT, 0);
}

//===----------------------------------------------------------------------===//
// With a packed matrix
//===----------------------------------------------------------------------===//

/// (..., K) by K x N gives (..., N).
static void setColumns(Context &context, size_t output, const Dim &columns) {
  copyType(context, 0, output);
  const Shape *a = shapeOf(context, 0);
  if (!a || a->dim_size() == 0)
    return;
  Shape shape = *a;
  *shape.mutable_dim(shape.dim_size() - 1) = columns;
  setShape(context, output, shape);
}

static void matMulNBits(Context &context) {
  setColumns(context, 0, known(intOf(context, "N", -1)));
}

static void matMulBnb4(Context &context) {
  bool transposed = intOf(context, "transB", 1) != 0;
  setColumns(context, 0, known(intOf(context, transposed ? "N" : "K", -1)));
}

/// The third input is the shape of the packed matrix: K, N.
static void matMulFpQ4(Context &context) {
  auto extents = integersOf(context, 2, 2);
  setColumns(context, 0, extents ? known((*extents)[1]) : unknown());
}

static void matMulNBitsMlp(Context &context) {
  setColumns(context, 0, known(intOf(context, "N", -1)));
  copy(context, 0, 1);
}

static void matMulNBitsQkv(Context &context) {
  setColumns(context, 0, known(intOf(context, "Nq", -1)));
  setColumns(context, 1, known(intOf(context, "Nkv", -1)));
  setColumns(context, 2, known(intOf(context, "Nkv", -1)));
  copy(context, 0, 3);
}

//===----------------------------------------------------------------------===//
// Looking up rows
//===----------------------------------------------------------------------===//

/// Extents of a table once its values are unpacked: bytes hold several along
/// the last axis.
static Shape unpacked(const Context &context, const Shape &table) {
  Shape shape = table;
  const onnx::TypeProto *type = context.getInputType(0);
  int64_t bits = intOf(context, "bits", 4);
  if (type->tensor_type().elem_type() == onnx::TensorProto::UINT8) {
    Dim *last = shape.mutable_dim(shape.dim_size() - 1);
    *last =
        bits > 0 && 8 % bits == 0 ? product(*last, known(8 / bits)) : unknown();
  }
  return shape;
}

static void gatherBlockQuantized(Context &context) {
  copyType(context, 2, 0);
  const Shape *data = shapeOf(context, 0);
  const Shape *indices = shapeOf(context, 1);
  if (!data || !indices || data->dim_size() == 0)
    return;
  int rank = data->dim_size();
  int64_t axis = intOf(context, "gather_axis", 0);
  if (axis < -rank || axis >= rank)
    return;
  Shape table = unpacked(context, *data);
  Shape result;
  for (int i = 0; i < rank; ++i)
    if (i == (axis < 0 ? axis + rank : axis))
      result.mutable_dim()->MergeFrom(indices->dim());
    else
      *result.add_dim() = table.dim(i);
  setShape(context, 0, result);
}

static void gatherPacked(Context &context) {
  setTypeFrom(context, "output_dtype", onnx::TensorProto::BFLOAT16, 0);
  const Shape *indices = shapeOf(context, 1);
  if (!indices)
    return;
  Shape result = *indices;
  *result.add_dim() = known(intOf(context, "K", -1));
  setShape(context, 0, result);
}

/// The weight has a row for each index: (words, ...).
static void torchEmbedding(Context &context) {
  copyType(context, 0, 0);
  const Shape *weight = shapeOf(context, 0);
  const Shape *indices = shapeOf(context, 1);
  if (!weight || !indices || weight->dim_size() == 0)
    return;
  Shape result = *indices;
  for (int i = 1; i < weight->dim_size(); ++i)
    *result.add_dim() = weight->dim(i);
  setShape(context, 0, result);
}

static constexpr Operator ProductsOps[] = {
    {"FusedMatMul", "A B", "Y", "transA:i transB:i transBatchA:i transBatchB:i",
     fusedMatMul},
    {"FusedMatMulActivation", "A B", "Y",
     "transA:i transB:i transBatchA:i transBatchB:i activation:s!",
     fusedMatMul},
    {"GatherBlockQuantized", "data indices scales zero_points?", "output",
     "bits:i gather_axis:i", gatherBlockQuantized},
    {"GatherPacked", "data indices", "output",
     "K:i! packed_type:i! output_dtype:i", gatherPacked},
    {"GemmFastGelu", "X W bias?", "Y", "", fusedMatMul},
    {"GemmFloat8", "A B C? scaleA? scaleB? scaleY?", "Y",
     "transA:i transB:i dtype:i", gemmFloat8},
    {"MatMulBnb4", "A B absmax", "Y",
     "K:i! N:i! block_size:i! quant_type:i! transB:i", matMulBnb4},
    {"MatMulFpQ4", "A B B_shape", "Y", "", matMulFpQ4},
    {"MatMulNBits", "A B scales zero_points? g_idx? bias?", "Y",
     "K:i! N:i! block_size:i!", matMulNBits},
    {"MatMulNBitsMlp",
     "A skip? norm_scale? gate_B gate_scales gate_bias? up_B up_scales "
     "up_bias?",
     "Y input_skip_bias_sum?", "K:i! N:i! block_size:i! activation:s!",
     matMulNBitsMlp},
    {"MatMulNBitsQkv",
     "A skip? norm_scale q_B q_scales q_bias? k_B k_scales k_bias? v_B "
     "v_scales v_bias?",
     "Q K V input_skip_bias_sum?", "K:i! Nq:i! Nkv:i! block_size:i!",
     matMulNBitsQkv},
    {"MatMulNBitsQLoRA", "X W scales lora_A lora_A_scales lora_B lora_B_scales",
     "Y", "K:i! N:i!", matMulNBits},
    {"MoE",
     "input router_probs fc1_experts_weights fc1_experts_bias? "
     "fc2_experts_weights fc2_experts_bias? fc3_experts_weights? "
     "fc3_experts_bias?",
     "output", "", likeFirst},
    {"QMoE",
     "input router_probs fc1_experts_weights fc1_scales? fc1_experts_bias? "
     "fc2_experts_weights fc2_scales? fc2_experts_bias? fc3_experts_weights? "
     "fc3_scales? fc3_experts_bias? fc1_zero_points? fc2_zero_points? "
     "fc3_zero_points? router_weights? fc1_global_scale? fc2_global_scale? "
     "fc1_act_scale? fc2_act_scale? fc1_act_block_scale? fc2_act_block_scale?",
     "output", "", likeFirst},
    {"SparseToDenseMatMul", "A B", "Y", "transA:i transB:i", sparseToDense},
    {"TorchEmbedding", "weight indices padding_idx? scale_grad_by_freq?", "Y",
     "", torchEmbedding},
    {"TransposeMatMul", "A B", "Y", "transA:i transB:i", fusedMatMul},
};

void schemas::registerProducts() { add(Microsoft, ProductsOps); }
