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
#include "StageWires.h"

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
};

/// Local items are those that this rank runs, counted from 0; others are
/// numbered over all replicas. Two threads share it; members say which has
/// what.
class StageRun {
public:
  StageRun(const ExecutionPlan &executed, const RunOptions &settings, int rank,
           MPI_Comm communicator);

  /// Loads the part, checks it against the plan, and makes inputs and buffers.
  llvm::Error prepare();

  /// Runs all items. `startNs` is when the first is due, on the clock of rank
  /// 0. An error ends the whole run.
  llvm::Error run(int64_t clockOffset, int64_t startNs);

  /// After an error: when what led to it began, on the clock of rank 0.
  int64_t getFailedSince() const { return failedSince; }

  /// Once prepared: what --dim may name of the model's inputs here.
  llvm::ArrayRef<std::string> getDimNames() const { return dimNames; }

  StageFigures figures;
  /// When each local item ended here and, in the first stage, when it was due:
  /// without a rate, when it began. On the clock of rank 0.
  std::vector<int64_t> dues, ends;
  std::vector<TraceEvent> trace;
  const StageWires &getWires() const { return wires; }

private:
  void compute();
  void awaitArrival(int64_t local);
  llvm::Error computeItem(int64_t local);
  llvm::Error bindInputs(Ort::IoBinding &binding, int64_t local);
  llvm::Error takeOutputs(const Ort::IoBinding &binding, int64_t local);
  llvm::Error communicate();
  llvm::Error stalled(int group) const;

  const ExecutionPlan &plan;
  const RunOptions &options;
  const ExecutionPlan::Role role;
  int64_t items = 0, localItems = 0, localWarmup = 0;
  int64_t clockOffset = 0, start = 0, failedSince = 0;
  std::optional<Session> session;
  std::vector<std::string> dimNames;
  StageWires wires;
  /// Inputs of the model that this part takes, by data set.
  std::vector<Values> given;
  std::vector<Ort::IoBinding> bindings;

  /// Shared with the computing thread. Counts of local items: all of whose
  /// inputs are there, that are computed, and that are sent.
  std::mutex mutex;
  std::condition_variable canCompute;
  /// Wakes the communicating thread.
  Waker waker;
  int64_t arrived = 0, computed = 0, sent = 0;
  bool stop = false;
  std::string failure;
  /// Of the communicating thread alone.
  std::vector<TraceEvent> received;
  /// Of the computing thread alone, until it ends.
  Samples computeNs, waitNs, sendWaitNs;
  /// Where the rank has the first stage and items have a rate.
  std::optional<ArrivalTimes> arrivals;
  std::optional<ArrivalQueue> queue;
  int64_t computeCpuNs = 0;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_STAGERUN_H
