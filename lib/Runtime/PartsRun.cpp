//===- PartsRun.cpp - Parts one after another, and compared ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PartsRun.h"

#include "onnx-split/Runtime/Decoder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

#include <deque>

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
/// Values that something else holds.
using Lent = std::map<std::string, const Ort::Value *, std::less<>>;

/// One run of the whole model and of all parts.
struct Step {
  /// What the whole model is given and gives.
  Lent given;
  Values expected;
  /// What the parts gave so far.
  Values values;
};

/// Runs the models of one comparison and holds what they give. Where the plan
/// keeps states, they run twice, each with the states that it has then.
class PartsRunner {
public:
  explicit PartsRunner(const PartsRun &what) : run(what) {}

  Error runWhole();
  /// Runs every part in the order of the stages and calls `after` for each,
  /// until that returns false. A value is dropped when no later stage takes it
  /// and it is no output of the model.
  Error runParts(llvm::function_ref<bool(const Plan::Stage &)> after);

  Difference compareWith(const Step &step, StringRef name,
                         const Ort::Value &actual) const;
  Tolerance toleranceOf(const Step &step, StringRef name) const;

  /// Places stay, since later ones lend from earlier ones.
  std::deque<Step> steps;
  /// Of the whole model, in their order.
  std::vector<std::string> outputs;

private:
  bool addStep(const Session &session);
  Error runStage(const Plan::Stage &stage);

  const PartsRun &run;
  /// What is given: first, and where tokens are counted anew.
  std::deque<Values> made;
};
} // namespace

/// Moves results into `values` under the names of the outputs.
static void store(llvm::ArrayRef<Port> ports, std::vector<Ort::Value> results,
                  Values &values) {
  for (auto [port, value] : llvm::zip(ports, results))
    values.insert_or_assign(port.name, std::move(value));
}

/// Runs a model on values that stay with their owner.
static Expected<std::vector<Ort::Value>> runOn(Session &session,
                                               const Lent &feeds) {
  Values lent;
  for (const auto &[name, value] : feeds)
    lent.emplace(name, Ort::Value(static_cast<OrtValue *>(*value)));
  auto results = session.run(lent);
  for (auto &[name, value] : lent)
    value.release();
  return results;
}

Error PartsRunner::runWhole() {
  run.at.set(0);
  auto session = run.whole.load();
  if (!session)
    return session.takeError();
  auto inputs = makeInputs(*session, run.request.inputs);
  if (!inputs)
    return inputs.takeError();
  made.push_back(std::move(*inputs));
  Step &first = steps.emplace_back();
  for (const auto &[name, value] : made.front())
    first.given.emplace(name, &value);
  for (const Port &port : session->getOutputs())
    outputs.push_back(port.name);
  do {
    auto results = runOn(*session, steps.back().given);
    if (!results && steps.size() == 1)
      return results.takeError();
    if (!results) {
      // Other inputs say how long a cache is in a way that is not known here.
      llvm::consumeError(results.takeError());
      steps.pop_back();
      break;
    }
    store(session->getOutputs(), std::move(*results), steps.back().expected);
  } while (steps.size() == 1 && addStep(*session));
  return Error::success();
}

/// How long a cache has become, by the extent in which its output is longer;
/// nothing where it is as it was.
static std::optional<int64_t> findTotal(const Ort::Value &before,
                                        const Ort::Value &after) {
  if (!before.IsTensor() || !after.IsTensor())
    return std::nullopt;
  for (auto [one, other] :
       llvm::zip(before.GetTensorTypeAndShapeInfo().GetShape(),
                 after.GetTensorTypeAndShapeInfo().GetShape()))
    if (other > one)
      return other;
  return std::nullopt;
}

/// A second step, in which states are what came out of the first one, inputs
/// that count tokens count on, and all others are as they were. False where the
/// plan keeps none, or they do not fit.
bool PartsRunner::addStep(const Session &session) {
  const Step &last = steps.back();
  Lent given = last.given;
  std::optional<int64_t> total;
  bool hasStates = false;
  for (const Plan::Stage &stage : run.plan.stages)
    for (const PlanFile::State &state : stage.states) {
      auto before = given.find(state.input);
      auto after = last.expected.find(state.output);
      if (before == given.end() || after == last.expected.end())
        return false;
      if (auto length = findTotal(*before->second, after->second))
        total = length;
      before->second = &after->second;
      hasStates = true;
    }
  if (!hasStates)
    return false;
  std::vector<int64_t> tokens;
  for (StringRef name : {"input_ids", "decoder_input_ids"})
    if (auto ids = given.find(name); ids != given.end())
      tokens = readTokens(*ids->second);
  if (total && !tokens.empty()) {
    Values &counted = made.emplace_back();
    for (const Port &port : session.getInputs()) {
      if (!isStepInput(port.name))
        continue;
      auto value = makeStepInput(port, {tokens, *total});
      if (!value) {
        llvm::consumeError(value.takeError());
        return false;
      }
      given[port.name] =
          &counted.emplace(port.name, std::move(*value)).first->second;
    }
  }
  steps.emplace_back().given = std::move(given);
  return true;
}

static std::string pathOf(const PartsRun &run, const Plan::Stage &stage) {
  llvm::SmallString<128> path(run.request.folder);
  llvm::sys::path::append(path, stage.file);
  return path.str().str();
}

/// Runs a part in all steps; its states are its own.
Error PartsRunner::runStage(const Plan::Stage &stage) {
  auto session = WholeModel{pathOf(run, stage), ""}.load();
  if (!session)
    return session.takeError();
  for (auto [index, step] : llvm::enumerate(steps)) {
    Lent feeds;
    for (const Port &port : session->getInputs())
      if (auto it = step.given.find(port.name); it != step.given.end())
        feeds.insert(*it);
      else if (auto wire = step.values.find(port.name);
               wire != step.values.end())
        feeds.emplace(port.name, &wire->second);
    for (const PlanFile::State &state : stage.states)
      if (index > 0)
        feeds[state.input] = &steps[index - 1].values.at(state.output);
    auto results = runOn(*session, feeds);
    if (!results)
      return results.takeError();
    store(session->getOutputs(), std::move(*results), step.values);
  }
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
    for (Step &step : steps)
      for (auto it = step.values.begin(); it != step.values.end();)
        it = lastUse.lookup(it->first) <= index ? step.values.erase(it)
                                                : std::next(it);
  }
  return Error::success();
}

Difference PartsRunner::compareWith(const Step &step, StringRef name,
                                    const Ort::Value &actual) const {
  return compare(step.expected.find(name)->second, actual);
}

/// What the user allows, or what the types do. A sequence has those of its
/// elements, of which the strictest that can be is taken.
Tolerance PartsRunner::toleranceOf(const Step &step, StringRef name) const {
  if (run.request.tolerance)
    return {*run.request.tolerance, 0};
  auto type = ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
  const Ort::Value &value = step.expected.find(name)->second;
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
                      {"vacuity", output.vacuity},
                      {"steps", output.steps}};
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
         mapper.map("vacuity", output.vacuity) &&
         mapper.map("steps", output.steps);
}

/// How an output of one step compares.
static Verification::Output compareOutput(const PartsRunner &runner,
                                          const Step &step,
                                          const std::string &name) {
  Difference difference;
  // A model may hand an input on as an output.
  if (auto actual = step.values.find(name); actual != step.values.end())
    difference = runner.compareWith(step, name, actual->second);
  else if (auto input = step.given.find(name); input != step.given.end())
    difference = runner.compareWith(step, name, *input->second);
  else
    difference.mismatch = "no part gives it";
  return describe(name, difference, runner.toleranceOf(step, name));
}

/// Runs whole and parts, and describes every output of the model: where it is
/// worst, in the first of equal steps.
Expected<std::string> runtime::compareOutputs(const PartsRun &run) {
  PartsRunner runner(run);
  if (Error error = runner.runWhole())
    return error;
  if (Error error = runner.runParts([](const Plan::Stage &) { return true; }))
    return error;
  json::Array found;
  for (const std::string &name : runner.outputs) {
    Verification::Output worst;
    for (auto [index, step] : llvm::enumerate(runner.steps)) {
      Verification::Output output = compareOutput(runner, step, name);
      bool isWorse = output.same != worst.same
                         ? worst.same
                         : output.relative > worst.relative;
      if (index == 0 || (isWorse && worst.mismatch.empty()))
        worst = std::move(output);
    }
    worst.steps = int64_t(runner.steps.size());
    found.push_back(toJson(worst));
  }
  std::string bytes;
  llvm::raw_string_ostream(bytes) << json::Value(std::move(found));
  return bytes;
}

/// None where the text is something else.
static std::optional<json::Array> readArray(StringRef bytes) {
  auto value = json::parse(bytes);
  if (!value) {
    llvm::consumeError(value.takeError());
    return std::nullopt;
  }
  json::Array *found = value->getAsArray();
  if (!found)
    return std::nullopt;
  return std::move(*found);
}

std::optional<std::vector<Verification::Output>>
runtime::readOutputs(StringRef bytes) {
  std::optional<json::Array> found = readArray(bytes);
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
  const Step &first = runner.steps.front();
  auto compareWires = [&](const Plan::Stage &stage) {
    for (const Plan::Wire &wire : run.plan.wires) {
      auto mine = first.values.find(wire.name);
      if (wire.from != stage.index || mine == first.values.end() ||
          !first.expected.count(wire.tensor))
        continue;
      Verification::Output output = describe(
          wire.tensor, runner.compareWith(first, wire.tensor, mine->second),
          runner.toleranceOf(first, wire.tensor));
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

//===----------------------------------------------------------------------===//
// Optimisation
//===----------------------------------------------------------------------===//

Expected<std::string> runtime::loadOptimised(const PartsRun &run) {
  json::Array refused;
  for (auto [index, stage] : llvm::enumerate(run.plan.stages)) {
    run.at.set(1 + int64_t(index));
    std::string path = pathOf(run, stage);
    auto session = Session::load(path);
    if (session)
      continue;
    std::string message = llvm::toString(session.takeError());
    StringRef why = message;
    why.consume_front(path + ": ");
    refused.push_back(json::Array{int64_t(index), json::fixUTF8(why.rtrim())});
  }
  std::string bytes;
  llvm::raw_string_ostream(bytes) << json::Value(std::move(refused));
  return bytes;
}

std::optional<std::vector<Refusal>> runtime::readRefusals(StringRef bytes) {
  std::optional<json::Array> found = readArray(bytes);
  if (!found)
    return std::nullopt;
  std::vector<Refusal> refusals;
  for (const json::Value &each : *found) {
    const json::Array *pair = each.getAsArray();
    auto stage = pair && pair->size() == 2 ? (*pair)[0].getAsInteger()
                                           : std::optional<int64_t>();
    auto why = stage ? (*pair)[1].getAsString() : std::optional<StringRef>();
    if (!why || *stage < 0)
      return std::nullopt;
    refusals.push_back({size_t(*stage), why->str()});
  }
  return refusals;
}
