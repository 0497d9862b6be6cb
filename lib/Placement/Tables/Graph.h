//===- Graph.h - Which tensors each task makes and reads --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The tensors of a problem seen from its tasks, in flat arrays.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_TABLES_GRAPH_H
#define ONNX_SPLIT_LIB_PLACEMENT_TABLES_GRAPH_H

#include "onnx-split/Placement/Problem.h"

#include <cstddef>

namespace onnx_split::placement {

/// A contiguous part of a table.
template <typename T> struct Slice {
  const T *first = nullptr, *last = nullptr;
  const T *begin() const { return first; }
  const T *end() const { return last; }
  size_t size() const { return last - first; }
  const T &operator[](size_t i) const { return first[i]; }
};

/// Lists of one after the other, in one array.
template <typename T> class Lists {
public:
  void add(const T &value) { values.push_back(value); }
  /// What was added since the last list ended is the next list.
  void endList() { ends.push_back(values.size()); }
  size_t size() const { return ends.size() - 1; }
  Slice<T> operator[](size_t i) const {
    return {values.data() + ends[i], values.data() + ends[i + 1]};
  }

private:
  std::vector<T> values;
  std::vector<size_t> ends{0};
};

/// Linear in tasks and readers.
class Graph {
public:
  explicit Graph(const Problem &p) {
    std::vector<std::vector<int32_t>> made(p.tasks.size()), read(made);
    for (size_t x = 0; x < p.tensors.size(); ++x) {
      if (p.tensors[x].producer != None)
        made[p.tensors[x].producer].push_back(static_cast<int32_t>(x));
      for (int32_t reader : p.tensors[x].consumers)
        read[reader].push_back(static_cast<int32_t>(x));
    }
    flatten(made, madeLists);
    flatten(read, readLists);
  }

  /// Ascending, like the next.
  Slice<int32_t> madeBy(int32_t task) const { return madeLists[task]; }
  Slice<int32_t> readBy(int32_t task) const { return readLists[task]; }

private:
  static void flatten(const std::vector<std::vector<int32_t>> &from,
                      Lists<int32_t> &to) {
    for (const std::vector<int32_t> &list : from) {
      for (int32_t tensor : list)
        to.add(tensor);
      to.endList();
    }
  }

  Lists<int32_t> madeLists, readLists;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_TABLES_GRAPH_H
