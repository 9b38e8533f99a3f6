"""Constructors of input variables: `matrix("x")`, `fvector("b", shape=("batch",))`, `tensor("x", (3, None))`.

The letter before a name fixes the dtype: `f` float32, `d` float64, `i` int32, `l` int64, `b` int8,
`c` complex64, `z` complex128; without a letter it is floatX, or `dtype=`.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, Protocol

from symnet.errors import ArgumentError
from symnet.graph.variable import Variable
from symnet.origin import here
from symnet.types import Dim, Shape, TensorType, canonical_dtype, shape_text


def tensor(name: str | None = None, shape: Sequence[Dim] | None = None, dtype: Any = None) -> Variable:
    """An input variable of any number of axes, floatX unless `dtype` says otherwise.

    `shape` has one entry an axis: an int is a known size, a str a named one (equal names must have equal
    sizes in one call), None an unknown one: `tensor("images", shape=("batch", 3, None, None))`.

    Raises: ArgumentError, DTypeError.
    """
    if shape is None:
        raise ArgumentError(
            "tensor: the number of axes must be known, and shape is missing.",
            fix="give shape, e.g. shape=(None, 784), or shape=() for a scalar.",
        )
    return _input("tensor", name, _sizes("tensor", shape), dtype)


class Constructor(Protocol):
    """Makes an input variable whose number of axes is fixed; the dtype may be chosen."""

    def __call__(self, name: str | None = None, *, shape: Sequence[Dim] | None = None, dtype: Any = None) -> Variable:
        """An input variable; `shape` replaces the unknown sizes."""
        ...


class TypedConstructor(Protocol):
    """Makes an input variable whose number of axes and dtype are fixed."""

    def __call__(self, name: str | None = None, *, shape: Sequence[Dim] | None = None) -> Variable:
        """An input variable; `shape` replaces the unknown sizes."""
        ...


class Constructors(Protocol):
    """Makes several input variables at once."""

    def __call__(self, *names: str | int, shape: Sequence[Dim] | None = None, dtype: Any = None) -> list[Variable]:
        """One variable a name, or that many unnamed ones."""
        ...


class TypedConstructors(Protocol):
    """Makes several input variables of one dtype at once."""

    def __call__(self, *names: str | int, shape: Sequence[Dim] | None = None) -> list[Variable]:
        """One variable a name, or that many unnamed ones."""
        ...


def _input(constructor: str, name: str | None, shape: Shape, dtype: Any) -> Variable:
    if name is not None and not isinstance(name, str):
        raise ArgumentError(
            f"{constructor}: the name is {name!r}, a {type(name).__name__}, not a str.",
            fix=f"the name comes first: {constructor}('x', shape=...).",
        )
    if name == "":
        raise ArgumentError(f"{constructor}: the name is empty.", fix="give a name, or None for no name.")
    kind = TensorType(canonical_dtype("floatX" if dtype is None else dtype), shape)
    return Variable(kind, name=name, origin=here())


def _sizes(constructor: str, shape: Any) -> Shape:
    if isinstance(shape, (str, bytes)) or not hasattr(shape, "__iter__"):
        raise ArgumentError(
            f"{constructor}: shape is {shape!r}, not a tuple of sizes.",
            fix=f"one axis is a tuple too: ({shape!r},).",
        )
    return tuple(_size(constructor, n) for n in shape)


def _size(constructor: str, n: Any) -> Dim:
    if n is None or (isinstance(n, str) and n):
        return n
    try:
        size = -1 if isinstance(n, (bool, str)) else operator.index(n)
    except TypeError:
        size = -1
    if size < 0:
        raise ArgumentError(
            f"{constructor}: {n!r} is no size of an axis.",
            fix="a size is an int >= 0, a name such as 'batch', or None where it is unknown.",
        )
    return size


def _refined(constructor: str, shape: Any, pattern: Shape) -> Shape:
    """The sizes asked for, which must agree with what the constructor promises."""
    if shape is None:
        return pattern
    sizes = _sizes(constructor, shape)
    axes = "axis" if len(pattern) == 1 else "axes"
    if len(sizes) != len(pattern):
        raise ArgumentError(
            f"{constructor}: shape {shape_text(sizes)} has {len(sizes)} sizes, but a {constructor} has "
            f"{len(pattern)} {axes}.",
            fix=f"use tensor(name, shape={sizes!r}).",
        )
    for axis, (n, promised) in enumerate(zip(sizes, pattern, strict=True)):
        if promised is not None and n != promised:
            raise ArgumentError(
                f"{constructor}: axis {axis} of a {constructor} has size {promised}, not {n}.",
                fix=f"use matrix(name, shape={sizes!r}).",
            )
    return sizes


def _names(constructor: str, names: tuple[Any, ...]) -> list[str | None]:
    if len(names) == 1 and isinstance(names[0], int) and not isinstance(names[0], bool) and names[0] > 0:
        return [None] * names[0]
    for name in names:
        if not isinstance(name, str):
            raise ArgumentError(
                f"{constructor}: {name!r} is no name.",
                fix=f"{constructor}('x', 'y'), {constructor}('x y') or {constructor}(2) without names.",
            )
    words: list[str | None] = [word for name in names for word in name.replace(",", " ").split()]
    if not words:
        raise ArgumentError(f"{constructor}: no names.", fix=f"{constructor}('x', 'y') makes two variables.")
    return words


_PATTERNS: dict[str, Shape] = {
    "scalar": (),
    "vector": (None,),
    "row": (1, None),
    "col": (None, 1),
    "matrix": (None, None),
    "tensor3": (None,) * 3,
    "tensor4": (None,) * 4,
}
_PLURALS = {"matrix": "matrices"}


def _plural(word: str) -> str:
    return _PLURALS.get(word, word + "s")


def _described(function: Any, name: str, doc: str) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def _constructor(word: str) -> Constructor:
    def function(name: str | None = None, *, shape: Sequence[Dim] | None = None, dtype: Any = None) -> Variable:
        return _input(word, name, _refined(word, shape, _PATTERNS[word]), dtype)

    shape_words = shape_text(_PATTERNS[word])
    return _described(function, word, f"An input variable of shape {shape_words}, floatX by default.")


def _constructors(word: str) -> Constructors:
    plural = _plural(word)

    def function(*names: str | int, shape: Sequence[Dim] | None = None, dtype: Any = None) -> list[Variable]:
        sizes = _refined(plural, shape, _PATTERNS[word])
        return [_input(plural, name, sizes, dtype) for name in _names(plural, names)]

    return _described(function, plural, f"Several input variables: `{plural}('x', 'y')`, `{plural}('x y')`.")


def _typed(word: str, letter: str, dtype: str) -> TypedConstructor:
    full = letter + word

    def function(name: str | None = None, *, shape: Sequence[Dim] | None = None) -> Variable:
        return _input(full, name, _refined(full, shape, _PATTERNS[word]), dtype)

    return _described(function, full, f"An input variable of shape {shape_text(_PATTERNS[word])}, {dtype}.")


def _typed_several(word: str, letter: str, dtype: str) -> TypedConstructors:
    plural = letter + _plural(word)

    def function(*names: str | int, shape: Sequence[Dim] | None = None) -> list[Variable]:
        sizes = _refined(plural, shape, _PATTERNS[word])
        return [_input(plural, name, sizes, dtype) for name in _names(plural, names)]

    return _described(function, plural, f"Several {dtype} input variables: `{plural}('x', 'y')`.")


_Typed = tuple[
    TypedConstructor, TypedConstructor, TypedConstructor, TypedConstructor,
    TypedConstructor, TypedConstructor, TypedConstructor,
]  # fmt: skip
_TypedSeveral = tuple[
    TypedConstructors, TypedConstructors, TypedConstructors, TypedConstructors,
    TypedConstructors, TypedConstructors, TypedConstructors,
]  # fmt: skip


def _family(letter: str, dtype: str) -> _Typed:
    return tuple(_typed(word, letter, dtype) for word in _PATTERNS)  # type: ignore[return-value]


def _families(letter: str, dtype: str) -> _TypedSeveral:
    return tuple(_typed_several(word, letter, dtype) for word in _PATTERNS)  # type: ignore[return-value]


scalar = _constructor("scalar")
vector = _constructor("vector")
row = _constructor("row")
col = _constructor("col")
matrix = _constructor("matrix")
tensor3 = _constructor("tensor3")
tensor4 = _constructor("tensor4")

fscalar, fvector, frow, fcol, fmatrix, ftensor3, ftensor4 = _family("f", "float32")
dscalar, dvector, drow, dcol, dmatrix, dtensor3, dtensor4 = _family("d", "float64")
iscalar, ivector, irow, icol, imatrix, itensor3, itensor4 = _family("i", "int32")
lscalar, lvector, lrow, lcol, lmatrix, ltensor3, ltensor4 = _family("l", "int64")
bscalar, bvector, brow, bcol, bmatrix, btensor3, btensor4 = _family("b", "int8")
cscalar, cvector, crow, ccol, cmatrix, ctensor3, ctensor4 = _family("c", "complex64")
zscalar, zvector, zrow, zcol, zmatrix, ztensor3, ztensor4 = _family("z", "complex128")

scalars = _constructors("scalar")
vectors = _constructors("vector")
rows = _constructors("row")
cols = _constructors("col")
matrices = _constructors("matrix")
tensor3s = _constructors("tensor3")
tensor4s = _constructors("tensor4")

fscalars, fvectors, frows, fcols, fmatrices, ftensor3s, ftensor4s = _families("f", "float32")
dscalars, dvectors, drows, dcols, dmatrices, dtensor3s, dtensor4s = _families("d", "float64")
iscalars, ivectors, irows, icols, imatrices, itensor3s, itensor4s = _families("i", "int32")
lscalars, lvectors, lrows, lcols, lmatrices, ltensor3s, ltensor4s = _families("l", "int64")
bscalars, bvectors, brows, bcols, bmatrices, btensor3s, btensor4s = _families("b", "int8")
cscalars, cvectors, crows, ccols, cmatrices, ctensor3s, ctensor4s = _families("c", "complex64")
zscalars, zvectors, zrows, zcols, zmatrices, ztensor3s, ztensor4s = _families("z", "complex128")

__all__ = [
    "tensor",
    "scalar", "vector", "row", "col", "matrix", "tensor3", "tensor4",
    "fscalar", "fvector", "frow", "fcol", "fmatrix", "ftensor3", "ftensor4",
    "dscalar", "dvector", "drow", "dcol", "dmatrix", "dtensor3", "dtensor4",
    "iscalar", "ivector", "irow", "icol", "imatrix", "itensor3", "itensor4",
    "lscalar", "lvector", "lrow", "lcol", "lmatrix", "ltensor3", "ltensor4",
    "bscalar", "bvector", "brow", "bcol", "bmatrix", "btensor3", "btensor4",
    "cscalar", "cvector", "crow", "ccol", "cmatrix", "ctensor3", "ctensor4",
    "zscalar", "zvector", "zrow", "zcol", "zmatrix", "ztensor3", "ztensor4",
    "scalars", "vectors", "rows", "cols", "matrices", "tensor3s", "tensor4s",
    "fscalars", "fvectors", "frows", "fcols", "fmatrices", "ftensor3s", "ftensor4s",
    "dscalars", "dvectors", "drows", "dcols", "dmatrices", "dtensor3s", "dtensor4s",
    "iscalars", "ivectors", "irows", "icols", "imatrices", "itensor3s", "itensor4s",
    "lscalars", "lvectors", "lrows", "lcols", "lmatrices", "ltensor3s", "ltensor4s",
    "bscalars", "bvectors", "brows", "bcols", "bmatrices", "btensor3s", "btensor4s",
    "cscalars", "cvectors", "crows", "ccols", "cmatrices", "ctensor3s", "ctensor4s",
    "zscalars", "zvectors", "zrows", "zcols", "zmatrices", "ztensor3s", "ztensor4s",
]  # fmt: skip
