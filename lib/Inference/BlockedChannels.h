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

#include <optional>

namespace onnx_split {

class BlockedChannels {
public:
  explicit BlockedChannels(graph::ModelOp source) : model(source) {}

  /// Sets the channels of a ReorderInput's result where its rule left them
  /// open and the model tells: by the weights of a convolution that reads the
  /// result, or by the blocks that others have. Does nothing for other nodes.
  void complete(graph::NodeOp node, const onnx::TypeProto &input,
                onnx::TypeProto &result);

private:
  std::optional<int64_t> width();

  graph::ModelOp model;
  bool isSearched = false;
  std::optional<int64_t> found;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_INFERENCE_BLOCKEDCHANNELS_H
