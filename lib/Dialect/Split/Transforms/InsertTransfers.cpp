//===- InsertTransfers.cpp - Wires between stages -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Dialect/Split/Transforms/Passes.h"

#include "onnx-split/Analysis/Crossing.h"
#include "onnx-split/Conversion/ModelToProblem/Topology.h"
#include "onnx-split/Placement/Problem.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <numeric>

namespace onnx_split::split {
#define GEN_PASS_DEF_INSERTTRANSFERSPASS
#include "onnx-split/Dialect/Split/Transforms/Passes.h.inc"
} // namespace onnx_split::split

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

namespace {
/// A result of one stage that another reads.
struct Crossing {
  StageOp sender, receiver;
  OpResult value;
};
} // namespace

/// Passes index the placement by the stages' numbers, and parts are told apart
/// by them.
static LogicalResult checkStages(GraphOp graph, PlacementAttr placement) {
  int64_t expected = 0, count = placement.getDevices().size();
  for (auto stage : graph.getBody().getOps<StageOp>()) {
    if (stage.getPart().getStage() != expected)
      return stage.emitOpError("is stage ")
             << stage.getPart().getStage() << ", but must be stage " << expected
             << ": stages are numbered in order";
    if (++expected > count)
      return stage.emitOpError("is stage ")
             << expected - 1 << ", but the placement has " << count
             << " stages";
  }
  if (expected < count)
    return graph.emitOpError("has ")
           << expected << " stages, but the placement has " << count;
  return success();
}

/// All crossings, ordered by sender, receiver and position of the tensor.
static SmallVector<Crossing> findCrossings(GraphOp graph) {
  SmallVector<Crossing> crossings;
  for (auto receiver : graph.getBody().getOps<StageOp>())
    for (Value operand : receiver.getInputs())
      if (auto sender = operand.getDefiningOp<StageOp>())
        crossings.push_back({sender, receiver, cast<OpResult>(operand)});
  llvm::sort(crossings, [](const Crossing &a, const Crossing &b) {
    auto key = [](const Crossing &crossing) {
      return std::make_tuple(StageOp(crossing.sender).getPart().getStage(),
                             StageOp(crossing.receiver).getPart().getStage(),
                             crossing.value.getResultNumber());
    };
    return key(a) < key(b);
  });
  return crossings;
}

/// Every name that a value has anywhere in the model.
static llvm::StringSet<> findNames(GraphOp graph) {
  llvm::StringSet<> names;
  graph->walk([&](Operation *op) {
    for (Value result : op->getResults())
      names.insert(getValueName(result));
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Value argument : block.getArguments())
          names.insert(getValueName(argument));
  });
  return names;
}

/// A name of letters, digits and underscores that no value of the model has,
/// because converters are picky, and short, because people read it.
static std::string makeName(int32_t tag, StringRef tensor,
                            llvm::StringSet<> &names) {
  constexpr size_t MaxLength = 48;
  std::string name = "wire" + std::to_string(tag) + "_";
  for (char c : tensor.take_back(MaxLength))
    name += llvm::isAlnum(c) ? c : '_';
  while (!names.insert(name).second)
    name += '_';
  return name;
}

namespace {
struct InsertTransfersPass
    : public split::impl::InsertTransfersPassBase<InsertTransfersPass> {
  void insertTransfers(ModelOp model, const Cluster &cluster,
                       PlacementAttr placement);
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto placement = module->getAttrOfType<PlacementAttr>(PlacementAttrName);
    auto topology = module->getAttrOfType<TopologyAttr>(TopologyAttrName);
    auto models = module.getOps<ModelOp>();
    if (!placement || !topology || !llvm::hasSingleElement(models)) {
      module.emitError("needs one model with a placement; run split-place "
                       "first");
      return signalPassFailure();
    }
    ModelOp model = *models.begin();
    if (failed(checkStages(model.getGraph(), placement)))
      return signalPassFailure();
    insertTransfers(model, toCluster(topology), placement);
  }
};
} // namespace

/// The devices that take turns to run a stage.
static SmallVector<int32_t> devicesOf(PlacementAttr placement, int32_t stage) {
  SmallVector<int32_t> devices{placement.getDevices()[stage]};
  if (!placement.getReplicas().empty())
    llvm::append_range(devices, placement.getReplicas()[stage].asArrayRef());
  return devices;
}

/// Time of a wire between the slowest pair of devices that meet; a device hands
/// a tensor to itself in no time.
static int64_t timeOf(const Cluster &cluster, ArrayRef<int32_t> senders,
                      ArrayRef<int32_t> receivers, int64_t bytes) {
  int64_t slowest = 0;
  size_t turns = std::lcm(senders.size(), receivers.size());
  for (size_t item = 0; item < turns; ++item) {
    int32_t from = senders[item % senders.size()];
    int32_t to = receivers[item % receivers.size()];
    if (from == to)
      continue;
    const ClusterLink &link = cluster.link(from, to);
    slowest = std::max(
        slowest,
        placement::transferTime({link.bitsPerSecond, link.latencyNs}, bytes));
  }
  return slowest;
}

void InsertTransfersPass::insertTransfers(ModelOp model, const Cluster &cluster,
                                          PlacementAttr placement) {
  Builder attributes(&getContext());
  llvm::StringSet<> names = findNames(model.getGraph());
  SmallVector<Attribute> wires;
  std::pair<int32_t, int32_t> pair = {-1, -1};
  int32_t tag = 0, seq = 0;
  for (Crossing &crossing : findCrossings(model.getGraph())) {
    PartAttr from = crossing.sender.getPart(), to = crossing.receiver.getPart();
    std::pair<int32_t, int32_t> stages(from.getStage(), to.getStage());
    if (stages != pair)
      seq = 0;
    pair = stages;
    Block &sender = crossing.sender.getGraph().getBody().front();
    Value inner =
        sender.getTerminator()->getOperand(crossing.value.getResultNumber());
    StringRef tensor = getValueName(inner);
    int64_t bytes = getItemBytes(inner);
    int64_t time = timeOf(cluster, devicesOf(placement, from.getStage()),
                          devicesOf(placement, to.getStage()), bytes);
    auto wire = WireAttr::get(
        &getContext(), attributes.getStringAttr(makeName(tag, tensor, names)),
        attributes.getStringAttr(tensor), from.getStage(), to.getStage(),
        from.getDevice(), to.getDevice(), tag, seq, bytes, time,
        crossing.value.getType());
    ++tag, ++seq;
    wires.push_back(wire);

    OpBuilder builder(crossing.receiver);
    auto transfer =
        TransferOp::create(builder, crossing.receiver.getLoc(),
                           crossing.value.getType(), crossing.value, wire);
    crossing.receiver->replaceUsesOfWith(crossing.value, transfer.getResult());
  }
  getOperation()->setAttr(WiresAttrName, attributes.getArrayAttr(wires));
}
