//===- Observe.h - Extents as they are in a run -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Some extents depend on data: how many objects a detector finds, where a Loop
/// ends. One run of the model tells what they were. This header is there in
/// every build; without ONNX Runtime, `observe` says so.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_RUNTIME_OBSERVE_H
#define ONNX_SPLIT_RUNTIME_OBSERVE_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Runtime/InputOptions.h"

#include <map>

namespace onnx_split::runtime {

/// A tensor as it was in one run.
struct ObservedTensor {
  /// An onnx::TensorProto::DataType.
  int32_t elementType = 0;
  std::vector<int64_t> dims;
};

/// By the names of the values.
using ObservedShapes = std::map<std::string, ObservedTensor, std::less<>>;

/// What to feed, and what to look at.
struct ObserveRequest {
  InputOptions inputs;
  /// Names of values of the main graph. Each is kept until the run ends, which
  /// takes its memory.
  std::vector<std::string> wanted;
};

/// Names of the values that nodes of the main graph make and whose types leave
/// an extent, the rank or more open, in the order of the graph; without those
/// that are known to be no tensors.
std::vector<std::string> findOpenValues(graph::ModelOp model);

/// Runs the model once, as it is in memory, in a child process, without graph
/// optimisations, and with the inputs that verifyParts would feed. Nothing is
/// written to any file. A wanted value that the graph does not have, or that is
/// no tensor, is not in the result. Fails, with an error at the model's file,
/// where ONNX Runtime refuses the model or an input, crashes, or runs out of
/// memory, and where the weights are not there.
mlir::FailureOr<ObservedShapes> observe(graph::ModelOp model,
                                        const ObserveRequest &request);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_OBSERVE_H
