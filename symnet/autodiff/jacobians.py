"""Whole Jacobians and Hessians: products with every unit vector, all in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from symnet.autodiff.arguments import (
    Disconnected,
    check_float,
    check_policy,
    check_scalar,
    floats,
    in_form,
    not_connected,
    report,
)
from symnet.autodiff.batching import vectorized
from symnet.autodiff.forward import jvp, jvp_through
from symnet.autodiff.reverse import grad, vjp_through
from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.ops import broadcast_to, eye, reshape, size, transpose, zeros

Mode = Literal["auto", "forward", "reverse"]


def jacobian(
    y: Variable,
    x: Variable | Sequence[Variable],
    mode: Mode = "auto",
    disconnected_inputs: Disconnected = "raise",
) -> Any:
    r"""All derivatives of `y` by `x`, $J_{i..j..} = \partial y_{i..} / \partial x_{j..}$, y's axes first.

    y (M,) and x (N,) give (M, N); of any shapes, y's followed by x's. One variable gives one Jacobian, a list gives a
    list. Reverse mode takes a vector-Jacobian product for each element of y, forward mode a Jacobian-vector product
    for each element of x, all of them at once (see `vectorize`); "auto" chooses by the known sizes, and reverse
    mode where they are open.

    Raises: GradientError, ArgumentError.
    """
    check_float("jacobian", y, "y")
    xs = floats("jacobian", x, "x")
    check_policy("jacobian", "disconnected_inputs", disconnected_inputs)
    if mode not in ("auto", "forward", "reverse"):
        raise ArgumentError(f"jacobian: mode is {mode!r}.", fix="use 'auto', 'forward' or 'reverse'.")
    if mode == "auto":
        sizes = [size(v) for v in (y, *xs)]
        known = all(isinstance(n, int) for n in sizes)
        mode = "forward" if known and sum(sizes[1:]) < sizes[0] else "reverse"
    found = _by_columns(y, xs) if mode == "forward" else _by_rows(y, xs)
    for k, v in enumerate(xs):
        if found[k] is None:
            report(disconnected_inputs, lambda v=v: not_connected("jacobian", y, v, "x"))  # type: ignore[misc]
            found[k] = zeros((*y.shape, *v.shape), y.type.dtype)
    return in_form(x, found)


def hessian(cost: Variable, x: Variable | Sequence[Variable]) -> Any:
    r"""All second derivatives of a scalar, $H_{i..j..} = \partial^2 c / \partial x_{i..} \partial x_{j..}$.

    x (N,) gives (N, N); x of any shape its shape twice. Of a list of K variables it is a list of K lists, with the
    derivatives by the k-th and the l-th variable in the l-th place of the k-th. Forward mode over the gradient.

    Raises: GradientError, ArgumentError.
    """
    check_scalar("hessian", cost)
    xs = floats("hessian", x, "x")
    blocks = []
    for g in grad(cost, xs):
        found = _by_columns(g, xs)
        shapes = [(*g.shape, *v.shape) for v in xs]
        blocks.append([zeros(s, g.type.dtype) if h is None else h for h, s in zip(found, shapes, strict=True)])
    return blocks[0][0] if isinstance(x, Variable) else blocks


def hessian_vector_product(cost: Variable, x: Variable | Sequence[Variable], v: Any) -> Any:
    r"""The Hessian of a scalar times a vector, $\sum_j \partial^2 c / \partial x_i \partial x_j\, v_j$.

    `v` has the shape of `x`, and so has the result; lists give a list. It is the tangent of the gradient and costs a
    few times as much as that: there is no Hessian in it.

    Raises: GradientError, ArgumentError, ShapeError. Source: Pearlmutter, Neural Computation 6 (1994).
    """
    check_scalar("hessian_vector_product", cost)
    xs = floats("hessian_vector_product", x, "x")
    products = jvp(grad(cost, xs), xs, v, disconnected_outputs="ignore")
    return in_form(x, products)


def _by_rows(y: Variable, xs: Sequence[Variable]) -> list[Any]:
    cotangent = Variable(y.type)
    found = vjp_through({y: cotangent}, xs)
    rows = vectorized([g for g in map(found.get, xs) if g is not None], {cotangent: _units(y)}, size(y))
    present = iter(rows)
    jacobians: list[Any] = []
    for x in xs:
        g = found.get(x)
        if g is None:
            jacobians.append(None)
            continue
        row = next(present)
        if row.type.ndim == x.type.ndim:  # the same for every element of y
            row = broadcast_to(row, (size(y), *x.shape))
        jacobians.append(_opened(row, y, x))
    return jacobians


def _by_columns(y: Variable, xs: Sequence[Variable]) -> list[Any]:
    jacobians: list[Any] = []
    for x in xs:
        tangent = Variable(x.type)
        found = jvp_through({x: tangent}, [y])
        if y not in found:
            jacobians.append(None)
            continue
        (columns,) = vectorized([found[y]], {tangent: _units(x)}, size(x))
        if columns.type.ndim == y.type.ndim:  # the same for every element of x
            columns = broadcast_to(columns, (size(x), *y.shape))
        opened = _opened(columns, x, y)
        order = (*range(x.type.ndim, opened.type.ndim), *range(x.type.ndim))
        jacobians.append(transpose(opened, order))
    return jacobians


def _units(x: Variable) -> Variable:
    """Every unit vector of the shape of `x`, one behind the other."""
    n = size(x)
    basis = eye(n, dtype=x.type.dtype)
    return basis if x.type.ndim == 1 else reshape(basis, (n, *x.shape))


def _opened(v: Variable, first: Variable, rest: Variable) -> Variable:
    """`v` with its first axis, the elements of `first`, in that one's shape."""
    return v if first.type.ndim == 1 else reshape(v, (*first.shape, *rest.shape))
