//===- onnx-split.cpp - The command line ----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The program `onnx-split`: imports a model, plans, writes the parts, verifies
/// them and prints the summary. Each step is a call of a library. What stands
/// here is their order, what the failure of each makes of the exit status, and
/// what only the command line knows of a plan.
///
/// The output folder is checked twice: before the model is read, against the
/// files that the options name, and before planning, against the files of
/// weights, which only the model names.
///
//===----------------------------------------------------------------------===//

#include "Emission.h"
#include "Options.h"
#include "Prepare.h"
#include "Results.h"

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"
#include "onnx-split/Dialect/Split/IR/Split.h"
#include "onnx-split/Pipeline/CheckFolder.h"
#include "onnx-split/Pipeline/PassProgress.h"
#include "onnx-split/Support/DiagnosticPrinter.h"
#include "onnx-split/Support/Progress.h"
#include "onnx-split/Target/Onnx/Import.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace onnx_split;

/// The files that hold the weights of the models.
static std::vector<std::string> listFilesOf(ModuleOp module) {
  std::vector<std::string> files;
  for (auto model : module.getOps<graph::ModelOp>())
    for (auto file : model.getFiles().getAsRange<graph::FileAttr>())
      files.push_back(file.getPath().str());
  return files;
}

/// The one model, or null after an error.
static OwningOpRef<ModuleOp> readModel(const Options &options, StringRef folder,
                                       MLIRContext &context) {
  ImportOptions importOptions;
  // A run of the whole model reads its weights.
  importOptions.allowMissingData = options.dryRun && !options.observe;
  importOptions.allowLinkedWeights = options.allowLinkedWeights;
  OwningOpRef<ModuleOp> module =
      importFile(options.model, &context, importOptions);
  // IR may hold no model, or several.
  if (!module || !split::getOnlyModel(*module))
    return {};
  if (!options.dryRun && failed(checkFolder(folder, options.force,
                                            listFilesOf(*module), &context)))
    return {};
  return module;
}

/// Import, plan, write, verify, print. Every error is emitted as a diagnostic
/// before the status is returned.
static Status run(Options &options, MLIRContext &context,
                  DiagnosticPrinter &printer) {
  Location loc = FileLineColLoc::get(&context, "onnx-split", 0, 0);
  if (failed(adoptSavedOptions(options, loc)) ||
      failed(finishPipelineOptions(options, loc)))
    return BadInput;
  std::string folder = options.getFolder();
  // What can be refused without the model is refused before it is read.
  auto verifyRequest = makeVerifyRequest(options, folder, loc);
  auto observeRequest = makeObserveRequest(options, loc);
  if (failed(verifyRequest) || failed(observeRequest) ||
      failed(checkCluster(options, loc)))
    return BadInput;
  // DIR/ and DIR are one folder.
  // A name can be appended, and a link at the end is seen.
  folder.resize(std::max<size_t>(1, StringRef(folder).rtrim('/').size()));
  if (!options.dryRun && failed(checkFolder(folder, options.force,
                                            listFilesRead(options), &context)))
    return BadInput;

  // The second after which progress is shown is one of the whole run.
  Progress whole;
  DefaultTimingManager timing;
  applyDefaultTimingManagerCLOptions(timing);
  TimingScope total = timing.getRootScope();
  TimingScope phase = total.nest("Import");
  OwningOpRef<ModuleOp> module = readModel(options, folder, context);
  if (!module)
    return BadInput;

  // It runs the model without what --set folds.
  std::unique_ptr<runtime::Verifier> verifier;
  if (*verifyRequest) {
    verifier = std::make_unique<runtime::Verifier>(std::move(**verifyRequest));
    if (failed(verifier->keepWhole(split::getOnlyModel(*module))))
      return BadInput;
  }
  if (failed(setInputs(*module, options)))
    return BadInput;
  // The pipeline leaves parts and no whole model, so its inputs and outputs are
  // gathered before; --set has taken its inputs away by then.
  PlanInterface interface = gatherInterface(*module);

  Emission emission(options);
  if (failed(emission.begin(*module)))
    return BadInput;
  if (*observeRequest || verifier) {
    phase = total.nest("Whole model");
    if (failed(runWhole(*module, options,
                        *observeRequest ? &**observeRequest : nullptr,
                        verifier.get())))
      return BadInput;
  }

  // A pass marks the module where the input is in order and there is no plan;
  // every other failure is one of the input.
  phase = total.nest("Pipeline");
  PassManager manager(&context);
  if (failed(applyPassManagerCLOptions(manager)))
    return BadInput;
  manager.enableTiming(phase);
  buildSplitPipeline(manager, options.pipeline);
  showProgress(manager);
  // What a pass explains belongs to the summary.
  printer.keepRemarks();
  if (failed(manager.run(*module)))
    return (*module)->hasAttr(split::InfeasibleAttrName) ? NoPlan : BadInput;

  Plan plan =
      completePlan(*module, std::move(interface), printer.remarks, options);
  if (failed(emission.finish(*module, plan)))
    return BadInput;
  phase = total.nest("Write");
  if (failed(writeResults(*module, plan, emission, folder, options)))
    return CannotWrite;
  // Parts that failed stay, for whoever looks for the reason.
  std::optional<FailureOr<runtime::Verification>> verification;
  if (verifier) {
    phase = total.nest("Verify");
    verification = verifier->runParts(plan, &context);
  }
  phase.stop();
  return printResults(plan, emission, verification, folder, options);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  Options options;
  registerAsmPrinterCLOptions();
  registerMLIRContextCLOptions();
  registerPassManagerCLOptions();
  registerDefaultTimingManagerCLOptions();
  if (std::optional<int> status = readOptions(argc, argv, options))
    return *status;

  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  // Messages name the node; the IR of a whole model would bury them.
  context.printOpOnDiagnostic(false);
  DiagnosticPrinter printer(&context, llvm::errs());
  return run(options, context, printer);
}
