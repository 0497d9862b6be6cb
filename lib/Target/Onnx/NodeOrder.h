//===- NodeOrder.h - The order in which nodes can be read -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// ONNX asks for nodes in topological order, but ONNX Runtime takes those of a
/// main graph in any, and some programs write them so.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_TARGET_ONNX_NODEORDER_H
#define ONNX_SPLIT_LIB_TARGET_ONNX_NODEORDER_H

#include "onnx/onnx_pb.h"

#include <string>
#include <vector>

namespace onnx_split {

/// That a node reads what another one makes.
struct NodeRead {
  int reader = -1;
  int producer = -1;
  std::string name;
};

/// A topological order of a graph's nodes.
struct NodeOrder {
  /// All positions, each once; as in the file where there is a cycle.
  std::vector<int> positions;
  /// The first node of the file that reads what a later one makes; its reader
  /// is -1 where the file is sorted.
  NodeRead outOfOrder;
  /// Reads that make a cycle, each by the producer of the one before; empty
  /// where there is none.
  std::vector<NodeRead> cycle;
};

/// Finds the order that takes, of the nodes that can be next, always the first
/// of the file: that of the file itself if it is topological. What bodies read
/// from outside counts as their node's. O(n log n) in nodes and reads.
NodeOrder
sortNodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_TARGET_ONNX_NODEORDER_H
