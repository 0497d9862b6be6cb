//===- FunctionTable.cpp - Calls of model-local functions -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Onnx/IR/FunctionTable.h"

using namespace mlir;
using namespace onnx_split::graph;

FunctionTable::FunctionTable(ModelOp model) {
  for (auto function : model.getBody().getOps<FunctionOp>())
    functions[{canonicalDomain(function.getDomain().value_or("")).str(),
               function.getFunctionName().value_or("").str(),
               function.getOverload().value_or("").str()}] = function;
}

FunctionOp FunctionTable::lookup(NodeOp node) const {
  if (functions.empty())
    return {};
  auto it =
      functions.find({node.getCanonicalDomain().str(), node.getOpType().str(),
                      node.getOverload().value_or("").str()});
  return it == functions.end() ? FunctionOp() : it->second;
}

llvm::SetVector<Operation *> FunctionTable::findCalled(Operation *root) const {
  llvm::SetVector<Operation *> called;
  if (functions.empty())
    return called;
  auto visit = [&](Operation *op) {
    op->walk([&](NodeOp node) {
      if (FunctionOp function = lookup(node))
        called.insert(function);
    });
  };
  visit(root);
  // The set grows while it is walked.
  for (size_t i = 0; i < called.size(); ++i)
    visit(called[i]);
  return called;
}

static std::string nameOf(Operation *op) {
  auto function = cast<FunctionOp>(op);
  return ("'" + function.getDomain().value_or("") + ":" +
          function.getFunctionName().value_or("") + "'")
      .str();
}

/// Depth-first search over calls. Each function is expanded once.
LogicalResult FunctionTable::verifyNoRecursion() const {
  struct Frame {
    Operation *function;
    SmallVector<Operation *> calls;
  };
  // Open: on the path from the root; a call of it closes a cycle. Not in the
  // map: not met.
  enum class State { Open, Done };
  llvm::DenseMap<Operation *, State> states;
  auto makeFrame = [&](FunctionOp function) {
    Frame frame{function, {}};
    function.walk([&](NodeOp node) {
      if (FunctionOp callee = lookup(node))
        frame.calls.push_back(callee);
    });
    states[function] = State::Open;
    return frame;
  };
  for (auto &[key, root] : functions) {
    if (states.contains(root))
      continue;
    // A path of calls; not recursive itself, because it can be long.
    std::vector<Frame> path = {makeFrame(root)};
    while (!path.empty()) {
      if (path.back().calls.empty()) {
        states[path.back().function] = State::Done;
        path.pop_back();
        continue;
      }
      Operation *callee = path.back().calls.pop_back_val();
      auto state = states.find(callee);
      if (state == states.end()) {
        path.push_back(makeFrame(cast<FunctionOp>(callee)));
        continue;
      }
      if (state->second == State::Done)
        continue;
      InFlightDiagnostic error = callee->emitError("calls itself");
      auto start = llvm::find_if(
          path, [&](const Frame &frame) { return frame.function == callee; });
      for (const Frame &frame : llvm::make_range(start + 1, path.end()))
        error << (frame.function == (start + 1)->function ? " through " : ", ")
              << nameOf(frame.function);
      return error << "; functions must not be recursive";
    }
  }
  return success();
}

int64_t FunctionTable::countInCalls(Operation *root) const {
  return countInCalls(root, /*depth=*/0);
}

/// Each function is counted once and kept, so that the whole is linear in the
/// model although the numbers can double with each call.
int64_t FunctionTable::countInCalls(Operation *root, unsigned depth) const {
  int64_t count = 0;
  root->walk([&](NodeOp node) {
    FunctionOp function = lookup(node);
    if (!function)
      return;
    // A function that is met while it is being counted counts as too much.
    auto [it, inserted] = expanded.try_emplace(function, MaxExpansion);
    if (inserted)
      it->second = countExpanded(function, depth + 1);
    count = std::min(MaxExpansion, count + it->second);
  });
  return count;
}

int64_t FunctionTable::countExpanded(Operation *root) const {
  return countExpanded(root, /*depth=*/0);
}

int64_t FunctionTable::countExpanded(Operation *root, unsigned depth) const {
  // The same limit as in onnx.checker.
  constexpr unsigned maxDepth = 100;
  if (depth > maxDepth)
    return MaxExpansion;
  int64_t count = 0;
  root->walk([&](NodeOp node) { ++count; });
  return std::min(MaxExpansion, count + countInCalls(root, depth));
}
