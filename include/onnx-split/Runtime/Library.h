//===- Library.h - ONNX Runtime's library -----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// ONNX Runtime is looked for when it is needed, so that planning and splitting
/// work without it, and start as fast.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_RUNTIME_LIBRARY_H
#define ONNX_SPLIT_RUNTIME_LIBRARY_H

#include <string>

namespace onnx_split::runtime {

/// Loads the library unless that was done. Nothing of Ort may be used before.
/// Looks, in this order, at the file that ONNX_SPLIT_ONNXRUNTIME names, in lib
/// beside the program's bin, where a build has what it found, in Python's
/// package there, and where the system looks for libraries. Returns why there
/// is none, with what would help; empty where there is one.
std::string loadRuntime();

/// Such as "1.32.0", of the library that was loaded.
std::string getRuntimeVersion();

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_LIBRARY_H
