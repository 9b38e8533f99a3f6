"""check_grad finds wrong gradients and accepts right ones."""

import numpy as np
import pytest

import symnet.ops as ops
from symnet.backends.reference import evaluate
from symnet.check import check_grad
from symnet.errors import ArgumentError, GradientError
from symnet.graph import shared
from symnet.op import Elementwise


class WrongSine(Elementwise):
    """A sine whose derivative is right at 0 only."""

    name, roles, kind, numpy = "wrong_sine", ("x",), "float", "sin"

    def partials(self, y, *inputs):
        return [1 + 0 * inputs[0]]


class WrongSecond(Elementwise):
    """A sine whose derivative is right and whose second derivative is not."""

    name, roles, kind, numpy = "wrong_second", ("x",), "float", "sin"

    def partials(self, y, *inputs):
        return [ops.stop_gradient(ops.cos(inputs[0]))]


class Transposed(Elementwise):
    """Twice x, but the cotangent comes back in another order."""

    name, roles, kind = "transposed", ("x",), "float"

    def vjp(self, g, y, *inputs):
        return [2.0 * g[::-1]]

    def run(self, *arrays):
        return arrays[0] * 2


def test_right_gradients_pass_and_the_largest_error_comes_back():
    error = check_grad(lambda x, w: ops.tanh(x @ w), [np.ones((2, 3)), np.full((3, 2), 0.1)])
    assert 0 <= error < 1e-7


def test_a_wrong_gradient_is_named_by_input_and_index():
    words = r"gradient by input 1 at index \(1, 0\) is (.+), but differences say (.+)\.\n(.|\n)*order 1(.|\n)*fix: "
    with pytest.raises(GradientError, match=words):
        check_grad(lambda x, y: x.sum() + WrongSine()(y), [np.ones(3), np.array([[0.0], [2.0]])])


def test_the_worst_element_is_named():
    with pytest.raises(GradientError, match=r"index \(2,\)"):
        check_grad(WrongSine(), [np.array([0.1, 1.0, 3.0, 0.0])], order=1)


def test_the_second_order_is_checked():
    point = [np.array([0.5, 1.0])]
    check_grad(WrongSecond(), point, order=1)
    with pytest.raises(GradientError, match="order 2"):
        check_grad(WrongSecond(), point)


def test_a_random_projection_sees_a_permutation():
    with pytest.raises(GradientError):
        check_grad(Transposed(), [np.array([0.5, 0.5, 0.5])], order=1)


def test_samples_see_everything_along_a_direction():
    x = np.zeros(1000)
    x[700] = 2.0  # wrong at one place of 1000
    with pytest.raises(GradientError, match="a random direction through all inputs|700"):
        check_grad(WrongSine(), [x], order=1, samples=2)
    assert check_grad(ops.sin, [x], samples=2) < 1e-6


def test_float32_is_compared_loosely():
    x = np.linspace(-1, 1, 5, dtype="float32")
    assert check_grad(ops.tanh, [x], order=1) < 2e-2
    with pytest.raises(GradientError):
        check_grad(WrongSine(), [x + 2], order=1)


def test_tolerances_can_be_chosen():
    point = [np.array([0.4])]
    with pytest.raises(GradientError):
        check_grad(ops.exp, point, eps=1e-1, order=1)
    check_grad(ops.exp, point, eps=1e-1, order=1, rtol=1e-2)
    check_grad(WrongSine(), point, order=1, atol=10.0)


def test_integers_and_shared_variables_are_not_moved():
    w = shared(np.array([1.0, 2.0]), "w")
    check_grad(lambda x, k: x * k * w, [np.array([1.0, 2.0]), np.array([3, 4])])


def test_empty_arrays_and_scalars():
    assert check_grad(ops.sin, [np.zeros((0, 3))]) == 0
    assert check_grad(ops.sin, [0.5]) < 1e-8


def test_a_gradient_that_is_nan_fails():
    with pytest.raises(GradientError, match="is (nan|inf)"):
        check_grad(ops.sqrt, [np.array([0.0])], order=1)


def test_the_evaluator_can_be_chosen():
    calls = []

    def counting(outputs, inputs):
        calls.append(len(outputs))
        return evaluate(outputs, inputs)

    check_grad(ops.sin, [np.zeros(3)], order=1, evaluate=counting)
    assert len(calls) >= 7


def test_it_is_repeatable():
    point = [np.linspace(0, 1, 7)]
    assert check_grad(ops.exp, point) == check_grad(ops.exp, point)
    assert check_grad(ops.exp, point, seed=1) != check_grad(ops.exp, point)


@pytest.mark.parametrize(("f", "point", "kwargs", "words"), [
    (ops.sin, [np.arange(3)], {}, r"no array of the point holds floats(.|\n)*float64"),
    (ops.sin, [], {}, "no array"),
    (ops.sin, [np.ones(3)], {"order": 0}, r"order is 0(.|\n)*order=1"),
    (lambda x: x > 0, [np.ones(3)], {}, r"f gives bool \(3,\)"),
    (lambda x: 3.0, [np.ones(3)], {}, "f gives a float"),
    (lambda x: [x], [np.ones(3)], {}, "f gives a list"),
])  # fmt: skip
def test_bad_arguments(f, point, kwargs, words):
    with pytest.raises(ArgumentError, match=words):
        check_grad(f, point, **kwargs)
