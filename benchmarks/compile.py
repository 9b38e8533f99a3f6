"""Seconds to compile networks of many layers with their gradients: linear in the depth, if the ratio stays near 2."""

from __future__ import annotations

import argparse
import time

import numpy as np
from machine import machine

import symnet as sn


def training_step(layers: int, width: int = 10) -> tuple[sn.Variable, sn.Variable, list[sn.Shared]]:
    """Input, cost and weights of a network of tanh layers."""
    x = sn.matrix("x", shape=("batch", width))
    h, params = x, []
    for k in range(layers):
        w = sn.shared(np.eye(width, dtype=np.float32), f"w{k}")
        b = sn.shared(np.zeros(width, np.float32), f"b{k}")
        h = sn.tanh(sn.dot(h, w) + b)
        params += [w, b]
    return x, sn.square(h).mean(), params


def main() -> None:
    """Read the depths and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("layers", type=int, nargs="*", default=[125, 250, 500, 1000], help="depths (125 250 500 1000)")
    print(machine())
    print(f"{'layers':>7}{'function, s':>13}{'first call, s':>15}{'sum, s':>9}{'ratio':>7}")
    before = None
    for layers in parser.parse_args().layers:
        x, cost, params = training_step(layers)
        start = time.perf_counter()
        f = sn.function([x], cost, updates=sn.optim.sgd(cost, params, 0.1))
        compiled = time.perf_counter()
        f(np.ones((5, 10), np.float32))
        done = time.perf_counter()
        ratio = f"{(done - start) / before:>7.2f}" if before else ""
        print(f"{layers:>7}{compiled - start:>13.2f}{done - compiled:>15.2f}{done - start:>9.2f}{ratio}")
        before = done - start


if __name__ == "__main__":
    main()
