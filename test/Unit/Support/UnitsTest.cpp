//===- UnitsTest.cpp - Tests of quantities with a unit --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Quantity/Units.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace onnx_split;

namespace {

constexpr QuantityKind compute = QuantityKind::Compute;
constexpr QuantityKind memory = QuantityKind::Memory;
constexpr QuantityKind memoryBandwidth = QuantityKind::MemoryBandwidth;
constexpr QuantityKind linkBandwidth = QuantityKind::LinkBandwidth;
constexpr QuantityKind mediumBandwidth = QuantityKind::MediumBandwidth;
constexpr QuantityKind duration = QuantityKind::Time;

/// The value, or -1 after a test failure.
int64_t parse(QuantityKind kind, StringRef text) {
  Expected<int64_t> value = parseQuantity(kind, text);
  if (value)
    return *value;
  ADD_FAILURE() << toString(value.takeError());
  return -1;
}

std::string error(QuantityKind kind, StringRef text) {
  Expected<int64_t> value = parseQuantity(kind, text);
  if (!value)
    return toString(value.takeError());
  return "no error but " + std::to_string(*value);
}

struct UnitCase {
  const char *text;
  int64_t value;
};

TEST(UnitsTest, EveryUnitOfCompute) {
  for (UnitCase unit : {UnitCase{"3 FLOP/s", 3},
                        {"3 kFLOP/s", 3000},
                        {"3 MFLOP/s", 3000000},
                        {"3 GFLOP/s", 3000000000},
                        {"3 TFLOP/s", 3000000000000},
                        {"3 PFLOP/s", 3000000000000000},
                        {"3 OP/s", 3},
                        {"3 kOP/s", 3000},
                        {"3 MOP/s", 3000000},
                        {"3 GOP/s", 3000000000},
                        {"3 TOP/s", 3000000000000},
                        {"3 POP/s", 3000000000000000}})
    EXPECT_EQ(parse(compute, unit.text), unit.value) << unit.text;
}

TEST(UnitsTest, EveryUnitOfMemory) {
  for (UnitCase unit : {UnitCase{"3 B", 3},
                        {"3 kB", 3000},
                        {"3 MB", 3000000},
                        {"3 GB", 3000000000},
                        {"3 TB", 3000000000000},
                        {"3 KiB", 3072},
                        {"3 MiB", 3145728},
                        {"3 GiB", 3221225472},
                        {"3 TiB", 3298534883328}}) {
    EXPECT_EQ(parse(memory, unit.text), unit.value) << unit.text;
    std::string rate = std::string(unit.text) + "/s";
    EXPECT_EQ(parse(memoryBandwidth, rate), unit.value) << rate;
    // A byte has eight bits.
    EXPECT_EQ(parse(linkBandwidth, rate), unit.value * 8) << rate;
    EXPECT_EQ(parse(mediumBandwidth, rate), unit.value * 8) << rate;
  }
}

TEST(UnitsTest, EveryUnitOfBitRates) {
  for (UnitCase unit : {UnitCase{"3 bit/s", 3},
                        {"3 kbit/s", 3000},
                        {"3 Mbit/s", 3000000},
                        {"3 Gbit/s", 3000000000},
                        {"3 Tbit/s", 3000000000000}}) {
    EXPECT_EQ(parse(linkBandwidth, unit.text), unit.value) << unit.text;
    EXPECT_EQ(parse(mediumBandwidth, unit.text), unit.value) << unit.text;
  }
}

TEST(UnitsTest, EveryUnitOfTime) {
  for (UnitCase unit : {UnitCase{"3 ns", 3},
                        {"3 us", 3000},
                        {"3 \xC2\xB5s", 3000},
                        {"3 \xCE\xBCs", 3000},
                        {"3 ms", 3000000},
                        {"3 s", 3000000000}})
    EXPECT_EQ(parse(duration, unit.text), unit.value) << unit.text;
}

TEST(UnitsTest, FormsOfNumbers) {
  for (const char *text :
       {"1500 kB", "1500kB", "  1500   kB ", "1.5 MB", "01.500 MB", "1.5e3 kB",
        "1.5E3 kB", "1.5e+3 kB", "15000e-1 kB", "0.0015e+0003 MB", "1500. kB",
        ".0015 GB"})
    EXPECT_EQ(parse(memory, text), 1500000) << text;
}

TEST(UnitsTest, IsExact) {
  EXPECT_EQ(parse(compute, "13.5 GFLOP/s"), 13500000000);
  EXPECT_EQ(parse(memory, "3.5 GiB"), 3758096384);
  EXPECT_EQ(parse(duration, "0.1 us"), 100);
  EXPECT_EQ(parse(linkBandwidth, "1 Mbit/s"), 1000000);
  EXPECT_EQ(parse(linkBandwidth, "1 MB/s"), 8000000);
  EXPECT_EQ(parse(linkBandwidth, "0.3 Mbit/s"), 300000);
  // None of these is exact in a double.
  EXPECT_EQ(parse(memory, "0.999999999999999999 TB"), 999999999999);
  EXPECT_EQ(parse(memory, "999999.999999999999 TB"), 999999999999999999);
  EXPECT_EQ(parse(compute, "9007199.254740993 GFLOP/s"), 9007199254740993);
  EXPECT_EQ(parse(memory, "0.0009765625 KiB"), 1);
}

TEST(UnitsTest, RoundsCapacitiesDownAndTimesUp) {
  EXPECT_EQ(parse(memory, "1.9 B"), 1);
  EXPECT_EQ(parse(memoryBandwidth, "1.9 B/s"), 1);
  EXPECT_EQ(parse(compute, "1.9 OP/s"), 1);
  EXPECT_EQ(parse(linkBandwidth, "1.9 bit/s"), 1);
  EXPECT_EQ(parse(linkBandwidth, "0.3 B/s"), 2);
  EXPECT_EQ(parse(mediumBandwidth, "1.9 bit/s"), 1);
  EXPECT_EQ(parse(duration, "1.1 ns"), 2);
  EXPECT_EQ(parse(duration, "1.0000001 us"), 1001);
  EXPECT_EQ(parse(duration, "1e-999999999999 ns"), 1);
  // A remainder so far behind that no fixed number of digits shows it.
  std::string tail = "1." + std::string(5000, '0') + "1";
  EXPECT_EQ(parse(duration, tail + " ns"), 2);
  EXPECT_EQ(parse(memory, tail + " B"), 1);
  EXPECT_EQ(parse(memory, "2." + std::string(5000, '9') + " B"), 2);
}

TEST(UnitsTest, Zero) {
  EXPECT_EQ(parse(memory, "0 B"), 0);
  EXPECT_EQ(parse(duration, "0 ns"), 0);
  EXPECT_EQ(parse(linkBandwidth, "0 bit/s"), 0);
  EXPECT_EQ(parse(linkBandwidth, "0"), 0);
  EXPECT_EQ(parse(linkBandwidth, "0.0e9"), 0);
  EXPECT_EQ(error(compute, "0 OP/s"),
            "'0 OP/s' is zero; compute must be above 0");
  EXPECT_EQ(error(memoryBandwidth, "0 GB/s"),
            "'0 GB/s' is zero; memory bandwidth must be above 0");
  EXPECT_EQ(error(mediumBandwidth, "0 bit/s"),
            "'0 bit/s' is zero; bandwidth must be above 0");
  EXPECT_EQ(error(mediumBandwidth, "0").substr(0, 15), "'0' has no unit");
  EXPECT_EQ(error(duration, "0"),
            "'0' has no unit; write for example '20 us'; units of time: ns, "
            "us, ms, s");
}

TEST(UnitsTest, Limits) {
  EXPECT_EQ(parse(memory, "1e18 B"), MaxQuantity);
  EXPECT_EQ(parse(compute, "1000 PFLOP/s"), MaxQuantity);
  EXPECT_EQ(parse(linkBandwidth, "1e6 Tbit/s"), MaxQuantity);
  EXPECT_EQ(parse(duration, "3600 s"), MaxQuantityTimeNs);
  EXPECT_EQ(error(memory, "1000001 TB"),
            "'1000001 TB' is too large; the largest memory is 1000000 TB");
  EXPECT_EQ(error(memory, "1000000000000000000.1 B"),
            "'1000000000000000000.1 B' is too large; the largest memory is "
            "1000000 TB");
  EXPECT_EQ(error(compute, "1e999999999999 OP/s"),
            "'1e999999999999 OP/s' is too large; the largest compute is 1000 "
            "PFLOP/s");
  EXPECT_EQ(error(memoryBandwidth, "1e30 B/s"),
            "'1e30 B/s' is too large; the largest memory bandwidth is 1000000 "
            "TB/s");
  EXPECT_EQ(error(linkBandwidth, "1e6 TB/s"),
            "'1e6 TB/s' is too large; the largest bandwidth is 1000000 "
            "Tbit/s");
  EXPECT_EQ(error(duration, "3600.0000000001 s"),
            "'3600.0000000001 s' is too large; the largest time is 3600 s");
  EXPECT_EQ(error(linkBandwidth, "0.9 bit/s"),
            "'0.9 bit/s' is too small; the smallest bandwidth above 0 is 1 "
            "bit/s");
  EXPECT_EQ(error(memory, "1e-999999999999 TiB"),
            "'1e-999999999999 TiB' is too small; the smallest memory above 0 "
            "is 1 B");
}

TEST(UnitsTest, RefusesWhatIsNoNumber) {
  const char *units = "; units of memory: B, kB, MB, GB, TB, KiB, MiB, GiB, "
                      "TiB";
  for (const char *text :
       {"", "much", "MB", "+5 MB", ".", ". MB", "e5 MB", "--5 MB"})
    EXPECT_EQ(error(memory, text), "'" + std::string(text) +
                                       "' is not a number with a unit; write "
                                       "for example '512 MiB'" +
                                       units);
  EXPECT_EQ(error(memory, "512"),
            std::string("'512' has no unit; write for example '512 MiB'") +
                units);
  for (const char *text :
       {"inf GB", "-inf", ".inf", "Infinity", "nan", ".NaN", "-.INF"})
    EXPECT_EQ(error(memory, text), "'" + std::string(text) +
                                       "' is not a finite number; write for "
                                       "example '512 MiB'");
  EXPECT_EQ(error(memory, "-5 MB"),
            "'-5 MB' is negative; memory must be 0 or more");
  EXPECT_EQ(error(compute, "-5"), "'-5' is negative; compute must be above 0");
  // By the name that the caller gives it.
  EXPECT_EQ(toString(parseQuantity(memory, "-1", "weight_cache").takeError()),
            "'-1' is negative; weight_cache must be 0 or more");
  EXPECT_EQ(error(memory, "0x10 MB"),
            std::string("unknown unit 'x10 MB' in '0x10 MB'") + units);
  EXPECT_EQ(error(memory, "5e MB"),
            std::string("unknown unit 'e MB' in '5e MB'") + units);
}

/// The suggestion alone.
std::string suggestion(QuantityKind kind, StringRef text) {
  std::string message = error(kind, text);
  StringRef after = StringRef(message).split(" (did you mean '").second;
  return after.split("'?)").first.str();
}

TEST(UnitsTest, SuggestsTheRightSpelling) {
  EXPECT_EQ(error(linkBandwidth, "22 Kbit/s"),
            "unknown unit 'Kbit/s' in '22 Kbit/s' (did you mean 'kbit/s'?); "
            "units of bandwidth: bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s, B/s, "
            "kB/s, MB/s, GB/s, TB/s, KiB/s, MiB/s, GiB/s, TiB/s");
  struct {
    QuantityKind kind;
    const char *text;
    const char *expected;
  } cases[] = {
      {linkBandwidth, "1 Kbit", "kbit/s"},
      {linkBandwidth, "1 kb", "kbit/s"},
      {linkBandwidth, "1 kb/s", "kbit/s"},
      {linkBandwidth, "1 MBit", "Mbit/s"},
      {linkBandwidth, "1 MBit/s", "Mbit/s"},
      {linkBandwidth, "1 Mbps", "Mbit/s"},
      {linkBandwidth, "1 Gbit/sec", "Gbit/s"},
      {linkBandwidth, "1 mbits/second", "Mbit/s"},
      {linkBandwidth, "1 MBps", "MB/s"},
      {linkBandwidth, "1 MByte/s", "MB/s"},
      {linkBandwidth, "1 KB/s", "kB/s"},
      {linkBandwidth, "1 kiB/s", "KiB/s"},
      {memory, "1 KB", "kB"},
      {memory, "1 mb", "MB"},
      {memory, "1 Mib", "MiB"},
      {memory, "1 gib", "GiB"},
      {memory, "1 GByte", "GB"},
      {memory, "1 bytes", "B"},
      {memoryBandwidth, "1 GB", "GB/s"},
      {memoryBandwidth, "1 GBps", "GB/s"},
      {compute, "1 GFLOPS", "GFLOP/s"},
      {compute, "1 gflops", "GFLOP/s"},
      {compute, "1 GFlop/s", "GFLOP/s"},
      {compute, "1 TOPS", "TOP/s"},
      {compute, "1 KFLOP/s", "kFLOP/s"},
      {duration, "1 US", "us"},
      {duration, "1 msec", "ms"},
      {duration, "1 seconds", "s"},
  };
  for (auto &c : cases)
    EXPECT_EQ(suggestion(c.kind, c.text), c.expected) << c.text;
}

TEST(UnitsTest, DoesNotSuggestBytesForBits) {
  for (const char *text : {"1 Gbit/s", "1 Gbps", "1 Gb/s"})
    EXPECT_EQ(suggestion(memoryBandwidth, text), "") << text;
  EXPECT_EQ(suggestion(memory, "1 Mbit"), "");
}

} // namespace
