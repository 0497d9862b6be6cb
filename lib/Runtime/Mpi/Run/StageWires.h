//===- StageWires.h - The wires of one stage --------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Receives and sends of one rank, item by item, with two buffers for each
/// end of what a pair of stages has in common.
/// Only the thread that called MPI_Init uses this, but for the buffers of items
/// that have arrived or are not yet sent, which belong to the thread that
/// computes.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_STAGEWIRES_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_STAGEWIRES_H

#include "../Message.h"
#include "../Mpi.h"
#include "../Samples.h"
#include "../Transfer.h"
#include "EmulatedLinks.h"

#include "onnx-split/Plan/ExecutionPlan.h"

#include <functional>
#include <optional>

namespace onnx_split::runtime {

inline constexpr int Slots = 2;

/// The end of a group of wires where it is received.
struct InMessage {
  /// Index in the plan's groups.
  int group = 0;
  /// By wire of the group.
  std::vector<ONNXType> kinds;
  /// Where all sizes are known before.
  std::optional<MessageLayout> layout;
  MessageBuffer buffers[Slots];
  Transfer transfers[Slots];
  /// What is in `buffers`, by wire of the group: for good where sizes are known
  /// before, else from `unpack` to `release`.
  std::vector<Ort::Value> values[Slots];
  /// Local items of which the receive was posted, and which have arrived.
  int64_t posted = 0, arrived = 0;
  /// When it last came to wait for an item, or got one.
  int64_t since = 0;
  /// A message of open size was seen and is being received.
  bool matched = false;
  Samples transferNs;
  /// Bytes of the values of all that has arrived and counts.
  int64_t payloadBytes = 0;
};

class StageWires {
public:
  StageWires(const ExecutionPlan &executed, int rank, MPI_Comm communicator,
             int64_t items, Emulation emulation)
      : plan(executed), role(executed.roles[rank]), comm(communicator),
        localItems(items), links(executed, emulation) {}
  StageWires(const StageWires &) = delete;
  StageWires &operator=(const StageWires &) = delete;

  /// Allocates the buffers; `session` is the part, which must take and give
  /// what the plan says.
  llvm::Error prepare(Session &session);

  /// The number, in the whole run, of a local item.
  int64_t globalItem(int64_t local) const {
    return role.replica + local * plan.stages[role.stage].countDevices();
  }

  /// Makes values of what has arrived for a local item, and drops those that do
  /// not last.
  llvm::Error unpack(int64_t local);
  void release(int64_t local);
  /// Where an output of the part, by its number, is to be computed into; null
  /// where that is open, or where no wire takes it.
  const Ort::Value *viewOf(size_t port, int64_t local) const;
  /// Copies all outputs of the part, as computed, to where they are sent from.
  llvm::Error pack(llvm::ArrayRef<Ort::Value> results, int64_t local);

  /// Posts receives up to local item `end`, exclusively.
  void post(int64_t end);
  /// Starts the sends of a local item, whose buffers are filled.
  void send(int64_t local, int64_t clockOffset);
  /// Looks after everything under way. True if something ended; an error where
  /// a message is not what was due.
  llvm::Expected<bool> progress(int64_t clockOffset);

  /// Local items of which everything has arrived, or has been sent.
  int64_t countArrived() const;
  int64_t countSent() const;
  bool isSending() const;
  /// When something is to be done even if nothing comes, on the host's clock.
  int64_t nextDeadline() const;
  /// The group of an input that has waited for longer than `ns`, or of an
  /// output for longer than `ns` + 2 s, so that of both ends of what has
  /// stalled one speaks; -1 if none has. `since` is when it last moved.
  int findStalled(int64_t ns, int64_t &since) const;
  /// The group of the input that has waited longest, or -1.
  int findAwaited() const;
  /// Messages of MPI's that were sent; a long one of ours is several.
  int64_t countMessages() const;

  /// Called for each message with its group, item, and when it was sent and
  /// arrived, on the clock of rank 0.
  std::function<void(int, int64_t, int64_t, int64_t)> onReceive;
  /// The first local item whose messages count in the figures.
  int64_t firstCounted = 0;

  llvm::ArrayRef<InMessage> getInputs() const { return inputs; }

private:
  /// The end of a group of wires where it is sent.
  struct OutMessage {
    int group = 0;
    /// By wire of the group: the number of the output, its name, and whether
    /// the part computes it into this message. One that several stages take is
    /// in several messages.
    std::vector<size_t> ports;
    std::vector<llvm::StringRef> names;
    std::vector<bool> inPlace;
    /// Where all sizes are known before.
    std::optional<MessageLayout> layout;
    MessageBuffer buffers[Slots];
    /// Of header and table, in each.
    size_t frontBytes[Slots] = {};
    /// Local items of which the send has begun, and has ended.
    int64_t started = 0, sent = 0;
    int64_t since[Slots] = {};
    /// When a message is to be handed to MPI, and when it counts as sent after
    /// that: both at once but on emulated links. Those of the second are 0
    /// until the receiver has taken it.
    int64_t handOver[Slots] = {}, answer[Slots] = {};
    /// Local items that were handed to MPI.
    int64_t handed = 0;
    Transfer transfers[Slots];
  };
  int rankOf(int64_t index, int64_t item) const {
    const ExecutionPlan::Stage &stage = plan.stages[index];
    return int(stage.rankOf(item % stage.countDevices()));
  }
  llvm::Error prepareInput(Session &session, int group);
  llvm::Error prepareOutput(Session &session, int group);
  llvm::Error placeOutput(OutMessage &out, llvm::ArrayRef<const Port *> ports);
  llvm::Expected<bool> progressInput(InMessage &input, int64_t clockOffset);
  bool handOverDue(OutMessage &out);
  llvm::Expected<bool> progressOutput(OutMessage &out);
  Route routeTo(int index, int64_t stage, int64_t item) const {
    return {rankOf(stage, item), plan.tagOf(plan.groups[index]), comm};
  }
  llvm::Error finishReceive(InMessage &input, int64_t clockOffset);
  llvm::Error wrongMessage(int group, const llvm::Twine &what) const;

  const ExecutionPlan &plan;
  const ExecutionPlan::Role role;
  MPI_Comm comm;
  const int64_t localItems;
  EmulatedLinks links;
  std::vector<InMessage> inputs;
  std::vector<OutMessage> outputs;
  /// By output of the part: null as `viewOf` says.
  std::vector<Ort::Value> views[Slots];
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_STAGEWIRES_H
