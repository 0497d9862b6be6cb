//===- JsonTree.h - A JSON file as a plain tree -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A JSON file as a tree in which each value knows its place, so that errors in
/// measured figures are located as those of a cluster file are. A value takes
/// some hundred bytes, where llvm::json takes kilobytes for an object: profiles
/// of ONNX Runtime have several objects for each run of each node.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_TEXT_JSONTREE_H
#define ONNX_SPLIT_SUPPORT_TEXT_JSONTREE_H

#include "onnx-split/Support/Text/Diagnostics.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace onnx_split {

struct JsonMember;

/// A value and where it is. A number keeps its digits: what it stands for, and
/// to what limits, is the reader's to say.
struct JsonValue {
  enum class Kind { Literal, Number, String, Array, Object };

  Kind kind = Kind::Literal;
  /// The whole value; of a collection, where it starts.
  llvm::SMRange range;
  /// A string without quotes and escapes; a number, or null, true or false, as
  /// it is written.
  std::string text;
  std::vector<JsonValue> items;
  /// Of an object, in the order of the file; keys may repeat.
  std::vector<JsonMember> members;

  /// The first member of that key, or null; null for what is no object.
  const JsonValue *find(llvm::StringRef key) const;
  /// What it is, for messages: "'text'", "a list", "an object".
  std::string describe() const;
};

/// A key of an object with its value.
struct JsonMember {
  std::string key;
  JsonValue value;
};

/// Values in one tree, which then takes some hundred megabytes. A profile of
/// the largest models has three for each of a hundred thousand nodes.
inline constexpr size_t MaxJsonValues = 2'000'000;

/// The one value of a text in UTF-8. Reports, and returns none, what is not
/// JSON, nested too deeply, or has more than `maxValues` values.
std::optional<JsonValue> readJson(llvm::StringRef text,
                                  Diagnostics &diagnostics,
                                  size_t maxValues = MaxJsonValues);

/// Passes on each element of the array that a text holds, and keeps none of
/// them; stops where `take` returns false. The limits hold for each element.
/// False if something was reported or `take` stopped.
bool readJsonArray(llvm::StringRef text,
                   llvm::function_ref<bool(const JsonValue &)> take,
                   Diagnostics &diagnostics);

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_TEXT_JSONTREE_H
