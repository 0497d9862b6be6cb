//===- SplitDialect.cpp - The split dialect -------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the attributes and the discardable attributes of the dialect must be.
/// Passes rely on it and index lists by what they find, so that IR which was
/// written by hand must not get past the verifier with an index that names
/// nothing.
///
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

/// "default = (rate, latency)" or "(rate, latency, time of a message)", or
/// nothing, in the assembly of a topology. Zeros in the middle must not be left
/// out, as they would be from an optional group.
static ParseResult parseDefaultLink(AsmParser &parser, int64_t &bitsPerSecond,
                                    int64_t &latencyNs, int64_t &messageNs) {
  bitsPerSecond = latencyNs = messageNs = 0;
  if (failed(parser.parseOptionalKeyword("default")))
    return success();
  if (parser.parseEqual() || parser.parseLParen() ||
      parser.parseInteger(bitsPerSecond) || parser.parseComma() ||
      parser.parseInteger(latencyNs))
    return failure();
  if (succeeded(parser.parseOptionalComma()) && parser.parseInteger(messageNs))
    return failure();
  return parser.parseRParen();
}

static void printDefaultLink(AsmPrinter &printer, int64_t bitsPerSecond,
                             int64_t latencyNs, int64_t messageNs) {
  if (bitsPerSecond == 0 && latencyNs == 0 && messageNs == 0)
    return;
  printer << " default = (" << bitsPerSecond << ", " << latencyNs;
  if (messageNs != 0)
    printer << ", " << messageNs;
  printer << ")";
}

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

LogicalResult DeviceAttr::verify(
    function_ref<InFlightDiagnostic()> emitError, StringAttr, ArrayAttr compute,
    int64_t memory, int64_t memoryBandwidth, int64_t, ArrayAttr unsupported,
    DenseI64ArrayAttr profile, int64_t messageNs, int64_t bytePs,
    ArrayAttr types, int64_t runtimeBytes, StringAttr provider,
    DictionaryAttr providerOptions, int64_t weightCache, int64_t weightStream) {
  // [element type, operations per second]
  auto isRate = [](Attribute attribute) {
    auto pair = dyn_cast<ArrayAttr>(attribute);
    return pair && pair.size() == 2 && isa<StringAttr>(pair[0]) &&
           isa<IntegerAttr>(pair[1]);
  };
  if (memory < 0 || memoryBandwidth < 0)
    return emitError() << "memory and memory_bandwidth must not be negative, "
                          "or be left out where unlimited";
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
  if (types && !llvm::all_of(types, llvm::IsaPred<StringAttr>))
    return emitError() << "types must list strings, not " << types;
  if (runtimeBytes < 0)
    return emitError() << "runtime_bytes must not be negative";
  if (providerOptions && !provider)
    return emitError() << "provider_options need a provider";
  auto isText = [](NamedAttribute option) {
    return isa<StringAttr>(option.getValue());
  };
  if (providerOptions && !llvm::all_of(providerOptions, isText))
    return emitError() << "provider_options must be strings, not "
                       << providerOptions;
  if (weightCache < 0 || weightStream < 1)
    return emitError()
           << "weight_cache must not be negative, and weight_stream "
              "must be above 0";
  return success();
}

LogicalResult
PlacementAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      ArrayRef<int32_t> devices, ArrayRef<LoadAttr> loads,
                      StringAttr, StringAttr, StringAttr, uint64_t, int64_t,
                      int64_t, StringAttr, StringAttr, int64_t,
                      ArrayRef<DenseI32ArrayAttr> replicas, int32_t, int64_t,
                      StringAttr, bool, int64_t, int64_t, int64_t) {
  // An output of the model that no node makes is of the first stage.
  if (devices.empty())
    return emitError() << "a placement must have at least one stage";
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

LogicalResult CrossingAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   StringAttr, int32_t from, int32_t to,
                                   int64_t timeNs) {
  if (from < 0 || to <= from || timeNs < 0)
    return emitError() << "a crossing must go from a stage to a later one, in "
                          "a time of at least 0, not from "
                       << from << " to " << to << " in " << timeNs << " ns";
  return success();
}

LogicalResult MessageAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  int32_t from, int32_t to, ArrayAttr tensors,
                                  int64_t bytes, int64_t timeNs,
                                  int64_t latencyNs, int32_t) {
  if (from < -1 || to < -1 || (from == -1 && to == -1) ||
      (to != -1 && from >= to))
    return emitError() << "a message must go from a stage, or -1, to a later "
                          "one, or -1, not from "
                       << from << " to " << to;
  if (tensors.empty() || !llvm::all_of(tensors, llvm::IsaPred<StringAttr>))
    return emitError() << "a message must have tensors, which are strings";
  if (bytes < 0 || timeNs < 0 || latencyNs < 0)
    return emitError() << "bytes and times of a message must not be negative";
  return success();
}

LogicalResult StateAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                StringAttr, StringAttr, int32_t stage,
                                int64_t bytes, bool) {
  if (stage < 0 || bytes < 0)
    return emitError() << "stage and bytes of a state must not be negative";
  return success();
}

LogicalResult
ConstraintsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                        ArrayAttr pins, ArrayAttr cuts, ArrayAttr noCuts,
                        int32_t maxStages, int32_t minStages,
                        StringAttr boundary, bool, bool, bool, ArrayAttr states,
                        int32_t sequences) {
  for (ArrayAttr list : {pins, cuts, noCuts, states})
    if (list && !llvm::all_of(list, llvm::IsaPred<StringAttr>))
      return emitError()
             << "pins, cuts, no_cuts and states must list strings, not "
             << list;
  if (states && states.size() % 2 != 0)
    return emitError() << "states must list inputs and outputs in turn";
  if (sequences < 0)
    return emitError() << "sequences must not be negative";
  if (maxStages < 0 || minStages < 0)
    return emitError() << (maxStages < 0 ? "max" : "min")
                       << "_stages must not be negative";
  if (maxStages > 0 && minStages > maxStages)
    return emitError() << "min_stages must not be above max_stages";
  if (boundary && boundary.getValue() != "ops" && boundary.getValue() != "io" &&
      boundary.getValue() != "opaque")
    return emitError() << "boundary must be ops, io or opaque, not "
                       << boundary;
  return success();
}

LogicalResult WireAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               StringAttr, StringAttr, int32_t from, int32_t to,
                               StringAttr, StringAttr, int32_t tag, int32_t seq,
                               int64_t bytes, int64_t timeNs, Type) {
  if (from < 0 || to < 0 || tag < 0 || seq < 0 || bytes < 0 || timeNs < 0)
    return emitError() << "stages, tag, seq, bytes and time_ns of a wire must "
                          "not be negative";
  return success();
}

LogicalResult PartAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               int32_t stage, StringAttr, int32_t rank,
                               LoadAttr) {
  if (stage < 0 || rank < 0)
    return emitError() << "stage and rank of a part must not be negative";
  return success();
}

LogicalResult TopologyAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   ArrayRef<DeviceAttr> devices,
                                   int64_t bitsPerSecond, int64_t latencyNs,
                                   int64_t messageNs, ArrayRef<LinkAttr> links,
                                   ArrayRef<MediumAttr> media, int32_t ingress,
                                   int32_t egress, bool) {
  auto count = int32_t(devices.size());
  auto inRange = [&](int32_t device) { return device >= 0 && device < count; };
  if (bitsPerSecond < 0 || latencyNs < 0 || messageNs < 0)
    return emitError() << "the default link must not have negative figures";
  for (LinkAttr link : links) {
    if (link.getBitsPerSecond() < 0 || link.getLatencyNs() < 0 ||
        link.getMessageNs() < 0)
      return emitError() << link << " has negative figures";
    if (!inRange(link.getFrom()) || !inRange(link.getTo()))
      return emitError() << link << " names a device outside 0.." << count - 1;
    if (link.getMedium() < -2 || link.getMedium() >= int64_t(media.size()))
      return emitError() << link << " names a medium outside -2.."
                         << int64_t(media.size()) - 1;
  }
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

//===----------------------------------------------------------------------===//
// Discardable attributes
//===----------------------------------------------------------------------===//

/// The number of stages that the placement beside `op`'s attributes, or of the
/// module around it, has; none without one that can be trusted.
static std::optional<int64_t> countStages(Operation *op) {
  auto module =
      isa<ModuleOp>(op) ? cast<ModuleOp>(op) : op->getParentOfType<ModuleOp>();
  auto placement = module
                       ? module->getAttrOfType<PlacementAttr>(PlacementAttrName)
                       : PlacementAttr();
  if (!placement)
    return std::nullopt;
  return placement.getDevices().size();
}

/// True where there is no placement, or it has that stage.
static bool isStageOf(Operation *op, int64_t stage) {
  std::optional<int64_t> count = countStages(op);
  return stage >= 0 && (!count || stage < *count);
}

/// Stages and indices are kept as 64-bit attributes and used as 32-bit numbers.
static bool isStageNumber(Attribute value) {
  auto integer = dyn_cast<IntegerAttr>(value);
  return integer && integer.getType().isInteger(64) && integer.getInt() >= 0 &&
         integer.getInt() <= std::numeric_limits<int32_t>::max();
}

/// Each once, from 0 on.
static bool isAscending(Attribute value) {
  auto stages = dyn_cast<DenseI32ArrayAttr>(value);
  return stages && llvm::is_sorted(stages.asArrayRef(), std::less_equal<>()) &&
         llvm::all_of(stages.asArrayRef(),
                      [](int32_t stage) { return stage >= 0; });
}

/// Passes index the topology's devices by those of the placement.
static bool isPlacement(Operation *op, Attribute value) {
  auto placement = dyn_cast<PlacementAttr>(value);
  auto topology = op->getAttrOfType<TopologyAttr>(TopologyAttrName);
  if (!placement || !topology)
    return false;
  auto exists = [&](int32_t device) {
    return device >= 0 && size_t(device) < topology.getDevices().size();
  };
  return llvm::all_of(placement.getDevices(), exists) &&
         llvm::all_of(placement.getReplicas(), [&](DenseI32ArrayAttr others) {
           return llvm::all_of(others.asArrayRef(), exists);
         });
}

static bool isListOfWires(Operation *op, Attribute value) {
  auto wires = dyn_cast<ArrayAttr>(value);
  return wires && llvm::all_of(wires, [&](Attribute entry) {
           auto wire = dyn_cast<WireAttr>(entry);
           return wire && isStageOf(op, wire.getFrom()) &&
                  isStageOf(op, wire.getTo());
         });
}

static bool isListOfStates(Operation *op, Attribute value) {
  auto states = dyn_cast<ArrayAttr>(value);
  return states && llvm::all_of(states, [&](Attribute entry) {
           auto state = dyn_cast<StateAttr>(entry);
           return state && isStageOf(op, state.getStage());
         });
}

/// From is below To by the attribute's own verifier.
static bool isListOfCrossings(Operation *op, Attribute value) {
  auto crossings = dyn_cast<ArrayAttr>(value);
  return crossings && llvm::all_of(crossings, [&](Attribute entry) {
           auto crossing = dyn_cast<CrossingAttr>(entry);
           return crossing && isStageOf(op, crossing.getTo());
         });
}

/// Between stages of the placement, and devices and media of the topology.
static bool isTraffic(Operation *op, Attribute value) {
  auto traffic = dyn_cast<TrafficAttr>(value);
  auto topology = op->getAttrOfType<TopologyAttr>(TopologyAttrName);
  if (!traffic || !topology || !op->hasAttr(PlacementAttrName))
    return false;
  auto areTimes = [](DenseI64ArrayAttr array) {
    return !array ||
           llvm::all_of(array.asArrayRef(), [](int64_t ns) { return ns >= 0; });
  };
  if (!areTimes(traffic.getMediaNs()) || !areTimes(traffic.getDevicesNs()))
    return false;
  auto isDevice = [&](int32_t device) {
    return device >= 0 && size_t(device) < topology.getDevices().size();
  };
  auto isMedium = [&](int32_t medium) {
    return medium >= -1 && medium < int64_t(topology.getMedia().size());
  };
  auto sizeOf = [](DenseI64ArrayAttr array) {
    return array ? size_t(array.size()) : 0;
  };
  return sizeOf(traffic.getMediaNs()) == topology.getMedia().size() &&
         sizeOf(traffic.getDevicesNs()) == topology.getDevices().size() &&
         llvm::all_of(traffic.getMessages(),
                      [&](MessageAttr message) {
                        return isMedium(message.getMedium()) &&
                               (message.getFrom() == -1
                                    ? isDevice(topology.getIngress())
                                    : isStageOf(op, message.getFrom())) &&
                               (message.getTo() == -1
                                    ? isDevice(topology.getEgress())
                                    : isStageOf(op, message.getTo()));
                      }) &&
         llvm::all_of(traffic.getLinks(), [&](LinkLoadAttr link) {
           return isDevice(link.getFrom()) && isDevice(link.getTo()) &&
                  link.getTimeNs() >= 0 && isMedium(link.getMedium());
         });
}

static bool areTriples(Attribute value) {
  auto array = dyn_cast<DenseI64ArrayAttr>(value);
  return array && array.size() % 3 == 0;
}

static bool isPart(Operation *op, Attribute value) {
  auto part = dyn_cast<PartAttr>(value);
  return part && isStageOf(op, part.getStage());
}

namespace {
/// What an attribute must be, and on which op.
struct Rule {
  llvm::StringLiteral name;
  bool (*isOnRightOp)(Operation *op);
  bool (*isRight)(Operation *op, Attribute value);
  llvm::StringLiteral expected;
};
} // namespace

template <typename OpTy> static bool isOp(Operation *op) {
  return isa<OpTy>(op);
}
template <typename AttrTy> static bool isAttr(Operation *, Attribute value) {
  return isa<AttrTy>(value);
}

/// One row for each attribute of the dialect's description.
static constexpr Rule Rules[] = {
    {CostAttrName, isOp<graph::NodeOp>, isAttr<CostAttr>,
     "a #split.cost on an onnx.node"},
    {StageAttrName, isOp<graph::NodeOp>,
     [](Operation *, Attribute value) { return isStageNumber(value); },
     "a 64-bit integer of at least 0 on an onnx.node, and below 2^31"},
    {IndexAttrName, isOp<graph::NodeOp>,
     [](Operation *, Attribute value) { return isStageNumber(value); },
     "a 64-bit integer of at least 0 on an onnx.node, and below 2^31"},
    {CopiesAttrName, isOp<graph::NodeOp>,
     [](Operation *, Attribute value) { return isAscending(value); },
     "an array of ascending 32-bit stages on an onnx.node"},
    {CopiedAttrName, isOp<graph::NodeOp>, isAttr<UnitAttr>,
     "a unit attribute on an onnx.node"},
    {ConstantAttrName, isOp<graph::NodeOp>, isAttr<UnitAttr>,
     "a unit attribute on an onnx.node"},
    {UnknownAttrName, isOp<graph::NodeOp>, isAttr<StringAttr>,
     "a string on an onnx.node"},
    {TopologyAttrName, isOp<ModuleOp>, isAttr<TopologyAttr>,
     "a #split.topology on a module"},
    {PlacementAttrName, isOp<ModuleOp>, isPlacement,
     "a #split.placement on a module, on devices of its split.topology"},
    {ConstraintsAttrName, isOp<ModuleOp>, isAttr<ConstraintsAttr>,
     "a #split.constraints on a module"},
    {CrossingsAttrName, isOp<ModuleOp>, isListOfCrossings,
     "an array of #split.crossing on a module, between stages of its "
     "split.placement"},
    {TrafficAttrName, isOp<ModuleOp>, isTraffic,
     "a #split.traffic on a module, between stages of its split.placement and "
     "over its split.topology"},
    {StatesAttrName, isOp<ModuleOp>, isListOfStates,
     "an array of #split.state on a module, of stages of its "
     "split.placement"},
    {ProblemAttrName, isOp<ModuleOp>, isAttr<StringAttr>,
     "a string on a module"},
    {InfeasibleAttrName, isOp<ModuleOp>, isAttr<UnitAttr>,
     "a unit attribute on a module"},
    {WiresAttrName, isOp<ModuleOp>, isListOfWires,
     "an array of #split.wire on a module, between stages of its "
     "split.placement"},
    {CertaintyAttrName, isOp<ModuleOp>, isAttr<DictionaryAttr>,
     "a dictionary on a module"},
    {OutlookAttrName, isOp<ModuleOp>, isAttr<DictionaryAttr>,
     "a dictionary on a module"},
    {PictureAttrName, isOp<ModuleOp>, isAttr<DictionaryAttr>,
     "a dictionary on a module"},
    {TaskAttrName, isOp<graph::NodeOp>,
     [](Operation *, Attribute value) { return areTriples(value); },
     "an array of 64-bit integers on an onnx.node, three for each stage"},
    {PartAttrName, isOp<graph::ModelOp>, isPart,
     "a #split.part on an onnx.model, of a stage of the module's "
     "split.placement"},
};

LogicalResult SplitDialect::verifyOperationAttribute(Operation *op,
                                                     NamedAttribute attribute) {
  StringRef attributeName = attribute.getName();
  const Rule *rule = llvm::find_if(
      Rules, [&](const Rule &r) { return r.name == attributeName; });
  if (rule == std::end(Rules))
    return op->emitOpError() << "has '" << attributeName
                             << "', which the split dialect does not define";
  if (rule->isOnRightOp(op) && rule->isRight(op, attribute.getValue()))
    return success();
  return op->emitOpError() << "has '" << attributeName << "', which must be "
                           << rule->expected;
}
