"""Lint and types, so that `pytest` alone says whether a change is ready."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUFF = ("ruff", "check", "--no-cache", "--output-format=concise", ".")


@pytest.mark.parametrize("tool", [RUFF, ("mypy",)], ids=["ruff", "mypy"])
def test_tool_has_nothing_to_say(tool):
    run = subprocess.run([sys.executable, "-m", *tool], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, f"{' '.join(tool)}:\n{run.stdout}{run.stderr}"
