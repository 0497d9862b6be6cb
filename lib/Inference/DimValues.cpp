//===- DimValues.cpp - Values of dimensions in one setting ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Inference/DimBindings.h"

#include "llvm/ADT/StringExtras.h"

using namespace onnx_split;

std::string DimName::spell() const {
  return symbol.empty() ? input + "[" + std::to_string(axis) + "]" : symbol;
}

std::string DimName::describe() const {
  return symbol.empty()
             ? "axis " + std::to_string(axis) + " of the input '" + input + "'"
             : "the dimension '" + symbol + "'";
}

const DimBinding *DimValues::find(const DimName &name) const {
  auto binding = bindings.find(name);
  return binding == bindings.end() ? nullptr : &binding->second;
}

std::optional<int64_t> DimValues::evaluate(const DimExpression &expression,
                                           DimFault *fault) const {
  return expression.evaluate(
      [&](llvm::StringRef term) -> std::optional<int64_t> {
        const DimBinding *binding = find(DimName::ofSymbol(term));
        return binding ? std::optional<int64_t>(binding->value) : std::nullopt;
      },
      fault);
}

std::optional<int64_t> DimValues::valueOf(llvm::StringRef symbol,
                                          DimFault *fault) const {
  DimFault reason = DimFault::None;
  std::optional<int64_t> value;
  if (const DimBinding *binding = find(DimName::ofSymbol(symbol))) {
    value = binding->value;
  } else {
    DimExpression expression(symbol);
    value = evaluate(expression, &reason);
    // "-1" is what some write for an extent that they do not know.
    if (expression.terms().empty() && value.value_or(-1) < 0) {
      value = std::nullopt;
      reason = DimFault::OpenTerm;
    }
  }
  if (fault)
    *fault = reason;
  return value;
}

std::optional<int64_t> DimValues::extentOf(llvm::StringRef input,
                                           int64_t axis) const {
  const DimBinding *binding = find(DimName::ofAxis(input, axis));
  return binding ? std::optional<int64_t>(binding->value) : std::nullopt;
}

std::string DimValues::describeOrigins(const DimExpression &expression,
                                       llvm::StringRef verb) const {
  std::vector<std::string> origins;
  for (const std::string &term : expression.terms())
    if (const DimBinding *binding = find(DimName::ofSymbol(term));
        binding && !llvm::is_contained(origins, binding->origin))
      origins.push_back(binding->origin);
  if (origins.empty())
    origins = {"its name"};
  std::string last = origins.back();
  origins.pop_back();
  return origins.empty()
             ? (last + " " + verb + "s").str()
             : llvm::join(origins, ", ") + " and " + last + " " + verb.str();
}

std::string onnx_split::describeValue(std::optional<int64_t> value,
                                      DimFault fault) {
  switch (fault) {
  case DimFault::None:
    return std::to_string(*value);
  case DimFault::OpenTerm:
    return "open";
  case DimFault::DivisionByZero:
    return "a division by zero";
  case DimFault::NotWhole:
    return "a fraction";
  case DimFault::TooLarge:
    return "too large for 64 bits";
  }
  return "";
}

std::string onnx_split::describeBadExtent(llvm::StringRef symbol,
                                          const DimValues &values,
                                          const llvm::Twine &owner) {
  DimFault fault;
  std::optional<int64_t> value = values.valueOf(symbol, &fault);
  if (fault == DimFault::OpenTerm || value.value_or(-1) >= 0)
    return "";
  return values.describeOrigins(DimExpression(symbol), "make") +
         (" the dimension '" + symbol + "' of " + owner + " ").str() +
         describeValue(value, fault);
}
