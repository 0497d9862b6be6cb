//===- Evaluation.cpp - What somebody else's placement is worth -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Placements that no solver of ours has made, by the same evaluation that
/// checks those of ours. A row has figures also where a constraint is violated,
/// as far as they make sense; where they do not, they are empty.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/Run.h"

#include "Csv.h"

#include "llvm/Support/Format.h"

#include <map>

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;
using placement::Evaluation;
using placement::Placement;
using placement::Problem;

void instances::printEvaluationHeader(raw_ostream &os) {
  os << "instance,placement,feasible,bottleneck,limit,latency,interval,"
        "lower_bound,lower_bound_name,lower_bound_class,unit,class,stages,"
        "violations\n";
  os.flush();
}

/// The device, link or medium that takes longest for each item, the first of
/// several.
static std::string nameLimit(const Problem &problem,
                             const Evaluation &evaluation) {
  auto nameOf = [&](int32_t device) { return problem.devices[device].name; };
  for (const placement::DeviceLoad &load : evaluation.devices)
    if (load.computeNs == evaluation.bottleneckNs)
      return "device " + nameOf(load.device);
  for (const placement::LinkLoad &load : evaluation.links)
    if (load.timeNs == evaluation.bottleneckNs)
      return "link " + nameOf(load.from) + " to " + nameOf(load.to);
  for (size_t m = 0; m < evaluation.mediaNs.size(); ++m)
    if (evaluation.mediaNs[m] == evaluation.bottleneckNs)
      return "medium " + problem.media[m].name;
  return "";
}

static void reportViolation(StringRef name, const Twine &message) {
  errs() << name << ": error: " << message << '\n';
}

/// What the sum's own evaluation says of a placement, which has no order of
/// stages.
static bool evaluateSumInstance(const Instance &instance,
                                const Placement &placement, StringRef name,
                                raw_ostream &os) {
  const placement::SumProblem &problem = *instance.sum;
  std::vector<int32_t> deviceOf;
  for (int32_t stage : placement.stageOf)
    deviceOf.push_back(placement.deviceOf[stage]);
  placement::SumEvaluation evaluation = evaluateSum(problem, deviceOf);
  std::vector<std::string> violations;
  std::map<int32_t, int32_t> deviceOfColour;
  for (size_t t = 0; t < problem.tasks.size(); ++t) {
    const placement::SumTask &task = problem.tasks[t];
    std::string node = "node " + instance.problem.tasks[t].name;
    if (!task.onAccelerator && deviceOf[t] < problem.numAccelerators)
      violations.push_back(node + " is on an accelerator, which cannot run it");
    if (task.colour != None &&
        deviceOfColour.try_emplace(task.colour, deviceOf[t]).first->second !=
            deviceOf[t])
      violations.push_back(node + " is not with the others of its class");
  }
  for (int32_t d = 0; d < problem.numAccelerators; ++d)
    if (evaluation.size[d] > problem.capacity)
      violations.push_back(instance.problem.devices[d].name + " has " +
                           std::to_string(evaluation.size[d]) +
                           " bytes, but room for " +
                           std::to_string(problem.capacity));
  auto longest =
      std::max_element(evaluation.load.begin(), evaluation.load.end()) -
      evaluation.load.begin();
  os << csvField(instance.name) << ',' << csvField(name) << ','
     << (violations.empty() ? "yes" : "no") << ','
     << formatTimeIn(evaluation.objective, instance.unit.digits) << ",device "
     << instance.problem.devices[longest].name << ",,,,,," << instance.unit.name
     << ','
     << toString(isContiguous(problem, deviceOf)
                     ? placement::SolutionClass::Contiguous
                     : placement::SolutionClass::Revisiting)
     << ',' << placement.deviceOf.size() << ',' << violations.size() << '\n';
  os.flush();
  for (const std::string &violation : violations)
    reportViolation(name, violation);
  return violations.empty();
}

bool instances::evaluateInstance(const Instance &instance,
                                 const Placement &placement, StringRef name,
                                 raw_ostream &os) {
  if (instance.sum)
    return evaluateSumInstance(instance, placement, name, os);
  const Problem &problem = instance.problem;
  placement::SolveOptions options;
  options.objective = instance.objective;
  placement::Result result = assess(problem, placement, options);
  const Evaluation &evaluation = result.evaluation;
  std::vector<std::string> violations = evaluation.violations;
  unsigned digits = instance.unit.digits;
  auto format = [&](int64_t time) {
    return formatTimeIn(time, digits) + " " + instance.unit.name;
  };
  if (evaluation.intervalNs > instance.targetNs)
    violations.push_back("takes " + format(evaluation.intervalNs) +
                         " from item to item, but at most " +
                         format(instance.targetNs) + " are allowed");
  if (evaluation.latencyNs > instance.maxLatencyNs)
    violations.push_back("takes " + format(evaluation.latencyNs) +
                         " for one item, but at most " +
                         format(instance.maxLatencyNs) + " are allowed");
  // Where not even the stages are in order, there are no figures.
  bool hasFigures = !evaluation.stages.empty();
  os << csvField(instance.name) << ',' << csvField(name) << ','
     << (violations.empty() ? "yes" : "no") << ',';
  if (hasFigures)
    os << formatTimeIn(evaluation.bottleneckNs, digits) << ','
       << csvField(nameLimit(problem, evaluation)) << ','
       << formatTimeIn(evaluation.latencyNs, digits) << ','
       << formatTimeIn(evaluation.intervalNs, digits) << ',';
  else
    os << ",,,,";
  if (result.found)
    os << formatTimeIn(result.bound.value, digits) << ','
       << csvField(toString(result.bound)) << ','
       << toString(result.bound.ofClass) << ',' << instance.unit.name << ','
       << toString(result.planClass);
  else
    os << ",,," << instance.unit.name << ',';
  os << ',' << placement.deviceOf.size() << ',' << violations.size() << '\n';
  os.flush();
  for (const std::string &violation : violations)
    reportViolation(name, violation);
  return violations.empty();
}
