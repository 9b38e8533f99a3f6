"""The run folder: whole files or none, and a word where it cannot be written."""

import json
import os

import numpy as np
import pytest

from symnet.errors import DataError
from symnet.train.run_folder import RunFolder


def test_files_come_back(tmp_path):
    folder = RunFolder(tmp_path / "a" / "b")
    assert folder.text("step.py", "x = 'é'\n").read_text("utf-8") == "x = 'é'\n"
    assert json.loads(folder.json("history.json", {"cost": [0.5, 1]}).read_text()) == {"cost": [0.5, 1]}
    w = np.arange(6, dtype=np.float32).reshape(2, 3)
    with np.load(folder.arrays("parameters.npz", {"w_fc1": w, "file": w[0]})) as found:
        assert set(found) == {"w_fc1", "file"}
        np.testing.assert_array_equal(found["w_fc1"], w)
        assert found["w_fc1"].dtype == np.float32
    assert sorted(p.name for p in folder.path.iterdir()) == ["history.json", "parameters.npz", "step.py"]


def test_a_file_is_replaced_whole(tmp_path):
    folder = RunFolder(tmp_path)
    folder.text("a.txt", "a long first text")
    folder.text("a.txt", "short")
    assert (tmp_path / "a.txt").read_text() == "short"


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_others_may_read_what_the_user_lets_them(tmp_path):
    (tmp_path / "usual").write_text("")
    written = RunFolder(tmp_path).text("a.txt", "a")
    assert written.stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    folder = RunFolder(tmp_path)
    folder.text("a.txt", "old")

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(DataError, match="a.txt cannot be written: No space left on device"):
        folder.text("a.txt", "new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_folder_below_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="run folder .* cannot be written: Not a directory") as raised:
        RunFolder(tmp_path / "file" / "run")
    assert "--out" in str(raised.value)


def test_a_file_in_the_folder_s_place(tmp_path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(DataError, match="cannot be written: File exists"):
        RunFolder(tmp_path / "run")
    assert (tmp_path / "run").read_text() == "mine"


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_impossible_names(tmp_path, name):
    with pytest.raises(DataError, match="cannot be written"):
        RunFolder(tmp_path / name)


def test_a_folder_in_a_file_s_place(tmp_path):
    (tmp_path / "step.py").mkdir()
    folder = RunFolder(tmp_path)
    with pytest.raises(DataError, match="step.py cannot be written"):
        folder.text("step.py", "x = 1")
    assert [p.name for p in tmp_path.iterdir()] == ["step.py"]


def test_a_folder_that_is_gone(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.path.rmdir()
    with pytest.raises(DataError, match="cannot be written: No such file"):
        folder.arrays("parameters.npz", {"w": np.zeros(3)})
    folder.path.write_text("a file now")
    with pytest.raises(DataError, match="cannot be written: Not a directory"):
        folder.text("step.py", "")


def test_what_is_no_number_is_not_pickled(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        RunFolder(tmp_path).arrays("parameters.npz", {"w": np.array([object()])})
    assert list(tmp_path.iterdir()) == []
