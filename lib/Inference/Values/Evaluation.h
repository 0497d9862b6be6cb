//===- Evaluation.h - What the function of an operator sees -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The function of an operator reads attributes and operands through an
/// Evaluation, and sets results. It gives up by returning. Private to the
/// library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_VALUES_EVALUATION_H
#define ONNX_SPLIT_LIB_INFERENCE_VALUES_EVALUATION_H

#include "Evaluate.h"
#include "Walk.h"

#include "llvm/ADT/STLExtras.h"

#include <deque>

namespace onnx_split::values {

class Evaluation {
public:
  explicit Evaluation(const NodeValues &operands)
      : node(operands), results(operands.node.output_size()) {}

  int64_t opset() const { return node.opset; }
  DimSymbols &symbols() { return node.symbols; }

  //===--------------------------------------------------------------------===//
  // Attributes, whose kinds are those of the schema
  //===--------------------------------------------------------------------===//

  /// Null where it is absent.
  const onnx::AttributeProto *attribute(llvm::StringRef name) const;
  int64_t getInt(llvm::StringRef name, int64_t otherwise) const;
  llvm::StringRef getString(llvm::StringRef name,
                            llvm::StringRef otherwise) const;
  std::optional<Extents> getInts(llvm::StringRef name) const;

  //===--------------------------------------------------------------------===//
  // Operands
  //===--------------------------------------------------------------------===//

  size_t operandCount() const { return node.node.input_size(); }
  bool has(size_t index) const {
    return index < node.present.size() && node.present[index];
  }
  /// The declared type of a tensor, null where nothing is known of it.
  const onnx::TypeProto_Tensor *tensorType(size_t index) const;
  /// The extents, if all of them are known.
  std::optional<Extents> extents(size_t index) const;

  /// The elements, null where nothing is known of them. There may be many, so
  /// this is for operators that look some of them up.
  const KnownTensor *operand(size_t index) const {
    return index < node.values.size() ? node.values[index] : nullptr;
  }
  /// The same for operators that read all of it: null where there are more than
  /// MaxElements.
  const KnownTensor *whole(size_t index) const;
  /// Like `whole`; unknown elements where only the type is known.
  const KnownTensor *wholeOrUnknown(size_t index);

  /// A one-dimensional operand of exact integers.
  std::optional<Extents> list(size_t index) const;
  /// A list that is an operand of newer operator sets, an attribute of older.
  std::optional<Extents> listOr(size_t index, llvm::StringRef attribute) const;
  /// A single integer of rank 0 or 1.
  std::optional<int64_t> scalar(size_t index) const;

  //===--------------------------------------------------------------------===//
  // Results
  //===--------------------------------------------------------------------===//

  size_t resultCount() const { return results.size(); }
  /// Beyond the results that the node has, does nothing.
  void set(size_t index, std::optional<KnownTensor> result) {
    if (index < results.size())
      results[index] = std::move(result);
  }
  /// Leaves the object empty. Tensors of which nothing is known are no result.
  llvm::SmallVector<std::optional<KnownTensor>> finish();

private:
  const NodeValues &node;
  llvm::SmallVector<std::optional<KnownTensor>> results;
  /// Those of `wholeOrUnknown`.
  std::deque<KnownTensor> unknowns;
};

/// A tensor of unknown elements; none where there would be too many, or the
/// extents or the type are none.
std::optional<KnownTensor> create(int32_t type, llvm::ArrayRef<int64_t> dims);

/// How one operator is evaluated.
struct Entry {
  llvm::StringLiteral opType;
  void (*evaluate)(Evaluation &);
};

/// An entry's function for an operator with one result.
template <std::optional<KnownTensor> (*Function)(Evaluation &)>
void one(Evaluation &evaluation) {
  evaluation.set(0, Function(evaluation));
}

//===----------------------------------------------------------------------===//
// The families
//===----------------------------------------------------------------------===//

llvm::ArrayRef<Entry> arithmeticEntries();
llvm::ArrayRef<Entry> unaryEntries();
llvm::ArrayRef<Entry> comparisonEntries();
llvm::ArrayRef<Entry> shapeEntries();
llvm::ArrayRef<Entry> reshapingEntries();
llvm::ArrayRef<Entry> movementEntries();
llvm::ArrayRef<Entry> slicingEntries();
llvm::ArrayRef<Entry> gatheringEntries();
llvm::ArrayRef<Entry> scatteringEntries();
llvm::ArrayRef<Entry> reductionEntries();
llvm::ArrayRef<Entry> selectionEntries();

} // namespace onnx_split::values

#endif // ONNX_SPLIT_LIB_INFERENCE_VALUES_EVALUATION_H
