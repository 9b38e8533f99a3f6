"""Competitors side by side: each lives in a process of its own, all at once, and they take turns round by round.

Thread pools of one process disturb each other, since threads that wait for work spin for a while. So before each turn
there is a pause in which the others' threads go to sleep, and each turn begins with steps that are not counted.
"""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

import limits
import numpy as np
from peers import PEERS, environment
from workloads import WORKLOADS, Workload

PAUSE = 0.05  # seconds: longer than OpenBLAS, OpenMP and Eigen spin
WARM = 0.01  # seconds of steps that are not counted, at least one
PATIENCE = 1800.0  # seconds for one answer: PyTensor's compiler takes minutes for a convolution
TOLERANCE = 1e-4  # of a result's largest magnitude
DRAWS = 32  # steps with random draws, of which the mean cost is compared
DRAWN_TOLERANCE = 0.2

MACHINE = "machine"
BY_KEY = {workload.key: workload for workload in WORKLOADS}


class Failed(Exception):
    """A competitor could not do what it was asked; the text is one line."""


class Mismatch(Exception):
    """Two competitors computed different things."""


# In the child ------------------------------------------------------------------------------------------------------


def build(peer: Any, workload: Workload) -> tuple[Callable[[], Any], list[list[np.ndarray]], float]:
    """The peer's step; the results of its first steps without random draws; and the mean cost with them."""
    plain = replace(workload, random=False)
    step = _step(peer, plain)
    count = 3 if workload.task in ("train", "untuned", "adam") else 1
    results = [[np.array(r) for r in step()] for _ in range(count)]
    if not workload.random:
        return step, results, 0.0
    step = _step(peer, workload)
    return step, results, statistics.fmean(float(np.asarray(step()[0])) for _ in range(DRAWS))


def _step(peer: Any, workload: Workload) -> Callable[[], Any]:
    data = workload.data(np.random.default_rng(0))
    if "rate" in data and not workload.random:
        data["rate"] = 0.0
    return getattr(peer, workload.task)(**data)


def turn(step: Callable[[], Any], seconds: float) -> float:
    """The mean time of steps that together last about `seconds`, after some that are not counted."""
    start = time.perf_counter()
    warm = 0
    while not warm or time.perf_counter() - start < WARM:
        step()
        warm += 1
    each = (time.perf_counter() - start) / warm
    count = max(3, math.ceil(seconds / each)) if seconds else 1
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) / count


def serve(connection: Connection, name: str, threads: int) -> None:
    """Answer the parent until it sends None: build a workload's step, or take a turn."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    step: Callable[[], Any] | None = None
    peer: Any = None
    while (request := connection.recv()) is not None:
        task, *arguments = request
        try:
            if task == "load":
                peer = None if name == MACHINE else PEERS[name].load(threads)
                answer: Any = getattr(peer, "version", "")
            elif task == "build" and name == MACHINE:
                workload = BY_KEY[arguments[0]]
                step = limits.product() if workload.flops else limits.copy(workload.traffic, threads)
                answer = None
            elif task == "build":
                step = None
                step, *answer = build(peer, BY_KEY[arguments[0]])
            else:
                assert step is not None
                answer = turn(step, *arguments)
        except Exception as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            connection.send((False, f"{type(error).__name__}: {lines[0] if lines else ''}"[:200]))
        else:
            connection.send((True, answer))


# In the parent -----------------------------------------------------------------------------------------------------


class Child:
    """A competitor's process, as the parent sees it."""

    def __init__(self, name: str, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, name, threads), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, *request: Any) -> Any:
        """The answer. Raises Failed where there is an error, or none comes."""
        try:
            self._connection.send(request)
            if not self._connection.poll(PATIENCE):
                raise Failed(f"no answer to {request[0]!r} within {PATIENCE:.0f} s")
            done, answer = self._connection.recv()
        except (EOFError, OSError):
            raise Failed(f"its process ended at {request[0]!r}") from None
        if not done:
            raise Failed(answer)
        return answer

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._connection.send(None)
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()


class Contest:
    """The competitors that could be loaded, with their versions, and why the others could not."""

    def __init__(self, names: list[str], threads: int) -> None:
        os.environ.update(environment(threads))  # inherited by the children
        self.threads = threads
        self.children: dict[str, Child] = {}
        self.versions: dict[str, str] = {}
        self.missing: dict[str, str] = {}
        for name in [MACHINE, *names]:
            child = Child(name, threads)
            try:
                self.versions[name] = child.ask("load")
                self.children[name] = child
            except Failed as reason:
                self.missing[name] = str(reason)
                child.close()

    def measure(self, workload: Workload, rounds: int, seconds: float) -> dict[str, Any]:
        """Seconds per step of each competitor, one number a round; and why any is not among them.

        Raises: Mismatch where one of them computes something else than symnet.
        """
        entrants = {n: c for n, c in self.children.items() if n == MACHINE or takes_part(n, workload)}
        failed = {n: reason for n, reason in self.missing.items() if takes_part(n, workload)}
        built: dict[str, Any] = {}
        for name, child in entrants.items():
            try:
                built[name] = child.ask("build", workload.key)
            except Failed as reason:
                failed[name] = str(reason)
        check(workload, {name: answer for name, answer in built.items() if name != MACHINE})
        times: dict[str, list[float]] = {name: [] for name in built}
        for _ in range(rounds):
            for name in built:
                time.sleep(PAUSE)
                try:
                    times[name].append(entrants[name].ask("turn", seconds))
                except Failed as reason:
                    failed[name] = str(reason)
        return {"seconds": {n: own for n, own in times.items() if n not in failed}, "failed": failed}

    def close(self) -> None:
        """End all processes."""
        for child in self.children.values():
            child.close()


def takes_part(name: str, workload: Workload) -> bool:
    """Whether the workload is another one for this competitor than for its siblings."""
    return workload.images or not PEERS[name].images_only


def check(workload: Workload, built: Mapping[str, tuple[list[list[np.ndarray]], float]]) -> None:
    """Raise Mismatch unless all computed what symnet did, and with random draws about the same on average."""
    if "symnet" not in built:
        return
    expected, mean = built["symnet"]
    for name, (results, own_mean) in built.items():
        for ours, theirs in zip((r for step in expected for r in step), (r for step in results for r in step)):
            ours, theirs = ours.astype(float), theirs.astype(float)
            if ours.shape != theirs.shape:
                raise Mismatch(f"{workload.title}: shape {ours.shape} from symnet, {theirs.shape} from {name}")
            off = np.abs(ours - theirs).max() / np.abs(ours).max()
            if not off < TOLERANCE:
                raise Mismatch(f"{workload.title}: symnet and {name} differ by {off:.1e} of the largest magnitude")
        if workload.random and not abs(own_mean - mean) < DRAWN_TOLERANCE * mean:
            raise Mismatch(f"{workload.title}: mean cost {mean:.3f} from symnet, {own_mean:.3f} from {name}")
