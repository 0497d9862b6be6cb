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

/// Passes the parser's messages on as diagnostics of the context, so that they
/// reach whoever listens there.
static void forwardDiagnostic(const llvm::SMDiagnostic &diagnostic,
                              void *opaque) {
  auto *context = static_cast<MLIRContext *>(opaque);
  // SMDiagnostic counts columns from 0 and says -1 where it has no place.
  Location loc = FileLineColLoc::get(context, diagnostic.getFilename(),
                                     std::max(diagnostic.getLineNo(), 0),
                                     std::max(diagnostic.getColumnNo() + 1, 0));
  switch (diagnostic.getKind()) {
  case llvm::SourceMgr::DK_Error:
    emitError(loc) << diagnostic.getMessage();
    break;
  case llvm::SourceMgr::DK_Warning:
    emitWarning(loc) << diagnostic.getMessage();
    break;
  default:
    emitRemark(loc) << diagnostic.getMessage();
    break;
  }
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
  sourceMgr.setDiagHandler(forwardDiagnostic, module.getContext());
  std::optional<Cluster> cluster = parseCluster(**buffer, sourceMgr);
  if (!cluster)
    return failure();
  return std::move(*cluster);
}
