"""Seconds to compile networks of many layers with their gradients, by pass: linear, if the ratios stay near 2."""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Sequence

import numpy as np
from machine import machine

import symnet as sn

BATCH, WIDTH, RATE = 5, 10, 0.1
Times = dict[str, float]


def weights(layers: int) -> list[np.ndarray]:
    """Weights and biases of tanh layers, in turn."""
    return [a for _ in range(layers) for a in (np.eye(WIDTH, dtype=np.float32), np.zeros(WIDTH, np.float32))]


def symnet(layers: int) -> Times:
    """The seconds of each pass, from the cost to a step that is ready to run; then of the first step."""
    x = h = sn.matrix("x", shape=("batch", WIDTH))
    params = [sn.shared(a, f"{'wb'[k % 2]}{k // 2}") for k, a in enumerate(weights(layers))]
    for w, b in zip(params[::2], params[1::2], strict=True):
        h = sn.tanh(sn.dot(h, w) + b)
    cost = sn.square(h).mean()
    gc.collect()
    start = time.perf_counter()
    updates = sn.optim.sgd(cost, params, RATE)
    differentiated = time.perf_counter()
    f = sn.function([x], cost, updates=updates)
    f.prepare(x=(BATCH, WIDTH))
    ready = time.perf_counter()
    f(np.ones((BATCH, WIDTH), np.float32))
    first = time.perf_counter() - ready
    times = {"gradients": differentiated - start, **f.report().passes}
    return {**times, "other": ready - start - sum(times.values()), "all": ready - start, "first step": first}


def jax(layers: int) -> float:
    """The same step by `jax.jit`: traced, lowered, compiled."""
    import jax
    import jax.numpy as jnp

    def cost_of(params: Sequence[jax.Array], x: jax.Array) -> jax.Array:
        for w, b in zip(params[::2], params[1::2], strict=True):
            x = jnp.tanh(x @ w + b)
        return jnp.square(x).mean()

    def step(params: Sequence[jax.Array], x: jax.Array) -> tuple[Sequence[jax.Array], jax.Array]:
        cost, gradients = jax.value_and_grad(cost_of)(params, x)
        return [w - RATE * g for w, g in zip(params, gradients, strict=True)], cost

    params, x = [jnp.asarray(a) for a in weights(layers)], jnp.ones((BATCH, WIDTH))
    start = time.perf_counter()
    jax.jit(step).lower(params, x).compile()
    return time.perf_counter() - start


def pytensor(layers: int) -> float:
    """The same step by `pytensor.function` in its default mode."""
    import pytensor
    import pytensor.tensor as pt

    x = h = pt.fmatrix("x")
    params = [pytensor.shared(a) for a in weights(layers)]
    for w, b in zip(params[::2], params[1::2], strict=True):
        h = pt.tanh(pt.dot(h, w) + b)
    cost = pt.sqr(h).mean()
    start = time.perf_counter()
    gradients = pytensor.grad(cost, params)
    updates = [(w, w - np.float32(RATE) * g) for w, g in zip(params, gradients, strict=True)]
    pytensor.function([x], cost, updates=updates)
    return time.perf_counter() - start


PEERS: dict[str, Callable[[int], float]] = {"jax": jax, "pytensor": pytensor}


def line(name: str, depths: Sequence[int], seconds: Sequence[float], ratios: bool) -> str:
    """Seconds for each depth, and beside them by how much they grew since the depth before."""
    words = []
    for k, s in enumerate(seconds):
        grew = f"x{s / seconds[k - 1]:.2f}" if ratios and k and depths[k] == 2 * depths[k - 1] else ""
        words.append(f"{s:>10.3f}{grew:>7}")
    return f"{name:<16}{''.join(words)}"


def main() -> None:
    """Read the depths and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("layers", type=int, nargs="*", default=[250, 500, 1000, 2000], help="(250 500 1000 2000)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the quickest is shown (3)")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=[], help="compile the same step with these, once")
    options = parser.parse_args()
    depths: list[int] = options.layers
    print(machine())
    print(f"{'layers':<16}{''.join(f'{n:>10}       ' for n in depths)}")
    symnet(depths[0])  # not counted: imports
    best = [min((symnet(n) for _ in range(options.rounds)), key=lambda times: times["all"]) for n in depths]
    for name in best[0]:
        seconds = [times.get(name, 0.0) for times in best]
        print(line(name, depths, seconds, ratios=name == "all"))
    for name in options.peers:
        try:
            PEERS[name](2)  # not counted: imports
            print(line(name, depths, [PEERS[name](n) for n in depths], ratios=True), flush=True)
        except Exception as error:  # whatever stops a peer is told, and the next one has its turn
            print(f"{name:<16}{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
