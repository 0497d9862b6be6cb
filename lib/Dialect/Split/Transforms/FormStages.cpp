//===- FormStages.cpp - Nodes gathered by stage ---------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which ops each stage consists of is found in this order: nodes, by their
/// attributes; constants and what they are computed from, by who reads them;
/// parameters that quantisation annotations name; outputs of the model. Then
/// one walk over the graph finds what crosses, and the stages are built.
///
/// Beside an If whose condition is known, no node is left to ONNX Runtime to
/// fold: see replaceFoldable.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Split/Transforms/Passes.h"

#include "onnx-split/Analysis/Constants.h"
#include "onnx-split/Inference/KnownValues.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace onnx_split::split {
#define GEN_PASS_DEF_FORMSTAGESPASS
#include "onnx-split/Dialect/Split/Transforms/Passes.h.inc"
} // namespace onnx_split::split

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

namespace {

/// What one stage consists of, before its op exists.
struct StagePlan {
  /// Initializers first, then nodes, in the order of the source; constants are
  /// in the list of each stage that needs them.
  SmallVector<Operation *> ops;
  /// Inputs of the model that the stage reads, in the order of the model, and
  /// results of earlier stages in the order in which they are made.
  llvm::SetVector<Value> modelInputs, received;
  /// Results of other stages that are known before running, in the order in
  /// which they are read.
  llvm::SetVector<Value> known;
  /// Outputs of the model that the stage makes, as indices of the return's
  /// operands, and what later stages read.
  SmallVector<unsigned> outputs;
  llvm::SetVector<Value> sent;
};

/// Moves the main graph into stages. Lists of what each stage consists of are
/// complete before the first stage is built; the ops of the main graph are
/// erased after the last one.
class StageFormer {
public:
  StageFormer(ModelOp source, PlacementAttr decided, TopologyAttr cluster)
      : model(source), graph(source.getGraph()), placement(decided),
        topology(cluster), constants(graph),
        stages(decided.getDevices().size()) {}

  LogicalResult run();

private:
  LogicalResult checkOps();
  LogicalResult assignStages();
  int32_t stageOfFoldable(NodeOp node);
  bool mayBeInlined(NodeOp node, const FunctionTable &functions);
  void replaceFoldable();
  void assignConstants();
  void assignAnnotatedConstants();
  void assignOutputs();
  LogicalResult connect();
  StageOp build(int32_t index);
  void fill(GraphOp part, int32_t index, ArrayRef<Value> returned);
  StringAttr restFor(const StagePlan &stage);
  int32_t stageOf(Value value);
  bool isMadeIn(Value value, int32_t stage);
  SmallVector<int32_t> stagesOf(Operation *node);
  LogicalResult addNode(NodeOp node, int32_t stage);
  void need(Value constant, int32_t stage);
  ValueInfoAttr infoOf(Value value);

  ModelOp model;
  GraphOp graph;
  PlacementAttr placement;
  TopologyAttr topology;
  ConstantAnalysis constants;
  std::vector<StagePlan> stages;
  /// The stage that owns a node; none for constants.
  llvm::DenseMap<Operation *, int32_t> taskStages;
  /// Nodes that no stage computes, because those that read their known values
  /// have initializers instead.
  llvm::DenseSet<Operation *> replaced;
  /// Other stages that compute a node as well.
  llvm::DenseMap<Operation *, llvm::SmallSet<int32_t, 4>> copies;
  /// The stages that need each constant's op or defaulted input, ascending.
  llvm::DenseMap<Value, llvm::SmallSet<int32_t, 4>> needed;
  /// What the value infos of the source declare, by name.
  llvm::StringMap<Attribute> declared;
  /// Values of the main graph to results of the stages made so far.
  IRMapping results;
};

} // namespace

/// Stage that makes a value; inputs of the model belong to none.
int32_t StageFormer::stageOf(Value value) {
  Operation *definition = value.getDefiningOp();
  auto it = taskStages.find(definition);
  return it == taskStages.end() ? -1 : it->second;
}

/// True where a stage has the node that makes a value, or a copy of it.
bool StageFormer::isMadeIn(Value value, int32_t stage) {
  if (replaced.contains(value.getDefiningOp()))
    return false;
  if (stageOf(value) == stage)
    return true;
  auto it = copies.find(value.getDefiningOp());
  return it != copies.end() && it->second.contains(stage);
}

/// The stage that owns a node, and those with copies; empty for constants and
/// what they replace.
SmallVector<int32_t> StageFormer::stagesOf(Operation *node) {
  SmallVector<int32_t> all;
  if (replaced.contains(node))
    return all;
  if (auto task = taskStages.find(node); task != taskStages.end())
    all.push_back(task->second);
  if (auto it = copies.find(node); it != copies.end())
    all.append(it->second.begin(), it->second.end());
  return all;
}

LogicalResult StageFormer::checkOps() {
  for (Operation &op : graph.getBody().front().without_terminator())
    if (!isa<NodeOp, InitializerOp, NoneOp>(op))
      return op.emitOpError("must not stand in a graph whose stages are still "
                            "to be formed");
  return success();
}

/// Takes stages and copies from the attributes of nodes; what is foldable has
/// none and gets its stage from what it reads.
LogicalResult StageFormer::assignStages() {
  int64_t count = stages.size();
  for (auto node : graph.getBody().getOps<NodeOp>()) {
    if (constants.isConstant(node) || isFoldable(node, constants))
      continue;
    auto stage = node->getAttrOfType<IntegerAttr>(StageAttrName);
    if (!stage || stage.getInt() >= count)
      return node.emitError("must have a stage below ") << count;
    taskStages[node] = int32_t(stage.getInt());
    auto others = node->getAttrOfType<DenseI32ArrayAttr>(CopiesAttrName);
    if (!others)
      continue;
    for (int32_t other : others.asArrayRef()) {
      if (other >= count || other <= stage.getInt())
        return node.emitError("must have copies in later stages below ")
               << count;
      copies[node].insert(other);
    }
  }
  for (auto node : graph.getBody().getOps<NodeOp>())
    if (!constants.isConstant(node) && isFoldable(node, constants))
      taskStages[node] = stageOfFoldable(node);
  return success();
}

/// A foldable node has no stage of its own: it goes where the one value that it
/// reads is made or, of an input of the model, first read.
int32_t StageFormer::stageOfFoldable(NodeOp node) {
  Value operand = getFoldedOperand(node, constants);
  if (!operand)
    return 0;
  if (int32_t stage = stageOf(operand); stage >= 0)
    return stage;
  auto first = int32_t(stages.size() - 1);
  bool found = false;
  for (Operation *user : operand.getUsers()) {
    Operation *inMain = graph.getBody().front().findAncestorOpInBlock(*user);
    if (auto it = taskStages.find(inMain); it != taskStages.end()) {
      first = std::min(first, it->second);
      found = true;
    }
  }
  return found ? first : 0;
}

/// True for an If whose condition is known, and for a call of a function that
/// has an If in it: ONNX Runtime puts the branch in its place.
bool StageFormer::mayBeInlined(NodeOp node, const FunctionTable &functions) {
  if (node.isStandardOp("If") && node.getInputs().size() == 1 &&
      !functions.lookup(node)) {
    Value condition = node.getInputs()[0];
    return constants.isConstant(condition) || isCopiedValue(condition);
  }
  return llvm::any_of(functions.findCalled(node), [](Operation *function) {
    return function
        ->walk([](NodeOp inner) {
          return inner.isStandardOp("If") ? WalkResult::interrupt()
                                          : WalkResult::advance();
        })
        .wasInterrupted();
  });
}

/// Folding a model, ONNX Runtime (1.32) puts the branch of a known condition in
/// the place of its If, and does not count what the branch reads from outside
/// as read before the end of the pass. When a node that it folds in the same
/// pass, a Shape above all, was the other reader of such a tensor, it removes
/// what makes the tensor, and refuses the model. The order decides; that of the
/// whole model may do, because the condition follows from the Shape there, but
/// in a part the condition is an initializer.
///
/// So a stage with such an If leaves out what would be folded on a tensor that
/// it computes. Values stay: who reads them has them as initializers.
void StageFormer::replaceFoldable() {
  // One part is the model.
  if (stages.size() < 2)
    return;
  FunctionTable functions(model);
  llvm::SmallSet<int32_t, 4> inlining;
  for (auto [op, stage] : taskStages)
    if (mayBeInlined(cast<NodeOp>(op), functions)) {
      inlining.insert(stage);
      if (auto it = copies.find(op); it != copies.end())
        inlining.insert_range(it->second);
    }
  if (inlining.empty())
    return;
  for (auto [op, stage] : taskStages) {
    auto node = cast<NodeOp>(op);
    if (!inlining.contains(stage) || !isFoldable(node, constants))
      continue;
    if (Value operand = getFoldedOperand(node, constants);
        operand && operand.getDefiningOp())
      replaced.insert(op);
  }
}

/// Copies a constant, and what it is computed from, to a stage.
void StageFormer::need(Value constant, int32_t stage) {
  SmallVector<Value> worklist = {constant};
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    // One entry for each op, under its first result.
    if (Operation *definition = value.getDefiningOp())
      value = definition->getResult(0);
    if (!needed[value].insert(stage).second)
      continue;
    if (auto node = value.getDefiningOp<NodeOp>())
      llvm::append_range(worklist, node.getInputs());
  }
}

/// Constants go where they are read, and so do the ops that stand for omitted
/// inputs.
void StageFormer::assignConstants() {
  for (Operation &op : graph.getBody().front())
    for (int32_t stage : stagesOf(&op)) {
      auto node = cast<NodeOp>(op);
      for (Value value : getReadValues(node))
        if (constants.isConstant(value))
          need(value, stage);
      for (Value input : node.getInputs())
        if (input.getDefiningOp<NoneOp>())
          need(input, stage);
    }
}

/// Quantisation annotations name initializers; both go where the annotated
/// tensor is.
void StageFormer::assignAnnotatedConstants() {
  onnx::GraphProto rest;
  if (!graph.getRest() || !rest.ParseFromString(graph.getRest()->str()) ||
      rest.quantization_annotation_size() == 0)
    return;
  llvm::StringMap<Value> named;
  for (Operation &op : graph.getBody().front())
    for (Value result : op.getResults())
      named[getValueName(result)] = result;
  for (const auto &annotation : rest.quantization_annotation()) {
    Value tensor = named.lookup(annotation.tensor_name());
    for (const auto &entry : annotation.quant_parameter_tensor_names()) {
      Value parameter = named.lookup(entry.value());
      if (!tensor || !parameter || !constants.isConstant(parameter))
        continue;
      for (int32_t stage : stagesOf(tensor.getDefiningOp()))
        need(parameter, stage);
    }
  }
}

/// An output of the model that is one of its inputs or constants has no stage
/// of its own; the first stage passes it on.
void StageFormer::assignOutputs() {
  Operation *terminator = graph.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(terminator->getOperands())) {
    int32_t stage = std::max(stageOf(value), 0);
    stages[stage].outputs.push_back(index);
    if (constants.isConstant(value))
      need(value, stage);
    else if (stageOf(value) < 0)
      stages[stage].modelInputs.insert(value);
  }
}

/// Adds a node to a stage, with what the stage has to get for it. Fails where
/// that is made in a later stage.
LogicalResult StageFormer::addNode(NodeOp node, int32_t index) {
  StagePlan &stage = stages[index];
  stage.ops.push_back(node);
  for (Value value : getReadValues(node)) {
    if (constants.isConstant(value) || isMadeIn(value, index))
      continue;
    int32_t from = stageOf(value);
    if (from < 0)
      stage.modelInputs.insert(value);
    else if (isCopiedValue(value))
      stage.known.insert(value);
    else if (from > index)
      return node.emitError("is in stage ")
             << index << " but reads '" << getValueName(value) << "' of stage "
             << from << "; stage numbers must not fall along a tensor";
    else if (stage.received.insert(value))
      stages[from].sent.insert(value);
  }
  return success();
}

/// Fills the lists of every stage in one walk over the graph.
LogicalResult StageFormer::connect() {
  for (Operation &op : graph.getBody().front()) {
    SmallVector<int32_t> users = stagesOf(&op);
    for (int32_t stage : users)
      if (failed(addNode(cast<NodeOp>(op), stage)))
        return failure();
    if (users.empty() && op.getNumResults() > 0) {
      auto it = needed.find(op.getResult(0));
      if (it != needed.end())
        for (int32_t stage : it->second)
          stages[stage].ops.push_back(&op);
    }
  }
  // Inputs with a default: the initializer goes along, so that the pair stays.
  for (BlockArgument input : graph.getBody().getArguments())
    if (auto it = needed.find(input); it != needed.end())
      for (int32_t stage : it->second)
        stages[stage].modelInputs.insert(input);
  llvm::StringMap<InitializerOp> initializers;
  for (auto initializer : graph.getBody().getOps<InitializerOp>())
    initializers[getValueName(initializer.getResult())] = initializer;
  for (StagePlan &stage : stages) {
    SmallVector<Operation *> defaults;
    for (Value input : stage.modelInputs)
      if (auto initializer = initializers.lookup(getValueName(input)))
        defaults.push_back(initializer);
    stage.ops.insert(stage.ops.begin(), defaults.begin(), defaults.end());
    // Inputs and outputs of the model keep its order, whatever reads or makes
    // them first.
    auto byArgument = [](Value a, Value b) {
      return cast<BlockArgument>(a).getArgNumber() <
             cast<BlockArgument>(b).getArgNumber();
    };
    SmallVector<Value> inputs = stage.modelInputs.takeVector();
    llvm::sort(inputs, byArgument);
    stage.modelInputs.insert(inputs.begin(), inputs.end());
    llvm::sort(stage.outputs);
  }
  return success();
}

/// The rest of a declaration, without negative extents in it: where there are
/// denotations, it holds the type as well.
static StringAttr restWithoutNegative(StringAttr rest) {
  onnx::ValueInfoProto proto;
  if (!rest || !proto.ParseFromString(rest.str()) ||
      !proto.type().tensor_type().has_shape())
    return rest;
  auto &shape = *proto.mutable_type()->mutable_tensor_type()->mutable_shape();
  // A denotation stays.
  for (auto &dim : *shape.mutable_dim())
    if (dim.dim_value() < 0)
      dim.clear_dim_value();
  return StringAttr::get(rest.getContext(), proto.SerializeAsString());
}

/// What the file declares of a value, but open where it writes a negative
/// number for an unknown extent: inference in the part knows more than in the
/// whole, and would contradict it.
static Attribute withoutNegative(Attribute info) {
  auto declared = dyn_cast<ValueInfoAttr>(info);
  auto tensor = declared ? dyn_cast_or_null<OnnxTensorType>(declared.getType())
                         : OnnxTensorType();
  if (!tensor || !tensor.hasRank())
    return info;
  auto isNegative = [](Attribute dim) {
    auto extent = dyn_cast<IntegerAttr>(dim);
    return extent && extent.getInt() < 0;
  };
  if (llvm::none_of(tensor.getDims(), isNegative))
    return info;
  SmallVector<Attribute> dims;
  for (Attribute dim : tensor.getDims())
    dims.push_back(isNegative(dim) ? UnitAttr::get(info.getContext()) : dim);
  return ValueInfoAttr::get(
      info.getContext(), declared.getName(),
      OnnxTensorType::get(info.getContext(), tensor.getElementType(),
                          ArrayAttr::get(info.getContext(), dims)),
      restWithoutNegative(declared.getRest()));
}

/// What a part declares of a tensor that crosses: name and inferred type.
ValueInfoAttr StageFormer::infoOf(Value value) {
  return ValueInfoAttr::get(
      graph.getContext(),
      StringAttr::get(graph.getContext(), getValueName(value)), value.getType(),
      StringAttr());
}

/// The graph's documentation and metadata, and those annotations whose tensors
/// the stage holds.
StringAttr StageFormer::restFor(const StagePlan &stage) {
  if (!graph.getRest())
    return {};
  onnx::GraphProto rest;
  if (!rest.ParseFromString(graph.getRest()->str()) ||
      rest.quantization_annotation_size() == 0)
    return graph.getRestAttr();
  llvm::StringSet<> names;
  for (Operation *op : stage.ops)
    for (Value result : op->getResults())
      names.insert(getValueName(result));
  google::protobuf::RepeatedPtrField<onnx::TensorAnnotation> all;
  all.Swap(rest.mutable_quantization_annotation());
  for (const auto &annotation : all)
    if (names.contains(annotation.tensor_name()))
      *rest.add_quantization_annotation() = annotation;
  std::string bytes = rest.SerializeAsString();
  return bytes.empty() ? StringAttr()
                       : StringAttr::get(graph.getContext(), bytes);
}

/// Clones what the stage consists of into its graph, which makes `returned`.
void StageFormer::fill(GraphOp part, int32_t index, ArrayRef<Value> returned) {
  const StagePlan &stage = stages[index];
  Block &block = part.getBody().emplaceBlock();
  OpBuilder builder = OpBuilder::atBlockBegin(&block);

  IRMapping inside;
  for (Value input : stage.modelInputs)
    inside.map(input, block.addArgument(input.getType(), input.getLoc()));
  for (Value value : stage.received)
    inside.map(value, block.addArgument(value.getType(), value.getLoc()));
  for (Value value : stage.known) {
    auto initializer = InitializerOp::create(
        builder, value.getLoc(), value.getType(), getKnownValue(value));
    initializer->setAttr(CopiedValueAttrName, builder.getUnitAttr());
    inside.map(value, initializer.getResult());
  }
  for (Operation *source : stage.ops) {
    Operation *clone = builder.clone(*source, inside);
    clone->removeAttr(CopiesAttrName);
    // Said here, because in a part more is constant than in the whole.
    clone->removeAttr(ConstantAttrName);
    if (auto node = dyn_cast<NodeOp>(source);
        node && constants.isConstant(node))
      clone->setAttr(ConstantAttrName, builder.getUnitAttr());
    auto owner = taskStages.find(source);
    if (owner == taskStages.end() || owner->second == index)
      continue;
    clone->setAttr(StageAttrName, builder.getI64IntegerAttr(index));
    clone->setAttr(CopiedAttrName, builder.getUnitAttr());
  }
  SmallVector<Value> inner = llvm::map_to_vector(
      returned, [&](Value value) { return inside.lookup(value); });
  ReturnOp::create(builder, graph.getLoc(), inner);
}

/// Makes the op of a stage, before the return of the main graph. Inputs and
/// outputs of the model come before what stages send each other. What a stage
/// sends and the model returns is listed among the model's outputs alone.
StageOp StageFormer::build(int32_t index) {
  StagePlan &stage = stages[index];
  OpBuilder builder(graph.getBody().front().getTerminator());
  Operation *terminator = graph.getBody().front().getTerminator();

  SmallVector<Value> operands;
  SmallVector<Attribute> inputInfos, outputInfos, valueInfos;
  // Inputs and outputs are declared by their own lists, and by no value info
  // beside those.
  llvm::StringSet<> interface;
  auto addInfo = [&](SmallVectorImpl<Attribute> &infos, Attribute info,
                     Value value) {
    infos.push_back(info);
    interface.insert(getValueName(value));
  };
  for (Value input : stage.modelInputs) {
    operands.push_back(input);
    addInfo(inputInfos,
            graph.getInputInfos()[cast<BlockArgument>(input).getArgNumber()],
            input);
  }
  for (Value value : stage.received) {
    operands.push_back(results.lookup(value));
    addInfo(inputInfos, infoOf(value), value);
  }
  SmallVector<Value> returned;
  for (unsigned output : stage.outputs) {
    returned.push_back(terminator->getOperand(output));
    addInfo(outputInfos, withoutNegative(graph.getOutputInfos()[output]),
            returned.back());
  }
  for (Value value : stage.sent) {
    if (llvm::is_contained(returned, value))
      continue;
    returned.push_back(value);
    addInfo(outputInfos, infoOf(value), value);
  }
  for (Operation *op : stage.ops)
    for (Value result : op->getResults())
      if (StringRef name = getValueName(result); !interface.contains(name))
        if (Attribute info = declared.lookup(name))
          valueInfos.push_back(withoutNegative(info));

  auto device = topology.getDevices()[placement.getDevices()[index]];
  auto part = PartAttr::get(builder.getContext(), index, device.getName(),
                            index, placement.getLoads()[index]);
  auto op = StageOp::create(builder, graph.getLoc(),
                            ValueRange(returned).getTypes(), part, operands);
  builder.setInsertionPointToStart(&op.getBody().emplaceBlock());
  auto partGraph = GraphOp::create(
      builder, graph.getLoc(), graph.getGraphNameAttr(),
      builder.getArrayAttr(inputInfos), builder.getArrayAttr(outputInfos),
      builder.getArrayAttr(valueInfos), restFor(stage));
  fill(partGraph, index, returned);
  // An output of the model may be listed twice; the first stands for the value.
  for (auto [value, result] : llvm::zip(returned, op.getResults()))
    if (!results.contains(value))
      results.map(value, result);
  return op;
}

LogicalResult StageFormer::run() {
  for (auto info : graph.getValueInfos().getAsRange<ValueInfoAttr>())
    if (info.getName())
      declared[info.getName().getValue()] = info;
  if (failed(checkOps()) || failed(assignStages()))
    return failure();
  replaceFoldable();
  assignConstants();
  assignAnnotatedConstants();
  assignOutputs();
  if (failed(connect()))
    return failure();

  SmallVector<Operation *> sources;
  for (Operation &op : graph.getBody().front().without_terminator())
    sources.push_back(&op);
  Operation *terminator = graph.getBody().front().getTerminator();
  SmallVector<Value> outputs(terminator->getNumOperands());
  for (int32_t index = 0, count = int32_t(stages.size()); index < count;
       ++index) {
    StageOp stage = build(index);
    for (auto [position, output] : llvm::enumerate(stages[index].outputs))
      outputs[output] = stage.getResult(position);
  }
  terminator->setOperands(outputs);
  // Users before what they use.
  for (Operation *op : llvm::reverse(sources))
    op->erase();
  // Each stage has taken its own.
  graph.setValueInfosAttr(ArrayAttr::get(graph.getContext(), {}));
  return success();
}

namespace {
struct FormStagesPass : public split::impl::FormStagesPassBase<FormStagesPass> {
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
    if (failed(StageFormer(*models.begin(), placement, topology).run()))
      signalPassFailure();
  }
};
} // namespace
