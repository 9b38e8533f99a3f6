"""Choices by predicted cost: absurd costs flip each of them, the values stay right, and the report tells."""

import numpy as np
import pytest

import symnet as sn
from symnet.choices import Choice, cheapest, note, noted
from symnet.graph import toposort
from symnet.machine import Machine
from symnet.ops.conv_lowering import FORWARD, INPUT_GRAD, WEIGHT_GRAD
from symnet.ops.windows import Geometry

F32 = np.float32
USUAL = Machine(threads=1)


def convolved(x, w):
    """The definition, with "same" padding and kernels of odd sizes: one product for each place in the kernel."""
    k = w.shape[-1]
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (k // 2, k // 2), (k // 2, k // 2)))
    groups = x.shape[1] // w.shape[1]
    y = np.zeros((x.shape[0], w.shape[0], *x.shape[2:]))
    for a in range(k):
        for b in range(k):
            window = padded[:, :, a : a + x.shape[2], b : b + x.shape[3]]
            for group in range(groups):
                c, f = x.shape[1] // groups, w.shape[0] // groups
                part = np.einsum("nchw,fc->nfhw", window[:, group * c :][:, :c], w[group * f :][:f, :, a, b])
                y[:, group * f :][:, :f] += part
    return y


def choice_of(f, what):
    (found,) = [c for c in f.report().choices if c.what == what]
    return found


@pytest.mark.parametrize(("costs", "chosen"), [
    ({"call": 1e4, "start": 1e5}, ("columns", "a convolution", "columns")),  # as few calls and products as there are
    ({"gemm": 0.01, "call": 50.0}, ("tiles", "a convolution", "columns")),  # as few multiplications
    ({"run": 1e5}, ("rows", "a convolution", "rows")),  # as few runs as possible are copied
    ({"turn": 1e5}, ("columns", "columns by axis", "bands")),  # filters stay in their order
    ({"turn": 1e8, "copy": 1e3}, ("columns", "columns", "bands")),
])  # fmt: skip
def test_absurd_costs_flip_the_ways_of_a_convolution_and_no_value(costs, chosen):
    rng = np.random.default_rng(0)
    x, w, g = (rng.standard_normal(shape).astype(F32) for shape in [(3, 8, 6, 6), (4, 8, 3, 3), (3, 4, 6, 6)])
    with sn.options(machine=USUAL.with_costs(**costs)):
        xs = [sn.tensor(name, v.shape) for name, v in zip("xwg", (x, w, g))]
        y = sn.conv2d(xs[0], xs[1], padding="same")
        f = sn.function(xs, [y, *sn.grad((y * xs[2]).sum(), xs[:2])])
    y, dx, dw = f(x, w, g)
    np.testing.assert_allclose(y, convolved(x, w), 0, 1e-4)
    v, u = rng.standard_normal(x.shape), rng.standard_normal(w.shape)
    np.testing.assert_allclose(np.sum(v * dx), np.sum(convolved(v, w) * g), 0, 1e-3)
    np.testing.assert_allclose(np.sum(u * dw), np.sum(convolved(x, u) * g), 0, 1e-3)
    report, what = f.report(), "conv2d (3, 8, 6, 6) x (4, 8, 3, 3)"
    for role, way in zip(("", ", gradient of x", ", gradient of w"), chosen):
        choice = choice_of(f, what + role)
        assert choice.chosen == way
        others = {"": {"tiles", "bands", "rows", "columns"}, ", gradient of w": {"bands", "rows", "columns"}}
        assert choice.costs.keys() == others.get(role, {"a convolution", "columns", "columns by axis"})
        line = next(line for line in str(report).splitlines() if line.startswith(f"chosen: {what}{role}: {way}, "))
        assert all(other in line for other in choice.costs.keys() - {way})
    # How a convolution inside is computed is told if there is one.
    told = "conv2d (3, 4, 6, 6) x (8, 4, 3, 3)" in {c.what for c in report.choices}
    assert told == (chosen[1] == "a convolution")


def test_the_flops_of_every_way_are_those_of_the_definition_or_fewer_by_tiles():
    a = Geometry(3, 4, 5, 1, (8, 8), (3, 3), (1, 1), (1, 1), ((0, 0), (0, 0)), (6, 6))
    x, w, g = sn.tensor("x", (3, 4, 8, 8)), sn.tensor("w", (5, 4, 3, 3)), sn.tensor("g", (3, 5, 6, 6))
    definition = 2 * (3 * 6 * 6) * (5 * 4 * 3 * 3)
    factors = {"columns": 1, "columns by axis": 1, "rows": 1, "tiles": 16 / 36, "bands": 8 / 3, "a convolution": None}
    for ways, operands in ((FORWARD, (x, w)), (INPUT_GRAD, (w, g)), (WEIGHT_GRAD, (x, g))):
        for way in ways:
            flops = sum(node.op.flops(*node.inputs) for node in toposort([way.build(*operands, a)]))
            filters = 2 * 16 * 9 * 5 * 4 if way.name == "tiles" else 0  # the filters themselves become tiles
            if factors[way.name] is not None:
                assert flops - filters == pytest.approx(factors[way.name] * definition), way.name


def test_few_channels_in_a_group_go_by_bands_unless_starting_a_product_is_dear():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((8, 16, 16, 16), F32), rng.standard_normal((16, 1, 3, 3), F32)
    found = {}
    for start in (USUAL.start, 100.0):
        with sn.options(machine=USUAL.with_costs(start=start)):
            a, b = sn.tensor("x", x.shape), sn.tensor("w", w.shape)
            f = sn.function([a, b], sn.conv2d(a, b, padding="same", groups=16))
        np.testing.assert_allclose(f(x, w), convolved(x, w), 0, 1e-4)
        found[start] = choice_of(f, "conv2d (8, 16, 16, 16) x (16, 1, 3, 3)").chosen
    assert found == {USUAL.start: "bands", 100.0: "columns"}


def test_a_sum_goes_to_blas_unless_products_are_dear():
    x = np.random.default_rng(0).standard_normal((20, 30), F32)
    found = {}
    for copy in (USUAL.copy, 1e3):
        with sn.options(machine=USUAL.with_costs(copy=copy)):
            a = sn.tensor("a", x.shape)
            f = sn.function([a], a.sum(axis=0))
        np.testing.assert_allclose(f(x), x.astype(float).sum(axis=0), 0, 1e-5)
        found[choice_of(f, "sum of (20, 30) along (0,)").chosen] = f.source
    assert "np.dot(ones" in found["a product with ones"]
    assert "np.add.reduce(" in found["np.add.reduce"] and "ones" not in found["np.add.reduce"]


def test_only_the_choices_of_the_plan_that_runs_are_told():
    """Not those of the plan in one piece, nor of the piece whose memory was looked at."""
    x, w = sn.tensor("x", (64, 2, 8, 8)), sn.tensor("w", (3, 2, 3, 3))
    with sn.options(machine=Machine(cache=1 << 16, threads=1)):
        f = sn.function([x, w], sn.conv2d(x, w))
    (loop,) = f.report().loops
    sizes = {loop.size, loop.total % loop.size} - {0}
    assert loop.size not in (8, 64)
    assert {c.what for c in f.report().choices} == {f"conv2d ({n}, 2, 8, 8) x (3, 2, 3, 3)" for n in sizes}


def test_blas_threads_make_large_products_cheaper_and_pieces_have_one():
    """Two threads share a product of all examples; in a loop over pieces each has BLAS to itself."""
    alone, two = Machine(threads=1), Machine(threads=2)
    assert two.product(500, 500, 500) < 0.8 * alone.product(500, 500, 500)
    assert two.product(10, 100, 100) == alone.product(10, 100, 100)  # too small to share
    x, w = sn.tensor("x", (64, 8, 16, 16)), sn.tensor("w", (16, 8, 5, 5))
    costs = {}
    for threads in (1, 2):
        with sn.options(machine=Machine(cache=1 << 18, threads=threads)):
            f = sn.function([x, w], sn.conv2d(x, w))
        (loop,) = f.report().loops
        costs[threads] = choice_of(f, f"conv2d ({loop.size}, 8, 16, 16) x (16, 8, 5, 5)").costs
    assert costs[1] == costs[2]


def test_of_equal_costs_the_first_is_chosen_and_noted():
    with noted() as found:
        assert cheapest("a thing", {"one": 2.0, "two": 1.0, "three": 1.0}) == "two"
    assert found == [Choice("a thing", "two", {"one": 2.0, "two": 1.0, "three": 1.0})]
    assert str(found[0]) == "a thing: two, 1.0 us (other ways: one 2.0 us, three 1.0 us)"


def test_choices_of_an_attempt_count_only_if_they_are_noted():
    with noted() as outer:
        with noted() as attempt:
            cheapest("an attempt", {"one": 1.0})
        assert outer == []
        note(attempt)
    assert [c.what for c in outer] == ["an attempt"]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_every_size_of_a_product_counts(dtype):
    base = USUAL.product(64, 64, 64, 2, dtype)
    for sizes in [(65, 64, 64, 2), (64, 65, 64, 2), (64, 64, 65, 2), (64, 64, 64, 3)]:
        assert USUAL.product(*sizes, dtype) > base


def test_wide_elements_and_rows_that_clash_cost_more():
    assert USUAL.product(200, 200, 200, dtype="float64") > 1.5 * USUAL.product(200, 200, 200)
    assert USUAL.product(64, 600, 1024) > 1.1 * USUAL.product(64, 600, 1025)
