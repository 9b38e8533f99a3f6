"""CIFAR-10 from small archives made here, by way of the cache and of a server on this machine."""

import gzip
import hashlib
import io
import sys
import tarfile

import numpy as np
import pytest

from symnet.data import OBJECTS, cifar10
from symnet.data.cache import DataFile
from symnet.data.cifar10 import TEST, TRAIN, read
from symnet.data.sources import Mirror
from symnet.errors import ArgumentError, DataError

MODULE = sys.modules["symnet.data.cifar10"]
UINT8 = np.dtype("uint8")


def records(seed, count=2):
    """Labels and images of a file, and its bytes as the author's page describes them: label, red, green, blue."""
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, 10, count)
    images = draw.integers(0, 256, (count, 3, 32, 32), dtype=np.uint8)
    content = b"".join(
        bytes([label]) + b"".join(bytes(image[channel].ravel().tolist()) for channel in range(3))
        for label, image in zip(labels.tolist(), images)
    )
    return labels, images, content


def archive(contents, others=("cifar-10-batches-bin/readme.html",)):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as members:
        for name, content in [*contents.items(), *((name, b"<html>") for name in others)]:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            members.addfile(member, io.BytesIO(content))
    return stream.getvalue()


CONTENTS = {name: records(seed)[2] for seed, name in enumerate((*TRAIN, *TEST))}


def check(found):
    parts = [records(seed) for seed in range(6)]
    x, y = np.concatenate([p[1] for p in parts[:5]]), np.concatenate([p[0] for p in parts[:5]])
    np.testing.assert_array_equal(found.train.images.reshape(-1, 3, 32, 32), x[:7])
    np.testing.assert_array_equal(found.validation.images.reshape(-1, 3, 32, 32), x[7:])
    np.testing.assert_array_equal(np.r_[found.train.labels, found.validation.labels], y)
    np.testing.assert_array_equal(found.test.images.reshape(-1, 3, 32, 32), parts[5][1])
    np.testing.assert_array_equal(found.test.labels, parts[5][0])


def test_the_splits_of_a_small_archive():
    found = read(archive(CONTENTS), UINT8, 2, 3)
    check(found)
    assert {split.labels.dtype for split in found} == {np.dtype(np.int64)}
    for split in found:
        split.images[...] = 1  # the caller's own


def test_the_order_of_the_files_in_the_archive_does_not_matter():
    check(read(archive(dict(reversed(CONTENTS.items()))), UINT8, 2, 3))


def test_floats_are_the_pixels_over_256():
    found = read(archive(CONTENTS), np.dtype("float32"), 2, 3).test.images
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found * 256, records(5)[1].reshape(2, -1))


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A small archive in the place of the real one, an empty cache and no mirrors."""
    content = archive(CONTENTS)
    monkeypatch.setenv("SYMNET_DATA", str(tmp_path))
    described = DataFile("cifar-10-binary.tar.gz", len(content), hashlib.sha256(content).hexdigest())
    for name, value in {"ARCHIVE": described, "MIRRORS": (), "RECORDS": 2, "VALIDATION": 3}.items():
        monkeypatch.setattr(MODULE, name, value)
    return content


def test_a_mirror_is_asked_once(small, monkeypatch, serve):
    server = serve({"/cifar-10-binary.tar.gz": small})
    monkeypatch.setattr(MODULE, "MIRRORS", (Mirror(server.url, gzipped=False),))
    check(cifar10("uint8", progress=False))
    check(cifar10("uint8"))
    assert server.asked == ["/cifar-10-binary.tar.gz"]


def test_an_archive_placed_by_hand(small, tmp_path):
    (tmp_path / "cifar-10").mkdir()
    (tmp_path / "cifar-10" / "cifar-10-binary.tar.gz").write_bytes(small)
    check(cifar10("uint8"))


@pytest.mark.parametrize("tampered", [
    lambda c: c[:-20], lambda c: c[:99] + bytes([c[99] ^ 1]) + c[100:], lambda c: c + b"!",
])  # fmt: skip
def test_a_damaged_archive_is_deleted(small, tmp_path, tampered):
    (tmp_path / "cifar-10").mkdir()
    placed = tmp_path / "cifar-10" / "cifar-10-binary.tar.gz"
    placed.write_bytes(tampered(small))
    with pytest.raises(DataError, match=r"cached cifar-10-binary.tar.gz has [\d,]+ bytes of [\d,]+, sha256"):
        cifar10()
    assert not placed.exists()


def test_where_there_is_none_the_error_says_what_to_do(small, tmp_path):
    with pytest.raises(DataError, match=r"cannot get cifar-10-binary.tar.gz(.|\n)*fix: put cifar-10-binary.tar.gz"):
        cifar10()


@pytest.mark.parametrize(("content", "message"), [
    (b"no archive at all", "is not an intact archive"),
    (archive(CONTENTS)[:400], "is not an intact archive"),
    (gzip.compress(b"x" * 2000), "is not an intact archive"),
    (archive({name: c for name, c in CONTENTS.items() if name != TRAIN[2]}), "holds no .*data_batch_3.bin"),
    (archive(CONTENTS | {TEST[0]: CONTENTS[TEST[0]][:-1]}), "holds 6,145 bytes of .*test_batch.bin, expected 6,146"),
    (archive(CONTENTS | {TEST[0]: CONTENTS[TEST[0]] + b"!"}), "holds 6,147 bytes of .*test_batch.bin, expected 6,146"),
    (archive(CONTENTS | {TEST[0]: b"\x0a" + CONTENTS[TEST[0]][1:]}), "image 0 .* has the label 10, expected 0 to 9"),
], ids=range(7))  # fmt: skip
def test_an_archive_of_another_form_is_refused(content, message):
    with pytest.raises(DataError, match=message):
        read(content, UINT8, 2, 3)


def test_another_dtype_is_refused():
    with pytest.raises(ArgumentError, match="cifar10: dtype is float64"):
        cifar10("float64")


def test_there_are_ten_classes():
    assert len(OBJECTS) == 10 and OBJECTS[6] == "frog"
