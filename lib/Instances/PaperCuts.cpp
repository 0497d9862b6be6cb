//===- PaperCuts.cpp - Where the base paper's program cuts ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/PaperGrid.h"

#include <algorithm>

using namespace onnx_split;
using namespace onnx_split::instances;

/// The slices from the unit `begin` on that end at the units [begin + 1, limit)
/// take less than the memory: only the first unit of a slice is free.
static size_t limitOf(const PaperModel &model, size_t begin, int64_t memory) {
  int64_t bytes = 0;
  size_t end = begin + 1;
  for (; bytes < memory && end < model.units.size(); ++end)
    bytes += model.units[end].activationBytes + model.units[end].parameters;
  return bytes < memory ? end + 1 : end;
}

std::vector<int32_t> instances::cutAsPublished(const PaperModel &model,
                                               int64_t memory,
                                               int64_t smallestMemory,
                                               int32_t maxSlices) {
  size_t numUnits = model.units.size();
  auto costOf = [&](size_t end) {
    return end == numUnits ? 0 : model.units[end - 1].sentElements;
  };
  // [unit]: the least sum of what is sent from there on, by one slice more in
  // each round, and by round where the first slice then ends; 0: nowhere.
  std::vector<int64_t> least(numUnits + 1, placement::Unlimited);
  least[numUnits] = 0;
  std::vector<std::vector<int32_t>> ends;
  for (int32_t slices = 1; slices <= maxSlices; ++slices) {
    std::vector<int64_t> next(numUnits + 1, placement::Unlimited);
    next[numUnits] = 0;
    std::vector<int32_t> &end = ends.emplace_back(numUnits + 1, 0);
    for (size_t begin = 0; begin < numUnits; ++begin) {
      // Only the first slice of all may use more than the smallest memory.
      size_t limit =
          limitOf(model, begin, begin == 0 ? memory : smallestMemory);
      for (size_t e = begin + 1; e < limit; ++e) {
        int64_t sum = placement::addSaturating(least[e], costOf(e));
        if (sum < next[begin]) {
          next[begin] = sum;
          end[begin] = static_cast<int32_t>(e);
        }
      }
    }
    least = std::move(next);
  }
  std::vector<int32_t> boundaries;
  if (maxSlices < 1 || least[0] == placement::Unlimited)
    return boundaries;
  boundaries.push_back(0);
  for (auto end = ends.rbegin();
       boundaries.back() < static_cast<int32_t>(numUnits); ++end)
    boundaries.push_back((*end)[boundaries.back()]);
  return boundaries;
}

PaperModel instances::mergeUnits(const PaperModel &model,
                                 const std::vector<int32_t> &boundaries) {
  PaperModel merged;
  merged.name = model.name;
  for (size_t i = 1; i < boundaries.size(); ++i)
    merged.units.push_back({1, 0, model.units[boundaries[i] - 1].sentElements});
  return merged;
}
