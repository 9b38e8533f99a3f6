"""From the start of a fresh process to the first result, and its peak memory: with empty caches, and with full ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

COLD = Path(__file__).with_name("cold.py")
WORKLOAD = "conv-10"
MEMORY_WORKLOAD = "conv-128"
REPEATS = 3
PATIENCE = 1800.0


def fresh(peer: str, threads: int) -> dict[str, Any]:
    """Seconds to the first result of WORKLOAD with compilers' caches empty and full, and bytes of MEMORY_WORKLOAD.

    Raises: RuntimeError with one line where the competitor fails.
    """
    with tempfile.TemporaryDirectory() as caches:
        empty = _run(peer, threads, caches, WORKLOAD)
        full = [_run(peer, threads, caches, WORKLOAD) for _ in range(REPEATS)]
        memory = _run(peer, threads, caches, MEMORY_WORKLOAD)
    return {
        "empty": empty["seconds"],
        "full": min(run["seconds"] for run in full),
        "imported": memory["imported"],
        "peak": memory["peak"],
    }


def _run(peer: str, threads: int, caches: str, workload: str) -> dict[str, Any]:
    # An installed package has its bytecode; a checkout has it after the first run, if Python may write it.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {
        "TORCHINDUCTOR_CACHE_DIR": f"{caches}/inductor",
        "TRITON_CACHE_DIR": f"{caches}/triton",
        "PYTENSOR_FLAGS": f"base_compiledir={caches}/pytensor",
        "NUMBA_CACHE_DIR": f"{caches}/numba",
    }
    command = [sys.executable, str(COLD), peer, "--workload", workload, "--threads", str(threads)]
    start = time.time()
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"no result of {workload} within {PATIENCE:.0f} s") from None
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no message"])[-1][:200])
    report = json.loads(done.stdout.strip().splitlines()[-1])
    return {**report, "seconds": report["first"] - start}
