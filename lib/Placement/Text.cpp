//===- Text.cpp - Names and figures in messages ---------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Text.h"

#include "onnx-split/Placement/Problem.h"

#include <cstdio>

using namespace onnx_split::placement;

std::string onnx_split::placement::quoted(const std::string &name) {
  return "'" + name + "'";
}

/// Writes `figure` with the largest of the units that keeps it at least 1.
static std::string withUnit(int64_t figure, const char *plain, double step,
                            const char *const *units, int numUnits) {
  if (figure == Unlimited)
    return "unlimited";
  std::string text = std::to_string(figure) + " " + plain;
  double scaled = static_cast<double>(figure) / step;
  int unit = 0;
  while (unit + 1 < numUnits && scaled >= step) {
    scaled /= step;
    ++unit;
  }
  if (scaled < 1)
    return text;
  char buffer[48];
  std::snprintf(buffer, sizeof(buffer), " (%.4g %s)", scaled, units[unit]);
  return text + buffer;
}

std::string onnx_split::placement::bytesText(int64_t bytes, ByteUnits units) {
  static const char *const binary[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  static const char *const decimal[] = {"kB", "MB", "GB", "TB", "PB"};
  bool isSi = units == ByteUnits::Si;
  return withUnit(bytes, bytes == 1 ? "byte" : "bytes", isSi ? 1000 : 1024,
                  isSi ? decimal : binary, 5);
}

std::string onnx_split::placement::timeText(int64_t ns) {
  static const char *const units[] = {"us", "ms", "s"};
  return withUnit(ns, "ns", 1000, units, 3);
}
