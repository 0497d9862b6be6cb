//===- Families.cpp - From a table of operators to schemas ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/ErrorHandling.h"

using namespace onnx_split;
using namespace onnx_split::schemas;
using llvm::StringRef;
using onnx::AttributeProto;
using onnx::OpSchema;

static llvm::SmallVector<StringRef> words(const char *text) {
  llvm::SmallVector<StringRef> result;
  StringRef(text).split(result, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  return result;
}

static AttributeProto::AttributeType attributeType(char letter) {
  switch (letter) {
  case 'i':
    return AttributeProto::INT;
  case 'I':
    return AttributeProto::INTS;
  case 'f':
    return AttributeProto::FLOAT;
  case 'F':
    return AttributeProto::FLOATS;
  case 's':
    return AttributeProto::STRING;
  case 'S':
    return AttributeProto::STRINGS;
  case 't':
    return AttributeProto::TENSOR;
  case 'g':
    return AttributeProto::GRAPH;
  default:
    llvm_unreachable("no such letter in any table");
  }
}

static void addAttributes(OpSchema &schema, const char *text) {
  for (StringRef word : words(text)) {
    bool required = word.consume_back("!");
    auto [name, letter] = word.split(':');
    schema.Attr(name.str(), "", attributeType(letter.front()), required);
  }
}

static OpSchema::FormalParameterOption consumeOption(StringRef &name) {
  if (name.consume_back("?"))
    return OpSchema::Optional;
  return name.consume_back("*") ? OpSchema::Variadic : OpSchema::Single;
}

/// Which element types an operator takes is left to ONNX Runtime: inference
/// does not ask, and what it cannot run is none of this program's business.
static OpSchema makeSchema(const char *domain, const Operator &op) {
  OpSchema schema(op.name, __FILE__, __LINE__);
  schema.SetDomain(domain).SinceVersion(1);
  schema.TypeConstraint("T", OpSchema::all_tensor_types(), "");
  int index = 0;
  for (StringRef name : words(op.inputs)) {
    auto option = consumeOption(name);
    schema.Input(index++, name.str(), "", "T", option,
                 /*is_homogeneous=*/false);
  }
  index = 0;
  for (StringRef name : words(op.outputs)) {
    auto option = consumeOption(name);
    schema.Output(index++, name.str(), "", "T", option,
                  /*is_homogeneous=*/false);
  }
  addAttributes(schema, op.attributes);
  if (op.rule)
    schema.TypeAndShapeInferenceFunction(op.rule);
  return schema;
}

void schemas::add(const char *domain, llvm::ArrayRef<Operator> operators) {
  for (const Operator &op : operators)
    onnx::RegisterSchema(makeSchema(domain, op), /*opset_version_to_load=*/0,
                         /*fail_duplicate_schema=*/false,
                         /*fail_with_exception=*/true);
}
