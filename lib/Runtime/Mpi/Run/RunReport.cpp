//===- RunReport.cpp - What a whole run measured --------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunReport.h"

#include "llvm/ADT/STLExtras.h"

using namespace onnx_split;
using namespace onnx_split::runtime;

/// How long ranks wait for each other at the end of a run.
static constexpr double GatherSeconds = 600;

llvm::StringRef runtime::nameOf(ArrivalKind kind) {
  return kind == ArrivalKind::Poisson ? "poisson" : "periodic";
}

/// When each item was due and ended in the last stage to end.
static void addTimes(const std::vector<std::vector<int64_t>> &dues,
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
        first[item] = dues[rank][local];
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

double runtime::predictTokenRate(const ExecutionPlan &plan, int64_t sequences) {
  return plan.roundTripNs > 0 ? 1e9 / double(plan.getIntervalNs(sequences)) : 0;
}

/// What was generated, as the rank of the first stage knows it.
static void addSequences(const StageRun &run, int64_t warmup,
                         RunReport &report) {
  const TokenSchedule &schedule = *run.getSchedule();
  int64_t start = warmup > 0 ? run.tokenTimes[warmup - 1] : run.getStart();
  for (const std::vector<int64_t> &tokens : schedule.generated())
    report.sequences.push_back({tokens, {}});
  for (size_t item = warmup; item < run.tokenTimes.size(); ++item)
    report.sequences[schedule.sequenceOf(int64_t(item))].timesNs.push_back(
        run.tokenTimes[item] - start);
  int64_t from = 0, until = INT64_MAX, count = 0;
  for (const RunReport::Sequence &sequence : report.sequences) {
    from = std::max(from, sequence.timesNs.front());
    until = std::min(until, sequence.timesNs.back());
  }
  report.promptsNs = from;
  for (const RunReport::Sequence &sequence : report.sequences)
    count += llvm::count_if(sequence.timesNs, [&](int64_t time) {
      return time > from && time <= until;
    });
  if (until > from)
    report.tokensPerSecond = double(count) * 1e9 / double(until - from);
}

/// Of each pair of stages what the receiver with most items measured: several
/// replicas may receive.
static void
addMessages(const std::vector<std::vector<MessageFigures>> &received,
            RunReport &report) {
  for (const std::vector<MessageFigures> &messages : received)
    for (auto [theirs, known] : llvm::zip(messages, report.messages))
      if (theirs.items > known.items)
        known = theirs;
}

/// The provider of a rank as text for another: its name, its nodes, and a line
/// for each operator that is computed elsewhere.
static std::string writeProvider(const StageRun &run) {
  if (run.getProvider().isCpu())
    return "";
  std::string text = run.getProvider().name;
  if (const std::optional<NodeAssignment> &assignment = run.getAssignment()) {
    text += "\n" + std::to_string(assignment->nodes);
    for (const auto &[name, count] : assignment->elsewhere)
      text += "\n" + std::to_string(count) + " " + name;
  }
  return text;
}

static void readProvider(llvm::StringRef text, RunReport::Rank &rank) {
  auto [name, rest] = text.split('\n');
  rank.provider = name.str();
  if (rest.empty())
    return;
  auto [nodes, lines] = rest.split('\n');
  nodes.getAsInteger(10, rank.assignment.emplace().nodes);
  while (!lines.empty()) {
    auto [line, others] = lines.split('\n');
    auto [count, op] = line.split(' ');
    count.getAsInteger(10, rank.assignment->elsewhere[op.str()]);
    lines = others;
  }
}

RunReport runtime::gatherReport(const ExecutionPlan &plan,
                                const RunOptions &options, StageRun &run,
                                MPI_Comm comm) {
  std::vector<MessageFigures> messages(plan.groups.size());
  for (const InMessage &input : run.getWires().getInputs())
    messages[input.group] = {
        input.transferNs.getCount(), input.transferNs.getMean(),
        input.transferNs.getMedian(),
        input.payloadBytes / std::max<int64_t>(1, input.transferNs.getCount())};
  auto figures = gatherFigures<StageFigures>(run.figures, comm);
  auto allMessages = gatherFigures<MessageFigures>(messages, comm);
  auto dues = gatherNumbers(run.dues, comm);
  auto ends = gatherNumbers(run.ends, comm);
  auto events = gatherFigures<TraceEvent>(run.trace, comm);
  auto providers = gatherTexts(writeProvider(run), comm, GatherSeconds);

  RunReport report;
  if (figures.empty())
    return report;
  int64_t warmup = options.warmup;
  report.items = options.items;
  if (run.getSchedule()) {
    warmup += options.sequences;
    report.items = run.getSchedule()->countKnown() - warmup;
    addSequences(run, options.warmup, report);
  }
  report.isOneHost =
      plan.countRanks() > 1 && countLocalRanks() == plan.countRanks();
  for (auto [role, own] : llvm::zip(plan.roles, figures)) {
    report.ranks.push_back({role, own.front()});
    report.lostItems += own.front().lostItems;
  }
  for (const auto &[text, rank] : llvm::zip(providers, report.ranks))
    readProvider(text, rank);
  report.messages.resize(plan.groups.size());
  addMessages(allMessages, report);
  addTimes(dues, ends, plan, warmup, report);
  report.trace = std::move(events);
  return report;
}
