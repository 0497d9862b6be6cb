//===- EmitParts.cpp - Writing the output folder --------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Pipeline/EmitParts.h"

#include "ForeignFiles.h"
#include "OutputFolder.h"

#include "onnx-split/Support/Progress.h"
#include "onnx-split/Support/Quantity/Format.h"
#include "onnx-split/Support/WriteFile.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

static InFlightDiagnostic errorAt(StringRef file, MLIRContext *context) {
  return emitError(FileLineColLoc::get(context, file, 0, 0));
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static LogicalResult
writeTextFile(const std::string &file, MLIRContext *context,
              llvm::function_ref<void(llvm::raw_ostream &)> write) {
  if (std::error_code error = writeFile(file, write))
    return errorAt(file, context) << "cannot write: " << error.message();
  return success();
}

LogicalResult onnx_split::emitParts(ModuleOp module, const Plan &plan,
                                    WeightsMode weights, const Further &further,
                                    StringRef folder, bool force) {
  MLIRContext *context = module.getContext();
  // What each part will be written from; nothing of the weights is in memory.
  struct Part {
    ModelOp model;
    ExportedModel files;
  };
  SmallVector<Part> parts;
  std::optional<Progress> progress(std::in_place, "preparing the parts");
  uint64_t total = 0;
  SmallVector<ModelOp> models(module.getOps<ModelOp>());
  llvm::append_range(models, further.models);
  for (ModelOp model : models) {
    // All parts before the first byte is written: what cannot be exported
    // leaves nothing to clean up, and the size of all is known.
    FailureOr<ExportedModel> exported =
        exportModel(model, weights, (model.getFileName() + ".data").str());
    if (failed(exported))
      return failure();
    total += exported->model.size + exported->data.size;
    parts.push_back({model, std::move(*exported)});
  }

  OutputFolder temporary;
  if (std::error_code error = temporary.create(folder))
    return errorAt(folder, context)
           << "cannot create the output folder: " << error.message();
  uint64_t written = 0;
  auto describe = [&] {
    return "writing: " + formatBytes(written, plan.byteUnits()) + " of " +
           formatBytes(total, plan.byteUnits());
  };
  progress.emplace(describe());
  // False makes the writer stop.
  auto advance = [&](uint64_t bytes) {
    written += bytes;
    progress->show(describe());
    return !temporary.isInterrupted();
  };
  for (Part &part : parts) {
    std::string file = temporary.pathOf(part.model.getFileName());
    if (failed(writePieces(part.model, part.files.model, file, advance)) ||
        (part.files.data.size > 0 &&
         failed(writePieces(part.model, part.files.data, file + ".data",
                            advance))))
      return temporary.isInterrupted()
                 ? LogicalResult(errorAt(folder, context)
                                 << "interrupted, nothing is written")
                 : failure();
  }
  if (failed(
          writeTextFile(temporary.pathOf("plan.json"), context,
                        [&](llvm::raw_ostream &os) { writePlan(plan, os); })))
    return failure();
  for (const FurtherFile &file : further.files)
    if (failed(writeTextFile(temporary.pathOf(file.name), context, file.write)))
      return failure();
  // Somebody may have put something there meanwhile.
  auto isOurs = [](StringRef replaced) {
    return describeForeign(replaced).empty();
  };
  llvm::function_ref<bool(StringRef)> mayRemove;
  if (force)
    mayRemove = isOurs;
  if (std::error_code error = temporary.keepAs(folder, mayRemove))
    return errorAt(folder, context)
           << "cannot name the output folder so: " << error.message();
  return success();
}
