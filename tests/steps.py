"""A training step that several test files compile, and programs run in a process of their own."""

import os
import subprocess
import sys

import numpy as np

import symnet as sn

F32 = np.float32


def softmax_step(classes=4):
    """A training step with momentum and dropout, its shared variables and its inputs."""
    x, labels = sn.tensor("x", ("batch", 3)), sn.tensor("labels", ("batch",), "int64")
    w = sn.shared(np.linspace(-1, 1, 3 * classes, dtype=F32).reshape(3, classes), "w")
    stream = sn.RandomStream(5)
    cost = sn.cross_entropy(sn.dot(sn.dropout(x, 0.5, stream), w), labels)
    updates = sn.optim.momentum(cost, [w], 0.1)
    f = sn.function([x, labels], cost, updates=updates, name="train")
    return f, [s for s, _ in f.updates]


def run(program, seed="0", **files):
    here = os.path.dirname(os.path.dirname(sn.__file__))
    path = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
