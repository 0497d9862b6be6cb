//===- BlockedChannels.cpp - How wide blocks of channels are --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockedChannels.h"

#include "Types.h"

#include "llvm/Support/MathExtras.h"

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

static std::optional<int64_t> intOf(NodeOp node, StringRef name) {
  NodeAttr attribute = node.findAttribute(name);
  auto number = attribute ? dyn_cast_or_null<IntegerAttr>(attribute.getValue())
                          : IntegerAttr();
  return number ? std::optional(number.getInt()) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Readers
//===----------------------------------------------------------------------===//

/// The channels that a convolution makes.
static std::optional<int64_t> outputsOfWeights(NodeOp conv) {
  return conv.getInputs().size() < 2 ? std::nullopt
                                     : extentOf(conv.getInputs()[1], 0);
}

/// The channels that a convolution takes. With groups, ONNX Runtime blocks only
/// those that have as many outputs as inputs.
static std::optional<int64_t> inputsOfWeights(NodeOp conv) {
  if (intOf(conv, "group").value_or(1) != 1)
    return outputsOfWeights(conv);
  return conv.getInputs().size() < 2 ? std::nullopt
                                     : extentOf(conv.getInputs()[1], 1);
}

/// How many channels the readers of a value take.
static std::optional<int64_t> channelsOfReaders(Value value, unsigned depth) {
  for (OpOperand &use : value.getUses()) {
    auto node = dyn_cast<NodeOp>(use.getOwner());
    if (!node || use.getOperandNumber() != 0)
      continue;
    std::optional<int64_t> channels;
    if (isBlockedOp(node, "Conv"))
      channels = inputsOfWeights(node);
    else if (depth > 0 && node.getNumResults() == 1 &&
             (isBlockedOp(node, "MaxPool") || isBlockedOp(node, "AveragePool")))
      channels = channelsOfReaders(node.getResult(0), depth - 1);
    if (channels)
      return channels;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

static constexpr int64_t Small = 8, Large = 16;

/// How wide the blocks must be if a convolution has this many outputs, of which
/// a reader says how many are no padding.
static std::optional<int64_t> widthOf(NodeOp conv) {
  std::optional<int64_t> outputs = outputsOfWeights(conv);
  if (!outputs || *outputs <= 0 || conv.getNumResults() == 0)
    return std::nullopt;
  if (*outputs % Large == Small)
    return Small;
  for (Operation *reader : conv.getResult(0).getUsers()) {
    auto node = dyn_cast<NodeOp>(reader);
    if (!node || !isBlockedOp(node, "ReorderOutput"))
      continue;
    int64_t channels = intOf(node, "channels").value_or(*outputs);
    if (*outputs % Large == 0 && channels > 0 && channels <= *outputs - Small)
      return Large;
  }
  return std::nullopt;
}

std::optional<int64_t> BlockedChannels::width() {
  if (isSearched)
    return found;
  isSearched = true;
  model.walk([&](NodeOp node) {
    if (isBlockedOp(node, "Conv"))
      found = widthOf(node);
    return found ? WalkResult::interrupt() : WalkResult::advance();
  });
  return found;
}

void BlockedChannels::complete(NodeOp node, const onnx::TypeProto &input,
                               onnx::TypeProto &result) {
  if (!isBlockedOp(node, "ReorderInput") || node.getNumResults() != 1 ||
      !result.tensor_type().has_shape())
    return;
  auto &shape = *result.mutable_tensor_type()->mutable_shape();
  const auto &source = input.tensor_type().shape();
  if (shape.dim_size() < 2 || source.dim_size() != shape.dim_size() ||
      !isOpen(shape.dim(1)))
    return;
  constexpr unsigned maxPools = 4;
  std::optional<int64_t> channels =
      channelsOfReaders(node.getResult(0), maxPools);
  if (!channels) {
    bool isLast = intOf(node, "channels_last").value_or(0) != 0;
    const Dimension &real = source.dim(isLast ? source.dim_size() - 1 : 1);
    std::optional<int64_t> block = width();
    constexpr int64_t maxChannels = int64_t(1) << 62;
    if (block && real.has_dim_value() && real.dim_value() > 0 &&
        real.dim_value() < maxChannels)
      channels = llvm::alignTo(uint64_t(real.dim_value()), uint64_t(*block));
  }
  if (channels && *channels > 0 && *channels % Small == 0)
    shape.mutable_dim(1)->set_dim_value(*channels);
}
