//===- OutlineStages.cpp - One model for each stage -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Stages become models. Each keeps what the source says of all of it (IR
/// version, files of weights, metadata); operator sets and functions only as
/// far as its nodes need them.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Split/Transforms/Passes.h"

#include "onnx-split/Analysis/Functions.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"

namespace onnx_split::split {
#define GEN_PASS_DEF_OUTLINESTAGESPASS
#include "onnx-split/Dialect/Split/Transforms/Passes.h.inc"
} // namespace onnx_split::split

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

//===----------------------------------------------------------------------===//
// Sends and receives
//===----------------------------------------------------------------------===//

/// What the ops of the main graph say of each other must hold: files are named
/// by the stages' numbers, and parts meet by what their wires say.
static LogicalResult checkStages(GraphOp graph) {
  int64_t expected = 0;
  for (auto stage : graph.getBody().getOps<StageOp>()) {
    int32_t number = stage.getPart().getStage();
    if (number != expected++)
      return stage.emitOpError("is stage ")
             << number << ", but must be stage " << expected - 1
             << ": stages are numbered in order";
    for (Value operand : stage.getInputs()) {
      if (operand.getDefiningOp<StageOp>())
        return stage.emitOpError("reads a result of another stage; run "
                                 "split-insert-transfers first");
      auto transfer = operand.getDefiningOp<TransferOp>();
      if (!transfer)
        continue;
      auto sender = transfer.getData().getDefiningOp<StageOp>();
      WireAttr wire = transfer.getWire();
      if (!sender || sender.getPart().getStage() != wire.getFrom() ||
          number != wire.getTo())
        return transfer.emitOpError("must be from stage ")
               << wire.getFrom() << " to stage " << wire.getTo()
               << ", as its wire says";
    }
  }
  return success();
}

static ValueInfoAttr infoOf(WireAttr wire) {
  return ValueInfoAttr::get(wire.getContext(), wire.getName(), wire.getType(),
                            StringAttr());
}

/// Makes each input that comes from a transfer a wire that a split.recv takes
/// the tensor from.
static void addReceives(StageOp stage, GraphOp graph) {
  Block &block = graph.getBody().front();
  OpBuilder builder(graph.getContext());
  builder.setInsertionPointToStart(&block);
  SmallVector<Attribute> infos(graph.getInputInfos().getValue());
  for (auto [operand, argument] :
       llvm::zip(stage.getInputs(), block.getArguments())) {
    auto transfer = operand.getDefiningOp<TransferOp>();
    if (!transfer)
      continue;
    auto recv = RecvOp::create(builder, stage.getLoc(), argument.getType(),
                               argument, transfer.getWire());
    argument.replaceAllUsesExcept(recv.getResult(), recv);
    infos[argument.getArgNumber()] = infoOf(transfer.getWire());
  }
  graph.setInputInfosAttr(builder.getArrayAttr(infos));
}

/// Returns the model's own outputs first, then one wire for each transfer.
static void addSends(StageOp stage, GraphOp graph,
                     const llvm::DenseSet<Value> &modelOutputs) {
  Operation *terminator = graph.getBody().front().getTerminator();
  OpBuilder builder(terminator);
  SmallVector<Attribute> infos, wireInfos;
  SmallVector<Value> returned, wires;
  for (auto [index, result] : llvm::enumerate(stage.getResults())) {
    Value value = terminator->getOperand(index);
    if (modelOutputs.contains(result)) {
      returned.push_back(value);
      infos.push_back(graph.getOutputInfos()[index]);
    }
    // Uses are listed from the last to the first; wires go by tag.
    SmallVector<TransferOp> transfers;
    for (Operation *user : result.getUsers())
      if (auto transfer = dyn_cast<TransferOp>(user))
        transfers.push_back(transfer);
    llvm::sort(transfers, [](TransferOp a, TransferOp b) {
      return a.getWire().getTag() < b.getWire().getTag();
    });
    for (TransferOp transfer : transfers) {
      auto send = SendOp::create(builder, stage.getLoc(), value.getType(),
                                 value, transfer.getWire());
      wires.push_back(send.getResult());
      wireInfos.push_back(infoOf(transfer.getWire()));
    }
  }
  llvm::append_range(infos, wireInfos);
  llvm::append_range(returned, wires);
  graph.setOutputInfosAttr(builder.getArrayAttr(infos));
  terminator->setOperands(returned);
}

/// The operator sets that a part uses; the standard one always stays.
static ArrayAttr importsFor(ModelOp part) {
  llvm::StringSet<> domains;
  domains.insert("");
  part.walk([&](NodeOp node) { domains.insert(node.getCanonicalDomain()); });
  SmallVector<Attribute> imports;
  for (auto opset : part.getOpsetImports().getAsRange<OpsetAttr>())
    if (domains.contains(canonicalDomain(
            opset.getDomain() ? opset.getDomain().getValue() : "")))
      imports.push_back(opset);
  return ArrayAttr::get(part.getContext(), imports);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct OutlineStagesPass
    : public split::impl::OutlineStagesPassBase<OutlineStagesPass> {
  void outline(ModelOp model);
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto models = module.getOps<ModelOp>();
    if (!llvm::hasSingleElement(models) ||
        (*models.begin()).getGraph().getBody().getOps<StageOp>().empty()) {
      module.emitError("needs one model with stages; run split-form-stages "
                       "first");
      return signalPassFailure();
    }
    if (failed(checkStages((*models.begin()).getGraph())))
      return signalPassFailure();
    outline(*models.begin());
  }
};
} // namespace

/// Makes a model of each stage, in order, behind the source, which is erased.
/// Graphs move; functions are cloned, because several parts may call one.
void OutlineStagesPass::outline(ModelOp model) {
  FunctionTable functions(model);
  GraphOp main = model.getGraph();
  llvm::DenseSet<Value> modelOutputs;
  for (Value output : main.getBody().front().getTerminator()->getOperands())
    modelOutputs.insert(output);

  OpBuilder builder(&getContext());
  builder.setInsertionPointToEnd(getOperation().getBody());
  for (auto stage : main.getBody().getOps<StageOp>()) {
    PartAttr part = stage.getPart();
    std::string fileName = ("stage" + llvm::Twine(part.getStage()) + "-" +
                            part.getDevice().getValue() + ".onnx")
                               .str();
    auto outlined = ModelOp::create(
        builder, model.getLoc(), builder.getStringAttr(fileName),
        model.getIrVersionAttr(), model.getOpsetImportsAttr(),
        model.getFilesAttr(), model.getDigestAttr(), model.getRestAttr());
    outlined->setAttr(PartAttrName, part);
    Block &body = outlined.getBody().emplaceBlock();
    GraphOp graph = stage.getGraph();
    addSends(stage, graph, modelOutputs);
    addReceives(stage, graph);
    graph->moveBefore(&body, body.end());

    llvm::SetVector<Operation *> called = functions.findCalled(graph);
    OpBuilder inside = OpBuilder::atBlockEnd(&body);
    for (auto function : model.getBody().getOps<FunctionOp>())
      if (called.contains(function))
        inside.clone(*function);
    outlined.setOpsetImportsAttr(importsFor(outlined));
  }
  model.erase();
}
