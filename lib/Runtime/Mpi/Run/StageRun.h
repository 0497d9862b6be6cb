//===- StageRun.h - One rank of a run ---------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The part that a rank runs, its thread that computes, and the loop that
/// communicates.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_STAGERUN_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_STAGERUN_H

#include "../Waker.h"
#include "Arrivals.h"
#include "SequenceStates.h"
#include "StageWires.h"
#include "TokenSchedule.h"
#include "TokenWires.h"

#include "onnx-split/Runtime/Mpi/RunPlan.h"

#include <condition_variable>
#include <mutex>

namespace onnx_split::runtime {

/// One thing that took time, for the trace. Times are on the clock of rank 0.
struct TraceEvent {
  enum Kind : int64_t { Compute, Receive };
  /// `group` is of the plan's, where something was received.
  int64_t kind = Compute, item = 0, group = -1, beginNs = 0, endNs = 0;
};

/// What a rank measured; times are means for one item in nanoseconds.
struct StageFigures {
  int64_t computeNs = 0, computeCpuNs = 0, communicationCpuNs = 0;
  int64_t waitNs = 0, sendWaitNs = 0;
  int64_t residentBytes = 0, baseBytes = 0;
  /// In all, see StageWires.
  int64_t messagesSent = 0;
  /// Items that found no room in front of the first stage while others were
  /// measured.
  int64_t lostItems = 0;
  /// The most that was kept of sequences at one time.
  int64_t stateBytes = 0;
};

/// Local items are those that this rank runs, counted from 0; others are
/// numbered over all replicas. Two threads share it; members say which has
/// what.
class StageRun {
public:
  /// Wires and, where tokens are generated, these have communicators of their
  /// own.
  StageRun(const ExecutionPlan &executed, const RunOptions &settings, int rank,
           MPI_Comm ofWires, MPI_Comm ofTokens);

  /// Loads the part, checks it against the plan, and makes inputs and buffers.
  llvm::Error prepare();

  /// Runs all items. `startNs` is when the first is due, on the clock of rank
  /// 0. An error ends the whole run.
  llvm::Error run(int64_t clockOffset, int64_t startNs);

  /// After an error: when what led to it began, on the clock of rank 0.
  int64_t getFailedSince() const { return failedSince; }

  /// Once prepared: what computes the part, and what it took.
  const Provider &getProvider() const { return provider; }
  const std::optional<NodeAssignment> &getAssignment() const {
    return session->getAssignment();
  }

  /// Once prepared: what --dim may name of the model's inputs here.
  llvm::ArrayRef<std::string> getDimNames() const { return dimNames; }

  StageFigures figures;
  /// When each local item ended here and, in the first stage, when it was due:
  /// without a rate, when it began. On the clock of rank 0.
  std::vector<int64_t> dues, ends;
  std::vector<TraceEvent> trace;
  const StageWires &getWires() const { return wires; }
  /// Where tokens are generated: what was, and when each token was known here,
  /// by item, on the clock of rank 0.
  const TokenSchedule *getSchedule() const {
    return schedule ? &*schedule : nullptr;
  }
  std::vector<int64_t> tokenTimes;
  /// On the clock of rank 0.
  int64_t getStart() const { return start; }

private:
  void compute();
  void awaitArrival(int64_t local);
  llvm::Error computeItem(int64_t local);
  llvm::Error checkAssignment() const;
  llvm::Error makeGiven();
  llvm::Error bindInputs(Ort::IoBinding &binding, int64_t local);
  llvm::Error bindStep(Ort::IoBinding &binding, int64_t local);
  llvm::Error takeOutputs(const Ort::IoBinding &binding, int64_t local);
  llvm::Error saveOutputs(llvm::ArrayRef<Ort::Value> results, int64_t local);
  llvm::Error chooseToken(llvm::ArrayRef<Ort::Value> results, int64_t local);
  int64_t sequenceOf(int64_t local);
  bool awaitItem(int64_t local);
  llvm::Error communicate();
  llvm::Expected<bool> moveTokens(int64_t done);
  void learn(int64_t token);
  llvm::Error stalled(int group) const;

  const ExecutionPlan &plan;
  const RunOptions &options;
  const ExecutionPlan::Role role;
  /// Where tokens are generated, the most there can be until it is over.
  int64_t items = 0, localItems = 0;
  /// Local items before those that are measured: the warm-up, or the prompts.
  int64_t localWarmup = 0;
  int64_t clockOffset = 0, start = 0, failedSince = 0;
  Provider provider;
  std::optional<Session> session;
  std::vector<std::string> dimNames;
  StageWires wires;
  /// Inputs of the model that this part takes, by data set, but for those that
  /// are made for each step or kept.
  std::vector<Values> given;
  std::vector<Port> stepPorts;
  SequenceStates states;
  std::vector<Ort::IoBinding> bindings;

  /// Shared with the computing thread. Counts of local items: all of whose
  /// inputs are there, that are computed, and that are sent.
  std::mutex mutex;
  std::condition_variable canCompute;
  /// Wakes the communicating thread.
  Waker waker;
  int64_t arrived = 0, computed = 0, sent = 0;
  /// Where tokens are generated; and, in the part that gives the scores, the
  /// token of each computed item.
  std::optional<TokenSchedule> schedule;
  std::vector<int64_t> chosen;
  bool stop = false;
  std::string failure;
  /// Of the communicating thread alone.
  std::vector<TraceEvent> received;
  std::optional<TokenWires> tokenWires;
  /// When a token was last known, or the run began.
  int64_t lastToken = 0;
  /// Of the computing thread alone, until it ends.
  Samples computeNs, waitNs, sendWaitNs;
  /// Where the rank has the first stage and items have a rate.
  std::optional<ArrivalTimes> arrivals;
  std::optional<ArrivalQueue> queue;
  int64_t computeCpuNs = 0;
  /// By sequence, in the part that gives the scores; and the output of these.
  std::vector<TokenChoice> choices;
  size_t scores = 0;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_STAGERUN_H
