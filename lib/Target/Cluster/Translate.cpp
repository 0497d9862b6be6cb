//===- Translate.cpp - A cluster file as JSON -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Cluster/Translate.h"

#include "onnx-split/Cluster/Cluster.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace onnx_split;

void onnx_split::registerClusterTranslation() {
  TranslateRegistration toJson(
      "cluster-to-json", "print a resolved cluster file as JSON",
      [](const std::shared_ptr<llvm::SourceMgr> &sourceMgr,
         llvm::raw_ostream &os, MLIRContext *) -> LogicalResult {
        // The identifier of the buffer is the path as it was given, against
        // whose folder the file's own references are resolved.
        std::optional<Cluster> cluster = parseCluster(
            *sourceMgr->getMemoryBuffer(sourceMgr->getMainFileID()),
            *sourceMgr);
        if (!cluster)
          return failure();
        writeClusterAsJson(*cluster, os);
        return success();
      });
}
