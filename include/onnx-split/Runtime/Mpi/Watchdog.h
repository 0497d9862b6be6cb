//===- Watchdog.h - Says how a process ended that cannot say it -*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A process that is killed prints nothing, and its peers only learn that it is
/// gone. So each rank leaves what it is doing in memory that it shares with a
/// child process, and the child says it when the rank ends without having
/// announced it. mpirun then ends the other ranks with SIGTERM, of which their
/// watchdogs keep silent.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_RUNTIME_MPI_WATCHDOG_H
#define ONNX_SPLIT_RUNTIME_MPI_WATCHDOG_H

#include "onnx-split/Plan/ExecutionPlan.h"

#include <atomic>

namespace onnx_split::runtime {

/// Starts the child; call it before MPI_Init, while there is one thread.
void startWatchdog(const ExecutionPlan *plan);

/// The process will end in order, or somebody else has said why it does not.
void quietWatchdog();

/// What the rank is doing, for the message. All figures are written and read
/// without locks.
struct Activity {
  std::atomic<int> rank{-1};
  std::atomic<int64_t> item{-1};
  /// Index of the wires that it waits for in the plan's groups, or -1.
  std::atomic<int> waitsFor{-1};
  std::atomic<bool> quiet{false};
};
/// That of this process; there is one, in memory shared with its watchdog.
Activity &getActivity();

/// "stage 1 on 'box'".
std::string describeRole(const ExecutionPlan &plan, int rank);
/// "wire 'w' (tensor 't') from stage 0 on 'cam' to stage 1 on 'box'".
std::string describeWire(const ExecutionPlan &plan, int wire);
/// The same for what travels together, as its first wire "and 2 others".
std::string describeGroup(const ExecutionPlan &plan, int group);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_MPI_WATCHDOG_H
