//===- InferTypes.cpp - Types by ONNX's shape inference -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Types in these steps: versions that this build of ONNX knows, values that
/// options give to dimensions, declarations with those values, inference, and,
/// where planning follows, extents for what types leave open.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Onnx/Transforms/Passes.h"

#include "FixedShapes.h"

#include "onnx-split/Inference/Extents.h"
#include "onnx-split/Inference/TypeInference.h"
#include "onnx-split/Inference/UnknownOperators.h"

#include "onnx/defs/schema.h"
#include "llvm/ADT/StringSet.h"

namespace onnx_split::graph {
#define GEN_PASS_DEF_INFERTYPESPASS
#include "onnx-split/Dialect/Onnx/Transforms/Passes.h.inc"
} // namespace onnx_split::graph

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

//===----------------------------------------------------------------------===//
// Versions
//===----------------------------------------------------------------------===//

/// ONNX takes the newest schema that it knows for a version that it does not,
/// so that unknown versions must be found here. In com.microsoft other programs
/// than ONNX Runtime keep operators too, under versions of their own.
static LogicalResult checkVersions(ModelOp model) {
  if (model.getIrVersion().value_or(0) > onnx::Version::IR_VERSION)
    return model.emitError("the model has IR version ")
           << *model.getIrVersion() << ", but this program knows versions up "
           << "to " << int(onnx::Version::IR_VERSION);
  const auto &ranges =
      onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map();
  for (auto opset : model.getOpsetImports().getAsRange<OpsetAttr>()) {
    StringRef domain =
        canonicalDomain(opset.getDomain() ? opset.getDomain().getValue() : "");
    auto range = ranges.find(domain.str());
    if (range == ranges.end() || domain.starts_with("com.microsoft"))
      continue;
    auto [first, last] = range->second;
    if (opset.getVersion() < first || opset.getVersion() > last)
      return model.emitError("the model imports version ")
             << opset.getVersion() << " of the operator set '"
             << (domain.empty() ? "ai.onnx" : domain)
             << "', but this program knows versions " << first << " to "
             << last;
  }
  return success();
}

/// Every standard domain that a node uses must be imported, or nobody knows
/// what the node means.
static LogicalResult checkImports(ModelOp model) {
  if (model.getIrVersion().value_or(0) < 3)
    return success();
  llvm::StringSet<> functions;
  for (auto function : model.getBody().getOps<FunctionOp>())
    functions.insert(canonicalDomain(function.getDomain().value_or("")));
  WalkResult result = model.getGraph()->walk([&](NodeOp node) {
    StringRef domain = node.getCanonicalDomain();
    if (model.getOpsetVersion(domain) || functions.contains(domain))
      return WalkResult::advance();
    node.emitError("is of the operator set '")
        << (domain.empty() ? "ai.onnx" : domain)
        << "', which the model does not import";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

namespace {
struct InferTypesPass : public graph::impl::InferTypesPassBase<InferTypesPass> {
  using InferTypesPassBase::InferTypesPassBase;

  LogicalResult plan(ModelOp model, DimBindings &bindings,
                     const InferenceReport &report);
  void runOnOperation() override {
    if (!llvm::is_contained({"none", "known", "closed"}, extents)) {
      getOperation().emitError("--extents takes none, known or closed, not '")
          << extents.getValue() << "'";
      return signalPassFailure();
    }
    for (auto model : getOperation().getOps<ModelOp>()) {
      if (failed(checkVersions(model)) || failed(checkImports(model)))
        return signalPassFailure();
      DimOptions options;
      options.shapes.assign(shapes.begin(), shapes.end());
      options.dims.assign(dims.begin(), dims.end());
      options.assumes.assign(assumes.begin(), assumes.end());
      options.alsos.assign(alsos.begin(), alsos.end());
      FailureOr<DimBindings> bindings = DimBindings::read(model, options);
      if (failed(bindings) || failed(fixShapes(model, bindings->fixed())))
        return signalPassFailure();
      // Values of dimensions are in the declarations, from which inference
      // begins.
      warnAboutUnknownOperators(model);
      InferenceReport report = inferTypes(model);
      for (const InferenceWarning &warning : report.warnings)
        (warning.isFatal ? emitError(warning.location)
                         : emitWarning(warning.location))
            << warning.text;
      if (llvm::any_of(report.warnings, [](const InferenceWarning &warning) {
            return warning.isFatal;
          }))
        return signalPassFailure();
      if (extents != "none" && failed(plan(model, *bindings, report)))
        return signalPassFailure();
    }
  }
};
} // namespace

/// The dimensions that planning has values for and the parts leave open, each
/// as an option names it: "N=1".
static ArrayAttr describeAssumed(const DimBindings &bindings,
                                 MLIRContext *context) {
  SmallVector<Attribute> assumed;
  for (const auto &[name, binding] : bindings.planning().all())
    if (!bindings.fixed().find(name))
      assumed.push_back(StringAttr::get(
          context, name.spell() + "=" + std::to_string(binding.value)));
  return ArrayAttr::get(context, assumed);
}

/// Extents of a run of the model that the caller has made.
static ObservedShapes readObserved(ModelOp model) {
  ObservedShapes observed;
  if (auto shapes = model->getAttrOfType<DictionaryAttr>(ObservedAttrName))
    for (NamedAttribute entry : shapes)
      if (auto dims = dyn_cast<DenseI64ArrayAttr>(entry.getValue()))
        observed[entry.getName()] = SmallVector<int64_t>(dims.asArrayRef());
  return observed;
}

/// Writes what planning needs beside the types: extents where those leave some
/// open, what was assumed for them, and the names of further operating points.
/// Fails where an extent of an input has no value but must have one.
LogicalResult InferTypesPass::plan(ModelOp model, DimBindings &bindings,
                                   const InferenceReport &report) {
  if (failed(bindings.assumeFirstDims()) ||
      (extents == "closed" && failed(bindings.requireClosed())))
    return failure();
  planExtents(model, bindings, readObserved(model), report);
  model->setAttr(AssumedAttrName, describeAssumed(bindings, &getContext()));
  SmallVector<Attribute> points;
  for (const std::string &point : alsos)
    points.push_back(StringAttr::get(&getContext(), point));
  model->setAttr(PointsAttrName, ArrayAttr::get(&getContext(), points));
  return success();
}
