//===- Messages.h - Times of messages ---------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How long messages take over each link, and over a link as good as the best.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_TABLES_MESSAGES_H
#define ONNX_SPLIT_LIB_PLACEMENT_TABLES_MESSAGES_H

#include "onnx-split/Placement/Problem.h"

namespace onnx_split::placement {

/// A link that is at least as good as any there is, at rate, time for a message
/// and latency; of rate 0 if there is none. O(devices^2).
Link bestLinkOf(const Problem &problem);

/// The medium that every link is of, or None where there is no such or no link.
/// O(devices^2).
int32_t mediumOfAllLinks(const Problem &problem);

class Messages {
public:
  /// O(devices^2).
  explicit Messages(const Problem &problem)
      : p(problem), best(bestLinkOf(problem)) {}

  /// How long a message occupies the link, in ns; Unlimited where there is no
  /// link, and 0 from a device to itself.
  int64_t time(int32_t from, int32_t to, int64_t bytes) const {
    return from == to ? 0 : transferTime(p.link(from, to), bytes);
  }
  /// The same and the link's latency.
  int64_t delivery(int32_t from, int32_t to, int64_t bytes) const {
    return from == to ? 0 : deliveryTime(p.link(from, to), bytes);
  }
  /// Over the best link: no message with the tensor takes less.
  int64_t least(int32_t tensor) const {
    return transferTime(best, p.tensors[tensor].sent());
  }
  int64_t leastDelivery(int32_t tensor) const {
    return deliveryTime(best, p.tensors[tensor].sent());
  }

private:
  const Problem &p;
  Link best;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_TABLES_MESSAGES_H
