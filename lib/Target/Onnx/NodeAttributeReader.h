//===- NodeAttributeReader.h - Attributes of nodes --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Takes the attributes of ONNX nodes apart, as ModelReader does with all else.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_TARGET_ONNX_NODEATTRIBUTEREADER_H
#define ONNX_SPLIT_LIB_TARGET_ONNX_NODEATTRIBUTEREADER_H

#include "TensorReader.h"

#include "mlir/IR/Builders.h"
#include "onnx/onnx_pb.h"

#include <memory>
#include <vector>

namespace onnx_split {

class NodeAttributeReader {
public:
  NodeAttributeReader(mlir::MLIRContext *context, TensorReader &reader)
      : builder(context), tensors(reader) {}

  /// Clears what it reads. Bodies are added to `graphs`, where their number
  /// stands for them in the value; they live as long as this reader. Errors are
  /// emitted at `loc`.
  mlir::FailureOr<graph::NodeAttr> read(onnx::AttributeProto &proto,
                                        std::vector<onnx::GraphProto *> &graphs,
                                        mlir::Location loc);

private:
  // The values of attributes of some kinds; null where `proto` has none.
  mlir::Attribute readScalar(onnx::AttributeProto &proto, int32_t kind);
  mlir::Attribute readList(onnx::AttributeProto &proto, int32_t kind);
  mlir::FailureOr<mlir::Attribute>
  readTensors(onnx::AttributeProto &proto, int32_t kind, mlir::Location loc);
  mlir::Attribute takeGraphs(onnx::AttributeProto &proto, int32_t kind,
                             std::vector<onnx::GraphProto *> &graphs);

  mlir::Builder builder;
  TensorReader &tensors;
  std::vector<std::unique_ptr<onnx::GraphProto>> owned;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_TARGET_ONNX_NODEATTRIBUTEREADER_H
