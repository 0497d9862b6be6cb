//===- Estimate.h - What a cost function reads and fills --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A cost function sees one operator through an Estimate: it asks for operands,
/// extents and attributes, and adds what it counts. It cannot fail. Whatever
/// is missing or contradicts itself turns up as an inexact Count, and the
/// result is then marked unknown.
///
/// In the formulas of this folder |T| is the number of elements of T.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_ANALYSIS_OPCOST_ESTIMATE_H
#define ONNX_SPLIT_LIB_ANALYSIS_OPCOST_ESTIMATE_H

#include "Count.h"
#include "onnx-split/Analysis/OpCost.h"
#include "onnx-split/Support/ElementTypes.h"

namespace onnx_split::opcost {

/// onnx::TensorProto::DataType, as far as the formulas name types. This
/// library does not link ONNX.
enum ElementType : int32_t {
  Float32 = 1,
  UInt8 = 2,
  Int8 = 3,
  Int64 = 7,
  String = 8,
};

class Estimate {
public:
  explicit Estimate(const OpQuery &operation) : query(operation) {}

  //===--------------------------------------------------------------------===//
  // The operator
  //===--------------------------------------------------------------------===//

  int64_t opset() const { return query.opset; }
  llvm::ArrayRef<OpCost> bodies() const { return query.bodies; }
  size_t inputCount() const { return query.inputs.size(); }
  size_t outputCount() const { return query.outputs.size(); }
  /// An omitted operand where the node has fewer.
  const TensorInfo &input(size_t index) const;
  const TensorInfo &output(size_t index) const;
  bool hasInput(size_t index) const { return input(index).present; }
  bool hasOutput(size_t index) const { return output(index).present; }

  int64_t getInt(llvm::StringRef name, int64_t otherwise) const {
    return query.attributes.getInt(name).value_or(otherwise);
  }
  float getFloat(llvm::StringRef name, float otherwise) const {
    return query.attributes.getFloat(name).value_or(otherwise);
  }
  /// The empty string where the attribute is absent.
  llvm::StringRef getString(llvm::StringRef name) const {
    return query.attributes.getString(name).value_or(llvm::StringRef());
  }
  const AttributeReader &attributes() const { return query.attributes; }

  //===--------------------------------------------------------------------===//
  // Sizes
  //===--------------------------------------------------------------------===//

  /// |input| and |output|; not exact for an operand that is absent.
  Count inputElements(size_t index) const;
  Count outputElements(size_t index) const;
  /// The first number in a constant operand, if its value is known.
  std::optional<int64_t> inputValue(size_t index) const;

  //===--------------------------------------------------------------------===//
  // The figures
  //===--------------------------------------------------------------------===//

  /// Adds multiply-accumulates of a contraction.
  void addMacs(Count count);
  /// Adds arithmetic results outside of contractions.
  void addOps(Count count);
  /// The type that the arithmetic runs in, where it is not that of the first
  /// floating-point operand.
  void setComputeType(int32_t elementType) { computeType = elementType; }
  /// The cost is unknown for this cause, unless another came first.
  void markUnknown(UnknownCause cause);
  void markUnknown(UnknownCause::Kind kind) {
    markUnknown(UnknownCause{kind, false, -1, -1});
  }
  /// The operands do not suit the formula, either because too little is known
  /// of them or because they contradict each other: `finish` finds out which.
  void markUnknown() { unknown = true; }
  /// The operands or attributes contradict each other.
  void contradict() { markUnknown(UnknownCause::Contradiction); }
  /// In place of a number in an operand that is not known: at least `bound`.
  Count missingValue(size_t index, int64_t bound = 1);

  /// Every operand is read and every result written in full, unless a formula
  /// says otherwise here, in elements of that operand.
  void setRead(size_t index, Count elements);
  /// The operator moves no byte.
  void setNoTraffic();
  /// The figures are those of a body, which moves the bytes itself. `index` is
  /// that of the body whose figures are not known, if any.
  void setBodyCost(const OpCost &body, Count times, size_t index = 0);

  OpCost finish() const;

private:
  UnknownCause findCause(bool outOfRange) const;
  bool isReadInPart(size_t index) const {
    return index < readElements.size() && readElements[index];
  }

  const OpQuery &query;
  Count macs, ops;
  int32_t computeType = 0;
  bool arithmetic = false;
  bool unknown = false;
  UnknownCause firstCause;
  bool hasTraffic = true;
  /// Elements read of an operand, by index, where not all of them.
  llvm::SmallVector<std::optional<Count>, 4> readElements;
  Count bodyRead, bodyWritten;
  int64_t trips = 1;
};

//===----------------------------------------------------------------------===//
// Sizes of tensors
//===----------------------------------------------------------------------===//

/// |tensor|. An unknown extent counts as 1, which leaves a lower bound for
/// every tensor that is not empty.
Count elements(const TensorInfo &tensor);

/// Product of the extents from `first` to the end; 1 past the end.
Count elementsFrom(const TensorInfo &tensor, size_t first);

/// One extent; a negative axis counts from the end.
Count extent(const TensorInfo &tensor, int64_t axis);

/// Product of all extents but one. Rows of an operator that works along
/// `axis`.
Count elementsBesides(const TensorInfo &tensor, int64_t axis);

/// Bytes of that many elements of a tensor, sub-byte types packed.
Count storage(const TensorInfo &tensor, Count elements);

/// Product of a list attribute such as kernel_shape.
Count product(llvm::ArrayRef<int64_t> extents);

//===----------------------------------------------------------------------===//
// Formulas that several families share
//===----------------------------------------------------------------------===//

/// How values between the points of a grid are computed.
enum class Interpolation { Nearest, Linear, Cubic };

/// Results needed to find where to sample: once per position, whatever the
/// number of channels. Per axis: scale, shift and clip the coordinate, round
/// it; for linear also two weights, for cubic four of five results each; then
/// the products of the weights of all axes.
Count samplePositionOps(Interpolation kind, int64_t axes);

/// Results per sampled value: a product per tap and the sums between them.
Count sampleValueOps(Interpolation kind, int64_t axes);

/// A cost function. `factor` is the number beside it in its table: for simple
/// operators the results per element, else nothing or a variant.
using CostFunction = void (*)(Estimate &estimate, int64_t factor);

struct OpEntry {
  const char *domain;
  const char *opType;
  CostFunction cost;
  int64_t factor = 0;
  /// The bodies of the node are its own, not that of a function it calls.
  bool ownsBodies = false;
};

/// Domains as OpQuery spells them.
inline constexpr const char *Standard = "";
inline constexpr const char *MachineLearning = "ai.onnx.ml";
inline constexpr const char *Preview = "ai.onnx.preview";
inline constexpr const char *Training = "ai.onnx.preview.training";
inline constexpr const char *Microsoft = "com.microsoft";
inline constexpr const char *MicrosoftNchwc = "com.microsoft.nchwc";

/// For operators whose cost is a matter of data.
void unknownCost(Estimate &estimate, int64_t);
/// For operators that copy: every operand read, every result written.
void copyCost(Estimate &estimate, int64_t);
/// `factor` results per element of the first result.
void perResultCost(Estimate &estimate, int64_t factor);
/// `factor` results per element of the first operand.
void perOperandCost(Estimate &estimate, int64_t factor);

llvm::ArrayRef<OpEntry> attentionOps();
llvm::ArrayRef<OpEntry> classicalOps();
llvm::ArrayRef<OpEntry> controlFlowOps();
llvm::ArrayRef<OpEntry> convolutionOps();
llvm::ArrayRef<OpEntry> dataMovementOps();
llvm::ArrayRef<OpEntry> detectionOps();
llvm::ArrayRef<OpEntry> einsumOps();
llvm::ArrayRef<OpEntry> elementwiseOps();
llvm::ArrayRef<OpEntry> expertOps();
llvm::ArrayRef<OpEntry> matrixProductOps();
llvm::ArrayRef<OpEntry> normalisationOps();
llvm::ArrayRef<OpEntry> poolingOps();
llvm::ArrayRef<OpEntry> quantisationOps();
llvm::ArrayRef<OpEntry> randomOps();
llvm::ArrayRef<OpEntry> recurrentOps();
llvm::ArrayRef<OpEntry> reductionOps();
llvm::ArrayRef<OpEntry> resizeOps();
llvm::ArrayRef<OpEntry> runtimeAttentionOps();
llvm::ArrayRef<OpEntry> sequenceOps();
llvm::ArrayRef<OpEntry> signalOps();
llvm::ArrayRef<OpEntry> sortingOps();
llvm::ArrayRef<OpEntry> trainingOps();

} // namespace onnx_split::opcost

#endif // ONNX_SPLIT_LIB_ANALYSIS_OPCOST_ESTIMATE_H
