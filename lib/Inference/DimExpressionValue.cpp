//===- DimExpressionValue.cpp - Values of expressions ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Inference/DimExpression.h"

#include "Rational.h"

#include "llvm/ADT/SmallVector.h"

using namespace onnx_split;

/// Runs the steps of an expression. What has no value leaves the machine with
/// a fault, and the result of the step is then of no importance.
class DimExpression::Machine {
public:
  DimFault fault = DimFault::None;

  void push(Rational value) { stack.push_back(value); }
  Rational pop() { return stack.pop_back_val(); }
  void run(Step step);

private:
  /// A result that is none is one that does not fit.
  Rational check(std::optional<Rational> value) {
    if (!value)
      fault = DimFault::TooLarge;
    return value.value_or(0);
  }
  Rational divide(Rational a, Rational b) {
    if (b.isZero())
      fault = DimFault::DivisionByZero;
    return b.isZero() ? 0 : check(a.over(b));
  }
  Rational unary(Op op, Rational a);
  Rational binary(Op op, Rational a, Rational b);
  Rational power(Rational base, Rational exponent);

  llvm::SmallVector<Rational, 8> stack;
};

Rational DimExpression::Machine::power(Rational base, Rational exponent) {
  if (!exponent.isWhole()) {
    fault = DimFault::NotWhole;
    return 0;
  }
  if (exponent.whole() > MaxExponent || exponent.whole() < -MaxExponent) {
    fault = DimFault::TooLarge;
    return 0;
  }
  Rational result = 1;
  for (int64_t i = 0; i < std::abs(exponent.whole()); ++i)
    result = check(result.times(base));
  return exponent < 0 ? divide(1, result) : result;
}

Rational DimExpression::Machine::unary(Op op, Rational a) {
  switch (op) {
  case Op::Negate:
    return check(a.negated());
  case Op::Absolute:
    return a < 0 ? check(a.negated()) : a;
  case Op::Floor:
    return a.floor();
  case Op::Ceil:
    return a.ceil();
  case Op::Truncate:
    return a.truncate();
  case Op::Round:
    return a.round();
  default:
    return a;
  }
}

Rational DimExpression::Machine::binary(Op op, Rational a, Rational b) {
  switch (op) {
  case Op::Add:
    return check(a.plus(b));
  case Op::Subtract:
    return check(a.minus(b));
  case Op::Multiply:
    return check(a.times(b));
  case Op::Divide:
    return divide(a, b);
  case Op::FloorDivide:
    return divide(a, b).floor();
  case Op::CeilDivide:
    return divide(a, b).ceil();
  case Op::Modulo: {
    Rational multiple = check(divide(a, b).floor().times(b));
    return check(a.minus(multiple));
  }
  case Op::Power:
    return power(a, b);
  case Op::Minimum:
    return b < a ? b : a;
  case Op::Maximum:
    return a < b ? b : a;
  default:
    return a;
  }
}

void DimExpression::Machine::run(Step step) {
  switch (step.op) {
  case Op::Number:
    return push(step.operand);
  case Op::HugeNumber:
    fault = DimFault::TooLarge;
    return push(0);
  case Op::Negate:
  case Op::Absolute:
  case Op::Floor:
  case Op::Ceil:
  case Op::Truncate:
  case Op::Round:
    return push(unary(step.op, pop()));
  default:
    break;
  }
  // Minimum and Maximum have any number of operands, the others two.
  bool isList = step.op == Op::Minimum || step.op == Op::Maximum;
  Rational last = pop();
  for (int64_t i = 1; i < (isList ? step.operand : 2); ++i)
    last = binary(step.op, pop(), last);
  push(last);
}

std::optional<int64_t> DimExpression::evaluate(
    llvm::function_ref<std::optional<int64_t>(llvm::StringRef)> valueOf,
    DimFault *fault) const {
  Machine machine;
  auto finish = [&](DimFault reason) {
    if (fault)
      *fault = reason;
    return reason == DimFault::None ? std::optional<int64_t>(0) : std::nullopt;
  };
  std::vector<int64_t> values;
  for (const std::string &name : names) {
    std::optional<int64_t> value = valueOf(name);
    if (!value)
      return finish(DimFault::OpenTerm);
    values.push_back(*value);
  }
  for (Step step : steps) {
    if (step.op == Op::Term)
      machine.push(values[step.operand]);
    else
      machine.run(step);
    if (machine.fault != DimFault::None)
      return finish(machine.fault);
  }
  Rational result = machine.pop();
  if (!result.isWhole())
    return finish(DimFault::NotWhole);
  finish(DimFault::None);
  return result.whole();
}
