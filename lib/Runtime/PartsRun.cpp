//===- PartsRun.cpp - Parts one after another, and compared ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PartsRun.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
namespace json = llvm::json;

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

namespace {
/// Runs the models of one comparison and holds what they give.
class PartsRunner {
public:
  explicit PartsRunner(const PartsRun &what) : run(what) {}

  Error runWhole();
  /// Runs every part in the order of the stages and calls `after` for each,
  /// until that returns false. A value is dropped when no later stage takes it
  /// and it is no output of the model.
  Error runParts(llvm::function_ref<bool(const Plan::Stage &)> after);

  Difference compareWith(StringRef name, const Ort::Value &actual) const;
  Tolerance toleranceOf(StringRef name) const;

  /// What the whole model is given and gives, its outputs in their order.
  Values given, expected;
  std::vector<std::string> outputs;
  /// What the parts gave so far.
  Values values;

private:
  Expected<std::vector<Ort::Value>> runPart(const Session &part);
  Error runStage(const Plan::Stage &stage);

  const PartsRun &run;
};
} // namespace

/// Moves results into `values` under the names of the outputs.
static void store(llvm::ArrayRef<Port> ports, std::vector<Ort::Value> results,
                  Values &values) {
  for (auto [port, value] : llvm::zip(ports, results))
    values.insert_or_assign(port.name, std::move(value));
}

Error PartsRunner::runWhole() {
  run.at.set(0);
  auto session = run.whole.load();
  if (!session)
    return session.takeError();
  auto inputs = makeInputs(*session, run.request.inputs);
  if (!inputs)
    return inputs.takeError();
  given = std::move(*inputs);
  auto results = session->run(given);
  if (!results)
    return results.takeError();
  for (const Port &port : session->getOutputs())
    outputs.push_back(port.name);
  store(session->getOutputs(), std::move(*results), expected);
  return Error::success();
}

Error PartsRunner::runStage(const Plan::Stage &stage) {
  llvm::SmallString<128> path(run.request.folder);
  llvm::sys::path::append(path, stage.file);
  auto session = WholeModel{path.str().str(), ""}.load();
  if (!session)
    return session.takeError();
  // Inputs of the model stay with their owner, and are lent to the part.
  Values feeds;
  for (const Port &port : session->getInputs())
    if (auto it = given.find(port.name); it != given.end())
      feeds.emplace(port.name, Ort::Value(static_cast<OrtValue *>(it->second)));
    else if (auto wire = values.find(port.name); wire != values.end())
      feeds.emplace(port.name, std::move(wire->second));
  auto results = session->run(feeds);
  for (auto &[name, value] : feeds)
    if (given.count(name))
      value.release();
    else
      values[name] = std::move(value);
  if (!results)
    return results.takeError();
  store(session->getOutputs(), std::move(*results), values);
  return Error::success();
}

Error PartsRunner::runParts(
    llvm::function_ref<bool(const Plan::Stage &)> after) {
  llvm::StringMap<size_t> lastUse;
  for (auto [index, stage] : llvm::enumerate(run.plan.stages))
    for (const std::string &name : stage.inputs)
      lastUse[name] = index;
  for (const std::string &name : outputs)
    lastUse[name] = run.plan.stages.size();
  for (auto [index, stage] : llvm::enumerate(run.plan.stages)) {
    run.at.set(1 + int64_t(index));
    if (Error error = runStage(stage))
      return error;
    if (!after(stage))
      return Error::success();
    for (auto it = values.begin(); it != values.end();)
      it =
          lastUse.lookup(it->first) <= index ? values.erase(it) : std::next(it);
  }
  return Error::success();
}

Difference PartsRunner::compareWith(StringRef name,
                                    const Ort::Value &actual) const {
  return compare(expected.find(name)->second, actual);
}

/// What the user allows, or what the types do. A sequence has those of its
/// elements, of which the strictest that can be is taken.
Tolerance PartsRunner::toleranceOf(StringRef name) const {
  if (run.request.tolerance)
    return {*run.request.tolerance, 0};
  auto type = ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
  const Ort::Value &value = expected.find(name)->second;
  if (value.HasValue() && value.IsTensor())
    type = value.GetTensorTypeAndShapeInfo().GetElementType();
  return findTolerance(type, run.roundings.lookup(name));
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

static StringRef describeVacuity(Vacuity vacuity) {
  switch (vacuity) {
  case Vacuity::None:
    return "";
  case Vacuity::Empty:
    return "empty";
  case Vacuity::NaN:
    return "NaN everywhere";
  case Vacuity::Infinite:
    return "infinite everywhere";
  case Vacuity::NotFinite:
    return "NaN or infinite everywhere";
  case Vacuity::Constant:
    return "constant";
  }
  return "";
}

static Verification::Output describe(StringRef name,
                                     const Difference &difference,
                                     const Tolerance &tolerance) {
  Verification::Output output;
  output.name = name.str();
  output.mismatch = difference.mismatch;
  output.absolute = difference.absolute;
  output.relative = difference.relative;
  output.largest = difference.largest;
  output.allowedRelative = tolerance.relative;
  output.allowedAbsolute = tolerance.absolute;
  output.same = difference.isWithin(tolerance);
  output.identical = difference.identical;
  output.vacuity = describeVacuity(difference.vacuity).str();
  return output;
}

/// JSON has no infinities; the bits of a number are a whole number.
static int64_t toBits(double number) { return llvm::bit_cast<int64_t>(number); }

static json::Value toJson(const Verification::Output &output) {
  return json::Object{{"name", json::fixUTF8(output.name)},
                      {"mismatch", json::fixUTF8(output.mismatch)},
                      {"absolute", toBits(output.absolute)},
                      {"relative", toBits(output.relative)},
                      {"largest", toBits(output.largest)},
                      {"allowed_relative", toBits(output.allowedRelative)},
                      {"allowed_absolute", toBits(output.allowedAbsolute)},
                      {"same", output.same},
                      {"identical", output.identical},
                      {"vacuity", output.vacuity}};
}

static bool fromJson(const json::Value &value, Verification::Output &output,
                     json::Path path) {
  json::ObjectMapper mapper(value, path);
  auto number = [&](llvm::StringLiteral key, double &to) {
    int64_t bits = 0;
    if (!mapper || !mapper.map(key, bits))
      return false;
    to = llvm::bit_cast<double>(bits);
    return true;
  };
  return mapper && mapper.map("name", output.name) &&
         mapper.map("mismatch", output.mismatch) &&
         number("absolute", output.absolute) &&
         number("relative", output.relative) &&
         number("largest", output.largest) &&
         number("allowed_relative", output.allowedRelative) &&
         number("allowed_absolute", output.allowedAbsolute) &&
         mapper.map("same", output.same) &&
         mapper.map("identical", output.identical) &&
         mapper.map("vacuity", output.vacuity);
}

Expected<std::string> runtime::compareOutputs(const PartsRun &run) {
  PartsRunner runner(run);
  if (Error error = runner.runWhole())
    return error;
  if (Error error = runner.runParts([](const Plan::Stage &) { return true; }))
    return error;
  json::Array found;
  for (const std::string &name : runner.outputs) {
    Difference difference;
    // A model may hand an input on as an output.
    if (auto actual = runner.values.find(name); actual != runner.values.end())
      difference = runner.compareWith(name, actual->second);
    else if (auto input = runner.given.find(name); input != runner.given.end())
      difference = runner.compareWith(name, input->second);
    else
      difference.mismatch = "no part gives it";
    found.push_back(
        toJson(describe(name, difference, runner.toleranceOf(name))));
  }
  std::string bytes;
  llvm::raw_string_ostream(bytes) << json::Value(std::move(found));
  return bytes;
}

std::optional<std::vector<Verification::Output>>
runtime::readOutputs(StringRef bytes) {
  auto value = json::parse(bytes);
  if (!value) {
    llvm::consumeError(value.takeError());
    return std::nullopt;
  }
  const json::Array *found = value->getAsArray();
  if (!found)
    return std::nullopt;
  std::vector<Verification::Output> outputs(found->size());
  json::Path::Root root;
  for (auto [output, each] : llvm::zip(outputs, *found))
    if (!fromJson(each, output, root))
      return std::nullopt;
  return outputs;
}

//===----------------------------------------------------------------------===//
// Wires
//===----------------------------------------------------------------------===//

Expected<std::string> runtime::findFirstDifference(const PartsRun &run) {
  PartsRunner runner(run);
  if (Error error = runner.runWhole())
    return error;
  std::string found;
  auto compareWires = [&](const Plan::Stage &stage) {
    for (const Plan::Wire &wire : run.plan.wires) {
      auto mine = runner.values.find(wire.name);
      if (wire.from != stage.index || mine == runner.values.end() ||
          !runner.expected.count(wire.tensor))
        continue;
      Verification::Output output =
          describe(wire.tensor, runner.compareWith(wire.tensor, mine->second),
                   runner.toleranceOf(wire.tensor));
      if (output.same)
        continue;
      llvm::raw_string_ostream(found)
          << "stage " << stage.index << " on '" << stage.device
          << "' is the first to differ, in wire '" << wire.name << "' (tensor '"
          << wire.tensor << "'): " << output.describeDifference();
      return false;
    }
    return true;
  };
  if (Error error = runner.runParts(compareWires))
    return error;
  return found.empty() ? "every wire has the whole model's value: what makes "
                         "the difference is in the last stages"
                       : found;
}
