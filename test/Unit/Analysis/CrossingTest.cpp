//===- CrossingTest.cpp - Types that boundary nodes take ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Analysis/Crossing.h"
#include "onnx-split/Target/Onnx/TypeProto.h"

#include "mlir/IR/MLIRContext.h"
#include "onnx/defs/data_type_utils.h"
#include "onnx/defs/schema.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace onnx_split;

namespace {

/// Every element type, alone and in the containers that ONNX has.
std::vector<onnx::TypeProto> makeTypes() {
  std::vector<onnx::TypeProto> types;
  for (int type = 1; type <= onnx::TensorProto::DataType_MAX; ++type) {
    onnx::TypeProto tensor, sequence, optional, optionalSequence;
    tensor.mutable_tensor_type()->set_elem_type(type);
    *sequence.mutable_sequence_type()->mutable_elem_type() = tensor;
    *optional.mutable_optional_type()->mutable_elem_type() = tensor;
    *optionalSequence.mutable_optional_type()->mutable_elem_type() = sequence;
    types.insert(types.end(), {tensor, sequence, optional, optionalSequence});
  }
  return types;
}

/// What is said to be taken is taken by the schema of that operator set; and
/// not by the one before, unless the runtime is what is missing.
TEST(CrossingTest, IdentityTakesWhatItsSchemaSays) {
  MLIRContext context;
  context.loadDialect<graph::OnnxDialect>();
  unsigned taken = 0;
  for (const onnx::TypeProto &proto : makeTypes()) {
    auto takes = [&](int64_t opset) {
      const onnx::OpSchema *schema =
          onnx::OpSchemaRegistry::Schema("Identity", opset, "");
      return schema->inputs()[0].GetTypes().count(
                 onnx::Utils::DataTypeUtils::ToType(proto)) > 0;
    };
    std::optional<int64_t> since = identitySince(importType(proto, &context));
    if (!since)
      continue;
    ++taken;
    EXPECT_TRUE(takes(*since)) << proto.ShortDebugString();
    EXPECT_TRUE(*since == 1 || !takes(*since - 1)) << proto.ShortDebugString();
  }
  // 13 old types in four forms, and five newer ones alone.
  EXPECT_EQ(taken, 13u * 4 + 5);
}

TEST(CrossingTest, ContainersAreNamedOutermostFirst) {
  MLIRContext context;
  context.loadDialect<graph::OnnxDialect>();
  Type tensor = graph::OnnxTensorType::get(&context, 1, ArrayAttr());
  Type sequence = graph::OnnxSequenceType::get(&context, tensor);
  Type optional = graph::OnnxOptionalType::get(&context, sequence);
  EXPECT_EQ(getContainer(tensor), "");
  EXPECT_EQ(getContainer(sequence), "sequence");
  EXPECT_EQ(getContainer(optional), "optional sequence");
  EXPECT_EQ(getTensorInside(optional), tensor);
  EXPECT_FALSE(getTensorInside(graph::OnnxMapType::get(&context, 7, tensor)));
}

} // namespace
