//===- RunReport.cpp - What a run measured, beside what the plan predicts -===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "RunReport.h"

#include "onnx-split/Runtime/Mpi/Watchdog.h"
#include "onnx-split/Support/Quantity/Format.h"
#include "onnx-split/Support/Table.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace onnx_split;
using namespace onnx_split::runtime;

//===----------------------------------------------------------------------===//
// Gathering
//===----------------------------------------------------------------------===//

/// When each item began in the first stage and ended in the last one to end.
static void addTimes(const std::vector<std::vector<int64_t>> &begins,
                     const std::vector<std::vector<int64_t>> &ends,
                     const ExecutionPlan &plan, int64_t warmup,
                     RunReport &report) {
  int64_t items = report.items + warmup;
  std::vector<int64_t> first(items, INT64_MAX), last(items, 0);
  for (auto [rank, role] : llvm::enumerate(plan.roles)) {
    int64_t replicas = plan.stages[role.stage].countDevices();
    for (auto [local, end] : llvm::enumerate(ends[rank])) {
      int64_t item = role.replica + int64_t(local) * replicas;
      last[item] = std::max(last[item], end);
      if (role.stage == 0)
        first[item] = begins[rank][local];
    }
  }
  std::vector<int64_t> latencies;
  for (int64_t item = warmup; item < items; ++item)
    latencies.push_back(last[item] - first[item]);
  llvm::sort(latencies);
  report.latencyP50 = percentile(latencies, 50);
  report.latencyP95 = percentile(latencies, 95);
  report.latencyP99 = percentile(latencies, 99);
  // From one item's end to another's, the pipeline being full.
  llvm::sort(last);
  int64_t from = warmup > 0 ? warmup - 1 : 0;
  report.elapsedNs = last.back() - last[from];
  int64_t between = items - 1 - from;
  if (report.elapsedNs > 0 && between > 0) {
    report.itemsPerSecond = double(between) * 1e9 / double(report.elapsedNs);
    report.bottleneckNs = report.elapsedNs / between;
  }
}

RunReport runtime::gatherReport(const ExecutionPlan &plan,
                                const RunOptions &options, StageRun &run,
                                MPI_Comm comm) {
  const StageFigures &own = run.figures;
  std::vector<int64_t> figures = {
      own.computeNs,  own.computeCpuNs,  own.communicationCpuNs, own.waitNs,
      own.sendWaitNs, own.residentBytes, own.baseBytes};
  const size_t fixed = figures.size();
  figures.resize(fixed + 3 * plan.wires.size());
  for (InWire &input : run.getWires().getInputs()) {
    int64_t *wire = &figures[fixed + 3 * size_t(input.wire)];
    wire[0] = input.transferNs.getCount();
    wire[1] = input.transferNs.getMean();
    wire[2] = input.transferNs.getMedian();
  }
  auto allFigures = gatherNumbers(figures, comm);
  auto begins = gatherNumbers(run.begins, comm);
  auto ends = gatherNumbers(run.ends, comm);
  std::vector<int64_t> events;
  for (const TraceEvent &event : run.trace)
    llvm::append_range(events, std::initializer_list<int64_t>{
                                   event.kind, event.item, event.wire,
                                   event.beginNs, event.endNs});
  auto allEvents = gatherNumbers(events, comm);

  RunReport report;
  if (allFigures.empty())
    return report;
  report.items = options.items;
  report.wires.resize(plan.wires.size());
  std::vector<int64_t> counts(plan.wires.size());
  for (auto [rank, numbers] : llvm::enumerate(allFigures)) {
    report.ranks.push_back({plan.roles[rank],
                            {numbers[0], numbers[1], numbers[2], numbers[3],
                             numbers[4], numbers[5], numbers[6]}});
    // Several replicas may receive a wire; the one with most items counts.
    for (size_t wire = 0; wire < plan.wires.size(); ++wire) {
      const int64_t *entry = &numbers[fixed + 3 * wire];
      if (entry[0] <= counts[wire])
        continue;
      counts[wire] = entry[0];
      report.wires[wire] = {entry[1], entry[2]};
    }
  }
  addTimes(begins, ends, plan, options.warmup, report);
  for (const std::vector<int64_t> &numbers : allEvents) {
    std::vector<TraceEvent> &trace = report.trace.emplace_back();
    for (size_t i = 0; i + 5 <= numbers.size(); i += 5)
      trace.push_back({TraceEvent::Kind(numbers[i]), numbers[i + 1],
                       numbers[i + 2], numbers[i + 3], numbers[i + 4]});
  }
  return report;
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

/// "+3 %": how far the measured figure is from the predicted one.
static std::string apart(int64_t predicted, int64_t measured) {
  if (predicted <= 0 || measured <= 0)
    return "-";
  double ratio = 100.0 * double(measured - predicted) / double(predicted);
  return llvm::formatv("{0}{1:F0} %", ratio >= 0 ? "+" : "", ratio).str();
}

void runtime::printReport(const ExecutionPlan &plan, const RunReport &report,
                          llvm::raw_ostream &os) {
  Table stages({"stage", "device", "predicted", "measured", "", "waits",
                "transfer CPU", "plan's memory", "resident"});
  for (const RunReport::Rank &rank : report.ranks) {
    const ExecutionPlan::Stage &stage = plan.stages[rank.role.stage];
    const StageFigures &figures = rank.figures;
    stages.add({std::to_string(rank.role.stage), plan.deviceOf(rank.role),
                formatTime(stage.computeNs), formatTime(figures.computeNs),
                apart(stage.computeNs, figures.computeNs),
                formatTime(figures.waitNs + figures.sendWaitNs),
                formatTime(figures.communicationCpuNs),
                formatBytes(stage.memoryBytes()),
                formatBytes(figures.residentBytes) + ", " +
                    formatBytes(figures.baseBytes) + " before loading"});
  }
  stages.print(os, {1, 8});
  if (!plan.wires.empty()) {
    os << "\n";
    Table wires(
        {"wire", "from", "to", "bytes", "predicted", "measured", "", "rate"});
    for (auto [wire, figures] : llvm::zip(plan.wires, report.wires))
      wires.add({std::to_string(wire.tag), std::to_string(wire.from),
                 std::to_string(wire.to), formatBytes(wire.bytes),
                 formatTime(wire.timeNs), formatTime(figures.medianNs),
                 apart(wire.timeNs, figures.medianNs),
                 figures.medianNs > 0
                     ? formatBitRate(int64_t(8e9 * double(wire.bytes) /
                                             double(figures.medianNs)))
                     : "-"});
    wires.print(os, {});
  }
  os << llvm::formatv("\nthroughput   {0:F2} items/s measured, ",
                      report.itemsPerSecond);
  if (plan.bottleneckNs > 0)
    os << llvm::formatv("{0:F2} predicted", 1e9 / double(plan.bottleneckNs));
  else
    os << "without limit predicted";
  os << "\nbottleneck   " << formatTime(report.bottleneckNs) << " measured, "
     << formatTime(plan.bottleneckNs) << " predicted ("
     << apart(plan.bottleneckNs, report.bottleneckNs) << ")\nlatency      "
     << formatTime(report.latencyP50) << " median, "
     << formatTime(report.latencyP95) << " of 95 %, "
     << formatTime(report.latencyP99) << " of 99 %; "
     << formatTime(plan.latencyNs)
     << " predicted for one item alone\nitems        " << report.items
     << " in order, none lost or twice\n";
}

void runtime::writeReport(const ExecutionPlan &plan, const RunOptions &options,
                          const RunReport &report, llvm::raw_ostream &os) {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  auto pair = [&](llvm::StringRef key, int64_t predicted, int64_t measured) {
    json.attributeObject(key, [&] {
      json.attribute("predicted", predicted);
      json.attribute("measured", measured);
    });
  };
  json.object([&] {
    json.attribute("version", 1);
    json.attribute("plan", options.plan);
    json.attribute("plan_digest", plan.digest);
    json.attribute("runtime", "onnxruntime " + getRuntimeVersion());
    json.attribute("items", report.items);
    json.attribute("warmup", options.warmup);
    json.attribute("threads", options.threads);
    json.attribute("seconds", double(report.elapsedNs) / 1e9);
    json.attribute("items_per_s", report.itemsPerSecond);
    pair("bottleneck_ns", plan.bottleneckNs, report.bottleneckNs);
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
    json.attributeArray("stages", [&] {
      for (auto [number, rank] : llvm::enumerate(report.ranks)) {
        const ExecutionPlan::Stage &stage = plan.stages[rank.role.stage];
        const StageFigures &figures = rank.figures;
        json.object([&, rankNumber = number, role = rank.role] {
          json.attribute("index", role.stage);
          json.attribute("device", plan.deviceOf(role));
          json.attribute("rank", int64_t(rankNumber));
          pair("compute_ns", stage.computeNs, figures.computeNs);
          json.attribute("cpu_ns", figures.computeCpuNs);
          json.attribute("transfer_cpu_ns", figures.communicationCpuNs);
          json.attribute("wait_ns", figures.waitNs);
          json.attribute("send_ns", figures.sendWaitNs);
          json.attribute("resident_bytes", figures.residentBytes);
          json.attribute("base_bytes", figures.baseBytes);
          json.attribute("plan_bytes", stage.memoryBytes());
        });
      }
    });
    json.attributeArray("wires", [&] {
      for (auto [wire, figures] : llvm::zip(plan.wires, report.wires)) {
        const ExecutionPlan::Wire &planned = wire;
        const RunReport::Wire &found = figures;
        json.object([&] {
          json.attribute("wire", llvm::json::fixUTF8(planned.name));
          json.attribute("from", planned.from);
          json.attribute("to", planned.to);
          json.attribute("bytes", planned.bytes);
          pair("time_ns", planned.timeNs, found.medianNs);
          json.attribute("mean_ns", found.meanNs);
          json.attribute("bits_per_second", found.medianNs > 0
                                                ? 8e9 * double(planned.bytes) /
                                                      double(found.medianNs)
                                                : 0.0);
        });
      }
    });
  });
  os << "\n";
}

void runtime::writeTrace(const ExecutionPlan &plan, const RunReport &report,
                         llvm::raw_ostream &os) {
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
        for (const TraceEvent &event : events)
          json.object([&] {
            bool computes = event.kind == TraceEvent::Compute;
            json.attribute(
                "name",
                "item " + std::to_string(event.item) +
                    (computes ? "" : ", wire " + plan.wires[event.wire].name));
            json.attribute("cat", computes ? "compute" : "receive");
            json.attribute("ph", "X");
            json.attribute("pid", process);
            json.attribute("tid", computes ? 0 : event.wire + 1);
            json.attribute("ts", micro(event.beginNs - origin));
            json.attribute("dur", micro(event.endNs - event.beginNs));
          });
      }
    });
  });
  os << "\n";
}
