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

CutTable::CutTable(const Problem &p) {
  int32_t numTasks = static_cast<int32_t>(p.tasks.size());
  int32_t numTensors = static_cast<int32_t>(p.tensors.size());
  Graph graph(p);
  // Sorted by (next reader, tensor), the order of the lists.
  std::set<std::pair<int32_t, int32_t>> open, inputs;
  std::vector<int32_t> numRead(numTensors, 0);
  int32_t numUncuttable = 0;

  auto enter = [&](int32_t x) {
    const Tensor &tensor = p.tensors[x];
    if (tensor.consumers.empty())
      return;
    (tensor.producer == None ? inputs : open)
        .insert({tensor.consumers.front(), x});
    numUncuttable += tensor.producer != None && !tensor.canCut;
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
    if (numUncuttable == 0) {
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
      else
        numUncuttable -= tensor.producer != None && !tensor.canCut;
    }
    for (int32_t x : graph.madeBy(c))
      enter(x);
  }
}
