//===- FoldBranches.h - Branches of a known condition -----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Folding of Ifs whose condition is known, as a function for programs and as a
/// pass. The attributes say where a node that moved was in the source.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_FOLDBRANCHES_H
#define ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_FOLDBRANCHES_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace onnx_split::graph {

/// On nodes that were in a branch: the way from the If to the node, as an array
/// of strings in pairs of a branch and a position in it, such as
/// ["then_branch", "3"]. Where an output of the If was no node's own value, an
/// Identity gives it, which has "output K" for its position.
inline constexpr llvm::StringLiteral PathAttrName = "onnx.path";

/// The value of a scalar bool constant: an initializer, or a Constant node with
/// a tensor.
std::optional<bool> getKnownBool(mlir::Value value);

/// Replaces each If of the main graph whose condition is known by its branch,
/// also those that come to the main graph by this. Values keep their names
/// where these are unique, and outputs of the If keep theirs. An If whose
/// branch does not give what the If does is left as it is. Returns how many
/// were replaced. Linear in the model.
unsigned foldBranches(
    ModelOp model,
    llvm::function_ref<std::optional<bool>(mlir::Value)> known = getKnownBool);

} // namespace onnx_split::graph

#endif // ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_FOLDBRANCHES_H
