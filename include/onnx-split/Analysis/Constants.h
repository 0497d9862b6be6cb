//===- Constants.h - Values that depend on constants only -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Constants count as weights, not as activations, wherever they are stored: as
/// initializers, in Constant nodes, or as the result of nodes that only read
/// constants (a ConstantOfShape, the Transpose of an initializer ...), which a
/// runtime computes once when it loads the model.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_ANALYSIS_CONSTANTS_H
#define ONNX_SPLIT_ANALYSIS_CONSTANTS_H

#include "onnx-split/Analysis/OpCost.h"
#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Inference/Extents.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

namespace onnx_split {

/// True for a node of that name, QuantizeLinear or DequantizeLinear, also of
/// ONNX Runtime's domain, which has them for more types.
bool isQuantisation(graph::NodeOp node, llvm::StringRef opType);

/// Every value that a node reads: its operands and what its bodies capture, in
/// a fixed order; omitted inputs are left out.
llvm::SetVector<mlir::Value> getReadValues(graph::NodeOp node);

/// The initializer that is the default of a graph's input, or null. Linear in
/// the initializers.
graph::InitializerOp getDefault(mlir::BlockArgument input);

/// The constants of a graph and of the bodies inside it. Linear in the graph.
class ConstantAnalysis {
public:
  explicit ConstantAnalysis(graph::GraphOp graph);

  /// True for an initializer, for an input that has one as its default, and for
  /// every result of a constant node.
  bool isConstant(mlir::Value value) const { return values.contains(value); }

  /// True for a deterministic node of the standard domain, or a
  /// DequantizeLinear of ONNX Runtime's, without bodies, that reads nothing but
  /// constants which no caller can replace. A caller can replace the default of
  /// an input since IR version 4, so that runtimes run what reads it for every
  /// item; before, every initializer had to be an input.
  bool isConstant(graph::NodeOp node) const { return nodes.contains(node); }

  /// The constant whose memory a constant shares: what a chain of Identity
  /// nodes begins with, or itself.
  mlir::Value getStorage(mlir::Value constant) const {
    auto storage = storages.find(constant);
    return storage == storages.end() ? constant : storage->second;
  }

private:
  void visit(graph::GraphOp graph);

  llvm::DenseSet<mlir::Value> values, replaceable;
  llvm::DenseSet<mlir::Operation *> nodes;
  llvm::DenseMap<mlir::Value, mlir::Value> storages;
};

/// True for a node that makes nothing but values which are known before running
/// and that no stage waits for: Shape, and the arithmetic behind it. Runtimes
/// fold such nodes, so they cost nothing; they go where what they read is made.
bool isFoldable(graph::NodeOp node, const ConstantAnalysis &constants);

/// The one value that a foldable node reads and that is not known, or null.
mlir::Value getFoldedOperand(graph::NodeOp node,
                             const ConstantAnalysis &constants);

/// The tensor that a constant is stored as: that of an initializer (or of the
/// one that is an input's default) or of a Constant node; null for others.
graph::TensorAttr getStoredTensor(mlir::Value constant);

/// The DequantizeLinear that makes a value, or null. Stored weights may be
/// turned and reshaped behind it, as exporters do before a product: runtimes do
/// that once, to the integers.
graph::NodeOp findDequantize(mlir::Value value);

/// Bytes that a constant takes in memory; a DequantizeLinear counts what it
/// reads, because runtimes keep the small integers. 0 where nothing is known.
int64_t getConstantBytes(mlir::Value constant);

/// Bytes of the constants inside the regions of an op: a node with bodies, or a
/// function.
int64_t getInnerConstantBytes(mlir::Operation *op);

/// The values of a small integer constant (at most 64 elements of int32 or
/// int64), where they are in the model itself, or of a result that is known
/// before running.
std::optional<llvm::SmallVector<int64_t>>
getIntegerValues(mlir::Value constant);

/// What is known of a value, without `isConstant`.
TensorInfo getTensorInfo(mlir::Value value,
                         ExtentsUse use = ExtentsUse::time());

} // namespace onnx_split

#endif // ONNX_SPLIT_ANALYSIS_CONSTANTS_H
