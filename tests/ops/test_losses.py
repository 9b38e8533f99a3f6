"""Losses where the cases do not reach: certain mistakes, ties, passes, errors."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, BoundsError, DTypeError, GradientError, ShapeError
from symnet.ops.likelihoods import BinaryCrossEntropyWithLogits


def both(build, values):
    """Losses and their slopes, by the reference and compiled."""
    x = sn.vector("x", dtype="float32")
    losses = build(x)
    g = sn.grad(losses.sum(), x)
    values = np.array(values, "float32")
    yield evaluate([losses, g], {x: values})
    yield sn.function([x], [losses, g])(values)


TARGETS = np.array([1.0, 1.0, 0.0, 0.0, 1.0])


@pytest.mark.parametrize(("build", "values", "losses", "slopes"), [
    (lambda z: sn.binary_cross_entropy_with_logits(z, TARGETS, reduction="none"),
     [1000, -1000, 1000, -1000, 0], [0, 1000, 1000, 0, np.log(2)], [0, -1, 1, 0, -0.5]),
    (lambda z: sn.binary_cross_entropy(sn.sigmoid(z), TARGETS, reduction="none"),
     [1000, -1000, 1000, -1000, 0], [0, 1000, 1000, 0, np.log(2)], [0, -1, 1, 0, -0.5]),
    (lambda p: sn.binary_cross_entropy(p, TARGETS, reduction="none"),
     [1, 0, 1, 0, 0.5], [0, 100, 100, 0, np.log(2)], [0, -1e12, 1e12, 0, -2]),
    (lambda y: sn.log_cosh_loss(y, 0.0, reduction="none"),
     [1000, -1000, 0, 1e-3, -1e-3], [1000 - np.log(2)] * 2 + [0, 5e-7, 5e-7], [1, -1, 0, 1e-3, -1e-3]),
    (lambda y: sn.huber_loss(y, 0.0, reduction="none"),
     [np.inf, -1000, 0, 1, 0.5], [np.inf, 999.5, 0, 0.5, 0.125], [1, -1, 0, 1, 0.5]),
    (lambda y: sn.l1_loss(y, 0.0, reduction="none"), [1000, -1000, 0], [1000, 1000, 0], [1, -1, 0]),
    (lambda y: sn.hinge_loss(y, np.ones(3), reduction="none"), [1, 1000, -1000], [0, 0, 1001], [0, 0, -1]),
    (lambda q: sn.kl_div(q, np.array([0.0, 1.0]), reduction="none"), [-np.inf, -1000], [0, 1000], [0, -1]),
])  # fmt: skip
def test_far_out_and_at_kinks(build, values, losses, slopes):
    for found_losses, found_slopes in both(build, values):
        np.testing.assert_allclose(found_losses, losses, 2e-4, 1e-6)
        np.testing.assert_allclose(found_slopes, slopes, 1e-5, 1e-6)


def test_the_sigmoid_of_logits_is_taken_as_logits():
    z, t = sn.vector("z"), sn.vector("t")
    assert isinstance(sn.binary_cross_entropy(sn.sigmoid(z), t).node.op, BinaryCrossEntropyWithLogits)


def test_a_scalar_target_stands_for_all():
    x = sn.matrix("x")
    (loss,) = evaluate([sn.mse_loss(x, 1)], {x: np.zeros((2, 3), "float32")})
    assert loss == 1


def test_labels_that_all_are_ignored_have_no_mean():
    z, y = sn.matrix("z"), sn.lvector("y")
    f = sn.function([z, y], [sn.cross_entropy(z, y, ignore_index=-1, reduction=r) for r in ("mean", "sum")])
    mean, total = f(np.ones((2, 3), "float32"), np.array([-1, -1]))
    assert np.isnan(mean) and total == 0


def test_an_ignored_row_has_no_gradient():
    z, y = sn.matrix("z"), sn.lvector("y")
    cost = sn.cross_entropy(z, y, ignore_index=-1, label_smoothing=0.1, weight=np.array([1.0, 2.0, 3.0]))
    g = sn.function([z, y], sn.grad(cost, z))(np.ones((3, 3), "float32"), np.array([0, -1, 2]))
    assert not g[1].any() and g[0].all() and g[2].all()


@pytest.mark.parametrize("loss", [sn.cross_entropy, sn.nll_loss, sn.multi_margin_loss])
@pytest.mark.parametrize("label", [-1, 3])
def test_a_label_outside_the_classes_is_an_error(loss, label):
    z, y = sn.matrix("z"), sn.lvector("y")
    with pytest.raises(BoundsError, match=f"label {label} is out of range for 3 classes"):
        sn.function([z, y], loss(z, y))(np.ones((2, 3), "float32"), np.array([0, label]))


def test_squared_errors_and_their_gradient_in_three_passes():
    x, t = sn.matrix("x", shape=(8, 5)), sn.matrix("t", shape=(8, 5))
    loss = sn.mse_loss(x, t)
    source = sn.function([x, t], [loss, sn.grad(loss, x)]).source
    step = source[source.index("def step") :]
    assert step.count("(8, 5)") == 2 and "np.vecdot" in step  # y - t, its square sum, and a multiple of it


@pytest.mark.parametrize(("make", "error", "match"), [
    (lambda x: sn.mse_loss(x, x[:, :1]), ShapeError, r"prediction \(4, 3\) and target \(4, 1\) have different shapes"),
    (lambda x: sn.mse_loss(x, x[:, 0]), ShapeError, r"\(4, 3\) and target \(4,\) have different shapes"),
    (lambda x: sn.l1_loss(x, x, reduction="max"), ArgumentError, "l1_loss: reduction is 'max'"),
    (lambda x: sn.huber_loss(x, x, delta=-1), ArgumentError, "huber_loss: delta is -1"),
    (lambda x: sn.kl_div(x, x, reduction="median"), ArgumentError, "kl_div: reduction is 'median'"),
    (lambda x: sn.kl_div(x.sum(), x.sum(), reduction="batchmean"), ArgumentError, "'batchmean' of a scalar"),
    (lambda x: sn.binary_cross_entropy_with_logits(x[0], x[0], x), ShapeError, r"pos_weight \(4, 3\) does not broad"),
    (lambda x: sn.cross_entropy(x, sn.lvector("y"), weight=np.ones(2)), ShapeError, r"\(2,\), but there are 3 classes"),
    (lambda x: sn.cross_entropy(x, sn.lvector("y"), label_smoothing=1.5), ArgumentError, "label_smoothing is 1.5"),
    (lambda x: sn.cross_entropy(x, sn.lvector("y"), ignore_index=0.5), ArgumentError, "ignore_index is 0.5"),
    (lambda x: sn.cross_entropy(x, x, ignore_index=0), ArgumentError, "ignore_index is for labels"),
    (lambda x: sn.nll_loss(x, sn.lmatrix("y", shape=(4, 3))), ShapeError, "nll_loss: the labels have 2 axes"),
    (lambda x: sn.nll_loss(x, sn.vector("y")), DTypeError, "nll_loss: labels are integers"),
    (lambda x: sn.triplet_margin_loss(x, x, x, p=0.5), ArgumentError, "triplet_margin_loss: p is 0.5"),
    (lambda x: sn.triplet_margin_loss(x, x, x[:2]), ShapeError, r"anchor \(4, 3\) and negative \(2, 3\)"),
    (lambda x: sn.cosine_similarity(x, x, axis=2), ArgumentError, "cosine_similarity: axis 2 is out of range"),
    (lambda x: sn.cosine_embedding_loss(x, x, np.ones(3)), ShapeError, r"pairs \(4,\) and target \(3,\)"),
])  # fmt: skip
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make(sn.matrix("x", shape=(4, 3)))


# CTC ------------------------------------------------------------------------------------------------------------------


def ctc_given(**changed):
    given = {"log_probs": np.zeros((4, 2, 3)), "targets": [[1, 2], [2, 1]], "input_lengths": [4, 3],
             "target_lengths": [2, 1]}  # fmt: skip
    return sn.ctc_loss(**{**given, **changed})


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"log_probs": np.zeros((4, 3))}, ShapeError, r"ctc_loss: log_probs has 2 axes, not 3\.(.|\n)*fix: log-prob"),
        ({"targets": [1, 2]}, ShapeError, r"ctc_loss: targets has 1 axis, not 2"),
        ({"targets": [[1.0], [2.0]]}, DTypeError, r"ctc_loss: targets is float32\.(.|\n)*fix: cast it"),
        ({"input_lengths": [4, 3, 2]}, ShapeError, r"ctc_loss: 2, 2, 3 and 2 sequences"),
        ({"blank": -1}, ArgumentError, r"ctc_loss: blank is -1"),
        ({"reduction": "max"}, ArgumentError, r"ctc_loss: reduction is 'max'"),
    ],
)
def test_what_ctc_refuses(changed, error, message):
    with pytest.raises(error, match=message):
        ctc_given(**changed)


@pytest.mark.parametrize(
    ("labels", "times", "counts", "message"),
    [
        ([[1, 3], [2, 1]], [4, 3], [2, 1], r"ctc_loss: label 3 of sequence 0 is out of range for 3 cl(.|\n)*fix"),
        ([[1, 2], [0, 1]], [4, 3], [2, 1], r"ctc_loss: label 0 of sequence 1 is the blank"),
        ([[1, 2], [2, 1]], [4, 5], [2, 1], r"ctc_loss: input length 5 of sequence 1 is not in 1 to 4\.(.|\n)*fix"),
        ([[1, 2], [2, 1]], [4, 3], [3, 1], r"ctc_loss: target length 3 of sequence 0 is not in 0 to 2"),
    ],
)
def test_what_ctc_refuses_at_the_call(labels, times, counts, message):
    y, t, n = sn.lmatrix("y"), sn.lvector("t"), sn.lvector("n")
    w = sn.shared(np.zeros((4, 2, 3)), "w")
    cost = sn.ctc_loss(w, y, t, n)
    f = sn.function([y, t, n], cost, updates=[(w, w - sn.grad(cost, w))])
    with pytest.raises(BoundsError, match=message):
        f(np.array(labels), np.array(times), np.array(counts))
    assert not w.get_value().any()


def test_ctc_learns_what_it_is_told_and_has_one_derivative():
    rng = np.random.default_rng(0)
    w = sn.shared(rng.normal(size=(12, 3, 5)), "w")
    labels, times, counts = np.array([[1, 1, 2], [3, 4, 0], [2, 0, 0]]), np.array([12, 9, 5]), np.array([3, 2, 1])
    cost = sn.ctc_loss(sn.log_softmax(w, axis=-1), labels, times, counts)
    g = sn.grad(cost, w)
    step = sn.function([], cost, updates=[(w, w - 3.0 * g)])
    first = float(step())
    for _ in range(200):
        last = float(step())
    assert last < 0.1 * first
    with pytest.raises(GradientError, match="ctc_loss has no second derivative"):
        sn.grad((g * g).sum(), w)


def test_a_target_too_long_for_its_time_gives_no_gradient():
    x = sn.tensor(dtype="float64", shape=(2, 2, 3))
    cost = sn.ctc_loss(x, [[1, 1], [1, 2]], [2, 2], [2, 2], reduction="none")
    f = sn.function([x], [cost, sn.grad(sn.where(sn.isinf(cost), 0.0, cost).sum(), x)])
    losses, g = f(np.zeros((2, 2, 3)))
    assert losses.tolist() == [np.inf, 0] and not g[:, 0].any() and g[:, 1].sum() == -2


def test_the_cosine_of_nothing_is_0_in_half_precision_too():
    x, y = sn.tensor("x", (2, 3), "float16"), sn.tensor("y", (2, 3), "float16")
    c = sn.cosine_similarity(x, y)
    assert c.type.dtype == "float16"
    zero = np.zeros((2, 3), np.float16)
    for value in sn.function([x, y], [c, *sn.grad(c.sum(), [x, y])])(zero, zero):
        np.testing.assert_array_equal(value, np.zeros_like(value))
    np.testing.assert_array_equal(sn.function([x, y], c)(zero + 1, zero + 2), [1, 1])
