//===- NodeScope.cpp - The values that nodes may name ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeScope.h"

using namespace mlir;
using namespace onnx_split;

void NodeScope::setNodes(const Nodes &proto) {
  nodes = &proto;
  for (auto [index, node] : llvm::enumerate(proto))
    for (const std::string &output : node.output())
      if (!output.empty())
        producers.try_emplace(output, index);
}

Value NodeScope::lookup(StringRef name) const {
  for (const NodeScope *scope = this; scope; scope = scope->parent)
    if (auto it = scope->values.find(name); it != scope->values.end())
      return it->second;
  return {};
}

LogicalResult NodeScope::define(StringRef name, Value value, Location loc) {
  auto [it, inserted] = values.try_emplace(name, value);
  if (inserted)
    return success();
  InFlightDiagnostic error = emitError(loc);
  error << "defines '" << name
        << "' a second time; every value of a graph needs a name of its own";
  error.attachNote(it->second.getLoc()) << "defined here before";
  return error;
}

/// True where node `from` reads, directly or through others, what node `to` of
/// the same graph makes. Linear in the edges of the graph.
bool NodeScope::dependsOn(int from, int to) const {
  std::vector<bool> seen(nodes->size());
  std::vector<int> worklist = {from};
  while (!worklist.empty()) {
    int index = worklist.back();
    worklist.pop_back();
    for (const std::string &input : (*nodes)[index].input()) {
      auto it = producers.find(input);
      if (it == producers.end() || seen[it->second])
        continue;
      if (it->second == to)
        return true;
      seen[it->second] = true;
      worklist.push_back(it->second);
    }
  }
  return false;
}

LogicalResult NodeScope::reportMissing(StringRef name,
                                       const onnx::NodeProto &node,
                                       Location loc) const {
  for (const NodeScope *outer = this; outer; outer = outer->parent) {
    auto it = outer->producers.find(name);
    if (it == outer->producers.end())
      continue;
    const onnx::NodeProto &producer = (*outer->nodes)[it->second];
    std::string by = "node " + std::to_string(it->second) + " '" +
                     producer.name() + "' (" + producer.op_type() + ")";
    int self = -1;
    for (const std::string &output : node.output())
      if (auto own = outer->producers.find(output);
          !output.empty() && own != outer->producers.end())
        self = own->second;
    if (outer == this && self >= 0 &&
        (self == it->second || dependsOn(it->second, self)))
      return emitError(loc) << "reads '" << name << "', which " << by
                            << " makes from this node's own results: the "
                               "graph has a cycle";
    return emitError(loc) << "reads '" << name << "' before " << by
                          << " makes it; the nodes of a graph must be "
                             "topologically sorted";
  }
  return emitError(loc) << "reads '" << name
                        << "', but no graph input, initializer or node has "
                           "that name";
}
