//===- LinkRates.cpp - What a link carries --------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinkRates.h"

using namespace onnx_split;
using namespace onnx_split::runtime;

LinkRate runtime::measureLink(LinkPair &pair, double seconds) {
  // Both ends get to know each other, so that it takes no time later.
  if (!pair.pass(0, /*back=*/false) || !pair.pass(0, /*back=*/true))
    return {};

  // Messages of about 50 ms, as far as that can be known from small ones, and
  // as many as pass in the time, which a few of them tell: small ones may all
  // be in buffers on the way. The sender decides for both.
  constexpr size_t smallest = size_t(1) << 14, smallSize = size_t(1) << 17,
                   largest = (size_t(1) << 22) - HeaderBytes;
  constexpr double messageSeconds = 0.05;
  constexpr int64_t few = 4;
  auto rateOf = [&](int64_t bytes) {
    int64_t time = pair.stream(size_t(bytes), few);
    return double((few - 1) * bytes) / double(std::max<int64_t>(1, time));
  };
  int64_t size = std::clamp<int64_t>(
      int64_t(rateOf(smallest) * messageSeconds * 1e9), smallest, largest);
  if (!pair.agree(size))
    return {};
  double bytesPerNs = rateOf(size);
  auto countFor = [&](double bytes) {
    return std::clamp<int64_t>(int64_t(bytesPerNs * seconds * 1e9 / bytes), 6,
                               400);
  };
  int64_t counts[2] = {countFor(double(size)), countFor(2 * double(smallSize))};
  if (!pair.agree(counts))
    return {};
  int64_t time = pair.stream(size_t(size), counts[0]);
  double bytes = double(HeaderBytes + size_t(size)) * double(counts[0] - 1);
  // A stream of small messages shows what each takes besides the bytes of its
  // tensors: the looks of both ends at MPI, and the header, which plans do not
  // count elsewhere.
  int64_t smallTime = pair.stream(smallSize, counts[1]);
  if (time <= 0 || smallTime <= 0)
    return {};
  double byteNs = double(time) / bytes;
  double small = double(smallTime) / double(counts[1] - 1);
  return {int64_t(8e9 / byteNs),
          std::max<int64_t>(0, int64_t(small - byteNs * double(smallSize)))};
}
