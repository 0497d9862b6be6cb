//===- EmulatedLinks.h - Links that take their time -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Links as a plan has them, on a machine that has none or cannot delay
/// packets. The sender keeps a message for as long as it would be on its way,
/// and then hands it over at once. As on a real link, a message that is under
/// way does not keep the next one from starting.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_EMULATEDLINKS_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_EMULATEDLINKS_H

#include "onnx-split/Plan/ExecutionPlan.h"
#include "onnx-split/Runtime/Mpi/RunPlan.h"

#include "llvm/ADT/StringMap.h"

namespace onnx_split::runtime {

/// The links from one rank to others. Those of another rank on the same device
/// are others, and a medium is none.
class EmulatedLinks {
public:
  EmulatedLinks(const ExecutionPlan &executed, Emulation emulated)
      : plan(executed), emulation(emulated) {}

  /// When a message of the group is to be handed over that goes to `device` and
  /// is ready at `now`: with Emulation::Links once the link was free for as
  /// long as the plan says that a message takes, in either case after the
  /// latency. Later calls give no earlier times for one group and device.
  int64_t handOver(int group, llvm::StringRef device, int64_t now);

  /// How long the receiver's answer is on its way: as long as the message.
  int64_t answerNs(int group) const {
    return emulation == Emulation::None ? 0 : plan.groups[group].latencyNs;
  }

private:
  const ExecutionPlan &plan;
  Emulation emulation;
  /// When the link to a device is free again.
  llvm::StringMap<int64_t> freeAt;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_EMULATEDLINKS_H
