//===- EmulatedLinks.cpp - Links that take their time ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EmulatedLinks.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace onnx_split;
using namespace onnx_split::runtime;

/// Times of a file may be anything that fits.
static int64_t addTimes(int64_t first, int64_t second) {
  int64_t sum = 0;
  return llvm::AddOverflow(first, second, sum) ? INT64_MAX : sum;
}

int64_t EmulatedLinks::handOver(int group, llvm::StringRef device,
                                int64_t now) {
  const ExecutionPlan::WireGroup &message = plan.groups[group];
  switch (emulation) {
  case Emulation::None:
    return now;
  case Emulation::Latency:
    return addTimes(now, message.latencyNs);
  case Emulation::Links:
    break;
  }
  int64_t &free = freeAt.try_emplace(device, now).first->second;
  free = addTimes(std::max(free, now), message.timeNs);
  return addTimes(free, message.latencyNs);
}
