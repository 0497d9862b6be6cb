//===- Search.cpp - Smallest bottleneck over the fixed order --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Searches the threshold: a decision that fails raises the lower bound, one
/// that succeeds lowers the upper bound. Decisions over few promising cuts come
/// first, because their placements make the windows of the decisions over all
/// cuts narrow.
///
//===----------------------------------------------------------------------===//

#include "Search.h"

#include "Decision.h"

#include "../Tables/Between.h"

using namespace onnx_split::placement;

namespace {

class FixedOrderSearch {
public:
  FixedOrderSearch(SearchState &searchState, bool beamOnly);
  void run();

private:
  void relax();
  /// How many labels a decision may make.
  enum class Width { Full, Limited, Beam };
  Decision::Outcome decide(int64_t threshold,
                           const std::vector<int32_t> &subset, Width width,
                           int64_t *infeasibleBelow);
  void descend(const std::vector<int32_t> &subset, double tolerance);
  void refine();
  void prove();
  void chooseCoarseCuts();
  std::vector<int32_t> cutsAroundPlan() const;

  SearchState &search;
  FixedOrder order;
  DeviceSets deviceSets;
  const DeviceSets *sets;
  const bool beam;
  /// How much wider than at first the beam is.
  int32_t beamScale = 1;
  std::vector<int32_t> allCuts, coarseCuts;
};

} // namespace

FixedOrderSearch::FixedOrderSearch(SearchState &searchState, bool beamOnly)
    : search(searchState), order(searchState.problem),
      deviceSets(order.devices()),
      sets(deviceSets.size() <= DeviceSets::Limit ? &deviceSets : nullptr),
      beam(beamOnly || !sets) {
  for (size_t cut = 0; cut < order.table().cuts().size(); ++cut)
    allCuts.push_back(static_cast<int32_t>(cut));
}

/// One decision. What it shows over all cuts goes into the bound; over fewer
/// cuts, or narrowed to a beam, it only says where not to look again.
Decision::Outcome FixedOrderSearch::decide(int64_t threshold,
                                           const std::vector<int32_t> &subset,
                                           Width width,
                                           int64_t *infeasibleBelow) {
  DecisionLimits limits;
  limits.isOver = [this] { return search.outOfTime(); };
  if (width == Width::Beam) {
    limits.maxLabelsPerCut = 4 * beamScale;
    limits.maxLabels = beam ? 4000000 : 400000 * beamScale * beamScale;
    // So many that all levels together keep to the limit of labels.
    size_t perSet =
        order.devices().numDevices() * subset.size() * limits.maxLabelsPerCut;
    limits.maxSets = static_cast<int32_t>(std::max<size_t>(
        4, limits.maxLabels / order.devices().maxStages() / perSet));
  } else if (width == Width::Limited) {
    limits.maxLabels = 200000;
  }
  Decision decision(order, sets, threshold, subset, limits);
  Decision::Outcome outcome = decision.run();
  if (outcome == Decision::Outcome::Feasible) {
    search.offer(decision.placement());
    // Overheads of messages, of which the decision knows nothing, made the plan
    // worse than it looked.
    if (search.upper() > threshold)
      outcome = Decision::Outcome::Unknown;
  } else {
    if (outcome == Decision::Outcome::Infeasible)
      *infeasibleBelow = std::max(
          threshold + 1, std::min(decision.lowestRejected(), search.upper()));
    if (outcome == Decision::Outcome::Infeasible &&
        subset.size() == allCuts.size() && order.table().isComplete())
      search.raiseBound(*infeasibleBelow, BoundKind::FixedOrderSearch,
                        SolutionClass::FixedOrder);
  }
  if (outcome == Decision::Outcome::Unknown)
    search.outOfTime();
  search.report();
  return outcome;
}

/// Raises the bound by the windows alone.
void FixedOrderSearch::relax() {
  if (!sets || !order.table().isComplete())
    return;
  auto raise = [&](int64_t bound) {
    search.raiseBound(bound, BoundKind::FixedOrderSearch,
                      SolutionClass::FixedOrder);
  };
  auto isOver = [&] { return search.outOfTime(); };
  if (!StageWindows(order, Unlimited - 1, allCuts, sets, isOver).feasible()) {
    raise(Unlimited);
    return;
  }
  int64_t high = std::min(search.upper(), Unlimited - 1);
  int64_t low = search.lower();
  // With many sets one round takes long; most of the time is for placements.
  while (low < high && high - low > high / 512 && !search.outOfTime()) {
    if (search.secondsSinceStart() > search.options.timeLimitSeconds / 4) {
      search.strikeClock();
      break;
    }
    int64_t threshold = between(low, high, 0.5);
    StageWindows windows(order, threshold, allCuts, sets, isOver);
    if (windows.stopped())
      break;
    if (windows.feasible())
      high = threshold;
    else
      low = std::max(threshold + 1, windows.lowestRejected());
  }
  raise(std::min(low, search.upper()));
}

/// About 150 cuts, spread over time, weights and tasks, with the cheapest
/// transfer near each.
void FixedOrderSearch::chooseCoarseCuts() {
  const std::vector<int32_t> &positions = order.table().cuts();
  constexpr size_t enough = 160;
  if (positions.size() <= enough) {
    coarseCuts = allCuts;
    return;
  }
  const Problem &p = search.problem;
  int32_t n = order.numTasks();
  std::vector<double> time(n + 1, 0), weight(n + 1, 0), count(n + 1, 0);
  for (int32_t t = 0; t < n; ++t) {
    double bytes = 0, sum = 0;
    for (int32_t w : p.tasks[t].weights)
      bytes += static_cast<double>(p.weights[w].bytes);
    for (const std::vector<int32_t> &group : order.devices().groups())
      sum += static_cast<double>(order.compute(group.front(), t, t + 1));
    time[t + 1] = time[t] + sum;
    weight[t + 1] = weight[t] + bytes;
    count[t + 1] = t + 1;
  }
  std::vector<char> chosen(positions.size(), 0);
  chosen.front() = chosen.back() = 1;
  for (const std::vector<double> &measure : {time, weight, count}) {
    if (measure[n] <= 0)
      continue;
    constexpr int buckets = 48;
    std::vector<int32_t> best(buckets, None);
    for (size_t cut = 1; cut + 1 < positions.size(); ++cut) {
      int bucket =
          std::min(buckets - 1, static_cast<int>(measure[positions[cut]] /
                                                 measure[n] * buckets));
      int32_t index = static_cast<int32_t>(cut);
      if (best[bucket] == None ||
          order.cutFloor(index) < order.cutFloor(best[bucket]))
        best[bucket] = index;
    }
    for (int32_t cut : best)
      if (cut != None)
        chosen[cut] = 1;
  }
  for (size_t cut = 0; cut < chosen.size(); ++cut)
    if (chosen[cut])
      coarseCuts.push_back(static_cast<int32_t>(cut));
}

/// The coarse cuts and all those near the boundaries of the best placement.
std::vector<int32_t> FixedOrderSearch::cutsAroundPlan() const {
  std::vector<int32_t> cuts = coarseCuts;
  const std::vector<int32_t> &stageOf = search.result.placement.stageOf;
  constexpr int32_t radius = 40;
  for (size_t t = 1; t < stageOf.size(); ++t) {
    int32_t cut = order.table().indexOf(static_cast<int32_t>(t));
    if (stageOf[t] == stageOf[t - 1] || cut == None)
      continue;
    int32_t last = static_cast<int32_t>(allCuts.size()) - 1;
    for (int32_t near = std::max(0, cut - radius);
         near <= std::min(last, cut + radius); ++near)
      cuts.push_back(near);
  }
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

/// Lowers the upper bound by decisions over some cuts, until what is left
/// between the bounds is within the tolerance. The first thresholds are close
/// to the lower bound: the optimum mostly is, too, and the decisions are cheap
/// there, whereas far above it most labels survive.
void FixedOrderSearch::descend(const std::vector<int32_t> &subset,
                               double tolerance) {
  auto attempt = [&](int64_t threshold, int64_t *low) {
    Decision::Outcome outcome = Decision::Outcome::Unknown;
    if (!beam)
      outcome = decide(threshold, subset, Width::Limited, low);
    if (outcome == Decision::Outcome::Unknown)
      outcome = decide(threshold, subset, Width::Beam, low);
    return outcome;
  };
  int64_t low = search.lower();
  if (!search.result.found) {
    int64_t ignored = 0;
    attempt(Unlimited - 1, &ignored);
  }
  double share = beam ? 0.5 : 1.0 / 64;
  while (search.result.found && !search.closed() && !search.outOfTime()) {
    int64_t high = search.upper();
    low = std::max(low, search.lower());
    if (low >= high || static_cast<double>(high - low) <=
                           tolerance * static_cast<double>(high))
      return;
    switch (attempt(between(low, high, share), &low)) {
    case Decision::Outcome::Feasible:
      break;
    case Decision::Outcome::Infeasible:
      share = std::min(0.5, 4 * share);
      break;
    case Decision::Outcome::Unknown:
      // Says nothing about smaller thresholds; try for less.
      share = share < 0.5 ? 0.5 : (1 + share) / 2;
      if (share > 0.97)
        return;
      break;
    }
  }
}

void FixedOrderSearch::refine() {
  for (int round = 0; round < 4 && search.result.found; ++round) {
    int64_t before = search.upper();
    std::vector<int32_t> cuts = cutsAroundPlan();
    if (cuts.size() == coarseCuts.size())
      return;
    descend(cuts, 1e-4);
    if (search.closed() || search.upper() == before)
      return;
  }
}

/// Decides over all cuts until the bounds meet. While they are far apart, the
/// threshold climbs from the lower bound, because decisions at low thresholds
/// are cheap; then it is just below the best placement, which refinement has
/// mostly made optimal.
void FixedOrderSearch::prove() {
  int64_t step = std::max<int64_t>(1, search.lower() / 256);
  for (int round = 0; !search.closed() && !search.outOfTime(); ++round) {
    int64_t high = std::min(search.upper(), Unlimited - 1);
    int64_t low = search.lower();
    int64_t threshold = search.result.found ? high - 1 : high;
    if (high - low > high / 64)
      threshold = std::min(threshold, addSaturating(low, step));
    else if (round % 2 == 1)
      threshold = low + (high - low) / 2;
    step = std::min(step, Unlimited / 4) * 4;
    Decision::Outcome outcome = decide(threshold, allCuts, Width::Full, &low);
    if (outcome == Decision::Outcome::Unknown)
      return;
    if (outcome == Decision::Outcome::Feasible)
      refine();
  }
}

void FixedOrderSearch::run() {
  for (const std::vector<int32_t> &group : order.devices().groups()) {
    if (search.outOfTime())
      return;
    Placement single;
    single.stageOf.assign(order.numTasks(), 0);
    single.deviceOf.assign(1, group.front());
    search.offer(single);
  }
  relax();
  if (search.closed())
    return;
  chooseCoarseCuts();
  if (coarseCuts.size() < allCuts.size() || beam) {
    descend(coarseCuts, 1e-2);
    refine();
  }
  // Still far apart: most labels survive, so that a wider beam finds better
  // placements sooner than a full decision.
  if (search.result.found && search.upper() / 64 * 63 > search.lower()) {
    beamScale = 3;
    descend(cutsAroundPlan(), 1e-2);
    refine();
  }
  if (beam) {
    if (!search.result.found)
      descend(allCuts, 1e-2);
    return;
  }
  if (coarseCuts.size() == allCuts.size())
    descend(allCuts, 1e-3);
  if (order.table().isComplete())
    prove();
}

void onnx_split::placement::searchFixedOrder(SearchState &search, bool beam) {
  FixedOrderSearch(search, beam).run();
}

bool onnx_split::placement::hasFewDeviceSets(const DeviceGroups &groups) {
  return DeviceSets(groups).size() <= DeviceSets::Limit;
}
