//===- UpperBounds.h - Extents that depend on data --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_UPPERBOUNDS_H
#define ONNX_SPLIT_LIB_INFERENCE_UPPERBOUNDS_H

#include "Scope.h"
#include "Types.h"

namespace onnx_split {

/// Upper bounds of a node's extents that depend on data: of NonZero the number
/// of elements, of Slice the extent that it cuts from, and so on. What rests on
/// a bound has one itself where its operator's extents never fall when an
/// operand's grow; otherwise it stays open.
///
/// In the run that this is for, a number is an upper bound where the run
/// without bounds, `exactRun`, has an open extent, and exact elsewhere.
class UpperBounds {
public:
  UpperBounds(const Scope &exactRun, graph::NodeOp op,
              const onnx::NodeProto &proto, llvm::ArrayRef<ValueState *> inputs)
      : exact(exactRun), node(op), message(proto), operands(inputs) {}

  /// Corrects what the rules found, which take bounds for extents.
  void apply(std::vector<ValueState> &results);

private:
  /// An extent of an operand; both false: open.
  struct Extent {
    int64_t number = 0;
    bool isExact = false, isBound = false;
    bool isKnown() const { return isExact || isBound; }
  };
  struct Rule;
  using Extents = llvm::SmallVector<Extent, 6>;

  static const Rule *findRule(graph::NodeOp node);
  bool restsOnBounds(unsigned operand) const;
  bool hasBoundedValue(unsigned operand) const;
  std::optional<Extents> extentsOf(unsigned operand) const;
  /// The elements of a shape operand as extents.
  std::optional<Extents> elementsOf(unsigned operand) const;
  std::optional<int64_t> countElements(unsigned operand) const;

  void markValues(ValueState &result);
  void broadcast(ValueState &result);
  void reshape(ValueState &result);
  void introduce(std::vector<ValueState> &results);
  void bound(ValueState &result, int64_t axis, std::optional<int64_t> limit);
  std::optional<int64_t> findInt(llvm::StringRef name) const;

  const Scope &exact;
  /// MLIR's ops are handles, whose methods are not const.
  mutable graph::NodeOp node;
  const onnx::NodeProto &message;
  llvm::ArrayRef<ValueState *> operands;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_INFERENCE_UPPERBOUNDS_H
