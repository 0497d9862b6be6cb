//===- Onnx.h - The onnx dialect --------------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The dialect that pictures an ONNX file. Its C++ namespace is
/// `onnx_split::graph`; a nested `onnx` would hide protobuf's `::onnx`.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_ONNX_IR_ONNX_H
#define ONNX_SPLIT_DIALECT_ONNX_IR_ONNX_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "onnx-split/Dialect/Onnx/IR/OnnxDialect.h.inc"

#define GET_TYPEDEF_CLASSES
#include "onnx-split/Dialect/Onnx/IR/OnnxTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "onnx-split/Dialect/Onnx/IR/OnnxAttrs.h.inc"

namespace onnx_split::graph {
class GraphOp;
} // namespace onnx_split::graph

#include "onnx-split/Dialect/Onnx/IR/OnnxInterfaces.h.inc"

#define GET_OP_CLASSES
#include "onnx-split/Dialect/Onnx/IR/OnnxOps.h.inc"

namespace onnx_split::graph {

/// On nodes of a main graph that was not topologically sorted, or in which an
/// If became its branch: the position of the node, or of the If that it was in,
/// in the graph as it was read (i64).
inline constexpr llvm::StringLiteral SourceIndexAttrName = "onnx.index";
/// On a main graph whose nodes were sorted when it was read (unit): a
/// translation back to ONNX writes them in their source's order.
inline constexpr llvm::StringLiteral UnsortedAttrName = "onnx.unsorted";

/// Where a node of a main graph was in the file, if it is the `position`th of
/// its graph now: between 0 and 2^31, whatever written IR says.
int64_t getSourceIndex(NodeOp node, int64_t position);

/// The nodes of a main graph as they were in the file. O(n log n).
llvm::SmallVector<NodeOp> getNodesInSourceOrder(GraphOp graph);

/// The ONNX name of a value: of a graph or function input, an initializer or a
/// node's output; empty for an omitted one.
llvm::StringRef getValueName(mlir::Value value);

/// "ai.onnx" and "" are one domain.
inline llvm::StringRef canonicalDomain(llvm::StringRef domain) {
  return domain == "ai.onnx" ? llvm::StringRef() : domain;
}

/// Some exporters write "?" for every extent that they do not know: no symbol,
/// because a symbol is one number wherever it stands.
inline bool isSymbol(llvm::StringRef dimParam) {
  return !dimParam.empty() && dimParam != "?";
}

/// The extents of the shape inside a type, however deep in sequences, optionals
/// and maps; null where there is none. The type may be null.
mlir::ArrayAttr getInnerDims(mlir::Type type);

/// Every tensor that a node's attributes hold, bodies not included.
void forEachTensor(NodeOp node, llvm::function_ref<void(TensorAttr)> visit);

} // namespace onnx_split::graph

#endif // ONNX_SPLIT_DIALECT_ONNX_IR_ONNX_H
