"""The one layout of error texts."""

import pickle
import subprocess
import sys

import pytest

from symnet import errors
from symnet.errors import ArgumentError, DTypeError, GradientError, ShapeError, SymnetError
from symnet.graph.inputs import fmatrix, ivector, vector
from symnet.origin import Origin

KINDS = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, SymnetError)]


def test_headline_operands_note_line_and_fix_stand_in_this_order():
    images = fmatrix("images", shape=("batch", 784))
    labels = ivector("labels")
    error = ShapeError(
        "pick: 60 against 50.",
        operands={"x": images, "labels": labels},
        origin=Origin("/home/somebody/net.py", 21),
        note="x[0] = 0.25\nlabels[0] = 3",
        fix="take labels of the same batch.",
    )
    lines = str(error).splitlines()
    assert lines[0] == "pick: 60 against 50."
    assert lines[1].startswith("  x      : float32 (batch, 784)  images  test_errors.py:")
    assert lines[2].startswith("  labels : int32 (?,)                    test_errors.py:")  # the label says no more
    assert lines[3:5] == ["  x[0] = 0.25", "  labels[0] = 3"]
    assert lines[5] == "  at net.py:21"
    assert lines[6] == "  fix: take labels of the same batch."


def test_columns_of_the_operands_are_aligned():
    error = SymnetError("no.", operands={"x": fmatrix("a"), "bias": vector("long_name", shape=(3,), dtype="float64")})
    first, second = str(error).splitlines()[1:]
    assert first.index("float32") == second.index("float64")
    assert first.index(" a ") == second.index(" long_name ")
    assert first.index("test_errors") == second.index("test_errors")


def test_a_text_has_at_most_ten_lines():
    error = SymnetError(
        "no.",
        operands={f"x{k}": vector(f"v{k}") for k in range(20)},
        origin=Origin("net.py", 1),
        note="\n".join("abcdefg"),
        fix="do it well.",
    )
    assert len(str(error).splitlines()) <= 10
    assert str(error).endswith("fix: do it well.")


def test_at_fills_in_what_is_missing_and_keeps_what_is_there():
    x, y = vector("x"), vector("y")
    inner, outer = Origin("inner.py", 1), Origin("outer.py", 2)
    error = ShapeError("no.")
    assert error.at({"x": x}, inner) is error
    assert error.at({"y": y}, outer) is error
    assert list(error.operands) == ["x"]
    assert error.origin == inner


def test_the_line_is_shown_with_its_source():
    x = vector("x")
    with pytest.raises(ShapeError, match=r'at test_errors.py:\d+   vector\("a", shape=\(3,\)\) \+ vector'):
        vector("a", shape=(3,)) + vector("b", shape=(4,))
    assert x.origin is not None


def test_an_error_raised_while_building_shows_both_operands():
    h = fmatrix("h", shape=("batch", 3))
    b = vector("b", shape=(4,))
    with pytest.raises(ShapeError) as caught:
        h + b
    text = str(caught.value)
    assert "axis 1 has 3 against 4" in text
    assert "h  " in text and "float32 (batch, 3)" in text
    assert "b  " in text and "float32 (4,)" in text


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_errors_pickle_as_text(kind):
    error = kind("no.", operands={"x": vector("x")}, origin=Origin("net.py", 3), fix="yes.")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert copy.operands == {}


@pytest.mark.parametrize(("kind", "python"), [
    (ShapeError, ValueError),
    (DTypeError, TypeError),
    (ArgumentError, ValueError),
    (GradientError, ValueError),
    (errors.BoundsError, IndexError),
    (errors.SymbolicError, TypeError),
    (errors.InputError, TypeError),
    (errors.UpdateError, TypeError),
    (errors.BackendError, NotImplementedError),
    (errors.NumericError, ArithmeticError),
    (errors.DataError, OSError),
    (errors.MissingExtraError, ImportError),
    (errors.RewriteError, RuntimeError),
])  # fmt: skip
def test_errors_are_pythons_own_kinds_too(kind, python):
    assert issubclass(kind, python)
    assert issubclass(kind, SymnetError)


def test_an_uncaught_error_prints_its_text():
    script = "from symnet.errors import ShapeError\nraise ShapeError('3 against 4.', fix='transpose x.')"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.stderr.splitlines()[-2:] == ["symnet.errors.ShapeError: 3 against 4.", "  fix: transpose x."]
