//===- JsonFields.cpp - Members of JSON objects, checked ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "JsonFields.h"

#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;

std::optional<JsonValue> instances::readJsonTree(MemoryBufferRef buffer,
                                                 Diagnostics &diagnostics,
                                                 size_t maxValues) {
  StringRef text = buffer.getBuffer();
  if (!diagnostics.checkText(text))
    return std::nullopt;
  return readJson(text, diagnostics, maxValues);
}

std::string instances::textOf(StringRef name) {
  return json::isUTF8(name) ? name.str() : json::fixUTF8(name);
}

bool JsonFields::checkObject(const JsonValue &value, StringRef subject,
                             ArrayRef<StringRef> keys) {
  if (value.kind != JsonValue::Kind::Object) {
    error(value,
          "found " + value.describe() + "; " + subject + " is an object");
    return false;
  }
  // A key that is passed over could be a demand: another problem would be
  // planned.
  StringSet<> seen;
  for (const JsonMember &member : value.members) {
    if (!is_contained(keys, StringRef(member.key)))
      error(member.value, "unknown key " + quote(member.key) + " in " +
                              subject + suggest(member.key, keys) +
                              "; allowed keys: " + list(keys, keys.size()));
    else if (!seen.insert(member.key).second)
      error(member.value, "key " + quote(member.key) + " appears twice");
    if (full())
      return false;
  }
  return true;
}

const JsonValue *JsonFields::require(const JsonValue &object, StringRef key,
                                     StringRef subject) {
  const JsonValue *value = object.find(key);
  if (!value)
    error(object, "missing key '" + key + "' in " + subject);
  return value;
}

const JsonValue *JsonFields::findList(const JsonValue &object, StringRef key) {
  const JsonValue *value = object.find(key);
  if (!value || value->kind == JsonValue::Kind::Array)
    return value;
  error(*value, "found " + value->describe() + "; '" + key + "' is a list");
  return nullptr;
}

int64_t JsonFields::readWhole(const JsonValue &value, StringRef key,
                              int64_t otherwise, int64_t most) {
  int64_t figure = 0;
  if (value.kind == JsonValue::Kind::Number && all_of(value.text, isDigit) &&
      !StringRef(value.text).getAsInteger(10, figure) && figure <= most)
    return figure;
  error(value, "found " + value.describe() + "; '" + key +
                   "' is a whole number from 0 to " + Twine(most));
  return otherwise;
}

int64_t JsonFields::findWhole(const JsonValue &object, StringRef key,
                              int64_t missing, int64_t most) {
  const JsonValue *value = object.find(key);
  return value ? readWhole(*value, key, missing, most) : missing;
}

int64_t JsonFields::findWholeOrNull(const JsonValue &object, StringRef key,
                                    int64_t missing, int64_t most) {
  const JsonValue *value = object.find(key);
  return value && !isNull(*value) ? readWhole(*value, key, missing, most)
                                  : missing;
}

int32_t JsonFields::readPosition(const JsonValue &value, StringRef key,
                                 size_t count, StringRef noun) {
  int64_t position = -1;
  if (value.kind == JsonValue::Kind::Number && all_of(value.text, isDigit) &&
      !StringRef(value.text).getAsInteger(10, position) &&
      position < static_cast<int64_t>(count))
    return static_cast<int32_t>(position);
  error(value, "found " + value.describe() + "; '" + key +
                   "' takes the position of a " + noun +
                   (count == 0 ? ", and there is none"
                               : ", from 0 to " + std::to_string(count - 1)));
  return None;
}

int32_t JsonFields::findPosition(const JsonValue &object, StringRef key,
                                 size_t count, StringRef noun) {
  const JsonValue *value = object.find(key);
  return value && !isNull(*value) ? readPosition(*value, key, count, noun)
                                  : None;
}

std::vector<int32_t> JsonFields::findPositions(const JsonValue &object,
                                               StringRef key, size_t count,
                                               StringRef noun) {
  std::vector<int32_t> positions;
  const JsonValue *values = findList(object, key);
  if (!values)
    return positions;
  for (const JsonValue &value : values->items) {
    int32_t position = readPosition(value, key, count, noun);
    if (full())
      break;
    if (position == None)
      continue;
    if (!positions.empty() && position <= positions.back())
      error(value, "'" + key + "' ascends, each " + noun +
                       " once, but here is " + Twine(position) + " behind " +
                       Twine(positions.back()));
    positions.push_back(position);
  }
  return positions;
}

bool JsonFields::findFlag(const JsonValue &object, StringRef key) {
  const JsonValue *value = object.find(key);
  if (!value)
    return false;
  if (value->kind == JsonValue::Kind::Literal && !isNull(*value))
    return value->text == "true";
  error(*value,
        "found " + value->describe() + "; '" + key + "' is true or false");
  return false;
}

std::string JsonFields::findText(const JsonValue &object, StringRef key) {
  const JsonValue *value = object.find(key);
  if (!value)
    return "";
  if (value->kind == JsonValue::Kind::String)
    return value->text;
  error(*value, "found " + value->describe() + "; '" + key +
                    "' is a text in double quotes");
  return "";
}
