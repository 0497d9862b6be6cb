//===- Devices.cpp - Fewest devices within a bottleneck -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// K devices that hold one stage each are a limit of K stages, so the search
/// for throughput answers whether K are enough. More devices never hurt, which
/// makes bisection exact.
///
//===----------------------------------------------------------------------===//

#include "Objectives.h"

#include "../Bounds/Bounds.h"
#include "../Tables/DeviceGroups.h"
#include "../Tables/Wide.h"

#include <algorithm>

using namespace onnx_split::placement;

namespace {

class DeviceCount {
public:
  explicit DeviceCount(SearchState &searchState);
  void bound();
  void run();

private:
  enum class Answer { Yes, No, Unknown };
  int32_t leastByMemory() const;
  int32_t leastByWork();
  Answer ask(int32_t count);
  Answer answerOf(SearchState &part);
  void searchContiguous();
  std::vector<std::vector<int32_t>> listSets(int32_t count) const;
  Problem onlyOn(const std::vector<int32_t> &set) const;
  Answer askWider(int32_t count);
  void searchWider();
  void speedUp();

  SearchState &search;
  const int64_t target;
  /// The problem with a limit of stages.
  Problem limited;
  int32_t most;
};

} // namespace

DeviceCount::DeviceCount(SearchState &searchState)
    : search(searchState), target(search.options.targetNs),
      limited(search.problem),
      most(static_cast<int32_t>(
          std::min(limited.devices.size(), limited.tasks.size()))) {
  if (limited.maxStages > 0)
    most = std::min(most, limited.maxStages);
  limited.revisit = limited.replicate = false;
}

/// Every weight is on some device, whatever the class of the plan.
int32_t DeviceCount::leastByMemory() const {
  std::vector<char> isRead(limited.weights.size(), 0);
  for (const Task &task : limited.tasks)
    for (int32_t w : task.weights)
      isRead[w] = 1;
  Wide needed = 0;
  for (size_t w = 0; w < isRead.size(); ++w)
    needed += isRead[w] ? limited.weights[w].bytes : 0;
  std::vector<int64_t> memory;
  for (const Device &device : limited.devices)
    memory.push_back(std::max<int64_t>(0, device.room()));
  std::sort(memory.rbegin(), memory.rend());
  int32_t count = 0;
  Wide held = 0;
  while (count < static_cast<int32_t>(memory.size()) && held < needed)
    held += memory[count++];
  return std::max(count, 1);
}

/// The least count for which LB1 and LB2 are within the target; `most` + 1 if
/// there is none. LB1 for a limit of K stages supposes no more than that at
/// most K devices work.
int32_t DeviceCount::leastByWork() {
  auto excluded = [&](int32_t count) {
    limited.maxStages = count;
    SearchState work = search.part(limited);
    boundByWork(work);
    return work.lower(SolutionClass::Revisiting) > target;
  };
  int32_t low = 0, high = most + 1;
  while (high - low > 1) {
    int32_t middle = low + (high - low) / 2;
    (excluded(middle) ? low : high) = middle;
  }
  return high;
}

/// Is there a plan with at most this many devices? A better plan is offered.
DeviceCount::Answer DeviceCount::ask(int32_t count) {
  if (count < limited.minStages)
    return Answer::No;
  limited.maxStages = count;
  SearchState part = search.part(limited);
  return answerOf(part);
}

DeviceCount::Answer DeviceCount::answerOf(SearchState &part) {
  part.options.gap = 0;
  part.goodEnoughNs = target;
  // Bottlenecks below the target are as good as the target itself.
  if (target != Unlimited)
    part.raiseBound(target, BoundKind::Target, SolutionClass::Replicating);
  searchThroughput(part);
  if (part.result.found && part.upper() <= target) {
    search.offerPlanOf(part);
    search.report();
    return Answer::Yes;
  }
  bool isExcluded = part.lower() > target || part.lower() == Unlimited;
  return isExcluded ? Answer::No : Answer::Unknown;
}

/// Of the plans with so many devices, a faster one is better.
void DeviceCount::speedUp() {
  limited.maxStages = static_cast<int32_t>(search.upper());
  search.within(0.3, [&] {
    SearchState part = search.part(limited);
    part.options.gap = 0;
    searchThroughput(part);
    breakTies(part);
    search.offerPlanOf(part);
  });
}

void DeviceCount::bound() {
  search.raiseBound(leastByMemory(), BoundKind::Memory,
                    SolutionClass::Replicating);
  search.raiseBound(leastByWork(), BoundKind::Work, SolutionClass::Revisiting);
}

/// Sets of so many devices that can do what any such set can: of devices that
/// change places, the first ones. None where they are too many.
std::vector<std::vector<int32_t>> DeviceCount::listSets(int32_t count) const {
  constexpr size_t mostSets = 128;
  const DeviceGroups groups(search.problem);
  std::vector<std::vector<int32_t>> sets{{}};
  for (const std::vector<int32_t> &group : groups.groups()) {
    std::vector<std::vector<int32_t>> longer;
    for (const std::vector<int32_t> &set : sets)
      for (size_t taken = 0;
           taken <= group.size() && set.size() + taken <= size_t(count);
           ++taken) {
        longer.push_back(set);
        longer.back().insert(longer.back().end(), group.begin(),
                             group.begin() + static_cast<int64_t>(taken));
      }
    if (longer.size() > 8 * mostSets)
      return {};
    sets = std::move(longer);
  }
  auto isShort = [&](const std::vector<int32_t> &set) {
    return set.size() < size_t(count);
  };
  sets.erase(std::remove_if(sets.begin(), sets.end(), isShort), sets.end());
  return sets.size() <= mostSets ? sets : std::vector<std::vector<int32_t>>();
}

/// The problem with nothing that the other devices can run.
Problem DeviceCount::onlyOn(const std::vector<int32_t> &set) const {
  Problem problem = search.problem;
  size_t n = problem.tasks.size();
  int32_t none = static_cast<int32_t>(problem.taskTime.size() / n);
  std::vector<int64_t> &times = problem.taskTime.edit();
  times.insert(times.end(), n, Unlimited);
  for (size_t d = 0; d < problem.devices.size(); ++d)
    if (std::find(set.begin(), set.end(), static_cast<int32_t>(d)) == set.end())
      problem.devices[d].speedClass = none;
  return problem;
}

/// The same of plans in which a device may hold several stages, or a stage be
/// on several devices: one question for each set of devices.
DeviceCount::Answer DeviceCount::askWider(int32_t count) {
  std::vector<std::vector<int32_t>> sets = listSets(count);
  if (sets.empty())
    return Answer::Unknown;
  bool isExcluded = true;
  for (size_t i = 0; i < sets.size() && !search.outOfTime(); ++i) {
    Problem problem = onlyOn(sets[i]);
    Answer answer = Answer::Unknown;
    search.within(1.0 / static_cast<double>(sets.size() - i), [&] {
      SearchState part = search.part(problem);
      part.scope = part.options.searchClass = search.scope;
      answer = answerOf(part);
    });
    if (answer == Answer::Yes)
      return answer;
    isExcluded &= answer == Answer::No;
  }
  return isExcluded && !search.outOfTime() ? Answer::No : Answer::Unknown;
}

/// Counts below what contiguous stages need, the least first.
void DeviceCount::searchWider() {
  bool isProof = true;
  int64_t above = std::min<int64_t>(
      search.upper(), static_cast<int64_t>(search.problem.devices.size()) + 1);
  // More devices than there are is none at all.
  if (Bound known = search.bound(search.scope);
      !search.result.found && known.value >= above)
    search.raiseBound(Unlimited, known.kind, search.scope);
  for (int64_t count = std::max<int64_t>(1, search.lower());
       count < above && !search.outOfTime(); ++count) {
    Answer answer = Answer::Unknown;
    search.within(0.5, [&] { answer = askWider(static_cast<int32_t>(count)); });
    if (answer == Answer::Yes)
      return;
    isProof &= answer == Answer::No;
    if (isProof)
      search.raiseBound(count + 1 < above || search.result.found ? count + 1
                                                                 : Unlimited,
                        BoundKind::DeviceSearch, search.scope);
  }
}

void DeviceCount::run() {
  bound();
  searchContiguous();
  if (search.scope > SolutionClass::Contiguous && !search.closed())
    searchWider();
  if (search.result.found)
    speedUp();
}

void DeviceCount::searchContiguous() {
  auto raise = [&](int64_t count) {
    search.raiseBound(count, BoundKind::DeviceSearch,
                      std::min(search.scope, SolutionClass::Contiguous));
  };
  Answer any = Answer::Unknown;
  search.within(0.5, [&] { any = ask(most); });
  if (any != Answer::Yes) {
    if (any == Answer::No)
      raise(Unlimited);
    return;
  }
  // Counts below `low` are not worth asking again; those below the bound are
  // proven to be too few.
  int64_t low = search.lower();
  bool isProof = true;
  while (low < search.upper() && !search.outOfTime()) {
    int64_t middle = low + (search.upper() - low) / 2;
    Answer answer = Answer::Unknown;
    search.within(0.5, [&] { answer = ask(static_cast<int32_t>(middle)); });
    if (answer == Answer::Yes)
      continue;
    isProof &= answer == Answer::No;
    if (isProof)
      raise(middle + 1);
    low = middle + 1;
  }
}

void onnx_split::placement::boundDevices(SearchState &search) {
  DeviceCount(search).bound();
}

void onnx_split::placement::searchDevices(SearchState &search) {
  DeviceCount(search).run();
}
