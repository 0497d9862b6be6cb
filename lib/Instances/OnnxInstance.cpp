//===- OnnxInstance.cpp - ONNX models as planner instances ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/OnnxInstance.h"

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"
#include "onnx-split/Conversion/ModelToProblem/MeasuredTimes.h"
#include "onnx-split/Conversion/ModelToProblem/SavedPlacement.h"
#include "onnx-split/Conversion/ModelToProblem/WrittenProblem.h"

#include "onnx-split/Dialect/Onnx/Transforms/Passes.h"
#include "onnx-split/Pipeline/Pipeline.h"
#include "onnx-split/Support/DiagnosticPrinter.h"
#include "onnx-split/Target/Onnx/Import.h"

#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace onnx_split;
using namespace onnx_split::instances;

std::optional<Instance>
instances::readOnnxInstance(llvm::StringRef path, const Cluster &cluster,
                            const OnnxInstanceOptions &options) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  DiagnosticPrinter printer(&context, llvm::errs());

  ImportOptions importOptions;
  importOptions.allowMissingData = true;
  mlir::OwningOpRef<mlir::ModuleOp> module =
      importFile(path, &context, importOptions);
  if (!module)
    return std::nullopt;
  mlir::PassManager manager(&context);
  graph::InferTypesPassOptions inferTypes;
  inferTypes.shapes = llvm::to_vector(options.shapes);
  inferTypes.dims = llvm::to_vector(options.dims);
  inferTypes.assumes = llvm::to_vector(options.assumes);
  inferTypes.extents = "closed";
  manager.addPass(graph::createInferTypesPass(std::move(inferTypes)));
  if (failed(manager.run(*module)))
    return std::nullopt;
  graph::ModelOp model = split::getOnlyModel(*module);
  if (!model)
    return std::nullopt;
  // They name the tasks' nodes.
  split::setIndices(model.getGraph());
  GraphCosts costs(model);
  auto measured = split::resolveProfiles(model, cluster, costs);
  if (failed(measured))
    return std::nullopt;
  split::Constraints constraints;
  auto states = findStates(model, /*options=*/{});
  if (failed(states))
    return std::nullopt;
  constraints.states = std::move(*states);
  if (generatesTokens(model))
    constraints.sequences = 1;
  auto problem = split::buildProblem(model, *measured, constraints, costs);
  if (failed(problem))
    return std::nullopt;
  Instance instance;
  static_cast<ProblemFile &>(instance) =
      split::describeProblem(model, *problem);
  instance.name = llvm::sys::path::stem(path).str();
  instance.format = "onnx";
  return instance;
}
