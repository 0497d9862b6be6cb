//===- Generation.cpp - Whole generation of text in one operator ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "Shapes.h"

using namespace onnx_split;
using namespace onnx_split::schemas;

/// The longest length is a value; sequences that end before are filled up.
static Dim valueOfInput(const Context &context, size_t input) {
  auto value = scalarOf(context, input);
  return value ? known(*value) : unknown();
}

/// Prompts are (batch, length), or the pictures of sounds that an encoder
/// takes.
static Dim batchOf(const Context &context) {
  const Shape *prompts = shapeOf(context, 0);
  return prompts && prompts->dim_size() >= 1 ? prompts->dim(0) : unknown();
}

static void greedySearch(Context &context) {
  setType(context, 0, onnx::TensorProto::INT32);
  setShape(context, 0, {batchOf(context), valueOfInput(context, 1)});
}

static void sampling(Context &context) {
  greedySearch(context);
  setType(context, 1, onnx::TensorProto::FLOAT);
  int64_t words = intOf(context, "vocab_size", -1);
  setShape(context, 1,
           {batchOf(context), words > 0 ? known(words) : unknown()});
}

/// Scores of sequences, and of every word at every step, have the type of the
/// penalties, which are there only for those who ask for them.
static void beamSearch(Context &context) {
  Dim kept = valueOfInput(context, 4);
  setType(context, 0, onnx::TensorProto::INT32);
  setShape(context, 0, {batchOf(context), kept, valueOfInput(context, 1)});
  for (size_t output : {1, 2})
    copyType(context, 5, output);
  setShape(context, 1, {batchOf(context), kept});
  setShape(context, 2,
           {unknown(), batchOf(context), valueOfInput(context, 3), unknown()});
}

static void whisperBeamSearch(Context &context) {
  beamSearch(context);
  setType(context, 3, onnx::TensorProto::FLOAT);
  copyType(context, 5, 4);
  setShape(context, 4, {batchOf(context)});
}

static constexpr Operator GenerationOps[] = {
    {"BeamSearch",
     "input_ids max_length min_length? num_beams num_return_sequences "
     "length_penalty? repetition_penalty? vocab_mask? prefix_vocab_mask? "
     "attention_mask? decoder_input_ids? logits_processor?",
     "sequences sequences_scores? scores?",
     "decoder:g! eos_token_id:i! pad_token_id:i!", beamSearch},
    {"GreedySearch",
     "input_ids max_length min_length? repetition_penalty? vocab_mask? "
     "prefix_vocab_mask? attention_mask?",
     "sequences", "decoder:g! eos_token_id:i! pad_token_id:i!", greedySearch},
    {"Sampling",
     "input_ids max_length min_length? repetition_penalty? vocab_mask? "
     "prefix_vocab_mask? attention_mask? presence_mask? seed?",
     "sequences filtered_logits?",
     "decoder:g! eos_token_id:i! pad_token_id:i! vocab_size:i", sampling},
    {"WhisperBeamSearch",
     "input_ids max_length min_length? num_beams num_return_sequences "
     "length_penalty? repetition_penalty? vocab_mask? prefix_vocab_mask? "
     "attention_mask? decoder_input_ids? logits_processor? "
     "cross_qk_layer_head? extra_decoding_ids? temperature?",
     "sequences sequences_scores? scores? cross_qk? non_speech_probs?",
     "decoder:g! eos_token_id:i! pad_token_id:i!", whisperBeamSearch},
};

void schemas::registerGeneration() { add(Microsoft, GenerationOps); }
