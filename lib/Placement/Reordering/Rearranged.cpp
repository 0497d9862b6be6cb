//===- Rearranged.cpp - The problem in another order ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rearranged.h"

#include "NarrowOrder.h"
#include "SharedWeights.h"

#include <algorithm>

using namespace onnx_split::placement;

/// The tasks, their times and their tensors in another order.
static void reorder(Problem &p, const std::vector<int32_t> &given) {
  // Then the times stay shared.
  if (std::is_sorted(given.begin(), given.end()))
    return;
  size_t n = given.size();
  std::vector<int32_t> placeOf(n);
  std::vector<Task> tasks;
  for (size_t place = 0; place < n; ++place) {
    placeOf[given[place]] = static_cast<int32_t>(place);
    tasks.push_back(std::move(p.tasks[given[place]]));
  }
  p.tasks = std::move(tasks);
  // Row by row, so that there is no third table.
  std::vector<int64_t> &times = p.taskTime.edit(), before(n);
  for (size_t row = 0; row < times.size(); row += n) {
    std::copy_n(times.data() + row, n, before.data());
    for (size_t place = 0; place < n; ++place)
      times[row + place] = before[given[place]];
  }
  for (Tensor &tensor : p.tensors) {
    if (tensor.producer != None)
      tensor.producer = placeOf[tensor.producer];
    for (int32_t &reader : tensor.consumers)
      reader = placeOf[reader];
    std::sort(tensor.consumers.begin(), tensor.consumers.end());
  }
}

/// Ties the tasks of each set by a tensor that costs nothing.
static void addTies(Problem &p, const Edges &together,
                    const std::vector<int32_t> &given) {
  std::vector<int32_t> placeOf(given.size());
  for (size_t place = 0; place < given.size(); ++place)
    placeOf[given[place]] = static_cast<int32_t>(place);
  Edges none;
  Atoms sets =
      contractAtoms(static_cast<int32_t>(given.size()), none, together);
  for (const std::vector<int32_t> &tasks : sets.tasks) {
    if (tasks.size() < 2)
      continue;
    Tensor tensor;
    for (int32_t task : tasks)
      tensor.consumers.push_back(placeOf[task]);
    std::sort(tensor.consumers.begin(), tensor.consumers.end());
    tensor.producer = tensor.consumers.front();
    tensor.consumers.erase(tensor.consumers.begin());
    tensor.canCut = false;
    p.tensors.push_back(std::move(tensor));
  }
}

Rearranged::Rearranged(const Problem &givenProblem) : other(givenProblem) {
  WeightAtoms tied = tieSharedWeights(givenProblem);
  numTied = tied.tied.size();
  given = narrowOrder(givenProblem, tied.atoms);
  reorder(other, given);
  addTies(other, tied.together, given);
}

Placement Rearranged::here(const Placement &ofGiven) const {
  Placement plan = ofGiven;
  for (size_t place = 0; place < given.size(); ++place)
    plan.stageOf[place] = ofGiven.stageOf[given[place]];
  return plan;
}

Placement Rearranged::there(const Placement &ofThis) const {
  Placement plan = ofThis;
  for (size_t place = 0; place < given.size(); ++place)
    plan.stageOf[given[place]] = ofThis.stageOf[place];
  return plan;
}
