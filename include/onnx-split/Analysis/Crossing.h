//===- Crossing.h - What can go from one part to another --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which values can be wires between the parts of a model, and what one item of
/// them takes. A wire is declared as an output of one part and an input of
/// another; with boundary nodes it also goes through an Identity at both ends,
/// so that its type must be one that Identity takes.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_ANALYSIS_CROSSING_H
#define ONNX_SPLIT_ANALYSIS_CROSSING_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Inference/Extents.h"

#include <optional>
#include <string>

namespace onnx_split {

/// How parts are joined: nodes that are functions around an Identity, plain
/// graph inputs and outputs, or nodes without a body.
enum class Boundary { Ops, Io, Opaque };

/// The boundary of that name: ops, io or opaque.
std::optional<Boundary> parseBoundary(llvm::StringRef name);

/// The name of a boundary.
llvm::StringRef toString(Boundary boundary);

/// First operator set in which Identity takes a type and ONNX Runtime 1.32 has
/// a kernel for it; none where there is no such set (elements of 2, 4 and 6
/// bits, float8e8m0, complex numbers, maps, sparse tensors).
std::optional<int64_t> identitySince(mlir::Type type);

/// Operator set of the Identity in boundary functions: the model's, or an own
/// one where the model imports no standard operators (0).
int64_t getBoundaryOpset(int64_t modelOpset);

/// Why `value` cannot be a wire, to follow "because"; empty where it can.
/// `opset` is the version of the standard operator set, 0 for none.
std::string whyNoWire(mlir::Value value, Boundary boundary, int64_t opset);

/// The tensor type inside sequences and optionals, or null.
graph::OnnxTensorType getTensorInside(mlir::Type type);

/// The containers around the tensor, outermost first: "", "sequence",
/// "optional" or "optional sequence".
std::string getContainer(mlir::Type type);

/// Bytes of one item of `value`. Unknown extents count as one, and so does the
/// unknown length of a sequence: a lower bound.
int64_t getItemBytes(mlir::Value value, ExtentsUse use = ExtentsUse::time());

/// True where the bytes of an item are known, perhaps under assumptions: it is
/// a tensor whose extents are all known.
bool hasKnownSize(mlir::Value value, ExtentsUse use = ExtentsUse::time());

} // namespace onnx_split

#endif // ONNX_SPLIT_ANALYSIS_CROSSING_H
