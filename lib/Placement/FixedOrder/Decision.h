//===- Decision.h - Is there a plan within a bottleneck? --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Label setting over the cuts of the fixed order: decides whether some
/// placement with contiguous stages has a bottleneck within a threshold, and
/// finds one. docs/Planner.md states the method and why it is exact.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_FIXEDORDER_DECISION_H
#define ONNX_SPLIT_LIB_PLACEMENT_FIXEDORDER_DECISION_H

#include "../GivenOrder/FixedOrder.h"
#include "StageWindows.h"

#include "onnx-split/Placement/Placement.h"

#include <chrono>
#include <map>

namespace onnx_split::placement {

using Clock = std::chrono::steady_clock;

struct DecisionLimits {
  Clock::time_point deadline;
  /// Ends the decision when set; may be null.
  const std::atomic<bool> *stop = nullptr;
  size_t maxLabels = 6000000;
  /// Beam: how many sets of used devices survive each level, and how many
  /// labels of a set each cut; 0: all, which makes the decision exact.
  int32_t maxSets = 0;
  int32_t maxLabelsPerCut = 0;
};

class Decision {
public:
  enum class Outcome { Feasible, Infeasible, Unknown };

  /// `sets` is null where there are too many of them; that needs maxSets.
  Decision(FixedOrder &order, const DeviceSets *sets, int64_t threshold,
           const std::vector<int32_t> &subset, const DecisionLimits &limits);

  Outcome run();

  /// After Feasible: a placement with the fewest stages (beam aside).
  const Placement &placement() const { return plan; }

  /// After Infeasible: also infeasible for every smaller threshold than this,
  /// because every comparison would turn out the same.
  int64_t lowestRejected() const { return rejected; }

private:
  /// A figure that has accumulated and matters for what may follow. Absent
  /// stands for one that cannot matter any more, which is the best.
  struct Resource {
    /// Medium m: m. Memory of device d: media + d. Load of the link from
    /// device d to the egress device: media + devices + d.
    int32_t slot;
    int64_t value;
  };
  /// A way to cut off a beginning of the order: the tasks before `cut` are on
  /// the devices of `set`. The key holds, for each part of the order that made
  /// tensors open at the cut, the device that holds it.
  struct Label {
    int32_t set, cut, parent, device;
    uint32_t keyBegin, resourceBegin;
    int32_t numResources;
    int32_t nextInBucket;
    bool dominated;
  };
  struct Set {
    int64_t index;
    std::vector<uint16_t> used;
    int32_t firstCut, lastCut;
    /// By cut.
    std::vector<int32_t> labels;
    /// Beam only: how many labels each cut has.
    std::vector<int32_t> numAtCut;
  };
  /// A stage that has begun: the label it follows, and where it can end.
  struct Entry {
    int32_t label, cut, reach, safe;
  };
  /// Begun stages that no later decision can tell apart, apart from their
  /// entries' figures. The key is that of a label at the current cut.
  struct Class {
    uint64_t hash;
    std::vector<uint16_t> key;
    std::vector<Entry> entries;
  };
  enum class Emitted { Blocked, Kept, Best };

  void prepareKeys();
  void extend(int32_t from, int32_t group, int32_t to);
  void moveClasses(int32_t k, int32_t device);
  void mergeClasses(int32_t device);
  void begin(int32_t label, int32_t group, int32_t device, int32_t k);
  int32_t linkReach(const Label &label, int32_t device, int32_t reach);
  void pushEntry(Class &cls, const Entry &entry, int32_t device);
  bool dominates(const Entry &later, const Entry &earlier, int32_t device);
  void emitClass(Class &cls, int32_t k, int32_t device, int32_t to);
  Emitted emit(const Class &cls, const Entry &entry, int32_t k, int32_t device,
               int32_t to);
  template <typename Visit>
  void forEachMessage(const Entry &entry, int32_t end, int32_t device,
                      Visit visit);
  int64_t ingressTime(const Entry &entry, int32_t end, int32_t device) const;
  bool addMedia(const Entry &entry, int32_t k, int32_t device);
  bool addMemory(const Class &cls, const Entry &entry, int32_t k,
                 int32_t device, int64_t ownBytes, bool isSafe);
  bool addEgress(const Class &cls, const Entry &entry, int32_t k,
                 int32_t device, int32_t to);
  Emitted insert(const Class &cls, const Entry &entry, int32_t k,
                 int32_t device, int32_t to);
  int32_t setFor(const Set &from, int32_t group);
  void finishLevel(size_t firstLabel);
  void thinLevel();
  void rebuildPlan(int32_t label);
  bool isPastDeadline() const {
    return (limits.stop && *limits.stop) || Clock::now() >= limits.deadline;
  }
  bool outOfTime();

  /// Compares with the threshold, and remembers what did not pass.
  bool passes(int64_t time) {
    if (time <= threshold)
      return true;
    rejected = std::min(rejected, time);
    return false;
  }
  const uint16_t *keyOf(const Label &label) const {
    return keys.data() + label.keyBegin;
  }
  int32_t keySize(int32_t k) const {
    return static_cast<int32_t>(partBegin[k + 1] - partBegin[k]);
  }
  Slice<OpenTensor> openAt(int32_t k) const {
    return order.table().open(windows.tableCut(k));
  }
  bool isFull(const Set &set, int32_t k) const {
    return limits.maxLabelsPerCut > 0 &&
           set.numAtCut[k] >= limits.maxLabelsPerCut;
  }
  /// Where in the key of cut k its open tensor number i has its device.
  uint32_t keyIndex(int32_t k, size_t i) const {
    return keyIndices[keyIndexBegin[k] + i];
  }
  int64_t &resource(int32_t slot);
  int64_t *findResource(int32_t slot);
  void dropResource(int32_t slot);

  FixedOrder &order;
  const Problem &p;
  const DeviceSets *sets;
  const int64_t threshold;
  const DecisionLimits limits;
  StageWindows windows;
  int64_t rejected;
  bool truncated = false, stopped = false;
  size_t stepsSinceCheck = 0;
  int32_t numMedia, numDevices, lastCut;

  /// Part b of the order: the tasks between cuts b and b + 1. partOf[t]: the
  /// part of task t.
  std::vector<int32_t> partOf;
  /// Parts with tensors open at each cut, ascending, flat.
  std::vector<int32_t> openParts;
  std::vector<size_t> partBegin;
  /// keptFrom[..]: index, in the key of the cut before, of each open part that
  /// was open there, too.
  std::vector<int32_t> keptFrom;
  std::vector<size_t> keptBegin;
  std::vector<uint32_t> keyIndices;
  std::vector<size_t> keyIndexBegin;

  /// Stages of the labels that are being made.
  int32_t stageCount = 0;
  std::vector<Label> labels;
  std::vector<uint16_t> keys;
  std::vector<Resource> resources;
  std::vector<Set> level, nextLevel;
  std::map<std::vector<uint16_t>, int32_t> setIndex;
  /// Hash table over the labels of a level; looked up, never walked.
  std::vector<int32_t> buckets;
  size_t labelsInLevel = 0;
  std::vector<Class> classes;
  size_t numClasses = 0;
  /// Resources of the label that is being made, by slot.
  std::vector<Resource> scratch;
  /// Load of a link into the device of the begun stage: the message from the
  /// stage there, and what else it carries.
  struct Inflow {
    int64_t wireBytes = 0, otherNs = 0;
    bool hasWires = false, isTouched = false;
  };
  std::vector<Inflow> inflows;
  std::vector<int32_t> loadedFrom;
  int32_t finalLabel = None;
  Placement plan;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_FIXEDORDER_DECISION_H
