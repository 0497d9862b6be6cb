//===- Verify.cpp - Do the parts compute what the model computes ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Verify.h"

#include "ExtraOutputs.h"

#include "onnx-split/Analysis/Constants.h"
#include "onnx-split/Runtime/Compare.h"
#include "onnx-split/Runtime/Inputs.h"
#include "onnx-split/Support/Progress.h"
#include "onnx-split/Support/TemporaryFolder.h"
#include "onnx-split/Target/Onnx/Export.h"
#include "onnx-split/Target/Onnx/Import.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::runtime;

std::string runtime::whyNoRuntime() { return ""; }

namespace {
/// Runs the whole model, then the parts one after another in this process, and
/// compares. Only one part is loaded at a time, and graph optimisations are
/// off, so that both compute the same.
class Verifier {
public:
  Verifier(const VerifyRequest &what, const Plan &decided,
           MLIRContext *mlirContext)
      : request(what), plan(decided), context(mlirContext) {}

  FailureOr<Verification> run();

private:
  InFlightDiagnostic error(StringRef file) {
    return emitError(FileLineColLoc::get(context, file, 0, 0));
  }
  LogicalResult runWhole();
  LogicalResult runParts(llvm::function_ref<bool(const Plan::Stage &)> after);
  FailureOr<std::string> writeWhole(const TemporaryFolder &folder,
                                    bool withWires);
  std::string findFirstDifference();

  const VerifyRequest &request;
  const Plan &plan;
  MLIRContext *context;
  Progress progress;
  /// Inputs of the whole model; the parts' wires and outputs join them.
  Values given, values;
  /// What the whole model gives, in its order.
  std::vector<std::string> outputs;
  Values expected;
};
} // namespace

/// With optimisations, whole and parts would fuse differently at the cuts.
static runtime::SessionOptions plainOptions() {
  runtime::SessionOptions options;
  options.optimise = Optimise::Off;
  return options;
}

/// Moves results into `values` under the names of the outputs.
static void store(ArrayRef<Port> ports, std::vector<Ort::Value> results,
                  Values &values) {
  for (auto [port, result] : llvm::zip(ports, results))
    values.insert_or_assign(port.name, std::move(result));
}

/// Writes the model to a file that ONNX Runtime reads, perhaps with the tensors
/// that cross between stages as further outputs.
FailureOr<std::string> Verifier::writeWhole(const TemporaryFolder &folder,
                                            bool withWires) {
  if (!folder.exists())
    return error(request.model)
           << "cannot verify: no temporary folder can be made";
  ImportOptions options;
  options.allowLinkedWeights = request.allowLinkedWeights;
  OwningOpRef<ModuleOp> module = importFile(request.model, context, options);
  if (!module)
    return failure();
  auto models = module->getOps<ModelOp>();
  // The file may be another one by now.
  if (!llvm::hasSingleElement(models))
    return error(request.model)
           << "cannot verify: it holds "
           << std::distance(models.begin(), models.end()) << " models, not one";
  ModelOp model = *models.begin();
  if (withWires) {
    llvm::StringMap<Type> wanted;
    for (auto [wire, type] : llvm::zip(plan.wires, plan.wireTypes))
      wanted[wire.tensor] = type;
    addOutputs(model, std::move(wanted));
  }
  std::string path = folder.pathOf("model.onnx");
  FailureOr<ExportedModel> exported =
      exportModel(model, WeightsMode::Auto, "model.onnx.data");
  if (failed(exported) || failed(writePieces(model, exported->model, path)) ||
      (exported->data.size > 0 &&
       failed(writePieces(model, exported->data, path + ".data"))))
    return failure();
  return path;
}

/// Makes the inputs and the expected outputs. ONNX Runtime reads .onnx alone,
/// so that other formats go through a temporary file.
LogicalResult Verifier::runWhole() {
  progress.show("verifying: the whole model");
  std::optional<TemporaryFolder> folder;
  std::string path = request.model;
  if (llvm::sys::path::extension(path) != ".onnx") {
    FailureOr<std::string> written = writeWhole(folder.emplace(), false);
    if (failed(written))
      return failure();
    path = *written;
  }
  auto session = Session::load(path, plainOptions());
  if (!session)
    return error(request.model) << "cannot verify: ONNX Runtime does not run "
                                   "the whole model: "
                                << llvm::toString(session.takeError());
  auto inputs = makeInputs(*session, request.inputs);
  if (!inputs)
    return error(request.model)
           << "cannot verify: " << llvm::toString(inputs.takeError());
  given = std::move(*inputs);
  auto results = session->run(given);
  if (!results)
    return error(request.model) << "cannot verify: the whole model does not "
                                   "run: "
                                << llvm::toString(results.takeError());
  for (const Port &port : session->getOutputs())
    outputs.push_back(port.name);
  store(session->getOutputs(), std::move(*results), expected);
  return success();
}

/// Runs every part in the order of the stages and calls `after` for each, until
/// that returns false. A value is dropped when no later stage takes it and it
/// is no output of the model.
LogicalResult
Verifier::runParts(llvm::function_ref<bool(const Plan::Stage &)> after) {
  llvm::StringMap<size_t> lastUse;
  for (auto [index, stage] : llvm::enumerate(plan.stages))
    for (const std::string &name : stage.inputs)
      lastUse[name] = index;
  for (const std::string &name : outputs)
    lastUse[name] = plan.stages.size();
  values.clear();
  for (auto [index, stage] : llvm::enumerate(plan.stages)) {
    progress.show("verifying: stage " + Twine(index) + " of " +
                  Twine(plan.stages.size()));
    SmallString<128> path(request.folder);
    llvm::sys::path::append(path, stage.file);
    auto session = Session::load(path, plainOptions());
    if (!session)
      return error(path) << "cannot verify: ONNX Runtime does not run this "
                            "part: "
                         << llvm::toString(session.takeError());
    // Inputs of the model stay with their owner, and are lent to the part.
    Values feeds;
    for (const Port &port : session->getInputs())
      if (auto it = given.find(port.name); it != given.end())
        feeds.emplace(port.name,
                      Ort::Value(static_cast<OrtValue *>(it->second)));
      else if (auto wire = values.find(port.name); wire != values.end())
        feeds.emplace(port.name, std::move(wire->second));
    auto results = session->run(feeds);
    for (auto &[name, value] : feeds)
      if (given.count(name))
        value.release();
      else
        values[name] = std::move(value);
    if (!results)
      return error(path) << "cannot verify: this part does not run: "
                         << llvm::toString(results.takeError());
    store(session->getOutputs(), std::move(*results), values);
    if (!after(stage))
      return success();
    for (auto it = values.begin(); it != values.end();)
      it =
          lastUse.lookup(it->first) <= index ? values.erase(it) : std::next(it);
  }
  return success();
}

/// Runs the whole model with what crosses between stages as outputs, and the
/// parts again. Only asked for after a difference was found.
std::string Verifier::findFirstDifference() {
  TemporaryFolder folder;
  FailureOr<std::string> path = writeWhole(folder, /*withWires=*/true);
  if (failed(path))
    return "";
  auto session = Session::load(*path, plainOptions());
  auto results = session ? session->run(given) : session.takeError();
  if (!results)
    return "the whole model does not run with its wires as outputs: " +
           llvm::toString(results.takeError());
  Values whole;
  store(session->getOutputs(), std::move(*results), whole);
  std::string found;
  auto compareWires = [&](const Plan::Stage &stage) {
    for (const Plan::Wire &wire : plan.wires) {
      if (wire.from != stage.index)
        continue;
      auto mine = values.find(wire.name);
      auto theirs = whole.find(wire.tensor);
      if (mine == values.end() || theirs == whole.end())
        continue;
      Difference difference = compare(theirs->second, mine->second);
      if (difference.isWithin(request.tolerance))
        continue;
      llvm::raw_string_ostream(found)
          << "stage " << stage.index << " on '" << stage.device
          << "' is the first to differ, in wire '" << wire.name << "' (tensor '"
          << wire.tensor << "'): "
          << (difference.mismatch.empty()
                  ? "by " + std::to_string(difference.absolute)
                  : difference.mismatch);
      return false;
    }
    return true;
  };
  if (failed(runParts(compareWires)))
    return "";
  return found.empty() ? "every wire has the whole model's value: what makes "
                         "the difference is in the last stages"
                       : found;
}

/// "0.001", "1e-06".
static std::string inShort(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", number);
  return text;
}

FailureOr<Verification> Verifier::run() {
  if (failed(runWhole()) ||
      failed(runParts([](const Plan::Stage &) { return true; })))
    return failure();
  Verification verification;
  verification.tolerance = request.tolerance;
  std::vector<std::pair<std::string, std::string>> wrong;
  for (const std::string &name : outputs) {
    Verification::Output &output = verification.outputs.emplace_back();
    output.name = name;
    auto actual = values.find(name);
    Difference difference;
    // A model may hand an input on as an output.
    if (actual != values.end())
      difference = compare(expected.at(name), actual->second);
    else if (auto input = given.find(name); input != given.end())
      difference = compare(expected.at(name), input->second);
    else
      difference.mismatch = "no part gives it";
    output.absolute = difference.absolute;
    output.relative = difference.relative;
    output.same = difference.isWithin(request.tolerance);
    if (!output.same)
      wrong.emplace_back(name,
                         !difference.mismatch.empty()
                             ? difference.mismatch
                             : (llvm::Twine("a difference of ") +
                                inShort(difference.absolute) +
                                ", relative to the largest value " +
                                inShort(difference.relative) + ", more than " +
                                inShort(request.tolerance))
                                   .str());
    else if (!difference.varies)
      mlir::emitWarning(FileLineColLoc::get(context, request.model, 0, 0))
          << "output '" << name
          << "' is constant for these inputs, so that comparing it says "
             "little; give others with --input or --seed";
  }
  if (wrong.empty())
    return verification;
  std::string first = findFirstDifference();
  for (const auto &[name, why] : wrong) {
    InFlightDiagnostic diagnostic = error(request.model);
    diagnostic << "output '" << name << "' of the parts is not the whole "
               << "model's: " << why;
    if (!first.empty())
      diagnostic.attachNote() << first;
  }
  return verification;
}

FailureOr<Verification> runtime::verifyParts(const VerifyRequest &request,
                                             const Plan &plan,
                                             MLIRContext *context) {
  return Verifier(request, plan, context).run();
}
