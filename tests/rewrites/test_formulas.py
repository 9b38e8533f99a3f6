"""Textbook formulas as written, at logits of +-1000 and ordinary ones: values and gradients, whatever the shapes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import symnet as sn

ROWS, CLASSES = 4, 3
ORDINARY = np.array([[0.5, -1.25, 2.0], [3.0, 0.25, -0.75], [-4.0, 1.5, 0.125], [6.0, -5.5, -0.5]])
EXTREME = np.array([[1000.0, -1000.0, 0.0], [-1000.0, 1000.0, 3.0], [0.0, -1000.0, 1000.0], [-1000.0, -999.0, -998.0]])
LABELS = np.array([1, 0, 2, 1])
TARGETS = np.eye(CLASSES)[LABELS]
WEIGHTS = np.array([[1.0, -0.5, 2.0], [0.25, 3.0, -1.0], [-2.0, 0.5, 1.5], [1.0, 1.0, -0.25]])
SHAPES = {"open": (None, None), "named": ("batch", CLASSES), "static": (ROWS, CLASSES)}


# the oracles: float64, by formulas that cannot overflow ---------------------------------------------------------------


def log_softmax(z, axis):
    d = z - z.max(axis, keepdims=True)
    return d - np.log(np.exp(d).sum(axis, keepdims=True))


def softmax(z, axis):
    return np.exp(log_softmax(z, axis))


def softmax_backward(z, g, axis):
    p = softmax(z, axis)
    return p * (g - (g * p).sum(axis, keepdims=True))


def log_softmax_backward(z, g, axis):
    return g - softmax(z, axis) * g.sum(axis, keepdims=True)


def sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))


def softplus(z):
    return np.logaddexp(0, z)


def logsumexp(z, axis):
    return z.max(axis) + np.log(np.exp(z - z.max(axis, keepdims=True)).sum(axis))


def log_cosh(z):
    return np.logaddexp(z, -z) - np.log(2)


# the table ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Formula:
    """A formula, its value and the gradient of its weighted sum, or of itself if it is a scalar."""

    name: str
    write: Any
    value: Any
    backward: Any

def pointwise(name, write, value, slope):
    return Formula(name, write, value, lambda z, w: w * slope(z))


def hand_softmax(x, axis):
    e = sn.exp(x)
    return e / sn.sum(e, axis=axis, keepdims=True)


def shifted_softmax(x, axis):
    e = sn.exp(x - sn.max(x, axis=axis, keepdims=True))
    return e / sn.sum(e, axis=axis, keepdims=True)


def hand_sigmoid(x):
    return 1 / (1 + sn.exp(-x))


SOFTMAXES = {"softmax": sn.softmax, "hand softmax": hand_softmax, "shifted softmax": shifted_softmax}
SIGMOIDS = {"sigmoid": sn.sigmoid, "hand sigmoid": hand_sigmoid, "exp/(1+exp)": lambda x: sn.exp(x) / (1 + sn.exp(x))}


def rows(z):
    return np.arange(len(z)), LABELS


def nll(z):
    return -log_softmax(z, 1)[rows(z)].mean()


def nll_backward(z, _):
    return (softmax(z, 1) - TARGETS) / len(z)


def bce(z):
    return (TARGETS * softplus(-z) + (1 - TARGETS) * softplus(z)).mean()


def likely(z):
    """Labels for a perplexity that float32 can hold: the likeliest class of each row."""
    return z.argmax(1)


def perplexity_backward(z, _):
    one_hot = np.eye(CLASSES)[likely(z)]
    cost = np.exp(-log_softmax(z, 1)[np.arange(len(z)), likely(z)].mean())
    return cost * (softmax(z, 1) - one_hot) / len(z)


def bce_of(x, s):
    t = sn.constant(TARGETS.astype("float32"))
    return -sn.mean(t * sn.log(s) + (1 - t) * sn.log(1 - s))


FORMULAS = []
for kind, p in SOFTMAXES.items():
    for axis in (0, 1, -1):
        FORMULAS += [
            Formula(
                f"log({kind}) axis {axis}",
                lambda x, p=p, axis=axis: sn.log(p(x, axis)),
                lambda z, axis=axis: log_softmax(z, axis),
                lambda z, w, axis=axis: log_softmax_backward(z, w, axis),
            ),
            Formula(
                f"{kind} axis {axis}",
                lambda x, p=p, axis=axis: p(x, axis),
                lambda z, axis=axis: softmax(z, axis),
                lambda z, w, axis=axis: softmax_backward(z, w, axis),
            ),
        ]
    FORMULAS += [
        Formula(
            f"-mean(log({kind})[arange, y])",
            lambda x, p=p: -sn.mean(sn.log(p(x, 1))[sn.arange(x.shape[0]), sn.constant(LABELS)]),
            nll,
            nll_backward,
        ),
        Formula(
            f"-mean(log({kind}[arange, y]))",
            lambda x, p=p: -sn.mean(sn.log(p(x, 1)[sn.arange(x.shape[0]), sn.constant(LABELS)])),
            nll,
            nll_backward,
        ),
        Formula(
            f"-mean(sum(onehot log({kind})))",
            lambda x, p=p: -sn.mean(sn.sum(sn.constant(TARGETS.astype("float32")) * sn.log(p(x, 1)), axis=1)),
            nll,
            nll_backward,
        ),
        Formula(
            f"entropy of {kind}",
            lambda x, p=p: -sn.sum((q := p(x, 1)) * sn.log(q)),
            lambda z: -(softmax(z, 1) * log_softmax(z, 1)).sum(),
            lambda z, _: softmax_backward(z, -log_softmax(z, 1), 1),
        ),
        Formula(
            f"perplexity of {kind}",
            lambda x, p=p: sn.exp(-sn.mean(sn.log(p(x, 1))[sn.arange(x.shape[0]), sn.argmax(x, axis=1)])),
            lambda z: np.exp(-log_softmax(z, 1)[np.arange(len(z)), likely(z)].mean()),
            perplexity_backward,
        ),
    ]
for kind, s in SIGMOIDS.items():
    FORMULAS += [
        pointwise(kind, s, sigmoid, lambda z: sigmoid(z) * sigmoid(-z)),
        pointwise(f"1 - {kind}", lambda x, s=s: 1 - s(x), lambda z: sigmoid(-z), lambda z: -sigmoid(z) * sigmoid(-z)),
        pointwise(f"log({kind})", lambda x, s=s: sn.log(s(x)), lambda z: -softplus(-z), lambda z: sigmoid(-z)),
        pointwise(f"log(1 - {kind})", lambda x, s=s: sn.log(1 - s(x)), lambda z: -softplus(z), lambda z: -sigmoid(z)),
        Formula(
            f"binary cross-entropy of {kind}",
            lambda x, s=s: bce_of(x, s(x)),
            bce,
            lambda z, _: (sigmoid(z) - TARGETS) / z.size,
        ),
        pointwise(
            f"log({kind}(x) {kind}(2x) {kind}(-3x))",
            lambda x, s=s: sn.log(s(x) * s(2 * x) * s(-3 * x)),
            lambda z: -softplus(-z) - softplus(-2 * z) - softplus(3 * z),
            lambda z: sigmoid(-z) + 2 * sigmoid(-2 * z) - 3 * sigmoid(3 * z),
        ),
    ]
FORMULAS += [
    pointwise("log1p(-sigmoid(x))", lambda x: sn.log1p(-sn.sigmoid(x)), lambda z: -softplus(z), lambda z: -sigmoid(z)),
    pointwise("log(1 + exp(x))", lambda x: sn.log(1 + sn.exp(x)), softplus, sigmoid),
    pointwise("log(exp(x) + 1)", lambda x: sn.log(sn.exp(x) + 1), softplus, sigmoid),
    pointwise("log(1 + exp(-x))", lambda x: sn.log(1 + sn.exp(-x)), lambda z: softplus(-z), lambda z: -sigmoid(-z)),
    pointwise("log1p(exp(x))", lambda x: sn.log1p(sn.exp(x)), softplus, sigmoid),
    pointwise("softplus(x)", sn.softplus, softplus, sigmoid),
    pointwise(
        "(exp(x) - exp(-x)) / (exp(x) + exp(-x))",
        lambda x: (sn.exp(x) - sn.exp(-x)) / (sn.exp(x) + sn.exp(-x)),
        np.tanh,
        lambda z: 1 - np.tanh(z) ** 2,
    ),
    pointwise(
        "(1 - exp(-2x)) / (1 + exp(-2x))",
        lambda x: (1 - sn.exp(-2 * x)) / (1 + sn.exp(-2 * x)),
        np.tanh,
        lambda z: 1 - np.tanh(z) ** 2,
    ),
    pointwise(
        "(exp(2x) - 1) / (exp(2x) + 1)",
        lambda x: (sn.exp(2 * x) - 1) / (sn.exp(2 * x) + 1),
        np.tanh,
        lambda z: 1 - np.tanh(z) ** 2,
    ),
    pointwise("log cosh", lambda x: sn.log((sn.exp(x) + sn.exp(-x)) / 2), log_cosh, np.tanh),
    pointwise("log(0.5 exp(x) + 0.5 exp(-x))", lambda x: sn.log(0.5 * (sn.exp(x) + sn.exp(-x))), log_cosh, np.tanh),
    pointwise("sqrt(x x)", lambda x: sn.sqrt(x * x), np.abs, np.sign),
    pointwise("sqrt(x**2)", lambda x: sn.sqrt(x**2), np.abs, np.sign),
    pointwise("log(exp(x))", lambda x: sn.log(sn.exp(x)), lambda z: z, np.ones_like),
    pointwise("log(3 exp(x))", lambda x: sn.log(3 * sn.exp(x)), lambda z: z + np.log(3), np.ones_like),
    pointwise(
        "log(x**2)",
        lambda x: sn.log((x + 0.3) ** 2),
        lambda z: 2 * np.log(np.abs(z + 0.3)),
        lambda z: 2 / (z + 0.3),
    ),
    pointwise("exp(x) exp(-x)", lambda x: sn.exp(x) * sn.exp(-x), np.ones_like, np.zeros_like),
]
for axis in (0, 1):
    for keepdims in (False, True):
        FORMULAS.append(
            Formula(
                f"log(sum(exp(x))) axis {axis} keepdims {keepdims}",
                lambda x, axis=axis, keepdims=keepdims: sn.sum(
                    2 * sn.log(sn.sum(sn.exp(x), axis=axis, keepdims=keepdims))
                ),
                lambda z, axis=axis: 2 * logsumexp(z, axis).sum(),
                lambda z, _, axis=axis: 2 * softmax(z, axis),
            )
        )
FORMULAS += [
    Formula(
        "log(sum(exp(x))) of all",
        lambda x: sn.log(sn.sum(sn.exp(x))),
        lambda z: logsumexp(z.reshape(1, -1), 1)[0],
        lambda z, _: softmax(z.reshape(1, -1), 1).reshape(z.shape),
    ),
    Formula(
        "m + log(sum(exp(x - m)))",
        lambda x: sn.sum((m := sn.max(x, axis=1)) + sn.log(sn.sum(sn.exp(x - m[:, None]), axis=1))),
        lambda z: logsumexp(z, 1).sum(),
        lambda z, _: softmax(z, 1),
    ),
    Formula(
        "exp(x) / exp(x).sum(axis=0)",
        lambda x: sn.exp(x) / sn.exp(x).sum(axis=0),
        lambda z: softmax(z, 0),
        lambda z, w: softmax_backward(z, w, 0),
    ),
    Formula(
        "exp(x) / exp(x).sum(axis=1)[:, None]",
        lambda x: sn.exp(x) / sn.exp(x).sum(axis=1)[:, None],
        lambda z: softmax(z, 1),
        lambda z, w: softmax_backward(z, w, 1),
    ),
]


def weighted(formula, x):
    y = formula.write(x)
    return y if y.type.ndim == 0 else sn.sum(sn.constant(WEIGHTS.astype("float32")) * y)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("point", ["ordinary", "extreme"])
@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_value_and_gradient_are_those_of_careful_mathematics(formula, shape, point):
    z = {"ordinary": ORDINARY, "extreme": EXTREME}[point]
    x = sn.fmatrix("x", shape=SHAPES[shape])
    gradient = sn.grad(weighted(formula, x), x)
    value, slope = sn.function([x], [formula.write(x), gradient], on_unused_input="ignore")(z.astype("float32"))
    np.testing.assert_allclose(value, formula.value(z), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(slope, formula.backward(z, WEIGHTS), rtol=1e-5, atol=2e-6)
