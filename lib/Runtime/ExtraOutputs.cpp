//===- ExtraOutputs.cpp - A model that shows what is inside it ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExtraOutputs.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

void runtime::addOutputs(ModelOp model, llvm::StringMap<Type> wanted) {
  GraphOp graph = model.getGraph();
  SmallVector<Attribute> infos(graph.getOutputInfos().getValue());
  for (Attribute info : infos)
    if (StringAttr name = cast<ValueInfoAttr>(info).getName())
      wanted.erase(name);
  Block &body = graph.getBody().front();
  SmallVector<Value> values;
  for (auto node : body.getOps<NodeOp>())
    for (Value result : node.getOutputs())
      if (auto it = wanted.find(getValueName(result)); it != wanted.end()) {
        values.push_back(result);
        infos.push_back(ValueInfoAttr::get(
            model.getContext(),
            StringAttr::get(model.getContext(), it->getKey()), it->second,
            /*rest=*/StringAttr()));
      }
  cast<ReturnOp>(body.getTerminator()).getValuesMutable().append(values);
  graph.setOutputInfosAttr(ArrayAttr::get(model.getContext(), infos));
}
