//===- KnownTensor.h - Tensors whose elements are known ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What is known at compile time of the elements of a small tensor: shapes,
/// axes, sizes, masks, and what follows from them. Independent of MLIR.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INFERENCE_KNOWNTENSOR_H
#define ONNX_SPLIT_INFERENCE_KNOWNTENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace onnx {
class TensorProto;
class TensorShapeProto;
} // namespace onnx

namespace onnx_split {

/// The names of symbolic dimensions, numbered as they are met.
class DimSymbols {
public:
  int64_t intern(llvm::StringRef name);
  llvm::StringRef name(int64_t symbol) const { return names[symbol]; }

private:
  llvm::StringMap<int64_t> numbers;
  std::vector<std::string> names;
};

/// What is known of one element.
enum class Knowledge : uint8_t {
  /// The value.
  Exact,
  /// An upper bound; the element lies between 0 and it. Only ever made from the
  /// upper bound of an extent, so that a type never holds one.
  AtMost,
  /// Integers only: the extent that a DimSymbols names, which is not negative.
  Symbol,
  /// Nothing.
  Unknown
};

/// A dense tensor of a few elements, some of which may be unknown. Elements are
/// in row-major order. Integers and booleans are held as int64 (uint64 by its
/// bits), wrapped to the width of the element type; float16, bfloat16, float32
/// and float64 are held as double, rounded to the element type.
class KnownTensor {
public:
  /// What is computed is never larger; what is read may be.
  static constexpr int64_t MaxElements = 4096;
  /// A constant from the model may have as many elements, of which some are
  /// looked up.
  static constexpr int64_t MaxRead = 65536;
  static constexpr size_t MaxRank = 64;

  /// A tensor of unknown elements. The type must be one that `canHold` accepts,
  /// and `countElements` must have allowed the extents.
  KnownTensor(int32_t elementType, llvm::ArrayRef<int64_t> dims);

  /// True for integers, bool, float16, bfloat16, float32 and float64
  /// (onnx::TensorProto::DataType).
  static bool canHold(int32_t elementType);
  /// The number of elements; none where a factor is negative, the product
  /// passes `limit`, or there are more than MaxRank factors.
  static std::optional<int64_t> countElements(llvm::ArrayRef<int64_t> dims,
                                              int64_t limit = MaxElements);

  /// Reads a tensor whose values are in the message; none where they are not
  /// (external data, too few or too many bytes), pass MaxRead, or are of a type
  /// not held.
  static std::optional<KnownTensor> read(const onnx::TensorProto &proto);
  /// A one-dimensional int64 tensor of a shape's extents.
  static KnownTensor fromShape(const onnx::TensorShapeProto &shape,
                               DimSymbols &symbols);

  int32_t elementType() const { return type; }
  llvm::ArrayRef<int64_t> dims() const { return shape; }
  int64_t size() const { return elements; }
  bool isFloat() const;

  Knowledge knowledge(int64_t index) const { return known[index]; }
  bool isExact(int64_t index) const { return known[index] == Knowledge::Exact; }
  /// True where every element is exact.
  bool isExact() const;

  /// Exact and AtMost elements: the value. Symbol: the number of the symbol.
  /// For integers and booleans.
  int64_t integer(int64_t index) const { return integers[index]; }
  /// The same for floating-point types.
  double real(int64_t index) const { return reals[index]; }

  /// Set an element; the value is wrapped or rounded to the element type.
  void setInteger(int64_t index, int64_t value,
                  Knowledge knowledge = Knowledge::Exact);
  void setReal(int64_t index, double value,
               Knowledge knowledge = Knowledge::Exact);
  void setUnknown(int64_t index) { known[index] = Knowledge::Unknown; }
  /// Copies an element of a tensor of the same type, whatever is known of it.
  void copyElement(int64_t index, const KnownTensor &from, int64_t fromIndex);

  /// The same elements under other extents of the same product.
  KnownTensor reshaped(llvm::ArrayRef<int64_t> dims) const;

  /// The values as a message; every element should be exact or AtMost, and is
  /// zero where it is neither.
  void write(onnx::TensorProto &proto) const;
  /// A scalar or one-dimensional int32 or int64 tensor as extents: numbers,
  /// symbols, and open ones where nothing or something negative is known.
  /// Elements of AtMost count as numbers.
  void write(onnx::TensorShapeProto &extents, const DimSymbols &symbols) const;

  /// For comparison in tests: the same type, extents and knowledge, where any
  /// NaN equals any other.
  friend bool operator==(const KnownTensor &a, const KnownTensor &b);

private:
  int32_t type;
  int64_t elements;
  llvm::SmallVector<int64_t, 4> shape;
  std::vector<Knowledge> known;
  /// By type, one of the two is used.
  std::vector<int64_t> integers;
  std::vector<double> reals;
};

bool operator==(const KnownTensor &a, const KnownTensor &b);

} // namespace onnx_split

#endif // ONNX_SPLIT_INFERENCE_KNOWNTENSOR_H
