//===- Words.cpp - Wording of messages ------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

using namespace llvm;
using namespace onnx_split;

/// Longest quotation, and longest word that is worth a suggestion.
static constexpr size_t LongestWord = 60;

std::string onnx_split::quote(StringRef text) {
  bool shortened = text.size() > LongestWord;
  if (shortened) {
    text = text.take_front(LongestWord);
    // Not in the middle of a UTF-8 sequence: drop its continuation bytes and
    // the byte that leads them.
    while (!text.empty() && (text.back() & 0xC0) == 0x80)
      text = text.drop_back();
    if (!text.empty() && (text.back() & 0x80))
      text = text.drop_back();
  }
  std::string result = "'";
  for (char c : text) {
    // A message is one line, whatever the file holds.
    bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    result += control ? '?' : c;
  }
  if (shortened)
    result += "...";
  result += "'";
  return result;
}

std::string onnx_split::list(ArrayRef<StringRef> words, size_t most) {
  if (words.size() <= most)
    return join(words, ", ");
  return join(words.take_front(most), ", ") + " and " +
         std::to_string(words.size() - most) + " more";
}

std::optional<StringRef> onnx_split::nearest(StringRef text,
                                             ArrayRef<StringRef> words) {
  if (text.empty() || text.size() > LongestWord)
    return std::nullopt;
  auto fold = [](StringRef word) {
    std::string folded = word.lower();
    std::replace(folded.begin(), folded.end(), '-', '_');
    return folded;
  };
  std::string wanted = fold(text);
  std::optional<StringRef> best;
  // A third of the letters may be wrong; of equally near words the first wins.
  unsigned bestDistance = static_cast<unsigned>((wanted.size() + 2) / 3 + 1);
  for (StringRef word : words) {
    unsigned distance = StringRef(wanted).edit_distance(
        fold(word), /*AllowReplacements=*/true, bestDistance);
    // A distance as long as the word itself shares nothing with it.
    if (distance < bestDistance && distance < word.size()) {
      best = word;
      bestDistance = distance;
    }
  }
  return best;
}

std::string onnx_split::suggest(StringRef text, ArrayRef<StringRef> words) {
  if (std::optional<StringRef> word = nearest(text, words))
    return " (did you mean '" + word->str() + "'?)";
  return "";
}
