"""Losses with a margin: hinges, distances of triplets, angles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symnet.graph import Variable
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.activations import relu
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.arithmetic import maximum, square
from symnet.ops.compare import greater, where
from symnet.ops.conversion import cast
from symnet.ops.create import full_like
from symnet.ops.curves import float_variable, number
from symnet.ops.elementary import sqrt
from symnet.ops.labels import LessAtLabels
from symnet.ops.losses import Loss, Reduction, check_reduction, pair, reduced_by
from symnet.ops.pick import pick
from symnet.ops.powers import power
from symnet.ops.shape import expand_dims
from symnet.ops.sizes import normal_axis
from symnet.types import promote

__all__ = [
    "cosine_embedding_loss", "cosine_similarity", "hinge_loss", "multi_margin_loss", "squared_hinge_loss",
    "triplet_margin_loss",
]  # fmt: skip

# hinges ---------------------------------------------------------------------------------------------------------------


class Hinge(Loss):
    """What is missing to a margin of 1, or its square."""

    squared: bool = False

    name = "hinge_loss"

    def losses(self, *inputs: Variable) -> Variable:
        missing = relu(1 - inputs[0] * inputs[1])
        return square(missing) if self.squared else missing

    def slopes(self, *inputs: Variable) -> Sequence[tuple[float, Variable]]:
        y, t = inputs
        missing = relu(1 - y * t)
        share = missing if self.squared else cast(greater(missing, 0), y.type.dtype)
        factor = -2 if self.squared else -1
        return [(factor, share * t), (factor, share * y)]


_SIDES = arr(values=[[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0]])
_HINGES = (
    case(arr(2, 3), _SIDES),
    case(arr(2, 3), _SIDES, reduction="sum"),
    case(arr(2, 3), _SIDES, reduction="none"),
    case(arr(values=[1.0, -1.0, 1000.0, -1000.0]), arr(values=[1, -1, 1, 1], dtype="int64"), order=0),
)


@vocabulary(*_HINGES)
def hinge_loss(prediction: Any, target: Any, reduction: Reduction = "mean") -> Variable:
    r"""Hinge loss, $\max(0, 1 - t\,y)$ for targets t of -1 or 1, averaged over all elements.

    Prediction and target have one shape. `reduction` is 'mean', 'sum', or 'none' for the loss of each element.

    Raises: ShapeError where the shapes differ, ArgumentError. Source: Cortes and Vapnik, Machine Learning 20 (1995).
    """
    check_reduction("hinge_loss", reduction)
    return Hinge(reduction)(*pair("hinge_loss", prediction, target))


@vocabulary(*_HINGES)
def squared_hinge_loss(prediction: Any, target: Any, reduction: Reduction = "mean") -> Variable:
    r"""Squared hinge loss, $\max(0, 1 - t\,y)^2$ for targets t of -1 or 1, averaged over all elements.

    Prediction and target have one shape. `reduction` is 'mean', 'sum', or 'none' for the loss of each element.

    Raises: ShapeError where the shapes differ, ArgumentError.
    """
    check_reduction("squared_hinge_loss", reduction)
    return Hinge(reduction, True)(*pair("squared_hinge_loss", prediction, target))


@vocabulary(
    case(arr(3, 4), arr(values=[0, 3, 3], dtype="int64")),
    case(arr(3, 4), arr(values=[0, 3, 3], dtype="int64"), margin=0.5, reduction="sum"),
    case(arr(3, 4), arr(values=[1, 2, 0], dtype="int32"), squared=True, reduction="none"),
    case(arr(2, 1), arr(values=[0, 0], dtype="int64")),
    case(arr(values=[[1000.0, -1000.0, 1000.0]]), arr(values=[1], dtype="int64"), order=0),
)
def multi_margin_loss(
    scores: Any, labels: Any, margin: float = 1.0, squared: bool = False, reduction: Reduction = "mean"
) -> Variable:
    r"""Hinge loss of many classes, $\frac{1}{C} \sum_{c \ne l} \max(0, m - x_l + x_c)$, or of squares of these.

    scores x (N, C), integer labels l (N,). `reduction` is 'mean', 'sum', or 'none' for the loss of each example.

    Raises: ShapeError, DTypeError, ArgumentError; when it runs BoundsError for a label outside 0 ... C - 1.
    Source: Crammer and Singer, JMLR 2 (2001).
    """
    check_reduction("multi_margin_loss", reduction)
    x, labels = float_variable(scores), as_variable(labels)
    margin = number("multi_margin_loss", "margin", margin, 0.0)
    missing = relu(x - expand_dims(pick(x, labels), 1) + margin)
    missing = square(missing) if squared else missing
    # At the label itself the whole margin stands.
    own = margin**2 if squared else margin
    others = LessAtLabels()(missing, full_like(labels, own, x.type.dtype), labels)
    return reduced_by(others.mean(1), reduction)


# distances ------------------------------------------------------------------------------------------------------------


def _distance(x: Variable, y: Variable, p: float, eps: float) -> Variable:
    d = absolute(x - y + eps)
    if p == 1:
        return d.sum(-1)
    return sqrt(square(d).sum(-1)) if p == 2 else power(power(d, p).sum(-1), 1 / p)


@vocabulary(
    case(arr(3, 4), arr(3, 4), arr(3, 4)),
    case(arr(3, 4), arr(3, 4), arr(3, 4), margin=0.5, p=1, reduction="sum"),
    case(arr(3, 4), arr(3, 4), arr(3, 4), p=3, reduction="none"),
    case(arr(4), arr(4), arr(4), margin=9.0),
)
def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    reduction: Reduction = "mean",
) -> Variable:
    r"""How far a positive is from being nearer than a negative: $\max(0, \|a - p\| - \|a - n\| + m)$.

    anchor, positive and negative (N, D); distances are p-norms along the last axis, with eps added to the differences,
    so that there is a gradient where two are equal. `reduction` is 'mean', 'sum', or 'none' for each example's loss.

    Raises: ShapeError where the shapes differ, ArgumentError. Source: Balntas et al., BMVC 2016.
    """
    op = "triplet_margin_loss"
    check_reduction(op, reduction)
    margin, eps = number(op, "margin", margin, 0.0), number(op, "eps", eps, 0.0)
    p = number(op, "p", p, 1.0)
    near = _distance(*pair(op, anchor, positive, ("anchor", "positive")), p, eps)
    far = _distance(*pair(op, anchor, negative, ("anchor", "negative")), p, eps)
    return reduced_by(relu(near - far + margin), reduction)


# angles ---------------------------------------------------------------------------------------------------------------


@vocabulary(
    case(arr(3, 4), arr(3, 4)),
    case(arr(2, 3, 4), arr(2, 3, 4), axis=-1),
    case(arr(3, 4), arr(4), axis=-1),
    case(arr(4), arr(4), axis=0),
    case(arr(values=[[0.0, 0.0], [1e-5, 0.0]]), arr(values=[[1.0, 2.0], [3.0, 4.0]]), order=0),
)
def cosine_similarity(x: Any, y: Any, axis: int = 1, eps: float = 1e-8) -> Variable:
    r"""Cosine of the angle between vectors along an axis, $x \cdot y \,/\, (\|x\| \|y\|)$ with lengths of at least eps.

    x (N, D) and y (N, D), which broadcast, give (N,).

    Raises: ShapeError where the shapes do not fit, ArgumentError.
    """
    a, b = float_variable(x), float_variable(y)
    dtype = promote(a.type.dtype, b.type.dtype)
    wide = "float32" if dtype == "float16" else dtype  # the square of eps is 0 in float16
    a, b = cast(a, wide), cast(b, wide)
    eps = number("cosine_similarity", "eps", eps, 0.0)
    product = a * b
    axis = normal_axis(axis, product.type.ndim, "cosine_similarity", a) - product.type.ndim
    return cast(product.sum(axis) / (_length(a, axis, eps) * _length(b, axis, eps)), dtype)


def _length(x: Variable, axis: int, eps: float) -> Variable:
    # The root comes last: its slope at 0 is infinite.
    return sqrt(maximum(square(x).sum(axis), eps**2))


@vocabulary(
    case(arr(3, 4), arr(3, 4), arr(values=[1, -1, 1], dtype="int64")),
    case(arr(3, 4), arr(3, 4), arr(values=[1, -1, -1], dtype="int64"), margin=-0.5, reduction="sum"),
    case(arr(3, 4), arr(3, 4), arr(values=[1.0, -1.0, 1.0]), reduction="none"),
)
def cosine_embedding_loss(
    x: Any, y: Any, target: Any, margin: float = 0.0, reduction: Reduction = "mean"
) -> Variable:
    r"""$1 - \cos(x, y)$ for pairs that belong together (target 1), $\max(0, \cos(x, y) - m)$ for others (target -1).

    x and y (N, D), target (N,). `reduction` is 'mean', 'sum', or 'none' for the loss of each pair.

    Raises: ShapeError, ArgumentError.
    """
    check_reduction("cosine_embedding_loss", reduction)
    margin = number("cosine_embedding_loss", "margin", margin)
    cos = cosine_similarity(x, y, axis=-1)
    _, t = pair("cosine_embedding_loss", cos, target, ("pairs", "target"))
    return reduced_by(where(greater(t, 0), 1 - cos, relu(cos - margin)), reduction)
