//===- Chain.cpp - Chains of single-tensor cut points ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Chain.h"

#include <set>

using namespace onnx_split::placement;

Chain::Chain(FixedOrder &fixedOrder, const SearchState *searchState)
    : order(fixedOrder), p(fixedOrder.problem()), search(searchState) {
  const CutTable &table = order.table();
  for (size_t cut = 0; cut < table.cuts().size(); ++cut) {
    int32_t index = static_cast<int32_t>(cut);
    Slice<OpenTensor> open = table.open(index);
    if (open.size() > 1)
      continue;
    points.push_back(index);
    bytes.push_back(open.size() == 0 ? 0 : p.tensors[open[0].tensor].sent());
  }
}

int64_t Chain::memoryBytes(int32_t device, int32_t from, int32_t to) const {
  return addSaturating(
      order.memory().withoutSends(device, points[from], points[to]),
      order.memory().sendBytes(points[from], points[to]));
}

bool Chain::fits(int32_t device, int32_t from, int32_t to) const {
  const std::vector<int32_t> &positions = order.table().cuts();
  if (order.structuralEnd(device, positions[points[from]]) <
      positions[points[to]])
    return false;
  return !order.hasMemoryLimit(device) ||
         memoryBytes(device, from, to) <= p.devices[device].room();
}

int32_t Chain::furthest(int32_t device, int64_t memory, int32_t from) const {
  const std::vector<int32_t> &positions = order.table().cuts();
  int32_t end = order.structuralEnd(device, positions[points[from]]);
  int32_t low = from, high = static_cast<int32_t>(points.size());
  while (high - low > 1) {
    int32_t middle = low + (high - low) / 2;
    bool fits = positions[points[middle]] <= end &&
                (memory == Unlimited ||
                 order.memory().withoutSends(device, points[from],
                                             points[middle]) <= memory);
    (fits ? low : high) = middle;
  }
  return low;
}

/// Dynamic programming over (slices, cut point). Where a slice can begin is
/// kept sorted by the sum up to there, so that each point takes the first that
/// fits: O(slices * points * log points), send buffers aside.
std::vector<int32_t> Chain::partition(int64_t memory, int32_t maxSlices) const {
  int32_t last = static_cast<int32_t>(points.size()) - 1;
  // 200 MB of predecessors at most.
  maxSlices = std::min<int32_t>(maxSlices, 50000000 / (last + 1) + 1);
  std::vector<int32_t> reach(points.size(), 0);
  for (int32_t i = 0; i < last; ++i) {
    if (i % 64 == 0 && outOfTime())
      return {};
    for (const std::vector<int32_t> &group : order.devices().groups())
      reach[i] = std::max(reach[i], furthest(group.front(), memory, i));
  }

  constexpr Wide unreached = Wide(Unlimited) * Unlimited;
  std::vector<Wide> sum(last + 1, unreached);
  std::vector<Wide> sumToEnd{unreached};
  std::vector<std::vector<int32_t>> previous(1);
  sum[0] = 0;
  for (int32_t slices = 1; slices <= maxSlices && !outOfTime(); ++slices) {
    std::vector<Wide> next(last + 1, unreached);
    std::vector<int32_t> from(last + 1, None);
    std::set<std::pair<Wide, int32_t>> begins;
    for (int32_t j = 1; j <= last; ++j) {
      if (sum[j - 1] != unreached)
        begins.insert({sum[j - 1], j - 1});
      for (auto it = begins.begin(); it != begins.end();) {
        if (reach[it->second] < j) {
          it = begins.erase(it);
          continue;
        }
        if (memory == Unlimited || memoryBytes(None, it->second, j) <= memory) {
          next[j] = it->first + bytes[j];
          from[j] = it->second;
          break;
        }
        ++it;
      }
    }
    sum = std::move(next);
    sumToEnd.push_back(sum[last]);
    previous.push_back(std::move(from));
  }
  size_t least = std::max(p.minStages, 1);
  if (least >= sumToEnd.size())
    return {};
  size_t best = std::min_element(sumToEnd.begin() + std::ptrdiff_t(least),
                                 sumToEnd.end()) -
                sumToEnd.begin();
  if (sumToEnd[best] == unreached)
    return {};
  std::vector<int32_t> boundaries{last};
  for (int32_t point = last; best > 0; --best)
    boundaries.push_back(point = previous[best][point]);
  std::reverse(boundaries.begin(), boundaries.end());
  return boundaries;
}

std::vector<int32_t> Chain::partitionForDevices() const {
  int64_t smallest = Unlimited, largest = 0;
  for (const Device &device : p.devices) {
    smallest = std::min(smallest, device.room());
    largest = std::max(largest, device.room());
  }
  std::vector<int32_t> result =
      partition(smallest, order.devices().maxStages());
  if (result.empty() && largest > smallest)
    result = partition(largest, order.devices().maxStages());
  return result;
}

Placement Chain::placementOf(const std::vector<int32_t> &boundaries,
                             const std::vector<int32_t> &devices) const {
  Placement placement;
  placement.deviceOf = devices;
  const std::vector<int32_t> &positions = order.table().cuts();
  for (size_t s = 0; s + 1 < boundaries.size(); ++s) {
    int32_t begin = positions[points[boundaries[s]]];
    int32_t end = positions[points[boundaries[s + 1]]];
    placement.stageOf.insert(placement.stageOf.end(), end - begin,
                             static_cast<int32_t>(s));
  }
  return placement;
}
