//===- NodeOrder.cpp - The order in which nodes can be read ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeOrder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <numeric>
#include <queue>

using namespace llvm;
using namespace onnx_split;

using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

namespace {
/// Who makes what of the main graph, and who reads it.
class ReadGraph {
public:
  explicit ReadGraph(const Nodes &nodes);

  NodeOrder sort() const;

private:
  void addReads(const onnx::NodeProto &node, int reader);
  void addReads(const onnx::GraphProto &body, int reader);
  std::vector<NodeRead> findCycle(const std::vector<int> &open) const;

  StringMap<int> producers;
  /// What each node reads of others or of itself, and in reverse.
  std::vector<std::vector<NodeRead>> reads;
  std::vector<std::vector<int>> readers;
  /// Names that the bodies around the node in hand define, as often as they do.
  StringMap<int> hidden;
};
} // namespace

ReadGraph::ReadGraph(const Nodes &nodes)
    : reads(nodes.size()), readers(nodes.size()) {
  for (auto [index, node] : enumerate(nodes))
    for (const std::string &output : node.output())
      if (!output.empty())
        producers.try_emplace(output, index);
  for (auto [index, node] : enumerate(nodes))
    addReads(node, int(index));
}

void ReadGraph::addReads(const onnx::NodeProto &node, int reader) {
  for (const std::string &input : node.input()) {
    auto producer = producers.find(input);
    if (producer == producers.end() || hidden.lookup(input) > 0)
      continue;
    reads[reader].push_back({reader, producer->second, input});
    readers[producer->second].push_back(reader);
  }
  for (const onnx::AttributeProto &attribute : node.attribute()) {
    if (attribute.has_g())
      addReads(attribute.g(), reader);
    for (const onnx::GraphProto &body : attribute.graphs())
      addReads(body, reader);
  }
}

/// A body's own names hide those of the graph around it.
void ReadGraph::addReads(const onnx::GraphProto &body, int reader) {
  auto hideOwn = [&](int change) {
    for (const onnx::ValueInfoProto &input : body.input())
      hidden[input.name()] += change;
    for (const onnx::TensorProto &initializer : body.initializer())
      hidden[initializer.name()] += change;
    for (const onnx::SparseTensorProto &initializer : body.sparse_initializer())
      hidden[initializer.values().name()] += change;
    for (const onnx::NodeProto &node : body.node())
      for (const std::string &output : node.output())
        hidden[output] += change;
  };
  hideOwn(1);
  for (const onnx::NodeProto &node : body.node())
    addReads(node, reader);
  // A branch may name an outer value as its output.
  onnx::NodeProto result;
  for (const onnx::ValueInfoProto &output : body.output())
    result.add_input(output.name());
  addReads(result, reader);
  hideOwn(-1);
}

/// A cycle among nodes of which each reads what another one of them makes:
/// going from reader to producer must come back.
std::vector<NodeRead> ReadGraph::findCycle(const std::vector<int> &open) const {
  std::vector<int> seenAt(reads.size(), -1);
  std::vector<NodeRead> path;
  int node =
      int(find_if(open, [](int count) { return count > 0; }) - open.begin());
  while (seenAt[node] < 0) {
    seenAt[node] = int(path.size());
    path.push_back(*find_if(reads[node], [&](const NodeRead &read) {
      return open[read.producer] > 0;
    }));
    node = path.back().producer;
  }
  path.erase(path.begin(), path.begin() + seenAt[node]);
  // The first of the file begins, whichever was met first.
  auto first = min_element(path, [](const NodeRead &a, const NodeRead &b) {
    return a.reader < b.reader;
  });
  std::rotate(path.begin(), first, path.end());
  return path;
}

NodeOrder ReadGraph::sort() const {
  NodeOrder order;
  // Reads of each node that are not made yet.
  std::vector<int> open;
  for (const std::vector<NodeRead> &ofNode : reads) {
    open.push_back(int(ofNode.size()));
    for (const NodeRead &read : ofNode)
      if (read.producer >= read.reader && order.outOfOrder.reader < 0)
        order.outOfOrder = read;
  }
  if (order.outOfOrder.reader < 0) {
    order.positions.resize(open.size());
    std::iota(order.positions.begin(), order.positions.end(), 0);
    return order;
  }
  std::priority_queue<int, std::vector<int>, std::greater<int>> ready;
  for (auto [index, count] : enumerate(open))
    if (count == 0)
      ready.push(int(index));
  while (!ready.empty()) {
    int node = ready.top();
    ready.pop();
    order.positions.push_back(node);
    for (int reader : readers[node])
      if (--open[reader] == 0)
        ready.push(reader);
  }
  if (order.positions.size() < open.size()) {
    order.cycle = findCycle(open);
    order.positions.resize(open.size());
    std::iota(order.positions.begin(), order.positions.end(), 0);
  }
  return order;
}

NodeOrder onnx_split::sortNodes(const Nodes &nodes) {
  return ReadGraph(nodes).sort();
}
