//===- JsonFields.h - Members of JSON objects, checked ----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What readers of this project's own JSON files ask of a value: is it what it
/// has to be, and if not, say so where it stands.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INSTANCES_JSONFIELDS_H
#define ONNX_SPLIT_LIB_INSTANCES_JSONFIELDS_H

#include "onnx-split/Support/Network.h"
#include "onnx-split/Support/Text/JsonTree.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace onnx_split::instances {

/// Takes figures, names and lists from JSON values. What is wrong is reported,
/// and the value that the caller gave for "missing" returned, so that reading
/// goes on.
class JsonFields {
public:
  explicit JsonFields(Diagnostics &sink) : diagnostics(sink) {}

  /// Whether it is an object whose keys are all among `keys`, each once.
  bool checkObject(const JsonValue &value, llvm::StringRef subject,
                   llvm::ArrayRef<llvm::StringRef> keys);
  /// The member, or null after a report.
  const JsonValue *require(const JsonValue &object, llvm::StringRef key,
                           llvm::StringRef subject);
  /// The member if it is a list; null where it is missing or wrong.
  const JsonValue *findList(const JsonValue &object, llvm::StringRef key);

  /// A whole number from 0 to `most`, which is what `key` stands for.
  int64_t readWhole(const JsonValue &value, llvm::StringRef key,
                    int64_t otherwise, int64_t most = Unlimited - 1);
  /// The same of a member; where it is missing, `missing`.
  int64_t findWhole(const JsonValue &object, llvm::StringRef key,
                    int64_t missing, int64_t most = Unlimited - 1);
  /// The same, where null stands for `missing` as well.
  int64_t findWholeOrNull(const JsonValue &object, llvm::StringRef key,
                          int64_t missing, int64_t most = Unlimited - 1);
  /// The position of one of `count` things called `noun`.
  int32_t readPosition(const JsonValue &value, llvm::StringRef key,
                       size_t count, llvm::StringRef noun);
  /// The same of a member; None where it is missing or null.
  int32_t findPosition(const JsonValue &object, llvm::StringRef key,
                       size_t count, llvm::StringRef noun);
  /// Positions that ascend.
  std::vector<int32_t> findPositions(const JsonValue &object,
                                     llvm::StringRef key, size_t count,
                                     llvm::StringRef noun);
  bool findFlag(const JsonValue &object, llvm::StringRef key);
  /// Empty where it is missing.
  std::string findText(const JsonValue &object, llvm::StringRef key);

  void error(const JsonValue &value, const llvm::Twine &message) {
    diagnostics.error(value.range, message);
  }
  bool failed() const { return diagnostics.failed(); }
  bool full() const { return diagnostics.full(); }

private:
  Diagnostics &diagnostics;
};

/// The one value of a file. Reports, and returns none, what is not UTF-8, not
/// JSON, nested too deeply, or has more than `maxValues` values.
std::optional<JsonValue> readJsonTree(llvm::MemoryBufferRef buffer,
                                      Diagnostics &diagnostics,
                                      size_t maxValues);

/// A name as a text of JSON, which is UTF-8; names need not be.
std::string textOf(llvm::StringRef name);

/// True for the literal null.
inline bool isNull(const JsonValue &value) {
  return value.kind == JsonValue::Kind::Literal && value.text == "null";
}

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_LIB_INSTANCES_JSONFIELDS_H
