"""The cache directory: what is in it has been verified, and is whole at any time."""

import hashlib
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symnet.data.cache import DataFile, cache_directory, obtain, write_atomically
from symnet.errors import DataError

CONTENT = {"a": b"apple" * 100, "b": b"banana" * 50}


def described(name, content):
    return DataFile(name, len(content), hashlib.sha256(content).hexdigest())


FILES = [described(name, content) for name, content in CONTENT.items()]


class Shelf:
    """A source in memory that counts what is asked of it; an exception among its contents is raised."""

    def __init__(self, name="shelf", contents=CONTENT):
        self.name, self.contents, self.asked = name, contents, []

    def fetch(self, files, *, progress):
        for file in files:
            self.asked.append(file.name)
            if isinstance(self.contents.get(file.name), Exception):
                raise self.contents[file.name]
            if file.name in self.contents:
                yield file, self.contents[file.name]


@pytest.mark.parametrize(("environ", "platform", "expected"), [
    ({"SYMNET_DATA": "/data", "XDG_CACHE_HOME": "/xdg"}, "linux", "/data"),
    ({"SYMNET_DATA": "/data"}, "win32", "/data"),
    ({"SYMNET_DATA": ""}, "linux", "/home/me/.cache/symnet"),
    ({"XDG_CACHE_HOME": "/xdg"}, "linux", "/xdg/symnet"),
    ({"XDG_CACHE_HOME": "relative"}, "linux", "/home/me/.cache/symnet"),
    ({}, "linux", "/home/me/.cache/symnet"),
    ({"XDG_CACHE_HOME": "/xdg"}, "darwin", "/home/me/Library/Caches/symnet"),
    ({"LOCALAPPDATA": "/local", "XDG_CACHE_HOME": "/xdg"}, "win32", "/local/symnet"),
    ({}, "win32", "/home/me/AppData/Local/symnet"),
])  # fmt: skip
def test_cache_directory(environ, platform, expected):
    assert cache_directory(environ, platform, Path("/home/me")) == Path(expected)


def test_the_first_call_fetches_and_the_second_reads(tmp_path):
    shelf = Shelf()
    assert obtain(tmp_path / "new" / "folder", FILES, [shelf]) == CONTENT
    assert obtain(tmp_path / "new" / "folder", FILES, [shelf]) == CONTENT
    assert shelf.asked == ["a", "b"]
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == ["a", "b"]


def test_only_what_is_missing_is_fetched_and_sources_complete_each_other(tmp_path):
    half, broken, whole = Shelf(contents={"a": CONTENT["a"]}), Shelf(contents={"b": OSError("gone")}), Shelf()
    assert obtain(tmp_path, FILES, [half, broken, whole, Shelf()]) == CONTENT
    assert (half.asked, broken.asked, whole.asked) == (["a", "b"], ["b"], ["b"])


@pytest.mark.parametrize("damage", [
    lambda content: content[:-1],
    lambda content: content + b"x",
    lambda content: b"",
    lambda content: b"B" + content[1:],
])  # fmt: skip
def test_a_damaged_file_is_fetched_again(tmp_path, damage):
    for name, content in CONTENT.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "b").write_bytes(damage(CONTENT["b"]))
    shelf = Shelf()
    assert obtain(tmp_path, FILES, [shelf]) == CONTENT
    assert shelf.asked == ["b"]
    assert (tmp_path / "b").read_bytes() == CONTENT["b"]


def test_a_file_damaged_twice_is_an_error_with_both_checksums(tmp_path):
    (tmp_path / "a").write_bytes(b"mouldy")
    shelf = Shelf(contents={"a": b"rotten"})
    with pytest.raises(DataError) as caught:
        obtain(tmp_path, FILES[:1], [shelf])
    text = str(caught.value)
    for content in (b"mouldy", b"rotten", CONTENT["a"]):
        assert hashlib.sha256(content).hexdigest() in text
    assert "cached a has 6 bytes of 500" in text
    assert shelf.asked == ["a"], "fetched again once, not more"
    assert list(tmp_path.iterdir()) == [], "neither of the two is left"


def test_every_failing_source_is_named_in_one_error(tmp_path):
    shelves = [
        Shelf("first", {"a": OSError("no\n route")}),
        Shelf("second", {"a": DataError("503")}),
        Shelf("third", {}),
        Shelf("fourth", {"a": b"rotten"}),
    ]
    for file in FILES:
        (tmp_path / file.name).write_bytes(b"mouldy")
    with pytest.raises(DataError) as caught:
        obtain(tmp_path, FILES, shelves, fix="put a and b there")
    text = str(caught.value)
    for part in (
        "first: no route",
        "second: 503",
        "third: does not have a, b",
        "fourth: a has 6",
        str(tmp_path),
    ):
        assert part in text
    assert text.splitlines()[-1] == "  fix: put a and b there"
    assert len(text.splitlines()) <= 10


def test_a_directory_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").touch()
    shelf = Shelf()
    with pytest.raises(DataError, match=r"file/cache cannot be written: Not a directory\.(.|\n)*SYMNET_DATA"):
        obtain(tmp_path / "file" / "cache", FILES, [shelf])
    assert shelf.asked == [], "nothing is downloaded that could not be kept"


def test_a_directory_in_the_place_of_a_file_is_one_clear_error(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(DataError, match=r"cannot be written: (.|\n)*SYMNET_DATA"):
        obtain(tmp_path, FILES, [Shelf()])


def test_several_fetches_at_once(tmp_path):
    found, failed = [], []

    def fetch():
        try:
            found.append(obtain(tmp_path, FILES, [Shelf()]))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and found == [CONTENT] * 16
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def run(program, *arguments):
    return [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]


def test_a_killed_writer_leaves_the_old_file_or_the_new_one(tmp_path):
    path, size = tmp_path / "file", 1 << 22
    writer = """
        import sys
        from pathlib import Path
        from symnet.data.cache import write_atomically
        while True:
            for letter in b"ab":
                write_atomically(Path(sys.argv[1]), bytes([letter]) * int(sys.argv[2]))
    """
    for _ in range(3):
        with subprocess.Popen(run(writer, path, size)) as process:
            try:
                deadline = time.monotonic() + 30
                path.unlink(missing_ok=True)
                while not path.exists() and time.monotonic() < deadline:
                    time.sleep(0.01)
                for _ in range(20):
                    assert path.read_bytes() in (b"a" * size, b"b" * size)
            finally:
                process.kill()
        assert path.read_bytes() in (b"a" * size, b"b" * size)


def test_a_full_disk_leaves_no_half_file(tmp_path):
    pytest.importorskip("resource", reason="limits on the size of a file are POSIX")
    writer = """
        import resource, sys
        from pathlib import Path
        from symnet.data.cache import write_atomically
        from symnet.errors import DataError
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            write_atomically(Path(sys.argv[1]), bytes(5000))
        except DataError as error:
            print(error)
    """
    done = subprocess.run(run(writer, tmp_path / "file"), capture_output=True, text=True, check=True)
    assert "cannot be written: File too large" in done.stdout and "SYMNET_DATA" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_write_leaves_no_half_file(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(TypeError):
        write_atomically(tmp_path / "file", "what a stream of bytes does not take")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_corruption_raises_nothing_but_dataerror(tmp_path_factory, cached, fetched):
    folder = tmp_path_factory.mktemp("cache")
    (folder / "a").write_bytes(cached)
    with pytest.raises(DataError):
        obtain(folder, FILES[:1], [Shelf(contents={"a": fetched})])
    assert list(folder.iterdir()) == []


def test_a_user_without_a_home_is_told_of_the_variable(monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("SYMNET_DATA", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(DataError, match="no home directory to keep data in(.|\n)*SYMNET_DATA"):
        cache_directory(environ={})
