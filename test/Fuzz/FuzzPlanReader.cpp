//===- FuzzPlanReader.cpp - Any bytes as a plan.json ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Plan/SavedPlan.h"

#include <cstdint>

using namespace onnx_split;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  llvm::Expected<SavedPlan> plan = parsePlan(text, "plan.json");
  // An error says something.
  if (!plan && llvm::toString(plan.takeError()).empty())
    __builtin_trap();
  return 0;
}
