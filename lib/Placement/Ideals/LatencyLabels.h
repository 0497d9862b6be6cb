//===- LatencyLabels.h - Smallest latency by label setting ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One pass over the ideals that finds the smallest latency of contiguous
/// stages, if devices were used no more often than they are remembered.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_IDEALS_LATENCYLABELS_H
#define ONNX_SPLIT_LIB_PLACEMENT_IDEALS_LATENCYLABELS_H

#include "Lattice.h"

#include <unordered_map>

namespace onnx_split::placement {

/// Which groups of devices a label remembers after a stage on a group: counts
/// of the others are forgotten. The resource after the last group is the number
/// of stages.
class Memories {
public:
  explicit Memories(const FixedOrder &order);
  bool keeps(int32_t group, size_t resource) const {
    return kept[group * numResources + resource];
  }
  size_t size() const { return numResources; }
  int32_t limitOf(size_t resource) const;
  /// Given the groups of a plan's stages: true if some resource is used more
  /// often than its limit. The stages between will remember it from now on.
  bool extend(const std::vector<int32_t> &path);

private:
  void keep(int32_t group, size_t resource) {
    kept[group * numResources + resource] = 1;
  }
  const FixedOrder &order;
  size_t numResources;
  std::vector<char> kept;
};

class LatencyLabels {
public:
  LatencyLabels(Lattice &preparedLattice, const Memories &memories,
                const SearchState &searchState);

  enum class Outcome { Found, Nothing, Stopped };
  /// Found: the smallest latency, with devices used too often perhaps. Nothing:
  /// no plan has a latency below the best one known.
  Outcome run();

  int64_t latency() const { return figures[labels[best].figureBegin]; }
  /// Groups of the stages of the plan found, first stage first.
  std::vector<int32_t> path() const;
  Placement placement() const;

private:
  /// Into `words`: the holder (by position of first use) of each open tensor,
  /// the group of each holder, and the counts. Into `figures`: the latency so
  /// far, then for each holder when it ends and its memory less the cap.
  struct Label {
    int32_t ideal, parent, group;
    bool dominated;
    uint32_t wordBegin, figureBegin;
    uint16_t numOpen, numHolders;
  };
  struct Stage {
    int32_t from, to, group;
    /// Arrival of the model's inputs, slowest message to the egress device.
    int64_t ingressNs, egressNs, memory;
  };

  void measureTails();
  bool outOfLimits();
  void extendFrom(int32_t ideal);
  void extendTo(int32_t from, int32_t to);
  bool prepareStage(Stage &stage);
  void extend(int32_t label, const Stage &stage);
  bool countUse(const Label &label, const Stage &stage);
  bool schedule(const Label &label, const Stage &stage);
  bool makeHolders(const Label &label, const Stage &stage);
  void insert(int32_t parent, const Stage &stage);
  bool sameKey(const Label &other, int32_t ideal) const;
  bool dominates(const Label &a, const uint16_t *counts,
                 const int64_t *values) const;
  int32_t deviceOf(int32_t group) const {
    return lattice.order().groups()[group].front();
  }
  /// A member of the group, another one than the sender's.
  int32_t receiverOf(int32_t group, int32_t senderGroup) const {
    const std::vector<int32_t> &members = lattice.order().groups()[group];
    return group == senderGroup && members.size() > 1 ? members[1] : members[0];
  }
  size_t numCounts() const { return memories.size(); }

  Lattice &lattice;
  const Problem &p;
  const Memories &memories;
  const SearchState &search;
  const int64_t upper;
  int32_t numGroups;
  /// Longest path from each task to the end, on the fastest devices.
  std::vector<int64_t> tails;

  std::vector<Label> labels;
  std::vector<uint16_t> words;
  std::vector<int64_t> figures;
  std::vector<std::vector<int32_t>> labelsAt;
  std::unordered_map<uint64_t, std::vector<int32_t>> buckets;
  int32_t best = None;
  bool stopped = false;
  size_t steps = 0;

  // The label that is being made.
  int64_t endNs = 0;
  std::vector<int64_t> holderMemory, newFigures;
  std::vector<uint16_t> newKey, newGroups, newCounts;
  std::vector<char> readHere;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_IDEALS_LATENCYLABELS_H
