//===- InsertTransfers.cpp - Wires between stages -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Finds the tensors that go from stage to stage, checks that they are those
/// that the plan was judged by, and puts a split.transfer with the figures of
/// the wire before each receiver.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Split/Transforms/Passes.h"

#include "onnx-split/Analysis/Crossing.h"
#include "onnx-split/Conversion/ModelToProblem/StageProblem.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <map>

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
  int64_t timeNs = 0;

  int32_t from() { return sender.getPart().getStage(); }
  int32_t to() { return receiver.getPart().getStage(); }
  /// The value in the sender's own graph.
  Value inner() {
    Block &block = sender.getGraph().getBody().front();
    return block.getTerminator()->getOperand(value.getResultNumber());
  }
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
    // One wire, however often the stage's op takes the tensor.
    for (Value operand : llvm::SetVector<Value>(receiver.getInputs().begin(),
                                                receiver.getInputs().end()))
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
  constexpr size_t maxLength = 48;
  std::string name = "wire" + std::to_string(tag) + "_";
  for (char c : tensor.take_back(maxLength))
    name += llvm::isAlnum(c) ? c : '_';
  while (!names.insert(name).second)
    name += '_';
  return name;
}

/// Puts a transfer before each receiver. Tags number the wires, `seq` those of
/// a pair of stages.
static void insertWires(GraphOp graph, MutableArrayRef<Crossing> crossings) {
  Builder attributes(graph.getContext());
  llvm::StringSet<> names = findNames(graph);
  std::pair<int32_t, int32_t> pair = {-1, -1};
  int32_t tag = 0, seq = 0;
  for (Crossing &crossing : crossings) {
    PartAttr from = crossing.sender.getPart(), to = crossing.receiver.getPart();
    std::pair<int32_t, int32_t> stages(from.getStage(), to.getStage());
    if (stages != pair)
      seq = 0;
    pair = stages;
    StringRef tensor = getValueName(crossing.inner());
    auto wire =
        WireAttr::get(graph.getContext(),
                      attributes.getStringAttr(makeName(tag, tensor, names)),
                      attributes.getStringAttr(tensor), from.getStage(),
                      to.getStage(), from.getDevice(), to.getDevice(), tag, seq,
                      getItemBytes(crossing.inner()), crossing.timeNs,
                      crossing.value.getType());
    ++tag, ++seq;

    OpBuilder builder(crossing.receiver);
    auto transfer =
        TransferOp::create(builder, crossing.receiver.getLoc(),
                           crossing.value.getType(), crossing.value, wire);
    crossing.receiver->replaceUsesOfWith(crossing.value, transfer.getResult());
  }
}

//===----------------------------------------------------------------------===//
// What the placement says of the crossings
//===----------------------------------------------------------------------===//

/// Takes the times from the module's list, which must have these crossings and
/// no others: it is what the plan was judged by.
static LogicalResult takeTimes(GraphOp graph, ArrayAttr stated,
                               MutableArrayRef<Crossing> crossings) {
  std::map<std::tuple<StringRef, int32_t, int32_t>, int64_t> times;
  for (auto entry : stated.getAsRange<CrossingAttr>())
    if (!times
             .try_emplace(
                 {entry.getTensor().getValue(), entry.getFrom(), entry.getTo()},
                 entry.getTimeNs())
             .second)
      return graph.emitError("the placement lists '")
             << entry.getTensor().getValue() << "' twice from stage "
             << entry.getFrom() << " to stage " << entry.getTo();
  for (Crossing &crossing : crossings) {
    auto time = times.find(
        {getValueName(crossing.inner()), crossing.from(), crossing.to()});
    if (time == times.end())
      return emitError(crossing.inner().getLoc())
             << "'" << getValueName(crossing.inner()) << "' goes from stage "
             << crossing.from() << " to stage " << crossing.to()
             << ", but the placement does not list that among its crossings";
    crossing.timeNs = time->second;
    times.erase(time);
  }
  if (times.empty())
    return success();
  auto [tensor, from, to] = times.begin()->first;
  return graph.emitError("the placement lists '")
         << tensor << "' from stage " << from << " to stage " << to
         << " among its crossings, but no stage " << to
         << " reads it from there";
}

/// The same for IR that does not say what its evaluation found.
static LogicalResult computeTimes(ModuleOp module,
                                  MutableArrayRef<Crossing> crossings) {
  SmallVector<StageTensor> tensors;
  for (Crossing &crossing : crossings)
    tensors.push_back(
        {crossing.from(), crossing.to(), getItemBytes(crossing.inner())});
  FailureOr<SmallVector<int64_t>> times = timeTensors(
      module, module->getAttrOfType<TopologyAttr>(TopologyAttrName),
      module->getAttrOfType<PlacementAttr>(PlacementAttrName), tensors);
  if (failed(times))
    return failure();
  for (auto [crossing, time] : llvm::zip(crossings, *times))
    crossing.timeNs = time;
  return success();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct InsertTransfersPass
    : public split::impl::InsertTransfersPassBase<InsertTransfersPass> {
  LogicalResult insertTransfers();
  void runOnOperation() override {
    if (failed(insertTransfers()))
      signalPassFailure();
  }
};
} // namespace

LogicalResult InsertTransfersPass::insertTransfers() {
  ModuleOp module = getOperation();
  auto placement = module->getAttrOfType<PlacementAttr>(PlacementAttrName);
  auto models = module.getOps<ModelOp>();
  if (!placement || !llvm::hasSingleElement(models))
    return module.emitError("needs one model with a placement; run split-place "
                            "first");
  GraphOp graph = (*models.begin()).getGraph();
  if (failed(checkStages(graph, placement)))
    return failure();
  SmallVector<Crossing> crossings = findCrossings(graph);
  auto stated = module->getAttrOfType<ArrayAttr>(CrossingsAttrName);
  if (failed(stated ? takeTimes(graph, stated, crossings)
                    : computeTimes(module, crossings)))
    return failure();
  insertWires(graph, crossings);
  // The transfers say it now.
  module->removeAttr(CrossingsAttrName);
  return success();
}
