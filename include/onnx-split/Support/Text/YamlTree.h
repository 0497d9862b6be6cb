//===- YamlTree.h - A YAML file as a plain tree -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// llvm::yaml reads a file once, forwards. This keeps what it found, so that
/// the sections of a file can refer to each other whatever their order, and it
/// refuses the parts of YAML that make a file mean more than it shows.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_TEXT_YAMLTREE_H
#define ONNX_SPLIT_SUPPORT_TEXT_YAMLTREE_H

#include "onnx-split/Support/Text/Diagnostics.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Support/SMLoc.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace onnx_split {

/// The largest file that is read. A tree takes some hundred bytes for each
/// value of it.
inline constexpr size_t MaxYamlBytes = size_t(1) << 20;

struct YamlEntry;

/// A value and where it is.
struct YamlNode {
  enum class Kind { Null, Scalar, Sequence, Mapping };

  Kind kind = Kind::Null;
  /// A scalar with its quotes; of a collection, where it starts.
  llvm::SMRange range;
  /// Of a scalar, without quotes and escapes.
  std::string text;
  /// Of a sequence.
  std::vector<YamlNode> items;
  /// Of a mapping, in the order of the file; keys may repeat.
  std::vector<YamlEntry> entries;

  /// What it is, for messages: "'text'", "a list", "a mapping", "nothing".
  std::string describe() const;
};

/// A key of a mapping with its value.
struct YamlEntry {
  std::string key;
  llvm::SMRange keyRange;
  YamlNode value;
};

/// The one document of a file. Reports, and returns none, if the file is not
/// UTF-8, not YAML, empty, too large, nested too deeply, or uses anchors,
/// aliases, tags, block scalars or several documents.
std::optional<YamlNode> readYaml(llvm::MemoryBufferRef buffer,
                                 Diagnostics &diagnostics);

/// A mapping whose keys are known, each at most once.
class Fields {
public:
  /// Reports what is not a mapping, and unknown, repeated and empty keys.
  /// `name` is what messages call the mapping: "a device". The node is not
  /// copied.
  Fields(const YamlNode &mapping, llvm::StringRef name,
         llvm::ArrayRef<llvm::StringRef> allowed, Diagnostics &sink);

  /// The first entry of that key that has a value, or null.
  const YamlEntry *find(llvm::StringRef key) const;
  /// Whether an unknown key was reported: a missing key may be that one.
  bool hasReported() const { return hasUnknown; }
  /// The same as find, but its absence is reported unless something was said
  /// about that key already; the message ends with `example`.
  const YamlEntry *require(llvm::StringRef key, const llvm::Twine &example);

private:
  struct Field {
    llvm::StringRef key;
    /// Null where it was reported.
    const YamlEntry *entry;
  };

  const YamlNode &node;
  std::string subject;
  Diagnostics &diagnostics;
  std::vector<Field> fields;
  /// A key might be missing only because it is misspelt.
  bool hasUnknown = false;
};

/// The text of a scalar; reports anything else. `expected` says what belongs
/// there: "a device name".
std::optional<llvm::StringRef> readText(const YamlNode &node,
                                        const llvm::Twine &expected,
                                        Diagnostics &diagnostics);

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_TEXT_YAMLTREE_H
