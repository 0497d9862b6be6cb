//===- IntegerGroups.h - What computes in integers --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Quantised models say in floating point what runtimes do in integers: a
/// DequantizeLinear before every operand, a QuantizeLinear behind the result.
/// Such nodes form an integer group around one operator, the kernel.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_ANALYSIS_INTEGERGROUPS_H
#define ONNX_SPLIT_ANALYSIS_INTEGERGROUPS_H

#include "onnx-split/Analysis/OpCost.h"
#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "llvm/ADT/DenseMap.h"

namespace onnx_split {

/// The integer groups of a graph and of the bodies inside it. Linear in the
/// graph. docs/CostModel.md has the rules and where they come from.
class IntegerGroups {
public:
  explicit IntegerGroups(graph::GraphOp graph);

  /// The type that a node of a group computes in, INT16, INT8 or INT4 of
  /// onnx::TensorProto::DataType; 0 for a node of no group.
  int32_t getComputeType(graph::NodeOp node) const {
    return members.lookup(node).computeType;
  }

  /// True where runtimes merge a node of a group into its kernel, so that no
  /// byte moves for it.
  bool isMerged(graph::NodeOp node) const {
    return members.lookup(node).isMerged;
  }

  /// Gives the operands and results of a kernel the types of the integers that
  /// it really reads and writes; other nodes keep theirs.
  void useStoredTypes(graph::NodeOp node,
                      llvm::MutableArrayRef<TensorInfo> inputs,
                      llvm::MutableArrayRef<TensorInfo> outputs) const;

private:
  struct Member {
    int32_t computeType = 0;
    bool isMerged = false;
    /// Of a kernel: the type that the QuantizeLinear behind it makes, or 0.
    int32_t resultType = 0;
  };

  void addKernel(graph::NodeOp node);
  void addDequantize(graph::NodeOp node);
  void addQuantize(graph::NodeOp node);

  llvm::DenseMap<mlir::Operation *, Member> members;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_ANALYSIS_INTEGERGROUPS_H
