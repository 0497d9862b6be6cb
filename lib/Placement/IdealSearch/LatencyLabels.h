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

#ifndef ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_LATENCYLABELS_H
#define ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_LATENCYLABELS_H

#include "../Ideals/LabelStore.h"

namespace onnx_split::placement {

class LatencyLabels {
public:
  LatencyLabels(Lattice &preparedLattice, const DeviceMemory &memory,
                const SearchState &searchState);

  enum class Outcome { Found, Nothing, Stopped };
  /// Found: the smallest latency, with devices used too often perhaps. Nothing:
  /// no plan has a latency below the best one known.
  Outcome run();

  int64_t latency() const { return *labels.figuresOf(labels[best]); }
  /// Groups of the stages of the plan found, first stage first.
  std::vector<int32_t> path() const { return labels.path(best); }
  Placement placement() const { return labels.placement(best); }

private:
  /// Figures of a label: the latency so far, then for each holder when it ends
  /// and its memory less the cap.
  using Label = LabelStore::Label;
  struct Stage {
    int32_t from, to, group;
    /// Arrival of the model's inputs, message to the egress device.
    int64_t ingressNs, egressNs, memory;
  };

  void measureTails();
  bool outOfLimits();
  void extendFrom(int32_t ideal);
  void extendTo(int32_t from, int32_t to);
  bool prepareStage(Stage &stage);
  void extend(int32_t label, const Stage &stage);
  bool schedule(const Label &label, const Stage &stage);
  bool makeHolders(const Label &label, const Stage &stage);
  int32_t deviceOf(int32_t group) const {
    return lattice.devices().deviceOf(group);
  }

  Lattice &lattice;
  const Problem &p;
  const SearchState &search;
  const int64_t upper;
  int32_t numGroups;
  /// Longest path from each task to the end, on the fastest devices.
  std::vector<int64_t> tails;

  LabelStore labels;
  int32_t best = None;
  bool stopped = false;
  size_t steps = 0;

  /// Of the stages between the two ideals looked at.
  Traffic inputsRead, outputsMade;

  // The label that is being made.
  int64_t endNs = 0;
  std::vector<Traffic> received;
  std::vector<int64_t> holderMemory, later;
  std::vector<char> readHere;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_LATENCYLABELS_H
