//===- JsonTree.cpp - A JSON file as a plain tree -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Text/JsonTree.h"

#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"

using namespace llvm;
using namespace onnx_split;

/// Brackets inside each other. The parser calls itself for each; profiles have
/// six.
static constexpr unsigned MaxJsonDepth = 32;

const JsonValue *JsonValue::find(StringRef key) const {
  for (const JsonMember &member : members)
    if (member.key == key)
      return &member.value;
  return nullptr;
}

std::string JsonValue::describe() const {
  switch (kind) {
  case Kind::Array:
    return "a list";
  case Kind::Object:
    return "an object";
  case Kind::Literal:
    return text;
  default:
    return quote(text);
  }
}

namespace {
/// Every method that returns bool returns false after it has reported.
class JsonParser {
public:
  JsonParser(StringRef buffer, Diagnostics &sink, size_t most)
      : rest(buffer), diagnostics(sink), maxValues(most) {}

  bool readValue(JsonValue &value, unsigned depth);
  bool readElements(function_ref<bool()> readElement);
  bool expectEnd();
  void skipBlanks() { rest = rest.ltrim(" \t\r\n"); }
  bool consume(char c) {
    skipBlanks();
    return rest.consume_front(StringRef(&c, 1));
  }
  bool startsWith(char c) {
    skipBlanks();
    return rest.starts_with(StringRef(&c, 1));
  }
  /// What is read next counts from zero.
  void restartCount() { values = 0; }
  bool fail(const Twine &message);

private:
  bool readObject(JsonValue &value, unsigned depth);
  bool readString(std::string &text);
  bool readEscape(std::string &text);
  std::optional<unsigned> readHex();
  bool readNumber(std::string &text);

  StringRef rest;
  Diagnostics &diagnostics;
  const size_t maxValues;
  size_t values = 0;
};
} // namespace

bool JsonParser::fail(const Twine &message) {
  diagnostics.error(pointAt(rest.begin()), message);
  return false;
}

bool JsonParser::expectEnd() {
  skipBlanks();
  return rest.empty() || fail("expected the end of the file");
}

/// Reads "element, element]" behind the opening bracket.
bool JsonParser::readElements(function_ref<bool()> readElement) {
  if (consume(']'))
    return true;
  do {
    if (!readElement())
      return false;
  } while (consume(','));
  return consume(']') || fail("expected ',' or ']'");
}

/// Reads "key: value, key: value}" behind the opening brace.
bool JsonParser::readObject(JsonValue &value, unsigned depth) {
  if (consume('}'))
    return true;
  do {
    JsonMember &member = value.members.emplace_back();
    if (!startsWith('"'))
      return fail("expected a key in double quotes");
    if (!readString(member.key))
      return false;
    if (!consume(':'))
      return fail("expected ':'");
    if (!readValue(member.value, depth))
      return false;
  } while (consume(','));
  return consume('}') || fail("expected ',' or '}'");
}

/// `depth` is how many more brackets may be opened.
bool JsonParser::readValue(JsonValue &value, unsigned depth) {
  skipBlanks();
  if (++values > maxValues)
    return fail("more than " + Twine(maxValues) + " values");
  const char *start = rest.begin();
  bool isArray = rest.starts_with("[");
  if (isArray || rest.starts_with("{")) {
    if (depth == 0)
      return fail("nested more than " + Twine(MaxJsonDepth) + " levels deep");
    rest = rest.drop_front();
    value.kind = isArray ? JsonValue::Kind::Array : JsonValue::Kind::Object;
    value.range = pointAt(start);
    if (!isArray)
      return readObject(value, depth - 1);
    return readElements(
        [&] { return readValue(value.items.emplace_back(), depth - 1); });
  }
  if (rest.starts_with("\"")) {
    value.kind = JsonValue::Kind::String;
    if (!readString(value.text))
      return false;
  } else if (rest.starts_with("-") ||
             (!rest.empty() && isDigit(rest.front()))) {
    value.kind = JsonValue::Kind::Number;
    if (!readNumber(value.text))
      return false;
  } else {
    StringRef word = rest.take_while(isAlpha);
    if (word != "null" && word != "true" && word != "false")
      return fail("expected a value in JSON");
    value.text = word.str();
    rest = rest.drop_front(word.size());
  }
  value.range = SMRange(SMLoc::getFromPointer(start),
                        SMLoc::getFromPointer(rest.begin()));
  return true;
}

/// Numbers are kept as they are written: what is too large or too fine for a
/// binary fraction is still itself.
bool JsonParser::readNumber(std::string &text) {
  const char *start = rest.begin();
  auto digits = [&] {
    StringRef run = rest.take_while(isDigit);
    rest = rest.drop_front(run.size());
    return !run.empty();
  };
  rest.consume_front("-");
  bool leadingZero = rest.starts_with("0");
  size_t before = rest.size();
  bool good = digits() && (!leadingZero || before - rest.size() == 1);
  if (good && rest.consume_front("."))
    good = digits();
  if (good && (rest.consume_front("e") || rest.consume_front("E"))) {
    if (!rest.consume_front("+"))
      rest.consume_front("-");
    good = digits();
  }
  if (!good)
    return fail("malformed number");
  text.assign(start, rest.begin());
  return true;
}

/// Reads a string, whose opening quote is next, without its quotes and with its
/// escapes resolved.
bool JsonParser::readString(std::string &text) {
  rest = rest.drop_front();
  while (!rest.empty()) {
    size_t plain = rest.find_if([](char c) {
      return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
    });
    text += rest.take_front(plain);
    rest = rest.drop_front(std::min(plain, rest.size()));
    if (rest.consume_front("\""))
      return true;
    if (rest.consume_front("\\")) {
      if (!readEscape(text))
        return false;
    } else if (!rest.empty()) {
      return fail("a string has a line break or another control character");
    }
  }
  return fail("the file ends inside a string");
}

/// Four hexadecimal digits; nothing is taken where there are none.
std::optional<unsigned> JsonParser::readHex() {
  unsigned code = 0;
  StringRef digits = rest.take_front(4);
  if (digits.size() < 4 || !all_of(digits, isHexDigit) ||
      digits.getAsInteger(16, code))
    return std::nullopt;
  rest = rest.drop_front(4);
  return code;
}

/// Adds what the escape behind a backslash stands for, in UTF-8.
bool JsonParser::readEscape(std::string &text) {
  static constexpr StringRef escapes = "\"\\/bfnrt";
  static constexpr StringRef meanings = "\"\\/\b\f\n\r\t";
  size_t index = rest.empty() ? StringRef::npos : escapes.find(rest.front());
  if (index != StringRef::npos) {
    text += meanings[index];
    rest = rest.drop_front();
    return true;
  }
  if (!rest.consume_front("u"))
    return fail("unknown escape in a string");
  std::optional<unsigned> code = readHex();
  if (!code)
    return fail("expected four hexadecimal digits");
  // Two halves of a character beyond 16 bits. A half alone is no character.
  if (*code >= 0xD800 && *code < 0xDC00 && rest.consume_front("\\u")) {
    std::optional<unsigned> low = readHex();
    if (!low)
      return fail("expected four hexadecimal digits");
    bool isPair = *low >= 0xDC00 && *low < 0xE000;
    *code = isPair ? 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00)
                   : UNI_REPLACEMENT_CHAR;
  } else if (*code >= 0xD800 && *code < 0xE000) {
    *code = UNI_REPLACEMENT_CHAR;
  }
  char bytes[UNI_MAX_UTF8_BYTES_PER_CODE_POINT];
  char *end = bytes;
  if (ConvertCodePointToUTF8(*code, end))
    text.append(bytes, end);
  return true;
}

std::optional<JsonValue> onnx_split::readJson(StringRef text,
                                              Diagnostics &diagnostics,
                                              size_t maxValues) {
  JsonParser parser(text, diagnostics, maxValues);
  JsonValue value;
  if (!parser.readValue(value, MaxJsonDepth) || !parser.expectEnd())
    return std::nullopt;
  return value;
}

bool onnx_split::readJsonArray(StringRef text,
                               function_ref<bool(const JsonValue &)> take,
                               Diagnostics &diagnostics) {
  JsonParser parser(text, diagnostics, MaxJsonValues);
  if (!parser.consume('['))
    return parser.fail("expected a list");
  auto readElement = [&] {
    parser.restartCount();
    JsonValue value;
    return parser.readValue(value, MaxJsonDepth - 1) && take(value);
  };
  return parser.readElements(readElement) && parser.expectEnd();
}
