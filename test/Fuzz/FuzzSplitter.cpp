//===- FuzzSplitter.cpp - Any bytes as a model to be split ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Pipeline/Pipeline.h"
#include "onnx-split/Plan/Plan.h"
#include "onnx-split/Target/Onnx/Export.h"
#include "onnx-split/Target/Onnx/Import.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

/// A cluster on which cutting pays.
static std::string writeCluster() {
  llvm::SmallString<128> path;
  int file;
  if (llvm::sys::fs::createTemporaryFile("cluster", "yaml", file, path))
    __builtin_trap();
  llvm::raw_fd_ostream(file, /*shouldClose=*/true)
      << "version: 1\n"
         "devices: [{name: a, op_overhead: 1 ms}, {name: b, op_overhead: 1 ms},"
         " {name: c, op_overhead: 1 ms, memory: 1 GiB}]\n"
         "links: {default: {bandwidth: 1 Tbit/s}}\n";
  return std::string(path);
}

static std::unique_ptr<MLIRContext> makeContext() {
  DialectRegistry registry;
  registerDialects(registry);
  auto context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  return context;
}

/// A context keeps what it has seen, so it is replaced from time to time.
static MLIRContext &getContext() {
  static std::unique_ptr<MLIRContext> context;
  static unsigned uses = 0;
  if (uses++ % 512 == 0)
    context = makeContext();
  return *context;
}

/// Import, plan, form parts, lay them out: parts, or an error.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::string cluster = writeCluster();
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  MLIRContext &context = getContext();
  unsigned errors = 0;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      ++errors;
    return success();
  });
  ImportOptions importOptions;
  importOptions.allowMissingData = true;
  OwningOpRef<ModuleOp> module = importBuffer(
      llvm::MemoryBufferRef(bytes, "model.onnx"), &context, importOptions);
  PipelineOptions options;
  options.place.devices = cluster;
  options.place.timeLimit = 0.2;
  // Without, most inputs would end at an open dimension.
  options.inferTypes.assumes = {"*=3"};
  options.inferTypes.alsos = {"*=5"};
  PassManager manager(&context);
  buildSplitPipeline(manager, options);
  if (!module || failed(manager.run(*module))) {
    if (errors == 0)
      __builtin_trap();
    return 0;
  }
  Plan plan = gatherPlan(*module);
  llvm::raw_null_ostream nowhere;
  writePlan(plan, nowhere);
  printPlan(plan, nowhere);
  for (auto part : module->getOps<ModelOp>())
    if (failed(exportModel(part, WeightsMode::External, "part.data")))
      __builtin_trap();
  return 0;
}
