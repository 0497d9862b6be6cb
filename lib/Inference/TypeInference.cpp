//===- TypeInference.cpp - Types of the values of a model -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Inference/TypeInference.h"

#include "Propagation.h"
#include "Schemas/Schemas.h"

#include "onnx-split/Inference/KnownValues.h"
#include "onnx-split/Target/Onnx/Export.h"
#include "onnx-split/Target/Onnx/TypeProto.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

//===----------------------------------------------------------------------===//
// From states to the IR
//===----------------------------------------------------------------------===//

static void setType(Value value, const Scope &scope) {
  const ValueState *state = scope.find(value);
  if (!state || isEmpty(state->type) || isa<OnnxOmittedType>(value.getType()))
    return;
  onnx::TypeProto type = state->type;
  clean(type);
  value.setType(importType(type, value.getContext()));
}

/// The known results of a node, by result; null where there is none.
static ArrayAttr knownValuesOf(NodeOp node, const Scope &scope) {
  SmallVector<Attribute> values;
  bool any = false;
  for (Value result : node.getResults()) {
    const ValueState *state = scope.find(result);
    bool known = state && state->value && state->value->isExact();
    any |= known;
    values.push_back(known ? toAttribute(*state->value, getValueName(result),
                                         node.getContext())
                           : Attribute(UnitAttr::get(node.getContext())));
  }
  return any ? ArrayAttr::get(node.getContext(), values) : ArrayAttr();
}

static void writeTypes(ModelOp model, const Scope &scope) {
  model.getGraph()->walk([&](GraphOp graph) {
    for (BlockArgument argument : graph.getBody().getArguments())
      setType(argument, scope);
    for (auto node : graph.getBody().getOps<NodeOp>())
      for (Value result : node.getResults())
        setType(result, scope);
  });
}

static void writeKnownValues(ModelOp model, const Scope &scope) {
  for (auto node : model.getGraph().getBody().getOps<NodeOp>())
    if (ArrayAttr values = knownValuesOf(node, scope))
      node->setAttr(KnownValuesAttrName, values);
    else
      node->removeAttr(KnownValuesAttrName);
}

//===----------------------------------------------------------------------===//
// What is wrong with the model
//===----------------------------------------------------------------------===//

/// The extents that declarations were found wrong about: a batch that was
/// edited at the inputs alone is still in all others.
static SmallVector<int64_t> staleExtents(ArrayRef<Conflict> conflicts) {
  SmallVector<int64_t> stale;
  for (const Conflict &conflict : conflicts) {
    const auto &declared = conflict.declared.tensor_type().shape();
    const auto &inferred = conflict.inferred.tensor_type().shape();
    if (declared.dim_size() != inferred.dim_size())
      continue;
    for (int i = 0; i < declared.dim_size(); ++i)
      if (declared.dim(i).has_dim_value() && !isOpen(inferred.dim(i)) &&
          !sameDimension(declared.dim(i), inferred.dim(i)) &&
          !is_contained(stale, declared.dim(i).dim_value()))
        stale.push_back(declared.dim(i).dim_value());
  }
  return stale;
}

/// The first of many that are alike, with the number of the others.
static std::string others(size_t count, StringRef what) {
  return count == 0 ? std::string()
                    : " (and " + std::to_string(count) + " more " + what.str() +
                          (count > 1 ? "s)" : ")");
}

/// Whether the type of a value rests on rules that all runtimes share, and not
/// on those of one runtime's own operators.
static bool isOfStandardRule(Value value) {
  auto node = value.getDefiningOp<NodeOp>();
  return !node || node.getCanonicalDomain().empty() ||
         node.getCanonicalDomain() == "ai.onnx.ml";
}

/// Warns of the first conflict in extents, and refuses the first in elements or
/// with a default.
static void addConflicts(ArrayRef<Conflict> conflicts,
                         std::vector<InferenceWarning> &warnings) {
  for (bool fatal : {false, true}) {
    auto isOne = [&](const Conflict &conflict) {
      return fatal ==
             (isa<BlockArgument>(conflict.value) ||
              (conflict.inElements && isOfStandardRule(conflict.value)));
    };
    auto first = find_if(conflicts, isOne);
    if (first == conflicts.end())
      continue;
    StringRef judgement =
        fatal ? ", which ONNX Runtime refuses" : ", which holds";
    warnings.push_back(
        {first->value.getLoc(),
         "'" + getValueName(first->value).str() + "' is declared " +
             describe(first->declared) + ", but is " +
             describe(first->inferred) +
             (isa<BlockArgument>(first->value)
                  ? " by its default"
                  : " by the types of the model's inputs") +
             judgement.str() +
             others(count_if(conflicts, isOne) - 1, "declaration"),
         fatal});
  }
}

static void addWarnings(const Propagation &run, ModelOp model,
                        std::vector<InferenceWarning> &warnings) {
  addConflicts(run.conflicts(), warnings);
  if (!run.refusals().empty()) {
    Propagation::Refusal first = run.refusals().front();
    warnings.push_back(
        {first.node.getLoc(),
         first.node.getOpType().str() +
             " does not take what it is given, and the shapes of its results "
             "stay unknown: " +
             first.message + others(run.refusals().size() - 1, "node")});
  }
  if (run.isExhausted())
    warnings.push_back({model.getLoc(),
                        "its functions and loops expand to too many nodes; "
                        "some types stay unknown"});
}

//===----------------------------------------------------------------------===//
// inferTypes
//===----------------------------------------------------------------------===//

InferenceReport onnx_split::inferTypes(ModelOp model) {
  registerRuntimeSchemas();
  onnx::ModelProto message = exportSkeleton(model);
  InferenceReport report;
  // What a declaration alone says may be wrong, and nothing that the parts hold
  // as a constant may follow from it.
  PropagationOptions options;
  options.believesExtents = false;
  Propagation pure(model, message, options);
  pure.run();
  addWarnings(pure, model, report.warnings);
  report.staleExtents = staleExtents(pure.conflicts());
  report.refusals = pure.refusals().size();
  writeKnownValues(model, pure.scope());
  if (!pure.hasUnbelieved()) {
    writeTypes(model, pure.scope());
    return report;
  }
  options.believesExtents = true;
  options.staleExtents = report.staleExtents;
  Propagation believing(model, message, options);
  believing.run();
  writeTypes(model, believing.scope());
  return report;
}
