"""How long pictures take: `python benchmarks/drawing.py` prints seconds to DOT text and to SVG by number of nodes.

Three graphs: a chain of one line, layers each in a scope of its own, and a training step of such layers.
"""

from __future__ import annotations

import time

import numpy as np

import symnet as sn
from symnet.graph import toposort


def chain(nodes: int) -> sn.Variable:
    """One line in a loop."""
    y = sn.vector("x")
    for _ in range(nodes):
        y = sn.tanh(y)
    return y


def layers(nodes: int) -> sn.Variable:
    """Dense layers of three operations."""
    rng = np.random.default_rng(0)
    h = sn.tensor("x", shape=("batch", 8))
    for k in range(nodes // 3):
        dense = sn.nn.Dense(8, rng=rng, name=f"fc{k + 1}")
        with sn.scope(f"block{k // 10 + 1}"):
            h = sn.tanh(dense(h))
    return h


def step(nodes: int) -> list[sn.Variable]:
    """Layers, their gradients and their updates."""
    cost = sn.square(layers(max(3, nodes // 4))).mean()
    params = [s for s in _shared(cost)]
    return [cost, *(value for _, value in sn.optim.sgd(cost, params, 0.1))]


def _shared(y: sn.Variable) -> list[sn.Shared]:
    return list(dict.fromkeys(x for node in toposort([y]) for x in node.inputs if isinstance(x, sn.Shared)))


def main() -> None:
    """Print the table."""
    sn.draw(chain(2)).svg()  # loads Graphviz
    print(f"{'graph':<8}{'nodes':>9}{'boxes':>7}{'DOT s':>9}{'SVG s':>9}")
    for make in (chain, layers, step):
        for nodes in (50, 500, 2_000, 100_000):
            if make is step and nodes > 2_000:
                continue
            graph = make(nodes)
            ends = graph if isinstance(graph, list) else [graph]
            start = time.perf_counter()
            picture = sn.draw(graph)
            drawn = time.perf_counter()
            picture.svg()
            done = time.perf_counter()
            boxes = picture.source.count(" fillcolor=")
            count = len(toposort(ends))
            print(f"{make.__name__:<8}{count:>9,}{boxes:>7}{drawn - start:>9.2f}{done - drawn:>9.2f}", flush=True)


if __name__ == "__main__":
    main()
