//===- Problem.h - The partition-placement problem --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The partition-placement problem as flat arrays: tasks in a topological
/// order, the tensors between them, weights, devices and links. It knows
/// neither MLIR nor ONNX, so that solvers can be tested against brute force.
///
/// Units: times are integer nanoseconds, sizes are bytes, link rates are bits
/// per second. `Unlimited` stands for "no limit" (memory, rate) and, in a time,
/// for "impossible".
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PLACEMENT_PROBLEM_H
#define ONNX_SPLIT_PLACEMENT_PROBLEM_H

#include "onnx-split/Support/Network.h"
#include "onnx-split/Support/Quantity/Format.h"
#include "onnx-split/Support/SharedVector.h"

#include <cstdint>
#include <string>
#include <vector>

namespace onnx_split::placement {

using onnx_split::Link;
using onnx_split::Medium;
using onnx_split::None;
using onnx_split::Unlimited;

/// An activation: what one task makes and others read. Weights are no tensors.
struct Tensor {
  /// For messages only.
  std::string name;
  /// The task that makes it, or None for an input of the model.
  int32_t producer = None;
  /// The tasks that read it, ascending, each once.
  std::vector<int32_t> consumers;
  /// Size in memory, in bytes. A tensor of unknown size has its lower bound
  /// here, and `canCut` only if the user says where to cut.
  int64_t bytes = 0;
  /// Bytes that a message with it has, where its size depends on data and
  /// memory must have room for the largest; -1: as many as in memory.
  int64_t messageBytes = -1;
  int64_t sent() const { return messageBytes < 0 ? bytes : messageBytes; }
  /// False where the tensor must not cross devices: its type cannot be sent,
  /// its size is not known, it is inside a quantised operator, or the user said
  /// so. All its readers then share the stage of its producer. An input of the
  /// model ignores it.
  bool canCut = true;
  /// True where the user demands that it crosses: no reader may share the stage
  /// of its producer.
  bool mustCut = false;
  /// True for an output of the model.
  bool isOutput = false;
  /// The tensor whose storage it shares (Reshape and the like), or None. The
  /// alias's producer reads that tensor.
  int32_t aliasOf = None;
};

/// A weight: bytes that each device which runs one of its readers holds once.
struct Weight {
  std::string name;
  int64_t bytes = 0;
  /// It holds what one item leaves to the next of its sequence. Counts alike;
  /// reports tell it apart.
  bool isState = false;
};

/// What runs as a whole on one device: a node of a model, or several that must
/// stay together.
struct Task {
  /// For messages only.
  std::string name;
  /// Indices into Problem::weights, ascending, each once.
  std::vector<int32_t> weights;
  /// The device that the user wants, or None.
  int32_t pin = None;
  /// For messages only: why no device can run it, where somebody knows.
  std::string whyNowhere = {};
  /// It has state from item to item, so that its stage runs on one device
  /// alone.
  bool hasState = false;
};

/// What stages run on. Links are the network's.
struct Device {
  std::string name;
  /// Cap in bytes on weights + peak live activations + boundary buffers, and
  /// what the process of each stage takes before any model.
  int64_t memory = Unlimited;
  /// Row of Problem::taskTime: devices of one class compute equally fast.
  int32_t speedClass = 0;
  /// What a message takes of the device's time for computing, whether it sends
  /// or receives it: nanoseconds each, and picoseconds for each byte. The
  /// overheads o and O of the LogGOPS model (Hoefler, Schneider and Lumsdaine
  /// 2010, section 2).
  int64_t messageNs = 0;
  int64_t bytePs = 0;
  /// Bytes that the process of each stage takes beside the stage's own.
  int64_t runtimeBytes = 0;
  /// Bytes of weights that stay in fast memory from item to item; the others
  /// are read again for each item, at so many bytes per second. What is in
  /// there is decided by first fit of whole weights, in the order in which the
  /// device reads them; states are not part of it.
  int64_t weightCache = Unlimited;
  int64_t streamRate = Unlimited;
  /// True if weights can take time of their own.
  bool streams() const {
    return weightCache != Unlimited && streamRate != Unlimited;
  }
  /// What the cap leaves to the first stage; below 0 where nothing fits.
  int64_t room() const {
    return memory == Unlimited ? Unlimited : memory - runtimeBytes;
  }
};

/// What is to be placed, and on what. Its network carries no figure of a medium
/// but who shares it.
struct Problem : Networked<Problem> {
  /// In a topological order; "fixed order" means this one.
  std::vector<Task> tasks;
  std::vector<Tensor> tensors;
  std::vector<Weight> weights;
  std::vector<Device> devices;
  /// taskTime[c * tasks.size() + t]: nanoseconds of task t on a device of speed
  /// class c; Unlimited where it cannot run there. Shared by copies, for it can
  /// be by far the largest part of a problem.
  SharedVector<int64_t> taskTime;
  /// At most this many stages; 0: as many as there are devices, or any number
  /// where devices may be revisited.
  int32_t maxStages = 0;
  /// At least this many stages; 0 and 1: any number.
  int32_t minStages = 0;
  /// Sequences in flight, of which each has one item at a time: the next one
  /// needs what comes of it. 0: items do not wait for each other.
  int32_t sequences = 0;
  /// A device may hold several stages.
  bool revisit = false;
  /// A stage may run on several devices in turn.
  bool replicate = false;
  /// For messages only.
  ByteUnits byteUnits = ByteUnits::Iec;

  int64_t timeOf(int32_t task, int32_t device) const {
    return taskTime[static_cast<size_t>(devices[device].speedClass) *
                        tasks.size() +
                    task];
  }
  /// True if a message takes time of some device.
  bool hasOverheads() const;
  /// True if some device streams weights.
  bool hasStreams() const;

  /// Checks every invariant stated above (ranges, order, sizes of arrays,
  /// non-negative figures). Returns an empty string, or what is wrong.
  std::string check() const;
};

/// How long one message occupies the link, in nanoseconds, rounded up; 0
/// between a device and itself is the caller's business. Unlimited where there
/// is no link or the figure passes the range.
int64_t transferTime(const Link &link, int64_t bytes);

/// Time until one message is there: the same and the link's latency.
int64_t deliveryTime(const Link &link, int64_t bytes);

/// What the last stage tells the first for an item to follow: a token.
inline constexpr int64_t TokenBytes = 8;

/// Time until the next item of a sequence can begin after its predecessor has
/// ended on `last`: 0 where the first stage is there as well, else that of a
/// message of TokenBytes. Unlimited where there is no link.
int64_t returnTime(const Problem &problem, int32_t last, int32_t first);

/// The time between two items if the busiest resource takes `bottleneckNs` for
/// each, and an item is back at the first stage after `roundTripNs`: the larger
/// of the bottleneck and of the round trip over the sequences, rounded up.
int64_t intervalOf(const Problem &problem, int64_t bottleneckNs,
                   int64_t roundTripNs);

/// Time that a message takes from what the device computes, in nanoseconds,
/// rounded up; Unlimited if it passes the range.
int64_t messageOverhead(const Device &device, int64_t bytes);

/// Time that the device takes to stream so many bytes of weights, in
/// nanoseconds, rounded up; Unlimited if it passes the range.
int64_t streamTime(const Device &device, int64_t bytes);

/// Saturating addition of non-negative figures: Unlimited absorbs.
int64_t addSaturating(int64_t a, int64_t b);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_PLACEMENT_PROBLEM_H
