//===- Decoder.h - Steps of a model that generates tokens -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a decoder takes for a step, by the names that exporters give its
/// inputs, and the token that its scores lead to. A step is of one sequence:
/// the batch is 1.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_RUNTIME_DECODER_H
#define ONNX_SPLIT_RUNTIME_DECODER_H

#include "onnx-split/Runtime/Session.h"

#include <optional>
#include <random>

namespace onnx_split::runtime {

/// How the next token is chosen.
struct Sampling {
  /// Among so many with the largest scores; 0: all.
  int64_t topK = 0;
  /// Scores are divided by it before they become probabilities; 0: the token
  /// with the largest score, always.
  double temperature = 0;
  uint64_t seed = 0;
};

/// What to generate.
struct Generation {
  /// For each sequence; 0: nothing is generated.
  int64_t tokens = 0;
  /// Sequence s begins with prompt s modulo their number; none is empty.
  std::vector<std::vector<int64_t>> prompts;
  /// A sequence ends with this token.
  std::optional<int64_t> stop;
  Sampling sampling;

  const std::vector<int64_t> &promptOf(int64_t sequence) const {
    return prompts[sequence % int64_t(prompts.size())];
  }
};

/// The prompts in a .npy or .pb file of whole numbers: one, or one in each row
/// of a matrix. The error begins with the path.
llvm::Expected<std::vector<std::vector<int64_t>>>
readPrompts(llvm::StringRef path);

/// The elements of a tensor of int64 or int32; none where it is no such tensor.
std::vector<int64_t> readTokens(const Ort::Value &value);

/// The tokens that are new in a step, and how many were before them.
struct DecoderStep {
  llvm::ArrayRef<int64_t> tokens;
  int64_t past = 0;
};

/// Whether an input of that name is made from the step alone.
bool isStepInput(llvm::StringRef name);

/// Whether it says which tokens count: random ones would be no text, and
/// operators that take a length from them refuse it.
bool isMaskInput(llvm::StringRef name);

/// The value of an input of a step. An error where the model does not take as
/// many tokens.
llvm::Expected<Ort::Value> makeStepInput(const Port &port,
                                         const DecoderStep &step);

/// The name of the output that scores tokens.
inline constexpr llvm::StringLiteral ScoresName = "logits";

/// Chooses tokens of one sequence. Equal seeds give equal tokens on every
/// machine whose scores are equal.
class TokenChoice {
public:
  TokenChoice(const Sampling &how, int64_t sequence)
      : sampling(how), random(how.seed * 0x9e3779b97f4a7c15 + sequence) {}

  /// By the scores [1, tokens, words] of the last token, or an error where they
  /// are none.
  llvm::Expected<int64_t> choose(const Ort::Value &scores);

private:
  int64_t draw(llvm::ArrayRef<float> scores);

  Sampling sampling;
  std::mt19937_64 random;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_DECODER_H
