//===- StageWires.h - The wires of one stage --------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Receives and sends of one rank, item by item, with two buffers for each end.
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

#include "onnx-split/Plan/ExecutionPlan.h"

#include <functional>

namespace onnx_split::runtime {

inline constexpr int Slots = 2;

/// The end of a wire where it is received.
struct InWire {
  int wire = 0;
  ONNXType kind = ONNX_TYPE_TENSOR;
  /// Payload where its size is known before; 0 elements are possible.
  bool fixed = false;
  size_t payloadBytes = 0;
  MessageBuffer buffers[Slots];
  Transfer transfers[Slots];
  /// Views of `buffers` where fixed.
  std::vector<Ort::Value> views;
  /// Local items of which the receive was posted, and which have arrived.
  int64_t posted = 0, arrived = 0;
  /// When it last came to wait for an item, or got one.
  int64_t since = 0;
  /// A message of open size was seen and is being received.
  bool matched = false;
  Samples transferNs;
};

/// An output of the part and the wires that it goes to.
struct OutTensor {
  std::string name;
  bool fixed = false;
  ONNXTensorElementDataType elementType =
      ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  std::vector<int64_t> dims;
  size_t payloadBytes = 0;
  std::vector<int> wires;
  MessageBuffer buffers[Slots];
  std::vector<Ort::Value> views;
};

class StageWires {
public:
  StageWires(const ExecutionPlan &executed, int rank, MPI_Comm communicator,
             int64_t items)
      : plan(executed), role(executed.roles[rank]), comm(communicator),
        localItems(items) {}
  StageWires(const StageWires &) = delete;
  StageWires &operator=(const StageWires &) = delete;

  /// Allocates the buffers; `session` is the part, which must take and give
  /// what the plan says.
  llvm::Error prepare(Session &session);

  /// The number, in the whole run, of a local item.
  int64_t globalItem(int64_t local) const {
    return role.replica + local * plan.stages[role.stage].countDevices();
  }

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
  /// An input wire that has waited for longer than `ns`, or an output wire for
  /// longer than `ns` + 2 s, so that of both ends of a stalled wire one speaks;
  /// -1 if none has. `since` is when it last moved.
  int findStalled(int64_t ns, int64_t &since) const;
  /// The input wire that has waited longest, or -1.
  int findAwaited() const;

  /// Called for each message with its wire, item, and when it was sent and
  /// arrived, on the clock of rank 0.
  std::function<void(int, int64_t, int64_t, int64_t)> onReceive;

  std::vector<InWire> &getInputs() { return inputs; }
  std::vector<OutTensor> &getOutputs() { return outputs; }

private:
  struct OutWire {
    int wire = 0;
    size_t tensor = 0;
    /// Local items of which the send has begun, and has ended.
    int64_t started = 0, sent = 0;
    int64_t since[Slots] = {};
    Transfer transfers[Slots];
  };
  int rankOf(int64_t index, int64_t item) const {
    const ExecutionPlan::Stage &stage = plan.stages[index];
    return int(stage.rankOf(item % stage.countDevices()));
  }
  llvm::Error prepareInput(Session &session, int wire);
  llvm::Error prepareOutput(Session &session, int wire);
  llvm::Expected<bool> progressInput(InWire &input, int64_t clockOffset);
  llvm::Expected<bool> progressOutput(OutWire &out);
  llvm::Error finishReceive(InWire &input, int64_t clockOffset);
  llvm::Error wrongMessage(const InWire &input, const llvm::Twine &what) const;

  const ExecutionPlan &plan;
  const ExecutionPlan::Role role;
  MPI_Comm comm;
  const int64_t localItems;
  std::vector<InWire> inputs;
  std::vector<OutTensor> outputs;
  std::vector<OutWire> outWires;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_STAGEWIRES_H
