//===- Network.h - Links between devices ------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How devices are linked, for a cluster as well as for a planning problem.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_NETWORK_H
#define ONNX_SPLIT_SUPPORT_NETWORK_H

#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace onnx_split {

/// No limit, wherever a figure is one: memory, rates, times.
inline constexpr int64_t Unlimited = std::numeric_limits<int64_t>::max();

/// Stands for "no task", "no device" and "no medium" in index fields.
inline constexpr int32_t None = -1;

/// A directed link. A message of b bytes occupies it for messageNs + 8 b /
/// bitsPerSecond, rounded up, and is there latencyNs after that.
struct Link {
  /// 0: not linked. Unlimited: bytes take no time.
  int64_t bitsPerSecond = Unlimited;
  int64_t messageNs = 0;
  /// Propagation: while a message is on its way, others follow it.
  int64_t latencyNs = 0;

  bool operator==(const Link &other) const {
    return bitsPerSecond == other.bitsPerSecond &&
           messageNs == other.messageNs && latencyNs == other.latencyNs;
  }
  bool operator!=(const Link &other) const { return !(*this == other); }
};

/// Where `senders` devices and `receivers` devices take turns, item i going to
/// number i mod senders and i mod receivers: whether number a of the ones and
/// number b of the others ever have the same item (Chinese remainder theorem).
inline bool haveCommonItem(int64_t a, int64_t senders, int64_t b,
                           int64_t receivers) {
  return (a - b) % std::gcd(senders, receivers) == 0;
}

/// A pair of devices that is not linked.
inline constexpr Link Unlinked{0, 0, 0};

/// Something that carries one transfer at a time for all its devices, so that
/// the times of its links add up: a radio channel, a bus.
struct Medium {
  std::string name;
  /// Indices of devices, ascending, at least two.
  std::vector<int32_t> devices;
  /// Of the links that nothing else is stated of; above 0.
  int64_t bitsPerSecond = Unlimited;
};

/// The links between numbered devices, with what they share and where items
/// come from and go to.
struct Network {
  /// By from x number of devices + to; the diagonal is ignored.
  std::vector<Link> links;
  std::vector<Medium> media;
  /// By pair, like the links: index into media, or None. Empty where there are
  /// no media.
  std::vector<int32_t> mediumOf;
  /// The device where the model's inputs are and the one where its outputs must
  /// end, or None where that costs nothing.
  int32_t ingress = None;
  int32_t egress = None;
};

/// What has devices and a network between them. `Derived` has a member
/// `devices`.
template <typename Derived> struct Networked : Network {
  size_t pair(int32_t from, int32_t to) const {
    return static_cast<size_t>(from) *
               static_cast<const Derived *>(this)->devices.size() +
           to;
  }
  const Link &link(int32_t from, int32_t to) const {
    return links[pair(from, to)];
  }
  /// The medium that the link shares with others, or None.
  int32_t medium(int32_t from, int32_t to) const {
    return mediumOf.empty() ? None : mediumOf[pair(from, to)];
  }
};

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_NETWORK_H
