"""Sums of products beyond the cases: random ones against NumPy, what they compile to, in which order, and errors."""

import re
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, ShapeError
from symnet.graph import toposort
from symnet.ops.einsum_path import path

RNG = np.random.default_rng(0)


@st.composite
def expressions(draw):
    """A notation and arrays for it: recurring names, sums, axes of size 0 and 1, ellipses, any order."""
    names = string.ascii_letters[: draw(st.integers(1, 5))]
    sizes = {name: draw(st.sampled_from([0, 1, 2, 2, 3, 3])) for name in names}
    dots = [draw(st.integers(1, 3)) for _ in range(draw(st.integers(0, 2)))]
    terms, arrays = [], []
    for _ in range(draw(st.integers(1, 4))):
        term = draw(st.lists(st.sampled_from(names), max_size=4))
        stretched = {name for name in set(term) if draw(st.integers(0, 4)) == 0}
        shape = [1 if name in stretched else sizes[name] for name in term]
        if dots and draw(st.booleans()):
            at, width = draw(st.integers(0, len(term))), draw(st.integers(0, len(dots)))
            term.insert(at, "...")
            shape[at:at] = [1 if draw(st.integers(0, 4)) == 0 else n for n in dots[len(dots) - width :]]
        terms.append("".join(term))
        arrays.append(RNG.uniform(-1, 1, shape))
    known = sorted(set("".join(terms)) - {"."})
    result = draw(st.permutations(known))[: draw(st.integers(0, len(known)))]
    if any("..." in term for term in terms):
        result.insert(draw(st.integers(0, len(result))), "...")
    arrow = "->" + "".join(result) if draw(st.integers(0, 3)) or "..." in result else ""
    return ",".join(terms) + arrow, arrays


@given(expressions(), st.sampled_from([True, False, "greedy", "optimal"]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_random_sums_of_products_are_numpys(expression, optimize, is_static):
    subscripts, arrays = expression
    xs = [sn.tensor(f"x{k}", a.shape if is_static else (None,) * a.ndim, "float64") for k, a in enumerate(arrays)]
    y = sn.einsum(subscripts, *xs, optimize=optimize)
    expected = np.einsum(subscripts, *arrays)
    np.testing.assert_allclose(sn.function(xs, y)(*arrays), expected, 1e-12, 1e-12)
    # The gradient of the sum, weighted, along a direction: the expression is linear in each operand.
    g = sn.constant(RNG.uniform(-1, 1, expected.shape))
    by = sn.function(xs, sn.grad(None, xs, known_grads={y: g}), on_unused_input="ignore")(*arrays)
    for k, (x, slope) in enumerate(zip(arrays, by)):
        assert slope.shape == x.shape
        step = RNG.uniform(-1, 1, x.shape)
        moved = np.einsum(subscripts, *arrays[:k], step, *arrays[k + 1 :])
        np.testing.assert_allclose((slope * step).sum(), (moved * g.data).sum(), 1e-10, 1e-10)


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8", "uint16", "bool"])
def test_dtypes_stay(dtype):
    a = RNG.integers(0, 3, (3, 4)).astype(dtype)
    x = sn.tensor("x", (None, 4), dtype)
    for subscripts, arrays in (("ij,ij->i", [a, a]), ("ij,kj->ik", [a, a]), ("ij->j", [a]), ("ii->i", [a[:, :3]])):
        y = sn.einsum(subscripts, *(x[:, : b.shape[1]] for b in arrays))
        expected = np.einsum(subscripts, *arrays)
        got = sn.function([x], y)(a)
        assert got.dtype == expected.dtype == y.dtype
        np.testing.assert_array_equal(got, expected)


# what it compiles to --------------------------------------------------------------------------------------------------


def compiled(subscripts, *shapes, **given):
    xs = [sn.tensor(f"x{k}", shape, "float32") for k, shape in enumerate(shapes)]
    f = sn.function(xs, sn.einsum(subscripts, *xs, **given))
    arrays = [RNG.standard_normal(shape, np.float32) for shape in shapes]
    np.testing.assert_allclose(f(*arrays), np.einsum(subscripts, *arrays), 1e-4, 1e-4)
    return f.source


@pytest.mark.parametrize(("subscripts", "shapes"), [
    ("ij,jk->ik", [(3, 4), (4, 5)]),
    ("ji,kj->ki", [(4, 3), (5, 4)]),
    ("ij,jk->ki", [(3, 4), (4, 5)]),
    ("abk,kc->abc", [(2, 3, 4), (4, 5)]),
    ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]),
    ("bhqd,bhkd->bhqk", [(2, 3, 4, 5), (2, 3, 6, 5)]),
    ("bqhd,bkhd->bhqk", [(2, 4, 3, 5), (2, 6, 3, 5)]),
    ("ijk,jkl->il", [(2, 3, 4), (3, 4, 5)]),
    ("ij,j->i", [(3, 4), (4,)]),
    ("i,i->", [(9,), (9,)]),
    ("ij,ij->", [(3, 4), (3, 4)]),
])  # fmt: skip
def test_one_product_of_views_and_no_copy(subscripts, shapes):
    """Whatever the order in which axes stand, BLAS reads them as they lie, and the result is as it leaves it."""
    source = compiled(subscripts, *shapes)
    assert len(re.findall(r"np\.(dot|matmul)\(", source)) == 1
    assert "copyto" not in source and "np.einsum" not in source


@pytest.mark.parametrize(("subscripts", "shapes", "call"), [
    ("bi,bi->b", [(6, 64), (6, 64)], "np.vecdot"),
    ("i,j->ij", [(3,), (4,)], "np.multiply"),
    ("ij,j->ij", [(3, 4), (4,)], "np.multiply"),
    ("...,...->...", [(3, 4), (4,)], "np.multiply"),
])  # fmt: skip
def test_what_is_no_matrix_product(subscripts, shapes, call):
    source = compiled(subscripts, *shapes)
    assert source.count(call) == 1 and "copyto" not in source


def test_axes_summed_alone_are_summed_before_the_product():
    source = compiled("ijx,jk->ik", (3, 4, 7), (4, 5))
    assert "matrix = x0.reshape(12, 7)" in source
    assert re.findall(r"np\.dot\((\w+), (\w+),", source) == [("matrix", "ones"), ("sum_", "x1")]


def test_only_the_smaller_operand_is_copied_where_summed_axes_stand_in_another_order():
    source = compiled("aij,jib->ab", (30, 4, 5), (5, 4, 2))
    assert source.count("copyto") == 1
    (copied,) = re.findall(r"np\.copyto\(\w+, (\w+)\)", source)
    assert f"{copied} = x1.transpose(1, 0, 2)" in source


def test_a_chain_is_multiplied_from_its_cheap_end():
    by_cost = compiled("ij,jk,k->i", (30, 30), (30, 30), (30,))
    from_left = compiled("ij,jk,k->i", (30, 30), (30, 30), (30,), optimize=False)
    assert "(30, 30), np.float32" not in by_cost and "(30, 30), np.float32" in from_left


def test_the_order_of_many_operands_is_found_quickly():
    n = 20
    subscripts = ",".join(a + b for a, b in zip(string.ascii_letters, string.ascii_letters[1 : n + 1]))
    xs = [sn.tensor(f"x{k}", (3, 3), "float64") for k in range(n)]
    arrays = [RNG.uniform(-1, 1, (3, 3)) for _ in xs]
    y = sn.einsum(f"{subscripts}->a{string.ascii_letters[n]}", *xs)
    np.testing.assert_allclose(sn.function(xs, y)(*arrays), np.linalg.multi_dot(arrays), 1e-10)


def test_the_optimal_order_costs_no_more_than_any_other():
    sizes = dict(zip("abcde", (2, 7, 3, 5, 4)))
    terms = ["ab", "bc", "cd", "de", "ae"]

    def multiplications(steps):
        left, total = [frozenset(t) for t in terms], 0
        for i, j in steps:
            pair = left.pop(j) | left.pop(i)
            total += int(np.prod([sizes[c] for c in pair]))
            left.append(pair & frozenset("").union(*left))
        return total

    costs = {way: multiplications(path(terms, "", sizes, way)) for way in ("optimal", "greedy", "left")}
    assert costs["optimal"] <= min(costs.values())

    def every(count):
        if count == 1:
            yield []
        for j in range(count):
            for i in range(j):
                yield from ([(i, j), *rest] for rest in every(count - 1))

    assert costs["optimal"] == min(map(multiplications, every(len(terms))))


def test_it_is_one_node_until_sizes_are_known():
    x, w = sn.fmatrix("x"), sn.fmatrix("w")
    y = sn.einsum("ij,kj->ik", x, w)
    assert [node.op.name for node in toposort([y])] == ["einsum"]
    g = sn.grad(y.sum(), x)
    assert not {"matmul", "transpose"} & {node.op.name for node in toposort([g])}


def test_a_batch_of_examples_is_cut_into_pieces():
    x, w = sn.tensor("x", (None, 60, 60), "float32"), sn.shared(np.ones((60, 60), "float32"))
    cost = sn.tanh(sn.einsum("bij,jk->bik", x, w)).sum()
    f = sn.function([x], updates=[(w, w - 0.1 * sn.grad(cost, w))])
    a = RNG.standard_normal((2000, 60, 60), np.float32)
    f(a)
    slope = np.einsum("bij,bik->jk", a, 1 - np.tanh(a.sum(-1))[..., None].repeat(60, -1) ** 2)
    np.testing.assert_allclose(w.get_value(), 1 - 0.1 * slope, 2e-3, 2e-2)
    assert "for i in range" in f.source or "share(" in f.source


def test_the_gradient_of_a_stretched_axis_is_summed_at_once():
    x, w = sn.tensor("x", (30, 1), "float64"), sn.tensor("w", (40,), "float64")
    g = sn.grad((sn.einsum("ij,j->i", x, w) ** 2).sum(), x)
    f = sn.function([x, w], g)
    a, b = RNG.uniform(-1, 1, (30, 1)), RNG.uniform(-1, 1, 40)
    np.testing.assert_allclose(f(a, b), 2 * a * b.sum() ** 2, 1e-10)
    assert "(30, 40)" not in f.source


def test_operands_that_count_as_ones_give_a_sum_its_size():
    x, shape_only = sn.tensor("x", (1,), "float64"), sn.tensor("s", (3,), "float64")
    y = sn.Einsum("i,i->", ones=1)(x, shape_only)
    given = [np.array([2.0]), np.array([5.0, 6.0, np.nan])]
    assert sn.function([x, shape_only], y, on_unused_input="ignore")(*given) == 6.0
    assert evaluate([y], dict(zip([x, shape_only], given)))[0] == 6.0


def test_nan_and_infinity_stay_where_they_are_on_a_diagonal():
    x = sn.dmatrix("x")
    g = sn.grad(None, x, known_grads={sn.einsum("ii->i", x): sn.constant(np.array([np.inf, np.nan]))})
    np.testing.assert_array_equal(evaluate([g], {x: np.ones((2, 2))})[0], [[np.inf, 0], [0, np.nan]])


# errors ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("subscripts", "what"), [
    ("ij", "'ij' is of 1 operands, but 2 given"),
    ("ij,jk,kl", "'ij,jk,kl' is of 3 operands, but 2 given"),
    ("i,jk->ik", "'i' names 1 axis, but operand 0 has 2"),
    ("ijk,jk->ik", "'ijk' names 3 axes, but operand 0 has 2"),
    ("ij,jk->iz", "the result has an axis 'z' that no operand has"),
    ("ij,jk->iik", "the result has 'i' 2 times"),
    ("i1,jk->i", "'1' in 'i1,jk->i' is no name of an axis"),
    ("i..j,jk->i", r"'\.' in 'i\.\.j,jk->i' is no name"),
    ("ij,jk->i->k", "'-' in 'ij,jk->i->k' is no name"),
    ("...j,jk->k", r"leaves out of its result the axes that '\.\.\.' stands for"),
])  # fmt: skip
def test_notations_that_cannot_be_read(subscripts, what):
    x, w = sn.fmatrix("x"), sn.fmatrix("w1")
    with pytest.raises(ArgumentError, match=f"einsum: .*{what}") as caught:
        sn.einsum(subscripts, x, w)
    assert "w1" in str(caught.value) and "test_einsum.py" in str(caught.value)


@pytest.mark.parametrize(("subscripts", "shapes", "what"), [
    ("ij,jk->ik", [(2, 3), (4, 5)], "'j' has size 3 in operand 0 but 4 in operand 1"),
    ("ii->i", [(2, 3)], "'i' names axes of size 2 and 3 of operand 0"),
    ("ii->i", [(1, 3)], "'i' names axes of size 1 and 3 of operand 0"),
])  # fmt: skip
@pytest.mark.parametrize("is_static", [True, False])
def test_sizes_that_do_not_meet(subscripts, shapes, what, is_static):
    xs = [sn.tensor(f"x{k}", s if is_static else (None, None), "float32") for k, s in enumerate(shapes)]
    with pytest.raises(ShapeError, match=f"einsum: {what}") as caught:
        sn.function(xs, sn.einsum(subscripts, *xs))(*(np.ones(s, np.float32) for s in shapes))
    assert "test_einsum.py" in str(caught.value)


def test_other_arguments_that_do_not_fit():
    x = sn.fmatrix("x")
    with pytest.raises(ArgumentError, match="optimize is 'fast'"):
        sn.einsum("ij->i", x, optimize="fast")
    with pytest.raises(ArgumentError, match="'ij' is no list of axes"):
        sn.einsum(x, "ij", [0])
    with pytest.raises(ArgumentError, match=r"\[-1, 0\] is no list of axes"):
        sn.einsum(x, [-1, 0])
    with pytest.raises(ArgumentError, match="54 axes have names"):
        sn.einsum(*(part for k in range(27) for part in (x, [2 * k, 2 * k - 1 if k else 60])))


@pytest.mark.parametrize("rows", [(True, True), (True, False), (False, True)])
def test_rows_are_one_more_axis_of_the_product(rows):
    a, b = (np.random.default_rng(k).normal(size=size) for k, size in enumerate([(4, 2, 3), (4, 3, 2)]))
    a, b = (v if has else v[0] for v, has in zip((a, b), rows))
    x, w = (sn.tensor(dtype="float64", shape=(None,) * v.ndim) for v in (a, b))
    f = lambda x, w: sn.einsum("Aj,jk->A", x, w)
    y = sn.map(lambda *given: f(*(given if len(given) > 1 else (given[0], w) if rows[0] else (x, given[0]))),
               [v for v, has in zip((x, w), rows) if has])  # fmt: skip
    each = [np.einsum("Aj,jk->A", a[i] if rows[0] else a, b[i] if rows[1] else b) for i in range(4)]
    np.testing.assert_allclose(sn.function([x, w], y)(a, b), each)
    assert [node.op.name for node in toposort([y])] == ["einsum"]


def test_gradients_of_rows_which_take_sizes_from_operands():
    X, w = sn.dmatrix("X"), sn.dvector("w")
    cost = lambda x: sn.einsum("i,j->", x, w) ** 2 + sn.einsum("i->", x)
    g = sn.map(lambda x: sn.grad(cost(x), x), X)
    at, weights = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0])
    expected = np.repeat(2 * at.sum(1, keepdims=True) * 9 + 1, 3, 1)
    np.testing.assert_allclose(sn.function([X, w], g)(at, weights), expected)
