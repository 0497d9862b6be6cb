//===- Unavailable.cpp - Builds without ONNX Runtime ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Observe.h"
#include "onnx-split/Runtime/Verify.h"

#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::runtime;

std::string runtime::whyNoRuntime() {
  return "this build has no ONNX Runtime; run utils/bootstrap, or install "
         "onnxruntime with its CMake package, and configure again";
}

struct Verifier::State {};

Verifier::Verifier(VerifyRequest) {}

Verifier::~Verifier() = default;

LogicalResult Verifier::keepWhole(graph::ModelOp) { return success(); }

LogicalResult Verifier::runWhole(graph::ModelOp model, ArrayRef<std::string>) {
  return emitError(
             FileLineColLoc::get(model.getContext(), model.getFileName(), 0, 0))
         << whyNoRuntime();
}

FailureOr<Verification> Verifier::runParts(const Plan &, MLIRContext *) {
  return failure();
}

FailureOr<ObservedShapes> runtime::observe(graph::ModelOp model,
                                           const ObserveRequest &) {
  return emitError(
             FileLineColLoc::get(model.getContext(), model.getFileName(), 0, 0))
         << whyNoRuntime();
}
