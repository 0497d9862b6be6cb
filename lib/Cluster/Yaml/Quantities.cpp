//===- Quantities.cpp - Quantities in a cluster file ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantities.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::cluster;

std::optional<int64_t> cluster::readQuantity(const YamlEntry *entry,
                                             QuantityKind kind,
                                             Diagnostics &diagnostics) {
  if (!entry)
    return std::nullopt;
  std::optional<StringRef> text = readText(
      entry->value, "one number with a unit (" + describeUnits(kind) + ")",
      diagnostics);
  if (!text)
    return std::nullopt;
  // The key of a figure of 'compute' may be an element type.
  bool isCompute = kind == QuantityKind::Compute;
  Expected<int64_t> value =
      parseQuantity(kind, *text, isCompute ? StringRef() : entry->key);
  if (value)
    return *value;
  diagnostics.error(entry->value.range, toString(value.takeError()));
  return std::nullopt;
}
