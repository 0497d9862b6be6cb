//===- Units.cpp - Quantities with a unit ---------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Quantity/Units.h"

#include "Prefixes.h"

#include "onnx-split/Support/Quantity/Decimal.h"
#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace onnx_split;

namespace {
/// A unit as it is written.
struct Unit {
  StringLiteral name;
  /// In base units.
  uint64_t size;
};

/// What figures of one kind look like, and how they are rounded so that no
/// device or link is better than it is said to be.
struct Kind {
  StringLiteral noun;
  /// A figure to copy from a message.
  StringLiteral example;
  ArrayRef<Unit> units;
  Rounding rounding;
  int64_t limit;
  StringLiteral limitText;
  bool mayBeZero;
};
} // namespace

static constexpr Unit ComputeUnits[] = {
    {"FLOP/s", 1},  {"kFLOP/s", K}, {"MFLOP/s", M}, {"GFLOP/s", G},
    {"TFLOP/s", T}, {"PFLOP/s", P}, {"OP/s", 1},    {"kOP/s", K},
    {"MOP/s", M},   {"GOP/s", G},   {"TOP/s", T},   {"POP/s", P}};
static constexpr Unit MemoryUnits[] = {{"B", 1},    {"kB", K},   {"MB", M},
                                       {"GB", G},   {"TB", T},   {"KiB", Ki},
                                       {"MiB", Mi}, {"GiB", Gi}, {"TiB", Ti}};
static constexpr Unit ByteRateUnits[] = {
    {"B/s", 1},    {"kB/s", K},   {"MB/s", M},   {"GB/s", G},  {"TB/s", T},
    {"KiB/s", Ki}, {"MiB/s", Mi}, {"GiB/s", Gi}, {"TiB/s", Ti}};
static constexpr Unit BitRateUnits[] = {
    {"bit/s", 1},      {"kbit/s", K},    {"Mbit/s", M},     {"Gbit/s", G},
    {"Tbit/s", T},     {"B/s", 8},       {"kB/s", 8 * K},   {"MB/s", 8 * M},
    {"GB/s", 8 * G},   {"TB/s", 8 * T},  {"KiB/s", 8 * Ki}, {"MiB/s", 8 * Mi},
    {"GiB/s", 8 * Gi}, {"TiB/s", 8 * Ti}};
static constexpr Unit TimeUnits[] = {{"ns", 1}, {"us", K}, {"ms", M}, {"s", G}};

static constexpr StringLiteral ComputeLimit = "1000 PFLOP/s";
static constexpr StringLiteral ByteLimit = "1000000 TB";
static constexpr StringLiteral ByteRateLimit = "1000000 TB/s";
static constexpr StringLiteral BitRateLimit = "1000000 Tbit/s";

static Kind describe(QuantityKind kind) {
  switch (kind) {
  case QuantityKind::Compute:
    return {"compute",   "13.5 GFLOP/s", ComputeUnits, Rounding::Down,
            MaxQuantity, ComputeLimit,   false};
  case QuantityKind::Memory:
    return {"memory",    "512 MiB", MemoryUnits, Rounding::Down,
            MaxQuantity, ByteLimit, true};
  case QuantityKind::MemoryBandwidth:
    return {"memory bandwidth", "4 GB/s",      ByteRateUnits, Rounding::Down,
            MaxQuantity,        ByteRateLimit, false};
  case QuantityKind::LinkBandwidth:
    return {"bandwidth", "100 Mbit/s", BitRateUnits, Rounding::Down,
            MaxQuantity, BitRateLimit, true};
  case QuantityKind::MediumBandwidth:
    return {"bandwidth", "100 Mbit/s", BitRateUnits, Rounding::Down,
            MaxQuantity, BitRateLimit, false};
  case QuantityKind::Time:
    break;
  }
  return {"time",   "20 us", TimeUnits, Rounding::Up, MaxQuantityTimeNs,
          "3600 s", true};
}

static SmallVector<StringRef> unitNames(const Kind &kind) {
  return map_to_vector(kind.units,
                       [](const Unit &unit) -> StringRef { return unit.name; });
}

std::string onnx_split::describeUnits(QuantityKind kind) {
  return join(unitNames(describe(kind)), ", ");
}

/// Folds the spellings that are common elsewhere: "Mbps", "MBit/sec", "Gbytes",
/// "gflops". What remains is lower case, except that a byte stays 'B': a case
/// error there is a factor of eight.
static std::string foldUnit(StringRef unit, bool bits) {
  std::string result = unit.str();
  auto replaceEnd = [&](StringRef end, StringRef with) {
    StringRef text = result;
    if (text.size() >= end.size() &&
        text.take_back(end.size()).equals_insensitive(end))
      result = (text.drop_back(end.size()) + with).str();
  };
  // In this order: first the way to say "per second", which may be missing.
  for (StringRef second : {"seconds", "second", "sec"})
    replaceEnd(second, "s");
  if (StringRef(result).ends_with_insensitive("bps"))
    replaceEnd("ps", "/s");
  replaceEnd("ops", "op/s");
  std::string rate;
  if (StringRef(result).ends_with_insensitive("/s")) {
    rate = "/s";
    result.resize(result.size() - 2);
  }
  for (StringRef word : {"bits", "bit"})
    replaceEnd(word, "|");
  for (StringRef word : {"bytes", "byte"})
    replaceEnd(word, "B");
  // A lone small b is a bit where bits are meant at all.
  if (StringRef(result).ends_with("b"))
    result.back() = bits ? '|' : 'B';
  bool byte = StringRef(result).ends_with("B");
  result = StringRef(result).lower();
  if (byte)
    result.back() = 'B';
  if (StringRef(result).ends_with("|"))
    result.replace(result.size() - 1, 1, "bit");
  return result + rate;
}

/// " (did you mean 'Mbit/s'?)" for a unit that is spelt otherwise elsewhere, or
/// misspelt; empty where nothing is near.
static std::string suggestUnit(StringRef found, const Kind &kind) {
  // Nothing that long is a unit; folding it would take time for nothing.
  if (found.size() > 16)
    return "";
  bool bits = kind.units.data() == BitRateUnits;
  // A bit rate where bytes belong is no misspelling: it is another number.
  if (!bits && (found.contains_insensitive("bit") || found.ends_with("bps") ||
                found.ends_with("b/s")))
    return "";
  std::string folded = foldUnit(found, bits);
  // Second, "Mbit" where "Mbit/s" is meant.
  for (StringRef tail : {"", "/s"}) {
    for (const Unit &unit : kind.units)
      if (foldUnit(unit.name, bits) == folded + tail.str())
        return " (did you mean '" + unit.name.str() + "'?)";
  }
  return onnx_split::suggest(found, unitNames(kind));
}

Expected<int64_t> onnx_split::parseQuantity(QuantityKind which, StringRef text,
                                            StringRef key) {
  Kind kind = describe(which);
  StringRef noun = key.empty() ? StringRef(kind.noun) : key;
  text = text.trim();
  auto fail = [&](const Twine &message) {
    return createStringError(inconvertibleErrorCode(), message);
  };
  auto units = [&] {
    return "; units of " + noun.str() + ": " + describeUnits(which);
  };

  StringRef rest = text;
  bool negative = rest.consume_front("-");
  StringRef word = rest;
  word.consume_front(".");
  if (word.starts_with_insensitive("inf") ||
      word.starts_with_insensitive("nan"))
    return fail(quote(text) + " is not a finite number; write for example '" +
                kind.example + "'");

  std::optional<Decimal> number = Decimal::consume(rest);
  if (!number)
    return fail(quote(text) +
                " is not a number with a unit; write for example '" +
                kind.example + "'" + units());
  if (negative)
    return fail(quote(text) + " is negative; " + noun + " must be " +
                (kind.mayBeZero ? "0 or more" : "above 0"));

  StringRef name = rest.ltrim();
  uint64_t size = 0;
  if (name.empty()) {
    if (!number->isZero() || which != QuantityKind::LinkBandwidth)
      return fail(quote(text) + " has no unit; write for example '" +
                  kind.example + "'" + units());
    size = 1;
  } else {
    // The micro sign and the Greek letter mu look the same.
    if (name == "\xC2\xB5s" || name == "\xCE\xBCs")
      name = "us";
    const Unit *unit =
        find_if(kind.units, [&](const Unit &u) { return u.name == name; });
    if (unit == kind.units.end()) {
      size_t comma = text.find(',');
      if (name.size() > 1 && name[0] == ',' && isDigit(name[1]))
        return fail("a decimal comma in " + quote(text) + "; write '" +
                    text.take_front(comma) + "." + text.drop_front(comma + 1) +
                    "'");
      return fail("unknown unit " + quote(name) + " in " + quote(text) +
                  suggestUnit(name, kind) + units());
    }
    size = unit->size;
  }

  if (number->isZero()) {
    if (!kind.mayBeZero)
      return fail(quote(text) + " is zero; " + noun + " must be above 0");
    return 0;
  }
  std::optional<int64_t> value = number->scale(size, kind.rounding, kind.limit);
  if (!value)
    return fail(quote(text) + " is too large; the largest " + noun + " is " +
                kind.limitText);
  // Rounding to zero would turn a slow link into none.
  if (*value == 0)
    return fail(quote(text) + " is too small; the smallest " + noun +
                " above 0 is 1 " + kind.units.front().name);
  return *value;
}

std::optional<ByteUnits> onnx_split::byteUnitsOf(StringRef text) {
  text = text.trim();
  if (text.ends_with("iB"))
    return ByteUnits::Iec;
  if (text.consume_back("B") && !text.empty() && isAlpha(text.back()))
    return ByteUnits::Si;
  return std::nullopt;
}
