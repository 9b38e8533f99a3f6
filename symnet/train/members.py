"""The members of an ensemble, each trained from its own seed: in processes side by side, or one after the other."""

from __future__ import annotations

import copy
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing.process import current_process
from pathlib import Path

import numpy as np

from symnet import saving
from symnet.backends.numpy.threads import core_count
from symnet.errors import ArgumentError, DataError, TrainingError
from symnet.examples.classifier import Classifier, Split
from symnet.files import remove_unfinished
from symnet.ops.random.streams import seeded
from symnet.options import current
from symnet.train.callbacks import Callback
from symnet.train.ensemble import Ensemble, Make, Vote
from symnet.train.history import History
from symnet.train.loop import check
from symnet.train.processes import Data, Failure, Job, Settings, in_processes, one_after_the_other
from symnet.train.progress import Bars
from symnet.train.run_folder import RunFolder

_ELSEWHERE = "choose another folder, or remove the file."


def train_ensemble(
    make: Make,
    train: Split,
    validation: Split | None,
    *,
    seeds: Sequence[int] = range(5),
    epochs: int,
    batch_size: int,
    learning_rate: float,
    decay: bool = True,
    vote: Vote = "average",
    callbacks: Iterable[Callback] = (),
    processes: int | None = None,
    threads: int | None = None,
    folder: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> tuple[Ensemble, list[History]]:
    """Train one network for each seed, several at a time, and return their ensemble and their histories.

    The member of a seed is what this gives, bit for bit at as many threads:

        sn.seed(seed)
        rng = np.random.default_rng(seed)
        model = make(rng)
        fit(model, train, validation, rng=rng, ...)

    `processes` train at a time, by default one for each core, and `threads` is how many each of them uses, by default
    the cores divided by them. With `processes=0` the members are trained one after the other in this process, with its
    threads. A script has to stand below `if __name__ == "__main__":`, for each process imports it. The
    networks are built here and travel as graphs, so `make` may be any function, of a notebook's cell too; ops of
    one's own and callbacks travel by name and have to come from a module. Each member has its own copy of the
    callbacks. x and y of the two splits are written to a temporary file once, and all processes map it.

    With `folder` each member is kept there as soon as it is trained, in `member1.npz` and so on, and only those not
    there yet are trained. A member that fails is told of once the others are done; Ctrl-C ends all processes.

    Raises: ArgumentError, BoundsError, DataError; TrainingError with the member, its seed and its traceback, and
    where the others are kept.
    """
    _refuse(seeds, processes, threads)
    settings = Settings(int(epochs), int(batch_size), float(learning_rate), bool(decay))
    splits = {"training": train} if validation is None else {"training": train, "validation": validation}
    arrays = [np.asarray(a) for split in splits.values() for a in split]
    built = [_built(make, int(seed)) for seed in seeds]
    ensemble = Ensemble([model for model, _ in built], vote)
    _refuse_shared(ensemble.members)
    check(splits, ensemble.classes, epochs, learning_rate, batch_size)
    with _place(folder) as place:
        jobs = _jobs(built, seeds, settings, tuple(callbacks), arrays, place)
        missing = [job for job in jobs if not _is_trained(job)]
        steps = settings.epochs * -(-len(arrays[0]) // settings.batch_size)
        with Bars(steps, progress) as bars:
            failures = _done(missing, arrays, processes, threads, bars)
        if failures:
            raise _failed(failures, len(jobs), place)
        return ensemble, [_taken(job) for job in jobs]


def _jobs(
    built: Sequence[tuple[Classifier, np.random.Generator]],
    seeds: Sequence[int],
    settings: Settings,
    callbacks: tuple[Callback, ...],
    arrays: Sequence[np.ndarray],
    place: Path,
) -> list[Job]:
    record = {**asdict(settings), "floatX": current().floatX, "data": _checksum(arrays)}
    return [
        Job(
            number, int(seed), model, rng, settings, copy.deepcopy(callbacks), current(),
            place / f"member{number}.npz", {"seed": int(seed), **record},
        )
        for number, (seed, (model, rng)) in enumerate(zip(seeds, built, strict=True), 1)
    ]  # fmt: skip


def _done(
    jobs: Sequence[Job], arrays: Sequence[np.ndarray], processes: int | None, threads: int | None, bars: Bars
) -> list[Failure]:
    cores = core_count()
    processes = min(cores if processes is None else processes, len(jobs))
    if not processes:
        return one_after_the_other(jobs, arrays, bars)
    with tempfile.TemporaryDirectory(prefix="symnet-data-", ignore_cleanup_errors=True) as folder:
        data = Data.written(Path(folder), arrays)
        return in_processes(jobs, data, processes, threads or max(1, cores // processes), bars)


# before ---------------------------------------------------------------------------------------------------------------


def _refuse(seeds: Sequence[int], processes: int | None, threads: int | None) -> None:
    if getattr(current_process(), "_inheriting", False):  # as multiprocessing asks before it starts a process
        raise ArgumentError(
            "train_ensemble is called while a process imports this script.",
            fix="put what trains below `if __name__ == '__main__':`.",
        )
    if not len(seeds):
        raise ArgumentError("train_ensemble: there are no seeds.", fix="pass one for each member: seeds=range(5).")
    if len(set(seeds)) < len(seeds):
        raise ArgumentError(
            f"train_ensemble: the seeds {list(seeds)} are not all different.", fix="equal seeds give equal members."
        )
    for what, count, least in [("processes", processes, 0), ("threads", threads, 1)]:
        if count is not None and count < least:
            raise ArgumentError(f"train_ensemble: {what} is {count}.", fix=f"choose {least} or more, or None.")


def _built(make: Make, seed: int) -> tuple[Classifier, np.random.Generator]:
    with seeded(seed):
        rng = np.random.default_rng(seed)
        return make(rng), rng


def _refuse_shared(members: Sequence[Classifier]) -> None:
    """Members that share weights would train each other."""
    owners: dict[int, int] = {}
    for number, member in enumerate(members, 1):
        for name, state in member.states.items():
            owner = owners.setdefault(id(state), number)
            if owner != number:
                raise ArgumentError(
                    f"train_ensemble: members {owner} and {number} have {name} in common.",
                    fix="build the layers inside `make`, so that each call gives new ones.",
                )


@contextmanager
def _place(folder: str | os.PathLike[str] | None) -> Iterator[Path]:
    """The folder for members; one of its own is removed, unless members are in it and others failed."""
    if folder is not None:
        yield RunFolder(folder).path
        return
    place, keep = Path(tempfile.mkdtemp(prefix="symnet-ensemble-")), False
    try:
        yield place
    except TrainingError:
        keep = any(place.iterdir())
        raise
    finally:
        if not keep:
            shutil.rmtree(place, ignore_errors=True)


def _checksum(arrays: Sequence[np.ndarray]) -> int:
    crc = 0
    for a in arrays:
        crc = zlib.crc32(f"{a.dtype} {a.shape}".encode(), crc)
        crc = zlib.crc32(np.ascontiguousarray(a).data, crc)
    return crc


# after ----------------------------------------------------------------------------------------------------------------


def _is_trained(job: Job) -> bool:
    """Whether its file is there.

    Raises: ArgumentError where it is of another run; DataError where it is damaged.
    """
    remove_unfinished(job.file)
    if not job.file.exists():
        return False
    arrays, extra = saving.read(job.file)
    if not isinstance(extra, dict) or "history" not in extra:
        raise DataError(f"train_ensemble: {job.file} holds no member.", fix=_ELSEWHERE)
    differs = [
        f"{what} was {extra.get(what)!r}, here {mine!r}" for what, mine in job.record.items() if extra.get(what) != mine
    ]
    if differs:
        raise ArgumentError(
            f"train_ensemble: {job.file} was trained otherwise.", note="\n".join(differs), fix=_ELSEWHERE
        )
    saving.compare(job.model.kept, arrays, f"train_ensemble: {job.file}")
    return True


def _taken(job: Job) -> History:
    """Give a member the weights in its file; returns its history."""
    arrays, extra = saving.read(job.file)
    saving.compare(job.model.kept, arrays, f"train_ensemble: {job.file}")
    saving.assign(job.model.kept, arrays)
    history = History.of(extra["history"])
    history.ended, history.kept = extra["ended"], extra["kept"]
    return history


class _InProcess(Exception):
    """The traceback of a member, as the cause of the error that tells of it."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def _failed(failures: Sequence[Failure], count: int, place: Path) -> TrainingError:
    first, *others = failures
    done = count - len(failures)
    kept = f"{done} of {count} members are kept; pass folder={str(place)!r} to train only the missing."
    error = TrainingError(
        f"train_ensemble: {first.job.title} failed: {first.why}",
        note="\n".join(f"so did {other.job.title}: {other.why}" for other in others) or None,
        fix=kept if done else None,
    )
    error.__cause__ = _InProcess(first.traceback) if first.traceback else None
    return error


__all__ = ["train_ensemble"]
