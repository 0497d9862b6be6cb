//===- RunReport.h - Measured and predicted figures -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_RUNREPORT_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_RUNREPORT_H

#include "StageRun.h"

namespace onnx_split::runtime {

/// What the receiving end of a group of wires measured, from the hand-over of a
/// message to MPI to the arrival, waiting for earlier ones of the link
/// included.
struct MessageFigures {
  int64_t items = 0;
  int64_t meanNs = 0, medianNs = 0;
  /// Of the tensors of one item, the mean of what came.
  int64_t bytes = 0;

  /// 0 where nothing was received, or it took no time.
  double bitsPerSecond() const {
    return medianNs > 0 ? 8e9 * double(bytes) / double(medianNs) : 0;
  }
};

/// Figures of a whole run. Times in nanoseconds, sizes in bytes.
struct RunReport {
  struct Rank {
    ExecutionPlan::Role role;
    StageFigures figures;
    /// Empty for the CPU's; and what it took, where that is known.
    std::string provider = {};
    std::optional<NodeAssignment> assignment = {};
  };
  /// Without the warm-up or, where tokens are generated, the prompts.
  int64_t items = 0, elapsedNs = 0;
  /// There are several ranks, and all of them on one host.
  bool isOneHost = false;
  double itemsPerSecond = 0;
  /// Mean time between two items, 1 / itemsPerSecond.
  int64_t bottleneckNs = 0;
  /// Items that came while the others were measured, and found no room.
  int64_t lostItems = 0;
  /// From when an item was due to the end of the last stage. Without a rate, it
  /// is due when the first stage begins.
  int64_t latencyP50 = 0, latencyP95 = 0, latencyP99 = 0;
  std::vector<Rank> ranks;
  /// By group of the plan.
  std::vector<MessageFigures> messages;
  /// Events by rank.
  std::vector<std::vector<TraceEvent>> trace;
  /// One that was generated, where any were.
  struct Sequence {
    std::vector<int64_t> tokens;
    /// When the first stage knew each, since the run began.
    std::vector<int64_t> timesNs;

    /// Without the first, which the prompt led to; 0 where there is none.
    double tokensPerSecond() const {
      int64_t ns = timesNs.empty() ? 0 : timesNs.back() - timesNs.front();
      return ns > 0 ? double(timesNs.size() - 1) * 1e9 / double(ns) : 0;
    }
  };
  std::vector<Sequence> sequences;
  /// Of all sequences together, from the last first token on to the first last
  /// one: while all of them ran. 0 where they never did.
  double tokensPerSecond = 0;
  /// From the beginning until every prompt had led to a token.
  int64_t promptsNs = 0;
};

/// What the plan says, at its extents, of the tokens/s of so many sequences
/// together; 0 where it does not know how long a token takes from end to end.
double predictTokenRate(const ExecutionPlan &plan, int64_t sequences);

/// Brings the figures of all ranks to rank 0. Collective.
RunReport gatherReport(const ExecutionPlan &plan, const RunOptions &options,
                       StageRun &run, MPI_Comm comm);

/// "periodic" or "poisson".
llvm::StringRef nameOf(ArrivalKind kind);

/// The summary for people.
void printReport(const ExecutionPlan &plan, const RunOptions &options,
                 const RunReport &report, llvm::raw_ostream &os);

/// The same and more as JSON.
void writeReport(const ExecutionPlan &plan, const RunOptions &options,
                 const RunReport &report, llvm::raw_ostream &os);

/// Events in the trace format that Chrome and Perfetto show: a process for each
/// rank, a line for computing and one for each stage that it receives from.
/// Items from number `maxItems` on are left out.
void writeTrace(const ExecutionPlan &plan, const RunReport &report,
                llvm::raw_ostream &os, int64_t maxItems = INT64_MAX);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_RUNREPORT_H
