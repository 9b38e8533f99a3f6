"""Derivatives at awkward points: to order two against closed forms, or as documented where there is a choice."""

import numpy as np
import pytest

import symnet as sn

POINTS = np.array([-1.0, 0.0, 2.0])


def derivatives(f, at):
    """First and second derivatives, element by element, as compiled functions give them."""
    x = sn.dvector("x")
    first = sn.grad(f(x).sum(), x)
    second = sn.grad(first.sum(), x, disconnected_inputs="ignore")
    return sn.function([x], [first, second])(np.asarray(at))


def gradient_and_hessian(f, at):
    x = sn.tensor("x", np.shape(at), "float64")
    return sn.function([x], [sn.grad(f(x), x), sn.hessian(f(x), x)])(np.asarray(at))


# choices ----------------------------------------------------------------------------------------------------------

p = POINTS[2]
CHOICES = {
    # The function, and its first and second derivatives where x is positive; at -1 and 0 they are 0.
    "log": (lambda x: sn.where(x > 0, sn.log(x), 0.0), 1 / p, -1 / p**2),
    "the other way round": (lambda x: sn.where(x <= 0, 0.0, sn.log(x)), 1 / p, -1 / p**2),
    "sqrt": (lambda x: sn.where(x > 0, sn.sqrt(x), 0.0), 0.5 / p**0.5, -0.25 / p**1.5),
    "a power": (lambda x: sn.where(x > 0, x**0.5, 0.0), 0.5 / p**0.5, -0.25 / p**1.5),
    "another power": (lambda x: sn.where(x > 0, x**1.5, 0.0), 1.5 * p**0.5, 0.75 / p**0.5),
    "x log x": (lambda x: sn.where(x > 0, x * sn.log(x), 0.0), np.log(p) + 1, 1 / p),
    "log of a root": (lambda x: sn.where(x > 0, sn.log(sn.sqrt(x)), 0.0), 0.5 / p, -0.5 / p**2),
    "a flat start": (
        lambda x: sn.where(x > 0, sn.exp(-1 / x), 0.0),
        np.exp(-1 / p) / p**2,
        np.exp(-1 / p) * (1 / p**4 - 2 / p**3),
    ),
    "x to the x": (lambda x: sn.where(x > 0, x**x, 1.0), p**p * (np.log(p) + 1), p**p * ((np.log(p) + 1) ** 2 + 1 / p)),
}


@pytest.mark.parametrize("name", CHOICES)
def test_nothing_flows_to_a_branch_not_taken(name):
    f, first, second = CHOICES[name]
    found = derivatives(f, POINTS)
    np.testing.assert_allclose(found[0], [0, 0, first], atol=1e-15)
    np.testing.assert_allclose(found[1], [0, 0, second], atol=1e-15)


def test_the_same_in_forward_mode():
    x, d = sn.dvector("x"), sn.dvector("d")
    t = sn.jvp(sn.where(x > 0, sn.log(x) * sn.sqrt(x), 0.0), x, d)
    found = sn.function([x, d], t)(POINTS, np.ones(3))
    np.testing.assert_allclose(found, [0, 0, 0.5 * np.log(p) / p**0.5 + 1 / p**0.5])


def test_a_quotient_that_has_a_limit():
    first, _ = derivatives(lambda x: sn.where(sn.not_equal(x, 0), sn.sin(x) / x, 1.0), [0.0, 1.0])
    np.testing.assert_allclose(first, [0, np.cos(1) - np.sin(1)])


def test_a_choice_for_whole_rows():
    x = sn.dmatrix("x")
    for keepdims in (True, False):
        n = sn.sqrt((x * x).sum(1, keepdims=keepdims))
        wide = n if keepdims else n[:, None]
        y = sn.where(wide > 0, x / wide, 0.0)
        f = sn.function([x], [sn.grad((y * np.arange(3.0)).sum(), x), sn.grad(sn.where(n > 0, n, 0.0).sum(), x)])
        by_direction, by_norm = f(np.array([[0.0, 0, 0], [1, 2, 2]]))
        np.testing.assert_allclose(by_norm, [[0, 0, 0], [1 / 3, 2 / 3, 2 / 3]])
        v = np.array([1, 2, 2]) / 3
        np.testing.assert_allclose(by_direction, [[0, 0, 0], (np.arange(3.0) - v * (v @ np.arange(3.0))) / 3])


def test_a_zero_that_is_chosen_in_the_forward_pass_is_a_number_like_any_other():
    x, w = sn.dvector("x"), sn.dvector("w")
    f = sn.function([x, w], sn.where(x > 0, x, 0.0) * w)
    assert np.isnan(f(np.array([-1.0]), np.array([np.inf]))).all()
    chosen = sn.where(x > 0, x, 0.0)
    g = sn.function([x, w], sn.grad((chosen * w).sum(), x))
    assert g(np.array([-1.0, 1.0]), np.array([np.inf, 2.0])).tolist() == [0, 2]
    by_w = sn.function([x, w], sn.vjp(chosen * w, w, np.array([np.inf])))  # the chosen 0 is a factor here
    assert np.isnan(by_w(np.array([-1.0]), np.ones(1))).all()
    user = sn.function([x, w], sn.grad(chosen.sum(), x) * w)  # and here a result that the user multiplies
    assert np.isnan(user(np.array([-1.0]), np.array([np.inf]))).all()


# documented choices -----------------------------------------------------------------------------------------------


def test_kinks():
    at = [-2.0, 0.0, 3.0]
    assert derivatives(abs, at)[0].tolist() == [-1, 0, 1]
    assert derivatives(sn.relu, at)[0].tolist() == [0, 0, 1]
    assert derivatives(lambda x: sn.maximum(x, 0.0), at)[0].tolist() == [0, 1, 1]  # a tie goes to the first
    assert derivatives(lambda x: sn.maximum(0.0, x), at)[0].tolist() == [0, 0, 1]
    assert derivatives(lambda x: sn.minimum(x, x), at)[0].tolist() == [1, 1, 1]
    assert derivatives(lambda x: sn.sqrt(x * x), at)[0].tolist() == [-1, 0, 1]  # it is |x|


def test_a_root_of_a_sum_of_squares_has_no_slope_at_0():
    """As mathematics has it; `where(n > 0, n, 0)` is 0 there, with gradient 0."""
    x = sn.dvector("x")
    n = sn.sqrt((x * x).sum())
    plain, chosen = sn.function([x], [sn.grad(n, x), sn.grad(sn.where(n > 0, n, 0.0), x)])(np.zeros(2))
    assert np.isnan(plain).all()
    assert chosen.tolist() == [0, 0]


def test_ties_of_extremes_share():
    for word, sign in ((sn.max, 1.0), (sn.min, -1.0)):
        g, H = gradient_and_hessian(lambda x, w=word: w(x), [sign, 2 * sign, 2 * sign])
        assert g.tolist() == [0, 0.5, 0.5]
        assert not H.any()
    x = sn.dvector("x")
    t = sn.jvp(x.max(), x, np.array([5.0, 1.0, 3.0]))
    assert sn.function([x], t)(np.array([0.0, 2.0, 2.0])) == 2.0


# powers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exponent", [0, 1, 2, 3])
def test_powers_at_0(exponent):
    n = exponent
    expected = [n * POINTS ** max(n - 1, 0), n * (n - 1) * POINTS ** max(n - 2, 0)]
    for e in (n, float(n)):
        for found, true in zip(derivatives(lambda x, e=e: x**e, POINTS), expected, strict=True):
            np.testing.assert_allclose(found, true)


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
def test_symbolic_powers_at_0(exponent):
    x, n = sn.dvector("x"), sn.dscalar("n")
    y = x**n
    f = sn.function([x, n], [y, *sn.grad(y.sum(), [x, n])])
    value, by_x, by_n = f(POINTS, exponent)
    np.testing.assert_allclose(value, POINTS**exponent)
    np.testing.assert_allclose(by_x, exponent * POINTS ** max(exponent - 1, 0))
    np.testing.assert_allclose(by_n, np.log(2) * 2**exponent)  # where x <= 0 it is taken as 0


# products and indices ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [[2.0, 0.0, 3.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [2.0, -1.0, 3.0]])
def test_products_beside_zeros(at):
    g, H = gradient_and_hessian(lambda x: x.prod(), at)
    others = [[1, 2], [0, 2], [0, 1]]
    np.testing.assert_allclose(g, [np.prod([at[j] for j in o]) for o in others])
    expected = [[0, at[2], at[1]], [at[2], 0, at[0]], [at[1], at[0], 0]]
    np.testing.assert_allclose(H, expected)


def test_repeated_indices_add_up_to_order_two():
    index = np.array([0, 0, 2, -3])
    g, H = gradient_and_hessian(lambda x: (x[index] ** 2 * np.arange(1.0, 5.0)).sum(), [1.0, 2.0, 3.0])
    weights = np.zeros(3)
    np.add.at(weights, index, np.arange(1.0, 5.0))
    np.testing.assert_allclose(g, 2 * weights * [1, 2, 3])
    np.testing.assert_allclose(H, np.diag(2 * weights))


def test_of_values_written_to_one_place_the_last_counts():
    x = sn.dvector("x")
    y = sn.set_subtensor(sn.constant(np.zeros(2))[np.array([0, 0, 1])], x**2)
    J = sn.function([x], sn.jacobian(y, x))(np.array([1.0, 2.0, 3.0]))
    assert J.tolist() == [[0, 4, 0], [0, 0, 6]]
    total = sn.inc_subtensor(sn.constant(np.zeros(2))[np.array([0, 0, 1])], x**2)
    J = sn.function([x], sn.jacobian(total, x, mode="forward"))(np.array([1.0, 2.0, 3.0]))
    assert J.tolist() == [[2, 4, 0], [0, 0, 6]]
