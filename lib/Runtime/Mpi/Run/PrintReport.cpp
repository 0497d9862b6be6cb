//===- PrintReport.cpp - A run for people ---------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunReport.h"

#include "onnx-split/Runtime/Mpi/Watchdog.h"
#include "onnx-split/Support/Counted.h"
#include "onnx-split/Support/Quantity/Format.h"
#include "onnx-split/Support/Table.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace onnx_split;
using namespace onnx_split::runtime;

/// "+3 %": how far the measured figure is from the predicted one.
static std::string apart(int64_t predicted, int64_t measured) {
  if (predicted <= 0 || measured <= 0)
    return "-";
  double ratio = 100.0 * double(measured - predicted) / double(predicted);
  return llvm::formatv("{0}{1:F0} %", ratio >= 0 ? "+" : "", ratio).str();
}

static void printStages(const ExecutionPlan &plan, const RunReport &report,
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
                formatBytes(stage.memoryBytes(), plan.byteUnits()),
                formatBytes(figures.residentBytes, plan.byteUnits()) + ", " +
                    formatBytes(figures.baseBytes, plan.byteUnits()) +
                    " before loading"});
  }
  stages.print(os, {1, 8});
  for (auto [number, rank] : llvm::enumerate(report.ranks))
    if (rank.assignment && !rank.assignment->elsewhere.empty())
      os << describeRole(plan, int(number)) << ": "
         << rank.assignment->describe(rank.provider) << "\n";
}

static void printMessages(const ExecutionPlan &plan, const RunOptions &options,
                          const RunReport &report, llvm::raw_ostream &os) {
  if (plan.groups.empty())
    return;
  os << "\n";
  Table messages(
      {"from", "to", "tensors", "bytes", "predicted", "measured", "", "rate"});
  for (auto [group, figures] : llvm::zip(plan.groups, report.messages))
    messages.add({std::to_string(group.from), std::to_string(group.to),
                  std::to_string(group.wires.size()),
                  formatBytes(figures.bytes, plan.byteUnits()),
                  formatTime(group.deliveryNs()), formatTime(figures.medianNs),
                  apart(group.deliveryNs(), figures.medianNs),
                  figures.medianNs > 0
                      ? formatBitRate(int64_t(figures.bitsPerSecond()))
                      : "-"});
  messages.print(os, {});
  if (options.emulate == Emulation::Links)
    os << "links are emulated: senders kept messages for the times of the "
          "plan\n";
  else if (report.isOneHost)
    os << "all ranks are on this host: transfers took what its memory takes, "
          "not what the links would\n";
}

/// How items came, where they had a rate.
static void printArrivals(const RunOptions &options, const RunReport &report,
                          llvm::raw_ostream &os) {
  if (options.rate <= 0)
    return;
  os << llvm::formatv("arrivals     {0}, {1:F2} items/s",
                      nameOf(options.arrivals), options.rate);
  if (options.queue)
    os << ", of which " << *options.queue << " may wait: " << report.lostItems
       << " of " << report.items + report.lostItems << " were lost";
  os << "\n";
}

/// The tokens of each sequence, and how fast they came.
static void printSequences(const ExecutionPlan &plan, const RunOptions &options,
                           const RunReport &report, llvm::raw_ostream &os) {
  os << "\n";
  int64_t prompts = 0, tokens = 0;
  for (auto [index, sequence] : llvm::enumerate(report.sequences)) {
    os << "sequence " << index << "  ";
    llvm::interleave(sequence.tokens, os, " ");
    os << "\n";
    prompts += int64_t(options.generation.promptOf(index).size());
    tokens += int64_t(sequence.tokens.size());
  }
  std::vector<int64_t> firsts;
  std::vector<double> rates;
  for (const RunReport::Sequence &sequence : report.sequences) {
    firsts.push_back(sequence.timesNs.front());
    rates.push_back(sequence.tokensPerSecond());
  }
  llvm::sort(firsts);
  llvm::sort(rates);
  os << "first token  " << formatTime(percentile(firsts, 50))
     << (firsts.size() > 1 ? " median, " + formatTime(firsts.back()) + " last"
                           : "")
     << " after the start\n"
     << llvm::formatv("prompts      {0}, {1:F2} tokens/s\n",
                      counted(prompts, "token"),
                      double(prompts) * 1e9 /
                          double(std::max<int64_t>(1, report.promptsNs)));
  os << llvm::formatv("decoding     {0:F2} tokens/s measured",
                      report.tokensPerSecond);
  double predicted = predictTokenRate(plan, options.sequences);
  if (predicted > 0)
    os << llvm::formatv(", {0:F2} predicted at the extents of the plan",
                        predicted);
  if (report.sequences.size() > 1)
    os << llvm::formatv("; of all sequences, of one {0:F2} at the median",
                        rates[rates.size() / 2]);
  os << "\ntokens       " << tokens << " generated\n";
}

void runtime::printReport(const ExecutionPlan &plan, const RunOptions &options,
                          const RunReport &report, llvm::raw_ostream &os) {
  printStages(plan, report, os);
  printMessages(plan, options, report, os);
  if (!report.sequences.empty()) {
    printSequences(plan, options, report, os);
    return;
  }
  os << llvm::formatv("\nthroughput   {0:F2} items/s measured, ",
                      report.itemsPerSecond);
  if (plan.bottleneckNs > 0)
    os << llvm::formatv("{0:F2} predicted", 1e9 / double(plan.bottleneckNs));
  else
    os << "without limit predicted";
  os << "\nbottleneck   " << formatTime(report.bottleneckNs) << " measured, "
     << formatTime(plan.bottleneckNs) << " predicted ("
     << apart(plan.bottleneckNs, report.bottleneckNs) << ")\n";
  printArrivals(options, report, os);
  os << "latency      " << formatTime(report.latencyP50) << " median, "
     << formatTime(report.latencyP95) << " of 95 %, "
     << formatTime(report.latencyP99) << " of 99 %; "
     << formatTime(plan.latencyNs) << " predicted for one item alone"
     << (options.rate > 0 ? "; measured from when an item was due" : "")
     << "\nitems        " << report.items << " in order, none lost or twice"
     << (options.queue ? " on their way" : "") << "\n";
}
