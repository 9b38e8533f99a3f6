"""How long a fresh process takes to import symnet, to compile the double convolution and to make its first step."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from machine import machine

NUMPY = """
import json, time
start = time.perf_counter()
import numpy
print(json.dumps({"import": time.perf_counter() - start}))
"""

# Batch 10; `prepare` makes the plan of the first call, which `function` alone leaves until the sizes are known.
SYMNET = """
import json, time
start = time.perf_counter()
import symnet as sn
imported = time.perf_counter()
import numpy as np
from symnet.examples.chapter6 import double_conv
rng = np.random.default_rng(0)
x = sn.tensor("x", shape=("batch", 784), dtype="float32")
y = sn.tensor("y", shape=("batch",), dtype="int64")
scores, layers = double_conv(x, rng)
cost = -sn.mean(sn.log(sn.softmax(scores))[sn.arange(y.shape[0]), y])
updates = sn.optim.sgd(cost, [w for layer in layers for w in layer.params], 0.05)
built = time.perf_counter()
step = sn.function([x, y], cost, updates=updates, name="train_step")
step.prepare(x=(10, 784), y=(10,))
compiled = time.perf_counter()
first = float(step(rng.random((10, 784), dtype=np.float32), rng.integers(10, size=10)))
assert 1 < first < 20, first
stepped = time.perf_counter()
for _ in range(8):
    step(rng.random((10, 784), dtype=np.float32), rng.integers(10, size=10))
eighth = time.perf_counter()
step(rng.random((10, 784), dtype=np.float32), rng.integers(10, size=10))
print(json.dumps({
    "import": imported - start, "build": built - imported, "compile": compiled - built,
    "first": stepped - compiled, "tenth": time.perf_counter() - eighth, "all": stepped - start,
}))
"""


@dataclass
class Row:
    """One line of the table: seconds of each process, and the bar to stay under."""

    label: str
    seconds: list[float]
    bar: float | None = None

    def __str__(self) -> str:
        least, median = min(self.seconds), statistics.median(self.seconds)
        verdict = f"{self.bar:>8.1f} s  {'under' if median < self.bar else 'OVER'}" if self.bar else ""
        return f"{self.label:<52}{least:>9.3f}{median:>9.3f}{verdict}"


def fresh(code: str, bytecode: str) -> dict[str, float]:
    """Run the code in a new interpreter: the seconds it prints, and `process`, from start to exit."""
    # An installed package has its bytecode; a checkout may not, and environments may forbid writing it.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = bytecode
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, check=True, text=True, env=environment
    )
    process = time.perf_counter() - start
    return {**json.loads(done.stdout or "{}"), "process": process}


def measure(processes: int) -> list[Row]:
    """The rows of the table; the programs take turns, so that a busy moment meets all of them."""
    programs = {"nothing": "", "numpy": NUMPY, "symnet": SYMNET, "alone": "import symnet"}
    with tempfile.TemporaryDirectory() as bytecode:
        for code in programs.values():
            fresh(code, bytecode)  # not counted: writes the bytecode and warms the file cache
        runs = [{name: fresh(code, bytecode) for name, code in programs.items()} for _ in range(processes)]

    def of(program: str, key: str) -> list[float]:
        return [run[program][key] for run in runs]

    less_numpy = [a - b for a, b in zip(of("symnet", "import"), of("numpy", "import"))]
    return [
        Row("process: python -c ''", of("nothing", "process")),
        Row("process: import numpy", of("numpy", "process")),
        Row("process: import symnet", of("alone", "process")),
        Row("import numpy", of("numpy", "import")),
        Row("import symnet (imports numpy)", of("symnet", "import"), 0.2),
        Row("   less import numpy", less_numpy),
        Row("build the network, its cost and gradients", of("symnet", "build")),
        Row("compile: function() and the first plan", of("symnet", "compile"), 0.1),
        Row("first step, batch 10", of("symnet", "first")),
        Row("tenth step", of("symnet", "tenth")),
        Row("from `import symnet` to the first step done", of("symnet", "all"), 0.5),
    ]


def main() -> None:
    """Read the options and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=10, help="fresh processes of each kind (10)")
    options = parser.parse_args()
    print(f"{machine()}; {options.processes} fresh processes of each kind, bytecode and files cached")
    print(f"{'seconds':<52}{'minimum':>9}{'median':>9}{'bar':>8}")
    for row in measure(options.processes):
        print(row)


if __name__ == "__main__":
    main()
