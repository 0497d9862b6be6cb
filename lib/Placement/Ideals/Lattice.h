//===- Lattice.h - The problem, prepared over all topological orders -----===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the search over contiguous stages in any topological order asks again
/// and again: figures of every ideal, so that those of a stage are differences.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_IDEALS_LATTICE_H
#define ONNX_SPLIT_LIB_PLACEMENT_IDEALS_LATTICE_H

#include "../SearchState.h"
#include "../Tables/DeviceGroups.h"
#include "../Tables/LiveStorage.h"
#include "../Tables/Messages.h"
#include "onnx-split/Placement/Ideals.h"

namespace onnx_split::placement {

/// Tensors that travel together.
struct Traffic {
  /// False where there is none, so that there is no message either.
  bool any = false;
  /// Bytes in the message and bytes in memory.
  int64_t sent = 0, held = 0;
  void add(const Tensor &tensor) {
    any = true;
    sent = addSaturating(sent, tensor.sent());
    held = addSaturating(held, tensor.bytes);
  }
};

/// A stage is a pair of ideals `from` < `to`: it runs the tasks of `to` that
/// `from` does not hold.
class Lattice {
public:
  /// Tensors that take `upper` ns or more over the best link are never cut,
  /// which merges tasks and leaves every plan with a smaller bottleneck. With
  /// `givenOrder` the ideals are the beginnings of the given order alone.
  Lattice(const Problem &problem, int64_t upper, size_t maxIdeals,
          const SearchState &search, bool givenOrder = false);

  /// False: too many ideals, too large tables or figures, or out of time;
  /// nothing else may be asked.
  bool usable() const { return isUsable; }

  const Problem &problem() const { return p; }
  const DeviceGroups &devices() const { return deviceGroups; }
  const Messages &messages() const { return times; }
  const Ideals &ideals() const { return sets; }
  int32_t size() const { return static_cast<int32_t>(sets.size()); }
  /// Ideals by the least work that they need; supersets come later.
  const std::vector<int32_t> &byWork() const { return workOrder; }
  int64_t leastWork(int32_t ideal) const { return minWork[ideal]; }

  int64_t compute(int32_t device, int32_t from, int32_t to) const {
    const std::vector<int64_t> &sums = work[p.devices[device].speedClass];
    return sums[to] - sums[from];
  }
  /// Bytes of weights that the stage reads again for each item from behind a
  /// cache of this size.
  int64_t streamed(int64_t capacity, int32_t from, int32_t to);
  /// False where a task cannot run on the group's devices or a tensor that must
  /// be cut stays inside.
  bool allows(int32_t group, int32_t from, int32_t to) const;

  /// Tensors made in the ideal and read outside of it.
  Slice<int32_t> open(int32_t ideal) const { return openTensors[ideal]; }
  /// Inputs of the model that are read outside of the ideal.
  Slice<int32_t> inputs(int32_t ideal) const { return openInputs[ideal]; }
  /// Time of the slowest open tensor over the best link.
  int64_t floor(int32_t ideal) const { return floors[ideal]; }
  bool makes(int32_t tensor, int32_t from, int32_t to) const {
    return inside(atoms.atomOf[p.tensors[tensor].producer], from, to);
  }
  bool reads(int32_t tensor, int32_t from, int32_t to) const {
    for (int32_t atom : readerAtoms[tensor])
      if (inside(atom, from, to))
        return true;
    return false;
  }
  /// Atoms outside of the ideal that read the tensor.
  int32_t readersLeft(int32_t tensor, int32_t ideal) const;
  bool isOpen(int32_t tensor, int32_t ideal) const {
    return readersLeft(tensor, ideal) > 0;
  }
  /// The model's inputs that a stage reads, and the outputs that it makes; a
  /// device elsewhere than the ingress or the egress device gets or sends them
  /// in one message.
  Traffic inputsRead(int32_t from, int32_t to) const;
  Traffic outputsMade(int32_t from, int32_t to) const;
  /// The largest of the tasks' figures among those outside of the ideal that
  /// read the tensor.
  int64_t longestTail(int32_t tensor, int32_t ideal,
                      const std::vector<int64_t> &tails) const;

  /// Memory of a stage with one send buffer pair for each tensor that it makes
  /// and others read; another figure where it stays within the cap however
  /// often each tensor is sent, to which all these sends may be added.
  /// `boundary` is what buffers for the model's inputs and outputs take.
  int64_t memory(int32_t from, int32_t to, int64_t cap, int64_t boundary);
  /// Weights of a stage that no other one can read, in bytes.
  int64_t ownWeights(int32_t from, int32_t to) const {
    return uniqueWeights[to] - uniqueWeights[from];
  }

  /// LB1's prices of devices and the priced work outside of an ideal, see
  /// docs/Planner.md.
  int64_t price(int32_t device) const {
    return prices[p.devices[device].speedClass];
  }
  Wide pricedRest(int32_t ideal) const { return rest[ideal]; }
  /// The same with a part of the time for streamed weights, against which each
  /// device has a credit; none where nothing streams.
  struct Tilt {
    /// By ideal, and by device.
    std::vector<Wide> rest, credit;
  };
  const std::vector<Tilt> &tilts() const { return tilted; }

  /// Tasks of the stage, for the placement.
  void assign(int32_t from, int32_t to, int32_t stage,
              std::vector<int32_t> &stageOf) const;

private:
  bool inside(int32_t atom, int32_t from, int32_t to) const {
    return sets.contains(to, atom) && !sets.contains(from, atom);
  }
  bool tablesFit() const;
  bool figuresFit();
  void sumTasks();
  void countImpossible();
  void sumWeights();
  void listWeightUses();
  void listTensors();
  bool listOpenTensors(const SearchState &search);
  void priceTasks();
  void tiltTasks(int64_t eighths);
  int64_t peak(int32_t from, int32_t to);

  const Problem &p;
  DeviceGroups deviceGroups;
  Messages times;
  Graph graph;
  LiveStorage storage;
  Atoms atoms;
  Ideals sets;
  bool isUsable = false;
  /// More bytes than any stage needs, however often each tensor is sent.
  int64_t everything = 0;
  std::vector<int32_t> workOrder;
  std::vector<int64_t> minWork, uniqueWeights, madeBytes, floors;
  /// By speed class and ideal.
  std::vector<std::vector<int64_t>> work;
  /// By group of devices and ideal: tasks that cannot run there.
  std::vector<std::vector<int32_t>> impossible;
  std::vector<std::vector<int32_t>> readerAtoms;
  /// Who reads which weight, states aside, in the given order of tasks; and the
  /// bytes of each ideal's, each weight as often as it is read.
  struct WeightUse {
    int32_t atom, weight;
    int64_t bytes;
  };
  std::vector<WeightUse> weightUses;
  std::vector<int64_t> usedBytes;
  /// By weight: the walk that met it last.
  std::vector<int64_t> seenWeight;
  int64_t walk = 0;
  /// Atoms that read a weight which others read, too; by weight.
  std::vector<std::pair<int64_t, std::vector<int32_t>>> sharedWeights;
  std::vector<int32_t> mustCut, outputs;
  /// Tensors that some ideal leaves open, and inputs of the model.
  std::vector<int32_t> between, ofModel;
  Lists<int32_t> openTensors, openInputs;
  std::vector<int64_t> prices;
  std::vector<Wide> rest;
  std::vector<Tilt> tilted;
};

/// Graphs with more are left to other searches: the tables take some 100 bytes
/// and the time of a walk through the tensors for each.
inline constexpr size_t MaxIdeals = 40000;

/// True if the graph has no other topological order that matters, or if there
/// can be one stage only, so that fixed order and contiguous are one class.
bool hasOneOrder(const Problem &problem);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_IDEALS_LATTICE_H
