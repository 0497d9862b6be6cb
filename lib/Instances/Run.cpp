//===- Run.cpp - One instance, one row ------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/Run.h"

#include "onnx-split/Placement/Advice.h"
#include "onnx-split/Support/Progress.h"

#include "Csv.h"

#include "llvm/Support/Format.h"

#include <set>

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;
using placement::SolutionClass;

void instances::printRunHeader(raw_ostream &os) {
  os << "instance,objective,lower_bound,class,strategy,method,seconds,unit,gap,"
        "lower_bound_name,lower_bound_class,format,tasks,devices,stages\n";
  os.flush();
}

std::string instances::csvField(StringRef text) {
  if (text.find_first_of(",\"\n\r") == StringRef::npos)
    return text.str();
  std::string result = "\"";
  for (char c : text) {
    if (c == '"')
      result += '"';
    result += c;
  }
  return result + "\"";
}

/// Of an even number of values, the upper of the two in the middle. There is
/// one at least.
static double medianSeconds(std::vector<double> values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// (upper - lower) / upper.
static double gapOf(int64_t upper, int64_t lower) {
  return lower >= upper
             ? 0
             : (static_cast<double>(upper) - static_cast<double>(lower)) /
                   static_cast<double>(upper);
}

/// A stage for each device in use: this load model knows no order of them.
static placement::Placement byDevice(const std::vector<int32_t> &deviceOf) {
  placement::Placement placement;
  placement.deviceOf = deviceOf;
  llvm::sort(placement.deviceOf);
  placement.deviceOf.erase(llvm::unique(placement.deviceOf),
                           placement.deviceOf.end());
  for (int32_t device : deviceOf)
    placement.stageOf.push_back(
        static_cast<int32_t>(llvm::lower_bound(placement.deviceOf, device) -
                             placement.deviceOf.begin()));
  return placement;
}

/// Why there is no plan to show. `isClock`: what is found rests on the clock,
/// or on who stops the search before it.
static const char *whyNone(bool isProven, bool isClock,
                           const placement::SolveOptions &options) {
  bool isLimited = options.maxLatencyNs != placement::Unlimited ||
                   options.targetNs != placement::Unlimited;
  if (isProven)
    return isLimited ? "no plan exists within its limits" : "no plan exists";
  if (options.stop && *options.stop)
    return "interrupted before a plan was found";
  return isClock ? "no plan was found in the time limit" : "no plan was found";
}

/// The row of an instance of the load model that adds up.
static bool runSum(const Instance &instance, const RunOptions &options,
                   raw_ostream &os, std::optional<FoundPlan> *found) {
  placement::SumOptions sumOptions;
  // In the given order is not a class of this model; the next wider one is.
  sumOptions.searchClass =
      std::max(options.solve.searchClass, SolutionClass::Contiguous);
  sumOptions.timeLimitSeconds = options.solve.timeLimitSeconds;
  sumOptions.seed = options.solve.seed;
  sumOptions.stop = options.solve.stop;
  placement::SumResult result;
  std::vector<double> seconds;
  for (unsigned run = 0; run < options.repeat; ++run) {
    result = solveSum(*instance.sum, sumOptions);
    seconds.push_back(result.seconds);
  }
  unsigned digits = instance.unit.digits;
  int64_t lower = result.found ? std::min(result.lowerBound, result.objective)
                               : result.lowerBound;
  std::set<int32_t> used(result.deviceOf.begin(), result.deviceOf.end());
  std::string tier = result.tier;
  if (!result.found)
    tier = result.provenInfeasible ? "infeasible" : "nothing found";
  Progress::Pause pause;
  os << csvField(instance.name) << ','
     << (result.found ? formatTimeIn(result.objective, digits) : "") << ','
     << formatTimeIn(lower, digits) << ',' << toString(sumOptions.searchClass)
     << ",auto," << csvField(tier) << ','
     << format("%.6f", medianSeconds(seconds)) << ',' << instance.unit.name
     << ',';
  if (result.found)
    os << format("%.6g", gapOf(result.objective, lower));
  os << ',' << csvField(result.boundName) << ',' << toString(result.boundClass)
     << ',' << instance.format << ',' << instance.sum->tasks.size() << ','
     << instance.sum->numAccelerators + instance.sum->numCpus << ','
     << used.size() << '\n';
  os.flush();
  if (!result.found)
    errs() << instance.name << ": error: "
           << whyNone(result.provenInfeasible,
                      result.seconds >= sumOptions.timeLimitSeconds,
                      options.solve)
           << '\n';
  if (result.found && found)
    *found = {byDevice(result.deviceOf),
              formatTimeIn(result.objective, digits),
              formatTimeIn(lower, digits),
              instance.unit.name,
              toString(sumOptions.searchClass),
              toString(result.boundClass)};
  return result.found;
}

/// What the objective makes small: nanoseconds, or a number of devices.
static int64_t valueOf(const placement::Evaluation &evaluation,
                       placement::Objective objective) {
  switch (objective) {
  case placement::Objective::Latency:
    return evaluation.latencyNs;
  case placement::Objective::Devices:
    return static_cast<int64_t>(evaluation.devices.size());
  case placement::Objective::Throughput:
    break;
  }
  return evaluation.intervalNs;
}

/// What the instance asks for, as far as its file says it.
static placement::SolveOptions demandsOf(const Instance &instance,
                                         const RunOptions &options,
                                         placement::Problem &problem) {
  placement::SolveOptions solveOptions = options.solve;
  if (instance.hasDemands) {
    solveOptions.objective = instance.objective;
    solveOptions.targetNs = instance.targetNs;
    solveOptions.maxLatencyNs = instance.maxLatencyNs;
  }
  if (instance.hasDemands && !options.hasClass) {
    solveOptions.searchClass = classOf(problem);
  } else {
    problem.revisit = solveOptions.searchClass == SolutionClass::Revisiting;
    problem.replicate = false;
  }
  return solveOptions;
}

/// Numbers of devices have a unit of their own.
static TimeUnit unitOf(const Instance &instance,
                       placement::Objective objective) {
  return objective == placement::Objective::Devices ? TimeUnit{"devices", 0}
                                                    : instance.unit;
}

bool instances::runInstance(const Instance &instance, const RunOptions &options,
                            raw_ostream &os, std::optional<FoundPlan> *found) {
  if (instance.sum)
    return runSum(instance, options, os, found);
  placement::Problem problem = instance.problem;
  placement::SolveOptions solveOptions = demandsOf(instance, options, problem);
  if (std::string wrong = problem.check(); !wrong.empty()) {
    errs() << instance.name << ": error: cannot be planned: " << wrong << '\n';
    return false;
  }
  placement::Result result;
  std::vector<double> seconds;
  for (unsigned run = 0; run < options.repeat; ++run) {
    result = solve(problem, solveOptions);
    seconds.push_back(result.seconds);
  }
  // A plan for throughput is as fast as there is one, enough or not.
  if (result.found && result.evaluation.intervalNs > solveOptions.targetNs)
    result.found = false;
  TimeUnit unit = unitOf(instance, solveOptions.objective);
  int64_t upper = valueOf(result.evaluation, solveOptions.objective);
  bool impossible = result.provenInfeasible();
  // A bound of a narrower class than the one that was searched narrows the
  // claim of the row; a plan outside of that class widens it again.
  SolutionClass shown =
      std::min(solveOptions.searchClass,
               std::max(result.bound.ofClass, result.planClass));
  const char *method = result.found ? result.method.name
                       : impossible ? "infeasible"
                                    : "nothing found";
  Progress::Pause pause;
  os << csvField(instance.name) << ','
     << (result.found ? formatTimeIn(upper, unit.digits) : "") << ','
     << (impossible ? "" : formatTimeIn(result.bound.value, unit.digits)) << ','
     << toString(shown) << ',' << toString(result.strategy) << ','
     << csvField(method) << ',' << format("%.6f", medianSeconds(seconds)) << ','
     << unit.name << ',';
  if (result.found)
    os << format("%.6g", gapOf(upper, result.bound.value));
  os << ',' << csvField(toString(result.bound)) << ','
     << toString(result.bound.ofClass) << ',' << instance.format << ','
     << problem.tasks.size() << ',' << problem.devices.size() << ','
     << result.placement.deviceOf.size() << '\n';
  os.flush();
  if (result.found && found)
    *found = {result.placement,
              formatTimeIn(upper, unit.digits),
              formatTimeIn(result.bound.value, unit.digits),
              unit.name,
              toString(shown),
              toString(result.bound.ofClass)};
  if (result.found)
    return true;
  errs() << instance.name << ": error: "
         << (!impossible && isProvenImpossible(solveOptions, result)
                 ? "no plan is within its limits"
                 : whyNone(impossible, result.stoppedByClock, solveOptions))
         << '\n';
  for (const std::string &reason : explainNoPlan(problem, solveOptions, result))
    errs() << instance.name << ": note: " << reason << '\n';
  return false;
}
