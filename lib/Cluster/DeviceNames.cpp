//===- DeviceNames.cpp - The names in a cluster file ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceNames.h"

#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::cluster;

static constexpr size_t MaxNameLength = 64;

void DeviceNames::add(StringRef name, DeviceRange range,
                      Diagnostics &diagnostics) {
  auto [place, isNew] = ranges.try_emplace(name, range);
  if (isNew) {
    order.push_back(place->first());
    return;
  }
  diagnostics.error(range.where, "device name " + quote(name) +
                                     " appears twice; every device needs a "
                                     "name of its own");
  diagnostics.note(place->second.where, "first here");
}

std::optional<DeviceRange>
DeviceNames::resolve(StringRef name, SMRange where,
                     Diagnostics &diagnostics) const {
  auto found = ranges.find(name);
  if (found != ranges.end())
    return found->second;
  diagnostics.error(where, "unknown device " + quote(name) +
                               suggest(name, order) +
                               "; devices: " + list(order));
  return std::nullopt;
}

bool cluster::checkName(StringRef name, SMRange where, const Twine &subject,
                        Diagnostics &diagnostics) {
  auto isAllowed = [](char c) {
    return isAlnum(c) || c == '.' || c == '_' || c == '-';
  };
  if (!name.empty() && name.size() <= MaxNameLength && name.front() != '.' &&
      all_of(name, isAllowed))
    return true;
  diagnostics.error(where, "bad name " + quote(name) + " of " + subject +
                               "; allowed are letters, digits, '.', '_' and "
                               "'-', not starting with '.', at most " +
                               Twine(MaxNameLength) + " characters");
  return false;
}
