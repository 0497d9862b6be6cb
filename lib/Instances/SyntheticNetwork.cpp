//===- SyntheticNetwork.cpp - Links of generated problems -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SyntheticNetwork.h"

#include <algorithm>
#include <numeric>

using namespace onnx_split;
using namespace onnx_split::instances;

int64_t instances::below(std::mt19937_64 &draw, int64_t bound) {
  return static_cast<int64_t>(draw() % static_cast<uint64_t>(bound));
}

/// Fisher-Yates; std::shuffle differs between libraries.
static std::vector<int32_t> permutation(int32_t size, std::mt19937_64 &draw) {
  std::vector<int32_t> numbers(size);
  std::iota(numbers.begin(), numbers.end(), 0);
  for (int32_t i = size - 1; i > 0; --i)
    std::swap(numbers[i], numbers[below(draw, i + 1)]);
  return numbers;
}

static void linkBothWays(SyntheticNetwork &network, int32_t a, int32_t b) {
  network.links.push_back({a, b});
  network.links.push_back({b, a});
}

static void linkPath(SyntheticNetwork &network, int32_t numDevices) {
  for (int32_t d = 0; d + 1 < numDevices; ++d)
    network.links.push_back({d, d + 1});
}

static void linkAtRandom(SyntheticNetwork &network, int32_t numDevices,
                         std::mt19937_64 &draw) {
  constexpr int32_t ofEach = 3;
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t i = 0; i < ofEach; ++i)
      if (int32_t to = static_cast<int32_t>(below(draw, numDevices));
          to != from)
        network.links.push_back({from, to});
}

/// As near to a square as it gets. The path goes along one row and back along
/// the next.
static void linkGrid(SyntheticNetwork &network, int32_t numDevices) {
  int32_t width = 1;
  while (width * width < numDevices)
    ++width;
  for (int32_t d = 0; d < numDevices; ++d) {
    if (d + 1 < numDevices)
      linkBothWays(network, d, d + 1);
    // Below it: as far behind the end of the row as it is before that.
    int32_t under = (d / width + 1) * width * 2 - 1 - d;
    if (under < numDevices && under != d + 1)
      linkBothWays(network, d, under);
  }
}

/// Device d is linked with 2 d + 1 and 2 d + 2. A longest path leads from the
/// last device over the root to the deepest one on the other side.
static void linkTree(SyntheticNetwork &network, int32_t numDevices) {
  for (int32_t d = 1; d < numDevices; ++d)
    linkBothWays(network, (d - 1) / 2, d);
  network.path.clear();
  int32_t d = numDevices - 1;
  for (; d > 0; d = (d - 1) / 2)
    network.path.push_back(d);
  network.path.push_back(0);
  bool cameFromFirst =
      network.path.size() > 1 && network.path[network.path.size() - 2] == 1;
  // All subtrees are filled from the first one on.
  for (d = cameFromFirst ? 2 : 1; d < numDevices && numDevices > 2;
       d = 2 * d + 1)
    network.path.push_back(d);
}

SyntheticNetwork instances::makeNetwork(SyntheticTopology topology,
                                        int32_t numDevices,
                                        std::mt19937_64 &draw) {
  SyntheticNetwork network;
  network.path.resize(numDevices);
  std::iota(network.path.begin(), network.path.end(), 0);
  switch (topology) {
  case SyntheticTopology::Full:
    return network;
  case SyntheticTopology::Path:
    linkPath(network, numDevices);
    break;
  case SyntheticTopology::PathAndRandom:
    linkPath(network, numDevices);
    linkAtRandom(network, numDevices, draw);
    break;
  case SyntheticTopology::Tree:
    linkTree(network, numDevices);
    break;
  case SyntheticTopology::Ring:
    for (int32_t d = 0; d < numDevices; ++d)
      if (numDevices > 1)
        linkBothWays(network, d, (d + 1) % numDevices);
    break;
  case SyntheticTopology::Star:
    for (int32_t d = 1; d < numDevices; ++d)
      linkBothWays(network, 0, d);
    if (numDevices > 2)
      network.path = {1, 0, 2};
    break;
  case SyntheticTopology::Grid:
    linkGrid(network, numDevices);
    break;
  }
  std::vector<int32_t> number = permutation(numDevices, draw);
  for (int32_t &device : network.path)
    device = number[device];
  for (auto &[from, to] : network.links)
    from = number[from], to = number[to];
  std::sort(network.links.begin(), network.links.end());
  network.links.erase(std::unique(network.links.begin(), network.links.end()),
                      network.links.end());
  return network;
}
