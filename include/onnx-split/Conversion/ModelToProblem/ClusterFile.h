//===- ClusterFile.h - The cluster, from the file that says it --*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads cluster.yaml with the diagnostics of MLIR.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_CLUSTERFILE_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_CLUSTERFILE_H

#include "onnx-split/Cluster/Cluster.h"

#include "mlir/IR/BuiltinOps.h"

namespace onnx_split::split {

/// The cluster in a file. Fails with located errors: at the module where no
/// path is given, otherwise at the place in the file.
mlir::FailureOr<Cluster> readCluster(mlir::ModuleOp module,
                                     llvm::StringRef path);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_CLUSTERFILE_H
