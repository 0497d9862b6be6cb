//===- Split.h - The split dialect ------------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The dialect that carries decisions about a model: costs, topology, stages
/// and transfers.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_SPLIT_IR_SPLIT_H
#define ONNX_SPLIT_DIALECT_SPLIT_IR_SPLIT_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Support/Network.h"

#include "onnx-split/Dialect/Split/IR/SplitDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "onnx-split/Dialect/Split/IR/SplitAttrs.h.inc"

#define GET_OP_CLASSES
#include "onnx-split/Dialect/Split/IR/SplitOps.h.inc"

namespace onnx_split::split {

/// Names of the discardable attributes, see the dialect's description.
inline constexpr llvm::StringLiteral CostAttrName = "split.cost";
inline constexpr llvm::StringLiteral StageAttrName = "split.stage";
inline constexpr llvm::StringLiteral IndexAttrName = "split.index";
inline constexpr llvm::StringLiteral CopiesAttrName = "split.copies";
inline constexpr llvm::StringLiteral CopiedAttrName = "split.copied";
inline constexpr llvm::StringLiteral ConstantAttrName = "split.constant";
inline constexpr llvm::StringLiteral UnknownAttrName = "split.unknown";
inline constexpr llvm::StringLiteral TopologyAttrName = "split.topology";
inline constexpr llvm::StringLiteral PlacementAttrName = "split.placement";
inline constexpr llvm::StringLiteral ConstraintsAttrName = "split.constraints";
inline constexpr llvm::StringLiteral CrossingsAttrName = "split.crossings";
/// What links carry, a TrafficAttr on the module.
inline constexpr llvm::StringLiteral TrafficAttrName = "split.traffic";
inline constexpr llvm::StringLiteral WiresAttrName = "split.wires";
inline constexpr llvm::StringLiteral CertaintyAttrName = "split.certainty";
/// On the module: a dictionary of what the plan compares with, see Outlook.h.
inline constexpr llvm::StringLiteral OutlookAttrName = "split.outlook";
inline constexpr llvm::StringLiteral StatesAttrName = "split.states";
/// See Conversion/ModelToProblem/Picture.h.
inline constexpr llvm::StringLiteral PictureAttrName = "split.picture";
inline constexpr llvm::StringLiteral TaskAttrName = "split.task";
/// On the module: problem.json, see WrittenProblem.h.
inline constexpr llvm::StringLiteral ProblemAttrName = "split.problem";
inline constexpr llvm::StringLiteral InfeasibleAttrName = "split.infeasible";
inline constexpr llvm::StringLiteral PartAttrName = "split.part";

} // namespace onnx_split::split

#endif // ONNX_SPLIT_DIALECT_SPLIT_IR_SPLIT_H
