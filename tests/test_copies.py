"""Functions pickled and copied: state, shared variables in common, another process."""

import copy
import pickle
import textwrap

import numpy as np

import symnet as sn
from steps import run, softmax_step

F32 = np.float32


def test_a_pickled_function_goes_on_where_it_was():
    f, states = softmax_step()
    x, labels = np.arange(6, dtype=F32).reshape(2, 3), [0, 3]
    f(x, labels)
    g = pickle.loads(pickle.dumps(f))
    assert (g.name, g.training, g.options, [v.label for v in g.inputs]) == ("train", True, f.options, ["x", "labels"])
    mine, theirs = [f(x, labels) for _ in range(3)], [g(x=x, labels=labels) for _ in range(3)]
    assert mine == theirs and len({float(c) for c in mine}) == 3
    assert f.source == g.source
    for s, (t, _) in zip(states, g.updates, strict=True):
        assert s is not t and s.label == t.label
        np.testing.assert_array_equal(s.get_value(), t.get_value())


def test_functions_pickled_together_keep_their_shared_variables_in_common():
    x, w = sn.vector("x"), sn.shared(1.0, "w")
    train, predict = pickle.loads(
        pickle.dumps((sn.function([x], updates={w: w + x.sum()}), sn.function([x], {"y": x * w})))
    )
    train([1, 2])
    assert predict([1, 1])["y"].tolist() == [4, 4]
    assert float(w.get_value()) == 1


def test_a_pickle_opens_in_a_fresh_process(tmp_path):
    f, _ = softmax_step()
    x = np.arange(6, dtype=F32).reshape(2, 3)
    (tmp_path / "f.pickle").write_bytes(pickle.dumps(f))
    program = f"""
        import pickle, pathlib
        import numpy as np
        f = pickle.loads(pathlib.Path({str(tmp_path / "f.pickle")!r}).read_bytes())
        for _ in range(3):
            print(float(f(np.arange(6, dtype=np.float32).reshape(2, 3), [0, 3])))
    """
    assert run(textwrap.dedent(program)).split() == [str(float(f(x, [0, 3]))) for _ in range(3)]


def test_a_pickle_grows_linearly_with_the_number_of_outputs():
    x = sn.vector("x")
    h, results = x, []
    for _ in range(100):
        h = sn.tanh(h)
        results.append(h)
    size = len(pickle.dumps(sn.function([x], results)))
    assert size < 3 * len(pickle.dumps(sn.function([x], results[-1])))


def test_a_deep_copy_has_plans_of_its_own_and_the_same_shared_variables():
    x, s = sn.vector("x"), sn.shared(0.0, "s")
    f = sn.function([x], x * 2, updates={s: s + x.sum()})
    g = copy.deepcopy(f)
    assert f([1, 2]).tolist() == g([1, 2]).tolist() == [2, 4]
    assert float(s.get_value()) == 6
    assert g._latest is not f._latest
