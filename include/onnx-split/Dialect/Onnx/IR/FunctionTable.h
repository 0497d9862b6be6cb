//===- FunctionTable.h - Calls of model-local functions ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which nodes call functions of the model.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_ONNX_IR_FUNCTIONTABLE_H
#define ONNX_SPLIT_DIALECT_ONNX_IR_FUNCTIONTABLE_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "llvm/ADT/SetVector.h"

#include <map>

namespace onnx_split::graph {

/// The functions of a model by what identifies them: domain, name, overload.
class FunctionTable {
public:
  explicit FunctionTable(ModelOp model);

  /// The function that a node calls, or null. A function may have the name of a
  /// standard operator, which it then replaces.
  FunctionOp lookup(NodeOp node) const;

  /// Every function that is called inside `root`, directly, in bodies, or by
  /// another function; in the order in which they are met.
  llvm::SetVector<mlir::Operation *> findCalled(mlir::Operation *root) const;

  /// Fails, with an error at the function, where functions call each other in a
  /// cycle, which ONNX does not allow. Linear.
  mlir::LogicalResult verifyNoRecursion() const;

  /// How many nodes there are inside `root` when every call is expanded, bodies
  /// included; MaxExpansion where it is more, or where functions call each
  /// other in a cycle or too deeply. Functions that call functions can double
  /// the number at each step.
  int64_t countExpanded(mlir::Operation *root) const;
  /// The same without the nodes of `root` itself: what expansion adds.
  int64_t countInCalls(mlir::Operation *root) const;
  static constexpr int64_t MaxExpansion = 100000;

private:
  int64_t countExpanded(mlir::Operation *root, unsigned depth) const;
  int64_t countInCalls(mlir::Operation *root, unsigned depth) const;

  using Key = std::tuple<std::string, std::string, std::string>;
  std::map<Key, FunctionOp> functions;
  /// By function; MaxExpansion while it is being counted, which ends cycles.
  mutable std::map<mlir::Operation *, int64_t> expanded;
};

} // namespace onnx_split::graph

#endif // ONNX_SPLIT_DIALECT_ONNX_IR_FUNCTIONTABLE_H
