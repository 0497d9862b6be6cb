//===- DimExpression.cpp - Names of dimensions as expressions -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Inference/DimExpression.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace onnx_split;

/// Reads a text by recursive descent, without ever going back. Each method
/// reads what its grammar rule says and returns false where the text is no
/// expression.
class onnx_split::DimExpressionReader {
public:
  DimExpressionReader(llvm::StringRef text, DimExpression &result)
      : rest(text), expression(result) {}

  bool read() { return readSum() && (skipSpaces(), rest.empty()); }

private:
  using Op = DimExpression::Op;

  bool readSum();
  bool readProduct();
  bool readSigned();
  bool readPower();
  bool readPrimary();
  bool readNumber();
  bool readCall(llvm::StringRef function);

  void skipSpaces() { rest = rest.ltrim(" \t"); }
  bool consume(llvm::StringRef token) {
    skipSpaces();
    return rest.consume_front(token);
  }
  void emit(Op op, int64_t operand = 0) {
    expression.steps.push_back({op, operand});
  }
  void emitTerm(llvm::StringRef name);

  llvm::StringRef rest;
  DimExpression &expression;
  llvm::StringMap<int64_t> indices;
  unsigned depth = 0;
};

void DimExpressionReader::emitTerm(llvm::StringRef name) {
  auto [index, isNew] = indices.try_emplace(name, expression.names.size());
  if (isNew)
    expression.names.push_back(name.str());
  emit(Op::Term, index->second);
}

/// product (('+' | '-') product)*
bool DimExpressionReader::readSum() {
  if (!readProduct())
    return false;
  while (true) {
    Op op;
    if (consume("+"))
      op = Op::Add;
    else if (consume("-"))
      op = Op::Subtract;
    else
      return true;
    if (!readProduct())
      return false;
    emit(op);
  }
}

/// signed (('*' | '//' | '/' | '%') signed)*
bool DimExpressionReader::readProduct() {
  if (!readSigned())
    return false;
  while (true) {
    Op op;
    if (consume("*"))
      op = Op::Multiply;
    else if (consume("//"))
      op = Op::FloorDivide;
    else if (consume("/"))
      op = Op::Divide;
    else if (consume("%"))
      op = Op::Modulo;
    else
      return true;
    if (!readSigned())
      return false;
    emit(op);
  }
}

/// ('+' | '-')* power
bool DimExpressionReader::readSigned() {
  bool isNegative = false;
  while (true) {
    if (consume("-"))
      isNegative = !isNegative;
    else if (!consume("+"))
      break;
  }
  if (!readPower())
    return false;
  if (isNegative)
    emit(Op::Negate);
  return true;
}

/// primary ['**' signed]: the power of a power is taken first.
bool DimExpressionReader::readPower() {
  if (!readPrimary())
    return false;
  if (!consume("**"))
    return true;
  if (++depth > DimExpression::MaxDepth || !readSigned())
    return false;
  --depth;
  emit(Op::Power);
  return true;
}

static bool isNameByte(char byte) {
  return llvm::isAlnum(byte) || byte == '_' || byte == '.' ||
         static_cast<unsigned char>(byte) >= 0x80;
}

/// '(' sum ')' | number | name | name '(' sum (',' sum)* ')'
bool DimExpressionReader::readPrimary() {
  if (consume("(")) {
    if (++depth > DimExpression::MaxDepth || !readSum())
      return false;
    --depth;
    return consume(")");
  }
  if (rest.empty() || !isNameByte(rest.front()) || rest.front() == '.')
    return false;
  if (llvm::isDigit(rest.front()))
    return readNumber();
  llvm::StringRef name = rest.take_while(isNameByte);
  rest = rest.drop_front(name.size());
  if (consume("("))
    return readCall(name);
  emitTerm(name);
  return true;
}

/// An integer, or a decimal fraction that binary floating point holds exactly:
/// of others nobody knows how their exporter rounded.
bool DimExpressionReader::readNumber() {
  llvm::StringRef text = rest.take_while(isNameByte);
  rest = rest.drop_front(text.size());
  auto [digits, fraction] = text.split('.');
  if (!llvm::all_of(digits, llvm::isDigit) ||
      !llvm::all_of(fraction, llvm::isDigit))
    return false;
  fraction = fraction.rtrim('0');
  int64_t value;
  if (fraction.empty()) {
    bool isHuge = digits.getAsInteger(10, value);
    emit(isHuge ? Op::HugeNumber : Op::Number, isHuge ? 0 : value);
    return true;
  }
  // 10^18 is the largest power of ten in int64.
  std::string both = (digits + fraction).str();
  if (both.size() > 18 || llvm::StringRef(both).getAsInteger(10, value))
    return false;
  int64_t fives = 1, tens = 1;
  for (size_t i = 0; i < fraction.size(); ++i) {
    fives *= 5;
    tens *= 10;
  }
  emit(Op::Number, value);
  emit(Op::Number, tens);
  emit(Op::Divide);
  // n / 10^k is (n / 5^k) / 2^k.
  return value % fives == 0;
}

bool DimExpressionReader::readCall(llvm::StringRef function) {
  struct Function {
    const char *name;
    Op op;
    unsigned arguments;
  };
  constexpr unsigned any = 0;
  // SymPy's own, then those of torch.utils._sympy.functions, then Python's.
  static constexpr Function functions[] = {
      {"floor", Op::Floor, 1},         {"ceiling", Op::Ceil, 1},
      {"Abs", Op::Absolute, 1},        {"Mod", Op::Modulo, 2},
      {"Pow", Op::Power, 2},           {"Min", Op::Minimum, any},
      {"Max", Op::Maximum, any},       {"FloorDiv", Op::FloorDivide, 2},
      {"CeilDiv", Op::CeilDivide, 2},  {"CleanDiv", Op::Divide, 2},
      {"IntTrueDiv", Op::Divide, 2},   {"FloatTrueDiv", Op::Divide, 2},
      {"PythonMod", Op::Modulo, 2},    {"PowByNatural", Op::Power, 2},
      {"FloorToInt", Op::Floor, 1},    {"CeilToInt", Op::Ceil, 1},
      {"TruncToInt", Op::Truncate, 1}, {"TruncToFloat", Op::Truncate, 1},
      {"RoundToInt", Op::Round, 1},    {"ToFloat", Op::Same, 1},
      {"Identity", Op::Same, 1},       {"ceil", Op::Ceil, 1},
      {"trunc", Op::Truncate, 1},      {"int", Op::Truncate, 1},
      {"round", Op::Round, 1},         {"abs", Op::Absolute, 1},
      {"pow", Op::Power, 2},           {"min", Op::Minimum, any},
      {"max", Op::Maximum, any},       {"math.floor", Op::Floor, 1},
      {"math.ceil", Op::Ceil, 1},      {"math.trunc", Op::Truncate, 1},
  };
  const Function *found = llvm::find_if(
      functions, [&](const Function &f) { return function == f.name; });
  if (found == std::end(functions) || ++depth > DimExpression::MaxDepth)
    return false;
  unsigned count = 0;
  do {
    if (!readSum())
      return false;
    ++count;
  } while (consume(","));
  --depth;
  if (found->op != Op::Same)
    emit(found->op, found->arguments == any ? count : 0);
  return (found->arguments == any || found->arguments == count) && consume(")");
}

DimExpression::DimExpression(llvm::StringRef name) {
  if (name.size() <= MaxLength && DimExpressionReader(name, *this).read()) {
    compound = steps.size() != 1 || steps[0].op != Op::Term || names[0] != name;
    return;
  }
  names = {name.str()};
  steps = {{Op::Term, 0}};
}

bool onnx_split::operator==(const DimExpression &a, const DimExpression &b) {
  auto isSame = [](const DimExpression::Step &x, const DimExpression::Step &y) {
    return x.op == y.op && x.operand == y.operand;
  };
  return a.names == b.names &&
         std::equal(a.steps.begin(), a.steps.end(), b.steps.begin(),
                    b.steps.end(), isSame);
}
