//===- FuzzClusterReader.cpp - Any bytes as a cluster.yaml ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Cluster/Cluster.h"

#include "llvm/ADT/StringRef.h"

using namespace onnx_split;

/// Whatever the text, there is a cluster or an error, never neither or both.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  llvm::SourceMgr sourceMgr;
  bool hasError = false;
  sourceMgr.setDiagHandler(
      [](const llvm::SMDiagnostic &diagnostic, void *found) {
        if (diagnostic.getKind() == llvm::SourceMgr::DK_Error)
          *static_cast<bool *>(found) = true;
      },
      &hasError);
  std::optional<Cluster> cluster =
      parseCluster(llvm::MemoryBufferRef(text, "cluster.yaml"), sourceMgr);
  if (cluster.has_value() == hasError)
    __builtin_trap();
  return 0;
}
