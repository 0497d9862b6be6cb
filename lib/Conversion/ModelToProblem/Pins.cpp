//===- Pins.cpp - Which devices the user wants for nodes ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pins.h"

#include "DeviceAbility.h"

#include "onnx-split/Dialect/Split/IR/Split.h"
#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/GlobPattern.h"

#include <optional>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

int64_t split::getPlanIndex(NodeOp node, int64_t position) {
  auto index = node->getAttrOfType<IntegerAttr>(IndexAttrName);
  return index ? index.getInt() : graph::getSourceIndex(node, position);
}

namespace {
/// What is in front of the equals sign.
class PinPattern {
public:
  /// A message after "--pin has the malformed pattern 'text': ", or nothing.
  std::string parse(StringRef pattern);
  /// `position`: among the nodes of the main graph.
  bool matches(NodeOp node, int64_t position) const;
  /// Why it matches nothing, and what would, to follow "which matches ".
  std::string describeMiss(ModelOp model) const;

private:
  enum class Kind { Name, Index, Operator, Tensor };
  std::string describeNameMiss(ArrayRef<StringRef> names) const;

  Kind kind = Kind::Name;
  StringRef text;
  int64_t index = 0;
  std::optional<llvm::GlobPattern> glob;
};
} // namespace

std::string PinPattern::parse(StringRef pattern) {
  text = pattern;
  if (text.consume_front("#")) {
    kind = Kind::Index;
    if (!text.getAsInteger(10, index))
      return "";
    return "'#' takes the position of a node as in plan.json, such as #3";
  }
  if (text.consume_front("op:")) {
    kind = Kind::Operator;
    return "";
  }
  if (text.consume_front("tensor:")) {
    kind = Kind::Tensor;
    return "";
  }
  llvm::Expected<llvm::GlobPattern> parsed = llvm::GlobPattern::create(pattern);
  if (!parsed)
    return llvm::toString(parsed.takeError());
  glob = std::move(*parsed);
  return "";
}

bool PinPattern::matches(NodeOp node, int64_t position) const {
  switch (kind) {
  case Kind::Index:
    return split::getPlanIndex(node, position) == index;
  case Kind::Operator:
    return split::namesOperator(text, node.getCanonicalDomain(),
                                node.getOpType());
  case Kind::Tensor:
    return llvm::any_of(node.getOutputs(), [&](Value output) {
      return getValueName(output) == text;
    });
  case Kind::Name:
    break;
  }
  return glob->match(node.getNodeName().value_or(""));
}

std::string PinPattern::describeNameMiss(ArrayRef<StringRef> names) const {
  if (names.empty())
    return "no node, because the model's nodes have no names; pin them by "
           "their position (#3=DEVICE), by operator (op:Conv=DEVICE) or by a "
           "tensor that they make (tensor:NAME=DEVICE)";
  return "the name of no node" + suggest(text, names);
}

std::string PinPattern::describeMiss(ModelOp model) const {
  SmallVector<StringRef> names, tensors, operators;
  int64_t last = -1;
  for (auto [position, node] :
       llvm::enumerate(model.getGraph().getBody().getOps<NodeOp>())) {
    last = std::max(last, split::getPlanIndex(node, int64_t(position)));
    if (StringRef name = node.getNodeName().value_or(""); !name.empty())
      names.push_back(name);
    operators.push_back(node.getOpType());
    for (Value output : node.getOutputs())
      if (!isa<OnnxOmittedType>(output.getType()))
        tensors.push_back(getValueName(output));
  }
  switch (kind) {
  case Kind::Name:
    // Written without what says what it is.
    if (llvm::is_contained(operators, text))
      return "the name of no node; nodes of the operator are 'op:" +
             text.str() + "'";
    if (llvm::is_contained(tensors, text))
      return "the name of no node; the node that makes the tensor is "
             "'tensor:" +
             text.str() + "'";
    return describeNameMiss(names);
  case Kind::Index:
    return "no node: positions go from 0 to " + std::to_string(last);
  case Kind::Operator:
    return "the operator of no node" + suggest(text, operators);
  case Kind::Tensor:
    break;
  }
  return "no tensor that a node of the main graph makes" +
         suggest(text, tensors);
}

/// The devices that NAME or NAME+NAME stand for, ascending; empty after an
/// error.
static std::vector<int32_t> findPinned(ModelOp model, const Cluster &cluster,
                                       StringRef names) {
  std::vector<int32_t> devices;
  for (StringRef name : llvm::split(names, '+')) {
    std::vector<int32_t> found = cluster.findDevices(name);
    if (found.empty()) {
      SmallVector<StringRef> known;
      for (const ClusterDevice &device : cluster.devices)
        known.push_back(device.name);
      for (const ClusterGroup &group : cluster.groups)
        known.push_back(group.name);
      model.emitError("--pin names the device '")
          << name << "', which the cluster does not have"
          << suggest(name, known) << "; it has " << list(known);
      return {};
    }
    llvm::append_range(devices, found);
  }
  llvm::sort(devices);
  devices.erase(llvm::unique(devices), devices.end());
  return devices;
}

/// Where only constants match, says so, because pins would be lost on them.
static LogicalResult reportUnmatched(ModelOp model, const PinPattern &pattern,
                                     StringRef text,
                                     const ConstantAnalysis &constants) {
  bool isConstant = false;
  for (auto [position, node] :
       llvm::enumerate(model.getGraph().getBody().getOps<NodeOp>())) {
    if (!pattern.matches(node, int64_t(position)))
      continue;
    if (!constants.isConstant(node))
      return node.emitError("cannot be pinned, because its results are known "
                            "before running: each stage that reads them has "
                            "them as constants");
    isConstant = true;
  }
  return model.emitError("--pin has the pattern '")
         << text << "', which matches "
         << (isConstant ? "constants alone: each stage that reads them has them"
                        : pattern.describeMiss(model));
}

FailureOr<std::vector<std::vector<int32_t>>>
split::resolvePins(ModelOp model, ArrayRef<NodeOp> nodes,
                   const ConstantAnalysis &constants, const Cluster &cluster,
                   ArrayRef<std::string> pins) {
  std::vector<std::vector<int32_t>> pinned(nodes.size());
  if (pins.empty())
    return pinned;
  llvm::DenseMap<Operation *, int64_t> positions;
  for (auto node : model.getGraph().getBody().getOps<NodeOp>())
    positions.try_emplace(node, int64_t(positions.size()));
  for (StringRef pin : pins) {
    auto [text, names] = pin.rsplit('=');
    if (text.empty() || names.empty())
      return model.emitError("--pin takes PATTERN=DEVICE, but it is '")
             << pin << "'";
    std::vector<int32_t> devices = findPinned(model, cluster, names);
    if (devices.empty())
      return failure();
    PinPattern pattern;
    if (std::string wrong = pattern.parse(text); !wrong.empty())
      return model.emitError("--pin has the malformed pattern '")
             << text << "': " << wrong;
    bool isFound = false;
    for (auto [own, node] : llvm::zip(pinned, nodes))
      if (node && pattern.matches(node, positions.lookup(node))) {
        own = devices;
        isFound = true;
      }
    if (!isFound)
      return reportUnmatched(model, pattern, text, constants);
  }
  return pinned;
}

std::vector<std::string> split::expandPins(ArrayRef<std::string> pins,
                                           const Cluster &cluster) {
  std::vector<std::string> expanded;
  for (StringRef pin : pins) {
    auto [text, names] = pin.rsplit('=');
    std::vector<std::string> all;
    for (StringRef name : llvm::split(names, '+')) {
      std::vector<int32_t> devices = cluster.findDevices(name);
      if (devices.empty())
        all.push_back(name.str());
      for (int32_t device : devices)
        all.push_back(cluster.devices[device].name);
    }
    expanded.push_back((text + "=" + llvm::join(all, "+")).str());
  }
  return expanded;
}
