//===- RunPlan.h - Runs a plan over MPI -------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One process of MPI for each stage (and each replica of one). The main thread
/// does all communication and a second one computes, so that item n + 1 is
/// received and item n - 1 is sent while item n is computed: two buffers for
/// each end of a wire, as the plan's memory says.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_RUNTIME_MPI_RUNPLAN_H
#define ONNX_SPLIT_RUNTIME_MPI_RUNPLAN_H

#include "onnx-split/Plan/ExecutionPlan.h"
#include "onnx-split/Runtime/Decoder.h"
#include "onnx-split/Runtime/InputOptions.h"
#include "onnx-split/Runtime/Session.h"

namespace onnx_split::runtime {

/// How items come where they have a rate: with equal times between them, or
/// with exponential ones, as of many independent sources.
enum class ArrivalKind { Periodic, Poisson };

/// What senders do so that links take the times of the plan.
enum class Emulation {
  None,
  /// A message is handed over its latency later.
  Latency,
  /// One also waits for those before it on its link, and for its own time.
  Links
};

/// What to run, how often, and where results go.
struct RunOptions {
  /// plan.json, in the folder of the parts.
  std::string plan;
  /// Each is one data set: a folder, or NAME=FILE settings for one, or nothing,
  /// which is random values. Measured item i takes set i mod their number,
  /// which is one at least.
  std::vector<InputOptions> inputs;
  /// Items that are measured, and those before them. Where tokens are
  /// generated, the most there can be, and 0.
  int64_t items = 100, warmup = 10;
  /// Items are of so many sequences; a stage keeps states for each.
  int64_t sequences = 1;
  Generation generation;
  /// Items/s that come, whether or not the first stage can take them; 0: it
  /// starts the next as soon as it can.
  double rate = 0;
  ArrivalKind arrivals = ArrivalKind::Periodic;
  /// Of the times of ArrivalKind::Poisson.
  uint64_t arrivalSeed = 0;
  /// How many may wait in front of the first stage, which then is on one device
  /// alone; a further one is lost. Nothing: any number may.
  std::optional<int64_t> queue;
  /// Threads of ONNX Runtime; 0: the cores of the host divided by its ranks.
  unsigned threads = 0;
  Optimise optimise = Optimise::All;
  /// By device, in place of what the plan says; "" for all others.
  std::map<std::string, Provider> providers;
  /// A provider has to take all nodes of its part.
  bool strictProviders = false;
  Emulation emulate = Emulation::None;
  /// Without any progress on a wire for that long, the run ends.
  double timeoutSeconds = 60;
  /// A folder for `item_I/output_K.pb`, or .npy, of the measured items.
  std::string saveOutputs;
  bool saveAsNumpy = false;
  /// Where to write the figures as JSON, and a trace; nowhere if empty.
  std::string jsonFile, traceFile;
  /// Where to write a page with both, plan.json and the report.json beside it;
  /// nowhere if empty.
  std::string pageFile;
  bool keepsTrace() const { return !traceFile.empty() || !pageFile.empty(); }
  /// A line on standard error each second.
  bool progress = false;
};

/// Runs the plan in the process's role. All ranks call it between MPI_Init and
/// MPI_Finalize. Rank 0 prints the figures. Returns the exit status; what goes
/// wrong before the first item is printed once, by rank 0, and what goes wrong
/// later ends all processes, after one message of the rank that noticed it.
int runPlan(const ExecutionPlan &plan, const RunOptions &options);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_MPI_RUNPLAN_H
