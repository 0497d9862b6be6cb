//===- GivenTensor.h - Tensors that a user writes ---------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TARGET_ONNX_GIVENTENSOR_H
#define ONNX_SPLIT_TARGET_ONNX_GIVENTENSOR_H

#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <vector>

namespace onnx_split {

/// What is declared of a tensor.
struct TensorDeclaration {
  /// An onnx::TensorProto::DataType; 0: unknown.
  int32_t elementType = 0;
  /// -1 where an extent is open; nothing where not even the rank is known.
  std::optional<std::vector<int64_t>> dims;
};

/// Bytes that a file with a given tensor may have: its values become part of
/// the model's skeleton.
inline constexpr size_t MaxGivenBytes = 16 << 20;

/// The tensor that `text` means where one is declared so:
///   - `3.5`, `-1`, `true`: a scalar, or a tensor of one element;
///   - `1,2,3` or `[1,2,3]`: a tensor of rank 1, perhaps empty (`[]`);
///   - `@FILE`: a .npy file, or a TensorProto.
/// Values are in raw_data, except strings. The error says what is wrong with
/// the text, as the end of a sentence that names the tensor.
llvm::Expected<onnx::TensorProto>
parseGivenTensor(llvm::StringRef text, const TensorDeclaration &declared);

/// Splits `NAME=VALUE`, where both may hold '=': the name is the longest one
/// that `isName` accepts. The error shows the option.
llvm::Expected<std::pair<llvm::StringRef, llvm::StringRef>>
splitGivenTensor(llvm::StringRef option,
                 llvm::function_ref<bool(llvm::StringRef)> isName);

} // namespace onnx_split

#endif // ONNX_SPLIT_TARGET_ONNX_GIVENTENSOR_H
