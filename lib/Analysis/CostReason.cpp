//===- CostReason.cpp - Why a cost is unknown, in words -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Analysis/Cost.h"

#include "llvm/ADT/Twine.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using llvm::Twine;

/// "Conv", or "com.example:Mine".
static std::string operatorName(NodeOp node) {
  StringRef domain = node.getCanonicalDomain();
  return domain.empty() ? node.getOpType().str()
                        : (domain + ":" + node.getOpType()).str();
}

/// The operand or result that a cause is about, if the node has it.
static Value findValue(const UnknownCause &cause, NodeOp node) {
  unsigned count =
      cause.isResult ? node->getNumResults() : node.getInputs().size();
  if (cause.index < 0 || unsigned(cause.index) >= count)
    return {};
  return cause.isResult ? node->getResult(cause.index)
                        : node.getInputs()[cause.index];
}

/// The name of that value in quotes.
static std::string valueName(const UnknownCause &cause, Value value) {
  StringRef name = value ? getValueName(value) : StringRef();
  if (!name.empty())
    return ("'" + name + "'").str();
  return ((cause.isResult ? "result " : "operand ") + Twine(cause.index)).str();
}

/// True for an operator that repeats its body.
static bool isRepeating(NodeOp node) {
  return node.isStandardOp("Loop") || node.isStandardOp("Scan") ||
         node.isStandardOp("SequenceMap");
}

/// Without what is counted in its place.
static std::string explainCause(const UnknownCause &cause, NodeOp node) {
  std::string name = operatorName(node);
  Value value = findValue(cause, node);
  std::string tensor = valueName(cause, value);
  switch (cause.kind) {
  case UnknownCause::None:
    return "";
  case UnknownCause::NoFormula:
    return "no cost formula for " + name;
  case UnknownCause::DependsOnData:
    // An operand: a tensor of text.
    return value ? "the size of " + tensor + " depends on data"
                 : "the cost of " + name + " depends on data";
  case UnknownCause::OpenExtent:
    return cause.axis < 0
               ? "the rank of " + tensor + " is unknown"
               : ("extent " + Twine(cause.axis) + " of " + tensor + " is open")
                     .str();
  case UnknownCause::UnknownType:
    return value && !isa<OnnxTensorType, OnnxUnknownType>(value.getType())
               ? tensor + " is not a dense tensor"
               : "the type of " + tensor + " is unknown";
  case UnknownCause::UnknownValue:
    return "the value of " + tensor + " is unknown";
  case UnknownCause::Contradiction:
    return "operands and attributes of " + name + " contradict each other";
  case UnknownCause::OutOfRange:
    return "the cost of " + name + " is out of range";
  case UnknownCause::TooManyNodes:
    return "calls of " + name + " expand to too many nodes";
  case UnknownCause::InBody:
    return "a body of " + name + " has an unknown cost";
  }
  return "";
}

std::string onnx_split::explainUnknown(const UnknownCause &cause, NodeOp node) {
  bool isOpen = cause.kind == UnknownCause::DependsOnData ||
                cause.kind == UnknownCause::OpenExtent ||
                cause.kind == UnknownCause::UnknownType ||
                cause.kind == UnknownCause::UnknownValue;
  return explainCause(cause, node) +
         (isOpen && isRepeating(node) ? ", so that one trip counts" : "");
}
