"""Fashion-MNIST: where it comes from, with small made-up files, and then the real thing."""

import gzip
import hashlib
import sys

import numpy as np
import pytest

from symnet.data import CLOTHES, fashion_mnist
from symnet.data.cache import DataFile
from symnet.data.fashion_mnist import DEBIAN
from symnet.data.idx import encode_idx
from symnet.data.sources import Folder, Mirror
from symnet.errors import ArgumentError, DataError

MODULE = sys.modules["symnet.data.fashion_mnist"]
NAMES = [file.name for file in MODULE.FILES]


def small():
    draw = np.random.default_rng(0)
    shapes = [(256, (12, 4, 4)), (10, (12,)), (256, (3, 4, 4)), (10, (3,))]
    return [encode_idx(draw.integers(0, top, shape, dtype=np.uint8)) for top, shape in shapes]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Four small files in the place of the real ones, an empty cache, and neither mirrors nor a package."""
    contents = dict(zip(NAMES, small()))
    described = tuple(DataFile(n, len(c), hashlib.sha256(c).hexdigest()) for n, c in contents.items())
    monkeypatch.setenv("SYMNET_DATA", str(tmp_path / "cache"))
    monkeypatch.setattr(MODULE, "FILES", described)
    monkeypatch.setattr(MODULE, "MIRRORS", ())
    monkeypatch.setattr(MODULE, "DEBIAN", Folder(tmp_path / "debian"))
    monkeypatch.setattr(MODULE, "VALIDATION", 4)
    return contents


def check(found):
    x, y, x_test, y_test = (np.frombuffer(c, np.uint8, offset=16 if len(c) > 40 else 8) for c in small())
    np.testing.assert_array_equal(np.concatenate([found.train.images, found.validation.images]).ravel(), x)
    np.testing.assert_array_equal(np.r_[found.train.labels, found.validation.labels], y)
    np.testing.assert_array_equal(found.test.images.ravel(), x_test)
    np.testing.assert_array_equal(found.test.labels, y_test)
    assert [len(split.labels) for split in found] == [8, 4, 3]


def write_packed(folder, contents):
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))


def test_files_of_the_package_are_taken_and_kept(files, tmp_path):
    write_packed(tmp_path / "debian", files)
    check(fashion_mnist("uint8"))
    for path in (tmp_path / "debian").iterdir():
        path.unlink()
    check(fashion_mnist("uint8"))


def test_files_placed_by_hand_do_beside_a_damaged_package(files, tmp_path):
    write_packed(tmp_path / "cache" / "fashion-mnist", files)
    write_packed(tmp_path / "debian", dict.fromkeys(files, b"other"))
    check(fashion_mnist("uint8"))


def test_a_mirror_does(files, monkeypatch, serve):
    server = serve({f"/{name}.gz": gzip.compress(content) for name, content in files.items()})
    monkeypatch.setattr(MODULE, "MIRRORS", (Mirror(server.url),))
    check(fashion_mnist("uint8", progress=False))
    assert len(server.asked) == 4


def test_a_tampered_package_is_refused(files, tmp_path):
    write_packed(tmp_path / "debian", files | {NAMES[0]: files[NAMES[0]][:-1] + b"!"})
    with pytest.raises(DataError, match=r"debian: train-images-idx3-ubyte has 208 bytes of 208, sha256"):
        fashion_mnist()


def test_where_there_is_none_the_error_says_what_to_do(files, tmp_path):
    with pytest.raises(DataError, match=r"cannot get train-images(.|\n)*fix: apt install dataset-fashion") as info:
        fashion_mnist()
    assert len(str(info.value).splitlines()) <= 10


def test_another_dtype_is_refused():
    with pytest.raises(ArgumentError, match="fashion_mnist: dtype is float64, expected float32 or uint8"):
        fashion_mnist("float64")


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    if not DEBIAN.path.is_dir():
        pytest.skip("apt install dataset-fashion-mnist")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMNET_DATA", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(MODULE, "MIRRORS", ())
        yield fashion_mnist()


def test_the_facts_of_the_paper(real):
    """70,000 grey pictures of 28 by 28, 7,000 of each class."""
    for part, count in zip(real, (50_000, 10_000, 10_000)):
        assert part.images.shape == (count, 784) and part.images.dtype == np.float32
        assert part.labels.shape == (count,) and part.labels.dtype == np.int64
        assert part.images.min() == 0 and part.images.max() == 255 / 256
    train, validation, test = real
    assert np.bincount(np.r_[train.labels, validation.labels]).tolist() == [6000] * 10
    assert np.bincount(test.labels).tolist() == [1000] * 10
    assert CLOTHES[train.labels[0]] == "ankle boot"


def test_trousers_have_two_legs(real):
    """Pixels stand where they should: above, trousers are one piece, and below there is a gap in the middle."""
    images, labels = real.test
    trousers = images[labels == CLOTHES.index("trouser")].reshape(-1, 28, 28).mean(0)
    assert trousers[2:5, 13:15].mean() > 0.4
    assert trousers[20:26, 13:15].mean() < 0.6 * trousers[20:26, 9:11].mean()
