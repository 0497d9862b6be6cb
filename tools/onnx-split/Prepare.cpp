//===- Prepare.cpp - The model before it is planned -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Prepare.h"

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"
#include "onnx-split/Conversion/ModelToProblem/Certainty.h"
#include "onnx-split/Conversion/ModelToProblem/ClusterFile.h"
#include "onnx-split/Dialect/Onnx/Transforms/FoldBranches.h"
#include "onnx-split/Dialect/Onnx/Transforms/Passes.h"
#include "onnx-split/Dialect/Onnx/Transforms/SetInputs.h"
#include "onnx-split/Inference/Extents.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace onnx_split;

/// What --print-observed asks for, one line for each value. Tests read it.
static void printObserved(const runtime::ObservedShapes &shapes) {
  for (const auto &[name, tensor] : shapes)
    llvm::errs() << "observed " << name << ": element type "
                 << tensor.elementType << ", extents ["
                 << llvm::join(llvm::map_range(tensor.dims,
                                               [](int64_t extent) {
                                                 return std::to_string(extent);
                                               }),
                               ", ")
                 << "]\n";
}

/// Hands the extents of a run to the pipeline: a dictionary on the model from
/// the name of a value to its extents, which onnx-infer-types reads.
static void noteObserved(ModuleOp module,
                         const runtime::ObservedShapes &shapes) {
  NamedAttrList table;
  for (const auto &[name, tensor] : shapes)
    table.set(name, DenseI64ArrayAttr::get(module.getContext(), tensor.dims));
  for (auto model : module.getOps<graph::ModelOp>())
    model->setAttr(ObservedAttrName, table.getDictionary(module.getContext()));
}

LogicalResult onnx_split::checkCluster(const Options &options, Location loc) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  return split::readCluster(*module, options.pipeline.place.devices);
}

LogicalResult onnx_split::runWhole(ModuleOp module, const Options &options,
                                   runtime::ObserveRequest *observe,
                                   runtime::Verifier *verifier) {
  auto typed = inferTypesOfCopy(module, options.pipeline);
  if (failed(typed))
    return failure();
  graph::ModelOp model = split::getOnlyModel(**typed);
  // Inputs have the extents that planning counts with.
  std::vector<std::string> shapes = split::listInputShapes(model);
  if (observe) {
    // The last one that names an input counts.
    llvm::append_range(observe->inputs.shapes, shapes);
    observe->wanted = runtime::findOpenValues(model);
    auto observed = runtime::observe(model, *observe);
    if (failed(observed))
      return failure();
    if (options.printObserved)
      printObserved(*observed);
    noteObserved(module, *observed);
  }
  return verifier ? verifier->runWhole(model, shapes) : success();
}

LogicalResult onnx_split::setInputs(ModuleOp module, const Options &options) {
  std::vector<std::string> set(options.set.begin(), options.set.end());
  // Without --set the model is split as it is: an If whose condition the file
  // states stays an If.
  for (auto model : module.getOps<graph::ModelOp>()) {
    if (failed(graph::setInputs(model, set)))
      return failure();
    if (!set.empty())
      graph::foldBranches(model);
  }
  return success();
}
