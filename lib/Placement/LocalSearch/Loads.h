//===- Loads.h - Figures of a plan that changes -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Exact incremental evaluation: a plan, and all that evaluate() would say of
/// it, kept up to date while tasks move between stages and stages between
/// devices. Every operation can be undone.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_LOCALSEARCH_LOADS_H
#define ONNX_SPLIT_LIB_PLACEMENT_LOCALSEARCH_LOADS_H

#include "../Tables/LiveStorage.h"

#include "onnx-split/Placement/Placement.h"

#include <numeric>
#include <unordered_map>

namespace onnx_split::placement {

class Loads {
public:
  struct LinkSlot {
    int32_t from, to;
    Wide ns;
    /// Messages; at 0 the slot is given up.
    int64_t messages;
  };

  explicit Loads(const Problem &problem);

  /// Starts anew from a placement without replicas whose indices are valid.
  /// Nothing before can be undone.
  void assign(const Placement &placement);
  /// The plan; stages without tasks are left out.
  Placement placement() const;

  // Operations. Each costs what it touches: the tensors of the tasks that move.
  void moveTask(int32_t task, int32_t stage);
  void setDevice(int32_t stage, int32_t device);
  /// A new stage without tasks, before the one that is at the position now.
  int32_t insertStage(int32_t position, int32_t device);
  /// The stage must have no tasks.
  void removeStage(int32_t stage);

  /// Undoes all that was done since mark() gave this value.
  size_t mark() const { return journal.size(); }
  void undo(size_t mark);

  // The plan. Stages keep their numbers; positions follow the order.
  const Problem &problem() const { return p; }
  const std::vector<int32_t> &order() const { return stageOrder; }
  int32_t positionOf(int32_t stage) const { return positions[stage]; }
  int32_t stageOf(int32_t task) const { return stages[task]; }
  int32_t deviceOf(int32_t stage) const { return devices[stage]; }
  /// Ascending.
  const std::vector<int32_t> &tasksOf(int32_t stage) const {
    return tasks[stage];
  }
  const std::vector<int32_t> &stagesOn(int32_t device) const {
    return onDevice[device];
  }
  Slice<int32_t> madeBy(int32_t task) const { return graph.madeBy(task); }
  Slice<int32_t> readBy(int32_t task) const { return graph.readBy(task); }

  // Its figures.
  Wide compute(int32_t device) {
    stream();
    return computeNs[device] + streamNs[device];
  }
  const std::vector<LinkSlot> &links() const { return slots; }
  Wide medium(int32_t medium) const { return mediaNs[medium]; }
  int64_t numDevices() const {
    return static_cast<int64_t>(stageOrder.size()) - doubled;
  }
  /// Pairs of a tensor and a stage that receives it. O(messages).
  int64_t numWires() const;
  /// Constraints violated, memory aside: 0 where the plan is feasible, provided
  /// that excessBytes() is 0.
  int64_t numBroken() const;
  /// Memory over the caps, all devices together.
  Wide excessBytes();
  /// On all devices, each weight once on each.
  Wide allWeightBytes() const {
    return std::accumulate(weightBytes.begin(), weightBytes.end(), Wide(0));
  }
  /// Memory that the stages of a device need.
  Wide memoryOf(int32_t device);
  /// Largest load of a device, link or medium. O(devices + links in use).
  int64_t bottleneckNs();
  /// Longest path through stages and messages. O(tasks + messages log).
  int64_t latencyNs();
  /// Time between items. As much as latencyNs() where they wait for their
  /// predecessors, else as bottleneckNs().
  int64_t intervalNs();

private:
  /// All tensors from one stage to another; None: the ingress device, and the
  /// egress device.
  struct MessageSlot {
    int32_t from = None, to = None;
    int64_t tensors = 0;
    Wide bytes = 0;
    /// What is charged for it: none between stages of one device.
    bool isCharged = false, isStale = false;
    int32_t sender = None, receiver = None;
    int64_t ns = 0, deliveryNs = 0, sendNs = 0, receiveNs = 0;
  };
  enum class Step { MoveTask, SetDevice, InsertStage, RemoveStage };
  struct Entry {
    Step step;
    int32_t what, where, device;
  };

  void record(Step step, int32_t what, int32_t where, int32_t device);
  void charge(int32_t tensor, int32_t sign);
  void send(int32_t from, int32_t to, int32_t tensor, int32_t sign);
  void settle();
  void occupyLink(const MessageSlot &message, int32_t sign);
  void chargeTask(int32_t task, int32_t device, int32_t sign);
  void chargeTensorsOf(int32_t stage, int32_t sign);
  void hold(int32_t device, int32_t weight, int32_t sign);
  void touch(int32_t device);
  void stream();
  void stream(int32_t device);
  void occupy(int32_t stage, int32_t device);
  void leave(int32_t stage);
  void renumber();
  Wide peakOf(int32_t stage);
  Wide runtimesOf(int32_t device) const;

  const Problem &p;
  Graph graph;
  LiveStorage storage;
  /// Weights with one reader need no counting.
  std::vector<char> isShared;

  std::vector<int32_t> stages, devices, positions, stageOrder, unusedIds;
  std::vector<std::vector<int32_t>> tasks, onDevice;

  /// Streams aside.
  std::vector<Wide> computeNs, mediaNs, weightBytes;
  /// By device, up to date where not in `staleStreams`, and by stage.
  std::vector<Wide> streamNs;
  std::vector<int64_t> stageStreamNs;
  std::vector<int32_t> staleStreams;
  std::vector<char> isStreamStale;
  /// By weight: the walk that met it last.
  std::vector<int64_t> seenWeight;
  int64_t walk = 0;
  std::vector<LinkSlot> slots;
  std::unordered_map<uint64_t, size_t> slotOf;
  /// Where nothing is sent, a slot waits in `unusedMessages`.
  std::vector<MessageSlot> messages;
  std::unordered_map<uint64_t, int32_t> messageOf;
  std::vector<int32_t> unusedMessages, staleMessages;
  std::unordered_map<uint64_t, int32_t> holders;
  /// By stage: buffers, and the bytes of all tensors made or read.
  std::vector<Wide> bufferBytes, touchedBytes;
  std::vector<Wide> peaks;
  std::vector<char> isPeakKnown;
  /// By device, up to date where not in `stale`.
  std::vector<Wide> excess;
  std::vector<int32_t> stale;
  std::vector<char> isStale;
  Wide totalExcess = 0;
  int64_t broken = 0;
  /// Stages beyond the first one on their device.
  int64_t doubled = 0;

  std::vector<Entry> journal;
  bool isRecording = true;
  std::vector<int32_t> targets;
  /// By stage: the charge that met it last.
  std::vector<int64_t> seenStage;
  int64_t stamp = 0;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_LOCALSEARCH_LOADS_H
