//===- TensorFiles.h - Values in files of tests and of NumPy ----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Values as ONNX's test data keeps them (`input_0.pb`: a TensorProto,
/// SequenceProto or OptionalProto), and as NumPy does (`.npy`). Nothing that a
/// file holds makes these functions allocate more than its own size.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_RUNTIME_TENSORFILES_H
#define ONNX_SPLIT_RUNTIME_TENSORFILES_H

#include "onnx-split/Runtime/Session.h"

#include "onnx/onnx_pb.h"

namespace onnx_split::runtime {

/// A tensor of ONNX Runtime with the contents of `proto`; the error says what
/// of it is wrong.
llvm::Expected<Ort::Value> fromProto(const onnx::TensorProto &proto);

/// The same for a sequence or an optional: a type of ONNX Runtime's own where
/// `kind` is ONNX_TYPE_SEQUENCE or ONNX_TYPE_OPTIONAL.
llvm::Expected<Ort::Value> parseValue(llvm::StringRef bytes, ONNXType kind);

/// A value as the bytes of a TensorProto, or of a SequenceProto of tensors.
/// An empty optional has no bytes.
llvm::Expected<std::string> serializeValue(const Ort::Value &value,
                                           llvm::StringRef name);

/// Reads a file by its extension: `.npy`, or else protobuf for a value of
/// `port`'s kind. The error starts with the path.
llvm::Expected<Ort::Value> readValue(llvm::StringRef path, ONNXType kind);

/// Writes a `.npy` (tensors of NumPy's own types only) or a `.pb` file.
llvm::Error writeValue(llvm::StringRef path, const Ort::Value &value,
                       llvm::StringRef name);

/// An empty tensor of the given type and shape in memory of ONNX Runtime.
llvm::Expected<Ort::Value> makeTensor(ONNXTensorElementDataType type,
                                      llvm::ArrayRef<int64_t> dims);

/// Elements of a shape; an error where an extent is negative or the number
/// passes 2^40.
llvm::Expected<size_t> countElements(llvm::ArrayRef<int64_t> dims);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_TENSORFILES_H
