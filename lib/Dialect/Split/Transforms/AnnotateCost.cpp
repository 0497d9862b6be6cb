//===- AnnotateCost.cpp - Costs in the IR, for people and tests -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Split/Transforms/Passes.h"

#include "onnx-split/Analysis/ModelCosts.h"
#include "onnx-split/Support/ElementTypes.h"

namespace onnx_split::split {
#define GEN_PASS_DEF_ANNOTATECOSTPASS
#include "onnx-split/Dialect/Split/Transforms/Passes.h.inc"
} // namespace onnx_split::split

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::split;

/// Bytes of the constants that a node reads itself.
static int64_t weightBytes(graph::NodeOp node,
                           const ConstantAnalysis &constants) {
  int64_t bytes = getInnerConstantBytes(node);
  llvm::SmallDenseSet<Value> counted;
  for (Value value : getReadValues(node))
    if (constants.isConstant(value))
      if (Value storage = constants.getStorage(value);
          counted.insert(storage).second)
        bytes += getConstantBytes(storage);
  return bytes;
}

namespace {
struct AnnotateCostPass
    : public split::impl::AnnotateCostPassBase<AnnotateCostPass> {
  using AnnotateCostPassBase::AnnotateCostPassBase;

  StringAttr getString(StringRef text) {
    return StringAttr::get(&getContext(), text);
  }
  /// Null where there is no arithmetic.
  StringAttr computeType(const OpCost &cost) {
    return cost.computeType ? getString(elementTypeName(cost.computeType))
                            : StringAttr();
  }

  LogicalResult annotate(graph::ModelOp model) {
    const GraphCosts &costs = getAnalysis<ModelCosts>().of(model);
    const ConstantAnalysis &constants = costs.getConstants();
    for (auto node : model.getGraph().getBody().getOps<graph::NodeOp>()) {
      const OpCost &cost = costs.getCost(node);
      if (cost.unknown && unknownOp == "error")
        return node.emitError("has no known cost, or an unknown extent that "
                              "its cost depends on; give input shapes with "
                              "--shape, or take its bytes with "
                              "--unknown-op=bytes");
      bool constant = constants.isConstant(node);
      node->setAttr(
          CostAttrName,
          CostAttr::get(
              &getContext(), cost.macs, cost.flops, cost.bytesRead,
              cost.bytesWritten, constant ? 0 : weightBytes(node, constants),
              constant, computeType(cost), cost.unknown,
              cost.unknown ? getString(costs.getReason(node)) : StringAttr()));
    }
    return success();
  }

  void runOnOperation() override {
    if (unknownOp != "bytes" && unknownOp != "error") {
      getOperation().emitError("--unknown-op takes 'bytes' or 'error', not '")
          << unknownOp.getValue() << "'";
      return signalPassFailure();
    }
    for (auto model : getOperation().getOps<graph::ModelOp>())
      if (failed(annotate(model)))
        return signalPassFailure();
    markAnalysesPreserved<ModelCosts>();
  }
};
} // namespace
