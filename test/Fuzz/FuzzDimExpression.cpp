//===- FuzzDimExpression.cpp - Any bytes as the name of a dimension -------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Inference/DimExpression.h"

#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/StringSet.h"

using namespace onnx_split;

static void require(bool condition) {
  if (!condition)
    __builtin_trap();
}

/// Values of all sizes and signs that depend on the name alone; zeros as well.
static std::optional<int64_t> valueOf(llvm::StringRef name) {
  uint64_t bits = llvm::hash_value(name);
  return static_cast<int64_t>(bits) >> (bits % 64);
}

static std::optional<int64_t> evaluate(const DimExpression &expression) {
  DimFault fault;
  std::optional<int64_t> value = expression.evaluate(valueOf, &fault);
  require(value.has_value() == (fault == DimFault::None));
  require(fault != DimFault::OpenTerm);
  return value;
}

/// Every text is an expression or one name; its terms stand in it, each once;
/// brackets change nothing of the value, and a sign its sign.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  DimExpression expression(text);
  llvm::StringSet<> terms;
  for (const std::string &term : expression.terms()) {
    require(text.contains(term));
    require(terms.insert(term).second);
  }
  std::optional<int64_t> value = evaluate(expression);
  if (!expression.isCompound()) {
    require(terms.size() == 1 && expression.terms()[0] == text);
    return 0;
  }
  DimExpression inBrackets("(" + text.str() + ")");
  // One bracket more may pass the limits.
  if (!inBrackets.isCompound() || inBrackets.terms() != expression.terms())
    return 0;
  require(inBrackets == expression);
  require(evaluate(inBrackets) == value);
  DimExpression negated("-(" + text.str() + ")");
  if (value && *value != INT64_MIN && negated.isCompound())
    require(evaluate(negated) == -*value);
  return 0;
}
