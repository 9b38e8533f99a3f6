"""The sheet of misclassified digits, and the images in it."""

import base64
import itertools
import re
import struct
import zlib
from xml.etree import ElementTree

import numpy as np
import pytest

from symnet.viz.digits import digits_svg, grey_png

SVG = "{http://www.w3.org/2000/svg}"


def pixels(png):
    """Decode a grey PNG without filters, checking its sums."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, k = {}, 8
    while k < len(png):
        (length,) = struct.unpack(">I", png[k : k + 4])
        kind, body = png[k + 4 : k + 8], png[k + 8 : k + 8 + length]
        assert struct.unpack(">I", png[k + 8 + length : k + 12 + length]) == (zlib.crc32(kind + body),)
        found[kind], k = body, k + 12 + length
    assert list(found) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", found[b"IHDR"])
    assert (depth, colour, rest) == (8, 0, [0, 0, 0])
    rows = np.frombuffer(zlib.decompress(found[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert not rows[:, 0].any()
    return rows[:, 1:]


def test_png_is_ink_on_paper():
    image = np.array([[0.0, 255 / 256], [0.5, 1.0]], np.float32)
    np.testing.assert_array_equal(pixels(grey_png(image)), [[255, 0], [127, 0]])


@pytest.mark.parametrize("shape", [(28, 28), (1, 5), (3, 1)])
def test_png_of_every_level(shape):
    levels = np.random.default_rng(0).integers(0, 256, shape)
    np.testing.assert_array_equal(pixels(grey_png(levels / 256)), 255 - levels)


def test_png_of_values_out_of_range():
    np.testing.assert_array_equal(pixels(grey_png(np.array([[-1.0, 7.0]]))), [[255, 0]])


def sheet(count, **options):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 784)).astype(np.float32) / 256
    labels, predicted = rng.integers(0, 10, count), rng.integers(0, 10, count)
    return images, labels, predicted, ElementTree.fromstring(digits_svg(images, labels, predicted, **options))


def test_each_digit_stands_with_its_two_answers():
    images, labels, predicted, svg = sheet(15)
    texts = svg.findall(f"{SVG}text")[1:]
    drawn = svg.findall(f"{SVG}image")
    assert len(drawn) == 15 and len(texts) == 30
    for k, image in enumerate(drawn):
        right, guess = texts[2 * k : 2 * k + 2]
        assert (right.text, guess.text) == (str(labels[k]), str(predicted[k]))
        x, y, width, height = (float(image.get(name)) for name in ("x", "y", "width", "height"))
        assert width == height
        assert float(right.get("x")) == float(guess.get("x")) >= x + width
        assert y < float(right.get("y")) < y + height / 2 < float(guess.get("y")) <= y + height
        assert right.get("fill") != guess.get("fill")
        href = image.get("href").removeprefix("data:image/png;base64,")
        levels = pixels(base64.b64decode(href, validate=True))
        np.testing.assert_array_equal(levels, 255 - images[k].reshape(28, 28) * 256)


@pytest.mark.parametrize("count", [1, 12, 13, 40])
def test_nothing_overlaps_or_leaves_the_sheet(count):
    *_, svg = sheet(count)
    width, height = float(svg.get("width")), float(svg.get("height"))
    boxes = [
        tuple(float(image.get(name)) for name in ("x", "y", "width", "height")) for image in svg.findall(f"{SVG}image")
    ]
    assert all(x >= 0 and y >= 0 and x + w + 12 <= width and y + h <= height for x, y, w, h in boxes)
    assert len({(x, y) for x, y, *_ in boxes}) == count
    assert len({y for _, y, *_ in boxes}) == -(-count // 12)
    xs = sorted({x for x, *_ in boxes})
    assert all(b - a > boxes[0][2] + 12 for a, b in itertools.pairwise(xs))


def test_a_long_list_is_cut_and_says_so():
    *_, svg = sheet(30, most=24, columns=6)
    assert len(svg.findall(f"{SVG}image")) == 24
    assert "the first 24 of 30 wrong" in "".join(svg.find(f"{SVG}text").itertext())


def test_nothing_wrong_is_a_sheet_too():
    *_, svg = sheet(0)
    assert not svg.findall(f"{SVG}image")
    assert re.match("0 wrong", "".join(svg.find(f"{SVG}text").itertext()))
