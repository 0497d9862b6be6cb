//===- TokenSchedule.cpp - Which item is what, step by step ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenSchedule.h"

using namespace onnx_split;
using namespace onnx_split::runtime;

TokenSchedule::TokenSchedule(const Generation &wanted, int64_t sequences,
                             int64_t warmupSteps)
    : generation(wanted), warmup(warmupSteps), generatedOf(sequences) {
  if (warmup > 0)
    items.push_back({0, 0});
  else
    addPrompts();
}

void TokenSchedule::addPrompts() {
  for (size_t sequence = 0; sequence < generatedOf.size(); ++sequence)
    items.push_back({static_cast<int64_t>(sequence), 0});
}

std::pair<std::vector<int64_t>, int64_t>
TokenSchedule::stepOf(int64_t item) const {
  auto [sequence, step] = items[item];
  const std::vector<int64_t> &prompt = generation.promptOf(sequence);
  if (step == 0)
    return {prompt, 0};
  const std::vector<int64_t> &own =
      item < warmup ? warmTokens : generatedOf[sequence];
  return {{own[step - 1]}, static_cast<int64_t>(prompt.size()) + step - 1};
}

void TokenSchedule::add(int64_t token) {
  if (tokens < warmup) {
    ++tokens;
    warmTokens.push_back(token);
    if (tokens < warmup)
      items.push_back({0, tokens});
    else
      addPrompts();
    return;
  }
  int64_t sequence = items[tokens++].sequence;
  std::vector<int64_t> &own = generatedOf[sequence];
  own.push_back(token);
  auto count = static_cast<int64_t>(own.size());
  if (count < generation.tokens && token != generation.stop)
    items.push_back({sequence, count});
}
