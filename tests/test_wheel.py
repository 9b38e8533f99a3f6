"""The built wheel, and not only the checkout: alone in a fresh environment, in another folder."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import symnet

ROOT = Path(__file__).parents[1]

SCRIPT = """
from importlib import metadata, resources
import symnet
assert metadata.version("symnet") == symnet.__version__
assert (resources.files("symnet") / "py.typed").is_file()
print(symnet.__version__, symnet.__file__)
"""


def run(*command, cwd) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built by way of the source distribution, from a copy: the checkout stays as it was."""
    source, dist = tmp_path_factory.mktemp("source") / "symnet", tmp_path_factory.mktemp("dist")
    skip = shutil.ignore_patterns(".*", "build", "dist", "runs", "venv", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT, source, ignore=skip)
    run(sys.executable, "-m", "build", "--outdir", dist, source, cwd=dist)
    (built,) = dist.glob("*.whl")
    return built


def test_wheel_holds_the_package_and_nothing_else(wheel):
    assert wheel.name == f"symnet-{symnet.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    package = (path for path in (ROOT / "symnet").rglob("*") if path.is_file())
    assert names == {path.relative_to(ROOT).as_posix() for path in package if "__pycache__" not in path.parts}


def test_wheel_works_alone(wheel, tmp_path):
    env, elsewhere = tmp_path / "env", tmp_path / "elsewhere"
    elsewhere.mkdir()
    venv.create(env, with_pip=True)
    scripts = env / ("Scripts" if os.name == "nt" else "bin")
    run(scripts / "python", "-m", "pip", "install", "--quiet", wheel, cwd=elsewhere)
    said = run(scripts / "python", "-I", "-W", "error", "-c", SCRIPT, cwd=elsewhere)
    version, path = said.strip().split(maxsplit=1)
    assert version == symnet.__version__
    assert Path(path).is_relative_to(env)
    assert "usage" in run(scripts / "python", "-m", "symnet", "--help", cwd=elsewhere).lower()
    assert "usage" in run(scripts / "symnet", "--help", cwd=elsewhere).lower()
