"""The reference backend: each op by its own plain NumPy, one after the other. The oracle of every other backend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symnet.errors import InputError, ShapeError, SymnetError
from symnet.graph import Constant, Shared, Variable, toposort
from symnet.op import Composite
from symnet.origin import made_for
from symnet.types import dtype_name, shape_text


def evaluate(outputs: Sequence[Variable], inputs: Mapping[Variable, Any]) -> list[np.ndarray]:
    """The values of `outputs`, given the values of the free inputs (or of any variables on the way).

    Raises what the ops raise, with the user's line added; ShapeError where a value contradicts its inferred type.
    """
    values: dict[Variable, np.ndarray] = {x: np.asarray(v) for x, v in inputs.items()}

    def value(x: Variable) -> np.ndarray:
        if x in values:
            return values[x]
        if isinstance(x, Constant):
            return x.data
        if isinstance(x, Shared):
            return x.get_value(borrow=True)
        raise InputError(f"{x.label} has no value.", operands={"input": x}, fix="pass a value for it.")

    with np.errstate(all="ignore"):
        for node in toposort(outputs, stop=values.__contains__):
            if isinstance(node.op, Composite):
                inner = [Variable(x.type, name=x.label) for x in node.inputs]
                with made_for(node.origin):
                    expanded = node.op.expand(*inner)
                results: Any = evaluate([expanded], {v: value(x) for v, x in zip(inner, node.inputs, strict=True)})
            else:
                try:
                    results = node.op.run(*(value(x) for x in node.inputs))
                except SymnetError as error:
                    raise error.at(
                        dict(zip(node.op.labels(len(node.inputs)), node.inputs, strict=True)), node.origin
                    ) from None
                results = results if isinstance(results, tuple) else (results,)
            for y, result in zip(node.outputs, results, strict=True):
                values[y] = _checked(y, np.asarray(result))
    return [value(y) for y in outputs]


def _checked(y: Variable, result: np.ndarray) -> np.ndarray:
    declared = y.type
    agrees = declared.shape == result.shape or (
        len(declared.shape) == result.ndim
        and all(not isinstance(n, int) or n == m for n, m in zip(declared.shape, result.shape, strict=True))
    )
    if dtype_name(result) != declared.dtype or not agrees:
        raise ShapeError(
            f"{y.label} was inferred as {declared} but is {result.dtype} {shape_text(result.shape)}.",
            origin=y.origin,
        )
    return result
