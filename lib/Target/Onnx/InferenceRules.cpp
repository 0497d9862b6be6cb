//===- InferenceRules.cpp - Which rules types are inferred by -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "InferenceRules.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSwitch.h"

using namespace onnx_split;

/// First version since when an operator's inputs and attributes, as far as they
/// were there, mean what they mean today; 0: not in this list.
static int formSince(llvm::StringRef opType) {
  return llvm::StringSwitch<int>(opType)
      .Case("Shape", 1)
      .Case("Size", 1)
      .Case("Gather", 1)
      .Case("Concat", 4)
      .Case("Reshape", 5)
      .Case("Cast", 6)
      .Cases({"Add", "Sub", "Mul"}, 7)
      .Case("Expand", 8)
      .Case("ConstantOfShape", 9)
      .Case("Slice", 10)
      .Default(0);
}

const onnx::OpSchema *
InferenceRules::GetSchema(const std::string &opType, int version,
                          const std::string &domain) const {
  auto *registry = onnx::OpSchemaRegistry::Instance();
  const onnx::OpSchema *schema = registry->GetSchema(opType, version, domain);
  if (!schema || !domain.empty() || schema->has_data_propagation_function())
    return schema;
  const onnx::OpSchema *newest = onnx::OpSchemaRegistry::Schema(opType, domain);
  if (int since = formSince(opType); since > 0 && version >= since)
    return newest;
  // Their axes moved from an attribute to an input, but what happens to the
  // values did not change.
  if (opType == "Squeeze" || opType == "Unsqueeze") {
    auto [it, inserted] = extended.try_emplace(schema, *schema);
    if (inserted)
      it->second.PartialDataPropagationFunction(
          newest->GetDataPropagationFunction());
    return &it->second;
  }
  return schema;
}
