//===- Comparison.cpp - Values of comparisons, logic and choices ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"

#include "onnx/onnx_pb.h"

using namespace onnx_split;
using namespace onnx_split::values;
using onnx::TensorProto;

static Element ofTruth(std::optional<bool> truth) {
  return truth ? Element::ofBool(*truth) : Element::unknown(TensorProto::BOOL);
}

/// A question about two elements, maybe with the operands exchanged.
template <std::optional<bool> (*Ask)(const Element &, const Element &),
          bool Exchanged = false>
static std::optional<KnownTensor> compare(Evaluation &evaluation) {
  return mapTwo(evaluation, evaluation.whole(0), evaluation.whole(1),
                TensorProto::BOOL, [](const Element &a, const Element &b) {
                  return ofTruth(Exchanged ? Ask(b, a) : Ask(a, b));
                });
}

/// One operand that is `decisive` decides, whatever the other is.
static std::optional<KnownTensor> logic(Evaluation &evaluation, bool decisive) {
  return mapTwo(evaluation, evaluation.whole(0), evaluation.whole(1),
                TensorProto::BOOL, [&](const Element &a, const Element &b) {
                  if (a.is(decisive) || b.is(decisive))
                    return Element::ofBool(decisive);
                  return a.isExact() ? b : a;
                });
}

static std::optional<KnownTensor> logicalAnd(Evaluation &evaluation) {
  return logic(evaluation, false);
}

static std::optional<KnownTensor> logicalOr(Evaluation &evaluation) {
  return logic(evaluation, true);
}

static std::optional<bool> isDifferent(const Element &a, const Element &b) {
  std::optional<bool> equal = isEqual(a, b);
  return equal ? std::optional(!*equal) : std::nullopt;
}

/// Where the condition is unknown, the choices may still be the same.
static Element choose(llvm::ArrayRef<Element> operands) {
  const Element &condition = operands[0];
  if (condition.isExact())
    return condition.integer ? operands[1] : operands[2];
  return isSame(operands[1], operands[2]) ? operands[1]
                                          : Element::unknown(operands[1].type);
}

static std::optional<KnownTensor> where(Evaluation &evaluation) {
  const KnownTensor *condition = evaluation.wholeOrUnknown(0);
  const KnownTensor *x = evaluation.wholeOrUnknown(1);
  const KnownTensor *y = evaluation.wholeOrUnknown(2);
  if (!condition || !x || !y || x->elementType() != y->elementType() ||
      condition->elementType() != TensorProto::BOOL)
    return std::nullopt;
  return mapAll({condition, x, y}, x->elementType(), choose);
}

llvm::ArrayRef<Entry> values::comparisonEntries() {
  static constexpr Entry table[] = {
      {"And", one<logicalAnd>},
      {"Equal", one<compare<isEqual>>},
      {"Greater", one<compare<isLess, true>>},
      {"GreaterOrEqual", one<compare<isLessOrEqual, true>>},
      {"Less", one<compare<isLess>>},
      {"LessOrEqual", one<compare<isLessOrEqual>>},
      {"Or", one<logicalOr>},
      {"Where", one<where>},
      {"Xor", one<compare<isDifferent>>},
  };
  return table;
}
