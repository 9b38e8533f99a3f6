"""How parameters start: mean, deviation, bounds, orthogonality, and which layer hands on which numbers of units."""

import numpy as np
import pytest

import symnet as sn
from symnet import nn
from symnet.errors import ArgumentError
from symnet.nn import initialise

INPUTS, OUTPUTS = 400, 300
NORMAL = {"he_normal": 2 / 400, "lecun_normal": 1 / 400, "glorot_normal": 2 / 700}
UNIFORM = {"he_uniform": 2 / 400, "lecun_uniform": 1 / 400, "glorot_uniform": 2 / 700}


def weights(start, rng=0):
    return nn.Dense(OUTPUTS, w=start, rng=rng).build(("batch", INPUTS)).w.get_value().astype(np.float64)


@pytest.mark.parametrize("name", [*NORMAL, *UNIFORM])
def test_mean_and_variance(name):
    w, variance = weights(getattr(initialise, name)), (NORMAL | UNIFORM)[name]
    assert w.mean() == pytest.approx(0, abs=4 * np.sqrt(variance / w.size))
    assert w.var() == pytest.approx(variance, rel=0.03)
    within = 0.6827 if name in NORMAL else 1 / np.sqrt(3)
    assert np.mean(np.abs(w) < w.std()) == pytest.approx(within, abs=0.01)
    if name in UNIFORM:
        assert np.abs(w).max() <= np.sqrt(3 * variance) * (1 + 1e-6)


def test_normal_and_uniform_of_ones_own():
    w, u = weights(initialise.normal(0.5, 2.0)), weights(initialise.uniform(1.0, 3.0))
    assert (w.mean(), w.std()) == (pytest.approx(2, abs=0.01), pytest.approx(0.5, rel=0.01))
    assert [u.min(), u.max(), u.mean()] == pytest.approx([1, 3, 2], abs=0.01)


@pytest.mark.parametrize("gain", [1.0, 1.5])
@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (8, 2, 3, 3), (1, 7)])
def test_orthogonal(shape, gain):
    w = initialise.orthogonal(gain)(np.random.default_rng(0), shape, initialise.Fans(1, 1))
    assert w.shape == shape
    m = w.reshape(shape[0], -1)
    product = m @ m.T if len(m) <= m.shape[1] else m.T @ m
    np.testing.assert_allclose(product, gain**2 * np.eye(len(product)), atol=1e-12)


def test_orthogonal_matrices_are_drawn_evenly():
    rng, fans = np.random.default_rng(0), initialise.Fans(1, 1)
    corners = [initialise.orthogonal()(rng, (3, 3), fans)[0, 0] for _ in range(500)]
    assert np.mean(corners) == pytest.approx(0, abs=4 * np.sqrt(1 / 3 / 500))
    assert np.mean(np.square(corners)) == pytest.approx(1 / 3, abs=0.06)


def test_orthogonal_biases():
    with pytest.raises(ArgumentError, match=r"orthogonal: the shape \(300,\) is that of no matrix"):
        nn.Dense(OUTPUTS, b=initialise.orthogonal(), rng=0).build(("batch", INPUTS))


def fans(layer, *shape):
    seen = []

    def start(rng, shape, given):
        seen.append((shape, tuple(given)))
        return np.zeros(shape)

    layer(start).build(("batch", *shape))
    return seen[0]


@pytest.mark.parametrize(("layer", "shape", "expected"), [
    (lambda w: nn.Dense(5, w=w, rng=0), (7,), ((7, 5), (7, 5))),
    (lambda w: nn.Conv2d(8, (3, 2), w=w, rng=0), (4, 9, 9), ((8, 4, 3, 2), (24, 48))),
    (lambda w: nn.Conv1d(8, 3, groups=4, w=w, rng=0), (4, 9), ((8, 1, 3), (3, 6))),
    (lambda w: nn.Conv2d(8, 3, groups="depthwise", w=w, rng=0), (4, 9, 9), ((8, 1, 3, 3), (9, 18))),
    (lambda w: nn.ConvTranspose2d(8, 3, groups=2, w=w, rng=0), (4, 9, 9), ((4, 4, 3, 3), (18, 36))),
])  # fmt: skip
def test_how_many_units_a_weight_connects(layer, shape, expected):
    assert fans(layer, *shape) == expected


def test_no_inputs_at_all():
    assert weights_of_nothing().shape == (0, 3)


def weights_of_nothing():
    return nn.Dense(3, rng=0).build(("batch", 0)).w.get_value()


def test_biases_start_at_0_and_norms_as_the_identity():
    model = nn.Sequential(nn.Dense(4), nn.BatchNorm(), nn.LayerNorm(), rng=0).build(("batch", 3))
    starts = {w.label: set(w.get_value().tolist()) for w in [*model.params[1:], *model.states]}
    assert starts == {
        "b_fc1": {0.0}, "w_norm1": {1.0}, "b_norm1": {0.0}, "w_norm2": {1.0}, "b_norm2": {0.0}, "mean_norm1": {0.0},
        "var_norm1": {1.0},
    }  # fmt: skip


def test_embeddings_start_standard_normal():
    w = nn.Embedding(500, 40, rng=0).build(("batch",), dtype="int64").w.get_value()
    assert w.std() == pytest.approx(1, rel=0.02)


def test_the_row_of_padding_starts_at_0_and_stays():
    layer, ids = nn.Embedding(5, 3, 2, rng=0), sn.lvector("ids")
    f = sn.function([ids], updates=sn.optim.sgd(layer(ids).sum(), layer.params, 0.1))
    start = layer.w.get_value()
    assert (start[2] == 0).all() and (np.delete(start, 2, 0) != 0).all()
    f([0, 2, 2])
    np.testing.assert_allclose(layer.w.get_value(), start - np.array([[0.1], [0], [0], [0], [0]]), 1e-6)
    with pytest.raises(ArgumentError, match="padding_idx is 5, and the table has 5 rows"):
        nn.Embedding(5, 3, 5, rng=0)(ids)


def test_the_first_weights_of_the_chapter_are_those_of_its_generator():
    x = sn.tensor("x", shape=("batch", 784))
    w = sn.nn.Dense(100, w=initialise.lecun_normal, rng=np.random.default_rng(3))
    w(x)
    expected = np.random.default_rng(3).normal(0, np.sqrt(1 / 784), (784, 100))
    np.testing.assert_array_equal(w.w.get_value(), expected.astype(np.float32))
