//===- RoundedPlan.cpp - Whole tasks near shares of them ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The more cases LB11 has split, the less is left to be shared in their
/// solutions, and rounding them comes upon plans that moves do not (rounding
/// heuristics of mixed integer programming).
///
//===----------------------------------------------------------------------===//

#include "Relaxation.h"

#include "../Tables/Graph.h"

#include <numeric>

using namespace onnx_split::placement;

/// Devices have their stages in the order in which their tasks are on average.
Placement Relaxation::rounded(const LinearSolution &solution) const {
  // A solution that is none may have any values.
  std::vector<int32_t> deviceOf(numAtoms);
  for (int32_t a = 0; a < numAtoms; ++a) {
    deviceOf[a] = lowest(ofAtom(a));
    double most = 0;
    for (Set left = ofAtom(a); left; left &= left - 1)
      if (double there = shareOf(a, left & -left, solution); there > most) {
        most = there;
        deviceOf[a] = lowest(left);
      }
  }
  std::vector<double> sum(numDevices, 0), count(numDevices, 0);
  for (size_t t = 0; t < atomOf.size(); ++t) {
    sum[deviceOf[atomOf[t]]] += static_cast<double>(t);
    ++count[deviceOf[atomOf[t]]];
  }
  std::vector<int32_t> order(numDevices), rank(numDevices);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t d, int32_t e) {
    return sum[d] * count[e] < sum[e] * count[d];
  });
  for (int32_t i = 0; i < numDevices; ++i)
    rank[order[i]] = i;

  // Behind everything that it reads, in the order of the tasks.
  const Graph graph(p);
  Placement placement;
  std::vector<int32_t> number(numDevices, None);
  for (size_t t = 0; t < atomOf.size(); ++t) {
    int32_t stage = rank[deviceOf[atomOf[t]]];
    for (int32_t x : graph.readBy(static_cast<int32_t>(t)))
      if (int32_t maker = p.tensors[x].producer; maker != None)
        stage = std::max(stage, placement.stageOf[maker]);
    placement.stageOf.push_back(stage);
    number[stage] = 0;
  }
  for (int32_t i = 0; i < numDevices; ++i)
    if (number[i] != None) {
      number[i] = static_cast<int32_t>(placement.deviceOf.size());
      placement.deviceOf.push_back(order[i]);
    }
  for (int32_t &stage : placement.stageOf)
    stage = number[stage];
  return placement;
}
