//===- Genai.h - A plan as a pipeline of onnxruntime-genai ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// onnxruntime-genai generates tokens with a model that is in several files, a
/// pipeline, if genai_config.json says so. It runs them one after another in
/// one process and keeps the caches of all.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PLAN_GENAI_H
#define ONNX_SPLIT_PLAN_GENAI_H

#include "onnx-split/Plan/PlanFile.h"

#include "mlir/IR/BuiltinOps.h"

namespace onnx_split {

inline constexpr llvm::StringLiteral GenaiConfigName = "genai_config.json";

/// What the one model of a module lacks to be such a decoder, all of it, as
/// clauses: tokens in, scores out, and a key and a value cache for each layer
/// among its states. Empty where it lacks nothing. `states` are those of
/// --state.
std::vector<std::string>
listLackingForGenai(mlir::ModuleOp module, llvm::ArrayRef<std::string> states);

/// The text, and the keys that must be filled in before it can be used: null,
/// because no file says what they are.
struct GenaiConfig {
  std::string text;
  std::vector<std::string> open;
  /// There is a file beside the model, but it does not name the model.
  bool isOfAnother = false;
};

/// Makes it from the plan and the parts in `module`. Where `beside`, a path,
/// exists and is of the plan's source file, whatever it says is taken over. The
/// error says why the pipeline cannot be one of onnxruntime-genai.
llvm::Expected<GenaiConfig> makeGenaiConfig(mlir::ModuleOp module,
                                            const PlanFile &plan,
                                            llvm::StringRef beside);

} // namespace onnx_split

#endif // ONNX_SPLIT_PLAN_GENAI_H
