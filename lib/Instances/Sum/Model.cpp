//===- Model.cpp - The SUM model between atoms ----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include <algorithm>
#include <map>

using namespace onnx_split;
using namespace onnx_split::placement;
using namespace onnx_split::placement::sum;

Model::Model(const SumProblem &sumProblem, bool contiguous)
    : problem(sumProblem) {
  int32_t n = static_cast<int32_t>(problem.tasks.size());
  std::map<int32_t, int32_t> firstOf;
  Edges together;
  for (int32_t t = 0; t < n; ++t)
    if (int32_t colour = problem.tasks[t].colour; colour != None)
      together.emplace_back(firstOf.emplace(colour, t).first->second, t);
  atoms = contractAtoms(n, contiguous ? problem.edges : Edges(), together);

  acceleratorTime.resize(numAtoms());
  cpuTime.resize(numAtoms());
  size.resize(numAtoms());
  std::vector<std::vector<int32_t>> readers(n);
  for (auto [from, to] : problem.edges)
    if (atoms.atomOf[from] != atoms.atomOf[to])
      readers[from].push_back(atoms.atomOf[to]);
  std::map<std::pair<int32_t, std::vector<int32_t>>, int64_t> costs;
  for (int32_t t = 0; t < n; ++t) {
    const SumTask &task = problem.tasks[t];
    int32_t atom = atoms.atomOf[t];
    acceleratorTime[atom] =
        task.onAccelerator
            ? addSaturating(acceleratorTime[atom], task.acceleratorTime)
            : Unlimited;
    cpuTime[atom] += task.cpuTime;
    size[atom] += task.size;
    std::sort(readers[t].begin(), readers[t].end());
    readers[t].erase(std::unique(readers[t].begin(), readers[t].end()),
                     readers[t].end());
    if (task.communicationCost && !readers[t].empty())
      costs[{atom, readers[t]}] += task.communicationCost;
  }
  for (int32_t a = 0; a < numAtoms(); ++a)
    if (size[a] > problem.capacity)
      acceleratorTime[a] = Unlimited;
  for (auto &[key, cost] : costs)
    producers.push_back({key.first, cost, key.second});
}

std::vector<int32_t>
Model::taskDevices(const std::vector<int32_t> &ofAtom) const {
  std::vector<int32_t> result;
  for (int32_t atom : atoms.atomOf)
    result.push_back(ofAtom[atom]);
  return result;
}

void sum::offer(const SumProblem &problem, const std::vector<int32_t> &deviceOf,
                const char *tier, SumResult &result) {
  SumEvaluation evaluation = evaluateSum(problem, deviceOf);
  if (!evaluation.feasible || evaluation.objective >= result.objective)
    return;
  result.found = true;
  result.deviceOf = deviceOf;
  result.objective = evaluation.objective;
  result.tier = tier;
}

void sum::raise(int64_t bound, const char *name, SolutionClass boundClass,
                SumResult &result) {
  if (bound <= result.lowerBound)
    return;
  result.lowerBound = bound;
  result.boundName = name;
  result.boundClass = boundClass;
}
