"""Ops that change gradients and nothing else."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, DTypeError, GradientError
from symnet.graph import toposort
from symnet.options import Options
from symnet.rewrites import rewrite

X = np.array([0.1, 1.0, -2.0])
WORDS = {
    "clip": (lambda x: sn.grad_clip(x, -1.0, 1.5), lambda g: np.clip(g, -1.0, 1.5)),
    "scale": (lambda x: sn.grad_scale(x, 0.25), lambda g: 0.25 * g),
    "reverse": (sn.grad_reverse, lambda g: -g),
    "reverse by a factor": (lambda x: sn.grad_reverse(x, 3), lambda g: -3 * g),
    "zero": (sn.zero_grad, lambda g: 0 * g),
}


@pytest.mark.parametrize("name", WORDS)
def test_the_gradient_before_it_is_changed_and_the_one_behind_it_is_not(name):
    word, changed = WORDS[name]
    x = sn.dvector("x")
    h = x * x
    y = word(h)
    cost = (y**2).sum()
    f = sn.function([x], [cost, *sn.grad(cost, [y, h, x])])
    value, by_y, by_h, by_x = f(X)
    np.testing.assert_allclose(value, (X**4).sum())
    np.testing.assert_allclose(by_y, 2 * X**2)
    np.testing.assert_allclose(by_h, changed(2 * X**2))
    np.testing.assert_allclose(by_x, changed(2 * X**2) * 2 * X)


@pytest.mark.parametrize("name", WORDS)
def test_nothing_of_it_is_left_when_compiled(name):
    x = sn.dvector("x")
    (y,), _, _ = rewrite([WORDS[name][0](sn.exp(x))], training=False, options=Options())
    assert [node.op.name for node in toposort([y])] == ["exp"]


def test_tangents_are_scaled_but_not_clipped():
    x = sn.dvector("x")
    found = [sn.jvp(WORDS[name][0](x), x, X) for name in ("clip", "scale", "reverse", "zero")]
    assert [t.tolist() for t in evaluate(found, {x: X})] == [v.tolist() for v in (X, X / 4, -X, 0 * X)]


def test_zero_is_connected_and_stopped_is_not():
    x = sn.dvector("x")
    assert evaluate([sn.grad(sn.zero_grad(x).sum(), x)], {x: X})[0].tolist() == [0, 0, 0]
    for word in (sn.stop_gradient, sn.disconnected_grad):
        with pytest.raises(GradientError, match="no gradient flows from sum.* to x"):
            sn.grad(word(x).sum(), x)
        with pytest.raises(GradientError, match="does not depend on x"):
            sn.jvp(word(x), x, X)
        found = sn.grad((word(x) * x).sum(), x)
        assert evaluate([found], {x: X})[0].tolist() == X.tolist()


def test_clipped_gradients_keep_their_dtype():
    x = sn.fvector("x")
    assert sn.grad(sn.grad_clip(x, -1, 1).sum(), x).type.dtype == "float32"
    assert sn.grad(sn.grad_scale(x, np.float64(2)).sum(), x).type.dtype == "float32"


def test_errors():
    x, n = sn.dvector("x"), sn.lvector("n")
    with pytest.raises(ArgumentError, match=r"grad_clip: low is 2, above high, 1\.(.|\n)*fix"):
        sn.grad_clip(x, 2.0, 1.0)
    with pytest.raises(ArgumentError, match="grad_clip: high is nan, not a number"):
        sn.grad_clip(x, 0.0, float("nan"))
    with pytest.raises(ArgumentError, match=r"grad_scale: factor is x, not a number\.(.|\n)*Python number"):
        sn.grad_scale(x, x)
    with pytest.raises(ArgumentError, match="grad_reverse: factor is True"):
        sn.grad_reverse(x, True)
    for word in (sn.zero_grad, lambda v: sn.grad_clip(v, 0, 1), lambda v: sn.grad_scale(v, 1), sn.grad_reverse):
        with pytest.raises(DTypeError, match=r"x is int64, and only floats and complex(.|\n)*fix: leave it"):
            word(n)
