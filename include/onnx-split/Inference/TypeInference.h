//===- TypeInference.h - Types of the values of a model ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Gives the values of a model the types that follow from the types of its
/// inputs, by the rules of ONNX, and the small values that are known before it
/// runs.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INFERENCE_TYPEINFERENCE_H
#define ONNX_SPLIT_INFERENCE_TYPEINFERENCE_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include <string>
#include <vector>

namespace onnx_split {

/// What inference found wrong with a model; what was found otherwise holds.
struct InferenceWarning {
  mlir::Location location;
  std::string text;
  /// ONNX Runtime loads no such model: it is an error.
  bool isFatal = false;
};

/// What inference has to say of a model beside the types that it set.
struct InferenceReport {
  std::vector<InferenceWarning> warnings;
  /// Extents that the model declares, and that inference found wrong somewhere.
  llvm::SmallVector<int64_t> staleExtents;
  /// Nodes that contradict the rule of their operator.
  size_t refusals = 0;
};

/// Sets the types of all values of the main graph and its bodies, and the
/// attribute `onnx.known_values` of nodes whose results are known. Declarations
/// stay as they are: where inference contradicts one, the type is the inferred
/// one and a warning names the value, which is fatal where the elements differ
/// or where the declaration is of an input with a default.
/// Linear in the nodes.
InferenceReport inferTypes(graph::ModelOp model);

} // namespace onnx_split

#endif // ONNX_SPLIT_INFERENCE_TYPEINFERENCE_H
