//===- NumpyArray.h - Files of NumPy ----------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TARGET_ONNX_NUMPYARRAY_H
#define ONNX_SPLIT_TARGET_ONNX_NUMPYARRAY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <vector>

namespace onnx_split {

/// A `.npy` file (numpy.lib.format). `data` lies in the bytes that were parsed
/// and may be more or less than the shape takes.
struct NumpyArray {
  /// An onnx::TensorProto::DataType.
  int32_t elementType = 0;
  /// Perhaps negative: whatever the file states.
  std::vector<int64_t> dims;
  /// Little-endian, in row-major order.
  llvm::StringRef data;
};

/// The error says what keeps the bytes from being read.
llvm::Expected<NumpyArray> parseNumpy(llvm::StringRef bytes);

/// NumPy's name of an element type, "f4", or empty where it has none.
llvm::StringRef getNumpyCode(int32_t elementType);

} // namespace onnx_split

#endif // ONNX_SPLIT_TARGET_ONNX_NUMPYARRAY_H
