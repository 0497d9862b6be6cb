//===- Completion.cpp - What can be finished from an ideal ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Completion.h"

#include <algorithm>

using namespace onnx_split::placement;

using Words = std::vector<uint64_t>;

static void include(Words &set, int64_t state) {
  set[state / 64] |= uint64_t(1) << (state % 64);
}

/// Of the sets of states in `words` words: `to` becomes `from`, of which each
/// state is lower by the stride, as far as the mask allows.
static void lower(const uint64_t *from, int64_t stride, const Words &mask,
                  Words &to) {
  size_t words = mask.size(), skip = stride / 64;
  int bits = static_cast<int>(stride % 64);
  for (size_t w = 0; w < words; ++w) {
    uint64_t low = w + skip < words ? from[w + skip] : 0;
    uint64_t high = w + skip + 1 < words ? from[w + skip + 1] : 0;
    to[w] = (bits == 0 ? low : low >> bits | high << (64 - bits)) & mask[w];
  }
}

Completion::Completion(const Lattice &sharedLattice, int64_t bottleneck,
                       bool isExact, const SearchState &state)
    : lattice(sharedLattice), p(lattice.problem()), search(state),
      threshold(bottleneck), states(lattice.devices()) {
  if (!listStates())
    return;
  measureRates();
  table.assign(static_cast<size_t>(lattice.size()) * numWords, 0);
  isAlive.assign(lattice.size(), 0);
  senders.assign(p.tensors.size() * statesOf.size(), nullptr);
  candidates.assign(numWords, 0);
  const std::vector<int32_t> &byWork = lattice.byWork();
  // Some seconds at most.
  constexpr size_t mostSteps = 400000000;
  for (auto from = byWork.rbegin(); from != byWork.rend(); ++from) {
    fillRow(*from);
    if (steps > mostSteps || search.outOfTime())
      return;
  }
  std::reverse(living.begin(), living.end());
  if (!isExact)
    forgetCounts();
  isUsable = true;
}

/// False: too many.
bool Completion::listStates() {
  constexpr size_t mostWords = size_t(1) << 24;
  numWords = (states.size() + 63) / 64;
  if (!states.usable() ||
      numWords * static_cast<size_t>(lattice.size()) > mostWords)
    return false;
  for (const DeviceStates::Group &group : states.groups()) {
    StatesOf &of = statesOf.emplace_back();
    of.hasLeft.assign(numWords, 0);
    of.hasUsed.assign(numWords, 0);
    for (int64_t state = 0; state < states.size(); ++state) {
      if (states.used(group, state) < group.count)
        include(of.hasLeft, state);
      if (states.used(group, state) > 0)
        include(of.hasUsed, state);
    }
  }
  inUse.assign(numWords, 0);
  for (const StatesOf &of : statesOf)
    for (size_t w = 0; w < numWords; ++w)
      inUse[w] |= of.hasLeft[w];
  inUse[0] &= ~uint64_t(1);
  return true;
}

void Completion::measureRates() {
  const std::vector<DeviceStates::Group> &groups = states.groups();
  rates.assign(groups.size() * states.size(), 0);
  for (size_t to = 0; to < groups.size(); ++to)
    for (size_t from = 0; from < groups.size(); ++from) {
      int32_t receiver = lattice.devices().receiverOf(
          static_cast<int32_t>(to), static_cast<int32_t>(from));
      // One device alone sends nothing to another one of its group.
      if (receiver == groups[from].device)
        continue;
      Wide rate = p.link(groups[from].device, receiver).bitsPerSecond;
      for (int64_t state = 0; state < states.size(); ++state)
        rates[to * states.size() + state] +=
            rate * states.used(groups[from], state);
    }
}

/// The states from which the ideal can be finished: any, if it is whole.
void Completion::fillRow(int32_t from) {
  int32_t full = lattice.size() - 1;
  if (from == full) {
    std::fill_n(row(full), numWords, ~uint64_t(0));
    isAlive[full] = 1;
    living.push_back(full);
    return;
  }
  if (!passes(lattice.floor(from)))
    return;
  int64_t before = lattice.leastWork(from);
  for (auto to = living.rbegin(); to != living.rend() && !isFull(from); ++to) {
    if (!passes(lattice.leastWork(*to) - before))
      break;
    ++steps;
    if (lattice.ideals().isSubset(from, *to))
      addStages(from, *to);
  }
  if (isAlive[from])
    living.push_back(from);
}

/// Whether the ideal, which is not empty, can be finished from each state with
/// a device in use and one left. There is nothing to add then.
bool Completion::isFull(int32_t ideal) const {
  const uint64_t *here = row(ideal);
  uint64_t missing = 0;
  for (size_t w = 0; w < numWords; ++w)
    missing |= inUse[w] & ~here[w];
  return ideal != 0 && missing == 0;
}

bool Completion::fits(int32_t group, int32_t from, int32_t to) {
  int32_t device = states.groups()[group].device;
  int64_t room = p.devices[device].room();
  return passes(lattice.compute(device, from, to)) &&
         (room == Unlimited || lattice.ownWeights(from, to) <= room) &&
         lattice.allows(group, from, to);
}

/// What a stage between the two ideals, on any device, adds to the first one's
/// row. Most would add nothing, so that is looked at first, and what it reads
/// last. What would add nothing need not be rejected: with the same rows, it
/// adds nothing at a larger threshold either.
void Completion::addStages(int32_t from, int32_t to) {
  uint64_t *here = row(from);
  readList.clear();
  const std::vector<DeviceStates::Group> &groups = states.groups();
  bool isListed = false;
  for (int32_t g = 0; g < static_cast<int32_t>(groups.size()); ++g) {
    steps += numWords;
    lower(row(to), groups[g].stride, statesOf[g].hasLeft, candidates);
    uint64_t fresh = 0;
    for (size_t w = 0; w < numWords; ++w)
      fresh |= candidates[w] &= ~here[w];
    if (fresh == 0 || !fits(g, from, to) ||
        !passesBoundary(groups[g].device, from, to))
      continue;
    if (!isListed)
      for (int32_t tensor : lattice.open(from))
        if (lattice.reads(tensor, from, to))
          readList.push_back(tensor);
    isListed = true;
    keepReachable(g);
    for (size_t w = 0; w < numWords; ++w) {
      here[w] |= candidates[w];
      isAlive[from] |= candidates[w] != 0;
    }
  }
}

/// The model's inputs and outputs get to the device and away from it in time.
bool Completion::passesBoundary(int32_t device, int32_t from, int32_t to) {
  auto passesWith = [&](int32_t sender, int32_t receiver,
                        const Traffic &traffic) {
    return !traffic.any ||
           passes(lattice.messages().time(sender, receiver, traffic.sent));
  };
  return (p.ingress == None ||
          passesWith(p.ingress, device, lattice.inputsRead(from, to))) &&
         (p.egress == None ||
          passesWith(device, p.egress, lattice.outputsMade(from, to)));
}

/// Drops candidates in which nobody can send a tensor that the stage reads, or
/// all of them together.
void Completion::keepReachable(int32_t group) {
  steps += readList.size();
  int64_t bytes = 0;
  for (int32_t tensor : readList) {
    bytes = addSaturating(bytes, p.tensors[tensor].sent());
    const Words &canSend = *sendersOf(tensor, group);
    for (size_t w = 0; w < numWords; ++w)
      candidates[w] &= canSend[w];
  }
  keepSupplied(group, bytes);
}

/// Drops candidates whose devices together cannot send so many bytes.
void Completion::keepSupplied(int32_t group, int64_t bytes) {
  // 8 bits a byte, 1e9 nanoseconds a second.
  const Wide needed = Wide(bytes) * 8000000000;
  for (size_t w = 0; w < numWords && bytes > 0; ++w)
    for (uint64_t left = candidates[w]; left; left &= left - 1) {
      int64_t bit = __builtin_ctzll(left);
      Wide rate =
          rates[group * states.size() + static_cast<int64_t>(w) * 64 + bit];
      if (rate == 0 || !passes(saturate((needed + rate - 1) / rate)))
        candidates[w] &= ~(uint64_t(1) << bit);
    }
}

/// The states with a device in use that sends the tensor to the group's in
/// time.
const Words *Completion::sendersOf(int32_t tensor, int32_t group) {
  const Words *&known = senders[tensor * statesOf.size() + group];
  if (known)
    return known;
  const std::vector<DeviceStates::Group> &groups = states.groups();
  uint64_t from = 0;
  for (size_t g = 0; g < groups.size(); ++g) {
    int32_t receiver =
        lattice.devices().receiverOf(group, static_cast<int32_t>(g));
    int64_t time = lattice.messages().time(groups[g].device, receiver,
                                           p.tensors[tensor].sent());
    if (receiver != groups[g].device && passes(time))
      from |= uint64_t(1) << g;
  }
  auto [it, isNew] = anyOf.try_emplace(from);
  if (isNew) {
    it->second.assign(numWords, 0);
    for (uint64_t left = from; left; left &= left - 1)
      for (size_t w = 0; w < numWords; ++w)
        it->second[w] |= statesOf[__builtin_ctzll(left)].hasUsed[w];
  }
  return known = &it->second;
}

/// A state stands for all with more devices in use, too.
void Completion::forgetCounts() {
  for (int32_t ideal = 0; ideal < lattice.size(); ++ideal)
    for (size_t g = 0; g < statesOf.size(); ++g)
      for (int64_t i = 0; i < states.groups()[g].count && isAlive[ideal]; ++i) {
        lower(row(ideal), states.groups()[g].stride, statesOf[g].hasLeft,
              candidates);
        for (size_t w = 0; w < numWords; ++w)
          row(ideal)[w] |= candidates[w];
      }
}
