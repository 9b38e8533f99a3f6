"""Expressions as a person writes them: infix operators, function calls, names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symnet.errors import ArgumentError
from symnet.graph.lines import LEFT_OUT, Written, leaf, lines
from symnet.graph.notation import (
    Attribute,
    Call,
    Converted,
    Infix,
    Item,
    Part,
    Power,
    Prefix,
    Row,
    Slice,
    Total,
    seen,
    written,
)
from symnet.graph.variable import Constant, Variable
from symnet.types import shape_text

_COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = 1, 6, 7, 8, 9, 10
# As in Python; what binds more tightly has the larger number.
_STRENGTH = {
    "<": 1, "<=": 1, ">": 1, ">=": 1, "|": 2, "^": 3, "&": 4, "<<": 5, ">>": 5,
    "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "@": _PRODUCT, "//": _PRODUCT, "%": _PRODUCT,
}  # fmt: skip
_MOST_ARGUMENTS = 12


class Text(str):
    """Text that a terminal and a notebook show as it is, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def pprint(x: Variable, depth: int | None = None, *, width: int = 88, lines: int = 40) -> Text:
    """`x` as mathematics: one line, and a list of named lines where one would be too long.

    Names are those of your code. Whatever bears a name, is used more than once or would make a line wider than `width`
    has a line below `where`; at most `lines` of them are written, and nothing that is more than `depth` operations
    away from the result. Broadcasting is left out.

    Raises: ArgumentError.
    """
    check("pprint", x)
    body, where, left_out = _lines(x, _AS_TEXT, width, lines, depth)
    rows = [body.text]
    if where:
        rows += ["where", *(f"  {name.text} = {definition.text}" for name, definition in where)]
    if left_out:
        rows.append(f"  ... and {left_out:,} more lines")
    return Text("\n".join(rows))


_lines = lines


def check(name: str, x: Any) -> None:
    """See that it is an expression.

    Raises: ArgumentError.
    """
    if not isinstance(x, Variable):
        raise ArgumentError(
            f"{name}: {printable(repr(x), 60)} is no expression.",
            fix="give a variable; of a function sn.dprint(f) shows the graph, and f.source the code.",
        )


def in_short(x: Variable, depth: int = 6) -> str:
    """`x` in one line; named parts by their names (the outermost excepted), `...` below `depth`."""
    return _short(x, depth).text


def _short(x: Variable, depth: int) -> Written:
    form = written(x) if x.node is not None else None
    if form is None:
        return leaf(x, _AS_TEXT, x.name)
    return _AS_TEXT.form(form, lambda v: _short_operand(seen(v), depth - 1))


def _short_operand(x: Variable, depth: int) -> Written:
    if x.node is None or x.name is not None:
        return leaf(x, _AS_TEXT, x.name)
    return _short(x, depth) if depth > 0 else _AS_TEXT.name(LEFT_OUT)


def number_text(value: Any) -> str:
    """A number as short as its dtype allows; whole ones without a point."""
    text = str(value)
    return text.removesuffix(".0") if isinstance(value, np.floating) else text


def printable(text: str, most: int = 40) -> str:
    """Text of one line, in which nothing is hidden, and cut off where it is long."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:most])
    return shown if len(text) <= most else shown + "..."


class _AsText:
    """Writes forms as Python does."""

    def name(self, label: str) -> Written:
        text = printable(label)
        return Written(text, _ATOM, "name", len(text))

    def constant(self, x: Constant) -> Written:
        if x.data.ndim == 0:
            text = number_text(x.data.flat[0])
            return _made(text, _SIGN if text.startswith("-") else _ATOM, "-" if text.startswith("-") else "")
        if x.data.ndim == 1 and x.data.size <= 6:
            return _made(f"[{', '.join(map(number_text, x.data))}]")
        return _made(f"<constant {shape_text(x.data.shape)}>")

    def form(self, part: Part, of: Callable[[Variable], Written]) -> Written:
        if isinstance(part, str):
            return _made(printable(part))
        if not isinstance(part, tuple):
            return of(seen(part))
        return getattr(self, f"_{type(part).__name__.lower()}")(part, of)

    def _infix(self, form: Infix, of: Callable[[Variable], Written]) -> Written:
        symbol = form.symbol
        strength = _STRENGTH.get(symbol, 0)
        left, right = self.form(form.left, of), self.form(form.right, of)
        if symbol == "+" and right.text.startswith("-") and right.binds >= _PRODUCT:
            symbol, right = "-", right._replace(text=right.text[1:])
        chain = strength not in (0, _COMPARISON) and not _differ(left.head, symbol)
        first = _inside(left, strength if chain else strength + 1 if strength else _ATOM)
        second = _inside(right, strength + 1 if strength else _ATOM)
        return _made(f"{first} {symbol} {second}", strength, symbol)

    def _prefix(self, form: Prefix, of: Callable[[Variable], Written]) -> Written:
        return _made(f"{form.symbol}{_inside(self.form(form.operand, of), _SIGN)}", _SIGN, form.symbol)

    def _power(self, form: Power, of: Callable[[Variable], Written]) -> Written:
        base, exponent = self.form(form.base, of), self.form(form.exponent, of)
        above = _inside(exponent, _ATOM if exponent.head == "**" else _SIGN)
        return _made(f"{_inside(base, _ATOM)}**{above}", _POWER, "**")

    def _call(self, form: Call, of: Callable[[Variable], Written]) -> Written:
        words = self._several(form.arguments, of)
        words += [f"{key}={self.form(value, of).text}" for key, value in form.keywords]
        return _made(f"{printable(form.name)}({', '.join(words)})")

    def _several(self, parts: tuple[Part, ...], of: Callable[[Variable], Written]) -> list[str]:
        words = [self.form(part, of).text for part in parts[:_MOST_ARGUMENTS]]
        return words if len(parts) <= _MOST_ARGUMENTS else [*words, LEFT_OUT]

    def _total(self, form: Total, of: Callable[[Variable], Written]) -> Written:
        axes = form.axes
        words = [self.form(form.operand, of).text]
        if axes is not None:
            words.append(f"axis={axes[0] if len(axes) == 1 else axes}")
        if form.keepdims:
            words.append("keepdims=True")
        return _made(f"{form.name}({', '.join(words)})")

    def _item(self, form: Item, of: Callable[[Variable], Written]) -> Written:
        return _made(f"{_before_dot(self.form(form.of, of))}[{', '.join(self._several(form.key, of))}]")

    def _slice(self, form: Slice, of: Callable[[Variable], Written]) -> Written:
        start, stop, step = (self.form(part, of).text for part in form)
        return _made(f"{start}:{stop}:{step}" if step else f"{start}:{stop}")

    def _attribute(self, form: Attribute, of: Callable[[Variable], Written]) -> Written:
        return _made(f"{_before_dot(self.form(form.of, of))}.{form.name}")

    def _converted(self, form: Converted, of: Callable[[Variable], Written]) -> Written:
        return _made(f"{_before_dot(self.form(form.operand, of))}.astype('{form.dtype}')")

    def _row(self, form: Row, of: Callable[[Variable], Written]) -> Written:
        words = self._several(form.parts, of)
        return _made(f"({words[0]},)" if len(words) == 1 else f"({', '.join(words)})")


_AS_TEXT = _AsText()


def _made(text: str, binds: int = _ATOM, head: str = "") -> Written:
    return Written(text, binds, head, len(text))


def _inside(part: Written, least: int) -> str:
    return part.text if part.binds >= least else f"({part.text})"


def _before_dot(part: Written) -> str:
    """What an attribute or an index follows: dots stay apart from the dot."""
    return _inside(part, _ATOM) if part.text != LEFT_OUT else f"({LEFT_OUT})"


def _differ(left: str, symbol: str) -> bool:
    """Whether readers would stumble without parentheses: x * y @ w, x / y % z."""
    uncommon = {"@", "//", "%"}
    return left != symbol and bool(uncommon & {left, symbol}) and {left, symbol} <= {*uncommon, "*", "/"}
