//===- Translate.h - Translations for onnx-split-translate ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `--onnx-to-mlir` and `--mlir-to-onnx`.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TARGET_ONNX_TRANSLATE_H
#define ONNX_SPLIT_TARGET_ONNX_TRANSLATE_H

namespace onnx_split {

/// Registers both translations with MLIR's translate main.
void registerOnnxTranslations();

} // namespace onnx_split

#endif // ONNX_SPLIT_TARGET_ONNX_TRANSLATE_H
