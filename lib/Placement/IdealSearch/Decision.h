//===- Decision.h - Is there a contiguous plan? -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Label setting over ideals: decides whether some placement with stages that
/// are contiguous in any topological order stays within a bottleneck and a
/// latency, and finds the best one that does. Which
/// devices are used is tracked only for those that a plan was found to use too
/// often ("decremental state space relaxation", Righini and Salani 2008), so
/// that 50 unequal devices need no 2^50 sets. docs/Planner.md has the proof.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_DECISION_H
#define ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_DECISION_H

#include "Completion.h"
#include "MediumLoads.h"

#include "../Ideals/LabelStore.h"
#include "../SearchState.h"

#include <limits>
#include <optional>

namespace onnx_split::placement {

/// What the decisions of one search share.
struct Tracking {
  /// Labels remember devices nearby from the start, for plans of many stages,
  /// or only their own.
  Tracking(const Lattice &lattice, bool keepsNearest);
  DeviceRanks ranks;
  /// Every group remembers every group, so that counts are exact and ranks may
  /// be used to compare them.
  bool isExact;
  DeviceMemory memory;
  /// False once a table of what a medium carries was too large: for higher
  /// thresholds it is no smaller.
  bool asksMedium = true;
};

/// What no plan may exceed, in ns.
struct Limits {
  int64_t bottleneckNs = Unlimited, latencyNs = Unlimited;
  /// Of the latency and the way back to the first stage, see returnTime();
  /// asked only of plans that begin in the group of devices `firstGroup`.
  int64_t roundTripNs = Unlimited;
  int32_t firstGroup = None;
};

/// Which of the plans within the limits is wanted.
enum class Wanted {
  Any,
  LeastLatency,
  /// Of those of least latency, one on the fewest devices, and of those one
  /// with the fewest wires.
  Tidiest,
};

/// When to give up: counts, so that the same is found on every machine.
struct Effort {
  size_t labels = 3000000;
  /// Trials of a device for two ideals, or of a stage behind a label.
  size_t steps = std::numeric_limits<size_t>::max();
  /// Labels for each ideal before a table of what can be finished is worth its
  /// time; Never: no table at all.
  size_t beforeCompletion = 1;
  static constexpr size_t Never = std::numeric_limits<size_t>::max();
};

class LatticeDecision {
public:
  enum class Outcome { Feasible, Infeasible, Unknown };

  LatticeDecision(Lattice &lattice, Tracking &tracking, Limits limits,
                  Wanted wanted, const SearchState &search, Effort effort = {});

  /// Tracks more devices until the answer is certain.
  Outcome run();

  /// After Feasible.
  const Placement &placement() const { return plan; }
  /// No plan within the limits has a smaller latency; known after each pass,
  /// unless any plan will do.
  int64_t leastLatency() const { return latencyBound; }
  /// Effort of the last pass.
  size_t numLabels() const { return labels.size(); }
  size_t numSteps() const { return steps; }
  /// Whether a table takes most of the time, and leaves few labels.
  bool hasTable() const { return mediumLoads && mediumLoads->usable(); }
  /// After Infeasible: also infeasible for every smaller threshold than this.
  int64_t lowestRejected() const;

private:
  /// Figures of a label: loads of media; if latency counts, the latest output
  /// so far; if the tidiest plan is wanted, stages and wires; if there are two
  /// ends, what the boundary makes the link between them carry, where that
  /// still matters. Then for each holder its memory in use less the cap, its
  /// egress time, if messages have overheads, the time of its device, where
  /// those still matter, and if latency counts, when it ends.
  using Label = LabelStore::Label;
  /// A stage that may be next, apart from the label that it follows.
  struct Stage {
    int32_t from, to, group;
    int64_t ingressNs, egressNs, memory;
    /// When the model's inputs arrive, and how long its outputs are on their
    /// way.
    int64_t arrivalNs, deliveryNs;
    /// Tasks and the weights that they stream; the same and the overheads of
    /// messages at the boundary.
    int64_t runNs, busyNs;
  };

  enum class Pass { Found, Nothing, Stopped };
  Pass search();
  bool outOfLimits();
  void extendFrom(int32_t ideal);
  void listLeft(size_t numLabelsHere);
  bool canCompute(int32_t from, int32_t to);
  void prepareStages(int32_t from, int32_t to);
  void listMessages(int32_t from, int32_t to);
  int64_t overhead(int32_t device, const Traffic &traffic) const;
  int64_t prepareStream(int32_t device, int32_t from, int32_t to);
  int64_t prepareMemory(int32_t device, int32_t from, int32_t to);
  const uint64_t *receivers(int32_t tensor, int32_t holder);
  void listReceivers(int32_t ideal);
  void extendLabel(int32_t label, const uint64_t *isLeft,
                   const uint64_t *const *getsOf);
  bool prepareStage(Stage &stage);
  void extend(int32_t label, const Stage &stage);
  /// True if the draft would be a plan with fewer stages than are wanted.
  bool hasTooFewStages(int32_t ideal) const;
  bool addLoads(const Label &label, const Stage &stage);
  bool loadEnds(const Label &label, const Stage &stage);
  int64_t endsToCome(int32_t ideal);
  int64_t endsFigure(const Stage &stage);
  bool addMedium(int32_t from, int32_t to, int64_t time);
  bool receive(const Label &label, const Stage &stage);
  bool makeHolders(const Label &label, const Stage &stage);
  bool canFinish(int32_t ideal);
  bool canCarry(int32_t ideal);
  void prepareMediumLoads();
  void prepareCompletion();
  int64_t usedDevices(const DeviceStates &states, const uint16_t *counts) const;
  bool isDeadEnd(int32_t ideal, const uint16_t *counts) const;
  void dropDeadEnds(int32_t ideal);
  bool canPay(Wide needed, Wide supply);
  void measureTails();
  bool schedule(const Label &label, const Stage &stage);
  bool canArrive(Stage &stage);
  bool canReturn(const Label &label, const Stage &stage);
  int64_t endOf(const Label &label, int32_t holder) const;
  bool rankFigures(const Label &label, const Stage &stage);
  void chooseFinal();
  bool passes(int64_t time) {
    if (time <= threshold)
      return true;
    rejected = std::min(rejected, time);
    return false;
  }
  int32_t deviceOf(int32_t group) const {
    return lattice.devices().deviceOf(group);
  }

  Lattice &lattice;
  const Problem &p;
  Tracking &tracking;
  /// The times of links that there are not pass neither limit.
  const int64_t threshold;
  /// Falls to below what a pass has found, where the least is wanted.
  const int64_t maxLatency;
  int64_t latencyLimit;
  const int64_t roundTripLimit;
  const int32_t firstGroup;
  const Wanted wanted;
  const bool countsLatency, countsLoads;
  const SearchState &state;
  const Effort effort;
  int64_t latencyBound = 0;
  /// Of the last pass, and of the messages that all passes know of.
  int64_t rejected = Unlimited, rejectedMessage = Unlimited;
  /// Prices of all devices.
  Wide fullSupply = 0;
  int32_t numGroups, numMedia, ingressGroup, egressGroup;
  const bool hasOverheads;
  /// The ingress and the egress device are two.
  const bool hasTwoEnds;
  /// Figures of a label as a whole, and for each holder.
  const size_t numCommon, numFigures;
  /// By task: leastTails().
  std::vector<int64_t> tails;
  /// Of the way back to the first stage from another device; Unlimited where it
  /// does not count.
  int64_t leastReturn = Unlimited;
  size_t steps = 0, nextCheck = 0;
  /// Memory of the stage looked at last, for devices with this cap and these
  /// buffers for the model's inputs and outputs.
  int64_t knownCap = None, knownBoundary = 0, knownMemory = 0;

  /// What the stage looked at last streams past a cache of this size.
  int64_t knownCache = None, knownStreamed = 0;

  LabelStore labels;
  /// A label of the full ideal, None, or Stopped.
  int32_t finalLabel = None;
  static constexpr int32_t Stopped = -2;

  // The label that is being made.
  std::vector<int64_t> media, holderMemory, holderEgress, holderBusy, linkNs;
  std::vector<int64_t> later, laterBusy;
  /// What the stage gets from each holder, and what each must still send.
  std::vector<Traffic> received, unsent;
  int64_t ownBusy = 0, endNs = 0, endsNs = 0;
  std::vector<char> readHere;
  /// Of the open tensors, those that are read between the two ideals looked at.
  std::vector<int32_t> readList;
  /// What a stage between the two ideals sends and receives. The wires only if
  /// messages have overheads.
  Traffic wiresRead, wiresMade, inputsRead, outputsMade;
  /// By group: the stages between the two ideals, and whether they are
  /// possible.
  std::vector<Stage> stages;
  std::vector<uint64_t> possible, groupBits;
  /// By label at the ideal: the groups that have a device left. Sets of groups
  /// are `numWords` words.
  std::vector<uint64_t> left;
  /// Of all labels there together.
  std::vector<uint64_t> leftForAny;
  int32_t numWords = 0;
  /// By label at the ideal and open tensor: the groups that get it in time.
  std::vector<const uint64_t *> gets;
  /// By tensor and group of the holder: the groups that get it in time.
  std::vector<uint64_t> carried;
  std::vector<char> isCarriedKnown;
  /// Once there are many labels, what drops those that nothing completes.
  std::optional<Completion> completion;
  /// From the start, where one medium carries all messages.
  std::optional<MediumLoads> mediumLoads;
  /// By ideal: endsToCome(), or None where nobody has asked yet.
  std::vector<int64_t> knownEndsToCome;
  Placement plan;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_DECISION_H
