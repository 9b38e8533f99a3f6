"""Checkpoints of shared variables: whole or not at all, of this model or refused, and never run."""

import json
import os
import pickle
import sys
import zipfile

import numpy as np
import pytest

import symnet as sn
from symnet import saving
from symnet.errors import ArgumentError, DataError, MissingExtraError


def program(width=3, momentum=True):
    """A step with dropout, velocities and a counter, as a process would build it anew."""
    x = sn.matrix("x", shape=("batch", 4))
    w = sn.shared(np.ones((4, width), "float32"), "w")
    count = sn.shared(np.int64(0), "count")
    cost = sn.mean(sn.dropout(sn.tanh(sn.dot(x, w)), 0.5) ** 2)
    updates = (sn.optim.momentum if momentum else sn.optim.sgd)(cost, [w], 0.1)
    return sn.function([x], cost, updates=[*updates, (count, count + 1)])


def filled(*dtypes):
    rng = np.random.default_rng(0)
    return {d: sn.shared(np.asarray(rng.integers(0, 2, (2, 3)), d), f"s_{d}") for d in dtypes}


@pytest.fixture(params=["npz", "safetensors"])
def path(request, tmp_path):
    if request.param == "safetensors":
        pytest.importorskip("safetensors")
    return tmp_path / f"run.{request.param}"


# there and back -----------------------------------------------------------------------------------------------------


def test_a_step_goes_on_bit_for_bit(path):
    x = np.random.default_rng(0).normal(size=(5, 4))
    step = program()
    for _ in range(3):
        step(x)
    saving.save(path, saving.states(step), {"at": [3, 0.1, None]})
    expected = [float(step(x)) for _ in range(4)]
    sn.seed(99)
    later = program()
    assert saving.load(path, saving.states(later)) == {"at": [3, 0.1, None]}
    assert [float(later(x)) for _ in range(4)] == expected
    assert saving.states(later)["count"].get_value() == 7


def test_every_dtype_and_shape(path):
    dtypes = ["bool", "int8", "uint8", "int16", "int32", "int64", "uint64", "float16", "float32", "float64"]
    states = {name: s for name, s in filled(*dtypes).items()}
    states["scalar"] = sn.shared(np.float32(-0.0), "scalar")
    states["empty"] = sn.shared(np.zeros((0, 3), "float32"), "empty")
    states["odd"] = sn.shared(np.array([np.nan, np.inf, -np.inf, 5e-324]), "odd")
    states["turned"] = sn.shared(np.arange(6.0).reshape(2, 3).T, "turned")
    before = saving.values(states)
    saving.save(path, states)
    for s in states.values():
        s.set_value(np.ones_like(s.get_value()))
    assert saving.load(path, states) is None
    for name, s in states.items():
        assert s.get_value().dtype == before[name].dtype and s.get_value().shape == before[name].shape
        assert s.get_value().tobytes() == before[name].tobytes(), name


def test_what_is_loaded_can_be_written_to_and_is_the_state_s_own(path):
    states = filled("float32")
    saving.save(path, states)
    saving.load(path, states)
    states["float32"].get_value(borrow=True)[:] = 7
    again = filled("float32")
    saving.load(path, again)
    assert not (again["float32"].get_value() == 7).any()


def test_numpy_reads_the_file_alone(tmp_path):
    states = filled("float32", "int64")
    saving.save(tmp_path / "run.npz", states)
    with np.load(tmp_path / "run.npz") as found:
        for name, s in states.items():
            np.testing.assert_array_equal(found[name], s.get_value())


def test_the_library_reads_safetensors(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    states = filled("float32", "int64")
    saving.save(tmp_path / "run.safetensors", states)
    for name, array in library.load_file(tmp_path / "run.safetensors").items():
        np.testing.assert_array_equal(array, states[name].get_value())


def test_names_tell_streams_by_their_order_and_equal_labels_apart():
    a, b = (sn.shared(np.zeros(2), "w") for _ in range(2))
    x = sn.vector("x", shape=(2,))
    noise = sn.random.normal(2), sn.random.normal(2)
    f = sn.function([x], x + noise[0] + noise[1], updates=[(a, a + x), (b, b + 2 * x)])
    assert set(saving.states(f)) == {"w", "w.2", "random_state", "random_state.2"}
    assert saving.states(f)["w.2"] is b
    assert list(saving.named([a, a, b])) == ["w", "w.2"]


# of another model ---------------------------------------------------------------------------------------------------


def test_another_model_is_listed_and_nothing_is_loaded(path):
    step = program(width=3)
    step(np.ones((2, 4)))
    saving.save(path, saving.states(step))
    other = program(width=5, momentum=False)
    extra = {**saving.states(other), "b": sn.shared(np.full(2, 5.0), "b")}
    before = saving.values(extra)
    with pytest.raises(ArgumentError, match="is of another model; nothing was loaded") as raised:
        saving.load(path, extra)
    text = str(raised.value)
    assert "of another type: w is float32 (4, 3), here float32 (4, 5)\n" in text
    assert "only in the file: v_w\n" in text and "not in the file: b\n" in text
    assert len(text.splitlines()) <= 10
    assert all(np.array_equal(before[name], s.get_value()) for name, s in extra.items())


def test_another_dtype_is_another_model(path):
    saving.save(path, {"w": sn.shared(np.zeros(3, "float64"), "w")})
    w = sn.shared(np.ones(3, "float32"), "w")
    with pytest.raises(ArgumentError, match="another model") as raised:
        saving.load(path, {"w": w})
    assert "w is float64 (3,), here float32 (3,)" in str(raised.value)
    assert (w.get_value() == 1).all()


def test_an_open_size_takes_any_and_a_fixed_one_does_not(path):
    saving.save(path, {"w": sn.shared(np.zeros((5, 2)), "w")})
    w = sn.shared(np.ones((3, 2)), "w", shape=(None, 2))
    saving.load(path, {"w": w})
    assert w.get_value().shape == (5, 2)
    with pytest.raises(ArgumentError, match="another model"):
        saving.load(path, {"w": sn.shared(np.ones((3, 4)), "w", shape=(None, 4))})


def test_many_names_are_counted(path):
    saving.save(path, {f"w{k:02}": sn.shared(np.zeros(1), f"w{k:02}") for k in range(30)})
    with pytest.raises(ArgumentError, match="nothing was loaded") as raised:
        saving.load(path, {})
    assert "w00; w01; " in str(raised.value) and "w11; and 18 more" in str(raised.value)


# damaged files ------------------------------------------------------------------------------------------------------


def test_a_file_cut_short_anywhere(path):
    states = filled("float32", "int64")
    saving.save(path, states, {"epoch": 3})
    whole = path.read_bytes()
    for size in {0, 1, 8, len(whole) // 3, len(whole) // 2, len(whole) - 1}:
        path.write_bytes(whole[:size])
        with pytest.raises(DataError, match="no whole checkpoint"):
            saving.load(path, states)
    path.write_bytes(whole)
    assert saving.load(path, states) == {"epoch": 3}


def test_a_changed_byte_is_found_or_changes_nothing(path):
    """Headers have spare bytes, but no value may come back another."""
    states = filled("float32")
    saving.save(path, states, {"epoch": 3})
    whole, before = path.read_bytes(), saving.values(states)
    refused = 0
    for k in range(0, len(whole), 3):
        path.write_bytes(whole[:k] + bytes([whole[k] ^ 0x11]) + whole[k + 1 :])
        try:
            extra = saving.load(path, states)
        except (DataError, ArgumentError):
            refused += 1
        else:
            assert extra == {"epoch": 3}
        assert all(np.array_equal(before[name], s.get_value()) for name, s in states.items())
    assert refused > len(whole) // 12


class Trap:
    sprung = False

    def __reduce__(self):
        return (setattr, (Trap, "sprung", True))


def test_nothing_in_a_file_is_run(tmp_path):
    path = tmp_path / "run.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("checkpoint.json", json.dumps(None))
        with archive.open("w.npy", "w") as member:
            np.lib.format.write_array(member, np.array([Trap()], object), allow_pickle=True)
    with pytest.raises(DataError, match="no whole checkpoint: .*allow_pickle"):
        saving.read(path)
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(DataError, match="no whole checkpoint"):
        saving.read(path)
    assert not Trap.sprung


def test_files_of_another_kind(tmp_path):
    np.savez(tmp_path / "weights.npz", w=np.zeros(3))
    with pytest.raises(DataError, match=r"no whole checkpoint: it has no checkpoint\.json"):
        saving.read(tmp_path / "weights.npz")
    with pytest.raises(DataError, match="cannot be read: No such file"):
        saving.read(tmp_path / "missing.npz")
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        (tmp_path / "folder.npz").mkdir()
        saving.read(tmp_path / "folder.npz")
    for call in (lambda p: saving.save(p, {}), saving.read):
        with pytest.raises(ArgumentError, match=r"ends in neither \.npz nor \.safetensors"):
            call(tmp_path / "run.pkl")


# writing that fails -------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="a limit of POSIX")
def test_a_full_disk_leaves_the_file_that_was_there(path):
    import resource

    states = {"w": sn.shared(np.zeros(100_000, "float32"), "w")}
    saving.save(path, states, "old")
    states["w"].set_value(np.ones(100_000, "float32"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))  # as a disk with no more room
    try:
        with pytest.raises(DataError, match="cannot be written: File too large"):
            saving.save(path, states, "new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(path.parent) == [path.name]
    assert saving.load(path, states) == "old" and not states["w"].get_value().any()


def test_what_json_cannot_say_is_refused(path):
    with pytest.raises(ArgumentError, match="JSON cannot say what is to be saved"):
        saving.save(path, {}, {"rng": np.random.default_rng(0)})
    assert os.listdir(path.parent) == []


def test_without_the_package_the_error_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(MissingExtraError, match="need the package safetensors") as raised:
        saving.save(tmp_path / "run.safetensors", filled("float32"))
    assert "symnet[train]" in str(raised.value)
