//===- SplitOps.cpp - Operations of the split dialect ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Split/IR/Split.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::split;

#define GET_OP_CLASSES
#include "onnx-split/Dialect/Split/IR/SplitOps.cpp.inc"

//===----------------------------------------------------------------------===//
// StageOp
//===----------------------------------------------------------------------===//

graph::GraphOp StageOp::getGraph() {
  return cast<graph::GraphOp>(getBody().front().front());
}

LogicalResult StageOp::verifyRegions() {
  Block &body = getBody().front();
  if (!llvm::hasSingleElement(body) || !isa<graph::GraphOp>(body.front()))
    return emitOpError("must hold one onnx.graph");
  Block &block = getGraph().getBody().front();
  if (block.getArgumentTypes() != getOperandTypes())
    return emitOpError("has operands that differ in type from its graph's "
                       "inputs");
  if (block.back().getOperandTypes() != getResultTypes())
    return emitOpError("has results that differ in type from its graph's "
                       "outputs");
  return success();
}

//===----------------------------------------------------------------------===//
// TransferOp, SendOp and RecvOp
//===----------------------------------------------------------------------===//

LogicalResult TransferOp::verify() {
  if (getWire().getFrom() >= getWire().getTo())
    return emitOpError("goes from stage ")
           << getWire().getFrom() << " to stage " << getWire().getTo()
           << ", but stage numbers must rise along a wire";
  return success();
}

/// A send makes the wire, a receive the tensor; each result is called after
/// what it is.
StringRef SendOp::getResultName(unsigned) { return getWire().getName(); }

StringRef RecvOp::getResultName(unsigned) { return getWire().getTensor(); }
