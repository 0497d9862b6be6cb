//===- Sequence.cpp - Cost of sequences, optionals, text and images -------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How long a sequence or a text is does not follow from its type: these
/// operators are unknown, except where only a type or a length is asked for.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

static void metadata(Estimate &estimate, int64_t) { estimate.setNoTraffic(); }

llvm::ArrayRef<OpEntry> opcost::sequenceOps() {
  static constexpr OpEntry table[] = {
      {Standard, "ConcatFromSequence", unknownCost},
      {Standard, "ImageDecoder", unknownCost},
      {Standard, "Optional", unknownCost},
      {Standard, "OptionalGetElement", unknownCost},
      {Standard, "OptionalHasElement", metadata},
      {Standard, "RegexFullMatch", unknownCost},
      {Standard, "SequenceAt", unknownCost},
      {Standard, "SequenceConstruct", unknownCost},
      {Standard, "SequenceEmpty", metadata},
      {Standard, "SequenceErase", unknownCost},
      {Standard, "SequenceInsert", unknownCost},
      {Standard, "SequenceLength", metadata},
      {Standard, "SplitToSequence", unknownCost},
      {Standard, "StringConcat", unknownCost},
      {Standard, "StringNormalizer", unknownCost},
      {Standard, "StringSplit", unknownCost},
      {Standard, "TfIdfVectorizer", unknownCost},
  };
  return table;
}
