//===- Connection.cpp - What must stay together, what cannot meet ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Given a threshold T, conditions that every plan within T meets:
///
///  - LB5: a tensor that takes more than T over the best link is made and read
///    on one device. Tasks tied like that are an atom; some device must run the
///    whole atom within T. Contiguous stages tie what lies on a cycle, too.
///  - LB6: the devices that run a connected part of the graph are connected by
///    links, in some direction, that carry the smallest tensor between atoms
///    within T; together they must do the work (LB1).
///  - LB4: together they must have memory for the weights, and reach the
///    model's inputs and outputs within T.
///
/// All of this only becomes easier with larger T, so bisection finds the least
/// T that is not excluded.
///
//===----------------------------------------------------------------------===//

#include "Bounds.h"

#include "../Tables/Atoms.h"
#include "../Tables/Messages.h"
#include "../Tables/Unions.h"

#include <map>
#include <set>

using namespace onnx_split::placement;

namespace {

class Connection {
public:
  /// With `convex`, what lies on a cycle of atoms joins them.
  Connection(const Problem &problem, bool convex);
  bool isPossible(int64_t threshold);

private:
  void formAtoms(int64_t threshold);
  bool atomsFit(int64_t threshold) const;
  int64_t smallestMessage(int32_t part) const;
  bool partIsPossible(int32_t part, int64_t threshold);
  bool groupIsPossible(int32_t part, const std::vector<int32_t> &group,
                       int64_t threshold) const;
  int64_t boundaryTime(int32_t device, bool inward, int64_t bytes) const;
  bool reachesBoundary(int32_t part, const std::vector<int32_t> &group,
                       int64_t threshold) const;

  const Problem &p;
  const bool convex;
  Link best;
  size_t numClasses;
  /// Connected part of the graph of each task; by the smallest task.
  std::vector<int32_t> partOf;
  std::vector<int32_t> parts;
  /// Weights of each part, each once.
  std::map<int32_t, Wide> weightBytes;

  // For one threshold.
  std::vector<int32_t> atomOf;
  size_t numAtoms = 0;
  /// time[c * numAtoms + a].
  std::vector<int64_t> time;
  std::vector<int32_t> pins;
};

} // namespace

Connection::Connection(const Problem &problem, bool isConvex)
    : p(problem), convex(isConvex), best(bestLinkOf(p)),
      numClasses(p.taskTime.size() / p.tasks.size()) {
  Unions unions(p.tasks.size());
  for (const Tensor &tensor : p.tensors)
    if (tensor.producer != None)
      for (int32_t reader : tensor.consumers)
        unions.merge(tensor.producer, reader);
  std::map<int32_t, std::vector<int32_t>> weights;
  for (size_t t = 0; t < p.tasks.size(); ++t) {
    partOf.push_back(unions.find(static_cast<int32_t>(t)));
    if (partOf.back() == static_cast<int32_t>(t))
      parts.push_back(partOf.back());
    std::vector<int32_t> &list = weights[partOf.back()];
    list.insert(list.end(), p.tasks[t].weights.begin(),
                p.tasks[t].weights.end());
  }
  for (auto &[part, list] : weights) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    Wide &bytes = weightBytes[part];
    for (int32_t w : list)
      bytes += p.weights[w].bytes;
  }
}

void Connection::formAtoms(int64_t threshold) {
  size_t n = p.tasks.size();
  auto isTied = [&](const Tensor &tensor) {
    return !tensor.canCut || transferTime(best, tensor.sent()) > threshold;
  };
  if (convex) {
    Atoms atoms = atomsOf(p, /*givenOrder=*/false, isTied);
    atomOf = std::move(atoms.atomOf);
    numAtoms = atoms.tasks.size();
  } else {
    Unions unions(n);
    for (const Tensor &tensor : p.tensors)
      if (tensor.producer != None && isTied(tensor))
        for (int32_t reader : tensor.consumers)
          unions.merge(tensor.producer, reader);
    std::vector<int32_t> number(n, None);
    numAtoms = 0;
    atomOf.assign(n, 0);
    for (size_t t = 0; t < n; ++t) {
      int32_t &own = number[unions.find(static_cast<int32_t>(t))];
      if (own == None)
        own = static_cast<int32_t>(numAtoms++);
      atomOf[t] = own;
    }
  }
  time.assign(numClasses * numAtoms, 0);
  pins.assign(numAtoms, None);
  for (size_t t = 0; t < n; ++t) {
    for (size_t c = 0; c < numClasses; ++c) {
      int64_t &sum = time[c * numAtoms + atomOf[t]];
      sum = addSaturating(sum, p.taskTime[c * n + t]);
    }
    if (p.tasks[t].pin != None)
      pins[atomOf[t]] = p.tasks[t].pin;
  }
}

/// Some device runs each atom within T.
bool Connection::atomsFit(int64_t threshold) const {
  std::vector<char> isUsed(numClasses, 0);
  for (const Device &device : p.devices)
    isUsed[device.speedClass] = 1;
  for (size_t a = 0; a < numAtoms; ++a) {
    int64_t least = Unlimited;
    for (size_t c = 0; c < numClasses; ++c)
      if (isUsed[c] && (pins[a] == None || p.devices[pins[a]].speedClass ==
                                               static_cast<int32_t>(c)))
        least = std::min(least, time[c * numAtoms + a]);
    if (least > threshold)
      return false;
  }
  return true;
}

/// Bytes of the smallest tensor that may cross devices; Unlimited if none may.
int64_t Connection::smallestMessage(int32_t part) const {
  int64_t smallest = Unlimited;
  for (const Tensor &tensor : p.tensors)
    if (tensor.producer != None && tensor.canCut &&
        partOf[tensor.producer] == part && tensor.sent() < smallest)
      for (int32_t reader : tensor.consumers)
        if (atomOf[reader] != atomOf[tensor.producer]) {
          smallest = tensor.sent();
          break;
        }
  return smallest;
}

/// Of a message with some of the model's inputs to the device or, not `inward`,
/// of its outputs from there; 0 without bytes.
int64_t Connection::boundaryTime(int32_t device, bool inward,
                                 int64_t bytes) const {
  int32_t end = inward ? p.ingress : p.egress;
  if (end == None || end == device || bytes == 0)
    return 0;
  return transferTime(inward ? p.link(end, device) : p.link(device, end),
                      bytes);
}

/// Each of the model's inputs reaches the group, and its outputs leave it; all
/// of them over one link if the group is one device.
bool Connection::reachesBoundary(int32_t part,
                                 const std::vector<int32_t> &group,
                                 int64_t threshold) const {
  Wide inward = 0, outward = 0;
  for (const Tensor &tensor : p.tensors) {
    bool isInput = tensor.producer == None;
    int32_t end = isInput ? p.ingress : p.egress;
    bool isMine = isInput ? !tensor.consumers.empty() &&
                                partOf[tensor.consumers.front()] == part
                          : tensor.isOutput && partOf[tensor.producer] == part;
    if (end == None || !isMine)
      continue;
    int64_t fastest = Unlimited;
    for (int32_t device : group)
      fastest = std::min(fastest, boundaryTime(device, isInput, tensor.sent()));
    if (fastest > threshold)
      return false;
    (isInput ? inward : outward) += tensor.sent();
  }
  int32_t only = group.size() == 1 ? group.front() : None;
  return only == None ||
         (boundaryTime(only, /*inward=*/true, saturate(inward)) <= threshold &&
          boundaryTime(only, /*inward=*/false, saturate(outward)) <= threshold);
}

/// The devices of a group can do the work of the part.
bool Connection::groupIsPossible(int32_t part,
                                 const std::vector<int32_t> &group,
                                 int64_t threshold) const {
  Wide memory = 0;
  for (int32_t device : group)
    memory += std::max<int64_t>(0, p.devices[device].room());
  if (weightBytes.at(part) > memory || !reachesBoundary(part, group, threshold))
    return false;
  WorkLoad load;
  std::vector<int32_t> items;
  std::vector<char> isListed(numAtoms, 0);
  for (size_t t = 0; t < p.tasks.size(); ++t)
    if (partOf[t] == part && !isListed[atomOf[t]]) {
      isListed[atomOf[t]] = 1;
      items.push_back(atomOf[t]);
    }
  load.numItems = items.size();
  load.numClasses = numClasses;
  load.numDevices.assign(numClasses, 0);
  for (int32_t device : group)
    ++load.numDevices[p.devices[device].speedClass];
  for (size_t c = 0; c < numClasses; ++c)
    for (int32_t atom : items) {
      int64_t ns = time[c * numAtoms + atom];
      // What does not fit within T cannot run there at all.
      load.time.push_back(ns > threshold ? Unlimited : ns);
    }
  load.maxDevices = static_cast<int64_t>(std::min(group.size(), items.size()));
  if (p.maxStages > 0)
    load.maxDevices = std::min<int64_t>(load.maxDevices, p.maxStages);
  int rounds = load.time.size() > 100000 ? 1 : 8;
  return boundByWork(load, rounds) <= threshold;
}

/// Tries every connected group of devices.
bool Connection::partIsPossible(int32_t part, int64_t threshold) {
  int64_t bytes = smallestMessage(part);
  int32_t numDevices = static_cast<int32_t>(p.devices.size());
  Unions unions(p.devices.size());
  for (int32_t from = 0; from < numDevices && bytes != Unlimited; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      if (from != to && transferTime(p.link(from, to), bytes) <= threshold)
        unions.merge(from, to);
  std::vector<std::vector<int32_t>> groups(p.devices.size());
  for (int32_t d = 0; d < numDevices; ++d)
    groups[unions.find(d)].push_back(d);
  // Groups of the same kind need one look, unless links to fixed ends matter.
  std::set<std::vector<Wide>> seen;
  bool hasEnds = p.ingress != None || p.egress != None;
  for (const std::vector<int32_t> &group : groups) {
    if (group.empty())
      continue;
    std::vector<Wide> kind(numClasses + 2, 0);
    kind.back() = hasEnds ? group.front() : 0;
    for (int32_t device : group) {
      ++kind[p.devices[device].speedClass];
      kind[numClasses] += std::max<int64_t>(0, p.devices[device].room());
    }
    if (seen.insert(std::move(kind)).second &&
        groupIsPossible(part, group, threshold))
      return true;
  }
  return false;
}

bool Connection::isPossible(int64_t threshold) {
  formAtoms(threshold);
  if (!atomsFit(threshold))
    return false;
  for (int32_t part : parts)
    if (!partIsPossible(part, threshold))
      return false;
  return true;
}

void onnx_split::placement::boundByConnection(SearchState &search) {
  const Problem &p = search.problem;
  // The tests walk all links and all tasks. Where nothing takes time but
  // messages, the searches find the same quickly.
  constexpr size_t large = 4000000;
  if (p.tasks.empty() || p.taskTime.size() > large || p.links.size() > large ||
      search.lower() == 0)
    return;
  auto raise = [&](bool convex, SolutionClass ofClass) {
    Connection connection(p, convex);
    int64_t bound = leastPossible(search, [&](int64_t threshold) {
      return connection.isPossible(threshold);
    });
    search.raiseBound(std::min(bound, search.upper()), BoundKind::Connection,
                      ofClass);
  };
  raise(/*convex=*/false, SolutionClass::Revisiting);
  if (search.scope <= SolutionClass::Contiguous)
    raise(/*convex=*/true, SolutionClass::Contiguous);
}
