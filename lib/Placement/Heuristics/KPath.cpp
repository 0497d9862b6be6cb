//===- KPath.cpp - K-path matching ----------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The strategy of arXiv 2210.12219: transfers in classes by size; for each
/// class, from the largest, paths over the fastest links for its runs of
/// consecutive transfers, joined to what is placed already. A path of a given
/// length is found by colour coding (Alon, Yuster, Zwick 1995): colour the free
/// devices at random and look for a path on which each colour occurs once, by
/// dynamic programming over sets of colours. With q devices to find, one
/// colouring succeeds with probability q!/q^q > e^-q, so ln(100) e^q of them
/// miss an existing path in one of a hundred cases.
///
//===----------------------------------------------------------------------===//

#include "Heuristics.h"

#include "Chain.h"

#include <cmath>
#include <random>

using namespace onnx_split::placement;

namespace {

/// A set of devices.
using Devices = std::vector<uint64_t>;

/// Longest path that is sought at once; longer runs are cut into such pieces,
/// because the work grows like (2e)^length.
constexpr int32_t MaxLinks = 5;

class KPathMatching {
public:
  KPathMatching(SearchState &search, const FixedOrder &order,
                const Chain &chain, const std::vector<int32_t> &boundaries);
  /// Places all slices with this many classes; false if a path is missing.
  bool place(const std::vector<int32_t> &classOfTransfer, uint64_t seed);
  const std::vector<int32_t> &devices() const { return deviceOf; }

private:
  bool placeRun(int32_t firstSlice, int32_t lastSlice);
  bool findPath(int32_t firstSlice, int32_t lastSlice, int64_t rate);
  bool colourOnce(int32_t firstSlice, int32_t lastSlice,
                  const std::vector<Devices> &faster, int32_t numColours);
  bool has(const Devices &set, int32_t d) const {
    return set[d / 64] >> (d % 64) & 1;
  }

  SearchState &search;
  const Problem &p;
  int32_t numSlices, numDevices;
  size_t numWords;
  /// Devices that can hold each slice.
  std::vector<Devices> fits;
  /// Rates of all links, ascending, each once.
  std::vector<int64_t> rates;
  std::vector<int32_t> deviceOf;
  std::vector<char> isUsed;
  std::mt19937_64 engine;
};

} // namespace

KPathMatching::KPathMatching(SearchState &searchState, const FixedOrder &order,
                             const Chain &chain,
                             const std::vector<int32_t> &boundaries)
    : search(searchState), p(searchState.problem),
      numSlices(static_cast<int32_t>(boundaries.size()) - 1),
      numDevices(order.devices().numDevices()),
      numWords((numDevices + 63) / 64) {
  for (int32_t s = 0; s < numSlices; ++s) {
    Devices set(numWords, 0);
    for (int32_t d = 0; d < numDevices; ++d)
      if (chain.fits(d, boundaries[s], boundaries[s + 1]))
        set[d / 64] |= uint64_t(1) << (d % 64);
    fits.push_back(std::move(set));
  }
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      if (from != to && p.link(from, to).bitsPerSecond > 0)
        rates.push_back(p.link(from, to).bitsPerSecond);
  std::sort(rates.begin(), rates.end());
  rates.erase(std::unique(rates.begin(), rates.end()), rates.end());
}

bool KPathMatching::place(const std::vector<int32_t> &classOfTransfer,
                          uint64_t seed) {
  engine.seed(seed);
  deviceOf.assign(numSlices, None);
  isUsed.assign(numDevices, 0);
  // Runs of transfers of one class: transfer i leads from slice i to i + 1.
  struct Run {
    int32_t cls, first, last;
  };
  std::vector<Run> runs;
  for (int32_t i = 0; i + 1 < numSlices; ++i) {
    if (runs.empty() || runs.back().cls != classOfTransfer[i])
      runs.push_back({classOfTransfer[i], i, i});
    runs.back().last = i;
  }
  // Largest class first, then longest run.
  std::stable_sort(runs.begin(), runs.end(), [](const Run &a, const Run &b) {
    if (a.cls != b.cls)
      return a.cls > b.cls;
    return a.last - a.first > b.last - b.first;
  });
  for (const Run &run : runs)
    for (int32_t first = run.first; first <= run.last; first += MaxLinks)
      if (!placeRun(first, std::min(first + MaxLinks, run.last + 1)))
        return false;
  return true;
}

/// Binary search for the largest rate at which a path exists. A miss by chance
/// costs quality, never validity.
bool KPathMatching::placeRun(int32_t firstSlice, int32_t lastSlice) {
  std::vector<int32_t> before(deviceOf.begin() + firstSlice,
                              deviceOf.begin() + lastSlice + 1);
  std::vector<int32_t> best;
  size_t low = 0, high = rates.size();
  while (low < high && !search.outOfTime()) {
    // The slowest link first: whether there is any path at all.
    size_t middle = best.empty() ? low : low + (high - low) / 2;
    bool found = findPath(firstSlice, lastSlice, rates[middle]);
    if (found) {
      best.assign(deviceOf.begin() + firstSlice,
                  deviceOf.begin() + lastSlice + 1);
      low = middle + 1;
    } else if (best.empty()) {
      return false;
    } else {
      high = middle;
    }
    std::copy(before.begin(), before.end(), deviceOf.begin() + firstSlice);
  }
  if (best.empty())
    return false;
  std::copy(best.begin(), best.end(), deviceOf.begin() + firstSlice);
  for (int32_t device : best)
    isUsed[device] = 1;
  return true;
}

bool KPathMatching::findPath(int32_t firstSlice, int32_t lastSlice,
                             int64_t rate) {
  std::vector<Devices> faster(numDevices, Devices(numWords, 0));
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      if (from != to && p.link(from, to).bitsPerSecond >= rate)
        faster[from][to / 64] |= uint64_t(1) << (to % 64);
  int32_t numColours = 0;
  for (int32_t s = firstSlice; s <= lastSlice; ++s)
    numColours += deviceOf[s] == None;
  if (numColours == 0)
    return has(faster[deviceOf[firstSlice]], deviceOf[lastSlice]);
  int tries = static_cast<int>(
      std::ceil(std::log(100.0) * std::exp(static_cast<double>(numColours))));
  for (int i = 0; i < tries && !search.outOfTime(); ++i)
    if (colourOnce(firstSlice, lastSlice, faster, numColours))
      return true;
  return false;
}

bool KPathMatching::colourOnce(int32_t firstSlice, int32_t lastSlice,
                               const std::vector<Devices> &faster,
                               int32_t numColours) {
  std::vector<Devices> withColour(numColours, Devices(numWords, 0));
  for (int32_t d = 0; d < numDevices; ++d) {
    uint64_t colour =
        (engine() >> 32) * static_cast<uint64_t>(numColours) >> 32;
    if (!isUsed[d])
      withColour[colour][d / 64] |= uint64_t(1) << (d % 64);
  }
  // reached[i][set]: where a path over the first i + 1 slices can end that has
  // met these colours. A slice that is placed already has no colour.
  int32_t numSets = 1 << numColours;
  std::vector<std::vector<Devices>> reached;
  for (int32_t s = firstSlice; s <= lastSlice; ++s) {
    std::vector<Devices> now(numSets, Devices());
    for (int32_t set = 0; set < numSets; ++set) {
      Devices next(numWords, s == firstSlice ? ~uint64_t(0) : 0);
      if (s == firstSlice) {
        if (set != 0)
          continue;
      } else {
        const Devices &ends = reached.back()[set];
        if (ends.empty())
          continue;
        for (int32_t d = 0; d < numDevices; ++d)
          if (has(ends, d))
            for (size_t w = 0; w < numWords; ++w)
              next[w] |= faster[d][w];
      }
      if (deviceOf[s] != None) {
        if (!has(next, deviceOf[s]))
          continue;
        Devices only(numWords, 0);
        only[deviceOf[s] / 64] = uint64_t(1) << (deviceOf[s] % 64);
        now[set] = std::move(only);
        continue;
      }
      for (int32_t colour = 0; colour < numColours; ++colour) {
        if (set >> colour & 1)
          continue;
        Devices &target = now[set | 1 << colour];
        Devices added(numWords, 0);
        uint64_t any = 0;
        for (size_t w = 0; w < numWords; ++w)
          any |= added[w] = next[w] & withColour[colour][w] & fits[s][w];
        if (any == 0)
          continue;
        if (target.empty())
          target.assign(numWords, 0);
        for (size_t w = 0; w < numWords; ++w)
          target[w] |= added[w];
      }
    }
    reached.push_back(std::move(now));
  }
  int32_t set = numSets - 1;
  if (reached.back()[set].empty())
    return false;

  // Back along the path: at each slice the first device that leads on.
  int32_t following = None;
  for (int32_t s = lastSlice; s >= firstSlice; --s) {
    const Devices &ends = reached[s - firstSlice][set];
    int32_t device = 0;
    while (!has(ends, device) ||
           (following != None && !has(faster[device], following)))
      ++device;
    if (deviceOf[s] == None) {
      deviceOf[s] = device;
      for (int32_t colour = 0; colour < numColours; ++colour)
        if (has(withColour[colour], device))
          set &= ~(1 << colour);
    }
    following = device;
  }
  return true;
}

void onnx_split::placement::searchKPath(SearchState &search) {
  FixedOrder order(search.problem);
  Chain chain(order, &search);
  std::vector<int32_t> boundaries = chain.partitionForDevices();
  if (boundaries.empty())
    return;
  if (boundaries.size() == 2) {
    for (int32_t d = 0; d < order.devices().numDevices() && !search.outOfTime();
         ++d)
      search.offer(chain.placementOf(boundaries, {d}));
    return;
  }
  std::vector<int64_t> sizes;
  for (size_t i = 1; i + 1 < boundaries.size(); ++i)
    sizes.push_back(chain.transferBytes(boundaries[i]));
  int64_t smallest = *std::min_element(sizes.begin(), sizes.end());
  int64_t largest = *std::max_element(sizes.begin(), sizes.end());

  KPathMatching matching(search, order, chain, boundaries);
  int32_t only = search.options.kPathClasses;
  for (int32_t numClasses = only == 0 ? 2 : only;
       numClasses <= (only == 0 ? 20 : only); numClasses += 3) {
    if (search.outOfTime())
      return;
    // Histogram of equal width; the largest size belongs to the last class.
    std::vector<int32_t> classes;
    for (int64_t size : sizes)
      classes.push_back(
          largest == smallest
              ? 0
              : static_cast<int32_t>(std::min<Wide>(
                    numClasses - 1, Wide(size - smallest) * numClasses /
                                        (largest - smallest))));
    uint64_t seed = search.options.seed * 31 + numClasses;
    if (matching.place(classes, seed))
      search.offer(chain.placementOf(boundaries, matching.devices()));
    search.report();
  }
}
