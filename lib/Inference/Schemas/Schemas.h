//===- Schemas.h - Operators that ONNX has no schema for --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Operators that ONNX Runtime adds (com.microsoft, com.microsoft.nchwc, and a
/// few of the standard domain), with type and shape inference, one file for
/// each family. Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_SCHEMAS_H
#define ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_SCHEMAS_H

namespace onnx_split {

/// Adds the schemas to ONNX's own registry. Does so once, however often and
/// from however many threads it is called.
void registerRuntimeSchemas();

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_SCHEMAS_H
