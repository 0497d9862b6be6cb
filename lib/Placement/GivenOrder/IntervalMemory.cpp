//===- IntervalMemory.cpp - Memory of a contiguous stage ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Why the peak of a stage [b, e) can be read off the whole graph: a storage is
/// live at step t of the stage if step t makes it, or if it exists before t and
/// a task in [t, e) reads it. Neither depends on b. Against the liveness of the
/// whole graph only those storages are missing that are next read behind e.
/// They are few (they cross cut e), and each is missing from its last use
/// before e on. Outputs depend on b only in that they stay to the end if made
/// inside.
///
//===----------------------------------------------------------------------===//

#include "IntervalMemory.h"

using namespace onnx_split::placement;

DistinctWeights::DistinctWeights(const Problem &p)
    : numTasks(static_cast<int32_t>(p.tasks.size())) {
  std::vector<int32_t> numReaders(p.weights.size(), 0);
  for (const Task &task : p.tasks)
    for (int32_t w : task.weights)
      ++numReaders[w];
  std::vector<int32_t> last(p.weights.size(), None);
  nodes.push_back({0, 0, 0});
  privatePrefix.push_back(0);
  versions.push_back(0);
  for (int32_t t = 0; t < numTasks; ++t) {
    Wide own = 0;
    int32_t root = versions.back();
    for (int32_t w : p.tasks[t].weights) {
      Wide bytes = p.weights[w].bytes;
      if (numReaders[w] == 1) {
        own += bytes;
        continue;
      }
      if (last[w] != None)
        root = add(root, last[w], -bytes, 0, numTasks);
      root = add(root, t, bytes, 0, numTasks);
      last[w] = t;
    }
    privatePrefix.push_back(privatePrefix.back() + own);
    versions.push_back(root);
  }
}

/// Returns the root of a copy of the tree `node` over [low, high).
int32_t DistinctWeights::add(int32_t node, int32_t position, Wide bytes,
                             int32_t low, int32_t high) {
  int32_t copy = static_cast<int32_t>(nodes.size());
  Node old = nodes[node];
  nodes.push_back({old.left, old.right, old.sum + bytes});
  if (high - low == 1)
    return copy;
  int32_t middle = low + (high - low) / 2;
  if (position < middle) {
    int32_t left = add(old.left, position, bytes, low, middle);
    nodes[copy].left = left;
  } else {
    int32_t right = add(old.right, position, bytes, middle, high);
    nodes[copy].right = right;
  }
  return copy;
}

Wide DistinctWeights::operator()(int32_t begin, int32_t end) const {
  Wide sum = privatePrefix[end] - privatePrefix[begin];
  int32_t node = versions[end], low = 0, high = numTasks;
  // Adds the part at positions from `begin` on.
  while (node != 0 && low < begin) {
    int32_t middle = low + (high - low) / 2;
    if (begin < middle) {
      sum += nodes[nodes[node].right].sum;
      node = nodes[node].left;
      high = middle;
    } else {
      node = nodes[node].right;
      low = middle;
    }
  }
  return sum + nodes[node].sum;
}

IntervalMemory::IntervalMemory(const Problem &problem, const CutTable &cutTable)
    : p(problem), table(cutTable), weights(problem), graph(problem),
      walker(problem, graph) {
  makeGroups(problem);
  markSlowCuts(problem);
  sumWholeGraph();
  listPassingBy();
  sumReceives();
  sumOutputs();
}

/// Last step of the whole graph that needs the storage; below 0 if none.
int32_t IntervalMemory::lastNeed(const Group &group) const {
  if (!group.outputs.empty())
    return static_cast<int32_t>(p.tasks.size()) - 1;
  return group.readers.empty() ? group.start
                               : std::max(group.start, group.readers.back());
}

void IntervalMemory::sumWholeGraph() {
  if (p.tasks.empty())
    return;
  std::vector<Wide> change(p.tasks.size() + 1, 0);
  for (const Group &group : groups)
    if (int32_t last = lastNeed(group); last >= 0) {
      change[std::max(group.start, 0)] += group.bytes;
      change[last + 1] -= group.bytes;
    }
  Wide live = 0;
  for (Wide &step : change)
    step = live += step;
  change.pop_back();
  wholeGraph = RangeMax<Wide>(std::move(change));
}

/// Walks along the cuts with the storages that are still needed behind them.
/// O(tasks + sum of the widths of the cuts).
void IntervalMemory::listPassingBy() {
  int32_t numTasks = static_cast<int32_t>(p.tasks.size());
  std::vector<std::vector<int32_t>> startAt(numTasks);
  std::vector<int32_t> active;
  for (size_t g = 0; g < groups.size(); ++g)
    if (lastNeed(groups[g]) >= 0)
      (groups[g].start < 0 ? active : startAt[groups[g].start])
          .push_back(static_cast<int32_t>(g));
  // Per storage, how many of its readers and outputs lie before the cut.
  std::vector<int32_t> readersBefore(groups.size(), 0);
  std::vector<int32_t> outputsBefore(groups.size(), 0);
  auto advance = [](const std::vector<int32_t> &tasks, int32_t c, int32_t &at) {
    while (at < static_cast<int32_t>(tasks.size()) && tasks[at] < c)
      ++at;
    return at;
  };
  passingBy.resize(table.cuts().size());
  for (int32_t c = 0; c <= numTasks; ++c) {
    if (c > 0)
      active.insert(active.end(), startAt[c - 1].begin(), startAt[c - 1].end());
    int32_t cut = table.indexOf(c);
    if (cut == None)
      continue;
    size_t kept = 0;
    for (int32_t g : active) {
      const Group &group = groups[g];
      int32_t read = advance(group.readers, c, readersBefore[g]);
      int32_t made = advance(group.outputs, c, outputsBefore[g]);
      if (read == static_cast<int32_t>(group.readers.size()) &&
          group.outputs.empty())
        continue;
      active[kept++] = g;
      int32_t touch = read > 0 ? std::max(group.start, group.readers[read - 1])
                               : group.start;
      if (touch < c - 1)
        passingBy[cut].push_back(
            {touch, made > 0 ? group.outputs[made - 1] : None, group.bytes});
    }
    active.resize(kept);
    std::sort(passingBy[cut].begin(), passingBy[cut].end(),
              [](const PassingBy &a, const PassingBy &b) {
                return a.touch < b.touch;
              });
  }
}

/// Double buffers for each tensor, up to it.
static std::vector<int64_t> sumBuffers(const Problem &p,
                                       Slice<OpenTensor> list) {
  std::vector<int64_t> sums{0};
  for (const OpenTensor &open : list) {
    int64_t bytes = p.tensors[open.tensor].bytes;
    sums.push_back(addSaturating(sums.back(), addSaturating(bytes, bytes)));
  }
  return sums;
}

void IntervalMemory::sumReceives() {
  int32_t numCuts = static_cast<int32_t>(table.cuts().size());
  for (int32_t cut = 0; cut < numCuts; ++cut) {
    receiveSums.push_back(sumBuffers(p, table.open(cut)));
    inputSums.push_back(sumBuffers(p, table.inputs(cut)));
  }
}

void IntervalMemory::sumOutputs() {
  outputSums.assign(p.tasks.size() + 1, 0);
  for (const Tensor &tensor : p.tensors)
    if (tensor.isOutput && tensor.producer != None)
      outputSums[tensor.producer + 1] += 2 * Wide(tensor.bytes);
  for (size_t t = 0; t < p.tasks.size(); ++t)
    outputSums[t + 1] += outputSums[t];
}

void IntervalMemory::makeGroups(const Problem &problem) {
  groupOf.assign(problem.tensors.size(), None);
  for (size_t x = 0; x < problem.tensors.size(); ++x) {
    // A base has an earlier producer than its alias, so this ends.
    int32_t root = static_cast<int32_t>(x);
    while (problem.tensors[root].aliasOf != None)
      root = problem.tensors[root].aliasOf;
    if (groupOf[root] == None) {
      groupOf[root] = static_cast<int32_t>(groups.size());
      groups.emplace_back();
      groups.back().start = problem.tensors[root].producer;
      groups.back().bytes = problem.tensors[root].bytes;
    }
    groupOf[x] = groupOf[root];
    Group &group = groups[groupOf[x]];
    const Tensor &tensor = problem.tensors[x];
    group.uniform &= tensor.bytes == group.bytes;
    group.bytes = std::max(group.bytes, tensor.bytes);
    group.readers.insert(group.readers.end(), tensor.consumers.begin(),
                         tensor.consumers.end());
    if (tensor.isOutput && tensor.producer != None)
      group.outputs.push_back(tensor.producer);
  }
  for (Group &group : groups) {
    std::sort(group.readers.begin(), group.readers.end());
    std::sort(group.outputs.begin(), group.outputs.end());
  }
}

void IntervalMemory::markSlowCuts(const Problem &problem) {
  slowBegin.assign(table.cuts().size(), 0);
  std::vector<int32_t> lastCut(groups.size(), None);
  for (size_t cut = 0; cut < table.cuts().size(); ++cut)
    for (Slice<OpenTensor> crossing : {table.open(static_cast<int32_t>(cut)),
                                       table.inputs(static_cast<int32_t>(cut))})
      for (const OpenTensor &open : crossing) {
        int32_t &last = lastCut[groupOf[open.tensor]];
        if (last == static_cast<int32_t>(cut))
          slowBegin[cut] = 1;
        last = static_cast<int32_t>(cut);
      }

  std::vector<char> uneven(problem.tasks.size(), 0);
  for (size_t x = 0; x < problem.tensors.size(); ++x) {
    if (groups[groupOf[x]].uniform)
      continue;
    if (problem.tensors[x].producer != None)
      uneven[problem.tensors[x].producer] = 1;
    for (int32_t reader : problem.tensors[x].consumers)
      uneven[reader] = 1;
  }
  slowBefore.assign(1, 0);
  for (char isUneven : uneven)
    slowBefore.push_back(slowBefore.back() + isUneven);
}

int64_t IntervalMemory::withoutSends(int32_t device, int32_t beginCut,
                                     int32_t endCut) const {
  int32_t begin = table.cuts()[beginCut], end = table.cuts()[endCut];
  // Of a list by next reader, what the stage reads.
  auto received = [&](Slice<OpenTensor> list,
                      const std::vector<int64_t> &sums) -> Wide {
    return sums[std::partition_point(list.begin(), list.end(),
                                     [&](const OpenTensor &entry) {
                                       return entry.nextReader < end;
                                     }) -
                list.begin()];
  };
  Wide buffers = received(table.open(beginCut), receiveSums[beginCut]);
  if (p.ingress != None && p.ingress != device)
    buffers += received(table.inputs(beginCut), inputSums[beginCut]);
  if (p.egress != None && p.egress != device)
    buffers += outputSums[end] - outputSums[begin];
  return saturate(weights(begin, end) + peak(beginCut, endCut) + buffers);
}

int64_t IntervalMemory::sendBytes(int32_t beginCut, int32_t endCut) const {
  int32_t begin = table.cuts()[beginCut];
  Wide sum = 0;
  for (const OpenTensor &open : table.open(endCut))
    if (p.tensors[open.tensor].producer >= begin)
      sum += 2 * Wide(p.tensors[open.tensor].bytes);
  return saturate(sum);
}

int64_t IntervalMemory::peak(int32_t beginCut, int32_t endCut) const {
  int32_t begin = table.cuts()[beginCut], end = table.cuts()[endCut];
  if (slowBegin[beginCut] || slowBefore[end] != slowBefore[begin])
    return walk(begin, end);
  Wide missing = 0, highest = 0;
  int32_t low = begin;
  for (const PassingBy &storage : passingBy[endCut]) {
    if (storage.madeOutput >= begin)
      continue;
    if (storage.touch >= low) {
      highest = std::max(highest, wholeGraph(low, storage.touch + 1) - missing);
      low = storage.touch + 1;
    }
    missing += storage.bytes;
  }
  // Every touch is before end - 1, so at least one step is left.
  return saturate(std::max(highest, wholeGraph(low, end) - missing));
}

/// The same by the definition, in time linear in what the stage touches. The
/// decisions for different thresholds ask for the same stages.
int64_t IntervalMemory::walk(int32_t begin, int32_t end) const {
  auto [known, inserted] =
      walked.try_emplace(static_cast<int64_t>(begin) << 32 | end, 0);
  if (!inserted)
    return known->second;

  auto taskAt = [&](int32_t step) { return begin + step; };
  auto isHere = [&](int32_t task) { return task >= begin && task < end; };
  return known->second = saturate(walker.peak(end - begin, taskAt, isHere));
}
