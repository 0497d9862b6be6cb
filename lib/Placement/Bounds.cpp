//===- Bounds.cpp - Bounds that hold for every placement ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LB1: give each speed class c a price a_c >= 0 for a unit of its time. In a
/// placement with bottleneck T, the devices' loads cost at most T times the sum
/// of the prices of the devices used. They cost at least the sum over the tasks
/// of the cheapest a_c * time_c. So T is at least the quotient, for any prices.
/// The best prices are the dual solution of the linear relaxation of scheduling
/// on unrelated machines (Lenstra, Shmoys, Tardos 1990); a few subgradient
/// steps get near it, and every step is a valid bound.
///
//===----------------------------------------------------------------------===//

#include "Search.h"
#include "Wide.h"

#include <cmath>

using namespace onnx_split::placement;

namespace {

struct WorkBound {
  explicit WorkBound(const Problem &problem);
  int64_t largestTask();
  int64_t work();

private:
  int64_t priced(std::vector<double> &loads) const;

  const Problem &p;
  size_t numTasks, numClasses;
  /// Devices of each class.
  std::vector<int64_t> numDevices;
  /// Integers, so that the bound is exact; below 2^20.
  std::vector<int64_t> prices;
};

} // namespace

WorkBound::WorkBound(const Problem &problem)
    : p(problem), numTasks(problem.tasks.size()) {
  numClasses = numTasks == 0 ? 0 : p.taskTime.size() / numTasks;
  numDevices.assign(numClasses, 0);
  for (const Device &device : p.devices)
    if (numClasses > 0)
      ++numDevices[device.speedClass];
}

/// LB2: each task takes its time on the fastest device that may run it.
/// Unlimited where a task can run nowhere.
int64_t WorkBound::largestTask() {
  int64_t largest = 0;
  for (size_t t = 0; t < numTasks; ++t) {
    int64_t best = Unlimited;
    int32_t pin = p.tasks[t].pin;
    for (size_t c = 0; c < numClasses; ++c)
      if (numDevices[c] > 0 &&
          (pin == None || p.devices[pin].speedClass == static_cast<int32_t>(c)))
        best = std::min(best, p.taskTime[c * numTasks + t]);
    largest = std::max(largest, best);
  }
  return largest;
}

/// The bound at the present prices, and the load of each class if every task
/// goes where it is cheapest.
int64_t WorkBound::priced(std::vector<double> &loads) const {
  loads.assign(numClasses, 0);
  Wide cost = 0;
  for (size_t t = 0; t < numTasks; ++t) {
    Wide best = -1;
    size_t bestClass = 0;
    int32_t pin = p.tasks[t].pin;
    for (size_t c = 0; c < numClasses; ++c) {
      int64_t time = p.taskTime[c * numTasks + t];
      if (numDevices[c] == 0 || time == Unlimited ||
          (pin != None && p.devices[pin].speedClass != static_cast<int32_t>(c)))
        continue;
      Wide price = Wide(prices[c]) * time;
      if (best < 0 || price < best) {
        best = price;
        bestClass = c;
      }
    }
    if (best < 0)
      return 0;
    cost += best;
    loads[bestClass] +=
        static_cast<double>(p.taskTime[bestClass * numTasks + t]);
  }
  // At most maxStages devices are used: the dearest ones, to be safe.
  std::vector<std::pair<int64_t, int64_t>> byPrice;
  for (size_t c = 0; c < numClasses; ++c)
    if (numDevices[c] > 0)
      byPrice.push_back({-prices[c], numDevices[c]});
  std::sort(byPrice.begin(), byPrice.end());
  int64_t left = static_cast<int64_t>(std::min(p.devices.size(), numTasks));
  if (p.maxStages > 0)
    left = std::min<int64_t>(left, p.maxStages);
  Wide supply = 0;
  for (auto [negative, count] : byPrice) {
    int64_t used = std::min(left, count);
    supply += Wide(-negative) * used;
    left -= used;
  }
  return supply == 0 ? 0 : saturate((cost + supply - 1) / supply);
}

int64_t WorkBound::work() {
  constexpr double scale = 1 << 20;
  // Begin with prices like speeds: optimal where one speed holds for all tasks.
  std::vector<double> exact(numClasses, 0);
  for (size_t c = 0; c < numClasses; ++c) {
    double sum = 0, count = 0;
    for (size_t t = 0; t < numTasks; ++t)
      if (int64_t time = p.taskTime[c * numTasks + t]; time != Unlimited) {
        sum += static_cast<double>(time);
        ++count;
      }
    if (numDevices[c] > 0 && count > 0)
      exact[c] = count / (sum + 1e-3);
  }
  int64_t best = 0;
  std::vector<double> loads;
  int rounds = numClasses * numTasks > 1000000 ? 2 : 24;
  for (int round = 0; round < rounds; ++round) {
    double highest = 0;
    for (double price : exact)
      highest = std::max(highest, price);
    if (highest <= 0)
      break;
    prices.clear();
    for (double price : exact)
      prices.push_back(static_cast<int64_t>(price / highest * (scale - 1)));
    best = std::max(best, priced(loads));
    double average = 0, devices = 0;
    for (size_t c = 0; c < numClasses; ++c) {
      average += loads[c];
      devices += static_cast<double>(numDevices[c]);
    }
    average /= devices;
    if (average <= 0)
      break;
    // A class with more than its share becomes dearer.
    for (size_t c = 0; c < numClasses; ++c) {
      if (numDevices[c] == 0)
        continue;
      double share = loads[c] / static_cast<double>(numDevices[c]) / average;
      exact[c] *= std::exp(0.5 / (round + 1) * (std::min(share, 3.0) - 1));
    }
  }
  return best;
}

void onnx_split::placement::boundByWork(Search &search) {
  WorkBound bound(search.problem);
  int64_t largest = bound.largestTask();
  // A task that can run nowhere is no matter of time.
  if (largest == Unlimited)
    return;
  search.raiseBound(bound.work(), "LB1 work", SolutionClass::Revisiting);
  search.raiseBound(largest, "LB2 largest task", SolutionClass::Revisiting);
}
