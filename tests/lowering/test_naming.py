"""Names of values: the user's where they can stand, safe, each once."""

import keyword

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symnet as sn
from symnet.lowering.naming import RESERVED, Names


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        ("x", "x"), ("w_fc1", "w_fc1"), ("lambda", "lambda_"), ("class", "class_"), ("match", "match_"),
        ("None", "None_"), ("np", "np_"), ("step", "step_"), ("check_labels", "check_labels_"),
        ("1st", "x1st"), ("a b", "a_b"), ("x; import os", "x_import_os"), ("größe", "gr_e"), ("π", "x"),
        ("", "x"), ("__class__", "class_"), ("__", "x"), ("x\n", "x"), ("a" * 100, "a" * 40),
    ],
)  # fmt: skip
def test_a_wish_becomes_an_identifier(wish, name):
    assert Names().fresh(wish) == name


def test_every_name_is_given_once():
    names = Names()
    given = [names.fresh(wish) for wish in ["x", "x", "x2", "x", "x 2", "h1", "h1", "lambda", "lambda_", "x3"]]
    assert len(set(given)) == len(given)
    assert given[:4] == ["x", "x2", "x2_2", "x3"] and given[5:7] == ["h1", "h1_2"]


@given(st.lists(st.one_of(st.text(), st.sampled_from(["x", "x2", "x_2", "class", "class_", "a" * 40, "a" * 50]))))
def test_any_words_become_distinct_identifiers(wishes):
    names = Names()
    given = [names.fresh(wish) for wish in wishes]
    assert len(set(given)) == len(given)
    for name in given:
        assert name.isascii() and name.isidentifier() and not keyword.iskeyword(name) and name not in RESERVED


def test_values_are_called_as_the_user_called_them():
    x, w = sn.matrix("x"), sn.shared(np.ones((3, 2), np.float32), "w")
    hidden = sn.dot(x, w)
    h = sn.tanh(hidden)
    h.name = "activation"
    f = sn.function([x], [hidden, h.sum()])
    f(np.ones((4, 3), np.float32))
    assert "np.tanh(hidden, out=activation)" in f.source
    assert "def plan(w):" in f.source and "def step(x):" in f.source


def test_a_view_of_a_view_is_called_after_what_both_look_into():
    x = sn.matrix("x")
    h = sn.tanh(x)
    f = sn.function([x], [h.T.reshape((2, 2, 3)).sum(0), sn.exp(h).T[None].transpose((0, 2, 1)).sum(1)])
    value = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    f(value)
    assert "h_view" in f.source and "h_view2" in f.source
    assert "_view_view" not in f.source


def test_a_value_called_like_a_block_or_another_value():
    def chain(name):
        x = sn.matrix("x")
        h = sn.tanh(x)
        total = sn.exp(h).sum(0)
        square = sn.dot(h.T, h)
        for v in (h, total, square):
            v.name = name
        y = sn.exp(square).sum() + sn.tanh(total).sum()
        return sn.function([x], [y, sn.exp(total)])

    value = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    expected = chain("y")(value)
    for name in ("x", "block", "block0", "block1", "block2", "ones", "matmul", "x_view", "g", "bits"):
        for a, b in zip(chain(name)(value), expected, strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_convolution_bears_the_name_of_its_line():
    x, w = sn.tensor("x", (2, 3, 8)), sn.shared(np.ones((4, 3, 2), np.float32), "w")
    blurred = sn.conv1d(x, w)
    f = sn.function([x], sn.exp(blurred).sum())
    assert "blurred_batch_last = np.empty(" in f.source
    assert "blurred = blurred_batch_last.reshape(4, 7, 2).transpose(2, 0, 1)" in f.source


def test_a_convolution_without_a_name_is_called_conv():
    x, w = sn.tensor("x", (2, 3, 8, 8)), sn.shared(np.ones((4, 3, 2, 2), np.float32), "w")
    for machine in (sn.Machine(threads=1), sn.Machine(run=1e6, threads=1), sn.Machine(copy=10.0, threads=1)):
        with sn.options(machine=machine):
            f = sn.function([x], sn.exp(sn.conv2d(x, w)).sum())
        assert "conv = np.empty(" in f.source


def test_a_line_in_a_loop_names_each_of_its_results():
    h = x = sn.tensor("x", (3, 4))
    w = sn.shared(np.ones((4, 4), np.float32), "w")
    for _ in range(3):
        hidden = sn.dot(h, w)
        h = sn.tanh(hidden) + x
    f = sn.function([x], h.sum())
    assert all(f"out=hidden{k})" in f.source for k in ("", "2", "3"))


def test_a_line_of_several_values_names_none_of_them():
    x = sn.vector("x")
    pair = sn.exp(x).sum(), sn.tanh(x).max()
    assert "pair" not in sn.function([x], pair).source


def test_views_on_the_way_to_a_view_stand_in_its_line():
    x = sn.tensor("x", (2, 6))
    h = sn.tanh(x)
    f = sn.function([x], [sn.exp(h.reshape((2, 3, 2)).transpose(1, 0, 2)[1]).sum(), h])
    assert ".reshape(2, 3, 2).transpose(1, 0, 2)[1]" in f.source
    value = np.linspace(-1, 1, 12, dtype=np.float32).reshape(2, 6)
    np.testing.assert_allclose(
        f(value)[0], np.exp(np.tanh(value).reshape(2, 3, 2)[:, 1]).sum(), rtol=1e-6
    )


def test_two_operands_of_a_piece_that_are_one_array_have_two_names():
    w, a, b = sn.matrix("w", shape=(1, 1)), sn.matrix("a", shape=(150, 3)), sn.matrix("b", shape=(1, 1))
    y = sn.minimum(sn.nanmax(w, 1, keepdims=True), sn.switch(w > a, b, -b))
    values = [np.full((1, 1), 0.5), np.linspace(0, 1, 450).reshape(150, 3), np.full((1, 1), 2.0)]
    f = sn.function([w, a, b], y, options=sn.Options(floatX="float64", machine=sn.Machine(cache=512, threads=2)))
    assert f.report().loops
    np.testing.assert_array_equal(f(*values), np.where(values[1] < 0.5, 0.5, -2.0))
