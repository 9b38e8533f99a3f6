"""Threads: how many there are to use, threads of our own, and BLAS held to one thread while they run."""

from __future__ import annotations

import contextvars
import os
import threading
from _thread import start_new_thread
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from operator import call
from queue import SimpleQueue
from typing import Any, TypeVar

from symnet.backends.numpy.blas import openblas
from symnet.errors import OutOfMemoryError

T = TypeVar("T")


class _Blas:
    """The thread count of the BLAS that NumPy uses, where that is OpenBLAS; otherwise unknown."""

    def __init__(self) -> None:
        self._get, self._set = openblas.get_threads, openblas.set_threads
        self._lock = threading.Lock()
        self._holders: set[object] = set()
        self._before = 1

    @property
    def threads(self) -> int | None:
        """How many threads it uses now."""
        return int(self._get()) if self._get is not None else None

    def use(self, count: int) -> None:
        """Have it use so many from now on, unless it is held."""
        if self._set is not None:
            with self._lock:
                self._before = count
                if not self._holders:
                    self._set(count)

    def hold(self, holder: object) -> None:
        """Have it use one thread until the last holder releases it."""
        if self._get is None or self._set is None:
            return
        with self._lock:
            if not self._holders:
                self._before = int(self._get())
            self._holders.add(holder)
            self._set(1)

    def release(self, holder: object) -> None:
        """Give the count back with the last holder; again, it does nothing."""
        if self._set is not None and holder in self._holders:
            with self._lock:
                if len(self._holders) == 1:
                    self._set(self._before)
                self._holders.discard(holder)  # last: until then it can be released again


_blas = _Blas()


def with_one_blas_thread(work: Callable[..., T], *arguments: Any) -> T:
    """What `work` returns, done while BLAS has one thread; the last that is done with such work restores the count.

    A thread that BLAS is done with spins for some 20 ms before it sleeps, and takes a core from others meanwhile: where
    threads of our own share work, BLAS must have no others from the beginning of a step to its end.
    """
    holder = object()
    try:
        try:
            _blas.hold(holder)
            return work(*arguments)
        finally:
            _blas.release(holder)
    finally:  # in case an interrupt fell into the line above
        _blas.release(holder)


def thread_count() -> int:
    """How many threads a plan may use: those BLAS would, or 1 where it cannot be held to one beside others."""
    return min(_blas.threads or 1, core_count())


def use_threads(count: int) -> None:
    """Have BLAS, and plans made from now on, use so many threads; a BLAS other than OpenBLAS keeps its own count."""
    _blas.use(count)


def core_count() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Crew:
    """Threads that wait for work, started when they are first needed, and anew after a fork.

    Queue and locks are those written in C: an interrupt leaves none of them half taken.
    """

    def __init__(self) -> None:
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._count = 0

    def submit(self, work: Callable[[], None]) -> None:
        """Have a thread do it when one is free, under the caller's NumPy error settings.

        Raises: OutOfMemoryError where no thread can be started at all.
        """
        while self._count < max(2, thread_count()):
            try:
                start_new_thread(_serve, (self._work,))
            except RuntimeError:
                if not self._count:
                    raise OutOfMemoryError(
                        "no thread could be started: the system gives no memory for one, or no more threads.",
                        fix="end other work, or raise the limits; nothing was computed or changed.",
                    ) from None
                break
            self._count += 1
        self._work.put(partial(contextvars.copy_context().run, work))


def _serve(work: SimpleQueue[Callable[[], None]]) -> None:
    while True:
        work.get()()


_crew = _Crew()


class Job:
    """Work that either a thread of the crew does, or whoever takes it back before that."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._owner: dict[str, str] = {}
        self._running = threading.Lock()
        self._running.acquire()
        self._error: BaseException | None = None

    def start(self) -> None:
        """Offer it to the crew."""
        _crew.submit(self._run)

    def take_back(self) -> bool:
        """Whether no thread had begun it; none will then."""
        return self._owner.setdefault("is", "caller") == "caller"

    def _run(self) -> None:
        if self._owner.setdefault("is", "crew") == "crew":
            try:
                self._work()
            except BaseException as error:
                self._error = error
            finally:
                self._running.release()

    def wait(self) -> None:
        """Wait until the crew has done it.

        Raises: what the work raised.
        """
        # A loop in C: no interrupt falls between taking the lock and giving it back.
        come_and_go: list[Callable[[], object]] = [self._running.acquire, self._running.release]
        deque(map(call, come_and_go), maxlen=0)
        if self._error is not None:
            raise self._error


@contextmanager
def over(jobs: Sequence[Job]) -> Iterator[None]:
    """When the block is left, however that happens, no job runs any more: an interrupt comes through only then."""
    try:
        try:
            yield
        finally:
            _end(jobs)
    finally:  # in case the interrupt fell into the line above
        _end(jobs)


def _end(jobs: Sequence[Job]) -> None:
    for job in jobs:
        if not job.take_back():
            job.wait()


def share(pieces: Sequence[tuple[Any, ...]], *workers: Callable[..., None]) -> None:
    """Run every piece: each worker takes an equal part of them, in order, the first in this thread.

    Always the same worker takes the same pieces, so that sums do not depend on which thread was quicker. What a
    worker raises is raised here, once none of them runs any more.
    """
    count = -(-len(pieces) // len(workers))
    parts = [partial(_run, worker, pieces[k * count : (k + 1) * count]) for k, worker in enumerate(workers)]
    jobs = [Job(part) for part in parts[1:]]
    with over(jobs):
        for job in jobs:
            job.start()
        parts[0]()
        for job, part in zip(jobs, parts[1:], strict=True):
            if job.take_back():  # every thread is busy elsewhere
                part()
            else:
                job.wait()


def _run(worker: Callable[..., None], pieces: Sequence[tuple[Any, ...]]) -> None:
    for piece in pieces:
        worker(*piece)


def apart(work: Callable[[], object]) -> None:
    """Do it in another thread, where no signal is handled: an interrupt comes before it begins, or once it is done."""
    job = Job(work)
    with over([job]):
        job.start()
        job.wait()
