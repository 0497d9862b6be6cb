//===- Domains.cpp - Which devices can run each task within T -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Domains.h"

#include "Bounds.h"

#include "../Tables/Reach.h"
#include "../Tables/Unions.h"

#include <map>

using namespace onnx_split::placement;

Domains::Domains(const Problem &problem, bool isConvex,
                 const SearchState *ofSearch)
    : p(problem), graph(p), convex(isConvex), search(ofSearch),
      numDevices(static_cast<int32_t>(p.devices.size())),
      numClasses(p.taskTime.size() / p.tasks.size()) {
  for (const Tensor &tensor : p.tensors) {
    sizes.push_back(tensor.sent());
    if (tensor.producer != None)
      for (int32_t reader : tensor.consumers)
        edges.push_back({tensor.producer, reader});
  }
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  for (const Tensor &tensor : p.tensors)
    sizeOf.push_back(
        std::lower_bound(sizes.begin(), sizes.end(), tensor.sent()) -
        sizes.begin());
}

/// Where messages of each size get.
void Domains::measureLinks() {
  outward.assign(sizes.size() * numDevices, 0);
  inward = outward;
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to) {
      // Sizes ascend, and so do times.
      size_t most =
          from == to
              ? sizes.size()
              : std::partition_point(sizes.begin(), sizes.end(),
                                     [&](int64_t bytes) {
                                       return transferTime(p.link(from, to),
                                                           bytes) <= threshold;
                                     }) -
                    sizes.begin();
      for (size_t s = 0; s < most; ++s) {
        outward[s * numDevices + from] |= Set(1) << to;
        inward[s * numDevices + to] |= Set(1) << from;
      }
    }
}

/// What each task leads to and what leads to it is on its device where that is
/// an end, so their times add up.
void Domains::measureEnds() {
  size_t n = p.tasks.size();
  workTo.assign(n * numClasses, 0);
  workFrom = workTo;
  forEachPairInOrder(
      p,
      [&](size_t source, size_t t) {
        for (size_t c = 0; c < numClasses; ++c) {
          int64_t &leading = workTo[c * n + t], &led = workFrom[c * n + source];
          leading = addSaturating(leading, p.taskTime[c * n + source]);
          led = addSaturating(led, p.taskTime[c * n + t]);
        }
      },
      [&] { return outOfTime(); });
}

/// Leaves ends what they can run with all that is before it, or behind it.
void Domains::startAtEnds() {
  if (workTo.empty())
    measureEnds();
  auto restrictTo = [&](int32_t end, const std::vector<int64_t> &workOf) {
    if (end == None)
      return;
    size_t row = p.devices[end].speedClass * p.tasks.size();
    for (size_t t = 0; t < p.tasks.size(); ++t)
      if (workOf[row + t] > threshold)
        ofTask[t] &= ~(Set(1) << end);
  };
  restrictTo(ends.first, workTo);
  restrictTo(ends.last, workFrom);
}

/// Where a stage on the device can send the tensor, and that device.
Domains::Set Domains::reachable(int32_t tensor, int32_t from) const {
  Set self = Set(1) << from;
  if (from == ends.last)
    return self;
  Set all = outward[sizeOf[tensor] * numDevices + from];
  return ends.first == None ? all : self | (all & ~(Set(1) << ends.first));
}

/// Whose stages can send the tensor to the device, and that device.
Domains::Set Domains::reaching(int32_t tensor, int32_t to) const {
  Set self = Set(1) << to;
  if (to == ends.first)
    return self;
  Set all = inward[sizeOf[tensor] * numDevices + to];
  return ends.last == None ? all : self | (all & ~(Set(1) << ends.last));
}

void Domains::tieUncuttable() {
  together.clear();
  for (const Tensor &tensor : p.tensors)
    if (tensor.producer != None && !tensor.canCut)
      for (int32_t reader : tensor.consumers)
        together.push_back({tensor.producer, reader});
}

/// False: nothing is left of the domain.
bool Domains::restrict(int32_t atom, Set to) {
  Set left = domains[atom] & to;
  hasChanged |= left != domains[atom];
  domains[atom] = left;
  return left != 0;
}

/// Atoms of the tasks that are together, with the domain that all have in
/// common. False: some atom has none.
bool Domains::formAtoms() {
  size_t n = p.tasks.size();
  if (convex) {
    grouped = contractAtoms(static_cast<int32_t>(n), edges, together);
  } else {
    Unions unions(n);
    for (auto [a, b] : together)
      unions.merge(a, b);
    grouped = {std::vector<int32_t>(n, None), {}, {}};
    for (size_t t = 0; t < n; ++t) {
      int32_t first = unions.find(static_cast<int32_t>(t));
      if (grouped.atomOf[first] == None) {
        grouped.atomOf[first] = static_cast<int32_t>(grouped.tasks.size());
        grouped.tasks.emplace_back();
      }
      grouped.atomOf[t] = grouped.atomOf[first];
      grouped.tasks[grouped.atomOf[t]].push_back(static_cast<int32_t>(t));
    }
  }
  domains.assign(grouped.tasks.size(), ~Set(0));
  times.assign(grouped.tasks.size() * numClasses, 0);
  weights.assign(grouped.tasks.size(), {});
  for (size_t a = 0; a < grouped.tasks.size(); ++a) {
    for (int32_t t : grouped.tasks[a]) {
      domains[a] &= ofTask[t];
      for (size_t c = 0; c < numClasses; ++c)
        times[a * numClasses + c] =
            addSaturating(times[a * numClasses + c], p.taskTime[c * n + t]);
      weights[a].insert(weights[a].end(), p.tasks[t].weights.begin(),
                        p.tasks[t].weights.end());
    }
    std::sort(weights[a].begin(), weights[a].end());
    weights[a].erase(std::unique(weights[a].begin(), weights[a].end()),
                     weights[a].end());
    if (domains[a] == 0)
      return false;
  }
  return true;
}

/// Reader and maker get to each other.
bool Domains::followArc(int32_t tensor, int32_t maker, int32_t reader) {
  // One stage on each device: what must be cut goes to another one.
  bool leaves = convex && p.tensors[tensor].mustCut;
  Set readable = 0, makeable = 0;
  for (Set left = domains[maker]; left; left &= left - 1)
    readable |= reachable(tensor, lowest(left)) & ~(leaves ? left & -left : 0);
  if (!restrict(reader, readable))
    return false;
  for (Set left = domains[reader]; left; left &= left - 1)
    makeable |= reaching(tensor, lowest(left)) & ~(leaves ? left & -left : 0);
  return restrict(maker, makeable);
}

/// Inputs and outputs of the model get where they must.
bool Domains::followEnds() {
  for (size_t x = 0; x < p.tensors.size(); ++x) {
    const Tensor &tensor = p.tensors[x];
    size_t row = sizeOf[x] * numDevices;
    if (tensor.producer == None && p.ingress != None)
      for (int32_t t : tensor.consumers)
        if (!restrict(grouped.atomOf[t], outward[row + p.ingress]))
          return false;
    if (tensor.producer != None && tensor.isOutput && p.egress != None &&
        !restrict(makerOf(static_cast<int32_t>(x)), inward[row + p.egress]))
      return false;
  }
  return true;
}

/// Along all tensors, there and back, until nothing changes.
bool Domains::followArcs() {
  std::vector<int32_t> order;
  for (size_t x = 0; x < p.tensors.size(); ++x)
    if (p.tensors[x].producer != None && !p.tensors[x].consumers.empty())
      order.push_back(static_cast<int32_t>(x));
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return p.tensors[a].producer < p.tensors[b].producer;
  });
  bool before = hasChanged;
  do {
    hasChanged = false;
    for (int32_t x : order) {
      int32_t maker = makerOf(x), last = maker;
      for (int32_t t : p.tensors[x].consumers) {
        int32_t reader = grouped.atomOf[t];
        if (reader == maker || reader == last)
          continue;
        last = reader;
        if (!followArc(x, maker, reader))
          return false;
      }
    }
    std::reverse(order.begin(), order.end());
    before |= hasChanged;
  } while (hasChanged && !outOfTime());
  hasChanged = before;
  return true;
}

//===----------------------------------------------------------------------===//
// What is on one device alone
//===----------------------------------------------------------------------===//

/// Work and weights of each device. False: too much for one.
bool Domains::listFixed() {
  busyNs.assign(numDevices, 0);
  heldBytes.assign(numDevices, 0);
  holders.assign(p.weights.size(), 0);
  for (size_t a = 0; a < domains.size(); ++a) {
    int32_t atom = static_cast<int32_t>(a);
    if (!isFixed(atom))
      continue;
    int32_t d = lowest(domains[a]);
    busyNs[d] = addSaturating(busyNs[d], timeOf(atom, d));
    for (int32_t w : weights[a])
      if (!(holders[w] & domains[a])) {
        holders[w] |= domains[a];
        heldBytes[d] = addSaturating(heldBytes[d], p.weights[w].bytes);
      }
  }
  for (int32_t d = 0; d < numDevices; ++d)
    // A device without anything may have room for nothing.
    if (busyNs[d] > threshold ||
        (heldBytes[d] > 0 && heldBytes[d] > p.devices[d].room()))
      return false;
  return true;
}

/// As if it all went in one message, which takes least.
int64_t Domains::timeWith(int32_t from, int32_t to, const Traffic &load) const {
  return load.any ? transferTime(p.link(from, to),
                                 addSaturating(load.bytes, load.added))
                  : 0;
}

void Domains::send(int32_t from, int32_t to, int64_t bytes) {
  Traffic &load = traffic(from, to);
  load.any = true;
  load.bytes = addSaturating(load.bytes, bytes);
}

/// Messages between devices that surely run both ends. False: too much for some
/// link or medium.
bool Domains::listTraffic() {
  surely.assign(static_cast<size_t>(numDevices) * numDevices, {});
  readers.assign(p.tensors.size(), 0);
  mediumNs.assign(p.media.size(), 0);
  for (size_t x = 0; x < p.tensors.size(); ++x) {
    const Tensor &tensor = p.tensors[x];
    for (int32_t t : tensor.consumers)
      if (int32_t reader = grouped.atomOf[t]; isFixed(reader))
        readers[x] |= domains[reader];
    int32_t from = p.ingress;
    if (tensor.producer != None) {
      int32_t maker = makerOf(static_cast<int32_t>(x));
      from = isFixed(maker) ? lowest(domains[maker]) : None;
      if (from != None && tensor.isOutput && p.egress != None &&
          p.egress != from)
        send(from, p.egress, tensor.sent());
    }
    for (Set left = from == None ? 0 : readers[x] & ~(Set(1) << from); left;
         left &= left - 1)
      send(from, lowest(left), tensor.sent());
  }
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to) {
      int64_t time = timeWith(from, to, traffic(from, to));
      if (time > threshold)
        return false;
      if (int32_t medium = from == to ? None : p.medium(from, to);
          medium != None)
        mediumNs[medium] = addSaturating(mediumNs[medium], time);
    }
  return std::all_of(mediumNs.begin(), mediumNs.end(),
                     [&](int64_t time) { return time <= threshold; });
}

/// Whether the device can run the atom beside what it surely runs, and the
/// links carry what that adds.
bool Domains::fitsBeside(int32_t atom, int32_t device) {
  Set self = Set(1) << device;
  if (addSaturating(busyNs[device], timeOf(atom, device)) > threshold)
    return false;
  int64_t held = heldBytes[device];
  for (int32_t w : weights[atom])
    if (!(holders[w] & self))
      held = addSaturating(held, p.weights[w].bytes);
  if (!weights[atom].empty() && held > p.devices[device].room())
    return false;
  touched.clear();
  auto add = [&](int32_t from, int32_t to, int64_t bytes) {
    traffic(from, to).added = addSaturating(traffic(from, to).added, bytes);
    touched.push_back({from, to});
  };
  for (int32_t t : grouped.tasks[atom]) {
    for (int32_t x : graph.readBy(t)) {
      const Tensor &tensor = p.tensors[x];
      int32_t maker = tensor.producer == None ? None : makerOf(x);
      // Tasks of the atom read it in one message.
      bool isFirst = true;
      for (int32_t reader : tensor.consumers)
        isFirst &= reader >= t || grouped.atomOf[reader] != atom;
      int32_t from = tensor.producer == None           ? p.ingress
                     : maker != atom && isFixed(maker) ? lowest(domains[maker])
                                                       : None;
      if (isFirst && from != None && from != device && !(readers[x] & self))
        add(from, device, tensor.sent());
    }
    for (int32_t x : graph.madeBy(t)) {
      for (Set left = readers[x] & ~self; left; left &= left - 1)
        add(device, lowest(left), p.tensors[x].sent());
      if (p.tensors[x].isOutput && p.egress != None && p.egress != device)
        add(device, p.egress, p.tensors[x].sent());
    }
  }
  bool fits = true;
  std::map<int32_t, int64_t> media;
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  for (auto [from, to] : touched) {
    Traffic &load = traffic(from, to);
    int64_t before = timeWith(from, to, {load.any, load.bytes, 0});
    int64_t after = timeWith(from, to, {true, load.bytes, load.added});
    load.added = 0;
    fits &= after <= threshold;
    if (int32_t medium = p.medium(from, to); medium != None && fits) {
      int64_t &sum = media.try_emplace(medium, mediumNs[medium]).first->second;
      sum = addSaturating(sum, after - before);
      fits &= sum <= threshold;
    }
  }
  return fits;
}

bool Domains::dropOverloads() {
  for (size_t a = 0; a < domains.size(); ++a) {
    int32_t atom = static_cast<int32_t>(a);
    if (isFixed(atom))
      continue;
    constexpr size_t seldom = 256;
    if (a % seldom == 0 && outOfTime())
      return true;
    Set fitting = 0;
    for (Set left = domains[a]; left; left &= left - 1)
      if (fitsBeside(atom, lowest(left)))
        fitting |= left & -left;
    if (!restrict(atom, fitting))
      return false;
  }
  return true;
}

/// Drops the devices on which an atom takes too long or does not fit by itself.
bool Domains::dropLarge() {
  for (size_t a = 0; a < domains.size(); ++a) {
    int32_t atom = static_cast<int32_t>(a);
    Wide bytes = 0;
    for (int32_t w : weights[a])
      bytes += p.weights[w].bytes;
    Set fitting = 0;
    for (Set left = domains[a]; left; left &= left - 1)
      if (int32_t d = lowest(left);
          timeOf(atom, d) <= threshold &&
          (bytes <= std::max<int64_t>(0, p.devices[d].room())))
        fitting |= left & -left;
    if (!restrict(atom, fitting))
      return false;
  }
  return true;
}

/// Ties what is on one device whichever that is; with stages that are
/// contiguous, also what is on the same one. True if there is something new.
bool Domains::tieMore() {
  size_t before = together.size();
  for (size_t x = 0; x < p.tensors.size(); ++x) {
    const Tensor &tensor = p.tensors[x];
    if (tensor.producer == None)
      continue;
    int32_t index = static_cast<int32_t>(x), maker = makerOf(index);
    for (int32_t t : tensor.consumers) {
      int32_t reader = grouped.atomOf[t];
      if (reader == maker)
        continue;
      bool mayPart = false;
      for (Set left = domains[maker]; left && !mayPart; left &= left - 1)
        mayPart =
            reachable(index, lowest(left)) & domains[reader] & ~(left & -left);
      if (!mayPart)
        together.push_back({tensor.producer, t});
    }
  }
  if (convex) {
    std::vector<int32_t> first(numDevices, None);
    for (size_t a = 0; a < domains.size(); ++a) {
      if (!isFixed(static_cast<int32_t>(a)))
        continue;
      int32_t &task = first[lowest(domains[a])];
      if (task != None)
        together.push_back({task, grouped.tasks[a].front()});
      else
        task = grouped.tasks[a].front();
    }
  }
  return together.size() > before;
}

/// LB1 over the atoms, each on the devices of its domain.
bool Domains::canDoWork() const {
  // Devices of one class that are in the same domains are one class.
  std::vector<int32_t> classOf(numDevices);
  int32_t count = 0;
  auto split = [&](auto keyOf) {
    std::map<std::pair<int32_t, int32_t>, int32_t> numbers;
    for (int32_t d = 0; d < numDevices; ++d)
      classOf[d] = numbers
                       .try_emplace({classOf[d], keyOf(d)},
                                    static_cast<int32_t>(numbers.size()))
                       .first->second;
    count = static_cast<int32_t>(numbers.size());
  };
  split([&](int32_t d) { return p.devices[d].speedClass; });
  std::vector<Set> distinct(domains);
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (Set set : distinct)
    if (count < numDevices)
      split([&](int32_t d) { return static_cast<int32_t>(set >> d & 1); });
  WorkLoad load;
  load.numItems = domains.size();
  load.numClasses = count;
  load.numDevices.assign(count, 0);
  std::vector<int32_t> member(count);
  for (int32_t d = 0; d < numDevices; ++d) {
    ++load.numDevices[classOf[d]];
    member[classOf[d]] = d;
  }
  for (int32_t d : member)
    for (size_t a = 0; a < domains.size(); ++a)
      load.time.push_back(
          domains[a] >> d & 1 ? timeOf(static_cast<int32_t>(a), d) : Unlimited);
  load.maxDevices = std::min<int64_t>(numDevices, load.numItems);
  if (p.maxStages > 0)
    load.maxDevices = std::min<int64_t>(load.maxDevices, p.maxStages);
  constexpr size_t large = 100000;
  return boundByWork(load, load.time.size() > large ? 2 : 12) <= threshold;
}

/// Whether something is left for an end, if it is one.
bool Domains::canRunSome(int32_t end) const {
  return end == None ||
         std::any_of(domains.begin(), domains.end(),
                     [&](Set domain) { return domain >> end & 1; });
}

bool Domains::narrow(int64_t bottleneck, const std::vector<Set> &allowed,
                     EndStages ofStages) {
  threshold = bottleneck;
  ends = ofStages;
  isStopped = false;
  measureLinks();
  tieUncuttable();
  ofTask.clear();
  for (const Task &task : p.tasks)
    ofTask.push_back(task.pin == None ? all() : Set(1) << task.pin);
  for (size_t t = 0; t < allowed.size(); ++t)
    ofTask[t] &= allowed[t];
  if (ends.first != None || ends.last != None)
    startAtEnds();
  do {
    if (!formAtoms() || !dropLarge() || !followEnds())
      return false;
    do {
      hasChanged = false;
      if (!followArcs() || !listFixed() || !listTraffic() || !dropOverloads())
        return false;
    } while (hasChanged && !isStopped);
    // What is left is more than it would be, and no less true.
    if (isStopped)
      return true;
    for (size_t t = 0; t < p.tasks.size(); ++t)
      ofTask[t] = domains[grouped.atomOf[t]];
  } while (tieMore());
  return canRunSome(ends.first) && canRunSome(ends.last) && canDoWork();
}

void onnx_split::placement::boundByDomains(SearchState &search) {
  const Problem &p = search.problem;
  constexpr size_t large = 1000000;
  if (p.tasks.empty() || search.scope > SolutionClass::Revisiting ||
      p.devices.size() > Domains::MaxDevices ||
      p.tasks.size() * p.devices.size() > large)
    return;
  bool convex = search.scope <= SolutionClass::Contiguous;
  Domains domains(p, convex, &search);
  raiseByBisection(
      search, BoundKind::Domains,
      convex ? SolutionClass::Contiguous : SolutionClass::Revisiting,
      [&](int64_t threshold) {
        return domains.narrow(threshold) ? threshold : threshold + 1;
      });
}
