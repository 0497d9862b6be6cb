//===- LowerTransfers.cpp - Boundary nodes for sends and receives ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a wire becomes at the boundary of a part: the name of an input or
/// output (io), or a node of the domain `dev.onnxsplit` (ops and opaque), with
/// a function around an Identity for ops. The attributes of these nodes and the
/// metadata of parts are a contract with runtimes that run the parts.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Split/Transforms/Passes.h"

#include "onnx-split/Analysis/Crossing.h"

#include "mlir/IR/Builders.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/JSON.h"

namespace onnx_split::split {
#define GEN_PASS_DEF_LOWERTRANSFERSPASS
#include "onnx-split/Dialect/Split/Transforms/Passes.h.inc"
} // namespace onnx_split::split

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

static constexpr llvm::StringLiteral BoundaryDomain = "dev.onnxsplit";
static constexpr int64_t BoundaryVersion = 1;
/// Local functions exist since this IR version.
static constexpr int64_t FunctionIrVersion = 8;
/// Since this IR version an initializer that is an input can be overridden.
static constexpr int64_t OverridableSince = 4;

/// A wire is an input of the receiver's graph and an output of the sender's,
/// and nothing else.
static LogicalResult checkBoundary(GraphOp graph) {
  for (auto recv : graph.getBody().getOps<RecvOp>())
    if (!isa<BlockArgument>(recv.getData()))
      return recv.emitOpError("must take an input of its graph");
  for (auto send : graph.getBody().getOps<SendOp>())
    if (!send.getResult().hasOneUse() ||
        !isa<ReturnOp>(*send.getResult().user_begin()))
      return send.emitOpError("must make an output of its graph, and only "
                              "that");
  return success();
}

//===----------------------------------------------------------------------===//
// Names that are the boundary's
//===----------------------------------------------------------------------===//

/// The attributes of Send and Recv, in the order of the function's declaration.
static SmallVector<StringRef> getAttributeNames() {
  return {"tensor_name", "send_device", "recv_device",  "src_rank", "dst_rank",
          "tag",         "seq",         "element_type", "shape"};
}

/// Send or Recv, for functions and nodes; neither has overloads.
static bool isBoundaryName(std::optional<StringRef> domain,
                           std::optional<StringRef> name,
                           std::optional<StringRef> overload) {
  return domain == BoundaryDomain && (name == "Send" || name == "Recv") &&
         overload.value_or("").empty();
}

/// True for a function as a part of an earlier split has it: an Identity with
/// the attributes of a wire.
static bool isBoundaryFunction(FunctionOp function) {
  Block &block = function.getBody().front();
  auto identity = dyn_cast<NodeOp>(block.front());
  if (!identity || identity.getOpType() != "Identity" ||
      !identity.getCanonicalDomain().empty() || block.getNumArguments() != 1 ||
      identity.getInputs() != block.getArguments() ||
      block.getTerminator()->getOperands() != identity.getResults() ||
      identity.getNumResults() != 1 ||
      identity->getNextNode() != block.getTerminator())
    return false;
  onnx::FunctionProto rest;
  // The verifier has seen that it is one.
  (void)rest.ParseFromString(function.getRest().value_or("").str());
  return llvm::equal(rest.attribute(), getAttributeNames());
}

/// Whatever else the model calls Send or Recv in the domain would be taken for
/// a boundary node, or a boundary node for a call of it.
static LogicalResult checkNames(ModelOp model) {
  static constexpr llvm::StringLiteral advice =
      "; call it otherwise, or split with --boundary=io";
  if (int64_t version = model.getOpsetVersion(BoundaryDomain);
      version && version != BoundaryVersion)
    return model.emitError("imports version ")
           << version << " of the domain '" << BoundaryDomain
           << "', but boundary nodes are of version " << BoundaryVersion
           << "; split with --boundary=io";
  for (auto function : model.getBody().getOps<FunctionOp>())
    if (isBoundaryName(function.getDomain(), function.getFunctionName(),
                       function.getOverload()) &&
        !isBoundaryFunction(function))
      return emitError(function.getLoc())
             << "has the name of a boundary node, but is another function"
             << advice;
  WalkResult result = model.walk([](NodeOp node) {
    if (!isBoundaryName(node.getDomain(), node.getOpType(),
                        node.getOverload()) ||
        (node.getInputs().size() == 1 && node.getNumResults() == 1))
      return WalkResult::advance();
    emitError(node.getLoc())
        << "has the name of a boundary node, but not its one input and one "
           "output"
        << advice;
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// io: wires are plain inputs and outputs under the tensor's name
//===----------------------------------------------------------------------===//

static ValueInfoAttr renamed(ValueInfoAttr info, StringAttr name) {
  return ValueInfoAttr::get(info.getContext(), name, info.getType(),
                            info.getRest());
}

/// Inputs that are wires get the tensor's name, and the receives go.
static void removeReceives(GraphOp graph) {
  SmallVector<Attribute> infos(graph.getInputInfos().getValue());
  for (auto recv :
       llvm::make_early_inc_range(graph.getBody().getOps<RecvOp>())) {
    auto wire = cast<BlockArgument>(recv.getData());
    Attribute &info = infos[wire.getArgNumber()];
    info = renamed(cast<ValueInfoAttr>(info), recv.getWire().getTensor());
    recv.getResult().replaceAllUsesWith(wire);
    recv.erase();
  }
  graph.setInputInfosAttr(ArrayAttr::get(graph.getContext(), infos));
}

/// A tensor for several receivers, or one that is an output of the model as
/// well, is listed once.
static void removeSends(GraphOp graph) {
  Operation *terminator = graph.getBody().front().getTerminator();
  SmallVector<Value> values;
  SmallVector<Attribute> infos;
  llvm::DenseSet<Value> listed;
  SmallVector<SendOp> sends;
  for (auto [value, attribute] :
       llvm::zip(terminator->getOperands(), graph.getOutputInfos())) {
    auto info = cast<ValueInfoAttr>(attribute);
    Value data = value;
    if (auto send = value.getDefiningOp<SendOp>()) {
      sends.push_back(send);
      data = send.getData();
      info = renamed(info, send.getWire().getTensor());
      if (!listed.insert(data).second)
        continue;
    }
    listed.insert(data);
    values.push_back(data);
    infos.push_back(info);
  }
  terminator->setOperands(values);
  for (SendOp send : sends)
    send.erase();
  graph.setOutputInfosAttr(ArrayAttr::get(graph.getContext(), infos));
}

//===----------------------------------------------------------------------===//
// ops and opaque: nodes of the boundary domain
//===----------------------------------------------------------------------===//

/// The values of the attributes for a wire. Ranks are the numbers of the
/// stages. Of a sequence or an optional, element type and shape are those of
/// the tensor inside; -1 is an extent that is not a number, and a shape without
/// a rank is an empty list.
static ArrayAttr getAttributes(WireAttr wire) {
  MLIRContext *context = wire.getContext();
  Builder builder(context);
  SmallVector<int64_t> shape;
  int64_t elementType = 0;
  if (OnnxTensorType tensor = getTensorInside(wire.getType())) {
    elementType = tensor.getElementType();
    if (tensor.hasRank())
      for (Attribute dim : tensor.getDims()) {
        auto extent = dyn_cast<IntegerAttr>(dim);
        shape.push_back(extent ? extent.getInt() : -1);
      }
  }
  auto integer = [&](int64_t value) -> std::pair<int32_t, Attribute> {
    return {onnx::AttributeProto::INT, builder.getI64IntegerAttr(value)};
  };
  auto string = [&](StringAttr value) -> std::pair<int32_t, Attribute> {
    return {onnx::AttributeProto::STRING, value};
  };
  std::pair<int32_t, Attribute> values[] = {
      string(wire.getTensor()),
      string(wire.getSendDevice()),
      string(wire.getRecvDevice()),
      integer(wire.getFrom()),
      integer(wire.getTo()),
      integer(wire.getTag()),
      integer(wire.getSeq()),
      integer(elementType),
      {onnx::AttributeProto::INTS, builder.getDenseI64ArrayAttr(shape)}};
  SmallVector<Attribute> attributes;
  for (auto [name, value] : llvm::zip(getAttributeNames(), values))
    attributes.push_back(NodeAttr::get(context, builder.getStringAttr(name),
                                       value.first, value.second,
                                       StringAttr()));
  return builder.getArrayAttr(attributes);
}

/// Replaces a send or receive by a node that calls `opType`.
static void replaceByNode(Operation *op, StringRef opType, WireAttr wire) {
  OpBuilder builder(op);
  std::string name = (opType + "_" + llvm::Twine(wire.getTag()) + "_" +
                      wire.getTensor().getValue())
                         .str();
  StringRef output = cast<ValueNameOpInterface>(op).getResultName(0);
  auto node = NodeOp::create(
      builder, op->getLoc(), op->getResultTypes(),
      builder.getStringAttr(opType), builder.getStringAttr(BoundaryDomain),
      /*overload=*/StringAttr(), builder.getStringAttr(name),
      builder.getStrArrayAttr({output}), getAttributes(wire),
      /*rest=*/StringAttr(), op->getOperands(), /*bodiesCount=*/0);
  op->replaceAllUsesWith(node);
  op->erase();
}

/// A local function with an Identity for a body, so that runtimes that know
/// nothing of the boundary run the part as it is.
static void addFunction(ModelOp model, StringRef opType, StringRef input,
                        StringRef output) {
  for (auto function : model.getBody().getOps<FunctionOp>())
    if (function.getFunctionName() == opType &&
        isBoundaryName(function.getDomain(), opType, function.getOverload()))
      return;
  MLIRContext *context = model.getContext();
  OpBuilder builder(context);
  builder.setInsertionPointToEnd(&model.getBody().front());
  onnx::FunctionProto rest;
  for (StringRef name : getAttributeNames())
    rest.add_attribute(name.str());
  auto import =
      OpsetAttr::get(context, builder.getStringAttr(""),
                     getBoundaryOpset(model.getOpsetVersion("")), StringAttr());
  auto function = FunctionOp::create(
      builder, model.getLoc(), builder.getStringAttr(opType),
      builder.getStringAttr(BoundaryDomain), /*overload=*/StringAttr(),
      builder.getStrArrayAttr({input}), builder.getStrArrayAttr({output}),
      builder.getArrayAttr({import}), builder.getArrayAttr({}),
      builder.getStringAttr(rest.SerializeAsString()));
  Block &block = function.getBody().emplaceBlock();
  Type type = OnnxUnknownType::get(context);
  Value data = block.addArgument(type, model.getLoc());
  builder.setInsertionPointToStart(&block);
  auto identity = NodeOp::create(
      builder, model.getLoc(), TypeRange(type),
      builder.getStringAttr("Identity"), /*domain=*/StringAttr(),
      /*overload=*/StringAttr(), /*node_name=*/StringAttr(),
      builder.getStrArrayAttr({output}), builder.getArrayAttr({}),
      /*rest=*/StringAttr(), ValueRange(data), /*bodiesCount=*/0);
  ReturnOp::create(builder, model.getLoc(), identity.getResults());
}

/// Before IR version 4 every initializer had to be an input as well and was a
/// constant all the same. Later an input with an initializer is a default that
/// callers may override, which no runtime folds: a part whose version is raised
/// must not have them.
static void dropDefaultedInputs(GraphOp graph) {
  Block &block = graph.getBody().front();
  llvm::StringMap<InitializerOp> initializers;
  for (auto initializer : graph.getBody().getOps<InitializerOp>())
    initializers[getValueName(initializer.getResult())] = initializer;
  SmallVector<Attribute> infos;
  llvm::BitVector dropped(block.getNumArguments());
  for (auto [argument, info] :
       llvm::zip(block.getArguments(), graph.getInputInfos())) {
    InitializerOp initializer = initializers.lookup(getValueName(argument));
    if (!initializer) {
      infos.push_back(info);
      continue;
    }
    argument.replaceAllUsesWith(initializer.getResult());
    dropped.set(argument.getArgNumber());
  }
  block.eraseArguments(dropped);
  graph.setInputInfosAttr(ArrayAttr::get(graph.getContext(), infos));
}

/// Replaces sends and receives by nodes. With functions the part needs an IR
/// version that has them, and is raised to it.
static void lowerToNodes(ModelOp model, Boundary boundary) {
  Block &block = model.getGraph().getBody().front();
  bool sends = false, receives = false;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (auto send = dyn_cast<SendOp>(op)) {
      replaceByNode(send, "Send", send.getWire());
      sends = true;
    } else if (auto recv = dyn_cast<RecvOp>(op)) {
      replaceByNode(recv, "Recv", recv.getWire());
      receives = true;
    }
  }
  if (!sends && !receives)
    return;
  Builder builder(model.getContext());
  SmallVector<Attribute> opsets(model.getOpsetImports().getValue());
  // The part of a part imports the domain already, and may have the functions.
  if (!model.getOpsetVersion(BoundaryDomain))
    opsets.push_back(OpsetAttr::get(model.getContext(),
                                    builder.getStringAttr(BoundaryDomain),
                                    BoundaryVersion, StringAttr()));
  model.setOpsetImportsAttr(builder.getArrayAttr(opsets));
  if (boundary == Boundary::Opaque)
    return;
  if (sends)
    addFunction(model, "Send", "data", "wire");
  if (receives)
    addFunction(model, "Recv", "wire", "data");
  int64_t irVersion = model.getIrVersion().value_or(0);
  if (irVersion >= FunctionIrVersion)
    return;
  if (irVersion < OverridableSince)
    dropDefaultedInputs(model.getGraph());
  model.setIrVersionAttr(builder.getI64IntegerAttr(FunctionIrVersion));
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// What a runtime has to feed the part with from item to item, as JSON: a list
/// of [input, output]; empty where there is nothing.
static std::string writeStates(PartAttr part, ArrayAttr states) {
  llvm::json::Array pairs;
  if (states)
    for (auto state : states.getAsRange<StateAttr>())
      if (state.getStage() == part.getStage())
        pairs.push_back(llvm::json::Array(
            {llvm::json::fixUTF8(state.getInput().getValue()),
             llvm::json::fixUTF8(state.getOutput().getValue())}));
  std::string text;
  if (!pairs.empty())
    llvm::raw_string_ostream(text) << llvm::json::Value(std::move(pairs));
  return text;
}

/// Says in the part which stage of which model it is. Where the model that was
/// split was a part itself, its entries give way to those of the new part.
static void addMetadata(ModelOp model, PartAttr part, ArrayAttr states) {
  onnx::ModelProto rest;
  // The verifier has seen that it is one.
  if (model.getRest())
    (void)rest.ParseFromString(model.getRest()->str());
  auto &entries = *rest.mutable_metadata_props();
  auto find = [&](const std::string &name) {
    return llvm::find_if(
        entries, [&](const auto &entry) { return entry.key() == name; });
  };
  auto add = [&](StringRef key, const llvm::Twine &value) {
    std::string name = ("onnx_split." + key).str();
    auto old = find(name);
    onnx::StringStringEntryProto &entry =
        old == entries.end() ? *entries.Add() : *old;
    entry.set_key(name);
    entry.set_value(value.str());
  };
  add("version", ONNX_SPLIT_VERSION);
  add("stage", llvm::Twine(part.getStage()));
  add("device", part.getDevice().getValue());
  add("source_digest", model.getDigest().value_or(""));
  if (std::string pairs = writeStates(part, states); !pairs.empty())
    add("states", pairs);
  else if (auto old = find("onnx_split.states"); old != entries.end())
    entries.erase(old);
  model.setRestAttr(
      StringAttr::get(model.getContext(), rest.SerializeAsString()));
}

/// What the sends of all parts say, by tag: the nodes that they become are no
/// list of wires. In io mode both ends of a wire bear the tensor's name.
static SmallVector<Attribute> gatherWires(ModuleOp module, Boundary boundary) {
  SmallVector<WireAttr> wires;
  for (auto model : module.getOps<ModelOp>())
    for (auto send : model.getGraph().getBody().getOps<SendOp>())
      wires.push_back(send.getWire());
  llvm::stable_sort(
      wires, [](WireAttr a, WireAttr b) { return a.getTag() < b.getTag(); });
  if (boundary == Boundary::Io)
    for (WireAttr &wire : wires)
      wire =
          WireAttr::get(wire.getContext(), wire.getTensor(), wire.getTensor(),
                        wire.getFrom(), wire.getTo(), wire.getSendDevice(),
                        wire.getRecvDevice(), wire.getTag(), wire.getSeq(),
                        wire.getBytes(), wire.getTimeNs(), wire.getType());
  return SmallVector<Attribute>(wires.begin(), wires.end());
}

namespace {
struct LowerTransfersPass
    : public split::impl::LowerTransfersPassBase<LowerTransfersPass> {
  using LowerTransfersPassBase::LowerTransfersPassBase;

  void runOnOperation() override {
    for (auto model : getOperation().getOps<ModelOp>())
      if (failed(checkBoundary(model.getGraph())))
        return signalPassFailure();
    // Before sends become nodes.
    SmallVector<Attribute> wires = gatherWires(getOperation(), boundary);
    if (boundary != Boundary::Io && !wires.empty())
      for (auto model : getOperation().getOps<ModelOp>())
        if (failed(checkNames(model)))
          return signalPassFailure();
    for (auto model : getOperation().getOps<ModelOp>()) {
      if (boundary == Boundary::Io) {
        removeReceives(model.getGraph());
        removeSends(model.getGraph());
      } else {
        lowerToNodes(model, boundary);
      }
      if (auto part = model->getAttrOfType<PartAttr>(PartAttrName))
        addMetadata(model, part,
                    getOperation()->getAttrOfType<ArrayAttr>(StatesAttrName));
    }
    getOperation()->setAttr(WiresAttrName,
                            ArrayAttr::get(&getContext(), wires));
  }
};
} // namespace
