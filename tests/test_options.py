"""Options are frozen values, set for a block."""

import dataclasses
import threading

import pytest

import symnet.ops as ops
from symnet.errors import ArgumentError
from symnet.graph import constant, shared
from symnet.graph.inputs import ivector, matrix, tensor
from symnet.options import Options, current, options


def test_defaults():
    assert current().floatX == "float32"
    assert current().exclude == ()
    assert current() == Options()


def test_options_cannot_be_changed_in_place():
    with pytest.raises(dataclasses.FrozenInstanceError):
        current().floatX = "float64"


def test_a_block_sets_and_restores():
    with options(floatX="float64") as inside:
        assert current() is inside
        assert current().floatX == "float64"
        with options(exclude=("fuse",)):
            assert (current().floatX, current().exclude) == ("float64", ("fuse",))
        assert current().exclude == ()
    assert current() == Options()


def test_a_block_restores_after_an_error():
    with pytest.raises(KeyError), options(floatX="float64"):
        raise KeyError
    assert current().floatX == "float32"


def test_a_block_is_of_one_thread():
    found = []
    with options(floatX="float64"):
        thread = threading.Thread(target=lambda: found.append(current().floatX))
        thread.start()
        thread.join()
    assert found == ["float32"]


@pytest.mark.parametrize(("changes", "words"), [
    ({"floatX": "float16"}, r"floatX is 'float16'(.|\n)*'float32' or 'float64'"),
    ({"floatx": "float64"}, r"there is no option 'floatx'(.|\n)*floatX"),
    ({"plans": 0}, r"plans is 0(.|\n)*at least 1"),
])  # fmt: skip
def test_bad_options(changes, words):
    with pytest.raises(ArgumentError, match=words), options(**changes):
        pass
    assert current() == Options()


def test_what_floatX_decides():
    for floatX in ("float32", "float64"):
        with options(floatX=floatX):
            assert matrix("x").dtype == floatX
            assert tensor("x", (3,)).dtype == floatX
            assert constant(0.5).dtype in (floatX, "float64")
            assert shared(0.5).dtype == floatX
            assert (ivector("k") / 2).dtype == floatX
            assert ops.exp(ivector("k")).dtype == floatX
            assert (ivector("k") * 0.5).dtype == floatX
            assert ops.add(1.5, 2).dtype == floatX
