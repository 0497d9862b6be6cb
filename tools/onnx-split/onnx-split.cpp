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

#include "Options.h"

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"
#include "onnx-split/Conversion/ModelToProblem/Certainty.h"
#include "onnx-split/Dialect/Onnx/Transforms/FoldBranches.h"
#include "onnx-split/Dialect/Onnx/Transforms/Passes.h"
#include "onnx-split/Dialect/Onnx/Transforms/SetInputs.h"
#include "onnx-split/Dialect/Split/IR/Split.h"
#include "onnx-split/Inference/Extents.h"
#include "onnx-split/Pipeline/CheckFolder.h"
#include "onnx-split/Pipeline/EmitParts.h"
#include "onnx-split/Support/DiagnosticPrinter.h"
#include "onnx-split/Target/Onnx/Import.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/Timing.h"
#include "onnx/common/version.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

#include <google/protobuf/stubs/common.h>

using namespace mlir;
using namespace onnx_split;

namespace {
/// Exit statuses that scripts rely on.
enum Status {
  Done = 0,
  BadInput = 1,
  NoPlan = 2,
  NotVerified = 3,
  CannotWrite = 4
};
} // namespace

/// For --version: of this program, and of the libraries whose rules and formats
/// it goes by.
static void printVersion(llvm::raw_ostream &os) {
  os << "onnx-split " ONNX_SPLIT_VERSION "\nLLVM " LLVM_VERSION_STRING
     << "\nONNX " << onnx::LAST_RELEASE_VERSION << "\nprotobuf "
     << google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION)
     << "\n";
}

/// SHA-256 of a file that was read before; empty if it has gone since.
static std::string digestOf(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(
                                  (*buffer)->getBuffer())),
                              /*LowerCase=*/true)
                : std::string();
}

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

/// Runs the whole model before it is planned: for the extents that inference
/// leaves open under the shapes that the parts will declare, and to see whether
/// the parts can be verified. Null: not asked for.
static LogicalResult runWhole(ModuleOp module, const Options &options,
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

/// What plan.json keeps of the command line: the options that a later --plan
/// must agree with, or takes over. `sequences` are those of the plan.
static Plan::Options describeOptions(const Options &options,
                                     int64_t sequences) {
  auto list = [](const auto &values) {
    return std::vector<std::string>(values.begin(), values.end());
  };
  const graph::InferTypesPassOptions &infer = options.pipeline.inferTypes;
  std::vector<std::string> states = list(options.pipeline.place.states);
  if (states.empty())
    states.push_back("auto");
  return {list(infer.dims),  list(infer.shapes), list(infer.assumes),
          list(infer.alsos), list(options.set),  options.observe,
          std::move(states), sequences};
}

/// Gives the inputs that the user fixed their values.
static LogicalResult setInputs(ModuleOp module, const Options &options) {
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

/// Prints the plan, where its parts are, and how they did if they were
/// verified.
static Status
report(const Plan &plan,
       const std::optional<FailureOr<runtime::Verification>> &verification,
       StringRef folder, const Options &options) {
  bool asJson = options.format == Format::Json;
  if (asJson)
    writePlan(plan, llvm::outs());
  else
    printPlan(plan, llvm::outs());
  if (!asJson && !options.dryRun)
    printParts(plan, folder, options.emit == Emit::Mpi, llvm::outs());
  if (!verification)
    return Done;
  if (failed(*verification))
    return NotVerified;
  // Standard output holds the summary alone, which scripts read as JSON.
  runtime::printVerification(**verification,
                             asJson ? llvm::errs() : llvm::outs());
  return (*verification)->allSame() ? Done : NotVerified;
}

/// Import, plan, write, verify, print. Every error is emitted as a diagnostic
/// before the status is returned.
static Status run(Options &options, MLIRContext &context,
                  DiagnosticPrinter &printer) {
  Location loc = FileLineColLoc::get(&context, "onnx-split", 0, 0);
  if (failed(adoptSavedOptions(options, loc)) ||
      failed(finishPipelineOptions(options, loc)))
    return BadInput;
  std::string folder = options.output;
  if (folder.empty())
    folder = (llvm::sys::path::stem(options.model) + ".split").str();
  // What can be refused without the model is refused before it is read.
  auto verifyRequest = makeVerifyRequest(options, folder, loc);
  auto observeRequest = makeObserveRequest(options, loc);
  if (failed(verifyRequest) || failed(observeRequest))
    return BadInput;
  // DIR/ and DIR are one folder.
  // A name can be appended, and a link at the end is seen.
  folder.resize(std::max<size_t>(1, StringRef(folder).rtrim('/').size()));
  if (!options.dryRun && failed(checkFolder(folder, options.force,
                                            listFilesRead(options), &context)))
    return BadInput;

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
  // What a pass explains belongs to the summary.
  printer.keepRemarks();
  if (failed(manager.run(*module)))
    return (*module)->hasAttr(split::InfeasibleAttrName) ? NoPlan : BadInput;

  Plan plan = gatherPlan(*module);
  plan.interface = std::move(interface);
  plan.explanation = printer.remarks;
  plan.options = describeOptions(options, plan.options.sequences);
  // Only the command line knows these.
  plan.sourceFile = options.model;
  plan.clusterFile = options.pipeline.place.devices;
  plan.clusterDigest = digestOf(options.pipeline.place.devices);
  if (!options.dryRun) {
    phase = total.nest("Write");
    if (failed(emitParts(*module, plan, options.weights,
                         options.emit == Emit::Mpi, folder, options.force)))
      return CannotWrite;
  }
  // Parts that failed stay, for whoever looks for the reason.
  std::optional<FailureOr<runtime::Verification>> verification;
  if (verifier) {
    phase = total.nest("Verify");
    verification = verifier->runParts(plan, &context);
  }
  phase.stop();
  return report(plan, verification, folder, options);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  Options options;
  registerAsmPrinterCLOptions();
  registerMLIRContextCLOptions();
  registerPassManagerCLOptions();
  registerDefaultTimingManagerCLOptions();
  llvm::cl::SetVersionPrinter(printVersion);
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
