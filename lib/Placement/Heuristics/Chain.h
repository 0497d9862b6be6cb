//===- Chain.h - Chains of single-tensor cut points -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The setting of arXiv 2210.12219: a model as a chain of units between cuts
/// that a single tensor crosses, cut into slices.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_HEURISTICS_CHAIN_H
#define ONNX_SPLIT_LIB_PLACEMENT_HEURISTICS_CHAIN_H

#include "../GivenOrder/FixedOrder.h"
#include "../SearchState.h"

#include "onnx-split/Placement/Placement.h"

namespace onnx_split::placement {

class Chain {
public:
  /// The search, if there is one, says when time is over.
  explicit Chain(FixedOrder &order, const SearchState *search = nullptr);

  /// Cuts (indices into CutTable::cuts()) that at most one tensor crosses,
  /// with both ends. Inputs of the model do not count.
  const std::vector<int32_t> &cuts() const { return points; }
  /// Bytes of the tensor that crosses the cut point, 0 for none.
  int64_t transferBytes(int32_t point) const { return bytes[point]; }

  /// True if the device can hold the slice between two cut points.
  bool fits(int32_t device, int32_t from, int32_t to) const;
  /// Last cut point that a slice may reach on the device with this memory, send
  /// buffers aside; `from` itself if none.
  int32_t furthest(int32_t device, int64_t memory, int32_t from) const;
  /// Memory of that slice as one stage; the device as for IntervalMemory.
  int64_t memoryBytes(int32_t device, int32_t from, int32_t to) const;

  /// The boundaries (indices into cuts(), both ends included) of at most
  /// maxSlices slices with the smallest sum of transfers, each within `memory`
  /// and possible on some device; empty if there are none. Among equal sums,
  /// fewest slices. Where time ends, fewer slices are tried, or none.
  std::vector<int32_t> partition(int64_t memory, int32_t maxSlices) const;

  /// The partition for the smallest device, otherwise for the largest.
  std::vector<int32_t> partitionForDevices() const;

  Placement placementOf(const std::vector<int32_t> &boundaries,
                        const std::vector<int32_t> &devices) const;

private:
  bool outOfTime() const { return search && search->outOfTime(); }

  FixedOrder &order;
  const Problem &p;
  const SearchState *search;
  std::vector<int32_t> points;
  std::vector<int64_t> bytes;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_HEURISTICS_CHAIN_H
