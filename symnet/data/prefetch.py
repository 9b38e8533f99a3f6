"""Making the next minibatches in a thread while the present one is trained on."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, TypeVar

from symnet.origin import here, made_for

T = TypeVar("T")
_END = object()
_SECONDS_TO_STOP = 2.0


def ahead(made: Generator[T, None, None], count: int) -> Generator[T, None, None]:
    """Yield what `made` yields, with up to `count` items made in advance by a thread.

    An exception in `made` is raised here, after the items before it. The thread ends with the last item, an exception
    on either side, an interrupt, or the end of this iterator; one that is stuck inside `made` is not waited for long.
    """
    # Queues written in C: an interrupt cannot come between taking a lock and noting that it is taken.
    permits: SimpleQueue[bool] = SimpleQueue()
    ready: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
    stopped = threading.Event()

    loop = here()

    def work() -> None:
        try:
            with closing(made), made_for(loop):
                while permits.get() and not stopped.is_set():
                    item = next(made, _END)
                    ready.put((item, None))
                    if item is _END:
                        return
        except BaseException as error:
            ready.put((_END, error))

    # In the caller's context: what `np.errstate` says there holds in the thread, too.
    thread = threading.Thread(target=copy_context().run, args=(work,), daemon=True, name="symnet-prefetch")
    try:
        thread.start()
        for _ in range(count):
            permits.put(True)
        while True:
            item, error = ready.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
            permits.put(True)
    finally:
        stopped.set()
        permits.put(False)
        if thread.ident is not None:
            thread.join(_SECONDS_TO_STOP)
