//===- Random.cpp - Random slices on random devices -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The random baseline of arXiv 2210.12219, on the chain of single-tensor cut
/// points, with unequal memories, pins and compute in the evaluation.
///
//===----------------------------------------------------------------------===//

#include "Chain.h"
#include "Heuristics.h"

#include <random>

using namespace onnx_split::placement;

/// Uniform below `bound`. std::uniform_int_distribution differs between
/// standard libraries; the engine does not. The bias is below 2^-40.
static size_t drawBelow(std::mt19937_64 &engine, size_t bound) {
  return static_cast<size_t>((static_cast<unsigned __int128>(engine()) *
                              static_cast<unsigned __int128>(bound)) >>
                             64);
}

void onnx_split::placement::searchRandom(SearchState &search) {
  const Problem &p = search.problem;
  FixedOrder order(p);
  Chain chain(order, &search);
  std::mt19937_64 engine(search.options.seed);
  int32_t last = static_cast<int32_t>(chain.cuts().size()) - 1;
  std::vector<int32_t> devices;
  constexpr int draws = 1000;
  for (int draw = 0;
       draw < draws && !search.result.found && !search.outOfTime(); ++draw) {
    // Grow slices one by one: a random unused device, then a random end among
    // those that fit it. The last stage allowed has to reach the end.
    devices.resize(order.devices().numDevices());
    for (size_t d = 0; d < devices.size(); ++d)
      devices[d] = static_cast<int32_t>(d);
    std::vector<int32_t> boundaries{0}, used;
    while (boundaries.back() < last &&
           static_cast<int32_t>(used.size()) < order.devices().maxStages()) {
      std::swap(devices[used.size()],
                devices[used.size() +
                        drawBelow(engine, devices.size() - used.size())]);
      int32_t device = devices[used.size()];
      int32_t from = boundaries.back();
      int32_t reach = chain.furthest(device, p.devices[device].room(), from);
      bool isLast =
          static_cast<int32_t>(used.size()) + 1 == order.devices().maxStages();
      if (reach == from || (isLast && reach != last))
        break;
      // Send buffers exclude some ends; a few attempts find another.
      int32_t end = None;
      for (int attempt = 0; attempt < 16 && end == None; ++attempt) {
        int32_t to =
            isLast ? last
                   : from + 1 +
                         static_cast<int32_t>(drawBelow(engine, reach - from));
        if (chain.fits(device, from, to))
          end = to;
      }
      if (end == None)
        break;
      used.push_back(device);
      boundaries.push_back(end);
    }
    if (boundaries.back() == last)
      search.offer(chain.placementOf(boundaries, used));
  }
}
