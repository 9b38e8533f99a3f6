"""The table of costs: what may stand in it, keeping it, and measuring it."""

from dataclasses import dataclass

import numpy as np
import pytest

import symnet as sn
from symnet.__main__ import main
from symnet.backends.numpy import threads as threads_module
from symnet.backends.numpy.threads import thread_count
from symnet.calibrate import UNITS
from symnet.errors import ArgumentError
from symnet.machine import UFUNCS, Machine, calibrated
from symnet.op import Elementwise


@pytest.mark.parametrize("wrong", [{"cache": 0}, {"threads": 0}, {"gemm": -1.0}, {"call": float("nan")}])
def test_sizes_and_costs_are_above_0(wrong):
    (what,) = wrong
    with pytest.raises(ArgumentError, match=f"{what} is .*above 0"):
        sn.Machine(**wrong)


def test_a_machine_reads_back_as_it_was(tmp_path):
    machine = Machine(cache=1 << 20, threads=3, gemm=55.5, ufuncs={**UFUNCS, "exp": 0.75})
    machine.save(tmp_path / "deep" / "machine.json")
    assert Machine.load(tmp_path / "deep" / "machine.json") == machine


@pytest.mark.parametrize("text", ["", "[1, 2]", '{"speed": 3}', '{"gemm": "fast"}'])
def test_a_file_that_describes_no_machine_says_what_to_do(tmp_path, text):
    (tmp_path / "machine.json").write_text(text)
    with pytest.raises(ArgumentError, match="python -m symnet calibrate|above 0"):
        Machine.load(tmp_path / "machine.json")


def test_calibrate_prints_every_cost_and_keeps_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert calibrated() == Machine()
    assert main(["calibrate"]) == 0
    printed = capsys.readouterr().out
    assert all(f"\n{name} " in printed for name in [*UNITS, "turn", "reduce", *UFUNCS][1:])
    assert "against the default table: products " in printed
    found = calibrated()
    assert found != Machine() and found.ufuncs.keys() == UFUNCS.keys()
    assert Machine.load(tmp_path / "symnet" / "machine.json") == found


def test_a_function_is_made_for_the_machine_of_its_options():
    x = sn.matrix("x", shape=(64, 64))
    with sn.options(machine=sn.Machine(gemm=1e-3, threads=1)):
        f = sn.function([x], sn.dot(x, x))
    (row,) = f.report().rows
    assert row.microseconds == pytest.approx(2 * 64**3 / 1e-3 / 1e3, rel=1e-3)


def test_threads_help_large_products_more():
    machine = Machine(threads=2, shared=0.9, shared_small=0.4)
    speeds = [machine.speed_up(n) for n in (1000, 10**6, 10**7, 10**8, 10**10)]
    assert speeds == sorted(speeds) and speeds[:2] == [1.0, 1.0] and speeds[-1] == pytest.approx(1.8)
    assert Machine(threads=1).speed_up(10**9) == 1.0
    assert machine.product(600, 600, 600) < Machine(threads=1).product(600, 600, 600)


@pytest.mark.parametrize(("n", "threads"), [(64, 1), (600, 2)])
def test_blas_has_the_threads_that_pay(n, threads):
    if thread_count() < 2:
        pytest.skip("needs two threads of BLAS")
    seen = []

    @dataclass(frozen=True)
    class Look(Elementwise):
        name, numpy, roles = "look", "negative", ("x",)

        def emit(self, e, *names):
            e.step(f"look({names[0]}, {e.out})")

    def look(x, out):
        seen.append(threads_module._blas.threads)
        np.copyto(out, x)

    x = sn.matrix("x", shape=(n, n))
    with sn.options(machine=sn.Machine(threads=2)):
        f = sn.function([x], Look()(sn.dot(x, x)))
    f._shown().plan._namespace["look"] = look
    f(np.ones((n, n), np.float32))
    assert seen == [min(threads, thread_count())]
