"""`import symnet` is quiet, brings NumPy and nothing else, and is the symnet of this checkout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import symnet

PACKAGE = Path(symnet.__file__).parent

IMPORT = """
import sys, numpy
before = set(sys.modules)
import symnet
new = {name.partition(".")[0] for name in set(sys.modules) - before}
extra = sorted(new - {"symnet"} - set(sys.stdlib_module_names))
rooms = ["backends", "check", "export", "lowering", "measure", "nn", "optim", "profile", "report", "rewrites", "viz"]
late = {*(f"symnet.{room}" for room in rooms), "statistics", "zipfile"} & set(sys.modules)
assert not late, f"import symnet loads {late}, which can wait until it is asked for"
sys.exit(f"import symnet also imports {', '.join(extra)}" if extra else 0)
"""


def test_import_is_quiet_and_brings_numpy_only(tmp_path):
    env = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


LAZY = """
import symnet
from symnet.op import Op
def below(cls):
    return [one for child in cls.__subclasses__() for one in (child, *below(child))]
ops = {cls for cls in below(Op) if "__annotations__" in cls.__dict__}
made = sorted(cls.__name__ for cls in ops if "__dataclass_fields__" in cls.__dict__)
print(len(made), len(ops), *made)
"""


def test_an_import_makes_the_methods_of_few_ops():
    """Half a millisecond each: all of them would be a third of the time that `import symnet` may take."""
    env = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    run = subprocess.run([sys.executable, "-c", LAZY], env=env, capture_output=True, text=True, check=True)
    made, ops, *names = run.stdout.split()
    assert int(made) < int(ops) / 3, names


def test_the_installed_package_is_this_checkout():
    """The suite tests what is installed: old or missing files there would make every other test a lie."""
    def contents(folder: Path) -> dict[str, bytes]:
        paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}

    here, installed = contents(Path(__file__).parents[1] / "symnet"), contents(PACKAGE)
    differ = sorted(name for name in here.keys() | installed.keys() if here.get(name) != installed.get(name))
    assert not differ, f"{PACKAGE} differs in {differ}: remove build/ and run pip install '.[test]' again"


ALL = """
from symnet import *
assert nn.Dense and optim.sgd and rewrites.Rule and check_grad and function and linalg.det, "all that users call"
assert not {"Tanh", "TYPE_CHECKING", "import_module"} & set(globals())
"""


def test_a_star_brings_what_is_loaded_later_too():
    env = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    subprocess.run([sys.executable, "-c", ALL], env=env, check=True)


def test_what_there_is_not_is_no_attribute():
    assert not hasattr(symnet, "compile")
    with pytest.raises(AttributeError, match="module 'symnet' has no attribute 'matrx'"):
        symnet.matrx


def test_what_tab_completion_offers_is_for_users():
    offered = dir(symnet)
    assert {"tanh", "matrix", "Op", "shared", "linalg", "nn", "options", "In"} <= set(offered)
    assert all(hasattr(symnet, name) for name in offered)
    assert not {"Tanh", "MatMul", "activations", "lowering", "registry", "evaluate_expression", "gemm"} & set(offered)
