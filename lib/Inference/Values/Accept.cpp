//===- Accept.cpp - Nodes that ONNX accepts -------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Accept.h"

#include "onnx/defs/schema.h"
#include "llvm/ADT/StringMap.h"

using namespace onnx_split;
using namespace onnx_split::values;
using onnx::OpSchema;

/// As ONNX writes the type of a tensor, which it also compares by address.
static onnx::DataType typeOf(int32_t elementType) {
  onnx::TypeProto type;
  type.mutable_tensor_type()->set_elem_type(elementType);
  return onnx::Utils::DataTypeUtils::ToType(type);
}

/// The last formal operand stands for all further ones.
static const OpSchema::FormalParameter &formal(const OpSchema &schema,
                                               size_t index) {
  return schema.inputs()[std::min(index, schema.inputs().size() - 1)];
}

/// Each operand has an allowed type, the same for all that share one.
static bool hasAllowedTypes(const OpSchema &schema,
                            const NodeValues &operands) {
  llvm::StringMap<onnx::DataType> bound;
  size_t count =
      std::min<size_t>(operands.values.size(), operands.node.input_size());
  for (size_t i = 0; i < count; ++i) {
    if (!operands.values[i])
      continue;
    onnx::DataType type = typeOf(operands.values[i]->elementType());
    const OpSchema::FormalParameter &parameter = formal(schema, i);
    if (!parameter.GetTypes().count(type))
      return false;
    bool alone = parameter.GetOption() == OpSchema::Variadic &&
                 !parameter.GetIsHomogeneous();
    if (!alone &&
        bound.try_emplace(parameter.GetTypeStr(), type).first->second != type)
      return false;
  }
  return true;
}

static bool refersToFunction(const onnx::NodeProto &node) {
  for (const onnx::AttributeProto &attribute : node.attribute())
    if (!attribute.ref_attr_name().empty())
      return true;
  return false;
}

bool values::isAccepted(const NodeValues &operands) {
  const onnx::NodeProto &node = operands.node;
  int version = int(std::clamp<int64_t>(operands.opset, 1, INT32_MAX));
  try {
    const OpSchema *schema =
        onnx::OpSchemaRegistry::Schema(node.op_type(), version);
    if (!schema || schema->Deprecated() || refersToFunction(node))
      return false;
    schema->Verify(node);
    return hasAllowedTypes(*schema, operands);
  } catch (const std::exception &) {
    return false;
  }
}
