//===- NodeScope.h - The values that nodes may name -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What names mean while a graph is read, and why one of them means nothing.
/// Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_TARGET_ONNX_NODESCOPE_H
#define ONNX_SPLIT_LIB_TARGET_ONNX_NODESCOPE_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringMap.h"

namespace onnx_split {

/// The values that a graph's nodes may name, and those of the graphs around it.
class NodeScope {
public:
  using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

  /// `outer` is the scope of the graph around it, or null.
  explicit NodeScope(const NodeScope *outer = nullptr) : parent(outer) {}

  /// Says which nodes will be read. Their names must outlive the scope, and
  /// stay as they are.
  void setNodes(const Nodes &proto);

  /// Null where the name is not defined, or not yet.
  mlir::Value lookup(llvm::StringRef name) const;

  /// Errors are emitted at `loc`: a graph defines each name once.
  mlir::LogicalResult define(llvm::StringRef name, mlir::Value value,
                             mlir::Location loc);

  /// Emits why lookup() does not find what `node` reads: the name stands for
  /// what a later node makes, or for nothing. Linear in the graph's edges.
  mlir::LogicalResult reportMissing(llvm::StringRef name,
                                    const onnx::NodeProto &node,
                                    mlir::Location loc) const;

private:
  bool dependsOn(int from, int to) const;

  const NodeScope *parent;
  llvm::StringMap<mlir::Value> values;
  /// Node that makes each value of this graph, to tell a value that comes too
  /// late from one that does not exist.
  llvm::StringMap<int> producers;
  const Nodes *nodes = nullptr;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_TARGET_ONNX_NODESCOPE_H
