"""Threads: how many there are to use, threads of our own, and BLAS held to one thread while they run."""

from __future__ import annotations

import contextvars
import ctypes
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np

_WORDS = ("scipy_openblas_{}_num_threads64_", "scipy_openblas_{}_num_threads", "openblas_{}_num_threads64_",
          "openblas_{}_num_threads")  # fmt: skip


class _Blas:
    """The thread count of the BLAS that NumPy uses, where that is OpenBLAS; otherwise unknown."""

    def __init__(self) -> None:
        # The symbols of a library are found through any library that was linked against it.
        library = ctypes.CDLL(np._core._multiarray_umath.__file__)  # type: ignore[attr-defined]
        self._get, self._set = (
            next((getattr(library, w.format(verb)) for w in _WORDS if hasattr(library, w.format(verb))), None)
            for verb in ("get", "set")
        )
        self._lock = threading.Lock()
        self._users = 0
        self._before = 1

    @property
    def threads(self) -> int | None:
        """How many threads it uses now."""
        return int(self._get()) if self._get is not None else None

    @contextmanager
    def one_thread(self) -> Iterator[None]:
        """Hold it to one thread; the last to leave restores the count."""
        if self._get is None or self._set is None:
            yield
            return
        with self._lock:
            if self._users == 0:
                self._before = int(self._get())
                self._set(1)
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    self._set(self._before)


_blas = _Blas()
one_thread_in_blas = _blas.one_thread


def threads() -> int:
    """How many threads a plan may use: those BLAS would, or 1 where it cannot be held to one beside others."""
    return min(_blas.threads or 1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1 << 30)


class _Crew:
    """Threads that wait for work, started when they are first needed, and anew after a fork."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.__init__)  # type: ignore[misc]

    def submit(self, work: Callable[..., None], *arguments: Any) -> Future[None]:
        """Start the work, under the caller's NumPy error settings."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(max(1, threads() - 1), "symnet")
        return self._pool.submit(contextvars.copy_context().run, work, *arguments)


_crew = _Crew()
run_beside = _crew.submit
