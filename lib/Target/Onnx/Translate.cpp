//===- Translate.cpp - Translations for onnx-split-translate --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/Translate.h"

#include "onnx-split/Dialect/Split/IR/Split.h"
#include "onnx-split/Target/Onnx/Export.h"
#include "onnx-split/Target/Onnx/Import.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace onnx_split;

/// Writes a model to a stream; payloads are mapped, not copied to memory.
static LogicalResult writeToStream(graph::ModelOp model,
                                   llvm::raw_ostream &os) {
  FailureOr<ExportedModel> exported =
      exportModel(model, WeightsMode::Keep, /*dataFileName=*/"");
  if (failed(exported))
    return failure();
  for (const Piece &piece : exported->model.pieces) {
    os << piece.bytes;
    if (piece.length == 0)
      continue;
    auto file = cast<graph::FileAttr>(model.getFiles()[piece.file]);
    llvm::sys::fs::file_status status;
    if (!llvm::sys::fs::status(file.getPath().getValue(), status) &&
        (int64_t(status.getSize()) != file.getSize() ||
         status.getLastModificationTime().time_since_epoch().count() !=
             file.getModified()))
      return model.emitError("'") << file.getPath().getValue()
                                  << "' has changed since the model was read";
    auto slice = llvm::MemoryBuffer::getFileSlice(file.getPath().getValue(),
                                                  piece.length, piece.offset);
    if (!slice || (*slice)->getBufferSize() != piece.length)
      return model.emitError("cannot read the weights in '")
             << file.getPath().getValue() << "'";
    os << (*slice)->getBuffer();
  }
  return success();
}

static LogicalResult moduleToOnnx(ModuleOp module, llvm::raw_ostream &os) {
  auto models = module.getOps<graph::ModelOp>();
  if (!llvm::hasSingleElement(models))
    return module.emitError("holds ")
           << std::distance(models.begin(), models.end())
           << " models; a file takes one";
  return writeToStream(*models.begin(), os);
}

void onnx_split::registerOnnxTranslations() {
  TranslateToMLIRRegistration toMlir(
      "onnx-to-mlir", "import an ONNX model",
      [](llvm::SourceMgr &sourceMgr,
         MLIRContext *context) -> OwningOpRef<ModuleOp> {
        // Weights in other files are only referred to, here and on the way
        // back.
        ImportOptions options;
        options.allowMissingData = true;
        options.allowLinkedWeights = true;
        return importBuffer(
            *sourceMgr.getMemoryBuffer(sourceMgr.getMainFileID()), context,
            options);
      },
      [](DialectRegistry &registry) { registry.insert<graph::OnnxDialect>(); });
  TranslateFromMLIRRegistration fromMlir(
      "mlir-to-onnx", "export an ONNX model", moduleToOnnx,
      [](DialectRegistry &registry) {
        registry.insert<graph::OnnxDialect, split::SplitDialect>();
      });
}
