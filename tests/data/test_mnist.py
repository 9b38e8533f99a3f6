"""MNIST in the book's split: small made-up data through every source, and then the real thing."""

import gzip
import hashlib
import pickle

import numpy as np
import pytest

from symnet.data import Dataset, cache_directory, mnist
from symnet.data.cache import DataFile, obtain
from symnet.data.idx import encode_idx
from symnet.data.mnist import FILES as OFFICIAL
from symnet.data.mnist import BookFile, placed_by_hand, split
from symnet.data.sources import Folder
from symnet.errors import ArgumentError, DataError

FLOAT32, UINT8 = np.dtype("float32"), np.dtype("uint8")


def small(seed=0, train=12, test=3, side=4):
    """Images and labels to train, images and labels to test, like those of MNIST but small."""
    draw = np.random.default_rng(seed)
    return [
        draw.integers(0, top, shape, dtype=np.uint8)
        for count in (train, test)
        for top, shape in [(256, (count, side, side)), (10, (count,))]
    ]


def described(name, content):
    return DataFile(name, len(content), hashlib.sha256(content).hexdigest())


IDX = [encode_idx(array) for array in small()]
FILES = [described(file.name, content) for file, content in zip(OFFICIAL, IDX)]


def book(arrays, validation=4):
    """The three pairs of the book's file: float32 pixels over 256 and int64 labels."""
    x, y, x_test, y_test = arrays
    x, x_test = ((part.reshape(len(part), -1) / np.float32(256)).astype(np.float32) for part in (x, x_test))
    pairs = (x[:-validation], y[:-validation]), (x[-validation:], y[-validation:]), (x_test, y_test)
    return tuple((x, y.astype(np.int64)) for x, y in pairs)


def book_file(folder, splits):
    """Write a `mnist.pkl.gz` and return the source that reads it."""
    raw = pickle.dumps(splits, 3)
    packed = gzip.compress(raw)
    (folder / "mnist.pkl.gz").write_bytes(packed)
    return BookFile(Folder(folder), described("mnist.pkl.gz", packed), len(raw))


def test_the_split_of_small_files():
    x, y, x_test, y_test = small()
    found = split(IDX, UINT8, 4)
    assert isinstance(found, Dataset)
    (train, train_labels), validation, test = found
    np.testing.assert_array_equal(train, x[:8].reshape(8, 16))
    np.testing.assert_array_equal(train_labels, y[:8])
    np.testing.assert_array_equal(validation.images, x[8:].reshape(4, 16))
    np.testing.assert_array_equal(validation.labels, y[8:])
    np.testing.assert_array_equal(test.images, x_test.reshape(3, 16))
    np.testing.assert_array_equal(test.labels, y_test)


def test_floats_are_the_pixels_over_256():
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    files = [encode_idx(pixels), encode_idx(np.zeros(1, np.uint8))]
    images = split(files * 2, FLOAT32, 0).train.images
    assert images.dtype == np.float32
    assert images.ravel().tolist() == [pixel / 256 for pixel in range(256)]


@pytest.mark.parametrize("dtype", [FLOAT32, UINT8])
def test_the_arrays_belong_to_the_caller(dtype):
    for part in split(IDX, dtype, 4):
        part.images[...] = 1
        part.labels[...] = 1


def test_a_split_shows_its_shapes():
    assert repr(split(IDX, FLOAT32, 4).test) == "Split(images: float32 (3, 16), labels: int64 (3,))"


@pytest.mark.parametrize(("files", "message"), [
    ([IDX[0], IDX[3], *IDX[2:]], r"images are uint8 \(12, 4, 4\) and labels uint8 \(3,\)"),
    ([IDX[1], IDX[1], *IDX[2:]], r"images are uint8 \(12,\)"),
    ([IDX[0], encode_idx(np.zeros(12, "i4")), *IDX[2:]], r"labels int32 \(12,\), expected uint8"),
    ([*IDX[2:], *IDX[2:]], "3 training images cannot spare 4"),
])  # fmt: skip
def test_files_that_do_not_fit_together(files, message):
    with pytest.raises(DataError, match=message):
        split(files, FLOAT32, 4)


def test_the_books_file_gives_the_idx_files_byte_for_byte(tmp_path):
    source = book_file(tmp_path, book(small()))
    found = obtain(tmp_path / "cache", FILES, [source])
    assert [found[file.name] for file in FILES] == IDX
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == sorted(file.name for file in FILES)


def test_another_book_of_the_same_shape_is_refused(tmp_path):
    source = book_file(tmp_path, book(small(seed=1)))
    with pytest.raises(DataError, match=r"mnist\.pkl\.gz in .*: train-images-idx3-ubyte has 208 bytes"):
        obtain(tmp_path / "cache", FILES, [source])


@pytest.mark.parametrize("splits", [
    np.zeros(3),
    book(small())[:2],
    tuple((x, x, y) for x, y in book(small())),
    tuple((x[0], y) for x, y in book(small())),
    tuple((x[:, :5], y) for x, y in book(small())),
    tuple((y, x) for x, y in book(small())),
    tuple((x[:, :0], y) for x, y in book(small())),
], ids=range(7))  # fmt: skip
def test_a_book_of_another_form_is_refused(tmp_path, splits):
    with pytest.raises(DataError, match="three pairs"):
        list(book_file(tmp_path, splits).fetch(FILES, progress=False))


def test_numbers_that_are_no_pixels_are_refused_in_silence(tmp_path):
    splits = book(small())
    splits[0][0][0, :4] = np.nan, np.inf, -1, 1e30
    with pytest.raises(DataError, match="train-images-idx3-ubyte has 208 bytes of 208"):
        obtain(tmp_path / "cache", FILES, [book_file(tmp_path, splits)])


def test_a_book_that_is_not_the_known_one_is_not_unpickled(tmp_path):
    source = book_file(tmp_path, book(small()))
    (tmp_path / "mnist.pkl.gz").write_bytes(b"anything")
    with pytest.raises(DataError, match=r"mnist\.pkl\.gz has 8 bytes"):
        list(source.fetch(FILES, progress=False))


def test_files_placed_by_hand_come_first(tmp_path):
    assert placed_by_hand(tmp_path / "not there") == placed_by_hand(tmp_path) == []
    (tmp_path / "t10k-labels-idx1-ubyte.gz").touch()
    assert placed_by_hand(tmp_path) == [Folder(tmp_path)]
    (tmp_path / "mnist.pkl.gz").touch()
    assert placed_by_hand(tmp_path) == [Folder(tmp_path), BookFile(Folder(tmp_path))]


@pytest.mark.parametrize("dtype", ["float64", "int32", "bool"])
def test_another_dtype_is_refused(dtype):
    with pytest.raises(ArgumentError, match=f"dtype is {dtype}, expected float32 or uint8"):
        mnist(dtype)


@pytest.fixture(scope="module")
def real():
    return mnist()


def test_the_facts_of_the_book(real):
    for part, count in zip(real, (50_000, 10_000, 10_000)):
        assert part.images.shape == (count, 784) and part.images.dtype == np.float32
        assert part.labels.shape == (count,) and part.labels.dtype == np.int64
        assert part.images.min() == 0 and part.images.max() == 255 / 256
    train, validation, test = real
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(train.labels).tolist() == [4932, 5678, 4968, 5101, 4859, 4506, 4951, 5175, 4842, 4988]
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(np.r_[train.labels, validation.labels])[5] == 5421


def test_the_validation_images_are_the_last_10000_to_train(real):
    folder = cache_directory() / "mnist"
    raw = np.fromfile(folder / "train-images-idx3-ubyte", np.uint8)[16:].reshape(60_000, 784)
    np.testing.assert_array_equal(real.validation.images, raw[50_000:] / np.float32(256))
    np.testing.assert_array_equal(real.validation.labels[-3:], [5, 6, 8])


def test_the_pixels_on_request(real):
    pixels = mnist("uint8").test.images
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, real.test.images * 256)
