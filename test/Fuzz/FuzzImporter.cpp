//===- FuzzImporter.cpp - Any bytes as a model.onnx -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/Export.h"
#include "onnx-split/Target/Onnx/Import.h"

#include "mlir/IR/MLIRContext.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

namespace {
/// A context that counts errors instead of printing them.
struct Context {
  Context() : context(MLIRContext::Threading::DISABLED) {
    context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        ++errors;
      return success();
    });
  }
  MLIRContext context;
  unsigned errors = 0;
};
} // namespace

/// A context keeps what it has seen, so it is replaced from time to time.
static Context &getContext() {
  static std::unique_ptr<Context> context;
  static unsigned uses = 0;
  if (uses++ % 512 == 0)
    context = std::make_unique<Context>();
  context->errors = 0;
  return *context;
}

/// There is a module, whose export is what protobuf's own parsing and
/// serialising gives, or an error; never neither or both.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  Context &context = getContext();
  ImportOptions options;
  options.allowMissingData = true;
  OwningOpRef<ModuleOp> module = importBuffer(
      llvm::MemoryBufferRef(bytes, "model.onnx"), &context.context, options);
  if (!module) {
    if (context.errors == 0)
      __builtin_trap();
    return 0;
  }
  onnx::ModelProto whole;
  if (context.errors || !whole.ParseFromString(bytes.str()))
    __builtin_trap();
  FailureOr<ExportedModel> exported = exportModel(
      *module->getOps<ModelOp>().begin(), WeightsMode::Keep, "model.data");
  if (failed(exported))
    __builtin_trap();
  std::string file;
  for (const Piece &piece : exported->model.pieces)
    file += piece.bytes;
  if (file != whole.SerializeAsString())
    __builtin_trap();
  return 0;
}
