"""A member's training as a job, and the processes that do such jobs side by side."""

from __future__ import annotations

import pickle
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from os import _exit
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from symnet import saving
from symnet.backends.numpy.threads import use_threads
from symnet.errors import ArgumentError, NumericError, TrainingError
from symnet.examples.classifier import Classifier
from symnet.options import Options, using
from symnet.train.callbacks import Callback
from symnet.train.loop import Trainer, fit
from symnet.train.progress import Bars

_EVERY = 0.2
"""Seconds between two messages about steps."""
_PATIENCE = 5.0
"""Seconds that a process has to end in, once it is told to."""
_TO_A_MODULE = "define functions and classes of your own in a module and import it, or pass processes=0"


@dataclass(frozen=True)
class Settings:
    """How every member is trained, as `fit` takes it."""

    epochs: int
    batch_size: int
    learning_rate: float
    decay: bool


@dataclass(frozen=True)
class Job:
    """All that the training of a member depends on but the data, and the file that is then written, with `record`."""

    number: int
    seed: int
    model: Classifier
    rng: np.random.Generator
    settings: Settings
    callbacks: tuple[Callback, ...]
    options: Options
    file: Path
    record: dict[str, Any]

    @property
    def title(self) -> str:
        """`member 2 (seed 1)`."""
        return f"member {self.number} (seed {self.seed})"


class Failure(NamedTuple):
    """A member that was not trained: which, in a line why, and the traceback where there is one."""

    job: Job
    why: str
    traceback: str


class Message(NamedTuple):
    """What is told of a member while it is trained; of kind `begun`, `steps`, `epoch`, `failed` or `done`."""

    kind: str
    steps: int = 0
    text: str = ""
    traceback: str = ""


class Data(NamedTuple):
    """The splits as files that processes map: x and y for training, and those for validation if there are any."""

    paths: list[Path]

    @classmethod
    def written(cls, folder: Path, arrays: Sequence[np.ndarray]) -> Data:
        """Write the arrays into a folder."""
        paths = [folder / f"{k}.npy" for k in range(len(arrays))]
        for path, array in zip(paths, arrays, strict=True):
            np.save(path, array, allow_pickle=False)
        return cls(paths)

    def arrays(self) -> list[np.ndarray]:
        """The arrays, whose pages are read when they are needed and are shared by all processes."""
        return [np.asarray(np.load(path, mmap_mode="r", allow_pickle=False)) for path in self.paths]


class _Teller(Callback):
    def __init__(self, tell: Callable[[Message], object]) -> None:
        self._tell = tell
        self._told = 0.0

    def after_step(self, trainer: Trainer, cost: float) -> None:
        now = time.monotonic()
        if now - self._told > _EVERY:
            self._told = now
            self._tell(Message("steps", trainer.history.steps))

    def after_epoch(self, trainer: Trainer) -> None:
        self._tell(Message("epoch", trainer.history.steps, str(trainer.history.epochs[-1])))


def _train(job: Job, arrays: Sequence[np.ndarray], tell: Callable[[Message], object]) -> None:
    """Train a member and write its file; what goes wrong is told, and raised only if it is an interrupt."""
    x, y, *held = arrays
    callbacks = [*job.callbacks, _Teller(tell)]
    try:
        with using(job.options):
            history = fit(
                job.model, (x, y), (held[0], held[1]) if held else None, rng=job.rng, progress=False,
                callbacks=callbacks, **asdict(job.settings),
            )  # fmt: skip
        if history.interrupted:
            raise KeyboardInterrupt
        if history.best is None:
            raise NumericError(f"it {history.ended}, before there was an epoch to keep.")
        run = {"history": history.state(), "ended": history.ended, "kept": history.kept}
        saving.write(job.file, job.model.values(), {**job.record, **run})
    except Exception as error:
        tell(_failed(error))
    else:
        tell(Message("done", history.steps, f"{history.ended}, kept {history.kept}"))


def _failed(error: Exception) -> Message:
    first = (str(error).splitlines() or [""])[0]
    return Message("failed", 0, f"{type(error).__name__}: {first}", "".join(traceback.format_exception(error)))


def one_after_the_other(jobs: Sequence[Job], arrays: Sequence[np.ndarray], bars: Bars) -> list[Failure]:
    """Do the jobs in this process; returns those that failed."""
    failures: list[Failure] = []
    for job in jobs:
        bars.begin(job.title)
        _train(job, arrays, partial(_hear, job, bars, failures))
    return failures


def _hear(job: Job, bars: Bars, failures: list[Failure], message: Message) -> None:
    if message.kind in ("done", "failed"):
        bars.end(job.title, message.text)
    else:
        bars.move(job.title, message.steps, message.text)
    if message.kind == "failed":
        failures.append(Failure(job, message.text, message.traceback))


# side by side ---------------------------------------------------------------------------------------------------------


def in_processes(jobs: Sequence[Job], data: Data, processes: int, threads: int, bars: Bars) -> list[Failure]:
    """Do the jobs in processes, so many at a time; returns those that failed. No process is left, however it ends.

    Raises: ArgumentError where a job does not pickle; TrainingError where a process ends before it begins.
    """
    waiting, failures = deque(jobs), list[Failure]()
    running: dict[Any, _Running] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                one = _Running(waiting[0], data, threads)
                running[one.connection] = one
                bars.begin(waiting.popleft().title)
            # Not for ever: on Windows no interrupt comes through meanwhile.
            for ready in wait(list(running), timeout=0.5):
                message = running[ready].message()
                _hear(running[ready].job, bars, failures, message)
                if message.kind in ("done", "failed"):
                    running.pop(ready).end()
    finally:
        for one in running.values():
            one.stop()
        for one in running.values():
            one.end()
    return failures


class _Running:
    """A process that does a job, and the connection by which it tells of it."""

    def __init__(self, job: Job, data: Data, threads: int) -> None:
        context = get_context("spawn")  # threads, BLAS's and ours, do not survive a fork
        self.job = job
        self._has_begun = False
        self._pickled = _pickled(job)
        self.connection, theirs = context.Pipe()
        # Not with the job, which is long: where the process ends before it has read all, `start` waits for ever.
        self._process = context.Process(target=_work, args=(data, threads, theirs), name=job.title, daemon=True)
        try:
            self._process.start()
        finally:
            theirs.close()  # the end of the process is the end of the connection then

    def message(self) -> Message:
        """What it tells next; that it has failed where it ended without a word.

        Raises: TrainingError where it has not even begun.
        """
        try:
            message: Message = self.connection.recv()
        except (EOFError, OSError):
            self._process.join(_PATIENCE)
            why = f"its process {_ended(self._process.exitcode)}"
            if not self._has_begun:
                raise TrainingError(
                    f"train_ensemble: {self.job.title} was not begun: {why} before it was ready.",
                    note="What the process printed tells why.",
                    fix="in a script, put what trains below `if __name__ == '__main__':`; each process imports it.",
                ) from None
            return Message("failed", 0, why)
        if not self._has_begun:
            self._has_begun = True
            with suppress(OSError):  # it has ended, as the next message will say
                self.connection.send_bytes(self._pickled)
        return message

    def stop(self) -> None:
        """Have it end at once."""
        self._process.terminate()

    def end(self) -> None:
        """See that it has ended."""
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self.connection.close()


def _pickled(job: Job) -> bytes:
    try:
        return pickle.dumps(job)
    except Exception as error:
        raise ArgumentError(
            f"train_ensemble: {job.title} cannot be sent to a process: {error}.", fix=f"{_TO_A_MODULE}."
        ) from None


def _ended(code: int | None) -> str:
    if code is None:
        return "closed its connection"
    if code >= 0:
        return f"ended with exit code {code}"
    more = ", as a system does that is out of memory" if -code == 9 else ""
    return f"was killed by signal {-code}{more}"


def _work(data: Data, threads: int, connection: Connection) -> None:
    """What a process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    connection.send(Message("begun"))
    use_threads(threads)
    try:
        job: Job = pickle.loads(connection.recv_bytes())
    except Exception as error:
        message = _failed(error)
        connection.send(message._replace(text=f"{message.text}; {_TO_A_MODULE}"))
        return
    _train(job, data.arrays(), connection.send)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        _exit(1)
