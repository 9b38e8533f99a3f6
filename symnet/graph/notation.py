"""A small grammar of mathematics: what an op says of how it is written, before that becomes text or LaTeX.

An op's `notation` gives a form, whose parts are its operands, other forms, and words that stand as they are. Where it
gives an operand itself, the op is not written at all, as broadcasting is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from symnet.graph.variable import Variable


class Infix(NamedTuple):
    """`left symbol right`."""

    symbol: str
    left: Part
    right: Part


class Prefix(NamedTuple):
    """A sign before its operand."""

    symbol: str
    operand: Part


class Power(NamedTuple):
    """`base ** exponent`."""

    base: Part
    exponent: Part


class Call(NamedTuple):
    """A function of operands, with keywords behind them."""

    name: str
    arguments: tuple[Part, ...]
    keywords: tuple[tuple[str, Part], ...] = ()


class Total(NamedTuple):
    """A reduction by `name` along `axes`; None is all of them."""

    name: str
    operand: Part
    axes: tuple[int, ...] | None
    keepdims: bool = False


class Item(NamedTuple):
    """`of[key]`."""

    of: Part
    key: tuple[Part, ...]


class Slice(NamedTuple):
    """`start:stop:step` within a key; an empty word where a bound is left out."""

    start: Part = ""
    stop: Part = ""
    step: Part = ""


class Attribute(NamedTuple):
    """`of.name`, such as a transpose."""

    of: Part
    name: str


class Converted(NamedTuple):
    """The operand as another dtype."""

    operand: Part
    dtype: str


class Row(NamedTuple):
    """Several in parentheses, such as a shape."""

    parts: tuple[Part, ...]


Form: TypeAlias = "Infix | Prefix | Power | Call | Total | Item | Slice | Attribute | Converted | Row"
Part: TypeAlias = "Variable | Form | str"


def along(axes: Sequence[int]) -> tuple[tuple[str, Part]]:
    """The keyword `axis` for these axes."""
    return (("axis", str(axes[0]) if len(axes) == 1 else str(tuple(axes))),)


def axes_written(axes: Sequence[int], x: Variable) -> tuple[int, ...] | None:
    """The axes of a reduction, None where those are all that `x` has."""
    return None if len(axes) == x.type.ndim else tuple(axes)


def written(x: Variable) -> Part:
    """The form of an expression: what its op says, and which of several results it is."""
    node = x.node
    assert node is not None
    form = node.op.notation(*node.inputs)
    return form if len(node.outputs) == 1 else Item(form, (str(x.index),))


def seen(x: Variable) -> Variable:
    """The expression that is written where `x` stands: an operand of ops that are not written."""
    while x.node is not None and x.name is None and len(x.node.outputs) == 1:
        form = written(x)
        if isinstance(form, (tuple, str)):
            break
        x = form
    return x


def operands(form: Part) -> list[Variable]:
    """The variables in a form, in the order they are read."""
    if isinstance(form, str):
        return []
    if not isinstance(form, tuple):
        return [form]
    if isinstance(form, Call):
        return [x for part in (*form.arguments, *(p for _, p in form.keywords)) for x in operands(part)]
    if isinstance(form, Item):
        return [x for part in (form.of, *form.key) for x in operands(part)]
    if isinstance(form, Row):
        return [x for part in form.parts for x in operands(part)]
    if isinstance(form, (Infix, Power, Slice)):
        return [x for part in form for x in operands(part)]
    return operands(form[1] if isinstance(form, (Prefix, Total)) else form[0])
