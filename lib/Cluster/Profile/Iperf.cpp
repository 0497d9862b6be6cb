//===- Iperf.cpp - Link rates measured by iperf3 --------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProfileFile.h"

#include "onnx-split/Support/Quantity/Decimal.h"
#include "onnx-split/Support/Text/Words.h"

#include "onnx-split/Support/Quantity/Units.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::cluster;

/// The receiver counts what arrived; a sender alone also counts what is still
/// on its way.
static const JsonValue *findRate(const JsonValue &root) {
  const JsonValue *end = root.find("end");
  if (!end)
    return nullptr;
  for (StringRef key : {"sum_received", "sum_sent"})
    if (const JsonValue *sum = end->find(key))
      if (const JsonValue *rate = sum->find("bits_per_second"))
        return rate;
  return nullptr;
}

std::optional<int64_t> cluster::readIperf(StringRef text,
                                          Diagnostics &diagnostics) {
  std::optional<JsonValue> root = readJson(text, diagnostics);
  if (!root)
    return std::nullopt;
  if (const JsonValue *failure = root->find("error")) {
    diagnostics.error(failure->range, "iperf3 failed and measured nothing: " +
                                          failure->describe());
    return std::nullopt;
  }
  const JsonValue *rate = findRate(*root);
  if (!rate) {
    diagnostics.error(root->range,
                      "no 'bits_per_second' in 'end.sum_received' or "
                      "'end.sum_sent'; the file must be the output of 'iperf3 "
                      "-J' for a TCP test");
    return std::nullopt;
  }
  StringRef figure = rate->text;
  std::optional<Decimal> number;
  if (rate->kind == JsonValue::Kind::Number)
    number = Decimal::consume(figure);
  std::optional<int64_t> bits;
  if (number && figure.empty())
    bits = number->scale(1, Rounding::Down, MaxQuantity);
  if (bits && *bits > 0)
    return bits;
  diagnostics.error(rate->range,
                    "found " + rate->describe() +
                        "; 'bits_per_second' is a number from 1 to 10^18");
  return std::nullopt;
}
