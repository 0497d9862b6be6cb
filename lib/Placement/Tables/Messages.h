//===- Messages.h - Times of messages ---------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How long each tensor takes over each link, and over a link as good as the
/// best.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_TABLES_MESSAGES_H
#define ONNX_SPLIT_LIB_PLACEMENT_TABLES_MESSAGES_H

#include "onnx-split/Placement/Problem.h"

namespace onnx_split::placement {

/// A link that is at least as good as any there is, at both rate and latency;
/// of rate 0 if there is none. O(devices^2).
Link bestLinkOf(const Problem &problem);

class Messages {
public:
  /// O(devices^2 + link classes x tensors).
  explicit Messages(const Problem &problem);

  /// In ns; Unlimited where there is no link.
  int64_t time(int32_t from, int32_t to, int32_t tensor) const {
    if (times.empty())
      return transferTime(p.link(from, to), p.tensors[tensor].sent());
    int32_t row = linkClass[from * p.devices.size() + to];
    return times[row * p.tensors.size() + tensor];
  }
  /// Over the best link: no message with the tensor takes less.
  int64_t least(int32_t tensor) const {
    return transferTime(best, p.tensors[tensor].sent());
  }

private:
  const Problem &p;
  Link best;
  /// By pair of devices: links of one class are equally good.
  std::vector<int32_t> linkClass;
  /// By link class and tensor; empty where it would be too large.
  std::vector<int64_t> times;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_TABLES_MESSAGES_H
