//===- Translate.h - A cluster file as JSON ---------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `--cluster-to-json`, so that scripts need no second reader of the format.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TARGET_CLUSTER_TRANSLATE_H
#define ONNX_SPLIT_TARGET_CLUSTER_TRANSLATE_H

namespace onnx_split {

/// Registers the translation with MLIR's translate main.
void registerClusterTranslation();

} // namespace onnx_split

#endif // ONNX_SPLIT_TARGET_CLUSTER_TRANSLATE_H
