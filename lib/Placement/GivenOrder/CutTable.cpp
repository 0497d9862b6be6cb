//===- CutTable.cpp - What crosses each cut of the fixed order ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CutTable.h"

#include <set>

using namespace onnx_split::placement;

/// By position, how many tensors are open there, inputs of the model among
/// them; None where one of them must not be cut. Linear.
static std::vector<int64_t> countOpen(const Problem &p) {
  size_t numTasks = p.tasks.size();
  std::vector<int64_t> begins(numTasks + 2, 0), uncuttable = begins;
  for (const Tensor &tensor : p.tensors) {
    if (tensor.consumers.empty())
      continue;
    // None is -1: inputs are open from the start.
    size_t first = static_cast<size_t>(tensor.producer + 1),
           behind = static_cast<size_t>(tensor.consumers.back()) + 1;
    bool mustStay = tensor.producer != None && !tensor.canCut;
    for (std::vector<int64_t> *count : {&begins, &uncuttable}) {
      if (count == &uncuttable && !mustStay)
        continue;
      ++(*count)[first];
      --(*count)[behind];
    }
  }
  std::vector<int64_t> widths;
  int64_t open = 0, stuck = 0;
  for (size_t c = 0; c <= numTasks; ++c) {
    open += begins[c];
    stuck += uncuttable[c];
    widths.push_back(stuck > 0 ? None : open);
  }
  return widths;
}

/// Where cuts are allowed, all of them if the lists stay small. Else narrow
/// ones, whose lists take half of what there is, and for the other half of the
/// wide ones as many as it holds, spread evenly. Both ends, always.
std::vector<char> CutTable::choose(const Problem &p, int64_t most) {
  std::vector<int64_t> widths = countOpen(p);
  int64_t numCuts = static_cast<int64_t>(widths.size());
  int64_t narrow = most / 2 / numCuts, ofWide = 0, ofAll = 0;
  for (int64_t width : widths) {
    ofAll += width == None ? 0 : width;
    ofWide += width > narrow ? width : 0;
  }
  bool keepsAll = ofAll <= most;
  const int64_t of = (ofWide - 1) / (most / 2) + 1;
  int64_t passed = 0, kept = 0;
  std::vector<char> isKept;
  for (int64_t width : widths) {
    if (width > narrow && !keepsAll) {
      passed += width;
      bool hasRoom = kept + width <= passed / of;
      kept += hasRoom ? width : 0;
      isKept.push_back(hasRoom);
    } else {
      isKept.push_back(width != None);
    }
  }
  hasAll = keepsAll;
  isKept.front() = isKept.back() = true;
  return isKept;
}

CutTable::CutTable(const Problem &p, int64_t mostOpen) {
  const std::vector<char> isKept = choose(p, mostOpen);
  int32_t numTasks = static_cast<int32_t>(p.tasks.size());
  int32_t numTensors = static_cast<int32_t>(p.tensors.size());
  Graph graph(p);
  // Sorted by (next reader, tensor), the order of the lists.
  std::set<std::pair<int32_t, int32_t>> open, inputs;
  std::vector<int32_t> numRead(numTensors, 0);

  auto enter = [&](int32_t x) {
    const Tensor &tensor = p.tensors[x];
    if (tensor.consumers.empty())
      return;
    (tensor.producer == None ? inputs : open)
        .insert({tensor.consumers.front(), x});
  };
  for (int32_t x = 0; x < numTensors; ++x)
    if (p.tensors[x].producer == None)
      enter(x);

  auto list = [&](const std::set<std::pair<int32_t, int32_t>> &crossing,
                  Lists<OpenTensor> &lists) {
    for (auto [reader, x] : crossing)
      lists.add(
          {x, reader,
           static_cast<int32_t>(p.tensors[x].consumers.size()) - numRead[x]});
    lists.endList();
  };
  indices.assign(numTasks + 1, None);
  for (int32_t c = 0; c <= numTasks; ++c) {
    if (isKept[c]) {
      indices[c] = static_cast<int32_t>(positions.size());
      positions.push_back(c);
      list(open, openLists);
      list(inputs, inputLists);
    }
    if (c == numTasks)
      break;
    for (int32_t x : graph.readBy(c)) {
      const Tensor &tensor = p.tensors[x];
      auto &set = tensor.producer == None ? inputs : open;
      set.erase({c, x});
      if (++numRead[x] < static_cast<int32_t>(tensor.consumers.size()))
        set.insert({tensor.consumers[numRead[x]], x});
    }
    for (int32_t x : graph.madeBy(c))
      enter(x);
  }
}
