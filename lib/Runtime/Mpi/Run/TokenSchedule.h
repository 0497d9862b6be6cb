//===- TokenSchedule.h - Which item is what, step by step -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The items of a run that generates tokens. Each is a step of one sequence;
/// the first ones are the prompts, and every token leads to the next step of
/// its sequence or ends that. A warm-up may come before them: steps of the
/// first prompt, whose tokens are nobody's. All ranks hear of all tokens in the
/// order of the items, so that all of them know the same items without a word
/// about these.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_TOKENSCHEDULE_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_TOKENSCHEDULE_H

#include "onnx-split/Runtime/Decoder.h"

namespace onnx_split::runtime {

class TokenSchedule {
public:
  TokenSchedule(const Generation &wanted, int64_t sequences, int64_t warmup);

  /// Items that may begin as soon as their inputs are there.
  int64_t countKnown() const { return static_cast<int64_t>(items.size()); }
  int64_t countTokens() const { return tokens; }
  /// No further item will come.
  bool isOver() const { return tokens == countKnown(); }

  /// Those of the warm-up count to the first one.
  int64_t sequenceOf(int64_t item) const { return items[item].sequence; }
  /// The new tokens of an item, and how many its sequence had before them.
  std::pair<std::vector<int64_t>, int64_t> stepOf(int64_t item) const;

  /// The token that the next item, in their order, has led to.
  void add(int64_t token);
  /// What was generated of each sequence.
  const std::vector<std::vector<int64_t>> &generated() const {
    return generatedOf;
  }

private:
  struct Item {
    int64_t sequence = 0, step = 0;
  };
  void addPrompts();

  const Generation &generation;
  const int64_t warmup;
  std::vector<Item> items;
  std::vector<std::vector<int64_t>> generatedOf;
  /// Of the warm-up.
  std::vector<int64_t> warmTokens;
  int64_t tokens = 0;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_TOKENSCHEDULE_H
