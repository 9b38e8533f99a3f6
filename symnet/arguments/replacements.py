"""What `function` is to replace: new values of shared variables, and variables by others (`updates`, `givens`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from symnet.errors import ArgumentError, UpdateError
from symnet.graph import Shared, Variable, substitute
from symnet.op import as_variable
from symnet.ops import cast
from symnet.types import shape_text


def check_updates(updates: Any) -> list[tuple[Shared, Variable]]:
    """The updates as pairs, each new value of its shared variable's type."""
    pairs = list(updates.items()) if isinstance(updates, Mapping) else list(updates or ())
    found: dict[Shared, Variable] = {}
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise UpdateError("function: updates holds something that is no pair.", fix="write [(w, w - 0.1 * g)].")
        target, value = pair
        if not isinstance(target, Shared):
            label = target.label if isinstance(target, Variable) else f"a {type(target).__name__}"
            raise UpdateError(
                f"function: {label} is updated but is no shared variable.", fix="make it with sn.shared(value)."
            )
        if target in found:
            raise UpdateError(
                f"function: {target.label} is updated twice.",
                operands={"updated": target, "first": found[target], "second": as_variable(value, target)},
                fix="keep one of the two, or add up the steps in one new value.",
            )
        found[target] = _new_value(target, as_variable(value, target))
    return list(found.items())


def _new_value(target: Shared, value: Variable) -> Variable:
    declared, given = target.type, value.type
    if len(declared.shape) != len(given.shape) or not _may_agree(target, value):
        raise UpdateError(
            f"function: {target.label} has shape {shape_text(declared.shape)}, "
            f"its new value {shape_text(given.shape)}.",
            operands={"updated": target, "value": value},
            fix="sum the extra axes, or reshape the new value to the variable's shape.",
        )
    if declared.dtype == given.dtype:
        return value
    if declared.dtype.startswith(("int", "uint", "bool")) and given.is_inexact:
        raise UpdateError(
            f"function: {target.label} is {declared.dtype}, its new value {given.dtype}.",
            operands={"updated": target, "value": value},
            fix=f"cast it: value.astype({declared.dtype!r}), or make {target.label} a float.",
        )
    return cast(value, declared.dtype)


def _may_agree(a: Variable, b: Variable) -> bool:
    """Whether no size that is known in both differs."""
    pairs = zip(a.type.shape, b.type.shape, strict=True)
    return all(not (isinstance(n, int) and isinstance(m, int)) or n == m for n, m in pairs)


def check_givens(givens: Any, what: str = "function: givens") -> dict[Variable, Variable]:
    """The replacements, each of its variable's type; `what` names them in errors."""
    pairs = list(givens.items()) if isinstance(givens, Mapping) else list(givens or ())
    found: dict[Variable, Variable] = {}
    for old, new in pairs:
        if not isinstance(old, Variable):
            raise ArgumentError(f"{what} replaces a {type(old).__name__}.", fix="the keys are variables.")
        value = as_variable(new, old)
        if value.type.ndim != old.type.ndim:
            raise ArgumentError(
                f"{what} replaces {old.label}, which has {old.type.ndim} axes, by one of {value.type.ndim}.",
                operands={"replaced": old, "by": value},
                fix="take a part of it, e.g. data[i], or declare the variable with as many axes.",
            )
        if not _may_agree(old, value):
            raise ArgumentError(
                f"{what} replaces {old.label}, which has shape {shape_text(old.type.shape)}, "
                f"by one of shape {shape_text(value.type.shape)}.",
                operands={"replaced": old, "by": value},
            )
        if value.type.dtype != old.type.dtype:
            if old.type.dtype.startswith(("int", "uint", "bool")) and value.type.is_inexact:
                raise ArgumentError(
                    f"{what} replaces {old.label} ({old.type.dtype}) by {value.type.dtype}.",
                    operands={"replaced": old, "by": value},
                    fix=f"cast it: value.astype({old.type.dtype!r}).",
                )
            value = cast(value, old.type.dtype)
        found[old] = value
    return found


def check_swap(swap: Mapping[Any, Any], states: Collection[Shared], what: str) -> Mapping[Shared, Shared]:
    """The replacements of shared variables among the `states` by others, each of its type; `what` begins errors.

    Raises: ArgumentError.
    """
    for old, new in swap.items():
        if old not in states or not isinstance(new, Shared):
            before, after = (x.label if isinstance(x, Variable) else repr(x) for x in (old, new))
            known = ", ".join(s.label for s in states) or "none"
            raise ArgumentError(
                f"{what}: swap replaces {before} by {after}.",
                fix=f"replace a shared variable the function uses ({known}) by another shared variable.",
            )
        if new.type != old.type:
            raise ArgumentError(
                f"{what}: swap replaces {old.label}, which is {old.type}, by one of {new.type}.",
                operands={"replaced": old, "by": new},
            )
    return swap


def default_updates(
    states: Sequence[Shared], updated: set[Shared], unwanted: bool | Sequence[Shared]
) -> list[tuple[Shared, Variable]]:
    """What the shared variables in use, `states`, become by themselves: random streams move on.

    Raises: ArgumentError unless `unwanted` is a bool or holds shared variables.
    """
    return wanted(
        [(s, s.default_update) for s in states if s.default_update is not None and s not in updated],
        unwanted,
    )


def wanted(
    updates: Sequence[tuple[Shared, Variable]], unwanted: bool | Sequence[Shared]
) -> list[tuple[Shared, Variable]]:
    """The updates of shared variables that are not unwanted; True stands for all.

    Raises: ArgumentError unless `unwanted` is a bool or holds shared variables.
    """
    listed = unwanted if isinstance(unwanted, (list, tuple)) else [unwanted]
    if not isinstance(unwanted, bool) and not all(isinstance(s, Shared) for s in listed):
        raise ArgumentError(
            f"function: no_default_updates is {unwanted!r}.",
            fix="pass True for none at all, or the list of shared variables that keep their values.",
        )
    return [] if unwanted is True else [(s, value) for s, value in updates if s not in (unwanted or ())]


def clone_replace(outputs: Any, replace: Any) -> Any:
    """The same expressions with variables replaced by others: one variable, or a list for a list.

    `replace` is a mapping or pairs, as `givens` of `function`. What depends on no replaced variable is not copied.

    Raises: ArgumentError where a replacement has another type than what it replaces.
    """
    replaced = check_givens(replace, "clone_replace")
    if isinstance(outputs, Variable):
        return substitute([outputs], replaced)[0]
    return substitute(list(outputs), replaced)
