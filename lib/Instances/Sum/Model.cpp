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
#include <set>

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
  Edges ordered = contiguous ? contiguityEdges(problem) : Edges();
  // A long tail of atoms that cost nothing takes a round for each of them.
  constexpr int rounds = 50;
  for (int round = 0; round < rounds; ++round) {
    atoms = contractAtoms(n, ordered, together);
    sumUp();
    if (!contiguous || !mergesAtoms(together))
      break;
  }
}

/// All that follows from the atoms.
void Model::sumUp() {
  acceleratorTime.assign(numAtoms(), 0);
  cpuTime.assign(numAtoms(), 0);
  size.assign(numAtoms(), 0);
  std::vector<std::vector<int32_t>> touched(problem.tasks.size());
  for (auto [from, to] : problem.edges)
    touched[from].push_back(atoms.atomOf[to]);
  std::map<std::vector<int32_t>, int64_t> costs;
  for (size_t t = 0; t < problem.tasks.size(); ++t) {
    const SumTask &task = problem.tasks[t];
    int32_t atom = atoms.atomOf[t];
    acceleratorTime[atom] =
        task.onAccelerator
            ? addSaturating(acceleratorTime[atom], task.acceleratorTime)
            : Unlimited;
    cpuTime[atom] += task.cpuTime;
    size[atom] += task.size;
    std::vector<int32_t> &ends = touched[t];
    ends.push_back(atom);
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
    if (task.communicationCost && ends.size() > 1)
      costs[ends] += task.communicationCost;
  }
  for (int32_t a = 0; a < numAtoms(); ++a)
    if (size[a] > problem.capacity)
      acceleratorTime[a] = Unlimited;
  nets.clear();
  for (auto &[ends, cost] : costs)
    nets.push_back({cost, ends});
}

/// Adds to `together` each atom that costs nothing and that some best plan has
/// beside another one; false where there is none. Such an atom has one
/// neighbour in the order, which is an end of all its nets: moved to the
/// neighbour's device it keeps the order, and no net has a device more.
bool Model::mergesAtoms(Edges &together) const {
  int64_t bytes = 0;
  for (int64_t s : size)
    bytes += s;
  std::vector<std::set<int32_t>> neighbours(numAtoms());
  for (auto [from, to] : atoms.edges) {
    neighbours[from].insert(to);
    neighbours[to].insert(from);
  }
  // By atom: its nets, and those of them that its neighbour is in.
  std::vector<int32_t> all(numAtoms(), 0), shared(numAtoms(), 0);
  for (const Net &net : nets)
    for (int32_t a : net.atoms) {
      ++all[a];
      shared[a] += neighbours[a].size() == 1 &&
                   std::binary_search(net.atoms.begin(), net.atoms.end(),
                                      *neighbours[a].begin());
    }
  size_t before = together.size();
  for (int32_t a = 0; a < numAtoms(); ++a)
    if (acceleratorTime[a] == 0 && cpuTime[a] == 0 &&
        (size[a] == 0 || bytes <= problem.capacity) &&
        neighbours[a].size() == 1 && shared[a] == all[a])
      together.emplace_back(atoms.tasks[a].front(),
                            atoms.tasks[*neighbours[a].begin()].front());
  return together.size() > before;
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
