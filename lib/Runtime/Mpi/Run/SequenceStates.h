//===- SequenceStates.h - What a stage keeps between items ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Outputs of a part that are inputs of the next item of their sequence. They
/// stay where ONNX Runtime has made them, or both are one buffer of the final
/// length, into which the operator writes: nothing is copied.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_SEQUENCESTATES_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_SEQUENCESTATES_H

#include "onnx-split/Plan/ExecutionPlan.h"
#include "onnx-split/Runtime/Mpi/RunPlan.h"

namespace onnx_split::runtime {

class SequenceStates {
public:
  /// Finds the pairs of the stage that are kept, and what each begins with:
  /// what a file of `--input` says, else zeros. A cache, which grows, is kept
  /// only where tokens are generated, and begins empty; without tokens nobody
  /// says how long it is, and each item gets one of the length that was planned
  /// for. An error where more will be kept than the plan counts.
  llvm::Error prepare(const ExecutionPlan &plan,
                      const ExecutionPlan::Stage &stage, Session &session,
                      const RunOptions &options);

  /// Whether that input of the part comes from here.
  bool owns(llvm::StringRef input) const;
  bool isEmpty() const { return pairs.empty(); }

  /// Binds what the sequence has, or begins with, as inputs.
  llvm::Error bind(Ort::IoBinding &binding, int64_t sequence);
  /// Where that output of the part goes, if the sequence has a buffer for it.
  const Ort::Value *bufferOf(size_t output, int64_t sequence) const;
  /// Takes what the sequence has now out of the results, which are those of all
  /// outputs of the part.
  void keep(std::vector<Ort::Value> &results, int64_t sequence);
  /// Every sequence is at its beginning again.
  void restart();

  /// The largest sum, over the sequences, of what was kept.
  int64_t largestBytes() const { return mostBytes; }

private:
  struct Pair {
    std::string input;
    /// Of the part.
    size_t output = 0;
    Ort::Value initial{nullptr};
    /// Of a buffer for input and output, where they share one; else empty.
    std::vector<int64_t> sharedShape;
  };
  llvm::Error addPair(const PlanFile::State &state, const ExecutionPlan &plan,
                      Session &session, const RunOptions &options,
                      uint64_t &needed);

  std::vector<Pair> pairs;
  /// By sequence and pair; null at its beginning.
  std::vector<std::vector<Ort::Value>> current;
  int64_t bytes = 0, mostBytes = 0;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_SEQUENCESTATES_H
