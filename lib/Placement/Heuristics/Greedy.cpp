//===- Greedy.cpp - Slices along the fastest links ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The greedy baseline of arXiv 2210.12219, on the chain of single-tensor cut
/// points, with unequal memories, pins and compute in the evaluation.
///
//===----------------------------------------------------------------------===//

#include "Chain.h"
#include "Heuristics.h"

using namespace onnx_split::placement;

void onnx_split::placement::searchGreedy(SearchState &search) {
  FixedOrder order(search.problem);
  Chain chain(order, &search);
  std::vector<int32_t> boundaries = chain.partitionForDevices();
  if (boundaries.empty())
    return;
  const Problem &p = search.problem;
  int32_t numSlices = static_cast<int32_t>(boundaries.size()) - 1;
  for (int32_t start = 0; start < order.devices().numDevices(); ++start) {
    if (search.outOfTime())
      return;
    std::vector<char> isUsed(order.devices().numDevices(), 0);
    std::vector<int32_t> devices;
    if (!chain.fits(start, boundaries[0], boundaries[1]))
      continue;
    devices.push_back(start);
    isUsed[start] = 1;
    while (static_cast<int32_t>(devices.size()) < numSlices) {
      size_t slice = devices.size();
      int32_t here = devices.back(), best = None;
      for (int32_t d = 0; d < order.devices().numDevices(); ++d) {
        if (isUsed[d] || p.link(here, d).bitsPerSecond == 0 ||
            !chain.fits(d, boundaries[slice], boundaries[slice + 1]))
          continue;
        if (best == None ||
            p.link(here, d).bitsPerSecond > p.link(here, best).bitsPerSecond)
          best = d;
      }
      if (best == None)
        break;
      devices.push_back(best);
      isUsed[best] = 1;
    }
    if (static_cast<int32_t>(devices.size()) == numSlices)
      search.offer(chain.placementOf(boundaries, devices));
  }
}
