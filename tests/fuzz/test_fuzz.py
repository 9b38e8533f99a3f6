"""A slice of the random graphs that `python tests/fuzz/graphs.py` goes through, and what the fuzzer itself must do."""

from __future__ import annotations

import numpy as np
import pytest

import symnet as sn
from fuzz.checks import Disagreement, check, compare
from fuzz.drawing import Graph, Leaf, Line, draw
from fuzz.graphs import disagreement, minimised
from fuzz.oracle import expected
from symnet.op import word_for

SEEDS = range(150)
NODES = (5, 16)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_graph(seed):
    graph, _ = draw(seed, NODES)
    found = disagreement(graph)
    if found is not None:
        pytest.fail(f"seed {seed}: {found}\n\n{minimised(graph, found.check).code()[:6000]}")


def test_a_seed_is_one_graph():
    assert draw(7)[0].code() == draw(7)[0].code() != draw(8)[0].code()


def test_few_lines_are_refused():
    drawn = [draw(seed) for seed in range(20)]
    lines = sum(isinstance(e, Line) for graph, _ in drawn for e in graph.entries)
    assert sum(refused for _, refused in drawn) < 0.1 * lines


def one_line(text: str, value: np.ndarray) -> Graph:
    leaf = Leaf("input", (value, value), value.shape)
    return Graph((leaf, Line("sn.tanh({0})", (0,)), Line(text, (1,))), (2,), (), "float64")


class WrongWhenCompiled(sn.Elementwise):
    """The sine for the reference, and the cosine for the compiler."""

    name, numpy, roles, kind = "wrong_when_compiled", "sin", ("x",), "float"

    def emit(self, e, *names):
        e.step(f"np.cos({names[0]}, out={e.out})")


def test_a_wrong_lowering_is_found_and_minimised(monkeypatch):
    monkeypatch.setattr(sn, "wrong", word_for(WrongWhenCompiled()), raising=False)
    graph = one_line("2 * sn.wrong(sn.exp({0}))", np.array([0.5, 1.0]))
    with pytest.raises(Disagreement, match=r"all rewrites: result 0 at \(0,\) is"):
        check(graph)
    smallest = minimised(graph, "all rewrites")
    assert [e.text for e in smallest.entries if isinstance(e, Line)] == ["2 * sn.wrong(sn.exp({0}))"]


def test_a_wrong_gradient_is_found(monkeypatch):
    wrong = sn.custom_gradient(sn.sin, vjp=lambda g, y, x: [3 * g])
    monkeypatch.setattr(sn, "wrong", wrong, raising=False)
    with pytest.raises(Disagreement, match=r"differences: the gradient says"):
        check(one_line("sn.wrong({0})", np.array([0.5, 1.0])))


def test_slack_follows_conditioning():
    x = sn.tensor("x", (1,), "float64")
    values = {x: np.array([1.0])}
    (good,), (bad,) = expected([x + 1e-9], values), expected([(x + 1e12) - 1e12], values)
    assert good.slack[0] < 1e-12 < 1e-5 < bad.slack[0]


def test_what_is_finite_must_stay_so():
    x = sn.tensor("x", (2,), "float64")
    (one,) = expected([sn.exp(x)], {x: np.array([0.0, 800.0])})
    compare("check", "result", np.array([1.0, 5.0]), one, strict=False)
    with pytest.raises(Disagreement):
        compare("check", "result", np.array([np.nan, np.inf]), one, strict=False)
    with pytest.raises(Disagreement):
        compare("check", "result", np.array([1.0, 5.0]), one, strict=True)
