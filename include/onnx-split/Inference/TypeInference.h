//===- TypeInference.h - Types by ONNX's shape inference --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Gives the values of a model the types that ONNX infers for them.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INFERENCE_TYPEINFERENCE_H
#define ONNX_SPLIT_INFERENCE_TYPEINFERENCE_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

namespace onnx_split {

/// Sets the types of all values of the main graph and its bodies. Declarations
/// stay as they are. Where inference stops at a contradiction in the model,
/// returns its message; what was found until then is set.
std::string inferTypes(graph::ModelOp model);

} // namespace onnx_split

#endif // ONNX_SPLIT_INFERENCE_TYPEINFERENCE_H
