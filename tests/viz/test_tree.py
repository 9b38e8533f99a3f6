"""Graphs as indented trees."""

import re

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError

X = sn.dmatrix("x")
W = sn.shared(np.ones((3, 3)), "w")


def words(tree):
    """Each line without the user's line: its level, and the rest."""
    rows = [re.sub(r"  \w+\.py:\d+( \(\w+\))?$", "", row) for row in tree.split("\n")]
    return [((len(row) - len(row.lstrip())) // 2, row.strip()) for row in rows]


def test_each_node_is_written_once():
    h = sn.tanh(X @ W)
    y = h * h + 1
    assert words(sn.dprint(y)) == [
        (0, "add 'y'  float64 (?, 3)"),
        (1, "multiply  float64 (?, 3)"),
        (2, "#1 tanh 'h'  float64 (?, 3)"),
        (3, "matmul  float64 (?, 3)"),
        (4, "input 'x'  float64 (?, ?)"),
        (4, "shared 'w'  float64 (3, 3)"),
        (2, "#1"),
        (1, "constant 1  float64 ()"),
    ]


def test_lines_name_the_users_line_and_what_belongs_to_a_gradient():
    cost = sn.tanh(X).sum()
    tree = sn.dprint(sn.grad(cost, X))
    assert re.search(r"multiply 'g_x'  float64 \(\?, \?\)  test_tree\.py:\d+ \(backward\)$", tree.split("\n")[0])


def test_depth_and_lines_bound_it():
    y = sn.exp(sn.tanh(X))
    assert words(sn.dprint(y, 0)) == [(0, "exp 'y'  float64 (?, ?)"), (1, "...")]
    assert sn.dprint(y, lines=2).split("\n")[2] == "... and 1 more lines"
    chain = X
    for _ in range(100_000):
        chain = sn.exp(chain)
    tree = sn.dprint(chain, lines=100)
    assert tree.count("\n") == 100 and len(tree) < 20_000
    assert tree.endswith("... and 99,901 more lines")


def test_results_of_one_op_are_told_apart():
    values, vectors = sn.linalg.eigh(X)
    rows = [row for _, row in words(sn.dprint([values, vectors]))]
    assert rows[0] == "0:" and "eigh" in rows[1] and "[0]" in rows[1]
    assert rows[-1] == "#1[1]"


def test_of_a_function_outputs_and_updates_are_written():
    cost = (sn.tanh(X @ W) ** 2).sum()
    f = sn.function([X], cost, updates={W: W - 0.1 * sn.grad(cost, W)})
    titles = [row for level, row in words(sn.dprint(f)) if level == 0]
    assert titles == ["output 0:", "new w:"]
    assert "'g_w'" in sn.dprint(f) and "#1" in sn.dprint(f)


def test_a_hostile_name_stays_on_its_line():
    y = sn.exp(sn.dvector("a\nb\x1b"))
    assert sn.dprint(y).split("\n")[1] == "  input 'a\\nb\\x1b'  float64 (?,)"


@pytest.mark.parametrize("wrong", [3, [], [X, 3], "x"])
def test_what_is_no_graph_is_refused(wrong):
    with pytest.raises(ArgumentError, match="dprint: this is no expression"):
        sn.dprint(wrong)
