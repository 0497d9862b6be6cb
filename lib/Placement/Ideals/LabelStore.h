//===- LabelStore.h - Labels of a search over ideals ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A label is one way to run the tasks of an ideal as stages. Labels of an
/// ideal that no later stage can tell apart, but by figures, have one key; of
/// those, one dominates another if none of its figures is larger.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_IDEALS_LABELSTORE_H
#define ONNX_SPLIT_LIB_PLACEMENT_IDEALS_LABELSTORE_H

#include "DeviceMemory.h"
#include "DeviceRanks.h"
#include "Lattice.h"

#include <unordered_map>

namespace onnx_split::placement {

/// A figure of a label that cannot reach its limit any more.
inline constexpr int64_t Harmless = -Unlimited;

class LabelStore {
public:
  struct Label {
    int32_t ideal, parent;
    /// Of the last stage.
    int32_t group;
    /// Another label of the same hash, or None.
    int32_t next;
    bool dominated;
    /// Into `words`: the holder (by position of first use) of each open tensor,
    /// then the group of each holder, then the counts of tracked resources.
    /// Into `figures`: those of the engine, common ones first, then those of
    /// each holder.
    uint32_t wordBegin, figureBegin;
    uint16_t numOpen, numHolders;
  };
  /// The label that is being made.
  struct Draft {
    std::vector<uint16_t> key, groups, counts;
    std::vector<int64_t> figures;
    /// Number that each holder had in the label before; its `numHolders` stands
    /// for the new stage.
    std::vector<int32_t> oldOf;
  };

  /// With so many figures of a label as a whole, and of each holder.
  LabelStore(const Lattice &lattice, const DeviceMemory &memory,
             size_t commonFigures, size_t holderFigures);

  /// Forgets all labels but one of the empty ideal. Senders of one class in the
  /// ranks are taken for equal; with `comparesRanks`, which needs counts that
  /// nothing makes forget, a device counts for any later one of its chain.
  void begin(const DeviceRanks *ranks, bool comparesRanks);

  size_t size() const { return labels.size(); }
  const Label &operator[](int32_t label) const { return labels[label]; }
  /// Labels of the ideal; after `dropDominated` those that nothing dominates.
  const std::vector<int32_t> &at(int32_t ideal) const { return ofIdeal[ideal]; }
  void dropDominated(int32_t ideal);
  const uint16_t *key(const Label &label) const {
    return words.data() + label.wordBegin;
  }
  const uint16_t *groups(const Label &label) const {
    return key(label) + label.numOpen;
  }
  /// By tracked resource.
  const uint16_t *countsOf(const Label &label) const {
    return groups(label) + label.numHolders;
  }
  const int64_t *figuresOf(const Label &label) const {
    return figures.data() + label.figureBegin;
  }

  /// Clears the bits of groups that have no device left, as far as the label
  /// remembers.
  void dropExhausted(const Label &label, uint64_t *groupBits) const;
  /// Starts the draft's counts: false if the group has no device left, or the
  /// stages are too many.
  bool use(const Label &label, int32_t group);
  /// Of the draft's counts, those that the group does not remember.
  void forget(int32_t group);
  /// Who holds the tensors that are open behind a stage that follows the label,
  /// holders numbered by their first tensor.
  void carry(const Label &label, int32_t group, int32_t to);
  /// Adds the draft with its figures, and drops what it dominates. None: some
  /// label dominates it.
  int32_t insert(int32_t parent, int32_t ideal, int32_t group);
  /// How many stages the draft has, its own included; only where every group
  /// remembers that.
  int32_t draftStages() const { return made.counts.back(); }
  Draft &draft() { return made; }
  const Draft &draft() const { return made; }
  /// Resources with a count, in the order of counts.
  const std::vector<int32_t> &tracked() const { return resources; }

  /// Groups of the stages that a label stands for, first stage first.
  std::vector<int32_t> path(int32_t label) const;
  /// Some devices of these groups, each once where they are enough.
  Placement placement(int32_t label) const;

private:
  uint64_t hashOf(int32_t ideal) const;
  bool hasKey(const Label &label, int32_t ideal) const;
  bool dominates(const Label &label, const uint16_t *counts,
                 const int64_t *values) const;

  const Lattice &lattice;
  const DeviceMemory &memory;
  const size_t numCommon, numPerHolder;
  std::vector<int32_t> resources;
  /// Chains of ranks are in one piece, which begins here.
  std::vector<char> beginsChain;
  std::vector<int32_t> senderClass;

  std::vector<Label> labels;
  std::vector<uint16_t> words;
  std::vector<int64_t> figures;
  std::vector<std::vector<int32_t>> ofIdeal;
  /// By hash of ideal and key: the first one of a chain of labels.
  std::unordered_map<uint64_t, int32_t> heads;
  Draft made;
  /// Scratch of carry().
  std::vector<int32_t> number;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_IDEALS_LABELSTORE_H
