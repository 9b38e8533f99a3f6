"""The user cache directory: files that are verified when read, and written whole or not at all."""

import contextlib
import hashlib
import os
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from symnet.errors import DataError


class DataFile(NamedTuple):
    """A file that is known in advance: its name, its size in bytes, and its sha256 in hexadecimal."""

    name: str
    size: int
    sha256: str

    def verify(self, content: bytes) -> None:
        """Raise `DataError` with both sizes or both checksums unless `content` is this file."""
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise DataError(
                f"{self.name} has {len(content):,} bytes of {self.size:,}, "
                f"sha256 {found}, expected {self.sha256}"
            )


class Source(Protocol):
    """A place that data files can be fetched from; `name` is what errors call it."""

    @property
    def name(self) -> str: ...

    def fetch(self, files: Sequence[DataFile], *, progress: bool) -> Iterator[tuple[DataFile, bytes]]:
        """Yield the files one by one as they arrive; raise `OSError` (such as `DataError`) where not."""


def cache_directory(
    environ: Mapping[str, str] = os.environ, platform: str = sys.platform, home: Path | None = None
) -> Path:
    """Return the directory that symnet keeps data sets in: `SYMNET_DATA`, or else the platform's user cache.

    That is `$XDG_CACHE_HOME/symnet` or `~/.cache/symnet`, `~/Library/Caches/symnet` on macOS, and
    `%LOCALAPPDATA%/symnet` on Windows. The directory need not exist.
    """
    if chosen := environ.get("SYMNET_DATA"):
        return Path(chosen).expanduser()
    if platform == "darwin":
        return (home or _home()) / "Library" / "Caches" / "symnet"
    base = environ.get("LOCALAPPDATA" if platform == "win32" else "XDG_CACHE_HOME", "")
    # The XDG convention asks for relative paths to be ignored.
    if base and (platform == "win32" or base.startswith("/")):
        return Path(base) / "symnet"
    return (home or _home()) / ("AppData/Local" if platform == "win32" else ".cache") / "symnet"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        # A container may run under a user who has neither HOME nor an entry in the password file.
        fix = "set the environment variable SYMNET_DATA to a directory that can be written."
        raise DataError("there is no home directory to keep data in.", fix=fix) from error


def obtain(
    directory: Path,
    files: Sequence[DataFile],
    sources: Sequence[Source],
    *,
    progress: bool = True,
    fix: str | None = None,
) -> dict[str, bytes]:
    """Return the content of each of `files` by name, from `directory` or the first source that has it.

    Whatever is returned has been verified, and lies in `directory` from then on. A file there that fails the
    check is deleted and fetched again. Each source is tried once, in order; when none is left, one
    `DataError` says what was wrong with each and ends with `fix`: how to place the files by hand.
    """
    contents: dict[str, bytes] = {}
    damaged: dict[Path, str] = {}
    for file in files:
        try:
            content = _read(directory / file.name, file.size)
            if content is not None:
                file.verify(content)
                contents[file.name] = content
        except DataError as error:
            damaged[directory / file.name] = error.what
    if len(contents) == len(files):
        return contents

    _prepare(directory, damaged)
    failures = [f"cached {reason}; deleted" for reason in damaged.values()][:2]
    for source in sources:
        missing = [file for file in files if file.name not in contents]
        if not missing:
            break
        reason = _receive(source, missing, directory, contents, progress)
        if reason is not None:
            failures.append(f"{source.name}: {reason}")
    missing = [file for file in files if file.name not in contents]
    if missing:
        names = ", ".join(file.name for file in missing)
        what = f"cannot get {names}: {len(sources)} sources tried, {directory} does not have it either."
        raise DataError("\n  ".join([what, *failures]), fix=fix)
    return contents


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that every reader, at any time, finds the old file or the new one, whole.

    Raises `DataError`, naming the directory and `SYMNET_DATA`, where that cannot be written.
    """
    # Opened by name rather than by `tempfile`, whose files only their owner may read: a cache may be shared.
    part = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, path)
    except OSError as error:
        raise _unwritable(path.parent, error) from error
    finally:
        # After a success there is nothing of that name; after an error or an interrupt there is half a file.
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _read(path: Path, size: int) -> bytes | None:
    try:
        with path.open("rb") as stream:
            # One byte more than wanted shows that a file is too long, however long it is.
            return stream.read(size + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error


def _prepare(directory: Path, damaged: Mapping[Path, str]) -> None:
    """Make the directory and find out that it can be written before a download, not after it."""
    probe = directory / f".probe.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
        for path in damaged:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(directory, error) from error


def _unwritable(directory: Path, error: OSError) -> DataError:
    return DataError(
        f"the data directory {directory} cannot be written: {error.strerror or error}.",
        fix="set the environment variable SYMNET_DATA to a directory that can be written.",
    )


def _receive(
    source: Source, missing: Sequence[DataFile], directory: Path, contents: dict[str, bytes], progress: bool
) -> str | None:
    """Move what `source` has to `directory` and `contents`; return why that ended early, or None."""
    wanted = {file.name for file in missing}
    arrivals = source.fetch(missing, progress=progress)
    while wanted:
        try:
            file, content = next(arrivals)
            file.verify(content)
        except StopIteration:
            return f"does not have {', '.join(sorted(wanted))}"
        except OSError as error:
            return " ".join(str(error).split())
        # Outside the `try`: a directory that cannot be written is no fault of the source.
        write_atomically(directory / file.name, content)
        contents[file.name] = content
        wanted.discard(file.name)
    return None
