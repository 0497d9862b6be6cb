//===- Verify.cpp - Do the parts compute what the model computes ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Verify.h"

#include "onnx-split/Runtime/Library.h"

#include "ExtraOutputs.h"
#include "InputRanges.h"
#include "PartsRun.h"
#include "Rounding.h"

#include "onnx-split/Support/Progress.h"
#include "onnx-split/Target/Onnx/Export.h"
#include "onnx-split/Target/Onnx/Import.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::runtime;

std::string runtime::whyNoRuntime() { return loadRuntime(); }

struct Verifier::State {
  explicit State(VerifyRequest what) : request(std::move(what)) {
    whole.path = request.model;
  }

  InFlightDiagnostic error(MLIRContext *context, StringRef file) const {
    return emitError(FileLineColLoc::get(context, file, 0, 0));
  }
  llvm::Expected<std::string>
  runInParts(const PartsRun &run,
             llvm::function_ref<llvm::Expected<std::string>(const PartsRun &)>
                 compare) const;
  void reportFailure(llvm::Error failure, const Plan &plan, int64_t at,
                     MLIRContext *context) const;
  std::string explainDifference(const Plan &plan, MLIRContext *context) const;
  void warnOfVacuity(const Verification &verification,
                     MLIRContext *context) const;
  void warnOfRefusals(const Plan &plan, MLIRContext *context) const;

  /// With what the run of the whole model found to be good to feed it with.
  VerifyRequest request;
  WholeModel whole;
  Roundings roundings;
  std::string fedWith;
};

Verifier::Verifier(VerifyRequest what)
    : state(std::make_unique<State>(std::move(what))) {}

Verifier::~Verifier() = default;

LogicalResult Verifier::keepWhole(ModelOp model) {
  // ONNX Runtime reads .onnx alone, and no weights behind links. Where it does,
  // it takes the file itself, so that nothing of this program stands between.
  if (llvm::sys::path::extension(state->request.model) == ".onnx" &&
      !state->request.allowLinkedWeights)
    return success();
  FailureOr<std::string> bytes = exportToMemory(model);
  if (failed(bytes))
    return failure();
  state->whole.bytes = std::move(*bytes);
  return success();
}

LogicalResult Verifier::runWhole(ModelOp typed,
                                 ArrayRef<std::string> inputShapes) {
  MLIRContext *context = typed.getContext();
  InputOptions &inputs = state->request.inputs;
  inputs.ranges = findInputRanges(typed);
  // The last one that names an input counts.
  llvm::append_range(inputs.shapes, inputShapes);
  state->roundings = findRoundings(typed);
  Progress progress("verifying: ONNX Runtime runs the whole model");
  auto answer = runWholeModel(
      state->whole, inputs, [](const WholeResults &) { return std::string(); });
  if (!answer) {
    InFlightDiagnostic diagnostic = state->error(context, state->request.model)
                                    << "cannot verify: "
                                    << llvm::toString(answer.takeError());
    diagnostic.attachNote() << "nothing was planned; without --verify the "
                               "model is split all the same";
    return diagnostic;
  }
  inputs.filling = answer->filling;
  if (answer->refusal.empty())
    return success();
  state->fedWith = describeFilling(answer->filling).str();
  emitWarning(FileLineColLoc::get(context, state->request.model, 0, 0))
      << "the whole model does not run on random inputs, and is verified with "
      << state->fedWith
      << "; give typical inputs with --input: " << answer->refusal;
  return success();
}

/// Runs one comparison in a child process.
llvm::Expected<std::string> Verifier::State::runInParts(
    const PartsRun &run,
    llvm::function_ref<llvm::Expected<std::string>(const PartsRun &)> compare)
    const {
  Progress progress("verifying");
  return runInChild([&] { return compare(run); },
                    [&] {
                      int64_t at = run.at.get();
                      progress.show(
                          at == 0 ? Twine("verifying: the whole model")
                                  : "verifying: stage " + Twine(at - 1) +
                                        " of " + Twine(run.plan.stages.size()));
                    });
}

/// Says which model failed, and how.
void Verifier::State::reportFailure(llvm::Error failure, const Plan &plan,
                                    int64_t at, MLIRContext *context) const {
  bool crashed = false;
  std::string why;
  llvm::handleAllErrors(
      std::move(failure),
      [&](const ChildDied &died) {
        crashed = died.hasCrashed();
        why = died.getText().str();
      },
      [&](const llvm::ErrorInfoBase &info) {
        why = StringRef(info.message()).rtrim().str();
      });
  if (at < 1 || size_t(at) > plan.stages.size()) {
    error(context, request.model)
        << "cannot verify: the whole model, which ran before planning, "
        << (crashed ? "makes ONNX Runtime crash: " : "does not run any more: ")
        << why;
    return;
  }
  const Plan::Stage &stage = plan.stages[at - 1];
  SmallString<128> path(request.folder);
  llvm::sys::path::append(path, stage.file);
  InFlightDiagnostic diagnostic = error(context, path);
  diagnostic << "cannot verify: "
             << (crashed ? describeCrash() + " on this part"
                         : "this part does not run")
             << ", stage " << stage.index << " on '" << stage.device
             << "', while the whole model runs: " << why;
  diagnostic.attachNote() << "the parts stay in '" << request.folder
                          << "'; see whether another cut (--cut, --no-cut) or "
                             "another version of ONNX Runtime does";
}

/// Runs the whole model with what crosses between stages as outputs, and the
/// parts again. Only asked for after a difference was found. Empty where that
/// does not tell.
std::string Verifier::State::explainDifference(const Plan &plan,
                                               MLIRContext *context) const {
  ImportOptions options;
  options.allowLinkedWeights = request.allowLinkedWeights;
  OwningOpRef<ModuleOp> module = importFile(request.model, context, options);
  // The file may be another one by now.
  if (!module || !llvm::hasSingleElement(module->getOps<ModelOp>()))
    return "";
  ModelOp model = *module->getOps<ModelOp>().begin();
  llvm::StringMap<Type> wanted;
  for (auto [wire, type] : llvm::zip(plan.wires, plan.wireTypes))
    wanted[wire.tensor] = type;
  addOutputs(model, std::move(wanted));
  FailureOr<std::string> bytes = exportToMemory(model);
  if (failed(bytes))
    return "";
  WholeModel withWires = {request.model, std::move(*bytes)};
  SharedNumber at;
  auto found = runInParts({withWires, request, plan, roundings, at},
                          findFirstDifference);
  if (found)
    return *found;
  std::string why = llvm::toString(found.takeError());
  return at.get() == 0 ? "the whole model does not run with its wires as "
                         "outputs: " +
                             why
                       : "";
}

/// One warning for all outputs of a kind: a decoder has many.
void Verifier::State::warnOfVacuity(const Verification &verification,
                                    MLIRContext *context) const {
  llvm::MapVector<StringRef, std::vector<StringRef>> names;
  for (const Verification::Output &output : verification.outputs)
    if (output.same && !output.vacuity.empty())
      names[output.vacuity].push_back(output.name);
  for (const auto &[vacuity, outputs] : names) {
    bool all = outputs.size() == verification.outputs.size();
    InFlightDiagnostic warning =
        emitWarning(FileLineColLoc::get(context, request.model, 0, 0));
    constexpr size_t most = 3;
    if (outputs.size() == 1)
      warning << "output '" << outputs[0] << "' is ";
    else if (all)
      warning << "all " << outputs.size() << " outputs are ";
    else
      warning << "the outputs "
              << llvm::join(llvm::map_range(ArrayRef(outputs).take_front(most),
                                            [](StringRef name) {
                                              return ("'" + name + "'").str();
                                            }),
                            ", ")
              << (outputs.size() > most
                      ? " and " + std::to_string(outputs.size() - most) +
                            " more are "
                      : " are ");
    warning << vacuity << " for these inputs, so that comparing "
            << (outputs.size() == 1 ? "it" : "them")
            << " says little; give others with --input or --seed";
  }
}

/// The comparison is without optimisation, with which the parts will be run:
/// one warning for each that ONNX Runtime does not even load then.
void Verifier::State::warnOfRefusals(const Plan &plan,
                                     MLIRContext *context) const {
  SharedNumber at;
  auto bytes = runInParts({whole, request, plan, roundings, at}, loadOptimised);
  std::optional<std::vector<Refusal>> refusals;
  if (bytes) {
    refusals = readRefusals(*bytes);
  } else {
    std::string why = llvm::toString(bytes.takeError());
    // What came before is lost, and what comes behind is not looked at.
    if (int64_t index = at.get() - 1; index >= 0)
      refusals = {{size_t(index), StringRef(why).rtrim().str()}};
  }
  if (!refusals)
    return;
  for (const Refusal &refusal : *refusals) {
    if (refusal.stage >= plan.stages.size())
      continue;
    const Plan::Stage &stage = plan.stages[refusal.stage];
    SmallString<128> path(request.folder);
    llvm::sys::path::append(path, stage.file);
    InFlightDiagnostic warning =
        emitWarning(FileLineColLoc::get(context, path, 0, 0));
    warning << "ONNX Runtime " << getRuntimeVersion()
            << " does not load this part, stage " << stage.index << " on '"
            << stage.device
            << "', with its default optimisation: " << refusal.why;
    warning.attachNote() << "it was verified without; run it so with "
                            "--optimise=off, or try another cut (--cut, "
                            "--no-cut)";
  }
}

FailureOr<Verification> Verifier::runParts(const Plan &plan,
                                           MLIRContext *context) {
  SharedNumber at;
  auto bytes = state->runInParts(
      {state->whole, state->request, plan, state->roundings, at},
      compareOutputs);
  if (!bytes) {
    state->reportFailure(bytes.takeError(), plan, at.get(), context);
    return failure();
  }
  auto outputs = readOutputs(*bytes);
  if (!outputs)
    return state->error(context, state->request.model)
           << "cannot verify: the child process gave no sensible answer";
  bool hasStates = llvm::any_of(plan.stages, [](const Plan::Stage &stage) {
    return !stage.states.empty();
  });
  Verification verification = {std::move(*outputs), state->fedWith, hasStates};
  state->warnOfVacuity(verification, context);
  if (verification.allSame()) {
    state->warnOfRefusals(plan, context);
    return verification;
  }
  std::string first = state->explainDifference(plan, context);
  for (const Verification::Output &output : verification.outputs) {
    if (output.same)
      continue;
    InFlightDiagnostic diagnostic = state->error(context, state->request.model);
    diagnostic << "output '" << output.name
               << "' of the parts is not the whole model's: "
               << output.describeDifference();
    if (output.mismatch.empty())
      diagnostic << ", allowed " << output.describeAllowed();
    if (!first.empty())
      diagnostic.attachNote() << first;
  }
  return verification;
}
