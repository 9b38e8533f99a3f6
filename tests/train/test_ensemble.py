"""Classifiers that vote: against votes counted in loops, as one file, as one exported function."""

import subprocess
import sys
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

import symnet as sn
from made_digits import digits
from symnet import saving
from symnet.errors import ArgumentError, DataError
from symnet.train import Classifier, Ensemble, NetworkClassifier, fit

X = np.random.default_rng(0).normal(size=(600, 4)).astype("float32")
VOTES = ("average", "majority")


def line(x, rng):
    """Scores that are x times a matrix."""
    w = sn.shared(rng.normal(size=(4, 3)).astype("float32"), "w")
    return sn.dot(x, w), [SimpleNamespace(params=[w])]


def normed(x, rng):
    """Batch normalisation and dropout, so that there are running averages, and training differs from prediction."""
    model = sn.nn.Sequential(
        sn.nn.Dense(8), sn.nn.BatchNorm(), sn.relu, sn.nn.Dropout(0.3), sn.nn.Dense(10, name="top"), rng=rng
    )
    return model(x), [model]


def lines(k, seed=0):
    return [Classifier(line, np.random.default_rng(seed + i), inputs=4) for i in range(k)]


def giving(*probabilities):
    """A member for each table of probabilities, a row of which it gives for one-hot x."""
    def network(table):
        w = sn.shared(np.log(np.asarray(table, "float32")), "w")
        return lambda x, rng: (sn.dot(x, w), [SimpleNamespace(params=[w])])

    return [Classifier(network(table), np.random.default_rng(0), inputs=len(table)) for table in probabilities]


def mean(each):
    """The mean of tables, member after member."""
    total = np.zeros_like(each[0])
    for p in each:
        total = total + p
    return total / np.float32(len(each))


def voted(each):
    """The class of each row by counting votes; equal counts go to the higher mean, and then to the first."""
    p, labels = mean(each), []
    for i in range(len(each[0])):
        votes = [0] * each[0].shape[1]
        for q in each:
            votes[int(np.argmax(q[i]))] += 1
        best = max(range(len(votes)), key=lambda c: (votes[c], p[i, c], -c))
        labels.append(best)
    return labels


# voting ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_votes_are_those_counted_in_loops(k):
    members = lines(k)
    each = [m.predicted_probabilities(X) for m in members]
    average, majority = (Ensemble(members, vote) for vote in VOTES)
    np.testing.assert_array_equal(average.predictions(X), mean(each).argmax(1))
    np.testing.assert_array_equal(majority.predictions(X), voted(each))
    for e in (average, majority):
        np.testing.assert_array_equal(e.predicted_probabilities(X), mean(each))
    if k > 1:
        assert np.mean(average.predictions(X) != majority.predictions(X)) > 0.001


def test_ties_go_to_the_higher_mean_and_then_to_the_first_class():
    # Rows: a clear vote; two votes each, of unequal means; two votes of equal means; a mean against the majority.
    members = giving(
        [[0.2, 0.7, 0.1], [0.6, 0.4, 0.0001], [0.25, 0.5, 0.25], [0.9, 0.05, 0.05]],
        [[0.1, 0.8, 0.1], [0.1, 0.0001, 0.9], [0.25, 0.25, 0.5], [0.4, 0.5, 0.1]],
        [[0.3, 0.3, 0.4], [0.1, 0.0001, 0.9], [0.25, 0.5, 0.25], [0.4, 0.5, 0.1]],
        [[0.3, 0.3, 0.4], [0.6, 0.4, 0.0001], [0.25, 0.25, 0.5], [0.9, 0.05, 0.05]],
        [[0.3, 0.6, 0.1], [0.1, 0.8, 0.1], [0.5, 0.25, 0.25], [0.4, 0.5, 0.1]],
    )
    rows = np.eye(4, dtype="float32")
    assert Ensemble(members, "majority").predictions(rows).tolist() == [1, 2, 1, 1]
    assert Ensemble(members, "average").predictions(rows).tolist() == [1, 2, 1, 0]
    two = giving([[0.75, 0.25, 0.0001]], [[0.25, 0.75, 0.0001]])
    assert Ensemble(two, "majority").predictions(np.ones((1, 1))).tolist() == [0]


def test_cost_and_accuracy():
    members = lines(3)
    y = np.random.default_rng(1).integers(0, 3, len(X))
    p = mean([m.predicted_probabilities(X) for m in members])
    for vote in VOTES:
        e = Ensemble(members, vote)
        cost, accuracy = e.evaluate((X, y), batch_size=97)
        assert cost == pytest.approx(-np.log(p[np.arange(len(y)), y]).mean(), rel=1e-5)
        assert accuracy == e.accuracy((X, y)) == np.mean(e.predictions(X) == y)
        assert e.predictions(X[:0]).shape == (0,) and e.predicted_probabilities(X[:0]).shape == (0, 3)
        assert e.classes == 3 and repr(e) == f"Ensemble(3 members, vote={vote!r})"


def test_members_go_on_training_and_the_ensemble_follows():
    members = [Classifier(normed, np.random.default_rng(i)) for i in range(2)]
    e, rows = Ensemble(members, "majority"), digits(200, 1)
    before = e.accuracy(rows)
    for m in members:
        fit(m, rows, rows, epochs=4, batch_size=10, learning_rate=0.05, progress=False, rng=np.random.default_rng(0))
    assert before < 0.4 < 0.7 < e.accuracy(rows)
    each = [m.predicted_probabilities(rows.images) for m in members]
    np.testing.assert_array_equal(e.predictions(rows.images), voted(each))
    assert e.predict.allocations == 0


def test_a_picture_has_a_box_for_each_member():
    e = Ensemble([Classifier(normed, np.random.default_rng(i)) for i in range(2)], "majority")
    closed = sn.draw(e.labels, depth=0).source
    assert all(name in closed for name in ("member1", "member2", "vote"))
    assert "Softmax" not in closed and "Softmax" in sn.draw(e.labels).source
    assert "member1" not in sn.draw(e.members[0].p).source


# as one file ----------------------------------------------------------------------------------------------------------


@cache
def trained(k=2):
    rows = digits(60, 1)
    members = [Classifier(normed, np.random.default_rng(i)) for i in range(k)]
    for m in members:
        fit(m, rows, rows, epochs=1, batch_size=10, learning_rate=0.05, progress=False, rng=np.random.default_rng(0))
    return members


@pytest.mark.parametrize("vote", VOTES)
@pytest.mark.parametrize("name", ["ensemble.npz", "ensemble.safetensors"])
def test_saved_and_loaded(tmp_path, vote, name):
    if name.endswith(".safetensors"):
        pytest.importorskip("safetensors")
    e, x = Ensemble(trained(), vote), digits(50, 3).images
    e.save(tmp_path / name)
    calls = []

    def make(rng):
        calls.append(rng)
        return Classifier(normed, rng)

    sn.seed(3)
    draw = sn.default_generator().random()
    sn.seed(3)
    same = Ensemble.load(tmp_path / name, make)
    assert sn.default_generator().random() == draw
    assert len(calls) == 2 and same.vote == vote
    np.testing.assert_array_equal(same.predicted_probabilities(x), e.predicted_probabilities(x))
    np.testing.assert_array_equal(same.predictions(x), e.predictions(x))
    again = Ensemble.load(tmp_path / name, [Classifier(normed, np.random.default_rng(9)) for _ in range(2)])
    np.testing.assert_array_equal(again.predicted_probabilities(x), e.predicted_probabilities(x))
    assert sorted(p.name for p in tmp_path.iterdir()) == [name]


def test_what_is_no_such_file_is_not_loaded(tmp_path):
    path = tmp_path / "e.npz"
    Ensemble(lines(2)).save(path)
    others = lines(2, seed=5)
    before = [m.values()["w"] for m in others]
    content = path.read_bytes()
    for place in range(60, len(content) - 200, 97):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        try:
            Ensemble.load(path, others)
        except (ArgumentError, DataError):
            continue
        # A byte that says nothing, such as a date.
        for m, kept in zip(others, before, strict=True):
            m.restore({"w": kept})
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="is no whole checkpoint"):
        Ensemble.load(path, others)
    saving.write(path, {"member1/w": X[:4, :3]}, {"epoch": 3})
    with pytest.raises(DataError, match="holds arrays, but not of an ensemble"):
        Ensemble.load(path, others)
    Ensemble(lines(2)).save(path)
    with pytest.raises(ArgumentError, match="has 2 members, but 3 were given"):
        Ensemble.load(path, lines(3))
    with pytest.raises(ArgumentError, match=r"not in the file: member1/w_fc1; (.|\n)*build the model that was saved"):
        Ensemble.load(path, lambda rng: Classifier(normed, rng))
    for m, kept in zip(others, before, strict=True):
        np.testing.assert_array_equal(m.values()["w"], kept)


RUN = """
import sys
sys.modules["symnet"] = None
sys.path.insert(0, sys.argv[1])
import model, numpy as np
np.save(sys.argv[3], model.predict(np.load(sys.argv[2])))
"""


@pytest.mark.parametrize("vote", VOTES)
def test_exported_as_one_function(tmp_path, vote):
    e = Ensemble(trained(3), vote)
    assert [p.name for p in e.export(tmp_path / "model.py", batch_sizes=(50,))] == ["model.npz", "model.py"]
    x = digits(50, 3).images
    np.save(tmp_path / "x.npy", x)
    words = [str(tmp_path), str(tmp_path / "x.npy"), str(tmp_path / "y.npy")]
    done = subprocess.run([sys.executable, "-W", "error", "-c", RUN, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), e.predictions(x))


# errors ---------------------------------------------------------------------------------------------------------------


def test_who_cannot_vote():
    with pytest.raises(ArgumentError, match="vote is 'mean'(.|\n)*'average' or 'majority'"):
        Ensemble(lines(1), "mean")
    with pytest.raises(ArgumentError, match="there are no members"):
        Ensemble([])
    with pytest.raises(ArgumentError, match="member 2 has 784 inputs, member 1 has 4"):
        Ensemble([*lines(1), Classifier(normed, np.random.default_rng(0))])
    with pytest.raises(ArgumentError, match="member 2 has 2 classes, member 1 has 3"):
        Ensemble([*lines(1), *giving(np.full((4, 2), 0.5))])
    with pytest.raises(ArgumentError, match=r"member 1 is a NetworkClassifier(.|\n)*take its model_") as raised:
        labels = np.arange(30) % 3
        Ensemble([NetworkClassifier(line, epochs=1, seed=0).fit(X[:30], labels)])
    assert len(str(raised.value).splitlines()) <= 10
    with pytest.raises(ArgumentError, match="member 1 is a function, no Classifier"):
        Ensemble([line])
