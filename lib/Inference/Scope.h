//===- Scope.h - What is known of the values of a graph ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_SCOPE_H
#define ONNX_SPLIT_LIB_INFERENCE_SCOPE_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Inference/KnownTensor.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/DenseMap.h"

#include <deque>

namespace onnx_split {

/// What is known of one value.
struct ValueState {
  /// Empty where nothing is known, which ONNX's rules can stand, unlike null.
  onnx::TypeProto type;
  std::optional<KnownTensor> value;
  /// A constant whose elements are in the model, and not read yet.
  const onnx::TensorProto *stored = nullptr;
  /// `stored` is the default of an input, which a run may replace. Only
  /// planning looks at it; nothing is computed from it.
  bool isDefault = false;
  /// `stored` has too many elements to be read; rules still see the message.
  bool isUnreadable = false;
  /// A function's parameter that the call leaves out.
  bool isOmitted = false;
};

/// The states of the values of the main graph and its bodies, or of one call of
/// a function. Addresses of states stay.
class Scope {
public:
  /// The state of a value, made empty where there is none yet.
  ValueState &operator[](mlir::Value value);
  const ValueState *find(mlir::Value value) const;

  /// Versions of the operator sets that hold here, by canonical domain.
  llvm::StringMap<int64_t> opsets;

private:
  llvm::DenseMap<mlir::Value, ValueState *> index;
  std::deque<ValueState> states;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_INFERENCE_SCOPE_H
