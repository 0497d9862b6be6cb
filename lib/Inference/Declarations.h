//===- Declarations.h - What the model says of its values -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_DECLARATIONS_H
#define ONNX_SPLIT_LIB_INFERENCE_DECLARATIONS_H

#include "Types.h"

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"

namespace onnx_split {

/// A declaration that inference contradicts.
struct Conflict {
  mlir::Value value;
  onnx::TypeProto declared, inferred;
  /// They differ in more than extents: in their elements, or in what kind of
  /// value it is. Runtimes refuse that, but correct extents.
  bool inElements = false;
};

/// The value_infos and declared outputs of graphs. They are believed only where
/// inference has nothing better: files are edited at the inputs alone, and
/// exporters declare what they traced.
class Declarations {
public:
  Declarations(llvm::ArrayRef<int64_t> staleExtents, bool believesExtents)
      : stale(staleExtents), believes(believesExtents) {}

  /// Completes what was inferred for a result of a node by what `graph`
  /// declares of it, and remembers a contradiction.
  void complete(graph::GraphOp graph, mlir::Value value,
                onnx::TypeProto &inferred);
  /// Remembers it where the type of an input and that of its default contradict
  /// each other.
  void compare(mlir::Value input, const onnx::TypeProto &declared,
               const onnx::TypeProto &defaulted);
  /// Completes a type by one that is as certain; false where the two contradict
  /// each other.
  static bool merge(onnx::TypeProto &inferred, const onnx::TypeProto &certain);
  /// What is declared of a value of `graph`, or null.
  const onnx::TypeProto *find(graph::GraphOp graph, llvm::StringRef name);

  const std::vector<Conflict> &conflicts() const { return found; }
  /// True where an extent was declared, unknown otherwise and not believed.
  bool hasUnbelieved() const { return unbelieved; }

private:
  using Table = llvm::StringMap<onnx::TypeProto>;
  const Table &tableOf(graph::GraphOp graph);

  llvm::ArrayRef<int64_t> stale;
  bool believes;
  bool unbelieved = false;
  llvm::DenseMap<mlir::Operation *, Table> tables;
  std::vector<Conflict> found;
  llvm::DenseSet<mlir::Value> inConflict;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_INFERENCE_DECLARATIONS_H
