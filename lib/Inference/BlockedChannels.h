//===- BlockedChannels.h - How wide blocks of channels are ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// ONNX Runtime's ReorderInput rounds channels up to whole blocks, and nothing
/// in the node says whether a block has 8 or 16. But the file was saved for one
/// kind of processor, whose blocks the weights of later convolutions have.
/// Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_BLOCKEDCHANNELS_H
#define ONNX_SPLIT_LIB_INFERENCE_BLOCKEDCHANNELS_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "onnx/onnx_pb.h"

namespace onnx_split {

/// Sets the channels of a ReorderInput's result where its rule left them open
/// and a convolution that reads the result, or pools of it, has weights for so
/// many. Does nothing for other nodes.
void completeBlockedChannels(graph::NodeOp node, onnx::TypeProto &result);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_INFERENCE_BLOCKEDCHANNELS_H
