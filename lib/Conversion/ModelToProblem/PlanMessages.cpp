//===- PlanMessages.cpp - What is said of plans, and of none --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/PlanMessages.h"

#include "onnx-split/Placement/Advice.h"
#include "onnx-split/Support/Counted.h"
#include "onnx-split/Support/Interrupt.h"
#include "onnx-split/Support/Progress.h"
#include "onnx-split/Support/Quantity/Format.h"

#include "llvm/Support/FormatVariadic.h"

#include <numeric>
#include <set>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

std::string split::describeProgress(placement::Objective objective,
                                    int64_t upper, int64_t lower) {
  auto text = [&](int64_t value) {
    return objective == placement::Objective::Devices ? counted(value, "device")
                                                      : formatTime(value);
  };
  if (upper == placement::Unlimited)
    return "planning: best none yet, bound " + text(lower);
  std::string line = "planning: best " + text(upper) + ", bound " + text(lower);
  if (upper > 0)
    line +=
        llvm::formatv(", gap {0:F1} %", 100.0 * double(upper - lower) / upper)
            .str();
  return line;
}

/// Names tensors at which the model is not cut. Many are inside quantised
/// operators, where nobody expects a cut; those are left out.
static void noteUncut(InFlightDiagnostic &error, const ModelProblem &problem) {
  constexpr unsigned maxReported = 3;
  unsigned uncut = 0;
  for (auto [tensor, value, why] :
       llvm::zip(problem.problem.tensors, problem.tensors, problem.whyNoCut)) {
    if (tensor.producer == placement::None || why.empty() ||
        why == KeptByQuantisation || why == KeptAsState)
      continue;
    if (++uncut <= maxReported)
      error.attachNote(value.getLoc())
          << "the model is not cut at '" << tensor.name << "' because " << why;
  }
  if (uncut > maxReported)
    error.attachNote() << "nor at "
                       << counted(uncut - maxReported, "more tensor");
}

/// Names tensors that count with upper bounds of extents that depend on data.
static void noteAtMost(InFlightDiagnostic &error, const ModelProblem &problem) {
  constexpr unsigned maxReported = 3;
  unsigned found = 0;
  for (Value value : problem.tensors)
    if (ExtentsAttr extents = getExtents(value);
        extents && extents.getAtMost() && ++found <= maxReported)
      error.attachNote(value.getLoc())
          << "'" << getValueName(value) << "' counts as at most "
          << getItemBytes(value, ExtentsUse::memory())
          << " B, because its extents depend on data";
  if (found > maxReported)
    error.attachNote() << (found == maxReported + 1 ? "so does " : "so do ")
                       << counted(found - maxReported, "more tensor");
}

/// What plans are left out of account, if any.
static StringRef describeDemands(const ModelProblem &problem,
                                 const placement::SolveOptions &options) {
  const placement::Problem &p = problem.problem;
  bool isDemanding = p.minStages > 1 || p.maxStages > 0 ||
                     llvm::any_of(p.tasks,
                                  [](const placement::Task &task) {
                                    return task.pin != placement::None;
                                  }) ||
                     llvm::any_of(p.tensors,
                                  [](const placement::Tensor &tensor) {
                                    return tensor.mustCut;
                                  }) ||
                     llvm::is_contained(problem.whyNoCut, KeptByUser);
  bool isLimited = options.maxLatencyNs != Unlimited ||
                   (options.targetNs != Unlimited &&
                    options.objective != placement::Objective::Throughput);
  if (isDemanding)
    return isLimited ? " that keeps to the demands and limits"
                     : " that keeps to the demands";
  return isLimited ? " within the limits that are asked for" : "";
}

void split::reportNoPlan(ModelOp model, const ModelProblem &problem,
                         const placement::Result &result,
                         const placement::SolveOptions &options) {
  InFlightDiagnostic error = model.emitError();
  if (result.provenInfeasible())
    error << "no plan exists for this model on this cluster"
          << describeDemands(problem, options);
  else if (placement::isProvenImpossible(options, result))
    error << "no plan exists within the "
          << (options.objective == placement::Objective::Latency
                  ? "largest latency: no "
                  : "target rate: no ")
          << placement::toString(result.bound.ofClass)
          << " plan takes less than " << formatTime(result.bound.value)
          << (options.objective == placement::Objective::Latency
                  ? " for one item"
                  : " between items");
  else
    error << "strategy '" << placement::toString(result.strategy)
          << "' found no plan within "
          << formatTime(int64_t(result.seconds * 1e9)) << "; one may exist";
  for (const std::string &reason :
       placement::explainNoPlan(problem.problem, options, result))
    error.attachNote() << reason;
  if (size_t kept = problem.states.size())
    error.attachNote() << counted(kept, "pair") << " of states "
                       << (kept == 1 ? "stays with its stage"
                                     : "stay with their stages")
                       << "; --state=none sends "
                       << (kept == 1 ? "it" : "them");
  noteUncut(error, problem);
  noteAtMost(error, problem);
}

void split::reportLimitMissed(ModelOp model, placement::Objective objective,
                              const placement::SolveOptions &options,
                              bool isProven, const placement::Result &best) {
  // A bottleneck of 0 ns has no rate; 1 ns stands for it.
  auto rate = [](int64_t ns) {
    return llvm::formatv("{0:F3} items/s", 1e9 / std::max<double>(1, ns)).str();
  };
  bool isLatency = objective == placement::Objective::Latency;
  int64_t limitNs = isLatency ? options.maxLatencyNs : options.targetNs;
  int64_t value =
      isLatency ? best.evaluation.latencyNs : best.evaluation.intervalNs;
  // What was found without the limits has a bound of its own.
  isProven |= best.bound.value > limitNs;
  InFlightDiagnostic error = model.emitError();
  if (value <= limitNs) {
    bool hasBoth =
        options.maxLatencyNs != Unlimited && options.targetNs != Unlimited;
    error << (isProven ? "no plan is" : "no plan was found that is")
          << " within "
          << (hasBoth ? "both the target rate and the largest latency"
                      : "the limit and all else that is asked for");
    error.attachNote() << "without " << (hasBoth ? "the other limit" : "it")
                       << ", one " << (isLatency ? "takes " : "reaches ")
                       << (isLatency ? formatTime(value) : rate(value));
    return;
  }
  error << (isProven ? "no plan reaches" : "no plan was found that reaches");
  if (isLatency)
    error << " the largest latency, which is " << formatTime(limitNs)
          << " for one item";
  else
    error << " the target rate, which asks for a bottleneck of at most "
          << formatTime(limitNs);
  StringRef what = isLatency ? "latency" : "bottleneck";
  error.attachNote() << "the fastest plan found has a " << what << " of "
                     << formatTime(value)
                     << (isLatency ? "" : ", " + rate(value));
  if (best.bound.value > 0)
    error.attachNote() << "no " << placement::toString(best.bound.ofClass)
                       << " plan has a " << what << " below "
                       << formatTime(best.bound.value)
                       << (isLatency ? "" : ", " + rate(best.bound.value));
}

/// The devices that take turns at an end of a message.
static std::vector<int32_t> devicesAt(const placement::Placement &placement,
                                      int32_t stage, int32_t boundary) {
  std::vector<int32_t> devices{stage == None ? boundary
                                             : placement.deviceOf[stage]};
  if (stage != None && !placement.replicas.empty())
    llvm::append_range(devices, placement.replicas[stage]);
  return devices;
}

void split::warnOfRoundTrips(ModelOp model, const placement::Problem &problem,
                             const placement::Placement &placement,
                             const placement::Evaluation &evaluation) {
  constexpr int64_t buffers = 2;
  Builder builder(model.getContext());
  SmallVector<Attribute> limits;
  std::set<std::pair<int32_t, int32_t>> warned;
  for (const placement::Message &message : evaluation.messages) {
    std::vector<int32_t> senders =
        devicesAt(placement, message.from, problem.ingress);
    std::vector<int32_t> receivers =
        devicesAt(placement, message.to, problem.egress);
    // Each pair has one of so many items.
    int64_t turns = std::lcm(senders.size(), receivers.size());
    for (int64_t item = 0; item < turns; ++item) {
      int32_t from = senders[item % senders.size()];
      int32_t to = receivers[item % receivers.size()];
      // Without a way back of its own, an answer takes the time of the way.
      int64_t answer = problem.link(to, from).bitsPerSecond == 0
                           ? problem.link(from, to).latencyNs
                           : problem.link(to, from).latencyNs;
      int64_t trip = placement::addSaturating(
          placement::deliveryTime(problem.link(from, to), message.bytes),
          answer);
      if (from == to || trip == Unlimited ||
          trip / buffers / turns <= evaluation.intervalNs ||
          !warned.insert({from, to}).second)
        continue;
      model.emitWarning()
          << "a message from '" << problem.devices[from].name << "' to '"
          << problem.devices[to].name << "' takes " << formatTime(trip)
          << " there and back, and two are on their way at most: "
          << llvm::formatv("{0:F1} items/s", 1e9 * buffers * turns / trip).str()
          << ", less than the bottleneck allows";
      int64_t share = buffers * turns;
      NamedAttrList entry;
      entry.set("from", builder.getStringAttr(problem.devices[from].name));
      entry.set("to", builder.getStringAttr(problem.devices[to].name));
      entry.set("round_trip_ns", builder.getI64IntegerAttr(trip));
      entry.set("interval_ns",
                builder.getI64IntegerAttr(trip / share + (trip % share != 0)));
      limits.push_back(entry.getDictionary(model.getContext()));
    }
  }
  if (limits.empty())
    return;
  // The summary says so, too.
  auto module = model->getParentOfType<ModuleOp>();
  NamedAttrList certainty;
  if (auto known = module->getAttrOfType<DictionaryAttr>(CertaintyAttrName))
    certainty.append(known.begin(), known.end());
  certainty.set("message_limits", builder.getArrayAttr(limits));
  module->setAttr(CertaintyAttrName,
                  certainty.getDictionary(model.getContext()));
}
