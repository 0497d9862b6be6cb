//===- PlanJson.h - The text of a plan.json ---------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLAN_PLANJSON_H
#define ONNX_SPLIT_LIB_PLAN_PLANJSON_H

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

namespace onnx_split {

/// Reads a file of at most 64 MiB.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readPlanText(llvm::StringRef path);

/// Parses JSON of which the nesting and the number of objects are bounded. The
/// error starts with `name`.
llvm::Expected<llvm::json::Value> parsePlanJson(llvm::StringRef text,
                                                llvm::StringRef name);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_PLAN_PLANJSON_H
