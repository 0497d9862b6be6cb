//===- OnnxInstance.h - ONNX models as planner instances --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// ONNX models beside the published instances, so that one program measures the
/// planner on both.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INSTANCES_ONNXINSTANCE_H
#define ONNX_SPLIT_INSTANCES_ONNXINSTANCE_H

#include "onnx-split/Instances/Instance.h"

namespace onnx_split::instances {

/// What onnx-split takes as options of the same names.
struct OnnxInstanceOptions {
  /// As onnx-split takes them: "x=1x3x224x224" and "N=1".
  std::vector<std::string> shapes, dims, assumes;
};

/// The problem that onnx-split would plan for the model on the cluster. Weights
/// need not exist. Errors are printed to standard error.
std::optional<Instance> readOnnxInstance(llvm::StringRef path,
                                         const Cluster &cluster,
                                         const OnnxInstanceOptions &options);

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_INSTANCES_ONNXINSTANCE_H
