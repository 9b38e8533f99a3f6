"""Sums of products in Einstein's notation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.op import Op, Split, arr, as_variables, case, sum_like, vocabulary
from symnet.ops.compare import equal, not_equal, where
from symnet.ops.conversion import cast
from symnet.ops.create import arange
from symnet.ops.einsum_lowering import contracted
from symnet.ops.einsum_notation import joined, parsed
from symnet.ops.reduce import sum as total
from symnet.ops.shape import expand_dims
from symnet.origin import here
from symnet.types import Dim, TensorType, broadcast, promote

__all__ = ["einsum", "Einsum"]

OPTIMIZE = {True: "auto", False: "left", "auto": "auto", "optimal": "optimal", "greedy": "greedy"}


class Einsum(Op):
    """A sum of products; `subscripts` name every axis of the operands and of the result: `ij,jk->ik`.

    Of the last `ones` operands only the shapes are used: they count as ones, and give a sum its sizes.
    It is whole until sizes are known, and then a series of matrix products (`einsum_lowering`).
    """

    subscripts: str
    optimize: str = "auto"
    ones: int = 0

    name, roles = "einsum", ("operand 0",)
    on_complex = "holomorphic"

    def labels(self, count: int) -> list[str]:
        return [f"operand {k}" for k in range(count)]

    @property
    def terms(self) -> list[str]:
        """The names of the axes of each operand."""
        return self.subscripts.partition("->")[0].split(",")

    @property
    def result(self) -> str:
        """The names of the axes of the result."""
        return self.subscripts.partition("->")[2]

    def sizes_of(self, inputs: Sequence[Variable]) -> dict[str, Dim]:
        """The size of each name, as far as it is known.

        Raises: ShapeError where two axes of one name cannot have one size.
        """
        found: dict[str, Dim] = {}
        where_found: dict[str, int] = {}
        for k, (names, x) in enumerate(zip(self.terms, inputs, strict=True)):
            _check_diagonals(k, names, x.type)
            for name, n in zip(names, x.type.shape, strict=True):
                try:
                    found[name] = broadcast([(found.get(name, 1),), (n,)])[0]
                except ShapeError:
                    earlier = f"size {found[name]} in operand {where_found[name]}"
                    raise ShapeError(
                        f"einsum: {name!r} has {earlier} but {n} in operand {k}.",
                        fix=f"axes of one name in {self.subscripts!r} need one size, or 1.",
                    ) from None
                if found[name] == n:
                    where_found.setdefault(name, k)
        return found

    def infer(self, *inputs: Variable) -> TensorType:
        sizes = self.sizes_of(inputs)
        return inputs[0].type.with_shape(sizes[name] for name in self.result)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        given = len(arrays) - self.ones
        filled = [*arrays[:given], *(np.ones_like(a) for a in arrays[given:])]
        return np.asarray(np.einsum(self.subscripts, *filled))

    def lower(self, *inputs: Variable) -> Variable | None:
        self(*inputs)  # raises where the sizes, known by now, do not meet
        sizes = {name: n for name, n in self.sizes_of(inputs).items() if isinstance(n, int)}
        operands = list(zip(inputs, self.terms, strict=True))[: len(inputs) - self.ones]
        return contracted(operands, self.result, sizes, self.optimize)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        cut = {names[k] for names, k in zip(self.terms, axes, strict=True) if k is not None}
        if len(cut) != 1:
            return None
        (name,) = cut
        n = self.sizes_of(inputs)[name]
        if any(names.count(name) > 1 for names in self.terms):
            return None
        has = [x.type.shape[names.index(name)] == n if name in names else False for x, names in zip(inputs, self.terms)]
        operands = tuple(names.index(name) if h else None for names, h in zip(self.terms, has, strict=True))
        return Split(operands, self.result.index(name) if name in self.result else None)

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        new = next(c for c in map(chr, range(ord("A"), 0x110000)) if c.isalpha() and c not in self.subscripts)
        given = len(inputs) - self.ones
        terms = [new + names if has and k < given else names for k, (names, has) in enumerate(zip(self.terms, rows))]
        # Of the others only the shape of a row is used.
        many = [total(x, 0) if has and k >= given else x for k, (x, has) in enumerate(zip(inputs, rows, strict=True))]
        result = new + self.result if any(rows[:given]) else self.result
        return replace(self, subscripts=f"{','.join(terms)}->{result}")(*many)

    # the gradient ---------------------------------------------------------------------------------------------------

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        given = len(inputs) - self.ones
        return [self._by(k, g, inputs) if k < given and x.type.is_inexact else None for k, x in enumerate(inputs)]

    def _by(self, k: int, g: Variable, inputs: Sequence[Variable]) -> Variable:
        """The sum of products of g with the other operands that is linear in operand k."""
        names, x = self.terms[k], inputs[k]
        distinct = "".join(dict.fromkeys(names))
        sizes = self.sizes_of(inputs)
        terms = [(self.result, g)]
        ones: list[tuple[str, Variable]] = []
        for j, (other, v) in enumerate(zip(self.terms, inputs, strict=True)):
            if j != k:
                (terms if j < len(inputs) - self.ones else ones).append((other, v))
        if any(not _is_sure(name, sizes[name], (*terms, *ones)) and not self._is_alone(k, name) for name in distinct):
            ones.append((names, x))  # gives the sizes that no other operand is sure to have
        elif any(name not in self.result for name in distinct if self._is_alone(k, name)):
            ones.append((names, x))
        own = dict(zip(names, x.type.shape, strict=True))
        # An axis of size 1 that was stretched is summed over at once.
        kept = "".join(name for name in distinct if not (own[name] == 1 and sizes[name] != 1))
        subscripts = f"{','.join(other for other, _ in (*terms, *ones))}->{kept}"
        y = Einsum(subscripts, self.optimize, len(ones))(*(v for _, v in (*terms, *ones)))
        return sum_like(_on_diagonals(y, kept, names), x)

    def _is_alone(self, k: int, name: str) -> bool:
        """Whether only operand k has axes of this name."""
        return not any(name in other for j, other in enumerate(self.terms) if j != k)


def _check_diagonals(k: int, names: str, x: TensorType) -> None:
    for name in dict.fromkeys(names):
        sizes = {n for other, n in zip(names, x.shape, strict=True) if other == name and isinstance(n, int)}
        if len(sizes) > 1:
            raise ShapeError(
                f"einsum: {name!r} names axes of size {' and '.join(map(str, sorted(sizes)))} of operand {k}.",
                fix="a diagonal is taken of axes of one size.",
            )


def _is_sure(name: str, size: Dim, terms: Sequence[tuple[str, Variable]]) -> bool:
    """Whether one of these is known to have the size of a name in full."""
    return size is not None and any(
        name in names and v.type.shape[names.index(name)] == size for names, v in terms
    )


def _on_diagonals(y: Variable, kept: str, names: str) -> Variable:
    """`y`, whose axes are `kept`, with an axis for each of `names`: zeros off the diagonals of those that recur."""
    seen: set[str] = set()
    missing = []
    for k, name in enumerate(names):
        if name not in kept or name in seen:
            missing.append(k)
        seen.add(name)
    y = expand_dims(y, missing)
    for k, name in enumerate(names):
        first = names.index(name)
        if first != k and name in kept:
            numbers = arange(y.shape[first])
            rows, columns = (
                expand_dims(numbers, [j for j in range(len(names)) if j != axis]) for axis in (first, k)
            )
            y = where(equal(rows, columns), y, 0.0)
    return y


# the user's function ------------------------------------------------------------------------------------------------


@vocabulary(
    case("ij,jk->ik", arr(2, 3), arr(3, 4)),
    case("ij,jk", arr(2, 3), arr(3, 4)),
    case("ji,jk->ki", arr(2, 3), arr(2, 4)),
    case("ij,ij->", arr(2, 3), arr(2, 3)),
    case("i,j->ji", arr(2), arr(3)),
    case("ii->i", arr(3, 3)),
    case("ii", arr(3, 3)),
    case("iij,j->i", arr(2, 2, 3), arr(3)),
    case("iii->i", arr(2, 2, 2)),
    case("ij->ji", arr(2, 3)),
    case("ba", arr(2, 3)),
    case("ijk->j", arr(2, 3, 2)),
    case("...ij,...jk->...ik", arr(2, 1, 2, 3), arr(4, 3, 2)),
    case("...i,i...->...", arr(2, 3), arr(3, 2)),
    case("b...,b...->...b", arr(2, 3), arr(2, 3)),
    case("bij,bj->bi", arr(2, 3, 4), arr(2, 4)),
    case("bhqd,bhkd->bhqk", arr(2, 2, 3, 4), arr(2, 2, 2, 4)),
    case("bi,bi->b", arr(2, 40), arr(2, 40)),
    case("ij,jk,kl->il", arr(2, 3), arr(3, 4), arr(4, 2)),
    case("i,ij,j->", arr(2), arr(2, 3), arr(3)),
    case("ab,b,bc,cd,d->a", arr(2, 3), arr(3), arr(3, 2), arr(2, 2), arr(2), optimize="greedy"),
    case("ij,jk,kl->il", arr(2, 3), arr(3, 4), arr(4, 2), optimize=False),
    case("ij,j->ij", arr(2, 3), arr(1)),
    case("ij,jk->ik", arr(2, 1), arr(3, 2)),
    case("i,i->", arr(1), arr(3)),
    case("ij,j", arr(2, 0), arr(0)),
    case("ij->i", arr(0, 3)),
    case(",i->i", arr(), arr(3)),
    case("->", arr()),
    case("i,i->i", arr(3), 2.0 * np.ones(3, "float32")),
    case("ij,jk->ik", arr(values=[[1, 2], [3, 4]], dtype="int32"), arr(values=[[1], [2]], dtype="int8")),
    case("ij->i", arr(values=[[200, 100], [1, 2]], dtype="uint8")),
    case("ij,j->i", arr(values=[[True, False], [False, False]], dtype="bool"), arr(values=[True, True], dtype="bool")),
    case(arr(2, 3), [0, 1], arr(3, 2), [1, 2], [0, 2]),
    case(arr(2, 3), [Ellipsis, 7], arr(3), [7]),
)
def einsum(subscripts: Any, *operands: Any, optimize: Any = True) -> Variable:
    r"""Sum of products in Einstein's notation: `einsum("ij,jk->ik", x, y)` is $z_{ik} = \sum_j x_{ij} y_{jk}$.

    Each operand's axes have names, `...` stands for those without; the result has the axes behind `->`, or without it
    the names that occur once, in alphabetical order. A name that recurs in one operand takes a diagonal; what the
    result lacks is summed over. Axes of size 1 broadcast. `einsum(x, [0, 1], y, [1, 2], [0, 2])` names axes by numbers.

    Two operands at a time become one matrix product. By default the order is the one of fewest operations for up to six
    operands and greedy beyond (`optimize` "optimal" or "greedy" chooses, False goes from left to right). Products of
    bools are sums in the sense of "or"; other dtypes promote and stay, as in NumPy.

    Raises: ArgumentError for a notation that cannot be read; ShapeError where sizes of one name differ.
    """
    if not isinstance(subscripts, str):
        subscripts, given = joined((subscripts, *operands))
        operands = tuple(given)
    xs = as_variables(*operands)
    try:
        if not isinstance(optimize, (bool, str)) or optimize not in OPTIMIZE:
            raise ArgumentError(
                f"einsum: optimize is {optimize!r}.", fix="use True, False, 'optimal' or 'greedy'."
            )
        names = parsed(subscripts, [x.type.ndim for x in xs])
    except ArgumentError as error:
        raise error.at({f"operand {k}": x for k, x in enumerate(xs)}, here()) from None
    dtype = promote(*(x.type.dtype for x in xs))
    if dtype == "bool":
        return not_equal(Einsum(names, OPTIMIZE[optimize])(*(cast(x, "int64") for x in xs)), 0)
    return Einsum(names, OPTIMIZE[optimize])(*(cast(x, dtype) for x in xs))
