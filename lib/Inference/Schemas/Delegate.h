//===- Delegate.h - Asking the rule of another operator ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Many operators of ONNX Runtime are one of the standard domain with further
/// inputs (scales, zero points) between its own, or with its channels at
/// another place. Their extents are what ONNX's own rule says when it is shown
/// the node in the form that it knows. Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_DELEGATE_H
#define ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_DELEGATE_H

#include "Shapes.h"

namespace onnx_split::schemas {

/// Where the channels are in the first input and the first output.
enum class Layout { ChannelsFirst, ChannelsLast };

/// Sets the shapes of the outputs as the newest rule of a standard operator has
/// them for the same attributes. `inputs` are the places of the inputs that the
/// rule needs, in its order; where the rank of one is unknown, nothing happens.
/// Element types play no part. Throws what the rule throws.
void shapesLike(Context &context, const char *opType,
                llvm::ArrayRef<size_t> inputs,
                Layout layout = Layout::ChannelsFirst);

} // namespace onnx_split::schemas

#endif // ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_DELEGATE_H
