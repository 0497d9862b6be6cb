//===- Chain.cpp - Chains of single-tensor cut points ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Chain.h"

using namespace onnx_split::placement;

Chain::Chain(FixedOrder &fixedOrder)
    : order(fixedOrder), p(fixedOrder.problem()) {
  const CutTable &table = order.table();
  for (size_t cut = 0; cut < table.cuts().size(); ++cut) {
    int32_t index = static_cast<int32_t>(cut);
    Slice<OpenTensor> open = table.open(index);
    if (open.size() > 1)
      continue;
    points.push_back(index);
    bytes.push_back(open.size() == 0 ? 0 : p.tensors[open[0].tensor].bytes);
  }
}

int64_t Chain::memoryBytes(int32_t from, int32_t to) const {
  return addSaturating(order.memory().withoutSends(points[from], points[to]),
                       order.memory().sendBytes(points[from], points[to]));
}

bool Chain::fits(int32_t device, int32_t from, int32_t to) const {
  const std::vector<int32_t> &positions = order.table().cuts();
  if (order.structuralEnd(device, positions[points[from]]) <
      positions[points[to]])
    return false;
  return !order.hasMemoryLimit(device) ||
         memoryBytes(from, to) <= p.devices[device].memory;
}

/// Dynamic programming over (slices, cut point): O(slices * points^2) at worst,
/// ended early where a slice has outgrown the memory.
std::vector<int32_t> Chain::partition(int64_t memory, int32_t maxSlices) const {
  int32_t last = static_cast<int32_t>(points.size()) - 1;
  const std::vector<int32_t> &positions = order.table().cuts();
  // A slice must be possible on some device, memory aside.
  std::vector<int32_t> structuralEnd(points.size(), 0);
  for (int32_t i = 0; i <= last; ++i)
    for (const std::vector<int32_t> &group : order.groups())
      structuralEnd[i] =
          std::max(structuralEnd[i],
                   order.structuralEnd(group.front(), positions[points[i]]));

  // ends[i]: the cut points that a slice from i can end at.
  std::vector<std::vector<int32_t>> ends(points.size());
  for (int32_t i = 0; i < last; ++i)
    for (int32_t j = i + 1;
         j <= last && positions[points[j]] <= structuralEnd[i]; ++j) {
      if (memory != Unlimited) {
        if (order.memory().withoutSends(points[i], points[j]) > memory)
          break;
        if (memoryBytes(i, j) > memory)
          continue;
      }
      ends[i].push_back(j);
    }

  constexpr Wide unreached = Wide(Unlimited) * Unlimited;
  std::vector<std::vector<Wide>> sum(1, std::vector<Wide>(last + 1, unreached));
  std::vector<std::vector<int32_t>> previous(
      1, std::vector<int32_t>(last + 1, None));
  sum[0][0] = 0;
  for (int32_t slices = 1; slices <= maxSlices; ++slices) {
    std::vector<Wide> best(last + 1, unreached);
    std::vector<int32_t> from(last + 1, None);
    bool any = false;
    for (int32_t i = 0; i < last; ++i) {
      if (sum.back()[i] == unreached)
        continue;
      for (int32_t j : ends[i])
        if (sum.back()[i] + bytes[j] < best[j]) {
          best[j] = sum.back()[i] + bytes[j];
          from[j] = i;
          any = true;
        }
    }
    if (!any)
      break;
    sum.push_back(std::move(best));
    previous.push_back(std::move(from));
  }
  size_t best = 0;
  for (size_t slices = 1; slices < sum.size(); ++slices)
    if (sum[slices][last] < sum[best][last])
      best = slices;
  if (sum[best][last] == unreached)
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
    smallest = std::min(smallest, device.memory);
    largest = std::max(largest, device.memory);
  }
  std::vector<int32_t> result = partition(smallest, order.maxStages());
  if (result.empty() && largest > smallest)
    result = partition(largest, order.maxStages());
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
