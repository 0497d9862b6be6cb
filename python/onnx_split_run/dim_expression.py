"""Names of open extents that are expressions, such as "past_sequence_length + 1"."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from fractions import Fraction

_OPERATORS: dict[type, Callable[[Fraction, Fraction], Fraction | int]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}
# As PyTorch and SymPy write them.
_FUNCTIONS: dict[str, Callable[..., Fraction | int]] = {
    "floor": math.floor, "ceiling": math.ceil, "ceil": math.ceil, "trunc": math.trunc,
    "int": math.trunc, "Abs": abs, "abs": abs, "Mod": operator.mod, "PythonMod": operator.mod,
    "Min": min, "min": min, "Max": max, "max": max, "FloorDiv": operator.floordiv,
    "CeilDiv": lambda a, b: -(-a // b), "CleanDiv": operator.truediv,
    "IntTrueDiv": operator.truediv, "FloatTrueDiv": operator.truediv, "FloorToInt": math.floor,
    "CeilToInt": math.ceil, "TruncToInt": math.trunc, "TruncToFloat": math.trunc,
    "ToFloat": lambda a: a, "Identity": lambda a: a,
}


class _NoValue(Exception):
    """Some part of the expression has none."""


class DimExpression:
    """A name taken apart. One that is no expression is a single term."""

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            self._tree: ast.expr | None = ast.parse(name.strip(), mode="eval").body
            self.terms = sorted(self._find_terms(self._tree))
        except (SyntaxError, ValueError, RecursionError, MemoryError, _NoValue):
            self._tree, self.terms = None, [name] if name else []
        if self.terms == [name]:
            self._tree = None

    @property
    def is_compound(self) -> bool:
        """More than one name: operators, calls or a number."""
        return self._tree is not None

    def _find_terms(self, node: ast.expr) -> set[str]:
        match node:
            case ast.Constant(value=int() | float()):
                return set()
            case ast.Name() | ast.Attribute():
                return {ast.unparse(node)}
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                return self._find_terms(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return self._find_terms(left) | self._find_terms(right)
            case ast.Call(func=ast.Name(id=called), args=args, keywords=[]) if called in _FUNCTIONS:
                return set().union(*map(self._find_terms, args))
        raise _NoValue

    def evaluate(self, value_of: Callable[[str], int | None]) -> int | None:
        """The value for values of the terms; None where there is none, or where it is
        no whole number."""
        if self._tree is None:
            return value_of(self.name)
        try:
            result = Fraction(self._value(self._tree, value_of))
        except (_NoValue, ZeroDivisionError, OverflowError, TypeError):
            return None
        return int(result) if result.denominator == 1 else None

    def _value(self, node: ast.expr, value_of: Callable[[str], int | None]) -> Fraction | int:
        match node:
            case ast.Constant(value=int() | float() as number):
                return Fraction(number)
            case ast.Name() | ast.Attribute():
                found = value_of(ast.unparse(node))
                if found is None:
                    raise _NoValue
                return Fraction(found)
            case ast.UnaryOp(op=op, operand=operand):
                inner = self._value(operand, value_of)
                return -inner if isinstance(op, ast.USub) else inner
            case ast.BinOp(left=left, op=op, right=right):
                sides = [Fraction(self._value(side, value_of)) for side in (left, right)]
                return _OPERATORS[type(op)](*sides)
            case ast.Call(func=ast.Name(id=called), args=args):
                return _FUNCTIONS[called](*(Fraction(self._value(one, value_of)) for one in args))
        raise _NoValue
