//===- Messages.cpp - Times of messages -----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Messages.h"

#include <algorithm>
#include <map>

using namespace onnx_split::placement;

Link onnx_split::placement::bestLinkOf(const Problem &p) {
  Link best{0, Unlimited};
  int32_t devices = static_cast<int32_t>(p.devices.size());
  for (int32_t from = 0; from < devices; ++from)
    for (int32_t to = 0; to < devices; ++to)
      if (const Link &link = p.link(from, to);
          from != to && link.bitsPerSecond != 0) {
        best.bitsPerSecond = std::max(best.bitsPerSecond, link.bitsPerSecond);
        best.latencyNs = std::min(best.latencyNs, link.latencyNs);
      }
  return best;
}

Messages::Messages(const Problem &problem)
    : p(problem), best(bestLinkOf(problem)) {
  std::map<std::pair<int64_t, int64_t>, int32_t> classes;
  std::vector<const Link *> links;
  int32_t numDevices = static_cast<int32_t>(p.devices.size());
  linkClass.assign(p.links.size(), 0);
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to) {
      if (from == to)
        continue;
      const Link &link = p.link(from, to);
      auto [it, isNew] =
          classes.try_emplace({link.bitsPerSecond, link.latencyNs},
                              static_cast<int32_t>(links.size()));
      if (isNew)
        links.push_back(&link);
      linkClass[from * p.devices.size() + to] = it->second;
    }
  // 32 MiB at most; otherwise times are computed when asked for.
  constexpr size_t maxEntries = size_t(1) << 22;
  if (links.size() * p.tensors.size() > maxEntries)
    return;
  for (const Link *link : links)
    for (const Tensor &tensor : p.tensors)
      times.push_back(transferTime(*link, tensor.sent()));
}
