//===- Outlook.cpp - What a plan is compared with -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/Outlook.h"

#include "onnx-split/Placement/Advice.h"
#include "onnx-split/Support/Counted.h"
#include "onnx-split/Support/Quantity/Format.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace onnx_split;
using placement::Objective;

static DictionaryAttr describeSingle(const placement::OneDevice &single,
                                     const placement::Problem &problem,
                                     Builder &builder) {
  NamedAttrList entry;
  entry.set("device",
            builder.getStringAttr(problem.devices[single.device].name));
  if (!single.whyNot.empty()) {
    entry.set("reason", builder.getStringAttr(single.whyNot));
  } else {
    entry.set("bottleneck_ns", builder.getI64IntegerAttr(single.intervalNs));
    entry.set("latency_ns", builder.getI64IntegerAttr(single.latencyNs));
  }
  return entry.getDictionary(builder.getContext());
}

/// A sentence if fewer devices are as fast.
static std::string askFewerDevices(placement::Problem problem,
                                   const placement::Evaluation &now,
                                   placement::SolveOptions options) {
  // As many stages say nothing of devices where one may hold several.
  if (now.devices.size() < 2 || problem.revisit || problem.replicate)
    return "";
  options.objective = Objective::Devices;
  options.targetNs = now.intervalNs;
  placement::Result fewer = placement::solve(problem, options);
  // Another run might find another hint.
  if (!fewer.found || fewer.stoppedByClock ||
      fewer.evaluation.devices.size() >= now.devices.size())
    return "";
  size_t count = fewer.evaluation.devices.size();
  bool isLater = fewer.evaluation.latencyNs > now.latencyNs;
  return (counted(count, "device") + (count == 1 ? " is" : " are") +
          " enough for " + formatRate(fewer.evaluation.intervalNs) +
          (isLater ? ", with more latency" : "") + ": --max-stages " +
          Twine(count))
      .str();
}

/// A sentence if stages that several devices run in turn are faster.
static std::string askReplicas(placement::Problem problem,
                               const placement::Evaluation &now,
                               placement::SolveOptions options) {
  if (problem.replicate || problem.devices.size() < 2)
    return "";
  problem.replicate = true;
  options.searchClass = placement::SolutionClass::Replicating;
  options.strategy = placement::Strategy::Auto;
  placement::Result better = placement::solve(problem, options);
  // Less than that is not worth copies of weights.
  constexpr double worthwhile = 0.98;
  if (!better.found || better.stoppedByClock ||
      better.planClass != placement::SolutionClass::Replicating ||
      double(better.evaluation.intervalNs) >
          worthwhile * double(now.intervalNs))
    return "";
  return "with --replicate, where devices take turns, " +
         formatRate(better.evaluation.intervalNs);
}

/// What ended the search before a proof, as a clause; empty where nothing did.
static std::string describeEnd(const placement::Result &result,
                               const placement::SolveOptions &options) {
  if (result.bound.isReached || !result.found)
    return "";
  const placement::Evaluation &figures = result.evaluation;
  auto value =
      double(options.objective == Objective::Latency   ? figures.latencyNs
             : options.objective == Objective::Devices ? figures.devices.size()
                                                       : figures.intervalNs);
  // Other strategies do not look at it.
  bool usesGap = options.strategy == placement::Strategy::Auto ||
                 options.strategy == placement::Strategy::Exact ||
                 options.strategy == placement::Strategy::LocalSearch;
  if (usesGap && options.gap > 0 &&
      value - double(result.bound.value) <= options.gap * value)
    return llvm::formatv("by --gap={0}, which is reached; a smaller one may "
                         "help",
                         llvm::format("%g", options.gap))
        .str();
  if (!result.stoppedByClock)
    return "";
  return "by the time limit of " +
         formatTime(int64_t(options.timeLimitSeconds * 1e9)) +
         ", or an interrupt; more time may help";
}

/// Figures and devices of each plan that no other beats in rate and latency.
static ArrayAttr describeFront(const placement::Problem &problem,
                               const placement::ParetoFront &front,
                               bool isWhole, Builder &builder) {
  SmallVector<Attribute> plans;
  for (const placement::Result &plan : front.plans) {
    SmallVector<Attribute> devices;
    const placement::Placement &chosen = plan.placement;
    for (size_t stage = 0; stage < chosen.deviceOf.size(); ++stage) {
      // As in a row of stages: all that run it in turn.
      SmallVector<int32_t> turns = {chosen.deviceOf[stage]};
      if (!chosen.replicas.empty())
        llvm::append_range(turns, chosen.replicas[stage]);
      for (int32_t device : turns)
        devices.push_back(builder.getStringAttr(problem.devices[device].name));
    }
    NamedAttrList entry;
    entry.set("interval_ns",
              builder.getI64IntegerAttr(plan.evaluation.intervalNs));
    entry.set("latency_ns",
              builder.getI64IntegerAttr(plan.evaluation.latencyNs));
    entry.set("devices", builder.getArrayAttr(devices));
    entry.set("proven", builder.getBoolAttr(isWhole && plan.bound.isReached));
    plans.push_back(entry.getDictionary(builder.getContext()));
  }
  return builder.getArrayAttr(plans);
}

DictionaryAttr split::addFront(DictionaryAttr outlook,
                               const placement::Problem &problem,
                               placement::SolveOptions options, bool isWhole) {
  Builder builder(outlook.getContext());
  placement::ParetoFront front = placement::findParetoFront(problem, options);
  NamedAttrList entries(outlook);
  entries.set("pareto", describeFront(problem, front, isWhole, builder));
  entries.set("pareto_complete",
              builder.getBoolAttr(isWhole && front.isComplete));
  entries.set("pareto_class",
              builder.getStringAttr(placement::toString(front.ofClass)));
  return entries.getDictionary(outlook.getContext());
}

DictionaryAttr split::describeOutlook(const ModelProblem &whole,
                                      const placement::Result &result,
                                      placement::SolveOptions options,
                                      double seconds, MLIRContext *context) {
  Builder builder(context);
  const placement::Problem &problem = whole.problem;
  int32_t reference = problem.ingress;
  if (reference == None && !result.placement.deviceOf.empty())
    reference = result.placement.deviceOf.front();
  SmallVector<Attribute> single, hints;
  std::vector<placement::Problem> points;
  for (const auto &point : whole.points)
    points.push_back(whole.atPoint(point));
  if (!problem.tasks.empty())
    for (const placement::OneDevice &one :
         placement::onSingleDevices(problem, reference, points))
      single.push_back(describeSingle(one, problem, builder));
  NamedAttrList outlook;
  outlook.set("single", builder.getArrayAttr(single));
  if (reference != None)
    outlook.set("reference",
                builder.getStringAttr(problem.devices[reference].name));
  if (std::string end = describeEnd(result, options); !end.empty())
    outlook.set("search_end", builder.getStringAttr(end));
  // Who asks for another strategy wants that one's plan.
  if (seconds > 0 && options.objective == Objective::Throughput &&
      options.strategy == placement::Strategy::Auto &&
      result.evaluation.intervalNs > 0) {
    options.timeLimitSeconds = seconds / 2;
    // What the first methods find is a hint, or nothing is.
    options.mostRounds = 1;
    options.progress = nullptr;
    // What fits with the largest sizes does so at each point.
    placement::Problem largest = whole.withLargestSizes();
    for (const std::string &hint :
         {askFewerDevices(largest, result.evaluation, options),
          askReplicas(largest, result.evaluation, options)})
      if (!hint.empty())
        hints.push_back(builder.getStringAttr(hint));
  }
  outlook.set("hints", builder.getArrayAttr(hints));
  return outlook.getDictionary(context);
}
