//===- Rules.cpp - Which rules types are inferred by ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Rules.h"

#include "Schemas/MachineLearning.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
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

/// ONNX's own rule for Einsum never ends on characters that mean nothing, and
/// on a second ellipsis in one term.
static bool isEinsumEquation(llvm::StringRef equation) {
  std::string text;
  llvm::copy_if(equation, std::back_inserter(text),
                [](char c) { return c != ' '; });
  llvm::SmallVector<llvm::StringRef> terms;
  llvm::StringRef(text).split("->").first.split(terms, ',');
  return llvm::all_of(terms, [](llvm::StringRef term) {
    auto [before, after] = term.split("...");
    return llvm::all_of(before, llvm::isAlpha) &&
           llvm::all_of(after, llvm::isAlpha);
  });
}

static constexpr llvm::StringLiteral MachineLearning = "ai.onnx.ml";

/// False where ONNX's own rule for an operator would run for ever, or allocate
/// as much as a number in the file says. The result's type is then unknown.
static bool isSafe(const onnx::OpSchema &schema,
                   onnx::InferenceContext &context) {
  const std::string &opType = schema.Name();
  // Some of these read the type of an input that has none.
  if (schema.domain() == MachineLearning)
    for (size_t i = 0, e = context.getNumInputs(); i < e; ++i)
      if (!context.getInputType(i))
        return false;
  if (opType == "Einsum") {
    const onnx::AttributeProto *equation = context.getAttribute("equation");
    return !equation || isEinsumEquation(equation->s());
  }
  // It makes a list of so many sizes before it looks at the outputs.
  if (opType == "Split") {
    const onnx::AttributeProto *count = context.getAttribute("num_outputs");
    return !count || count->i() == int64_t(context.getNumOutputs());
  }
  return true;
}

/// A schema of `opType`, with rules of other versions where they still hold.
static const onnx::OpSchema *
findSchema(const std::string &opType, int version, const std::string &domain,
           std::map<const onnx::OpSchema *, onnx::OpSchema> &extended) {
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

/// False where the propagation of values would make a list as long as a tensor
/// that holds no shape or part of one.
static bool isShort(onnx::DataPropagationContext &context) {
  constexpr int64_t MaxElements = 1024;
  for (size_t i = 0, e = context.getNumInputs(); i < e; ++i) {
    const onnx::TypeProto *type = context.getInputType(i);
    if (!type)
      continue;
    for (const auto &dim : type->tensor_type().shape().dim())
      if (dim.dim_value() > MaxElements)
        return false;
  }
  return true;
}

/// `original` is what `schema` is a copy of, and outlives it.
static void guard(onnx::OpSchema &schema, const onnx::OpSchema *original) {
  if (auto rule = schemas::findReplacement(schema.domain(), schema.Name()))
    schema.TypeAndShapeInferenceFunction(rule);
  else if (schema.domain() == MachineLearning ||
           llvm::is_contained({"Einsum", "Split"}, schema.Name()))
    schema.TypeAndShapeInferenceFunction(
        [original, rule = schema.GetTypeAndShapeInferenceFunction()](
            onnx::InferenceContext &context) {
          if (isSafe(*original, context))
            rule(context);
        });
  if (schema.has_data_propagation_function())
    schema.PartialDataPropagationFunction(
        [rule = schema.GetDataPropagationFunction()](
            onnx::DataPropagationContext &context) {
          if (isShort(context))
            rule(context);
        });
}

const onnx::OpSchema *
InferenceRules::GetSchema(const std::string &opType, int version,
                          const std::string &domain) const {
  const onnx::OpSchema *schema = findSchema(opType, version, domain, extended);
  if (!schema)
    return schema;
  bool hasRule = domain == MachineLearning ||
                 (domain.empty() && (opType == "Einsum" || opType == "Split" ||
                                     schema->has_data_propagation_function()));
  if (!hasRule)
    return schema;
  auto [it, inserted] = guarded.try_emplace(schema, *schema);
  if (inserted)
    guard(it->second, schema);
  return &it->second;
}
