//===- PassProgress.cpp - Progress of passes on a terminal ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Pipeline/PassProgress.h"

#include "onnx-split/Support/Progress.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace onnx_split;

/// What a pass does, to whoever waits for it.
static std::string describe(Pass *pass) {
  StringRef name = pass->getArgument();
  return llvm::StringSwitch<StringRef>(name)
      .Case("onnx-infer-types", "inferring types and extents")
      .Case("split-annotate-cost", "estimating costs")
      .Case("split-place", "planning")
      .Case("split-verify-placement", "checking the plan")
      .Cases({"split-form-stages", "split-insert-transfers",
              "split-outline-stages", "split-lower-transfers"},
             "forming the parts")
      .Default(name)
      .str();
}

namespace {
class PassProgress : public PassInstrumentation {
public:
  void runBeforePass(Pass *pass, Operation *op) override {
    if (isa<ModuleOp>(op) && !pass->getArgument().empty())
      progress.emplace(describe(pass));
  }
  void runAfterPass(Pass *, Operation *) override { progress.reset(); }
  void runAfterPassFailed(Pass *, Operation *) override { progress.reset(); }

private:
  std::optional<Progress> progress;
};
} // namespace

void onnx_split::showProgress(PassManager &manager) {
  manager.addInstrumentation(std::make_unique<PassProgress>());
}
