//===- FoldBranches.cpp - Branches of a known condition -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// An If whose condition is known becomes its branch. Names are what takes
/// care: ONNX knows values by name, bodies beside each other may share names,
/// and the outputs of the If must keep theirs. Where a node was in the source
/// is written on it, because plans and profiles go by that.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Onnx/Transforms/FoldBranches.h"

#include "onnx-split/Dialect/Onnx/Transforms/Passes.h"

#include "mlir/IR/Builders.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace onnx_split::graph {
#define GEN_PASS_DEF_FOLDBRANCHESPASS
#include "onnx-split/Dialect/Onnx/Transforms/Passes.h.inc"
} // namespace onnx_split::graph

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

//===----------------------------------------------------------------------===//
// Conditions
//===----------------------------------------------------------------------===//

std::optional<bool> graph::getKnownBool(Value value) {
  TensorAttr tensor;
  if (auto initializer = value.getDefiningOp<InitializerOp>())
    tensor = dyn_cast<TensorAttr>(initializer.getValue());
  else if (auto node = value.getDefiningOp<NodeOp>();
           node && node.isStandardOp("Constant"))
    if (NodeAttr attribute = node.findAttribute("value"))
      tensor = dyn_cast_or_null<TensorAttr>(attribute.getValue());
  if (!tensor || tensor.getDataType() != onnx::TensorProto::BOOL ||
      !tensor.getRest() || llvm::any_of(tensor.getDims(), [](int64_t extent) {
        return extent != 1;
      }))
    return std::nullopt;
  onnx::TensorProto proto;
  if (!proto.ParseFromString(tensor.getRest().str()))
    return std::nullopt;
  // A bool is one byte of raw data or one 32-bit number.
  if (proto.raw_data().size() == 1)
    return proto.raw_data()[0] != 0;
  if (proto.int32_data_size() == 1)
    return proto.int32_data(0) != 0;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// Names the output of a node anew; its uses are SSA uses and stay.
static void setOutputName(NodeOp node, unsigned index, StringRef name) {
  SmallVector<Attribute> names(node.getOutputNames().getValue());
  names[index] = StringAttr::get(node.getContext(), name);
  node.setOutputNamesAttr(ArrayAttr::get(node.getContext(), names));
}

/// The same tensor under another name.
static TensorAttr withName(TensorAttr tensor, StringRef name) {
  return TensorAttr::get(
      tensor.getContext(), StringAttr::get(tensor.getContext(), name),
      tensor.getDataType(), tensor.getDims(), tensor.getStorage(),
      tensor.getPayload(), tensor.getRest());
}

/// Names an initializer anew; a sparse one has the name in its values.
static void setName(InitializerOp initializer, StringRef name) {
  if (auto sparse = dyn_cast<SparseTensorAttr>(initializer.getValue()))
    initializer.setValueAttr(SparseTensorAttr::get(
        initializer.getContext(), withName(sparse.getValues(), name),
        sparse.getIndices(), sparse.getDims(), sparse.getRest()));
  else
    initializer.setValueAttr(
        withName(cast<TensorAttr>(initializer.getValue()), name));
}

namespace {
/// The names of values in a graph and its bodies. ONNX wants each to be unique
/// among those of the graphs around it, and bodies beside each other may share
/// some.
class NameTable {
public:
  /// Counts (or, with -1, forgets) all values of an op and what is inside it.
  void add(Operation *op, int times = 1);
  void add(StringRef name, int times = 1) {
    if (!name.empty())
      counts[name] += times;
  }
  bool isUnique(StringRef name) const { return counts.lookup(name) <= 1; }
  /// A name that no value has, made from `name`.
  std::string makeUnique(StringRef name);

private:
  llvm::StringMap<int> counts;
  /// The last number that was tried behind each name.
  llvm::StringMap<unsigned> numbers;
};
} // namespace

void NameTable::add(Operation *op, int times) {
  op->walk([&](Operation *inner) {
    if (auto graph = dyn_cast<GraphOp>(inner))
      for (Value input : graph.getBody().getArguments())
        add(getValueName(input), times);
    for (Value result : inner->getResults())
      add(getValueName(result), times);
  });
}

std::string NameTable::makeUnique(StringRef name) {
  std::string candidate;
  do
    candidate = (name + "_" + Twine(++numbers[name])).str();
  while (counts.lookup(candidate) > 0);
  return candidate;
}

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

namespace {
/// Replaces Ifs of the main graph in one walk, which goes into what came out of
/// a branch.
class BranchFolder {
public:
  BranchFolder(ModelOp model,
               llvm::function_ref<std::optional<bool>(Value)> knownBool)
      : graph(model.getGraph()), body(graph.getBody().front()),
        builder(model.getContext()), known(knownBool) {}

  unsigned fold();

private:
  /// One of the graphs of an If.
  struct Branch {
    GraphOp graph;
    StringRef name;
  };

  Branch findBranch(NodeOp node);
  void prepare();
  void replace(NodeOp node, Branch branch);
  void makeNamesUnique(Block &from);
  void moveOps(NodeOp node, Block &from, ArrayRef<Attribute> path);
  Value makeIdentity(NodeOp node, unsigned index, Value value,
                     ArrayRef<Attribute> path);
  Value getNone();

  GraphOp graph;
  Block &body;
  OpBuilder builder;
  llvm::function_ref<std::optional<bool>(Value)> known;
  NameTable names;
  /// Initializers stand before nodes, so that those of branches come behind it;
  /// null where the graph has nothing but nodes.
  Operation *lastInitializer = nullptr;
  Value none;
  /// Declarations of the main graph, those of folded branches included.
  SmallVector<Attribute> infos;
  llvm::StringSet<> declared;
};
} // namespace

/// The branch that a node always takes; none where the node is no If, that is
/// not known, or the branch is malformed.
BranchFolder::Branch BranchFolder::findBranch(NodeOp node) {
  if (!node.isStandardOp("If") || node.getInputs().size() != 1)
    return {};
  std::optional<bool> condition = known(node.getInputs()[0]);
  if (!condition)
    return {};
  StringRef name = *condition ? "then_branch" : "else_branch";
  int64_t region = 0;
  for (auto attribute : node.getNodeAttributes().getAsRange<NodeAttr>()) {
    auto count = dyn_cast_or_null<IntegerAttr>(attribute.getValue());
    bool isGraph = attribute.getKind() == onnx::AttributeProto::GRAPH;
    if (!count ||
        (!isGraph && attribute.getKind() != onnx::AttributeProto::GRAPHS))
      continue;
    if (isGraph && attribute.getName() && attribute.getName() == name) {
      // Only written IR has other counts than 1 here.
      if (region < 0 || region >= int64_t(node.getBodies().size()))
        return {};
      GraphOp branch = node.getBodyGraph(region);
      Block &block = branch.getBody().front();
      if (block.getNumArguments() == 0 &&
          block.getTerminator()->getNumOperands() == node.getNumResults())
        return {branch, name};
      return {};
    }
    region += count.getInt();
  }
  return {};
}

/// Records where the nodes are before any of them moves.
void BranchFolder::prepare() {
  llvm::StringSet<> inputs;
  for (Value input : body.getArguments())
    inputs.insert(getValueName(input));
  names.add(graph);
  int64_t index = 0;
  for (Operation &op : body)
    if (isa<NodeOp>(op)) {
      op.setAttr(SourceIndexAttrName, builder.getI64IntegerAttr(getSourceIndex(
                                          cast<NodeOp>(op), index++)));
    } else if (isa<InitializerOp>(op)) {
      lastInitializer = &op;
      // The default of an input is no value of its own.
      if (StringRef name = getValueName(op.getResult(0)); inputs.contains(name))
        names.add(name, -1);
    } else if (isa<NoneOp>(op)) {
      none = op.getResult(0);
    }
  for (ArrayAttr list : {graph.getOutputInfos(), graph.getValueInfos()})
    for (auto info : list.getAsRange<ValueInfoAttr>())
      if (info.getName())
        declared.insert(info.getName());
  llvm::append_range(infos, graph.getValueInfos());
}

/// The main graph's stand-in for omitted inputs, made where there is none.
Value BranchFolder::getNone() {
  if (!none) {
    builder.setInsertionPointToStart(&body);
    none = NoneOp::create(builder, graph.getLoc(),
                          OnnxOmittedType::get(builder.getContext()));
  }
  return none;
}

/// Renames values of a branch that others in the model are called like.
void BranchFolder::makeNamesUnique(Block &from) {
  for (Operation &op : from)
    for (OpResult result : op.getResults()) {
      std::string name = getValueName(result).str();
      if (name.empty() || names.isUnique(name))
        continue;
      std::string unique = names.makeUnique(name);
      names.add(name, -1);
      names.add(unique);
      if (auto node = dyn_cast<NodeOp>(op))
        setOutputName(node, result.getResultNumber(), unique);
      else if (auto initializer = dyn_cast<InitializerOp>(op))
        setName(initializer, unique);
    }
}

/// A path with one more step.
static ArrayAttr appended(Builder &builder, ArrayRef<Attribute> path,
                          const Twine &place) {
  SmallVector<Attribute> whole(path);
  whole.push_back(builder.getStringAttr(place));
  return builder.getArrayAttr(whole);
}

/// Moves everything but the terminator out of a branch.
void BranchFolder::moveOps(NodeOp node, Block &from, ArrayRef<Attribute> path) {
  int64_t position = 0;
  for (Operation &op : llvm::make_early_inc_range(from.without_terminator())) {
    if (isa<NoneOp>(op)) {
      op.getResult(0).replaceAllUsesWith(getNone());
      op.erase();
    } else if (isa<InitializerOp>(op)) {
      if (lastInitializer)
        op.moveAfter(lastInitializer);
      else
        op.moveBefore(&body, body.begin());
      lastInitializer = &op;
    } else {
      op.moveBefore(node);
      op.setAttr(SourceIndexAttrName, node->getAttr(SourceIndexAttrName));
      op.setAttr(PathAttrName, appended(builder, path, Twine(position++)));
    }
  }
}

/// Gives a value that has a name of its own that of an output of the If.
Value BranchFolder::makeIdentity(NodeOp node, unsigned index, Value value,
                                 ArrayRef<Attribute> path) {
  builder.setInsertionPoint(node);
  auto identity = NodeOp::create(
      builder, node.getLoc(), TypeRange(value.getType()),
      builder.getStringAttr("Identity"), /*domain=*/StringAttr(),
      /*overload=*/StringAttr(), /*node_name=*/StringAttr(),
      builder.getStrArrayAttr({node.getResultName(index)}),
      builder.getArrayAttr({}), /*rest=*/StringAttr(), ValueRange(value),
      /*bodiesCount=*/0);
  identity->setAttr(SourceIndexAttrName, node->getAttr(SourceIndexAttrName));
  identity->setAttr(PathAttrName,
                    appended(builder, path, "output " + Twine(index)));
  return identity.getResult(0);
}

/// Puts a branch in the place of its If. Nodes and initializers move, values
/// get names that are unique, outputs of the If keep theirs, and declarations
/// of what moved go to the main graph.
void BranchFolder::replace(NodeOp node, Branch branch) {
  Block &from = branch.graph.getBody().front();
  // The other branch goes, and its names are free.
  for (unsigned i = 0; i < node.getBodies().size(); ++i)
    if (GraphOp other = node.getBodyGraph(i); other != branch.graph)
      names.add(other, -1);
  // What the branch declares, before values change their names.
  llvm::StringMap<ValueInfoAttr> declarations;
  for (ArrayAttr list :
       {branch.graph.getOutputInfos(), branch.graph.getValueInfos()})
    for (auto info : list.getAsRange<ValueInfoAttr>())
      if (info.getName() && info.getType())
        declarations[info.getName()] = info;
  SmallVector<std::pair<Value, ValueInfoAttr>> declaredValues;
  for (auto inner : from.getOps<NodeOp>())
    for (Value result : inner.getResults())
      if (ValueInfoAttr info = declarations.lookup(getValueName(result)))
        declaredValues.emplace_back(result, info);
  makeNamesUnique(from);

  SmallVector<Attribute> path;
  if (auto before = node->getAttrOfType<ArrayAttr>(PathAttrName))
    path.append(before.begin(), before.end());
  path.push_back(builder.getStringAttr(branch.name));

  SmallVector<Value> returned(from.getTerminator()->getOperands());
  // Results of the branch's own nodes, which can take the name of an output.
  // What comes from outside, and initializers, cannot.
  llvm::SmallPtrSet<Value, 4> own;
  for (Value value : returned)
    if (auto inner = value.getDefiningOp<NodeOp>();
        inner && inner->getBlock() == &from)
      own.insert(value);
  moveOps(node, from, path);
  for (auto [index, value] : llvm::enumerate(returned)) {
    std::string name = node.getResultName(index).str();
    if (name.empty())
      continue;
    // The first output that is this value may give it its name.
    if (own.erase(value)) {
      auto result = cast<OpResult>(value);
      names.add(getValueName(result), -1);
      setOutputName(cast<NodeOp>(result.getOwner()), result.getResultNumber(),
                    name);
    } else {
      value = makeIdentity(node, index, value, path);
    }
    node.getResult(index).replaceAllUsesWith(value);
  }
  node.erase();

  for (auto [value, info] : declaredValues)
    if (StringRef name = getValueName(value); declared.insert(name).second)
      infos.push_back(ValueInfoAttr::get(builder.getContext(),
                                         builder.getStringAttr(name),
                                         info.getType(), info.getRest()));
}

/// Returns how many Ifs were replaced. Nothing is written where that is none.
unsigned BranchFolder::fold() {
  unsigned folded = 0;
  for (Operation *op = &body.front(); op;) {
    auto node = dyn_cast<NodeOp>(op);
    Branch branch = node ? findBranch(node) : Branch();
    if (!branch.graph) {
      op = op->getNextNode();
      continue;
    }
    if (folded++ == 0)
      prepare();
    // What came out of the branch is looked at next.
    Operation *before = op->getPrevNode();
    replace(node, branch);
    op = before ? before->getNextNode() : &body.front();
  }
  if (folded > 0)
    graph.setValueInfosAttr(builder.getArrayAttr(infos));
  return folded;
}

unsigned
graph::foldBranches(ModelOp model,
                    llvm::function_ref<std::optional<bool>(Value)> known) {
  return BranchFolder(model, known).fold();
}

namespace {
struct FoldBranchesPass
    : public graph::impl::FoldBranchesPassBase<FoldBranchesPass> {
  void runOnOperation() override {
    for (auto model : getOperation().getOps<ModelOp>())
      foldBranches(model);
  }
};
} // namespace
