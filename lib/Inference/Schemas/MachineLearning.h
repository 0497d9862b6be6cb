//===- MachineLearning.h - Rules for operators of ai.onnx.ml ----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// ONNX has the schemas of these operators, but rules that say nothing of their
/// extents, or read what is not there. Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_MACHINELEARNING_H
#define ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_MACHINELEARNING_H

#include "Families.h"

#include "llvm/ADT/StringRef.h"

namespace onnx_split::schemas {

/// The rule to use in place of ONNX's for every version of an operator; null
/// where ONNX's is good. It never reads what an input does not have, and says
/// what ONNX Runtime was measured to make.
Rule findReplacement(llvm::StringRef domain, llvm::StringRef opType);

} // namespace onnx_split::schemas

#endif // ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_MACHINELEARNING_H
