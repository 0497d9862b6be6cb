//===- WholeRun.h - The whole model in a child process ----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The one place where a model that nobody has seen before runs in ONNX
/// Runtime: in a child process, since it may crash there, and on several kinds
/// of inputs, since it may refuse the first.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_WHOLERUN_H
#define ONNX_SPLIT_LIB_RUNTIME_WHOLERUN_H

#include "onnx-split/Runtime/Inputs.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace onnx_split::runtime {

/// Where a model is: in a file, or serialised in memory.
struct WholeModel {
  /// Of a model in memory the name alone.
  std::string path;
  /// Empty where ONNX Runtime reads the file itself.
  std::string bytes;

  /// Loads it without graph optimisations: with them, values are fused away,
  /// and whole and parts would fuse differently at the cuts.
  llvm::Expected<Session> load() const;
};

/// What a run of the whole model gave, inside the child process.
struct WholeResults {
  const Session &session;
  const Values &inputs;
  std::vector<Ort::Value> values;
};

/// What came of the runs.
struct WholeAnswer {
  /// What `read` made of the results.
  std::string bytes;
  /// What the inputs that nothing else gives were filled with, and why not with
  /// an earlier choice; empty where the first one was good.
  Filling filling = Filling::Random;
  std::string refusal;
};

/// Runs the model on inputs that `options` describe, from their filling on: if
/// the model does not run on them, with the next one that makes a difference.
/// `read` turns the results into bytes in the child process, where nothing may
/// touch an MLIRContext. The error says what of the model failed, and how.
llvm::Expected<WholeAnswer> runWholeModel(
    const WholeModel &model, const InputOptions &options,
    llvm::function_ref<llvm::Expected<std::string>(WholeResults)> read);

/// "ONNX Runtime 1.32.0 crashes": how messages begin that tell of it.
std::string describeCrash();

/// What a filling is called in messages: "whole numbers that are all 0".
llvm::StringRef describeFilling(Filling filling);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_WHOLERUN_H
