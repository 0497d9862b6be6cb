//===- FormatTest.cpp - Tests of quantities for people --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Quantity/Format.h"

#include "gtest/gtest.h"

using namespace onnx_split;

namespace {

TEST(FormatTest, Bytes) {
  EXPECT_EQ(formatBytes(0), "0 B");
  EXPECT_EQ(formatBytes(1023), "1023 B");
  EXPECT_EQ(formatBytes(1024), "1.00 KiB");
  EXPECT_EQ(formatBytes(1536ll << 20), "1.50 GiB");
  EXPECT_EQ(formatBytes(10ll << 20), "10.0 MiB");
  EXPECT_EQ(formatBytes(512ll << 20), "512 MiB");
  EXPECT_EQ(formatBytes(1000ll << 20), "1000 MiB");
  EXPECT_EQ(formatBytes(3ll << 40), "3.00 TiB");
  EXPECT_EQ(formatBytes(3ll << 50), "3.00 PiB");
  EXPECT_EQ(formatBytes(INT64_MAX), "8.00 EiB");
}

TEST(FormatTest, BytesInSi) {
  EXPECT_EQ(formatBytes(999, ByteUnits::Si), "999 B");
  EXPECT_EQ(formatBytes(1000, ByteUnits::Si), "1.00 kB");
  EXPECT_EQ(formatBytes(1536ll << 20, ByteUnits::Si), "1.61 GB");
  EXPECT_EQ(formatBytes(512'000'000, ByteUnits::Si), "512 MB");
  EXPECT_EQ(formatBytes(999'999'999, ByteUnits::Si), "1.00 GB");
  EXPECT_EQ(formatBytes(INT64_MAX, ByteUnits::Si), "9.22 EB");
}

TEST(FormatTest, Time) {
  EXPECT_EQ(formatTime(0), "0 ns");
  EXPECT_EQ(formatTime(999), "999 ns");
  EXPECT_EQ(formatTime(1000), "1.00 us");
  EXPECT_EQ(formatTime(12345678), "12.3 ms");
  EXPECT_EQ(formatTime(1500000000), "1.50 s");
  EXPECT_EQ(formatTime(3600000000000), "3600 s");
}

TEST(FormatTest, BitRate) {
  EXPECT_EQ(formatBitRate(0), "0 bit/s");
  EXPECT_EQ(formatBitRate(56000), "56.0 kbit/s");
  EXPECT_EQ(formatBitRate(94100000), "94.1 Mbit/s");
  EXPECT_EQ(formatBitRate(1000000000), "1.00 Gbit/s");
  EXPECT_EQ(formatBitRate(1000000000000), "1.00 Tbit/s");
  EXPECT_EQ(formatBitRate(2000000000000000), "2.00 Pbit/s");
  EXPECT_EQ(formatBitRate(1000000000000000000), "1.00 Ebit/s");
}

TEST(FormatTest, Count) {
  EXPECT_EQ(formatCount(0), "0");
  EXPECT_EQ(formatCount(999), "999");
  EXPECT_EQ(formatCount(1234), "1.23 k");
  EXPECT_EQ(formatCount(4089184256), "4.09 G");
  EXPECT_EQ(formatCount(INT64_MAX), "9.22 E");
}

TEST(FormatTest, RoundsHalfUp) {
  EXPECT_EQ(formatCount(1004), "1.00 k");
  EXPECT_EQ(formatCount(1005), "1.01 k");
  EXPECT_EQ(formatCount(12349), "12.3 k");
  EXPECT_EQ(formatCount(12350), "12.4 k");
  EXPECT_EQ(formatCount(123499), "123 k");
  EXPECT_EQ(formatCount(123500), "124 k");
}

TEST(FormatTest, RoundingCarries) {
  EXPECT_EQ(formatCount(9994), "9.99 k");
  EXPECT_EQ(formatCount(9995), "10.0 k");
  EXPECT_EQ(formatCount(99949), "99.9 k");
  EXPECT_EQ(formatCount(99950), "100 k");
  EXPECT_EQ(formatCount(999499), "999 k");
  EXPECT_EQ(formatCount(999500), "1.00 M");
  EXPECT_EQ(formatTime(999999999), "1.00 s");
  EXPECT_EQ(formatBytes((1ll << 20) - 1), "1.00 MiB");
  EXPECT_EQ(formatBytes(1023ll << 10), "1023 KiB");
}

TEST(FormatTest, Negative) {
  EXPECT_EQ(formatTime(-1), "-1 ns");
  EXPECT_EQ(formatCount(-12345), "-12.3 k");
  EXPECT_EQ(formatBytes(INT64_MIN), "-8.00 EiB");
}

} // namespace
