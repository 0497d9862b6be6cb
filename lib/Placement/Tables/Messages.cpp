//===- Messages.cpp - Times of messages -----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Messages.h"

#include <algorithm>

using namespace onnx_split::placement;

Link onnx_split::placement::bestLinkOf(const Problem &p) {
  Link best{0, Unlimited, Unlimited};
  int32_t devices = static_cast<int32_t>(p.devices.size());
  for (int32_t from = 0; from < devices; ++from)
    for (int32_t to = 0; to < devices; ++to)
      if (const Link &link = p.link(from, to);
          from != to && link.bitsPerSecond != 0) {
        best.bitsPerSecond = std::max(best.bitsPerSecond, link.bitsPerSecond);
        best.messageNs = std::min(best.messageNs, link.messageNs);
        best.latencyNs = std::min(best.latencyNs, link.latencyNs);
      }
  return best;
}

int32_t onnx_split::placement::mediumOfAllLinks(const Problem &p) {
  int32_t devices = static_cast<int32_t>(p.devices.size());
  int32_t found = None;
  for (int32_t from = 0; from < devices; ++from)
    for (int32_t to = 0; to < devices; ++to) {
      if (from == to || p.link(from, to).bitsPerSecond == 0)
        continue;
      int32_t medium = p.medium(from, to);
      if (medium == None || (found != None && medium != found))
        return None;
      found = medium;
    }
  return found;
}
