"""The sheet of a layer's filters: a small picture for each, the larger a weight the darker."""

import base64
import re
import zlib
from xml.etree import ElementTree

import numpy as np
import pytest

from symnet.errors import ArgumentError
from symnet.viz.filters import filters_svg


def pictures(svg):
    """The greys of each PNG, 0 black, 255 white."""
    found = []
    for data in re.findall(r"base64,([^\"]+)", svg):
        png = base64.b64decode(data)
        width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
        start = png.index(b"IDAT") + 4
        raw = np.frombuffer(zlib.decompress(png[start:]), np.uint8).reshape(height, width + 1)
        found.append(raw[:, 1:])
    return found


def test_filters_of_one_channel_stand_side_by_side():
    w = np.zeros((12, 1, 5, 5), np.float32)
    w[0], w[1, 0, 0, 0], w[11] = 2.0, -2.0, -1.0
    svg = filters_svg({"w_conv1": w})
    ElementTree.fromstring(svg)
    assert "conv1: 12 filters of 5 x 5<" in svg
    (sheet,) = pictures(svg)
    assert sheet.shape == (11, 59)  # two rows of ten, a line of one between
    assert (sheet[:5, :5] == 0).all() and sheet[0, 6] == 255  # the largest black, its opposite white
    assert (sheet[1:5, 6:11] == 127).all() and (sheet[:, 5] == 255).all() and (sheet[5] == 255).all()
    assert (sheet[6:, 6:11] == 191).all() and (sheet[6:, 12:] == 255).all()


def test_filters_of_several_channels_have_a_column_each():
    w = np.random.default_rng(0).normal(size=(4, 3, 5, 2))
    svg = filters_svg({"w_conv1": w[:, :1], "w_conv2": w})
    assert "conv2: 4 filters of 5 x 2 x 3 channels, a column for each filter" in svg
    first, second = pictures(svg)
    assert first.shape == (5, 11) and second.shape == (17, 11)
    tile = 255 - np.clip((0.5 + w[2, 1] / (2 * np.abs(w).max())) * 256, 0, 255)
    assert np.abs(second[6:11, 6:8] - tile).max() <= 1


def test_filters_of_zeros_are_grey():
    (sheet,) = pictures(filters_svg({"w": np.zeros((1, 1, 2, 2))}))
    assert (sheet == 127).all()


@pytest.mark.parametrize("shape", [(3, 4), (0, 1, 5, 5), (2, 3, 4)])
def test_weights_that_are_no_filters(shape):
    with pytest.raises(ArgumentError, match=r"filters_svg: w_fc1 is \(.*expected \(filters, channels, rows, columns\)"):
        filters_svg({"w_fc1": np.zeros(shape)})
