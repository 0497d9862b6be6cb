//===- YamlTree.cpp - A YAML file as a plain tree -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Text/YamlTree.h"

#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/YAMLParser.h"

using namespace llvm;
using namespace onnx_split;

/// A cluster needs five. The YAML library recurses with the depth.
static constexpr unsigned MaxYamlDepth = 16;
/// The YAML library recurses with each of several commas in a row.
static constexpr unsigned MaxCommas = 1000;

std::string YamlNode::describe() const {
  switch (kind) {
  case Kind::Null:
    break;
  case Kind::Scalar:
    return quote(text);
  case Kind::Sequence:
    return "a list";
  case Kind::Mapping:
    return "a mapping";
  }
  return "nothing";
}

/// Refuses what the YAML library would follow by recursion at any length:
/// commas without values between them, and ends of a document. A run of commas
/// is counted twice, with and without the text after '#', because only the
/// library knows which '#' starts a comment; one of the two counts misses at
/// most the commas of one line.
static bool checkRuns(StringRef text, Diagnostics &diagnostics) {
  unsigned commas = 0, commasOutsideComments = 0, ends = 0;
  bool inComment = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == ',') {
      ++commas;
      commasOutsideComments += inComment ? 0 : 1;
      if (commas > MaxCommas || commasOutsideComments > MaxCommas) {
        diagnostics.error(pointAt(text.begin() + i),
                          "more than " + Twine(MaxCommas) + " commas in a row");
        return false;
      }
    } else if (c == '\n' || c == '\r') {
      inComment = false;
      if (text.drop_front(i + 1).starts_with("...") && ++ends > 1) {
        diagnostics.error(pointAt(text.begin() + i + 1),
                          "a second end of the document ('...')");
        return false;
      }
    } else if (!isSpace(c)) {
      commas = 0;
      inComment |= c == '#';
      if (!inComment)
        commasOutsideComments = 0;
    }
  }
  return true;
}

/// The library takes tabs for spaces here and there, and elsewhere says that a
/// token is unexpected.
static bool checkIndentation(StringRef text, Diagnostics &diagnostics) {
  for (StringRef line : split(text, '\n')) {
    StringRef rest = line.ltrim(" \t");
    size_t tab = line.take_front(line.size() - rest.size()).find('\t');
    if (tab == StringRef::npos || rest.trim().empty() || rest.starts_with("#"))
      continue;
    diagnostics.error(pointAt(line.begin() + tab),
                      "a tab in the indentation; YAML is indented with spaces");
    return false;
  }
  return true;
}

/// The first bracket or brace that nothing closes, or null. Text in quotes and
/// comments is none.
static const char *findUnclosed(StringRef text) {
  SmallVector<const char *> open;
  char quote = 0, before = '\n';
  bool inComment = false;
  for (const char &c : text) {
    bool isStart = isSpace(before) || StringRef("[{,:").contains(before);
    if (inComment) {
      inComment = c != '\n';
    } else if (quote) {
      quote = c == quote ? 0 : quote;
    } else if (c == '#' && isSpace(before)) {
      inComment = true;
    } else if ((c == '\'' || c == '"') && isStart) {
      quote = c;
    } else if (c == '[' || c == '{') {
      open.push_back(&c);
    } else if ((c == ']' || c == '}') && !open.empty()) {
      open.pop_back();
    }
    before = c;
  }
  return open.empty() ? nullptr : open.front();
}

/// Whether the key is what stands behind a decimal comma in a list in braces:
/// "memory: 1,5 GiB" has the value 1 and a key "5 GiB".
static bool isBehindComma(const YamlNode &node, size_t entry) {
  const YamlEntry &key = node.entries[entry];
  if (entry == 0 || key.key.empty() || !isDigit(key.key.front()) ||
      key.value.kind != YamlNode::Kind::Null)
    return false;
  const YamlNode &number = node.entries[entry - 1].value;
  return number.kind == YamlNode::Kind::Scalar && !number.text.empty() &&
         all_of(number.text, isDigit);
}

namespace {
/// Takes the messages that the YAML library prints by itself, to give them the
/// form of all others.
class SyntaxErrors {
public:
  explicit SyntaxErrors(SourceMgr &sources)
      : sourceMgr(sources), handler(sources.getDiagHandler()),
        context(sources.getDiagContext()) {
    sourceMgr.setDiagHandler(keepFirst, this);
  }
  ~SyntaxErrors() { sourceMgr.setDiagHandler(handler, context); }

  std::optional<SMDiagnostic> first;

private:
  static void keepFirst(const SMDiagnostic &diagnostic, void *self) {
    std::optional<SMDiagnostic> &first =
        static_cast<SyntaxErrors *>(self)->first;
    if (!first)
      first = diagnostic;
  }

  SourceMgr &sourceMgr;
  SourceMgr::DiagHandlerTy handler;
  void *context;
};

/// Copies nodes out of the library's stream. After any method has returned
/// false the stream must not be advanced: it would skip the rest of an
/// unfinished node by recursion without a limit.
class TreeBuilder {
public:
  explicit TreeBuilder(StringRef text) : buffer(text) {}

  bool build(yaml::Node *from, YamlNode &to, unsigned depth);

  /// A node of the library can start one past the end.
  SMRange clamp(SMRange range) const {
    auto inside = [&](SMLoc location) {
      const char *place = location.getPointer();
      return place >= buffer.begin() && place <= buffer.end();
    };
    if (!inside(range.Start))
      return pointAt(buffer.begin());
    if (!inside(range.End) || range.End.getPointer() < range.Start.getPointer())
      return SMRange(range.Start, range.Start);
    return range;
  }

  /// What was refused; empty after a syntax error.
  std::string message;
  SMRange where;

private:
  bool refuse(SMRange range, const Twine &text) {
    message = text.str();
    where = range;
    return false;
  }
  bool buildSequence(yaml::SequenceNode &from, YamlNode &to, unsigned depth);
  bool buildMapping(yaml::MappingNode &from, YamlNode &to, unsigned depth);

  /// The library lets a flow collection start at what follows its bracket.
  SMRange startOfCollection(SMRange range) const {
    StringRef text =
        buffer.take_front(range.Start.getPointer() - buffer.begin());
    StringRef before = text.rtrim(" \t\r\n");
    if (!before.ends_with("[") && !before.ends_with("{"))
      return range;
    // A bracket in a comment opens nothing. Only the end of a line ends a
    // comment; looking no further keeps long lines cheap.
    if (text.drop_front(before.size()).contains('\n')) {
      size_t line = before.rfind('\n') + 1;
      if (before.drop_front(line).contains('#'))
        return range;
    }
    return pointAt(before.end() - 1);
  }

  /// A part of the file that the library names, with the sign before it.
  SMRange withSign(StringRef name) const {
    return clamp(SMRange(SMLoc::getFromPointer(name.begin() - 1),
                         SMLoc::getFromPointer(name.end())));
  }

  StringRef buffer;
};
} // namespace

/// Copies a node and all below it; refuses what cluster files have no use for.
bool TreeBuilder::build(yaml::Node *from, YamlNode &to, unsigned depth) {
  if (!from)
    return false;
  to.range = clamp(from->getSourceRange());
  if (isa<yaml::SequenceNode, yaml::MappingNode>(from))
    to.range = startOfCollection(to.range);
  if (depth > MaxYamlDepth)
    return refuse(to.range,
                  "nested more than " + Twine(MaxYamlDepth) + " levels deep");
  auto *alias = dyn_cast<yaml::AliasNode>(from);
  if (alias || !from->getAnchor().empty())
    return refuse(withSign(alias ? alias->getName() : from->getAnchor()),
                  "anchors and aliases are not allowed in a cluster file; "
                  "devices can share figures through 'device_types'");
  if (!from->getRawTag().empty())
    return refuse(withSign(from->getRawTag().drop_front()),
                  "tags are not allowed in a cluster file; found " +
                      quote(from->getRawTag()));

  if (auto *scalar = dyn_cast<yaml::ScalarNode>(from)) {
    SmallString<64> storage;
    to.kind = YamlNode::Kind::Scalar;
    to.text = scalar->getValue(storage).str();
    return !from->failed();
  }
  if (isa<yaml::BlockScalarNode>(from))
    return refuse(to.range, "block text ('|' or '>') is not allowed in a "
                            "cluster file; write the value on one line");
  if (auto *sequence = dyn_cast<yaml::SequenceNode>(from))
    return buildSequence(*sequence, to, depth);
  if (auto *mapping = dyn_cast<yaml::MappingNode>(from))
    return buildMapping(*mapping, to, depth);
  to.kind = YamlNode::Kind::Null;
  return !from->failed();
}

bool TreeBuilder::buildSequence(yaml::SequenceNode &from, YamlNode &to,
                                unsigned depth) {
  to.kind = YamlNode::Kind::Sequence;
  for (yaml::Node &item : from) {
    to.items.emplace_back();
    if (!build(&item, to.items.back(), depth + 1))
      return false;
  }
  return !from.failed();
}

bool TreeBuilder::buildMapping(yaml::MappingNode &from, YamlNode &to,
                               unsigned depth) {
  to.kind = YamlNode::Kind::Mapping;
  for (yaml::KeyValueNode &pair : from) {
    YamlNode key;
    if (!build(pair.getKey(), key, depth + 1))
      return false;
    if (key.kind != YamlNode::Kind::Scalar)
      return refuse(key.range, "found " + key.describe() +
                                   " where the name of a key belongs");
    to.entries.emplace_back();
    YamlEntry &entry = to.entries.back();
    entry.key = std::move(key.text);
    entry.keyRange = key.range;
    if (!build(pair.getValue(), entry.value, depth + 1))
      return false;
    // The library places a missing value at the next token.
    if (entry.value.kind == YamlNode::Kind::Null)
      entry.value.range = entry.keyRange;
  }
  return !from.failed();
}

/// "Unexpected token. Expected Key." -> "unexpected token; expected Key".
static std::string rephrase(StringRef message) {
  SmallVector<StringRef, 4> sentences;
  message.rtrim(".! ").split(sentences, ". ");
  std::string result;
  for (StringRef sentence : sentences) {
    sentence = sentence.trim();
    if (sentence.empty())
      continue;
    result += result.empty() ? "" : "; ";
    result += toLower(sentence.front());
    result += sentence.drop_front();
  }
  return result;
}

std::optional<YamlNode> onnx_split::readYaml(MemoryBufferRef buffer,
                                             Diagnostics &diagnostics) {
  SourceMgr &sourceMgr = diagnostics.getSourceMgr();
  // Registers the buffer, so that anything in it can be reported.
  yaml::Stream stream(buffer, sourceMgr);
  StringRef text = buffer.getBuffer();
  // The number of its first field.
  if (text.starts_with("\x08")) {
    diagnostics.error(pointAt(text.begin()),
                      "not a text file, but perhaps an ONNX model");
    return std::nullopt;
  }
  if (text.size() > MaxYamlBytes) {
    diagnostics.error(pointAt(text.begin()),
                      "the file is larger than 1 MiB; a large link table "
                      "belongs into 'links.matrix'");
    return std::nullopt;
  }
  // The YAML library takes a NUL byte for something else or for the end.
  if (!diagnostics.checkText(text) || !checkRuns(text, diagnostics) ||
      !checkIndentation(text, diagnostics))
    return std::nullopt;

  YamlNode root;
  TreeBuilder builder(text);
  bool built = false;
  SMRange second;
  std::optional<SMDiagnostic> syntaxError;
  if (!text.empty()) {
    SyntaxErrors errors(sourceMgr);
    auto document = stream.begin();
    built = document != stream.end() &&
            builder.build(document->getRoot(), root, /*depth=*/0);
    // Only a file that was read to its end may be advanced.
    if (built) {
      ++document;
      if (document != stream.end())
        if (yaml::Node *node = document->getRoot())
          second = builder.clamp(node->getSourceRange());
    }
    syntaxError = errors.first;
  }

  const char *unclosed = syntaxError ? findUnclosed(text) : nullptr;
  if (unclosed) {
    diagnostics.error(pointAt(unclosed), "not valid YAML: this '" +
                                             Twine(*unclosed) +
                                             "' is never closed");
  } else if (syntaxError) {
    SMLoc place = syntaxError->getLoc();
    diagnostics.error(SMRange(place, place),
                      "not valid YAML: " + rephrase(syntaxError->getMessage()));
  } else if (!builder.message.empty()) {
    diagnostics.error(builder.where, builder.message);
  } else if (!built || root.kind == YamlNode::Kind::Null) {
    diagnostics.error(pointAt(text.begin()),
                      "the file is empty; a cluster file has the keys "
                      "'version' and 'devices'");
  } else if (second.isValid()) {
    diagnostics.error(second, "a second YAML document; a cluster file is one");
  } else {
    return root;
  }
  return std::nullopt;
}

Fields::Fields(const YamlNode &mapping, StringRef name,
               ArrayRef<StringRef> allowed, Diagnostics &sink)
    : node(mapping), subject(name), diagnostics(sink) {
  if (node.kind != YamlNode::Kind::Mapping) {
    hasUnknown = true;
    diagnostics.error(node.range, "found " + node.describe() + "; " + subject +
                                      " is a mapping with the keys " +
                                      list(allowed));
    return;
  }
  // An unknown key is reported as often as it appears, as it may be two keys
  // misspelt.
  StringMap<SMRange> seen;
  for (auto [index, entry] : enumerate(node.entries)) {
    if (diagnostics.full())
      return;
    if (!is_contained(allowed, entry.key)) {
      hasUnknown = true;
      if (isBehindComma(node, index)) {
        const YamlEntry &number = node.entries[index - 1];
        diagnostics.error(number.value.range, "a decimal comma; write '" +
                                                  number.value.text + "." +
                                                  entry.key + "'");
        // Said once is enough.
        if (!fields.empty() && fields.back().key == number.key)
          fields.back().entry = nullptr;
        continue;
      }
      diagnostics.error(entry.keyRange, "unknown key " + quote(entry.key) +
                                            " in " + subject +
                                            suggest(entry.key, allowed) +
                                            "; allowed keys: " + list(allowed));
      continue;
    }
    auto [first, isNew] = seen.try_emplace(entry.key, entry.keyRange);
    if (!isNew) {
      diagnostics.error(entry.keyRange, "key " + quote(entry.key) +
                                            " appears twice in " + subject);
      diagnostics.note(first->second, "first here");
      continue;
    }
    if (entry.value.kind == YamlNode::Kind::Null) {
      diagnostics.error(entry.keyRange,
                        "key " + quote(entry.key) + " has no value");
      fields.push_back({entry.key, nullptr});
      continue;
    }
    fields.push_back({entry.key, &entry});
  }
}

const YamlEntry *Fields::find(StringRef key) const {
  for (const Field &field : fields)
    if (field.key == key)
      return field.entry;
  return nullptr;
}

const YamlEntry *Fields::require(StringRef key, const Twine &example) {
  for (const Field &field : fields)
    if (field.key == key)
      return field.entry;
  if (!hasUnknown)
    diagnostics.error(node.range,
                      subject + " needs the key '" + key + "'; " + example);
  return nullptr;
}

std::optional<StringRef> onnx_split::readText(const YamlNode &node,
                                              const Twine &expected,
                                              Diagnostics &diagnostics) {
  if (node.kind == YamlNode::Kind::Scalar)
    return StringRef(node.text);
  diagnostics.error(node.range, "found " + node.describe() + " where " +
                                    expected + " belongs");
  return std::nullopt;
}
