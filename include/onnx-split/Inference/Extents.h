//===- Extents.h - What planning uses beside the types ----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Types say what the parts declare. For costs, memory and wires planning also
/// uses extents that the user assumes, that a run of the model had, and upper
/// bounds of those that depend on data. They are a table beside the types:
/// attributes `onnx.extents` on nodes (one entry for each result) and graphs
/// (one for each input), only where a type leaves something open.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INFERENCE_EXTENTS_H
#define ONNX_SPLIT_INFERENCE_EXTENTS_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "llvm/ADT/StringMap.h"

#include <optional>

namespace onnx_split {

class DimBindings;
struct InferenceReport;

/// Extents of tensors in one run of a model, by the value's name.
using ObservedShapes = llvm::StringMap<llvm::SmallVector<int64_t>>;

inline constexpr llvm::StringLiteral ExtentsAttrName = "onnx.extents";
/// On a model: the dimensions that planning has values for and the parts leave
/// open, "N=1" each; the further operating points, as --also names them; the
/// extents of a run, a dictionary by value; and the nodes that do not take what
/// they are given with the planned extents, so that what follows is left out.
inline constexpr llvm::StringLiteral AssumedAttrName = "onnx.assumed";
inline constexpr llvm::StringLiteral PointsAttrName = "onnx.points";
inline constexpr llvm::StringLiteral ObservedAttrName = "onnx.observed";
inline constexpr llvm::StringLiteral RefusedAttrName = "onnx.refused";

/// What extents are asked for.
class ExtentsUse {
public:
  /// Of one item as far as they are known: for times.
  static ExtentsUse time() { return ExtentsUse(Time); }
  /// That no item passes: for memory.
  static ExtentsUse memory() { return ExtentsUse(Memory); }
  /// Of a further operating point, for both.
  static ExtentsUse point(unsigned index) { return ExtentsUse(int(index)); }

private:
  friend mlir::Type getPlannedType(mlir::Value value, ExtentsUse use);
  static constexpr int Time = -1, Memory = -2;
  explicit ExtentsUse(int kind) : what(kind) {}
  int what;
};

/// The type of a value with the extents that planning uses.
mlir::Type getPlannedType(mlir::Value value, ExtentsUse use);

/// The entry of the table, or null where the type says all that is known.
graph::ExtentsAttr getExtents(mlir::Value value);

/// Fills the table by running inference with the values of `bindings` and with
/// what was observed, and once more with upper bounds where extents depend on
/// data. The types must have been inferred.
/// `report` is what inference found wrong. Warns of operators that cannot run
/// at these extents, and of inputs whose defaults decide on extents.
void planExtents(graph::ModelOp model, const DimBindings &bindings,
                 const ObservedShapes &observed, const InferenceReport &report);

/// The number of further operating points that the table has.
unsigned countPoints(graph::ModelOp model);

} // namespace onnx_split

#endif // ONNX_SPLIT_INFERENCE_EXTENTS_H
