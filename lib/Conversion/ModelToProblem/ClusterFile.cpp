//===- ClusterFile.cpp - The cluster, from the file that says it ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/ClusterFile.h"

#include "onnx-split/Support/ReadAtMost.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::split;

namespace {
/// Passes the parser's messages on as diagnostics of the context, so that they
/// reach whoever listens there. Each waits for the notes that belong to it.
class Forwarder {
public:
  explicit Forwarder(MLIRContext *listener) : context(listener) {}
  void forward(const llvm::SMDiagnostic &diagnostic);

private:
  MLIRContext *context;
  /// The last one but for notes, which is reported when it goes.
  std::optional<InFlightDiagnostic> pending;
};
} // namespace

void Forwarder::forward(const llvm::SMDiagnostic &diagnostic) {
  // SMDiagnostic counts columns from 0 and says -1 where it has no place.
  Location loc = FileLineColLoc::get(context, diagnostic.getFilename(),
                                     std::max(diagnostic.getLineNo(), 0),
                                     std::max(diagnostic.getColumnNo() + 1, 0));
  switch (diagnostic.getKind()) {
  case llvm::SourceMgr::DK_Error:
    pending.reset();
    pending.emplace(emitError(loc));
    break;
  case llvm::SourceMgr::DK_Warning:
    pending.reset();
    pending.emplace(emitWarning(loc));
    break;
  default:
    // No reader begins with a note.
    if (pending)
      pending->attachNote(loc) << diagnostic.getMessage();
    return;
  }
  *pending << diagnostic.getMessage();
}

FailureOr<Cluster> split::readCluster(ModuleOp module, StringRef path) {
  if (path.empty())
    return module.emitError("no cluster file is given; pass --devices "
                            "CLUSTER.yaml");
  // One byte more than allowed is enough for the reader to say so.
  auto buffer = readAtMost(path, MaxClusterBytes + 1);
  if (!buffer)
    return emitError(FileLineColLoc::get(module.getContext(), path, 0, 0))
           << "cannot read the cluster file: " << buffer.getError().message();
  llvm::SourceMgr sourceMgr;
  Forwarder forwarder(module.getContext());
  sourceMgr.setDiagHandler(
      [](const llvm::SMDiagnostic &diagnostic, void *opaque) {
        static_cast<Forwarder *>(opaque)->forward(diagnostic);
      },
      &forwarder);
  std::optional<Cluster> cluster = parseCluster(**buffer, sourceMgr);
  if (!cluster)
    return failure();
  return std::move(*cluster);
}
