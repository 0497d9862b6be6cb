//===- InferTypes.cpp - Types by ONNX's shape inference -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Dialect/Onnx/Transforms/Passes.h"

#include "FixedShapes.h"

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

/// True for the domains that ONNX itself gives versions to.
static bool isOfOnnx(StringRef domain) {
  return domain.empty() || domain.starts_with("ai.onnx.");
}

/// ONNX takes the newest schema that it knows for a version that it does not,
/// so that unknown versions must be found here. That is what is wanted of
/// ONNX Runtime's domains: nobody counts their versions.
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
    if (range == ranges.end() || !isOfOnnx(domain))
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

  void runOnOperation() override {
    for (auto model : getOperation().getOps<ModelOp>()) {
      if (failed(checkVersions(model)) || failed(checkImports(model)))
        return signalPassFailure();
      DimOptions options;
      options.shapes.assign(shapes.begin(), shapes.end());
      options.dims.assign(dims.begin(), dims.end());
      FailureOr<DimBindings> bindings = DimBindings::read(model, options);
      if (failed(bindings) || failed(fixShapes(model, bindings->fixed())))
        return signalPassFailure();
      warnAboutUnknownOperators(model);
      for (const InferenceWarning &warning : inferTypes(model))
        emitWarning(warning.location) << warning.text;
    }
  }
};
} // namespace
