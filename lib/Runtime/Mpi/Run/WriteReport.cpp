//===- WriteReport.cpp - A run for scripts and trace viewers --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunReport.h"

#include "onnx-split/Runtime/Library.h"
#include "onnx-split/Runtime/Mpi/Watchdog.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"

using namespace onnx_split;
using namespace onnx_split::runtime;

/// What the plan says beside what was found.
static void writePair(llvm::StringRef key, int64_t predicted, int64_t measured,
                      llvm::json::OStream &json) {
  json.attributeObject(key, [&] {
    json.attribute("predicted", predicted);
    json.attribute("measured", measured);
  });
}

static void writeTotals(const ExecutionPlan &plan, const RunReport &report,
                        llvm::json::OStream &json) {
  json.attribute("seconds", double(report.elapsedNs) / 1e9);
  json.attribute("items_per_s", report.itemsPerSecond);
  writePair("bottleneck_ns", plan.bottleneckNs, report.bottleneckNs, json);
  json.attributeObject("rate_per_s", [&] {
    json.attribute("predicted", plan.bottleneckNs > 0
                                    ? 1e9 / double(plan.bottleneckNs)
                                    : 0.0);
    json.attribute("measured", report.itemsPerSecond);
  });
  json.attributeObject("latency_ns", [&] {
    json.attribute("predicted", plan.latencyNs);
    json.attribute("p50", report.latencyP50);
    json.attribute("p95", report.latencyP95);
    json.attribute("p99", report.latencyP99);
  });
}

/// How items came, where they had a rate; `queue` and `lost` where they could
/// be lost.
static void writeArrivals(const RunOptions &options, const RunReport &report,
                          llvm::json::OStream &json) {
  if (options.rate <= 0)
    return;
  json.attributeObject("arrivals", [&] {
    json.attribute("kind", nameOf(options.arrivals));
    json.attribute("rate_per_s", options.rate);
    if (options.arrivals == ArrivalKind::Poisson)
      json.attribute("seed", options.arrivalSeed);
    if (!options.queue)
      return;
    json.attribute("queue", *options.queue);
    json.attribute("lost", report.lostItems);
  });
}

/// What was generated; times in nanoseconds since the run began.
static void writeSequences(const ExecutionPlan &plan, const RunOptions &options,
                           const RunReport &report, llvm::json::OStream &json) {
  auto list = [&](llvm::StringRef key, llvm::ArrayRef<int64_t> numbers) {
    json.attributeArray(key, [&] {
      for (int64_t number : numbers)
        json.value(number);
    });
  };
  json.attributeObject("tokens_per_s", [&] {
    if (double predicted = predictTokenRate(plan, options.sequences))
      json.attribute("predicted", predicted);
    json.attribute("measured", report.tokensPerSecond);
  });
  json.attribute("prompts_ns", report.promptsNs);
  json.attributeArray("sequences", [&] {
    for (auto [index, sequence] : llvm::enumerate(report.sequences))
      json.object([&, &sequence = sequence, index = index] {
        json.attribute("prompt_tokens",
                       int64_t(options.generation.promptOf(index).size()));
        list("tokens", sequence.tokens);
        list("times_ns", sequence.timesNs);
        json.attribute("tokens_per_s", sequence.tokensPerSecond());
      });
  });
}

/// One rank: a stage, or a replica of one, so that an index may come again.
static void writeRank(int64_t number, const RunReport::Rank &rank,
                      const ExecutionPlan &plan, llvm::json::OStream &json) {
  const ExecutionPlan::Stage &stage = plan.stages[rank.role.stage];
  const StageFigures &figures = rank.figures;
  json.attribute("index", rank.role.stage);
  json.attribute("device", plan.deviceOf(rank.role));
  json.attribute("rank", number);
  writePair("compute_ns", stage.computeNs, figures.computeNs, json);
  json.attribute("cpu_ns", figures.computeCpuNs);
  json.attribute("transfer_cpu_ns", figures.communicationCpuNs);
  json.attribute("wait_ns", figures.waitNs);
  json.attribute("send_ns", figures.sendWaitNs);
  json.attribute("resident_bytes", figures.residentBytes);
  json.attribute("base_bytes", figures.baseBytes);
  json.attribute("plan_bytes", stage.memoryBytes());
  json.attribute("messages_sent", figures.messagesSent);
  if (figures.stateBytes > 0)
    writePair("state_bytes", stage.stateBytes, figures.stateBytes, json);
  if (!rank.provider.empty())
    json.attribute("provider", rank.provider);
  if (!rank.assignment || rank.assignment->nodes == 0)
    return;
  json.attribute("provider_nodes",
                 rank.assignment->nodes - rank.assignment->countElsewhere());
  json.attributeObject("other_nodes", [&] {
    for (const auto &[name, count] : rank.assignment->elsewhere)
      json.attribute(name, count);
  });
}

/// The wires of a pair of stages, by their tags.
static void writeMessage(const ExecutionPlan::WireGroup &group,
                         const MessageFigures &figures,
                         const ExecutionPlan &plan, llvm::json::OStream &json) {
  json.attribute("from", group.from);
  json.attribute("to", group.to);
  json.attributeArray("wires", [&] {
    for (int wire : group.wires)
      json.value(plan.wires[wire].tag);
  });
  writePair("bytes", group.bytes, figures.bytes, json);
  writePair("time_ns", group.deliveryNs(), figures.medianNs, json);
  json.attribute("mean_ns", figures.meanNs);
  json.attribute("bits_per_second", figures.bitsPerSecond());
}

void runtime::writeReport(const ExecutionPlan &plan, const RunOptions &options,
                          const RunReport &report, llvm::raw_ostream &os) {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("version", 2);
    json.attribute("plan", options.plan);
    json.attribute("plan_digest", plan.digest);
    json.attribute("runtime", "onnxruntime " + getRuntimeVersion());
    json.attribute("items", report.items);
    json.attribute("warmup", options.warmup);
    json.attribute("threads", options.threads);
    json.attribute("one_host", report.isOneHost);
    if (options.emulate != Emulation::None)
      json.attribute("emulate",
                     options.emulate == Emulation::Links ? "links" : "latency");
    writeArrivals(options, report, json);
    writeTotals(plan, report, json);
    if (!report.sequences.empty())
      writeSequences(plan, options, report, json);
    json.attributeArray("stages", [&] {
      for (size_t rank = 0; rank < report.ranks.size(); ++rank)
        json.object([&] { writeRank(rank, report.ranks[rank], plan, json); });
    });
    json.attributeArray("messages", [&] {
      for (const auto &[group, figures] :
           llvm::zip(plan.groups, report.messages))
        json.object([&, &group = group, &figures = figures] {
          writeMessage(group, figures, plan, json);
        });
    });
  });
  os << "\n";
}

void runtime::writeTrace(const ExecutionPlan &plan, const RunReport &report,
                         llvm::raw_ostream &os, int64_t maxItems) {
  int64_t origin = INT64_MAX;
  for (const auto &events : report.trace)
    for (const TraceEvent &event : events)
      origin = std::min(origin, event.beginNs);
  llvm::json::OStream json(os);
  // Microseconds, as the format wants.
  auto micro = [&](int64_t ns) { return double(ns) / 1000; };
  json.object([&] {
    json.attribute("displayTimeUnit", "ms");
    json.attributeArray("traceEvents", [&] {
      for (auto [rank, events] : llvm::enumerate(report.trace)) {
        auto process = int64_t(rank);
        json.object([&] {
          json.attribute("name", "process_name");
          json.attribute("ph", "M");
          json.attribute("pid", process);
          json.attributeObject("args", [&] {
            json.attribute("name", describeRole(plan, int(process)));
          });
        });
        for (const TraceEvent &event :
             llvm::make_filter_range(events, [&](const TraceEvent &candidate) {
               return candidate.item < maxItems;
             }))
          json.object([&] {
            bool computes = event.kind == TraceEvent::Compute;
            json.attribute(
                "name",
                "item " + std::to_string(event.item) +
                    (computes
                         ? ""
                         : " from stage " +
                               std::to_string(plan.groups[event.group].from)));
            json.attribute("cat", computes ? "compute" : "receive");
            json.attribute("ph", "X");
            json.attribute("pid", process);
            json.attribute("tid", computes ? 0 : event.group + 1);
            json.attribute("ts", micro(event.beginNs - origin));
            json.attribute("dur", micro(event.endNs - event.beginNs));
          });
      }
    });
  });
  os << "\n";
}
