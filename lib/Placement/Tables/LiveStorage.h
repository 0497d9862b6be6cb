//===- LiveStorage.h - Peak of live activations, by walking -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The definition of docs/CostModel.md for one stage: storages that tensors
/// share are live from the first step that needs them to the last one.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_TABLES_LIVESTORAGE_H
#define ONNX_SPLIT_LIB_PLACEMENT_TABLES_LIVESTORAGE_H

#include "Graph.h"
#include "Wide.h"

namespace onnx_split::placement {

class LiveStorage {
public:
  LiveStorage(const Problem &problem, const Graph &graph)
      : p(problem), tensors(graph), storages(problem.tensors.size()) {}

  /// Largest sum of bytes at any step of a stage of `steps` tasks: `taskAt` is
  /// the task of a step, `isHere` whether the stage holds a task. Linear in
  /// what its tasks make and read.
  template <typename TaskAt, typename IsHere>
  Wide peak(int32_t steps, TaskAt taskAt, IsHere isHere) {
    ++walk;
    touched.clear();
    for (int32_t step = 0; step < steps; ++step) {
      int32_t task = taskAt(step);
      for (int32_t x : tensors.readBy(task))
        use(x, comesFrom(x, isHere) ? step : 0, step, isHere);
      for (int32_t x : tensors.madeBy(task))
        use(x, step, p.tensors[x].isOutput ? steps - 1 : step, isHere);
    }
    change.assign(steps + 1, 0);
    for (int32_t root : touched) {
      change[storages[root].first] += storages[root].bytes;
      change[storages[root].last + 1] -= storages[root].bytes;
    }
    Wide live = 0, most = 0;
    for (Wide step : change)
      most = std::max(most, live += step);
    return most;
  }

private:
  /// What begins at a tensor and its aliases share, if of this walk.
  struct Storage {
    uint32_t walk = 0;
    int32_t first = 0, last = 0;
    int64_t bytes = 0;
  };

  template <typename IsHere> bool comesFrom(int32_t x, IsHere isHere) const {
    return p.tensors[x].producer != None && isHere(p.tensors[x].producer);
  }

  template <typename IsHere>
  void use(int32_t x, int32_t first, int32_t last, IsHere isHere) {
    int32_t root = x;
    while (p.tensors[root].aliasOf != None && comesFrom(root, isHere))
      root = p.tensors[root].aliasOf;
    int64_t bytes = p.tensors[x].bytes;
    Storage &storage = storages[root];
    if (storage.walk != walk) {
      storage = {walk, first, last, bytes};
      touched.push_back(root);
      return;
    }
    storage.bytes = std::max(storage.bytes, bytes);
    storage.first = std::min(storage.first, first);
    storage.last = std::max(storage.last, last);
  }

  const Problem &p;
  const Graph &tensors;
  std::vector<Storage> storages;
  std::vector<int32_t> touched;
  std::vector<Wide> change;
  uint32_t walk = 0;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_TABLES_LIVESTORAGE_H
