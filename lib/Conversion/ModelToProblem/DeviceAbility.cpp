//===- DeviceAbility.cpp - What keeps a device from a node ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceAbility.h"

#include "NodeTime.h"

#include "onnx-split/Analysis/Constants.h"
#include "onnx-split/Support/ElementTypes.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

bool split::namesOperator(StringRef pattern, StringRef domain,
                          StringRef opType) {
  auto [left, right] = pattern.rsplit(':');
  if (!pattern.contains(':'))
    return domain.empty() && pattern == opType;
  return canonicalDomain(left) == domain && (right == "*" || right == opType);
}

/// The operator that the device lacks, of the node or of one in its bodies; or
/// empty.
static std::string findUnsupported(NodeOp node, const ClusterDevice &device) {
  std::string found;
  if (device.unsupported.empty())
    return found;
  node->walk([&](NodeOp inner) {
    for (StringRef pattern : device.unsupported)
      if (split::namesOperator(pattern, inner.getCanonicalDomain(),
                               inner.getOpType())) {
        found = inner.getOpType().str();
        return WalkResult::interrupt();
      }
    return WalkResult::advance();
  });
  return found;
}

/// The first element type that the arithmetic runs in and the device lacks, as
/// cluster.yaml names it; or empty. Of a node with bodies, or a call, what is
/// inside counts.
static StringRef findForeignType(const OpCost &cost,
                                 const ClusterDevice &device) {
  StringRef foreign;
  split::forEachArithmetic(cost, [&](StringRef type) {
    if (foreign.empty() && !device.computesIn(type))
      foreign = type;
  });
  return foreign;
}

/// The same for a node. What an operator without a formula computes nobody
/// knows; one that reads or makes floating point is taken to compute in it.
static StringRef findForeignType(NodeOp node, const OpCost &cost,
                                 const ClusterDevice &device) {
  if (device.types.empty())
    return "";
  if (cost.cause.kind != UnknownCause::NoFormula)
    return findForeignType(cost, device);
  for (ValueRange values :
       {ValueRange(node.getInputs()), ValueRange(node.getOutputs())})
    for (Value value : values)
      if (int32_t type = getTensorInfo(value).elementType;
          isFloatingPoint(type)) {
        StringRef name = split::computeTypeName(type);
        return device.computesIn(name) ? "" : name;
      }
  return "";
}

bool split::canRun(NodeOp node, const OpCost &cost,
                   const ClusterDevice &device) {
  return findUnsupported(node, device).empty() &&
         findForeignType(node, cost, device).empty();
}

/// "'a'", "'a' and 'b'", "'a', 'b', 'c' and 5 more"
static std::string listDevices(ArrayRef<StringRef> names) {
  constexpr size_t most = 3;
  std::string text;
  for (auto [index, name] : llvm::enumerate(names.take_front(most))) {
    bool isLast = index > 0 && index + 1 == names.size();
    text += index == 0 ? "'" : isLast ? " and '" : ", '";
    text += name.str() + "'";
  }
  if (names.size() > most)
    text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

std::string split::describeInability(NodeOp node, const OpCost &cost,
                                     ArrayRef<const ClusterDevice *> devices) {
  // Devices by what they lack: an operator, or a type and which they have.
  struct Lack {
    std::string what, types;
    SmallVector<StringRef> devices;
  };
  std::vector<Lack> lacks;
  for (const ClusterDevice *device : devices) {
    std::string lacking = findUnsupported(node, *device), types;
    if (lacking.empty()) {
      lacking = findForeignType(node, cost, *device).str();
      types = "[" + llvm::join(device->types, ", ") + "]";
    }
    auto same = llvm::find_if(lacks, [&](const Lack &lack) {
      return lack.what == lacking && lack.types == types;
    });
    if (same == lacks.end())
      same = lacks.insert(lacks.end(), {lacking, types, {}});
    same->devices.push_back(device->name);
  }
  std::vector<std::string> clauses;
  for (const Lack &lack : lacks)
    clauses.push_back(
        lack.types.empty()
            ? lack.what + " is unsupported on " + listDevices(lack.devices)
            : "it computes in " + lack.what + ", but the types of " +
                  listDevices(lack.devices) + " are " + lack.types);
  return llvm::join(clauses, "; ");
}
