//===- MediumLoads.cpp - What a medium carries behind an ideal ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MediumLoads.h"

#include <algorithm>

using namespace onnx_split::placement;

MediumLoads::MediumLoads(const Lattice &sharedLattice, int64_t bottleneck,
                         const SearchState &state)
    : lattice(sharedLattice), p(lattice.problem()), search(state),
      threshold(bottleneck), states(lattice.devices()),
      carrier(mediumOfAllLinks(p)), link(bestLinkOf(p)) {
  link.messageNs = 0;
  constexpr size_t mostEntries = size_t(1) << 24;
  if (carrier == None || !states.usable() ||
      static_cast<size_t>(lattice.size()) * states.size() > mostEntries)
    return;
  least.assign(static_cast<size_t>(lattice.size()) * states.size(), Unlimited);
  isAlive.assign(lattice.size(), 0);
  measureBudget();
  if (!fill())
    return;
  turnIntoTimes();
  rejected = std::min(rejected, timeOf(leastOver));
  isUsable = true;
}

int64_t MediumLoads::timeOf(int64_t bytes) const {
  return bytes == Unlimited ? Unlimited : transferTime(link, bytes);
}

/// The most bytes within the threshold, by bisection.
void MediumLoads::measureBudget() {
  int64_t over = Unlimited;
  while (over - budget > 1) {
    int64_t middle = budget + (over - budget) / 2;
    (timeOf(middle) <= threshold ? budget : over) = middle;
  }
}

/// From the end to the beginning. False: too much to do.
bool MediumLoads::fill() {
  constexpr size_t mostSteps = 500000000;
  int32_t full = lattice.size() - 1;
  std::fill_n(row(full), states.size(), 0);
  isAlive[full] = 1;
  alive.push_back(full);
  fewest.push_back(0);
  const std::vector<int32_t> &byWork = lattice.byWork();
  for (auto from = byWork.rbegin(); from != byWork.rend(); ++from) {
    if (*from != full)
      fillRow(*from);
    if (steps > mostSteps || search.outOfTime())
      return false;
  }
  return true;
}

/// What is open crosses the medium once at least, so that most ideals need no
/// row.
void MediumLoads::fillRow(int32_t from) {
  int64_t open = 0;
  for (int32_t tensor : lattice.open(from))
    open = addSaturating(open, p.tensors[tensor].sent());
  if (!passesBytes(open))
    return;
  for (size_t i = alive.size(); i-- > 0;) {
    int32_t to = alive[i];
    if (!passes(lattice.leastWork(to) - lattice.leastWork(from)))
      break;
    ++steps;
    if (lattice.ideals().isSubset(from, to))
      addStages(from, to, fewest[i]);
  }
  int64_t best = *std::min_element(row(from), row(from) + states.size());
  if (!passesBytes(best))
    return;
  isAlive[from] = 1;
  alive.push_back(from);
  fewest.push_back(best);
}

bool MediumLoads::fits(int32_t group, int32_t from, int32_t to) {
  int32_t device = states.groups()[group].device;
  int64_t room = p.devices[device].room();
  return passes(lattice.compute(device, from, to)) &&
         (room == Unlimited || lattice.ownWeights(from, to) <= room) &&
         lattice.allows(group, from, to);
}

/// The model's inputs and outputs, if they come from or go to elsewhere.
int64_t MediumLoads::bytesOver(int32_t group, int32_t from, int32_t to) const {
  int32_t device = states.groups()[group].device;
  int64_t bytes = 0;
  if (p.ingress != None && p.ingress != device)
    bytes = addSaturating(bytes, lattice.inputsRead(from, to).sent);
  if (p.egress != None && p.egress != device)
    bytes = addSaturating(bytes, lattice.outputsMade(from, to).sent);
  return bytes;
}

/// What a stage between the two ideals, on any device, makes of the first one's
/// row.
void MediumLoads::addStages(int32_t from, int32_t to, int64_t behindIt) {
  int64_t read = 0;
  for (int32_t tensor : lattice.open(from))
    if (lattice.reads(tensor, from, to))
      read = addSaturating(read, p.tensors[tensor].sent());
  steps += lattice.open(from).size();
  if (!passesBytes(addSaturating(read, behindIt)))
    return;
  int64_t *here = row(from);
  for (size_t g = 0; g < states.groups().size(); ++g) {
    const DeviceStates::Group &group = states.groups()[g];
    if (!fits(static_cast<int32_t>(g), from, to))
      continue;
    int64_t bytes = addSaturating(read, bytesOver(g, from, to));
    steps += states.size();
    // States with a device left are in a row, up to the next higher digit.
    const int64_t *after = row(to) + group.stride;
    int64_t next = group.stride * (group.count + 1);
    for (int64_t first = 0; first < states.size(); first += next)
      for (int64_t s = first; s < first + group.stride * group.count; ++s)
        here[s] =
            std::min(here[s], after[s] < Unlimited - bytes ? after[s] + bytes
                                                           : Unlimited);
  }
}

void MediumLoads::turnIntoTimes() {
  for (int64_t &entry : least)
    entry = timeOf(entry);
}
