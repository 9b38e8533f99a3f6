"""The user's line on every node."""

import inspect
import linecache
import pickle
import threading

import symnet.ops as ops
from symnet.graph.inputs import vector
from symnet.origin import Origin, here, made_for


def line() -> int:
    return inspect.currentframe().f_back.f_lineno


def test_an_expression_bears_the_line_it_was_written_on():
    x, here_ = vector("x"), line()
    y, there = (ops.tanh(x) * 2), line()
    assert (x.origin.filename, x.origin.lineno) == (__file__, here_)
    assert y.origin.lineno == there
    assert y.node.inputs[0].origin.lineno == there


def test_a_call_over_several_lines_has_a_line_of_the_call():
    x, first = vector("x"), line()
    y = ops.add(
        x,
        ops.tanh(x),
    )
    assert first < y.origin.lineno <= line()


def test_users_own_helpers_are_users_code():
    def dense(x):
        return ops.tanh(x)

    y = dense(vector("x"))
    assert y.origin.source == "return ops.tanh(x)"


def test_parts_of_an_origin():
    x = vector("x")
    hidden = ops.tanh(x)
    assert hidden.origin.short == f"test_origin.py:{hidden.origin.lineno}"
    assert hidden.origin.source == "hidden = ops.tanh(x)"
    assert hidden.origin.target == "hidden"
    assert hidden.origin.as_part("backward").short.endswith(" (backward)")
    assert hidden.origin.as_part("forward") is hidden.origin


def test_a_file_that_cannot_be_read_has_no_source():
    origin = Origin("no such file.py", 3)
    assert (origin.source, origin.target, origin.short) == ("", None, "no such file.py:3")


def target_of(source: str) -> str | None:
    name = f"<{source}>"
    linecache.cache[name] = (len(source), None, [source + "\n"], name)
    try:
        return Origin(name, 1).target
    finally:
        del linecache.cache[name]


def test_targets():
    assert target_of("h = tanh(x)") == "h"
    assert target_of("    h_2: Variable = tanh(x)") == "h_2"
    assert target_of("h == tanh(x)") is None
    assert target_of("a, b = two(x)") is None
    assert target_of("self.h = tanh(x)") is None
    assert target_of("h[0] = tanh(x)") is None
    assert target_of("h += x") is None
    assert target_of("f(h=x)") is None
    assert target_of("return tanh(x)") is None


def test_made_for_gives_nodes_another_line_and_ends_with_the_block():
    other = Origin("net.py", 7, "update")
    with made_for(other):
        assert (vector("x") + 1).origin == other
        with made_for(None):  # nothing is known: the innermost user's line again
            assert here().filename == __file__
        assert here() == other
    assert here().filename == __file__


def test_made_for_ends_with_an_error():
    try:
        with made_for(Origin("net.py", 7)):
            raise KeyError
    except KeyError:
        pass
    assert here().filename == __file__


def test_made_for_is_of_one_thread():
    found = []
    with made_for(Origin("net.py", 7)):
        thread = threading.Thread(target=lambda: found.append(here()))
        thread.start()
        thread.join()
    assert found[0].filename == __file__


def test_origins_pickle():
    origin = Origin("net.py", 7, "backward")
    assert pickle.loads(pickle.dumps(origin)) == origin


def test_code_without_a_file_has_an_origin_too():
    scope = {"vector": vector, "ops": ops}
    exec("y = ops.tanh(vector('x'))", scope)
    assert scope["y"].origin.filename == "<string>"
    assert scope["y"].origin.source == ""
    assert scope["y"].label == "tanh(...)"
