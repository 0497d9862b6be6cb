//===- InputRanges.cpp - Whole numbers that inputs take -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InputRanges.h"

#include "onnx-split/Analysis/Constants.h"
#include "onnx-split/Dialect/Onnx/IR/FunctionTable.h"
#include "onnx-split/Support/ElementTypes.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <deque>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::runtime;

//===----------------------------------------------------------------------===//
// What operators do with an operand
//===----------------------------------------------------------------------===//

/// True where the results have the elements of the operand, some of them or
/// all.
static bool movesOperand(NodeOp node, unsigned operand) {
  if (!node.getCanonicalDomain().empty())
    return false;
  return llvm::StringSwitch<bool>(node.getOpType())
      .Cases({"Cast", "Clip", "Expand", "Flatten", "Gather", "GatherElements",
              "GatherND", "Identity", "Pad", "Reshape", "Slice", "Split",
              "Squeeze", "Tile", "Transpose", "Unsqueeze"},
             operand == 0)
      .Case("Where", operand != 0)
      .Case("Concat", true)
      .Default(false);
}

/// A table that an operand indexes: the operand that it is, and its axis; the
/// smallest of several axes where that is -1.
namespace {
struct Table {
  unsigned operand;
  int64_t axis;
};
} // namespace

static int64_t getInteger(NodeOp node, StringRef attribute, int64_t otherwise) {
  NodeAttr found = node.findAttribute(attribute);
  auto value =
      found ? dyn_cast_or_null<IntegerAttr>(found.getValue()) : IntegerAttr();
  return value ? value.getInt() : otherwise;
}

static std::optional<Table> findIndexedTable(NodeOp node, unsigned operand) {
  constexpr int64_t smallest = -1;
  StringRef type = node.getOpType();
  if (operand == 1 && (type == "Gather" || type == "GatherElements" ||
                       type == "ScatterElements" || type == "Scatter"))
    return Table{0, getInteger(node, "axis", 0)};
  if (operand == 1 && (type == "GatherND" || type == "ScatterND"))
    return Table{0, smallest};
  if (operand == 1 && type == "GatherBlockQuantized")
    return Table{0, getInteger(node, "gather_axis", 0)};
  if (type == "EmbedLayerNormalization" || type == "QEmbedLayerNormalization") {
    // Ids of words and of segments, and their tables.
    if (operand == 0)
      return Table{2, 0};
    if (operand == 1)
      return Table{4, 0};
  }
  return std::nullopt;
}

/// The same for an operand that is a length of another operand's axis.
static std::optional<Table> findMeasured(NodeOp node, unsigned operand) {
  StringRef type = node.getOpType();
  if (operand == 4 && (type == "LSTM" || type == "GRU" || type == "RNN"))
    return Table{0, getInteger(node, "layout", 0)};
  if (operand == 1 && type == "ReverseSequence")
    return Table{0, getInteger(node, "time_axis", 0)};
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Following a value
//===----------------------------------------------------------------------===//

namespace {
/// A call of a function that the search is inside of.
struct Frame {
  NodeOp call;
  const Frame *outer;
  unsigned depth;
};

/// Follows one input to all that it reaches.
class RangeSearch {
public:
  explicit RangeSearch(const FunctionTable &table) : functions(table) {}

  InputRange run(BlockArgument input);

private:
  /// A value, plus what was added to the input on the way to it.
  struct Place {
    Value value;
    int64_t added;
    const Frame *frame;
  };
  void visit(const Place &place, OpOperand &use);
  void enter(const Place &place, NodeOp call, unsigned operand);
  void leave(const Place &place, unsigned result);
  bool visitAddition(const Place &place, NodeOp node, unsigned operand);
  std::optional<int64_t> extentOf(NodeOp node, Table table,
                                  const Frame *frame) const;

  const FunctionTable &functions;
  std::deque<Frame> frames;
  std::vector<Place> places;
  llvm::DenseSet<std::pair<Value, const Frame *>> seen;
  /// Of the input: what it must be below, and what it may be at most as a
  /// length.
  std::optional<int64_t> below, longest;
  bool isLength = false;
};
} // namespace

/// Calls inside calls: more are followed no further.
static constexpr unsigned MaxDepth = 16;

std::optional<int64_t> RangeSearch::extentOf(NodeOp node, Table table,
                                             const Frame *frame) const {
  if (table.operand >= node.getInputs().size())
    return std::nullopt;
  Value value = node.getInputs()[table.operand];
  // Inside a function an argument has the type of what the call gives.
  while (auto argument = dyn_cast<BlockArgument>(value)) {
    if (!frame || !isa<FunctionOp>(argument.getOwner()->getParentOp()))
      break;
    NodeOp call = frame->call;
    if (argument.getArgNumber() >= call.getInputs().size())
      break;
    value = call.getInputs()[argument.getArgNumber()];
    frame = frame->outer;
  }
  auto type =
      dyn_cast<OnnxTensorType>(getPlannedType(value, ExtentsUse::time()));
  if (!type || !type.hasRank())
    return std::nullopt;
  std::optional<int64_t> smallest;
  int64_t rank = int64_t(type.getDims().size());
  int64_t axis = table.axis < 0 && node.getOpType() != "GatherND" &&
                         node.getOpType() != "ScatterND"
                     ? table.axis + rank
                     : table.axis;
  for (auto [index, dim] : llvm::enumerate(type.getDims()))
    if (auto extent = dyn_cast<IntegerAttr>(dim);
        extent && (axis < 0 || int64_t(index) == axis))
      smallest = std::min(smallest.value_or(extent.getInt()), extent.getInt());
  return smallest;
}

/// Sums with a constant move what indexes a table; false for other nodes.
bool RangeSearch::visitAddition(const Place &place, NodeOp node,
                                unsigned operand) {
  bool adds = node.isStandardOp("Add");
  if ((!adds && !(node.isStandardOp("Sub") && operand == 0)) ||
      node.getInputs().size() != 2)
    return false;
  auto values = getIntegerValues(node.getInputs()[1 - operand]);
  if (!values || values->empty())
    return false;
  int64_t most =
      adds ? *llvm::max_element(*values) : -*llvm::min_element(*values);
  // What no table has as many rows of is no index.
  constexpr int64_t limit = int64_t(1) << 40;
  if (most > limit || most < -limit || std::abs(place.added) > limit)
    return true;
  for (Value result : node.getResults())
    places.push_back({result, place.added + most, place.frame});
  return true;
}

void RangeSearch::enter(const Place &place, NodeOp call, unsigned operand) {
  FunctionOp function = functions.lookup(call);
  unsigned depth = place.frame ? place.frame->depth + 1 : 1;
  Block &body = function.getBody().front();
  if (depth > MaxDepth || operand >= body.getNumArguments())
    return;
  const Frame *frame = &frames.emplace_back(Frame{call, place.frame, depth});
  places.push_back({body.getArgument(operand), place.added, frame});
}

void RangeSearch::leave(const Place &place, unsigned result) {
  if (!place.frame)
    return;
  NodeOp call = place.frame->call;
  if (result >= call.getNumResults())
    return;
  places.push_back({call.getResult(result), place.added, place.frame->outer});
}

void RangeSearch::visit(const Place &place, OpOperand &use) {
  unsigned operand = use.getOperandNumber();
  if (auto end = dyn_cast<ReturnOp>(use.getOwner()))
    return isa<FunctionOp>(end->getParentOp()) ? leave(place, operand) : void();
  auto node = dyn_cast<NodeOp>(use.getOwner());
  if (!node)
    return;
  if (functions.lookup(node))
    return enter(place, node, operand);
  if (auto table = findIndexedTable(node, operand)) {
    if (auto extent = extentOf(node, *table, place.frame)) {
      int64_t limit = *extent - place.added;
      below = std::min(below.value_or(limit), limit);
    }
    return;
  }
  if (auto measured = findMeasured(node, operand)) {
    isLength = true;
    if (auto extent = extentOf(node, *measured, place.frame))
      longest = std::min(longest.value_or(*extent), *extent);
    return;
  }
  if (visitAddition(place, node, operand) || !movesOperand(node, operand))
    return;
  for (Value result : node.getResults())
    places.push_back({result, place.added, place.frame});
}

/// What a name says, where the graph says nothing else.
static InputRange rangeByName(StringRef name) {
  std::string lower = name.lower();
  auto says = [&](StringRef word) { return StringRef(lower).contains(word); };
  if (says("mask") || says("token_type") || says("segment"))
    return {0, 1};
  if (says("length") || says("_len") || says("lens"))
    return {1, 1};
  return {};
}

InputRange RangeSearch::run(BlockArgument input) {
  places.push_back({input, 0, nullptr});
  // Each value once for each way into its function, and no more than a graph
  // may have.
  constexpr size_t most = 100000;
  while (!places.empty() && seen.size() < most) {
    Place place = places.back();
    places.pop_back();
    if (seen.insert({place.value, place.frame}).second)
      for (OpOperand &use : place.value.getUses())
        visit(place, use);
  }
  InputRange range = rangeByName(getValueName(input));
  if (isLength)
    return {1, std::max<int64_t>(1, longest.value_or(1))};
  if (!below)
    return range;
  bool named = range.high == 1;
  int64_t high = std::max<int64_t>(0, *below - 1);
  if (named)
    high = std::min<int64_t>(high, 1);
  return {std::min(range.low, high), high};
}

InputRanges runtime::findInputRanges(ModelOp model) {
  FunctionTable functions(model);
  InputRanges ranges;
  for (BlockArgument input : model.getGraph().getBody().getArguments()) {
    auto type = dyn_cast<OnnxTensorType>(input.getType());
    unsigned bits = type ? bitsPerElement(type.getElementType()) : 0;
    if (bits == 0 || isFloatingPoint(type.getElementType()))
      continue;
    InputRange range = RangeSearch(functions).run(input);
    // What signed numbers of the type can say.
    range.high = std::min(range.high, llvm::maxIntN(bits));
    ranges[getValueName(input).str()] = range;
  }
  return ranges;
}
