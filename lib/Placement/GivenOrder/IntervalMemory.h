//===- IntervalMemory.h - Memory of a contiguous stage ----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The memory that a stage of the tasks [begin, end) needs, in far less time
/// than walking through it.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_GIVENORDER_INTERVALMEMORY_H
#define ONNX_SPLIT_LIB_PLACEMENT_GIVENORDER_INTERVALMEMORY_H

#include "CutTable.h"

#include "../Tables/LiveStorage.h"

#include <unordered_map>

namespace onnx_split::placement {

/// Sum of the weights that any task of a range reads, each once. Answers in
/// O(log n): a persistent segment tree whose version t holds, for each weight
/// that tasks before t read, its bytes at the last such reader.
class DistinctWeights {
public:
  explicit DistinctWeights(const Problem &problem);
  Wide operator()(int32_t begin, int32_t end) const;

private:
  struct Node {
    int32_t left, right;
    Wide sum;
  };
  int32_t add(int32_t node, int32_t position, Wide bytes, int32_t low,
              int32_t high);

  int32_t numTasks;
  /// Weights with a single reader need no tree.
  std::vector<Wide> privatePrefix;
  std::vector<Node> nodes;
  std::vector<int32_t> versions;
};

/// All of these grow with `end` while `begin` stays, except sendBytes.
class IntervalMemory {
public:
  IntervalMemory(const Problem &problem, const CutTable &table);

  /// Weights, live activations and buffers of the stage between two cuts
  /// (indices into CutTable::cuts()), those for what it sends to other stages
  /// aside. None stands for a device that is neither the ingress nor the egress
  /// device.
  int64_t withoutSends(int32_t device, int32_t beginCut, int32_t endCut) const;

  /// Least send buffers: every tensor made inside and read behind goes to at
  /// least one stage.
  int64_t sendBytes(int32_t beginCut, int32_t endCut) const;

  /// Peak of live activations, see docs/CostModel.md.
  int64_t peak(int32_t beginCut, int32_t endCut) const;

private:
  /// Storage that one tensor and its aliases share.
  struct Group {
    int32_t start = 0;
    int64_t bytes = 0;
    /// Tasks that read a member, ascending.
    std::vector<int32_t> readers;
    /// Producers of the members that are outputs of the model, ascending.
    std::vector<int32_t> outputs;
    bool uniform = true;
  };
  /// A storage of the whole graph that is live at some step before a cut only
  /// for a reader behind the cut, or as an output made before the stage.
  struct PassingBy {
    /// Last step before the cut that needs it; it passes by after that.
    int32_t touch;
    /// Not passing by in a stage that holds this step, which makes an output.
    int32_t madeOutput;
    int64_t bytes;
  };
  void makeGroups(const Problem &problem);
  void markSlowCuts(const Problem &problem);
  int32_t lastNeed(const Group &group) const;
  void sumWholeGraph();
  void listPassingBy();
  void sumReceives();
  void sumOutputs();
  int64_t walk(int32_t begin, int32_t end) const;

  const Problem &p;
  const CutTable &table;
  DistinctWeights weights;
  std::vector<int32_t> groupOf;
  std::vector<Group> groups;
  /// Live bytes of the whole graph at each step.
  RangeMax<Wide> wholeGraph;
  /// Per cut, by touch.
  std::vector<std::vector<PassingBy>> passingBy;
  /// Running sums of receive buffers along CutTable::open and CutTable::inputs.
  std::vector<std::vector<int64_t>> receiveSums, inputSums;
  /// Buffers for the outputs of the model that are made before each task.
  std::vector<Wide> outputSums;
  /// Cuts across which several tensors of one storage go, each with storage of
  /// its own behind the cut: only walking is exact there.
  std::vector<char> slowBegin;
  /// slowBefore[t]: how many tasks before t touch storage of uneven size.
  std::vector<int32_t> slowBefore;
  Graph graph;
  mutable LiveStorage walker;
  /// What `walk` answered so far, by begin and end.
  mutable std::unordered_map<int64_t, int64_t> walked;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_GIVENORDER_INTERVALMEMORY_H
