"""The table of costs: what may stand in it, keeping it, and measuring it."""

import pytest

import symnet as sn
from symnet.__main__ import main
from symnet.calibrate import UNITS
from symnet.errors import ArgumentError
from symnet.machine import UFUNCS, Machine, calibrated


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
