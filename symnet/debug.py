"""Looking into a call: every named value of it, and the first expression that is not finite.

Both evaluate op by op with the reference, on the arguments and the state as they are; nothing is updated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from symnet.backends.reference import evaluate
from symnet.errors import NumericError
from symnet.graph import Constant, Variable, leaves, toposort
from symnet.graph.text import in_short
from symnet.types import shape_text


class Inspection(Mapping[str, np.ndarray]):
    """The named values of a call: a mapping from names to arrays that prints as a table.

    Where several values bear one name, the line is part of the key: `h (net.py:12)`.
    """

    def __init__(self, values: Mapping[str, tuple[Variable, np.ndarray]]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> np.ndarray:
        return self._values[name][1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        rows: list[tuple[str, ...]] = [("name", "type", "min", "mean", "max", "not finite", "line")]
        rows += [_row(name, x, array) for name, (x, array) in self._values.items()]
        widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
        return "\n".join(
            "  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows
        )


def _row(name: str, x: Variable, array: np.ndarray) -> tuple[str, ...]:
    kind = f"{array.dtype} {shape_text(array.shape)}"
    line = x.origin.short if x.origin is not None else ""
    if not array.size or array.dtype == np.bool_:
        return (name, kind, "", f"{array.mean():.3g}" if array.size else "", "", "", line)
    finite = array[np.isfinite(array)]
    numbers = [f"{f(finite):.4g}" for f in (np.min, np.mean, np.max)] if finite.size else ["", "", ""]
    bad = array.size - finite.size
    return (name, kind, *numbers, f"{bad} of {array.size}" if bad else "", line)


def named(roots: Sequence[Variable]) -> dict[str, Variable]:
    """What bears a name below the roots, in the order it is computed: given by the user, or the line's own.

    Constants are left out, and where several values stand on one line, it is the name of none of them.
    """
    order = toposort(roots)
    whole = Counter(node.origin.line for node in order if node.origin is not None and not node.inner)
    bearing: dict[Variable, str] = {}
    for x in [*leaves(roots), *(y for node in order for y in node.outputs)]:
        alone = x.node is None or x.origin is None or whole[x.origin.line] == 1
        name = x.name or (x.target if alone else None)
        if name is not None and not isinstance(x, Constant):
            bearing[x] = name
    times = Counter(bearing.values())
    return {f"{name} ({x.origin.short})" if times[name] > 1 and x.origin else name: x for x, name in bearing.items()}


def inspected(values: Mapping[str, Variable], inputs: Mapping[Variable, Any]) -> Inspection:
    """The values of named variables for these arguments."""
    arrays = evaluate(list(values.values()), inputs)
    return Inspection(
        {name: (x, array.copy()) for (name, x), array in zip(values.items(), arrays, strict=True)}
    )


def replayed(
    roots: Mapping[Variable, str], inputs: Mapping[Variable, Any], what: str, culprit: Variable | None = None
) -> list[np.ndarray]:
    """The values of the roots (with what each is called), computed op by op.

    Raises: NumericError where a root is not finite, or with `culprit` in any case (for that one): it names the first
    expression that is not finite though its operands are.
    """
    known: dict[Variable, np.ndarray] = {x: np.asarray(v) for x, v in inputs.items()}
    known.update((x, evaluate([x], {})[0]) for x in leaves(list(roots)) if x not in known)
    first: Variable | None = next((x for x in known if not isinstance(x, Constant) and not _is_finite(known[x])), None)
    for node in toposort(list(roots)):
        known.update(zip(node.outputs, evaluate(node.outputs, known), strict=True))
        if first is None and all(_is_finite(known[x]) for x in node.inputs):
            first = next((y for y in node.outputs if not _is_finite(known[y])), None)
    if culprit is None:
        culprit = next((y for y in roots if not _is_finite(known[y])), None)
    if culprit is not None:
        raise _not_finite(f"{what}: {roots[culprit]}", culprit, first, known)
    return [known[y] for y in roots]


def _is_finite(array: np.ndarray) -> bool:
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


def _not_finite(
    what: str, culprit: Variable, first: Variable | None, known: Mapping[Variable, np.ndarray]
) -> NumericError:
    value = f" ({known[culprit]})" if known[culprit].ndim == 0 else ""
    headline = f"{what} is not finite{value}; nothing was updated."
    if first is None or first.node is None:
        x = culprit if first is None else first
        return NumericError(
            headline,
            operands={"value": x},
            origin=x.origin,
            note=f"{x.label} is given so: {_extent(known[x])}" if first is not None else None,
            fix="look where its values come from.",
        )
    labels = first.node.op.labels(len(first.node.inputs))
    operands = dict(zip(labels, first.node.inputs, strict=True))
    spans = [f"{label} {np.min(known[x]):.6g} to {np.max(known[x]):.6g}" for label, x in operands.items()
             if known[x].size and known[x].dtype.kind in "iuf"]  # fmt: skip
    return NumericError(
        headline,
        operands=operands,
        origin=first.origin,
        note=f"first not finite: {in_short(first, 2)} is {_extent(known[first])}\nvalues: {'; '.join(spans)}",
        fix="a smaller learning rate, or keep these operands away from log(0), 0/0 and overflow.",
    )


def _extent(array: np.ndarray) -> str:
    """The first element that is not finite, with its place, and how many more there are."""
    bad = np.argwhere(~np.isfinite(array))
    if not len(bad):
        return "finite when computed op by op"
    place = tuple(int(k) for k in bad[0])
    more = f", and {len(bad) - 1} more of {array.size}" if len(bad) > 1 else ""
    return f"{array[place]}{f' at {place}' if place else ''}{more}"
