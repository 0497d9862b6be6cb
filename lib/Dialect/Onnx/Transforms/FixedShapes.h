//===- FixedShapes.h - Symbolic extents that the user fixes -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The values that --shape and --dim give to dimensions, in the declarations of
/// a model. Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_DIALECT_ONNX_TRANSFORMS_FIXEDSHAPES_H
#define ONNX_SPLIT_LIB_DIALECT_ONNX_TRANSFORMS_FIXEDSHAPES_H

#include "onnx-split/Inference/DimBindings.h"

namespace onnx_split::graph {

/// Writes values into the declarations of the model's graph and of the bodies
/// inside it; a symbol is one and the same in all of them. A symbol that is an
/// expression becomes a number where all its terms have values, also where it
/// is a number in quotes. Fails, with an error at the graph, where a
/// declaration of the main graph gets an extent that is none; in bodies, which
/// may not be run, such a symbol stays.
llvm::LogicalResult fixShapes(ModelOp model, const DimValues &values);

} // namespace onnx_split::graph

#endif // ONNX_SPLIT_LIB_DIALECT_ONNX_TRANSFORMS_FIXEDSHAPES_H
