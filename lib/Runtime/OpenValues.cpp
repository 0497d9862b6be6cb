//===- OpenValues.cpp - Values whose extents are not known ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Observe.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

/// True where a tensor of this type may have other extents in another run.
static bool isOpen(Type type) {
  if (isa<OnnxUnknownType>(type))
    return true;
  auto tensor = dyn_cast<OnnxTensorType>(type);
  return tensor && (!tensor.hasRank() ||
                    llvm::any_of(tensor.getDims(), [](Attribute dim) {
                      auto extent = dyn_cast<IntegerAttr>(dim);
                      return !extent || extent.getInt() < 0;
                    }));
}

std::vector<std::string> runtime::findOpenValues(ModelOp model) {
  std::vector<std::string> names;
  for (auto node : model.getGraph().getBody().getOps<NodeOp>())
    for (Value result : node.getOutputs())
      if (isOpen(result.getType()))
        names.push_back(getValueName(result).str());
  return names;
}
