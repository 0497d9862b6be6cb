//===- Work.cpp - Work against speed --------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Work.h"

#include "Bounds.h"

#include "../Tables/WeightStreams.h"

#include <cmath>

using namespace onnx_split::placement;

/// Marks a task that a pin keeps off a class.
WorkLoad onnx_split::placement::workOf(const Problem &p) {
  WorkLoad load;
  load.numItems = p.tasks.size();
  load.numClasses = p.tasks.empty() ? 0 : p.taskTime.size() / p.tasks.size();
  load.time = p.taskTime;
  load.numDevices.assign(load.numClasses, 0);
  for (const Device &device : p.devices)
    if (load.numClasses > 0)
      ++load.numDevices[device.speedClass];
  for (size_t t = 0; t < load.numItems; ++t)
    for (size_t c = 0; c < load.numClasses && p.tasks[t].pin != None; ++c)
      if (p.devices[p.tasks[t].pin].speedClass != static_cast<int32_t>(c))
        load.time[c * load.numItems + t] = Unlimited;
  // A task may be on several devices if they take turns to run it.
  load.maxDevices = static_cast<int64_t>(p.devices.size());
  if (!p.replicate) {
    load.maxDevices = std::min<int64_t>(load.maxDevices, load.numItems);
    if (p.maxStages > 0)
      load.maxDevices = std::min<int64_t>(load.maxDevices, p.maxStages);
  }
  return load;
}

namespace {
/// The work over classes of devices that compute and stream alike.
class StreamingWork {
public:
  explicit StreamingWork(const Problem &problem);
  /// With `timeOf(device, task)` on top of what computing takes.
  template <typename TimeOf> WorkLoad with(TimeOf timeOf) const;

  /// By class.
  std::vector<Device> devices;

private:
  const Problem &p;
  const WorkLoad plain;
  std::vector<int64_t> numDevices;
  std::vector<size_t> classOf;
};
} // namespace

StreamingWork::StreamingWork(const Problem &problem)
    : p(problem), plain(workOf(p)) {
  for (const Device &device : p.devices) {
    auto same =
        std::find_if(devices.begin(), devices.end(), [&](const Device &other) {
          return other.speedClass == device.speedClass &&
                 streamsNoLonger(device, other) &&
                 streamsNoLonger(other, device);
        });
    classOf.push_back(same - devices.begin());
    if (same == devices.end()) {
      devices.push_back(device);
      numDevices.push_back(0);
    }
    ++numDevices[classOf.back()];
  }
}

template <typename TimeOf> WorkLoad StreamingWork::with(TimeOf timeOf) const {
  WorkLoad load;
  load.numItems = plain.numItems;
  load.numClasses = devices.size();
  load.numDevices = numDevices;
  load.maxDevices = plain.maxDevices;
  std::vector<int64_t> times;
  times.reserve(devices.size() * load.numItems);
  for (size_t c = 0; c < devices.size(); ++c)
    for (size_t t = 0; t < load.numItems; ++t) {
      const Device &device = devices[c];
      int64_t time = plain.time[device.speedClass * load.numItems + t];
      if (int32_t pin = p.tasks[t].pin; pin != None && classOf[pin] != c)
        time = Unlimited;
      if (time != Unlimited && device.streams())
        time = addSaturating(time, timeOf(device, static_cast<int32_t>(t)));
      times.push_back(time);
    }
  load.time = std::move(times);
  return load;
}

WorkLoad onnx_split::placement::streamingWorkOf(const Problem &p,
                                                int64_t eighths) {
  StreamParts parts(p);
  StreamingWork work(p);
  WorkLoad load = work.with([&](const Device &device, int32_t task) {
    return parts.part(device, task, eighths);
  });
  for (const Device &device : work.devices)
    load.credit.push_back(StreamParts::credit(device, eighths));
  return load;
}

/// What each task takes at least with the weights that it streams, whatever
/// comes before it in its stage: those larger than the cache do not fit, and of
/// the others no more is kept than the cache holds.
static WorkLoad streamingTasksOf(const Problem &p) {
  return StreamingWork(p).with([&](const Device &device, int32_t task) {
    Wide large = 0, small = 0;
    for (int32_t w : p.tasks[task].weights)
      if (int64_t bytes = p.weights[w].bytes; !p.weights[w].isState)
        (bytes > device.weightCache ? large : small) += bytes;
    Wide streamed = large + std::max<Wide>(0, small - device.weightCache);
    return streamTime(device, saturate(streamed));
  });
}

/// The least T at which the `maxDevices` devices for which T and their credit
/// are worth most can pay the cost.
static int64_t leastAffordable(const WorkLoad &load,
                               const std::vector<int64_t> &prices, Wide cost) {
  auto isEnough = [&](int64_t time) {
    std::vector<std::pair<Wide, int64_t>> byWorth;
    for (size_t c = 0; c < load.numClasses; ++c)
      byWorth.push_back({Wide(prices[c]) * (Wide(time) + load.credit[c]),
                         load.numDevices[c]});
    std::sort(byWorth.rbegin(), byWorth.rend());
    int64_t left = load.maxDevices;
    Wide supply = 0;
    for (auto [worth, count] : byWorth) {
      int64_t used = std::min(left, count);
      supply += worth * used;
      left -= used;
    }
    return supply >= cost;
  };
  int64_t low = 0, high = Unlimited;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (isEnough(middle))
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

/// Calls `visit(item, class, time)` for all classes with devices that can run
/// the item, class by class for a block of items, in which the table is walked
/// along its rows; then `close(item)` for the items of the block. Returns false
/// if `isOver` or `close` ended it.
template <typename Visit, typename Close>
static bool walkBlocks(const WorkLoad &load,
                       const std::function<bool()> &isOver, Visit visit,
                       Close close) {
  constexpr size_t blockSize = 2048;
  for (size_t begin = 0; begin < load.numItems; begin += blockSize) {
    if (isOver && isOver())
      return false;
    size_t end = std::min(begin + blockSize, load.numItems);
    for (size_t c = 0; c < load.numClasses; ++c) {
      if (load.numDevices[c] == 0)
        continue;
      const int64_t *row = load.time.data() + c * load.numItems;
      for (size_t i = begin; i < end; ++i)
        if (row[i] != Unlimited)
          visit(i, c, row[i]);
    }
    for (size_t i = begin; i < end; ++i)
      if (!close(i))
        return false;
  }
  return true;
}

/// The bound at the prices, and the load of each class if every item goes where
/// it is cheapest; 0 where `isOver` ends it.
static int64_t priced(const WorkLoad &load, const std::vector<int64_t> &prices,
                      std::vector<double> &loads,
                      const std::function<bool()> &isOver) {
  struct Cheapest {
    Wide price = -1;
    size_t ofClass = 0;
  };
  std::vector<Cheapest> cheapest(load.numItems);
  loads.assign(load.numClasses, 0);
  Wide cost = 0;
  bool isPossible = true;
  bool isDone = walkBlocks(
      load, isOver,
      [&](size_t i, size_t c, int64_t time) {
        Wide price = Wide(prices[c]) * time;
        if (Cheapest &best = cheapest[i]; best.price < 0 || price < best.price)
          best = {price, c};
      },
      [&](size_t i) {
        const Cheapest &best = cheapest[i];
        isPossible = best.price >= 0;
        if (!isPossible)
          return false;
        cost += best.price;
        loads[best.ofClass] +=
            static_cast<double>(load.time[best.ofClass * load.numItems + i]);
        return true;
      });
  if (!isDone)
    return isPossible ? 0 : Unlimited;
  if (!load.credit.empty())
    return leastAffordable(load, prices, cost);
  // The dearest devices, to be safe.
  std::vector<std::pair<int64_t, int64_t>> byPrice;
  for (size_t c = 0; c < load.numClasses; ++c)
    if (load.numDevices[c] > 0)
      byPrice.push_back({-prices[c], load.numDevices[c]});
  std::sort(byPrice.begin(), byPrice.end());
  int64_t left = load.maxDevices;
  Wide supply = 0;
  for (auto [negative, count] : byPrice) {
    int64_t used = std::min(left, count);
    supply += Wide(-negative) * used;
    left -= used;
  }
  return supply == 0 ? 0 : saturate((cost + supply - 1) / supply);
}

int64_t
onnx_split::placement::boundByWork(const WorkLoad &load, int rounds,
                                   const std::function<bool()> &isOver) {
  // Integers, so that the bound is exact.
  constexpr double scale = 1 << 20;
  // Begin with prices like speeds: optimal where one speed holds for all items.
  std::vector<double> exact(load.numClasses, 0);
  double numDevices = 0;
  for (size_t c = 0; c < load.numClasses; ++c) {
    double sum = 0, count = 0;
    for (size_t i = 0; i < load.numItems; ++i)
      if (int64_t time = load.time[c * load.numItems + i]; time != Unlimited) {
        sum += static_cast<double>(time);
        ++count;
      }
    numDevices += static_cast<double>(load.numDevices[c]);
    if (load.numDevices[c] > 0 && count > 0)
      exact[c] = count / (sum + 1e-3);
  }
  int64_t best = 0;
  std::vector<double> loads;
  std::vector<int64_t> prices;
  for (int round = 0; round < rounds && !(isOver && isOver()); ++round) {
    double highest = 0;
    for (double price : exact)
      highest = std::max(highest, price);
    // No class can run anything.
    if (highest <= 0)
      return load.numItems == 0 ? 0 : Unlimited;
    prices.clear();
    for (double price : exact)
      prices.push_back(static_cast<int64_t>(price / highest * (scale - 1)));
    best = std::max(best, priced(load, prices, loads, isOver));
    double average = 0;
    for (double sum : loads)
      average += sum;
    average /= numDevices;
    if (average <= 0)
      break;
    // A class with more than its share becomes dearer.
    for (size_t c = 0; c < load.numClasses; ++c) {
      if (load.numDevices[c] == 0)
        continue;
      double share =
          loads[c] / static_cast<double>(load.numDevices[c]) / average;
      exact[c] *= std::exp(0.5 / (round + 1) * (std::min(share, 3.0) - 1));
    }
  }
  return best;
}

/// With r devices in turn, the slowest of them takes one r-th of its time per
/// item, so that the r-th fastest one counts.
static int64_t leastInTurns(const WorkLoad &load, size_t item) {
  std::vector<std::pair<int64_t, int64_t>> byTime;
  for (size_t c = 0; c < load.numClasses; ++c)
    if (int64_t time = load.time[c * load.numItems + item];
        load.numDevices[c] > 0 && time != Unlimited)
      byTime.push_back({time, load.numDevices[c]});
  std::sort(byTime.begin(), byTime.end());
  int64_t least = Unlimited, turns = 0;
  for (auto [time, count] : byTime) {
    turns += count;
    least = std::min(least, time / turns + (time % turns != 0));
  }
  return least;
}

/// LB2: each task takes its time on the fastest device that may run it, or on
/// several in turn. Unlimited where a task can run nowhere; where `isOver` ends
/// it, of the tasks until then.
static int64_t largestTask(const WorkLoad &load, bool replicate,
                           const std::function<bool()> &isOver) {
  std::vector<int64_t> least(load.numItems, Unlimited);
  int64_t largest = 0;
  walkBlocks(
      load, isOver,
      [&](size_t i, size_t /*c*/, int64_t time) {
        least[i] = std::min(least[i], time);
      },
      [&](size_t i) {
        // Turns make no task longer, so that only some need a look at them.
        if (least[i] > largest)
          largest = std::max(largest, replicate && least[i] != Unlimited
                                          ? leastInTurns(load, i)
                                          : least[i]);
        return true;
      });
  return largest;
}

void onnx_split::placement::boundByWork(SearchState &search) {
  const Problem &p = search.problem;
  const WorkLoad load = workOf(p);
  // Of small problems the bound is there in milliseconds, time or not.
  constexpr size_t small = 100000, large = 1000000;
  bool isSmall = load.time.size() <= small;
  auto isOver = [&] { return !isSmall && search.outOfTime(); };
  bool streams = p.hasStreams();
  int64_t largest =
      largestTask(streams ? streamingTasksOf(p) : load, p.replicate, isOver);
  // A task that can run nowhere is no matter of time.
  if (largest == Unlimited)
    return;
  int rounds = load.time.size() > large ? 2 : 24;
  SolutionClass widest =
      p.replicate ? SolutionClass::Replicating : SolutionClass::Revisiting;
  search.raiseBound(boundByWork(load, rounds, isOver), BoundKind::Work, widest);
  // Any part will do; which is best depends on how much more than the caches
  // the weights are.
  for (int64_t eighths = 0; streams && eighths <= 8 && !isOver(); eighths += 4)
    search.raiseBound(boundByWork(streamingWorkOf(p, eighths), rounds, isOver),
                      BoundKind::Work, widest);
  search.raiseBound(largest, BoundKind::LargestTask, widest);
}
