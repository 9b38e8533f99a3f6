"""Where values live: views, results in place, blocks used again, and nothing overwritten that is still read."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import SymnetError
from symnet.lowering import lower

F32 = np.float32


def planned(inputs, outputs, *shapes, updates=()):
    return lower(inputs, outputs, updates, shapes, {})


def kinds(program):
    return {step.node.op.name: step.output.kind for kernel in program.kernels for step in kernel.steps}


def test_a_chain_takes_one_block():
    x = sn.vector("x")
    program = planned([x], [sn.exp(sn.sin(sn.tanh(x)))], (100,))
    assert kinds(program) == {"tanh": "buffer", "sin": "alias", "exp": "alias"}
    assert program.nbytes == 400


def test_an_argument_a_constant_and_a_shared_variable_are_never_overwritten():
    x, s = sn.vector("x"), sn.shared(np.ones(3, F32), "s")
    program = planned([x], [sn.tanh(x), sn.tanh(s), sn.exp(x + np.ones(3, F32))], (3,))
    assert [step.output.kind for kernel in program.kernels for step in kernel.steps].count("buffer") == 3


def test_an_output_is_never_overwritten():
    x = sn.vector("x")
    h = sn.tanh(x)
    program = planned([x], [h, sn.exp(h)], (3,))
    assert kinds(program) == {"tanh": "buffer", "exp": "buffer"}


def test_what_leads_up_to_a_result_of_a_piece_is_computed_in_its_place():
    x, labels = sn.fmatrix("x"), sn.lvector("labels")
    with sn.options(machine=sn.Machine(cache=1 << 16, threads=2)):
        f = sn.function([x, labels], [sn.tanh(sn.exp(sn.sin(x))), sn.grad(sn.cross_entropy(x, labels), x)])
        z, y = np.random.default_rng(0).normal(size=(400, 50)).astype(F32), np.arange(400) % 50
        first, slope = f(z, y)
    assert "at a time" in f.source and "np.copyto" not in f.source
    np.testing.assert_allclose(first, np.tanh(np.exp(np.sin(z))), rtol=1e-5)
    e = np.exp(z - z.max(1, keepdims=True))
    np.testing.assert_allclose(slope, (e / e.sum(1, keepdims=True) - np.eye(50)[y]) / 400, rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("cache", [1 << 12, 1 << 23])
def test_an_old_value_is_not_overwritten_by_what_leads_up_to_the_new_one(cache):
    rng = np.random.default_rng(0)
    before = {name: rng.normal(size=(4000,)) for name in "abcd"}
    a, b, c, d = (sn.shared(value.copy(), name) for name, value in before.items())
    # a is read once more, by the last factor; b only where it is overwritten; c through a view; d broadcasts itself.
    updates = {
        a: sn.exp(a * 2.0) * (a + 1.0), b: sn.tanh(b * 0.5) + 1.0, c: sn.tanh(c * 0.5) + c[::-1], d: (d * d) * 0.5
    }  # fmt: skip
    with sn.options(machine=sn.Machine(cache=cache, threads=2)):
        f = sn.function([], updates=updates)
        f()
    p, q, r, s = before.values()
    for state, expected in [
        (a, np.exp(2 * p) * (p + 1)), (b, np.tanh(0.5 * q) + 1), (c, np.tanh(0.5 * r) + r[::-1]), (d, 0.5 * s * s)
    ]:  # fmt: skip
        np.testing.assert_allclose(state.get_value(), expected, rtol=1e-12)


def test_a_gradient_is_not_computed_in_the_place_of_what_it_updates():
    x, w = sn.dscalar("x"), sn.shared(np.ones((3, 4)), "w")
    slope = sn.grad(sn.sum(sn.square(w)), w)
    with sn.options(check_finite=True):
        f = sn.function([x], sn.log(x), updates={w: sn.tanh(slope)})
    with pytest.raises(SymnetError, match="not finite"):
        f(-1.0)
    assert (w.get_value() == 1).all()
    f(1.0)
    assert (w.get_value() == np.tanh(2.0)).all()


def test_a_value_that_is_read_again_is_not_overwritten():
    x = sn.vector("x")
    h = sn.tanh(x)
    program = planned([x], [sn.exp(h) * sn.sin(h)], (3,))
    assert kinds(program) == {"tanh": "buffer", "exp": "buffer", "sin": "alias", "multiply": "alias"}
    assert len(program.blocks) == 2


def test_a_value_whose_view_is_read_again_is_not_overwritten():
    x = sn.matrix("x")
    h = sn.tanh(x)
    program = planned([x], [sn.exp(h).sum() + (sn.dot(h.T, h)).sum()], (3, 3))
    made = kinds(program)
    assert made["transpose"] == "view" and made["exp"] == "buffer"


def test_a_result_never_stands_on_what_another_operand_looks_into():
    x = sn.matrix("x")
    h = sn.tanh(x)
    # NumPy would notice the overlap and make a copy at every call.
    assert kinds(planned([x], [h - h.T], (3, 3)))["subtract"] == "buffer"
    assert kinds(planned([x], [h - h[::-1]], (3, 3)))["subtract"] == "buffer"
    assert kinds(planned([x], [h * h], (3, 3)))["multiply"] == "alias"


def test_a_result_never_stands_in_place_of_a_stretched_or_gappy_operand():
    x = sn.vector("x")
    h = sn.tanh(x)
    stretched, gappy = sn.exp(sn.broadcast_to(h, (3, 4))), sn.exp(h[::2])
    assert kinds(planned([x], [stretched], (4,)))["exp"] == "buffer"
    assert kinds(planned([x], [gappy], (4,)))["exp"] == "buffer"
    assert kinds(planned([x], [sn.exp(h.reshape((2, 2)).T)], (4,)))["exp"] == "alias"
    value = np.arange(4, dtype=F32)
    np.testing.assert_array_equal(sn.function([x], stretched)(value), [np.exp(np.tanh(value))] * 3)


def test_views_take_no_memory_and_hold_what_they_look_into():
    x = sn.matrix("x")
    h = sn.tanh(x)
    program = planned([x], [h.T.reshape((3, 2)), h[::-1]], (2, 3))
    views = [step.output for kernel in program.kernels if kernel.kind == "view" for step in kernel.steps]
    assert len(views) >= 2 and all(v.root.kind == "buffer" and v.fixed for v in views)
    assert all(np.shares_memory(v.array, v.root.array) for v in views)


def test_a_view_of_an_argument_is_made_at_every_call():
    x = sn.matrix("x")
    program = planned([x], [x.T + 1], (2, 3))
    (view,) = [k.steps[0].output for k in program.kernels if k.kind == "view"]
    assert not view.fixed


def test_a_block_grows_for_a_larger_value_and_serves_one_dtype():
    x = sn.vector("x")
    total = sn.tanh(x).sum()
    y = sn.concatenate([sn.exp(total * x)] * 3) > 0
    program = planned([x], [y], (10,))
    for block in program.blocks:
        assert block.size == max(v.array.size for v in block.tenants)
        assert {v.array.dtype.name for v in block.tenants} == {block.dtype}


def test_new_values_stand_in_memory_no_update_overwrites():
    a, b = sn.shared(np.ones((2, 3), F32), "a"), sn.shared(np.ones((3, 2), F32), "b")
    program = planned([], [], updates=[(a, b.T), (b, a.T)])
    assert [value.root.kind for _, value in program.updates] == ["buffer"]  # the other one is written in place


def test_memory_that_does_not_suffice_is_an_error_before_anything_runs():
    n, s = sn.lscalar("n"), sn.shared(0.0, "s")
    f = sn.function([n], sn.tanh(sn.zeros((n, n, n))), updates={s: s + 1})
    with pytest.raises(SymnetError, match=r"no memory for [\s\S]*needs 4,000,000,000,000,000,000,000 bytes"):
        f(10**7)
    assert float(s.get_value()) == 0 and f(2).shape == (2, 2, 2)


def test_a_view_between_two_elementwise_steps_is_made_before_it_is_read():
    x = sn.matrix("x")
    h = sn.tanh(sn.dot(x, x))
    f = sn.function([x], [sn.exp(h) - x.T, h])
    value = np.linspace(-1, 1, 9, dtype=F32).reshape(3, 3)
    np.testing.assert_allclose(f(value)[0], np.exp(np.tanh(value @ value)) - value.T, rtol=1e-5)


@settings(max_examples=25)
@given(st.data())
def test_any_graph_computes_what_the_reference_does(data):
    """Values are read late and early, through views and in place: whatever was planned wrongly shows."""
    x = sn.dmatrix("x")
    pool = [x]
    unary = [sn.tanh, sn.sin, lambda a: -a, lambda a: a.T, lambda a: a[::-1], lambda a: a.reshape((9,)).reshape((3, 3))]
    binary = [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b.T, lambda a, b: sn.tanh(sn.dot(a, b))]
    for _ in range(data.draw(st.integers(1, 25))):
        pick = st.sampled_from(pool)
        if data.draw(st.booleans()):
            pool.append(data.draw(st.sampled_from(unary))(data.draw(pick)))
        else:
            pool.append(sn.tanh(data.draw(st.sampled_from(binary))(data.draw(pick), data.draw(pick))))
    outputs = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3))
    a, b = sn.shared(np.eye(3), "a"), sn.shared(np.ones((3, 3)), "b")
    new = [data.draw(st.sampled_from(pool)) + b.T, data.draw(st.sampled_from([*pool, a.T, a[::-1]]))]
    f = sn.function([x], outputs, updates=[(a, new[0]), (b, new[1])], on_unused_input="ignore")
    value = np.linspace(-1, 1, 9).reshape(3, 3) ** 3
    for _ in range(2):
        expected = [y.copy() for y in evaluate([*outputs, *new], {x: value})]  # copies: a.T looks into a
        results = [*f(value), a.get_value(), b.get_value()]
        for result, e in zip(results, expected, strict=True):
            np.testing.assert_allclose(result, e, rtol=1e-12, atol=1e-14)
