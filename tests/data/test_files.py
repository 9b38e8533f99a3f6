"""Files of one's own: IDX, `.npz` and folders of pictures; intact, damaged, and of another kind."""

import gzip
import struct
import sys
import zlib

import numpy as np
import pytest

from symnet.data import image_folder, load_idx, load_npz
from symnet.data.idx import encode_idx
from symnet.errors import ArgumentError, DataError, MissingExtraError

ARRAY = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)


@pytest.mark.parametrize("name", ["images", "images.gz"])
def test_an_idx_file(tmp_path, name):
    path = tmp_path / name
    content = struct.pack(">BBBB3I12B", 0, 0, 8, 3, 3, 2, 2, *range(12))
    path.write_bytes(gzip.compress(content, mtime=0) if name.endswith("gz") else content)
    np.testing.assert_array_equal(load_idx(path), ARRAY)
    np.testing.assert_array_equal(load_idx(str(path)), ARRAY)


@pytest.mark.parametrize(("name", "content", "message"), [
    ("a", encode_idx(ARRAY)[:-1], "a has 27 bytes, but its IDX shape .3, 2, 2. asks for 28"),
    ("a", b"", "a is not IDX"),
    ("a.gz", encode_idx(ARRAY), "cannot read .*a.gz: Not a gzipped file"),
    ("a.gz", gzip.compress(encode_idx(ARRAY), mtime=0)[:-9], "cannot read .*a.gz: Compressed file ended"),
    ("a.gz", gzip.compress(encode_idx(ARRAY), mtime=0)[:-8] + bytes(8), "cannot read .*a.gz: CRC check failed"),
    (None, None, "cannot read .*: Is a directory"),
    ("a/b", None, "cannot read .*: No such file"),
])  # fmt: skip
def test_an_idx_file_that_is_none(tmp_path, name, content, message):
    path = tmp_path / name if name else tmp_path
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_idx(path)


def test_an_npz_file(tmp_path):
    x, y = np.linspace(0, 1, 6, dtype=np.float32).reshape(3, 2), np.array([2, 0, 1])
    np.savez(tmp_path / "a.npz", x=x, y=y)
    np.savez_compressed(tmp_path / "b.npz", pictures=x, names=y, more=x)
    for found in (load_npz(tmp_path / "a.npz"), load_npz(tmp_path / "b.npz", "pictures", "names")):
        np.testing.assert_array_equal(found.images, x)
        np.testing.assert_array_equal(found.labels, y)
        assert found.images.dtype == np.float32


def test_an_npz_file_without_these_names(tmp_path):
    np.savez(tmp_path / "a.npz", images=ARRAY, y=np.arange(3))
    with pytest.raises(DataError, match=r"a.npz holds no x; it holds images, y.(.|\n)*fix: give the names"):
        load_npz(tmp_path / "a.npz")


@pytest.mark.parametrize(("x", "y", "message"), [
    (ARRAY, np.arange(2), "holds 3 x but 2 y"),
    (ARRAY, np.array(1), "holds 3 x but no y"),
    (np.array(1), np.array(1), "holds no x but no y"),
    (ARRAY, np.array([1, "b", None], object), "cannot read .*Object arrays cannot be loaded"),
])  # fmt: skip
def test_an_npz_file_of_other_arrays(tmp_path, x, y, message):
    np.savez(tmp_path / "a.npz", x=x, y=y)
    with pytest.raises(DataError, match=message):
        load_npz(tmp_path / "a.npz")


def test_an_npz_file_that_is_none(tmp_path):
    path = tmp_path / "a.npz"
    with pytest.raises(DataError, match="cannot read .*a.npz: No such file"):
        load_npz(path)
    np.savez(path, x=np.zeros((3, 400)), y=np.arange(3))
    intact = path.read_bytes()
    for damaged in (b"", b"text", intact[:-30], intact[:200] + b"\1" + intact[201:]):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match="cannot read .*a.npz"):
            load_npz(path)
    with path.open("wb") as stream:
        np.save(stream, ARRAY)
    with pytest.raises(DataError, match="a.npz is no .npz file: it holds one array"):
        load_npz(path)


def png(pixels):
    """A PNG file by its standard: signature, IHDR, rows without filter in IDAT, IEND."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    h, w, channels = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", w, h, 8, {1: 0, 3: 2}[channels], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


COLOURS = np.random.default_rng(0).integers(0, 256, (4, 2, 3, 3), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Two classes of two pictures of 2 by 3, with other things between them."""
    for name, pixels in zip(["dogs/1.png", "dogs/2.PNG", "cats/b.png", "cats/a.png"], COLOURS):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(png(pixels))
    (tmp_path / "cats" / "notes.txt").write_text("no picture")
    (tmp_path / "cats" / ".b.png").write_text("no picture")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "readme").write_text("no class")
    return tmp_path


def test_a_folder_of_pictures(folder):
    (images, labels), classes = image_folder(folder)
    assert classes == ["cats", "dogs"] and labels.tolist() == [0, 0, 1, 1]
    assert images.dtype == np.uint8 and labels.dtype == np.int64
    np.testing.assert_array_equal(images.reshape(4, 3, 2, 3), COLOURS[[3, 2, 0, 1]].transpose(0, 3, 1, 2))


def test_grey_pictures(tmp_path):
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3, 1) * 40
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").write_bytes(png(grey))
    np.testing.assert_array_equal(image_folder(tmp_path, channels=1)[0].images, grey.reshape(1, 6))
    np.testing.assert_array_equal(image_folder(tmp_path)[0].images, np.tile(grey.ravel(), 3)[None])


def test_pictures_of_several_sizes_are_scaled(folder):
    (folder / "dogs" / "3.png").write_bytes(png(np.full((8, 8, 3), 77, np.uint8)))
    with pytest.raises(DataError, match=r"differ in size: 8 x 8 in 3.png but 2 x 3 in a.png(.|\n)*give shape="):
        image_folder(folder)
    (images, labels), _ = image_folder(folder, shape=(5, 4))
    assert images.shape == (5, 60) and labels.tolist() == [0, 0, 1, 1, 1]
    assert (images[4] == 77).all()


def test_a_jpeg(tmp_path):
    image = pytest.importorskip("PIL.Image")
    (tmp_path / "a").mkdir()
    image.new("RGB", (4, 6), (200, 100, 50)).save(tmp_path / "a" / "1.jpeg")
    pixels = image_folder(tmp_path)[0].images.reshape(3, 6, 4)
    assert abs(pixels.astype(int) - np.reshape([200, 100, 50], (3, 1, 1))).max() <= 2


@pytest.mark.parametrize("content", [b"", b"text", png(COLOURS[0])[:60], b"GIF89a" + bytes(20)])
def test_a_damaged_picture_is_named(folder, content):
    (folder / "dogs" / "1.png").write_bytes(content)
    with pytest.raises(DataError, match=r"cannot read .*dogs.1\.png: \w+"):
        image_folder(folder)


def test_folders_without_pictures(tmp_path):
    with pytest.raises(DataError, match="cannot read .*nowhere: No such file"):
        image_folder(tmp_path / "nowhere")
    with pytest.raises(DataError, match="holds no folders"):
        image_folder(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty holds no pictures, expected \.png"):
        image_folder(tmp_path)
    with pytest.raises(ArgumentError, match="channels is 4, expected 1"):
        image_folder(tmp_path, channels=4)


def test_without_pillow_the_extra_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtraError, match=r"needs Pillow, which the \[data\] extra brings(.|\n)*symnet\[data\]"):
        image_folder(folder)
