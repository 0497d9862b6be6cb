//===- WholeItems.cpp - What fits a load in whole, and not in shares ------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LB9 lets shares of tasks and messages fill what is left of a load. In a plan
/// they are whole: of what takes more than a half of the threshold a load holds
/// one at most, of what takes more than a third two, and so on (rounding of a
/// row, Gomory 1958, Chvatal 1973).
///
//===----------------------------------------------------------------------===//

#include "Relaxation.h"

#include <algorithm>

using namespace onnx_split::placement;

/// What a solution has of these in a load beyond what fits, in items.
double Relaxation::tooMany(const Load &load, const WholeItems &items,
                           const LinearSolution &solution) {
  double sum = 0;
  int64_t all = 0;
  for (auto [column, time] : load.entries) {
    int64_t count = items.countOf(time);
    sum += static_cast<double>(count) * solution.values[column];
    all += count;
  }
  // Where all of them fit, no share is in the way.
  return (all <= items.most ? 0 : sum) - static_cast<double>(items.most);
}

void Relaxation::addRow(Load &load, WholeItems items) {
  // Of an item too many, in thresholds: a programme with limits that cannot be
  // kept has dual values all the same, and they exclude the threshold.
  constexpr double penalty = 4;
  int32_t excess = lp.addColumn(penalty, 0, LinearProgram::Infinity);
  items.row =
      lp.addRow(-LinearProgram::Infinity, static_cast<double>(items.most));
  lp.enter(excess, -1);
  for (auto [column, time] : load.entries)
    if (int64_t count = items.countOf(time); count > 0)
      lp.enter(column, static_cast<double>(count));
  load.counted.push_back(items);
}

/// False: the solution has nowhere more than fits. Otherwise the rows that say
/// so are added, and those that the next solution may break: where this one
/// lacks less than an item.
bool Relaxation::countWhole(const LinearSolution &solution) {
  // Beyond these, what rounding takes off is a tenth or less.
  constexpr int64_t mostItems = 8;
  // What is broken by less hardly costs anything, nor do digits of the solver.
  constexpr double tolerance = 0.05, nearby = -1;
  if (solution.values.empty())
    return false;
  std::vector<std::pair<Load *, WholeItems>> found;
  bool isBroken = false;
  for (Load &load : loads)
    for (int64_t most = 1; most <= mostItems; ++most) {
      auto isOfMost = [&](const WholeItems &items) {
        return items.most == most;
      };
      WholeItems items = {threshold / (most + 1) + 1, most, None};
      double excess = tooMany(load, items, solution);
      if (excess <= nearby ||
          std::any_of(load.counted.begin(), load.counted.end(), isOfMost))
        continue;
      found.push_back({&load, items});
      isBroken |= excess > tolerance;
    }
  if (!isBroken)
    return false;
  for (auto [load, items] : found)
    addRow(*load, items);
  return true;
}

LinearSolution Relaxation::solve(const SearchState &search) {
  // Mostly one is enough.
  constexpr int mostRounds = 3;
  LinearSolution solution = solveLinear(lp, search.secondsLeft());
  for (int round = 0;
       round < mostRounds && !search.outOfTime() && countWhole(solution);
       ++round)
    solution = solveLinear(lp, search.secondsLeft());
  return solution;
}
