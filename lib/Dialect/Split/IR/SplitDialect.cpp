//===- SplitDialect.cpp - The split dialect -------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Split/IR/Split.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::split;

#include "onnx-split/Dialect/Split/IR/SplitDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "onnx-split/Dialect/Split/IR/SplitAttrs.cpp.inc"

void SplitDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "onnx-split/Dialect/Split/IR/SplitAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "onnx-split/Dialect/Split/IR/SplitOps.cpp.inc"
      >();
}

LogicalResult DeviceAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringAttr, ArrayAttr compute, int64_t,
                                 int64_t, int64_t, ArrayAttr unsupported,
                                 DenseI64ArrayAttr profile, int64_t messageNs,
                                 int64_t bytePs) {
  auto isRate = [](Attribute attribute) {
    auto pair = dyn_cast<ArrayAttr>(attribute);
    return pair && pair.size() == 2 && isa<StringAttr>(pair[0]) &&
           isa<IntegerAttr>(pair[1]);
  };
  if (compute && !llvm::all_of(compute, isRate))
    return emitError() << "compute must list pairs of an element type and "
                          "operations per second, not "
                       << compute;
  if (unsupported && !llvm::all_of(unsupported, llvm::IsaPred<StringAttr>))
    return emitError() << "unsupported must list strings, not " << unsupported;
  // The largest number stands for a node that the device cannot run.
  auto isTime = [](int64_t time) {
    return time >= -1 && time < std::numeric_limits<int64_t>::max();
  };
  if (profile && !llvm::all_of(profile.asArrayRef(), isTime))
    return emitError() << "profile must list nanoseconds or -1, not "
                       << profile;
  if (messageNs < 0 || bytePs < 0)
    return emitError() << "message_ns and byte_ps must not be negative";
  return success();
}

LogicalResult
PlacementAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      ArrayRef<int32_t> devices, ArrayRef<LoadAttr> loads,
                      StringAttr, StringAttr, StringAttr, uint64_t, int64_t,
                      int64_t, StringAttr, StringAttr, int64_t,
                      ArrayRef<DenseI32ArrayAttr> replicas, int32_t, int64_t) {
  if (!replicas.empty() && replicas.size() != devices.size())
    return emitError() << "a placement of " << devices.size()
                       << " stages must have replicas for as many or none, not "
                       << replicas.size();
  if (devices.size() != loads.size())
    return emitError() << "a placement of " << devices.size()
                       << " stages must have as many loads, not "
                       << loads.size();
  return success();
}

LogicalResult TopologyAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   ArrayRef<DeviceAttr> devices, int64_t,
                                   int64_t, ArrayRef<LinkAttr> links,
                                   ArrayRef<MediumAttr> media, int32_t ingress,
                                   int32_t egress) {
  int32_t count = devices.size();
  auto inRange = [&](int32_t device) { return device >= 0 && device < count; };
  for (LinkAttr link : links)
    if (!inRange(link.getFrom()) || !inRange(link.getTo()))
      return emitError() << link << " names a device outside 0.." << count - 1;
  for (MediumAttr medium : media)
    if (!llvm::all_of(medium.getDevices(), inRange))
      return emitError() << medium << " names a device outside 0.."
                         << count - 1;
  for (int32_t device : {ingress, egress})
    if (device != -1 && !inRange(device))
      return emitError() << "ingress and egress must be -1 or a device in 0.."
                         << count - 1;
  return success();
}

LogicalResult SplitDialect::verifyOperationAttribute(Operation *op,
                                                     NamedAttribute attribute) {
  StringRef attributeName = attribute.getName();
  Attribute value = attribute.getValue();
  auto check = [&](bool rightOp, bool rightKind, StringRef expected) {
    if (rightOp && rightKind)
      return LogicalResult(success());
    return LogicalResult(op->emitOpError() << "has '" << attributeName
                                           << "', which must be " << expected);
  };
  auto nonNegative = [&] {
    auto integer = dyn_cast<IntegerAttr>(value);
    return integer && integer.getType().isInteger(64) && integer.getInt() >= 0;
  };
  if (attributeName == CostAttrName)
    return check(isa<graph::NodeOp>(op), isa<CostAttr>(value),
                 "a #split.cost on an onnx.node");
  if (attributeName == StageAttrName || attributeName == IndexAttrName)
    return check(isa<graph::NodeOp>(op), nonNegative(),
                 "a 64-bit integer of at least 0 on an onnx.node");
  if (attributeName == CopiesAttrName) {
    auto stages = dyn_cast<DenseI32ArrayAttr>(value);
    auto ascend = [&] {
      return llvm::is_sorted(stages.asArrayRef(), std::less_equal<>()) &&
             llvm::all_of(stages.asArrayRef(),
                          [](int32_t stage) { return stage >= 0; });
    };
    return check(isa<graph::NodeOp>(op), stages && ascend(),
                 "an array of ascending 32-bit stages on an onnx.node");
  }
  if (attributeName == CopiedAttrName)
    return check(isa<graph::NodeOp>(op), isa<UnitAttr>(value),
                 "a unit attribute on an onnx.node");
  if (attributeName == TopologyAttrName)
    return check(isa<ModuleOp>(op), isa<TopologyAttr>(value),
                 "a #split.topology on a module");
  if (attributeName == PlacementAttrName) {
    auto placement = dyn_cast<PlacementAttr>(value);
    auto topology = op->getAttrOfType<TopologyAttr>(TopologyAttrName);
    auto exists = [&](int32_t device) {
      return device >= 0 && size_t(device) < topology.getDevices().size();
    };
    return check(isa<ModuleOp>(op),
                 placement && topology &&
                     llvm::all_of(placement.getDevices(), exists),
                 "a #split.placement on a module, on devices of its "
                 "split.topology");
  }
  if (attributeName == InfeasibleAttrName)
    return check(isa<ModuleOp>(op), isa<UnitAttr>(value),
                 "a unit attribute on a module");
  if (attributeName == WiresAttrName) {
    auto wires = dyn_cast<ArrayAttr>(value);
    return check(isa<ModuleOp>(op),
                 wires && llvm::all_of(wires, llvm::IsaPred<WireAttr>),
                 "an array of #split.wire on a module");
  }
  if (attributeName == CertaintyAttrName)
    return check(isa<ModuleOp>(op), isa<DictionaryAttr>(value),
                 "a dictionary on a module");
  if (attributeName == PartAttrName)
    return check(isa<graph::ModelOp>(op), isa<PartAttr>(value),
                 "a #split.part on an onnx.model");
  return op->emitOpError() << "has '" << attributeName
                           << "', which the split dialect does not define";
}
