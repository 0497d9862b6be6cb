//===- AnnotateLayers.cpp - The whole model with its stages ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Pipeline/AnnotateLayers.h"

#include "onnx-split/Dialect/Onnx/Transforms/FoldBranches.h"
#include "onnx-split/Plan/OrtLayers.h"
#include "onnx-split/Target/Onnx/NodeMetadata.h"

#include <map>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

void onnx_split::annotateLayers(ModelOp whole, const PlanFile &plan) {
  std::map<PlanFile::Node, int64_t> stageOf;
  for (const PlanFile::Stage &stage : plan.stages)
    for (const PlanFile::Node &node : stage.nodes)
      if (!node.copied)
        stageOf.try_emplace(node, stage.index);
  for (auto [position, node] :
       llvm::enumerate(whole.getGraph().getBody().getOps<NodeOp>())) {
    PlanFile::Node place;
    place.index = getSourceIndex(node, int64_t(position));
    if (auto path = node->getAttrOfType<ArrayAttr>(PathAttrName))
      for (auto step : path.getAsRange<StringAttr>())
        place.path.push_back(step.str());
    // Nodes that nothing reads are in no stage, nor is what parts leave out.
    if (auto stage = stageOf.find(place); stage != stageOf.end())
      setMetadata(node, LayerKey, getLayerName(stage->second));
  }
  whole.setFileName(AnnotatedModelName);
}
