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
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSwitch.h"

using namespace onnx_split;

/// First version since when an operator's inputs and attributes, as far as they
/// were there, mean what they mean today; 0: not in this list. The newest rules
/// take shapes of which only some extents are known.
static int formSince(llvm::StringRef opType) {
  return llvm::StringSwitch<int>(opType)
      .Case("Reshape", 5)
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

/// Where runtimes differ from what a rule says, nothing is said: of a scalar,
/// ONNX Runtime's NonZero gives one row, and ONNX's rule none.
static void correct(const onnx::OpSchema &schema,
                    onnx::InferenceContext &context) {
  if (schema.Name() != "NonZero" || context.getNumOutputs() == 0)
    return;
  const onnx::TypeProto *input = context.getInputType(0);
  onnx::TypeProto *output = context.getOutputType(0);
  if (!input || !input->tensor_type().has_shape() ||
      input->tensor_type().shape().dim_size() != 0 ||
      output->tensor_type().shape().dim_size() == 0)
    return;
  output->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->Clear();
}

/// A schema of `opType`, with the rule of the newest version where it holds.
static const onnx::OpSchema *findSchema(const std::string &opType, int version,
                                        const std::string &domain) {
  auto *registry = onnx::OpSchemaRegistry::Instance();
  const onnx::OpSchema *schema = registry->GetSchema(opType, version, domain);
  int since = schema && domain.empty() ? formSince(opType) : 0;
  return since > 0 && version >= since
             ? onnx::OpSchemaRegistry::Schema(opType, domain)
             : schema;
}

/// `original` is what `schema` is a copy of, and outlives it.
static void guard(onnx::OpSchema &schema, const onnx::OpSchema *original) {
  if (auto rule = schemas::findReplacement(schema.domain(), schema.Name()))
    schema.TypeAndShapeInferenceFunction(rule);
  else if (schema.domain() == MachineLearning ||
           llvm::is_contained({"Einsum", "NonZero", "Split"}, schema.Name()))
    schema.TypeAndShapeInferenceFunction(
        [original, rule = schema.GetTypeAndShapeInferenceFunction()](
            onnx::InferenceContext &context) {
          if (!isSafe(*original, context))
            return;
          rule(context);
          correct(*original, context);
        });
}

const onnx::OpSchema *
InferenceRules::GetSchema(const std::string &opType, int version,
                          const std::string &domain) const {
  const onnx::OpSchema *schema = findSchema(opType, version, domain);
  if (!schema)
    return schema;
  bool hasRule = domain == MachineLearning ||
                 (domain.empty() &&
                  llvm::is_contained({"Einsum", "NonZero", "Split"}, opType));
  if (!hasRule)
    return schema;
  auto [it, inserted] = guarded.try_emplace(schema, *schema);
  if (inserted)
    guard(it->second, schema);
  return &it->second;
}

bool onnx_split::isRequired(const onnx::OpSchema &schema, int input) {
  // All inputs from the last one on may stand for a variadic one.
  int last = int(schema.inputs().size()) - 1;
  return input < schema.min_input() &&
         schema.inputs()[std::min(input, last)].GetOption() !=
             onnx::OpSchema::Optional;
}

bool onnx_split::isMalformed(const onnx::NodeProto &node,
                             const onnx::OpSchema &schema) {
  if (node.input_size() < schema.min_input() ||
      node.output_size() < schema.min_output())
    return true;
  for (int i = 0; i < schema.min_input(); ++i)
    if (node.input(i).empty() && isRequired(schema, i))
      return true;
  llvm::StringMap<onnx::AttributeProto::AttributeType> given;
  for (const onnx::AttributeProto &attribute : node.attribute())
    given[attribute.name()] = attribute.type();
  for (const auto &[name, attribute] : schema.attributes()) {
    auto found = given.find(name);
    if (found == given.end()
            ? attribute.required
            : found->second != onnx::AttributeProto::UNDEFINED &&
                  found->second != attribute.type)
      return true;
  }
  return false;
}
