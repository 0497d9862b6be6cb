//===- Arithmetic.cpp - Values of arithmetic on several operands ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementType.h"
#include "Elementwise.h"

#include "onnx/onnx_pb.h"

using namespace onnx_split;
using namespace onnx_split::values;

template <Element (*Apply)(const Element &, const Element &)>
static std::optional<KnownTensor> binary(Evaluation &evaluation) {
  const KnownTensor *a = evaluation.whole(0);
  return mapTwo(evaluation, a, evaluation.whole(1), a ? a->elementType() : 0,
                Apply);
}

static std::optional<KnownTensor> mod(Evaluation &evaluation) {
  return evaluation.getInt("fmod", 0) ? binary<remainder>(evaluation)
                                      : binary<modulo>(evaluation);
}

/// Before operator set 8 the operands have one shape.
template <Element (*Apply)(llvm::ArrayRef<Element>)>
static std::optional<KnownTensor> variadic(Evaluation &evaluation) {
  llvm::SmallVector<const KnownTensor *> operands;
  for (size_t i = 0; i < evaluation.operandCount(); ++i) {
    operands.push_back(evaluation.whole(i));
    if (!operands[i] ||
        (evaluation.opset() < 8 && operands[i]->dims() != operands[0]->dims()))
      return std::nullopt;
  }
  if (operands.empty())
    return std::nullopt;
  return mapAll(operands, operands[0]->elementType(), Apply);
}

template <typename Combine>
static std::optional<KnownTensor> bitwise(Evaluation &evaluation,
                                          Combine combine) {
  const KnownTensor *a = evaluation.whole(0);
  int32_t type = a ? a->elementType() : 0;
  return mapTwo(evaluation, a, evaluation.whole(1), type,
                [&](const Element &x, const Element &y) {
                  if (!x.isExact() || !y.isExact())
                    return Element::unknown(type);
                  uint64_t bits =
                      combine(uint64_t(x.integer), uint64_t(y.integer));
                  return Element::ofInteger(type, int64_t(bits));
                });
}

static std::optional<KnownTensor> bitwiseAnd(Evaluation &evaluation) {
  return bitwise(evaluation, [](uint64_t a, uint64_t b) { return a & b; });
}

static std::optional<KnownTensor> bitwiseOr(Evaluation &evaluation) {
  return bitwise(evaluation, [](uint64_t a, uint64_t b) { return a | b; });
}

static std::optional<KnownTensor> bitwiseXor(Evaluation &evaluation) {
  return bitwise(evaluation, [](uint64_t a, uint64_t b) { return a ^ b; });
}

/// Of unsigned integers. By their width or more it is undefined.
static std::optional<KnownTensor> bitShift(Evaluation &evaluation) {
  const KnownTensor *a = evaluation.whole(0);
  int32_t type = a ? a->elementType() : 0;
  llvm::StringRef direction = evaluation.getString("direction", "");
  if (direction != "LEFT" && direction != "RIGHT")
    return std::nullopt;
  return mapTwo(evaluation, a, evaluation.whole(1), type,
                [&](const Element &x, const Element &y) {
                  uint64_t bits = x.integer, count = y.integer;
                  if (!x.isExact() || !y.isExact() || count >= widthOf(type))
                    return Element::unknown(type);
                  bits = direction == "LEFT" ? bits << count : bits >> count;
                  return Element::ofInteger(type, int64_t(bits));
                });
}

llvm::ArrayRef<Entry> values::arithmeticEntries() {
  static constexpr Entry table[] = {
      {"Add", one<binary<add>>},        {"BitShift", one<bitShift>},
      {"BitwiseAnd", one<bitwiseAnd>},  {"BitwiseOr", one<bitwiseOr>},
      {"BitwiseXor", one<bitwiseXor>},  {"Div", one<binary<divide>>},
      {"Max", one<variadic<largest>>},  {"Mean", one<variadic<mean>>},
      {"Min", one<variadic<smallest>>}, {"Mod", one<mod>},
      {"Mul", one<binary<multiply>>},   {"Pow", one<binary<power>>},
      {"Sub", one<binary<subtract>>},   {"Sum", one<variadic<sum>>},
  };
  return table;
}
