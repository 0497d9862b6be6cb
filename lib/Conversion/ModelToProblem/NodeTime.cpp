//===- NodeTime.cpp - The expected time of a node -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeTime.h"

#include "onnx-split/Placement/Problem.h"

#include "onnx/onnx_pb.h"

#include <algorithm>

using namespace onnx_split;
using llvm::StringRef;

StringRef split::computeTypeName(int32_t type) {
  switch (type) {
  case onnx::TensorProto::DOUBLE:
  case onnx::TensorProto::COMPLEX128:
    return "f64";
  case onnx::TensorProto::FLOAT16:
    return "f16";
  case onnx::TensorProto::BFLOAT16:
    return "bf16";
  case onnx::TensorProto::FLOAT8E4M3FN:
  case onnx::TensorProto::FLOAT8E4M3FNUZ:
  case onnx::TensorProto::FLOAT8E5M2:
  case onnx::TensorProto::FLOAT8E5M2FNUZ:
  case onnx::TensorProto::FLOAT8E8M0:
  case onnx::TensorProto::FLOAT6E2M3:
  case onnx::TensorProto::FLOAT6E3M2:
    return "f8";
  case onnx::TensorProto::FLOAT4E2M1:
    return "f4";
  case onnx::TensorProto::INT64:
  case onnx::TensorProto::UINT64:
    return "i64";
  case onnx::TensorProto::INT32:
  case onnx::TensorProto::UINT32:
    return "i32";
  case onnx::TensorProto::INT16:
  case onnx::TensorProto::UINT16:
    return "i16";
  case onnx::TensorProto::INT8:
  case onnx::TensorProto::UINT8:
  case onnx::TensorProto::BOOL:
    return "i8";
  case onnx::TensorProto::INT4:
  case onnx::TensorProto::UINT4:
  case onnx::TensorProto::INT2:
  case onnx::TensorProto::UINT2:
    return "i4";
  // Also 32-bit floats, and what is no number.
  default:
    return "f32";
  }
}

void split::forEachArithmetic(const OpCost &cost,
                              llvm::function_ref<void(StringRef)> visit) {
  if (!cost.bodies) {
    if (cost.flops > 0)
      visit(computeTypeName(cost.computeType));
    return;
  }
  for (const std::vector<OpCost> &nodes : cost.bodies->nodes)
    for (const OpCost &inner : nodes)
      forEachArithmetic(inner, visit);
}

/// count / rate in nanoseconds, rounded up; rates are per second.
static int64_t nanoseconds(int64_t count, int64_t rate) {
  __int128 time = (__int128(count) * 1000000000 + rate - 1) / rate;
  return time >= placement::Unlimited ? placement::Unlimited - 1
                                      : int64_t(time);
}

/// By the slower of arithmetic and memory.
static int64_t workTime(const OpCost &cost, const ClusterDevice &device) {
  int64_t time = 0;
  // Unlimited rates take no time, not the one nanosecond of rounding up.
  if (int64_t rate =
          device.operationsPerSecond(computeTypeName(cost.computeType));
      rate > 0 && rate != Unlimited)
    time = nanoseconds(cost.flops, rate);
  if (device.memoryBandwidth > 0 && device.memoryBandwidth != Unlimited)
    time = std::max(time, nanoseconds(placement::addSaturating(
                                          cost.bytesRead, cost.bytesWritten),
                                      device.memoryBandwidth));
  return time;
}

/// The body that takes longest on the device, on every trip.
static int64_t bodiesTime(const OpCost &cost, const ClusterDevice &device) {
  int64_t longest = 0;
  for (const std::vector<OpCost> &nodes : cost.bodies->nodes) {
    int64_t time = 0;
    for (const OpCost &node : nodes)
      time = placement::addSaturating(time, split::estimateTime(node, device));
    longest = std::max(longest, time);
  }
  __int128 time = __int128(longest) * cost.trips;
  return time >= placement::Unlimited ? placement::Unlimited - 1
                                      : int64_t(time);
}

int64_t split::estimateTime(const OpCost &cost, const ClusterDevice &device) {
  int64_t time =
      cost.bodies ? bodiesTime(cost, device) : workTime(cost, device);
  bool isStarted = !cost.bodies || !cost.bodies->isCall;
  // Unlimited would say that the device cannot run the node.
  return std::min(
      placement::addSaturating(time, isStarted ? device.opOverheadNs : 0),
      placement::Unlimited - 1);
}
