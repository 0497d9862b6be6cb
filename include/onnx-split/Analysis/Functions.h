//===- Functions.h - Calls of model-local functions -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which nodes call functions of the model, and what such a call expands to.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_ANALYSIS_FUNCTIONS_H
#define ONNX_SPLIT_ANALYSIS_FUNCTIONS_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/SetVector.h"

#include <map>

namespace onnx_split {

/// The functions of a model by what identifies them: domain, name, overload.
class FunctionTable {
public:
  explicit FunctionTable(graph::ModelOp model);

  /// The function that a node calls, or null. A function may have the name of a
  /// standard operator, which it then replaces.
  graph::FunctionOp lookup(graph::NodeOp node) const;

  /// Every function that is called inside `root`, directly, in bodies, or by
  /// another function; in the order in which they are met.
  llvm::SetVector<mlir::Operation *> findCalled(mlir::Operation *root) const;

private:
  using Key = std::tuple<std::string, std::string, std::string>;
  std::map<Key, graph::FunctionOp> functions;
};

/// A module with one model whose graph is the body of `function`, with the
/// types, small constants and attributes of the call `node`. Types inside are
/// not inferred yet.
mlir::OwningOpRef<mlir::ModuleOp> instantiate(graph::FunctionOp function,
                                              graph::NodeOp node);

} // namespace onnx_split

#endif // ONNX_SPLIT_ANALYSIS_FUNCTIONS_H
