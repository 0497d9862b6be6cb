//===- CutTable.h - What crosses each cut of the fixed order ----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Cut c separates the tasks before task c from task c and the later ones. This
/// table knows what crosses each cut where nothing forbids to cut.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_GIVENORDER_CUTTABLE_H
#define ONNX_SPLIT_LIB_PLACEMENT_GIVENORDER_CUTTABLE_H

#include "../Tables/Graph.h"

namespace onnx_split::placement {

/// A tensor that is made before a cut and read after it.
struct OpenTensor {
  int32_t tensor;
  /// First task after the cut that reads it.
  int32_t nextReader;
  /// How many tasks after the cut read it.
  int32_t readersLeft;
};

class CutTable {
public:
  /// So many open tensors in all lists, about 50 MB, take a tenth of a second.
  static constexpr int64_t MostOpen = 4000000;
  explicit CutTable(const Problem &problem, int64_t mostOpen = MostOpen);

  /// Where cutting is allowed, ascending; holds 0 and the number of tasks.
  const std::vector<int32_t> &cuts() const { return positions; }
  /// False: some are left out, since thousands of tensors across each of
  /// thousands of cuts would take seconds and gigabytes. Plans are plans all
  /// the same, but nothing is proven by looking at all cuts.
  bool isComplete() const { return hasAll; }
  /// Index into cuts(), or None.
  int32_t indexOf(int32_t position) const { return indices[position]; }

  /// Tensors made by tasks that cross cut number `index`, by (next reader,
  /// tensor). Total size over all cuts: the sum of the widths of the graph.
  Slice<OpenTensor> open(int32_t index) const { return openLists[index]; }
  /// Inputs of the model with readers after the cut, in the same order.
  Slice<OpenTensor> inputs(int32_t index) const { return inputLists[index]; }

private:
  std::vector<char> choose(const Problem &problem, int64_t most);

  bool hasAll = true;
  std::vector<int32_t> positions, indices;
  Lists<OpenTensor> openLists, inputLists;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_GIVENORDER_CUTTABLE_H
