//===- IntegerGroups.cpp - What computes in integers ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Analysis/IntegerGroups.h"

#include "onnx-split/Analysis/Constants.h"
#include "onnx-split/Support/ElementTypes.h"

#include "onnx/onnx_pb.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

namespace {
/// An operator that runtimes have an integer form of.
struct Kernel {
  const char *opType;
  /// That many operands must be dequantised, or all of them; further ones, such
  /// as a bias or a shape, may be anything.
  unsigned dataOperands = 1;
  /// Runtimes have it only with integers as a result too.
  bool needsQuantize = true;
};
} // namespace

static constexpr unsigned AllOperands = ~0u;

/// Contractions, then what ONNX Runtime replaces by QLinear* operators, then
/// what it runs on the integers as they are.
static constexpr Kernel Kernels[] = {
    {"Conv", 2},
    {"ConvTranspose", 2},
    {"Gemm", 2, /*needsQuantize=*/false},
    {"MatMul", 2, /*needsQuantize=*/false},

    {"Add", 2},
    {"AveragePool"},
    {"Clip"},
    {"Concat", AllOperands},
    {"GlobalAveragePool"},
    {"LeakyRelu"},
    {"Mul", 2},
    {"Relu"},
    {"Sigmoid"},
    {"Softmax"},

    {"Expand"},
    {"Flatten"},
    {"Gather"},
    {"GatherElements"},
    {"MaxPool"},
    {"Reshape"},
    {"Resize"},
    {"Slice"},
    {"Split"},
    {"Squeeze"},
    {"Tile"},
    {"Transpose"},
    {"Unsqueeze"},
};

static const Kernel *findKernel(NodeOp node) {
  if (!node.getCanonicalDomain().empty())
    return nullptr;
  const auto *kernel = llvm::find_if(Kernels, [&](const Kernel &candidate) {
    return node.getOpType() == candidate.opType;
  });
  return kernel == std::end(Kernels) ? nullptr : kernel;
}

/// Bits of the integer types that kernels compute with; 0 for other types.
static unsigned kernelBits(int32_t elementType) {
  switch (elementType) {
  case onnx::TensorProto::INT16:
  case onnx::TensorProto::UINT16:
  case onnx::TensorProto::INT8:
  case onnx::TensorProto::UINT8:
  case onnx::TensorProto::INT4:
  case onnx::TensorProto::UINT4:
  case onnx::TensorProto::INT2:
  case onnx::TensorProto::UINT2:
    return bitsPerElement(elementType);
  default:
    return 0;
  }
}

static int32_t computeTypeOf(unsigned bits) {
  return bits > 8   ? onnx::TensorProto::INT16
         : bits > 4 ? onnx::TensorProto::INT8
                    : onnx::TensorProto::INT4;
}

/// A value that the file holds, as the bias of a product is, perhaps as
/// integers.
static bool isStored(Value value) {
  auto node = value.getDefiningOp<NodeOp>();
  if (isQuantisation(node, "DequantizeLinear"))
    return llvm::all_of(node.getInputs(), [](Value input) {
      return isa<OnnxOmittedType>(input.getType()) || getStoredTensor(input);
    });
  return bool(getStoredTensor(value));
}

/// The type of the integers that a value is dequantised from, or 0.
static int32_t getStoredType(Value value) {
  NodeOp node = findDequantize(value);
  if (!node)
    return 0;
  int32_t type = getTensorInfo(node.getInputs()[0]).elementType;
  return kernelBits(type) ? type : 0;
}

/// The operands of a node that must be dequantised.
static ValueRange getDataOperands(NodeOp node, const Kernel &kernel) {
  ValueRange inputs = node.getInputs();
  return inputs.take_front(
      std::min<size_t>(kernel.dataOperands, inputs.size()));
}

/// A product without a bias of its own.
static bool hasNoBias(NodeOp node) {
  if (node.isStandardOp("MatMul"))
    return true;
  ValueRange inputs = node.getInputs();
  return (node.isStandardOp("Conv") || node.isStandardOp("ConvTranspose")) &&
         (inputs.size() < 3 || isa<OnnxOmittedType>(inputs[2].getType()));
}

/// What runtimes merge into a kernel that makes `value`: an activation, and,
/// behind a product that has no bias of its own, the addition of one.
static bool isMergeable(NodeOp node, Value value) {
  if (node.isStandardOp("Relu") || node.isStandardOp("Clip"))
    return node.getInputs()[0] == value;
  return node.isStandardOp("Add") && hasNoBias(value.getDefiningOp<NodeOp>()) &&
         llvm::any_of(node.getInputs(), isStored);
}

/// Follows a result of a kernel to where it is quantised, and collects what is
/// merged on the way. The type that all of it is quantised to, or 0.
static int32_t follow(Value value, SmallVectorImpl<NodeOp> &merged) {
  Block *block = value.getParentBlock();
  auto asFollower = [block](Operation *user) {
    auto node = dyn_cast<NodeOp>(user);
    bool isNear = node && node->getBlock() == block;
    return isNear && node->getNumResults() == 1 ? node : NodeOp();
  };
  // At most a bias and two activations: a Clip with its bounds in two nodes, or
  // behind a Relu.
  for (unsigned steps = 0; steps < 3 && value.hasOneUse(); ++steps) {
    NodeOp user = asFollower(*value.user_begin());
    if (!user || !isMergeable(user, value))
      break;
    merged.push_back(user);
    value = user->getResult(0);
  }
  int32_t type = 0;
  for (OpOperand &use : value.getUses()) {
    NodeOp user = asFollower(use.getOwner());
    if (!user || !isQuantisation(user, "QuantizeLinear") ||
        user.getInputs()[0] != value)
      return 0;
    type = getTensorInfo(user->getResult(0)).elementType;
    if (!kernelBits(type))
      return 0;
    merged.push_back(user);
  }
  return type;
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

IntegerGroups::IntegerGroups(GraphOp graph) {
  SmallVector<NodeOp> dequantizes, quantizes;
  graph->walk<WalkOrder::PreOrder>([&](NodeOp node) {
    if (isQuantisation(node, "DequantizeLinear"))
      dequantizes.push_back(node);
    else if (isQuantisation(node, "QuantizeLinear"))
      quantizes.push_back(node);
    else
      addKernel(node);
  });
  // Each looks at what the one before has found.
  for (NodeOp node : dequantizes)
    addDequantize(node);
  for (NodeOp node : quantizes)
    addQuantize(node);
}

void IntegerGroups::addKernel(NodeOp node) {
  const Kernel *kernel = findKernel(node);
  if (!kernel || node.getInputs().empty())
    return;
  unsigned bits = 0;
  for (Value operand : getDataOperands(node, *kernel)) {
    unsigned operandBits = kernelBits(getStoredType(operand));
    if (!operandBits)
      return;
    bits = std::max(bits, operandBits);
  }
  Member member = {computeTypeOf(bits), /*isMerged=*/false, 0};
  SmallVector<NodeOp> merged;
  for (Value result : node->getResults()) {
    if (result.use_empty())
      continue;
    member.resultType = follow(result, merged);
    if (!member.resultType)
      break;
  }
  if (!member.resultType && kernel->needsQuantize)
    return;
  members[node] = member;
  if (member.resultType)
    for (NodeOp follower : merged)
      members[follower] = {member.computeType, /*isMerged=*/true, 0};
}

/// What only kernels read never becomes floating point.
void IntegerGroups::addDequantize(NodeOp node) {
  int32_t computeType = 0;
  for (OpOperand &use : node->getUses()) {
    auto user = dyn_cast<NodeOp>(use.getOwner());
    auto group = members.find(user);
    if (!user || group == members.end() || group->second.isMerged ||
        use.getOperandNumber() >=
            getDataOperands(user, *findKernel(user)).size())
      return;
    computeType = group->second.computeType;
  }
  if (computeType)
    members[node] = {computeType, /*isMerged=*/true, 0};
}

/// Behind a kernel it is merged already; in front of kernels it really reads
/// floating point, and all that it makes is for them.
void IntegerGroups::addQuantize(NodeOp node) {
  if (members.contains(node))
    return;
  int32_t computeType = 0;
  for (Operation *user : node->getUsers()) {
    auto group = members.find(user);
    if (group == members.end() ||
        !isQuantisation(dyn_cast<NodeOp>(user), "DequantizeLinear"))
      return;
    computeType = group->second.computeType;
  }
  if (computeType)
    members[node] = {computeType, /*isMerged=*/false, 0};
}

void IntegerGroups::useStoredTypes(NodeOp node,
                                   MutableArrayRef<TensorInfo> inputs,
                                   MutableArrayRef<TensorInfo> outputs) const {
  Member member = members.lookup(node);
  const Kernel *kernel = findKernel(node);
  if (!member.computeType || member.isMerged || !kernel)
    return;
  size_t count = getDataOperands(node, *kernel).size();
  for (size_t i = 0; i < count; ++i)
    inputs[i].elementType = getStoredType(node.getInputs()[i]);
  if (!member.resultType)
    return;
  for (size_t i = 0, e = outputs.size(); i < e; ++i)
    if (!node->getResult(i).use_empty())
      outputs[i].elementType = member.resultType;
}
