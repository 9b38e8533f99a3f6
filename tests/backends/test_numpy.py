"""The generated module: its text, its lines' nodes, what it makes once and what at every call."""

import ast
import linecache

import numpy as np
import pytest

import symnet as sn
from symnet.backends.numpy.writer import number_text, plain_text
from symnet.errors import BackendError, BoundsError, ShapeError, SymnetError
from symnet.graph import Variable

F32 = np.float32


def parts(source):
    """The lines of `plan` before `step`, of `step` and of its update."""
    before, _, rest = source.partition("    def step(")
    step, _, update = rest.partition("        update = [")
    return before, step, update


def test_a_whole_module():
    x, w = sn.tensor("x", (5, 3)), sn.shared(np.ones((3, 4), F32), "w")
    h = sn.tanh(sn.dot(x, w) + 1)
    f = sn.function([x], h.sum(axis=1), updates={w: w * 0.5}, name="f")
    plan, step, update = parts(f.source)
    assert f.source.startswith('"""f(x float32(5, 3)), as symnet compiled it."""')
    assert "def plan(w):" in plan and "np.empty(" in plan
    assert "x):" in step and "np.tanh(h, out=h)" in step and "# update" in step and "np.empty" not in step
    assert "partial(np.multiply, w, 0.5, out=w)," in update
    assert [type(node).__name__ for node in ast.parse(f.source).body] == ["Expr", "ImportFrom", "Import", "FunctionDef"]


def test_constants_stand_in_the_text_if_they_are_small():
    x = sn.tensor("x", (3,))
    small, large = np.array([1, 2.5, -3], F32), np.arange(30, dtype=F32).reshape(10, 3)
    f = sn.function([x], [x * small, x * large, x * np.array([np.nan, 1, np.inf], F32), x + 0.1])
    assert "np.array([1.0, 2.5, -3.0], np.float32)" in f.source and ", 0.1, out=" in f.source
    one = np.ones(3, F32)
    a, b, c, d = f(one)
    assert a.tolist() == small.tolist() and b.tolist() == large.tolist()
    assert np.isnan(c[0]) and c[1:].tolist() == [1, np.inf] and d.tolist() == (one + F32(0.1)).tolist()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e-7, -2.5, 65504.0, 0.0, -0.0, np.inf, -np.inf, np.nan])
def test_a_number_reads_back_as_itself(dtype, value):
    array = np.array(value, dtype)
    assert np.array(eval(number_text(array)), dtype).tobytes() == array.tobytes()


@pytest.mark.parametrize("value", [True, np.int8(-128), np.uint64(2**64 - 1), 3])
def test_an_integer_reads_back_as_itself(value):
    array = np.array(value)
    assert eval(number_text(array)) == array.item()


def test_a_users_words_stay_on_their_line_and_out_of_quotes():
    assert plain_text('a"b\'c\\d\ne\rf\u2028g') == "a_b_c_d_e_f_g"
    assert plain_text("net-2.py:12 (größe)") == "net-2.py:12 (größe)"


def test_every_line_of_the_step_knows_its_node():
    x = sn.tensor("x", (4, 3))
    f = sn.function([x], sn.exp(sn.tanh(x)).sum(axis=0))
    nodes = f._latest.plan.module.nodes
    lines = f.source.splitlines()
    for number, node in nodes.items():
        if lines[number - 1].strip().startswith(("np.tanh", "np.exp")):
            assert lines[number - 1].strip().startswith(f"np.{node.op.name}(")
    assert {node.op.name for node in nodes.values()} >= {"tanh", "exp"}


def test_the_text_is_known_to_linecache():
    x = sn.tensor("x", (4,))
    f = sn.function([x], sn.tanh(x), name="shown")
    filename = f._latest.plan.filename
    assert filename.startswith("<symnet shown ")
    linecache.checkcache()
    assert linecache.getlines(filename) == f.source.splitlines(keepends=True)


def test_an_error_of_numpy_gets_the_operands_and_the_line():
    class Odd(sn.Op):
        name, roles = "odd", ("x",)

        def infer(self, *inputs: Variable):
            return inputs[0].type

        def emit(self, e, *names):
            e.step(f"np.reshape({names[0]}, (7, 7))")

    class Far(Odd):
        name = "far"

        def emit(self, e, *names):
            e.step(f"{names[0]}[10]")

    x = sn.tensor("x", (4,))
    f = sn.function([x], Odd()(x))
    with pytest.raises(SymnetError, match=r"odd: cannot reshape[\s\S]*x : float32 \(4,\)[\s\S]*test_numpy.py:\d+"):
        f(np.zeros(4, F32))
    with pytest.raises(BoundsError, match=r"far: index 10 is out of bounds"):
        sn.function([x], Far()(x))(np.zeros(4, F32))


def test_an_op_without_a_kernel_says_so():
    class Silent(sn.Op):
        name = "silent"

        def infer(self, *inputs: Variable):
            return inputs[0].type

    x = sn.tensor("x", (4,))
    with pytest.raises(BackendError, match="no kernel for silent"):
        sn.function([x], Silent()(x))


def test_shapes_that_meet_only_at_the_call_name_the_line():
    x, w = sn.matrix("x"), sn.shared(np.ones((3, 4), F32), "w")
    f = sn.function([x], sn.dot(x, w))
    with pytest.raises(ShapeError, match=r"x has 5 columns but w has 3 rows[\s\S]*test_numpy.py:\d+   f ="):
        f(np.zeros((2, 5), F32))
    assert f(np.zeros((2, 3), F32)).shape == (2, 4)


def test_a_text_compiled_twice_is_two_plans():
    x = sn.tensor("x", (4,))
    f, g = (sn.function([x], sn.tanh(x), name="same") for _ in range(2))
    assert f.source.split("#")[0] == g.source.split("#")[0]
    first = f(np.ones(4, F32))
    g(np.zeros(4, F32))
    assert (first == np.tanh(F32(1))).all() and f._latest.plan.run is not g._latest.plan.run
