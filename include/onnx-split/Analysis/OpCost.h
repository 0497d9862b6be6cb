//===- OpCost.h - Cost of one operator --------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How many operations and bytes one ONNX operator takes, from its types and
/// attributes alone. Independent of MLIR. The formulas, one function per
/// operator, are grouped by family in lib/Analysis/OpCost/.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_ANALYSIS_OPCOST_H
#define ONNX_SPLIT_ANALYSIS_OPCOST_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace onnx_split {

/// What is known of an operand or result. A default-made one is an omitted
/// optional operand.
struct TensorInfo {
  bool present = false;
  /// onnx::TensorProto::DataType; 0: unknown, or not a tensor.
  int32_t elementType = 0;
  /// False: not even the rank is known.
  bool hasRank = false;
  /// Extents; -1: unknown.
  llvm::SmallVector<int64_t, 6> dims;
  /// True where the value does not depend on the model's inputs.
  bool isConstant = false;
  /// The values, where `hasValues` (small integer constants only).
  bool hasValues = false;
  llvm::SmallVector<int64_t, 6> values;

  /// Number of elements; none where an extent is unknown or the product passes
  /// the range.
  std::optional<int64_t> elements() const;
  /// Storage in bytes with sub-byte types packed per tensor; none where unknown
  /// (also for strings, whose size is not in the type).
  std::optional<int64_t> bytes() const;
};

/// Read access to a node's attributes; none where absent or of another kind.
class AttributeReader {
public:
  virtual ~AttributeReader() = default;
  virtual std::optional<int64_t> getInt(llvm::StringRef name) const = 0;
  virtual std::optional<float> getFloat(llvm::StringRef name) const = 0;
  virtual std::optional<llvm::StringRef>
  getString(llvm::StringRef name) const = 0;
  virtual std::optional<llvm::SmallVector<int64_t>>
  getInts(llvm::StringRef name) const = 0;
  /// Number of strings or floats in a list attribute.
  virtual std::optional<int64_t> getListSize(llvm::StringRef name) const = 0;
};

/// The first thing that kept a cost from being known.
struct UnknownCause {
  enum Kind : uint8_t {
    /// The cost is known.
    None,
    /// Nobody has written down a formula for the operator.
    NoFormula,
    /// The cost is a matter of data, not of types: the length of a text or a
    /// sequence, a loop that runs until a condition fails.
    DependsOnData,
    /// `axis` of an operand or result is open; no axis: not even its rank is
    /// known.
    OpenExtent,
    /// The element type of an operand or result is unknown.
    UnknownType,
    /// The formula needs the numbers in an operand, and they are not known.
    UnknownValue,
    /// Operands and attributes contradict each other, or one is missing.
    Contradiction,
    /// A figure passes what the counters hold.
    OutOfRange,
    /// The calls of a function expand to too many nodes.
    TooManyNodes,
    /// It is the cost of a body; `index` says of which.
    InBody,
  };
  Kind kind = None;
  /// `index` is that of a result, not of an operand.
  bool isResult = false;
  int32_t index = -1;
  int32_t axis = -1;
};

struct BodyCosts;

/// What one execution of an operator costs. No figure is negative or passes
/// INT64_MAX / 4, and flops are never below 2 * macs. The counting rules are in
/// docs/CostModel.md.
struct OpCost {
  /// Multiply-accumulates of contractions (convolution, matrix product).
  int64_t macs = 0;
  /// 2 * macs + one per other arithmetic result.
  int64_t flops = 0;
  /// Activations read and written, and constants read, each once and as
  /// stored; aliases 0.
  int64_t bytesRead = 0;
  int64_t bytesWritten = 0;
  /// True where the operator has no formula, an extent that a figure needs is
  /// unknown, operands contradict each other, or a figure is out of range. The
  /// figures then hold what is known, with an unknown extent counted as 1.
  bool unknown = false;
  /// Why, where `unknown`.
  UnknownCause cause;
  /// onnx::TensorProto::DataType that the arithmetic runs in: that of the first
  /// floating-point operand, int8 for 8-bit contractions. 0: no arithmetic.
  int32_t computeType = 0;
  /// How often an operator with bodies runs one of them; 1 where that is
  /// unknown.
  int64_t trips = 1;
  /// What the time of an operator with bodies is made of, since each of their
  /// nodes has its own; null for others. The figures above are sums over them.
  std::shared_ptr<const BodyCosts> bodies;
};

/// What the bodies of a node, or the function that it calls, run.
struct BodyCosts {
  /// Of each body, the costs of the nodes that run on every trip. Where there
  /// are several, as in an If, one of them runs.
  std::vector<std::vector<OpCost>> nodes;
  /// Runtimes put the nodes of a function in place of the call, so that the
  /// call itself is no operator that they start.
  bool isCall = false;
};

/// One operator to be costed.
struct OpQuery {
  llvm::StringRef opType;
  /// "" for the standard domain, also where the file writes "ai.onnx".
  llvm::StringRef domain;
  /// Version of the domain's operator set that the model imports.
  int64_t opset = 0;
  llvm::ArrayRef<TensorInfo> inputs;
  llvm::ArrayRef<TensorInfo> outputs;
  const AttributeReader &attributes;
  /// Cost of each body (then/else, loop body) or of the called local function,
  /// in the order of the attributes.
  llvm::ArrayRef<OpCost> bodies;
};

/// Cost of one operator. Never fails, whatever the query holds: what has no
/// formula is `unknown`, with bytes from the types. An operator that comes with
/// bodies and is no control flow is a call of a function: it costs what the
/// first body does.
OpCost computeOpCost(const OpQuery &query);

/// True where a formula is written down for the operator. It may still say that
/// its cost does not follow from types and attributes.
bool hasOpCost(llvm::StringRef domain, llvm::StringRef opType);

/// True where a result only renames its first operand's storage (Reshape,
/// Squeeze, Unsqueeze, Flatten, Identity ...): no byte moves.
bool isAliasOp(llvm::StringRef domain, llvm::StringRef opType);

/// True where running the operator twice may give two results (RandomNormal,
/// Bernoulli, Multinomial, Dropout ...): it is never a constant and never
/// copied.
bool isNondeterministicOp(llvm::StringRef domain, llvm::StringRef opType);

} // namespace onnx_split

#endif // ONNX_SPLIT_ANALYSIS_OPCOST_H
