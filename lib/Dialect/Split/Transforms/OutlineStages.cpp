//===- OutlineStages.cpp - One model for each stage -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Dialect/Split/Transforms/Passes.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseSet.h"
#include <map>

namespace onnx_split::split {
#define GEN_PASS_DEF_OUTLINESTAGESPASS
#include "onnx-split/Dialect/Split/Transforms/Passes.h.inc"
} // namespace onnx_split::split

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

//===----------------------------------------------------------------------===//
// Functions that a part needs
//===----------------------------------------------------------------------===//

namespace {
/// Domain, name and overload identify a model-local function.
using FunctionKey = std::tuple<std::string, std::string, std::string>;
using Functions = std::map<FunctionKey, FunctionOp>;
} // namespace

static Functions findFunctions(ModelOp model) {
  Functions functions;
  for (auto function : model.getBody().getOps<FunctionOp>())
    functions[{canonicalDomain(function.getDomain().value_or("")).str(),
               function.getFunctionName().value_or("").str(),
               function.getOverload().value_or("").str()}] = function;
  return functions;
}

/// The functions that `root` calls, directly, in bodies or through other
/// functions.
static llvm::DenseSet<Operation *> findCalled(Operation *root,
                                              const Functions &functions) {
  llvm::DenseSet<Operation *> called;
  SmallVector<Operation *> worklist = {root};
  while (!worklist.empty())
    worklist.pop_back_val()->walk([&](NodeOp node) {
      auto it = functions.find({node.getCanonicalDomain().str(),
                                node.getOpType().str(),
                                node.getOverload().value_or("").str()});
      if (it != functions.end() && called.insert(it->second).second)
        worklist.push_back(it->second);
    });
  return called;
}

//===----------------------------------------------------------------------===//
// Sends and receives
//===----------------------------------------------------------------------===//

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
    outline(*models.begin());
  }
};
} // namespace

void OutlineStagesPass::outline(ModelOp model) {
  Functions functions = findFunctions(model);
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

    llvm::DenseSet<Operation *> called = findCalled(graph, functions);
    OpBuilder inside = OpBuilder::atBlockEnd(&body);
    for (auto function : model.getBody().getOps<FunctionOp>())
      if (called.contains(function))
        inside.clone(*function);
  }
  model.erase();
}
