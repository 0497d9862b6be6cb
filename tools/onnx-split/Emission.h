//===- Emission.h - What is written for other tools -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The kinds of --emit whose files plan.json lists: compose, genai and
/// ort-layers. What they cannot do is said before anything is written, and what
/// only the model can lack, before it is planned.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TOOLS_ONNX_SPLIT_EMISSION_H
#define ONNX_SPLIT_TOOLS_ONNX_SPLIT_EMISSION_H

#include "Options.h"

#include "onnx-split/Pipeline/EmitParts.h"

#include "mlir/IR/OwningOpRef.h"

namespace onnx_split {

class Emission {
public:
  explicit Emission(const Options &given) : options(given) {}

  /// Checks the model before it is planned, and keeps what is needed of it.
  llvm::LogicalResult begin(mlir::ModuleOp module);

  /// Makes the texts from the plan and the parts, and lists them in the plan.
  llvm::LogicalResult finish(mlir::ModuleOp module, Plan &plan);

  /// What beside the parts is to be written; as long as this lives.
  const Further &getFurther() const { return further; }

  /// Says how to go on with what was written in the folder, a line each.
  void print(const Plan &plan, llvm::StringRef folder,
             llvm::raw_ostream &os) const;

private:
  void add(Plan &plan, llvm::StringRef name,
           llvm::function_ref<void(llvm::raw_ostream &)> write);
  llvm::LogicalResult addGenai(mlir::ModuleOp module, Plan &plan);
  llvm::LogicalResult addOrtLayers(Plan &plan, mlir::MLIRContext *context);

  const Options &options;
  Further further;
  /// What genai_config.json has null for.
  std::vector<std::string> missing;
  /// A copy of the model as it was before planning.
  mlir::OwningOpRef<mlir::ModuleOp> whole;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_TOOLS_ONNX_SPLIT_EMISSION_H
