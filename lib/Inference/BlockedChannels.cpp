//===- BlockedChannels.cpp - How wide blocks of channels are --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "BlockedChannels.h"

#include "Types.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

static bool isBlockedOp(NodeOp node, StringRef opType) {
  return node.getDomain() == "com.microsoft.nchwc" &&
         node.getOpType() == opType;
}

/// The extent of an axis that is known without inference, as those of weights
/// are.
static std::optional<int64_t> extentOf(Value value, unsigned axis) {
  auto type = dyn_cast<OnnxTensorType>(value.getType());
  if (!type || !type.hasRank() || type.getDims().size() <= axis)
    return std::nullopt;
  auto extent = dyn_cast<IntegerAttr>(type.getDims()[axis]);
  return extent ? std::optional(extent.getInt()) : std::nullopt;
}

/// The channels that a convolution's weights are for. With groups, ONNX Runtime
/// blocks only those that have as many outputs as inputs.
static std::optional<int64_t> channelsOfWeights(NodeOp conv) {
  if (conv.getInputs().size() < 2)
    return std::nullopt;
  Value weights = conv.getInputs()[1];
  NodeAttr group = conv.findAttribute("group");
  auto groups =
      group ? dyn_cast_or_null<IntegerAttr>(group.getValue()) : IntegerAttr();
  bool hasGroups = groups && groups.getInt() != 1;
  return extentOf(weights, hasGroups ? 0 : 1);
}

/// How many channels the readers of a value take.
static std::optional<int64_t> channelsOfReaders(Value value, unsigned depth) {
  for (Operation *reader : value.getUsers()) {
    auto node = dyn_cast<NodeOp>(reader);
    if (!node || node.getInputs().empty() || node.getInputs()[0] != value)
      continue;
    std::optional<int64_t> channels;
    if (isBlockedOp(node, "Conv"))
      channels = channelsOfWeights(node);
    else if (depth > 0 && node.getNumResults() == 1 &&
             (isBlockedOp(node, "MaxPool") || isBlockedOp(node, "AveragePool")))
      channels = channelsOfReaders(node.getResult(0), depth - 1);
    if (channels)
      return channels;
  }
  return std::nullopt;
}

void onnx_split::completeBlockedChannels(NodeOp node, onnx::TypeProto &result) {
  if (!isBlockedOp(node, "ReorderInput") || node.getNumResults() != 1 ||
      !result.tensor_type().has_shape())
    return;
  auto &shape = *result.mutable_tensor_type()->mutable_shape();
  if (shape.dim_size() < 2 || !isOpen(shape.dim(1)))
    return;
  constexpr unsigned MaxPools = 4;
  auto channels = channelsOfReaders(node.getResult(0), MaxPools);
  if (channels && *channels > 0 && *channels % 8 == 0)
    shape.mutable_dim(1)->set_dim_value(*channels);
}
