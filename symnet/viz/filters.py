"""A sheet of the filters of convolutional layers as SVG: the larger a weight, the darker."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import numpy as np

from symnet.errors import ArgumentError
from symnet.viz.digits import grey_png

_WIDTH, _MARGIN, _HEAD, _GAP, _IN_A_ROW = 760, 10, 26, 1, 10
_LARGEST = 9.0
"""How many points a weight is wide and high at most."""


def filters_svg(layers: Mapping[str, np.ndarray]) -> str:
    """The sheet for the weights of layers by name, each (F, C, H, W), as they stand in `Classifier.values()`.

    Filters of one channel stand side by side, ten in a row; those of more have a column each, a channel a picture.
    Grey is 0, black the largest weight of a layer, white its opposite.

    Raises: ArgumentError where weights have other axes.
    """
    parts, top = [], 0.0
    for name, w in layers.items():
        if w.ndim != 4 or not w.size:
            fix = "give the weights of layers of Conv2d."
            what = f"filters_svg: {name} is {w.shape}, expected (filters, channels, rows, columns)."
            raise ArgumentError(what, fix=fix)
        count, channels, rows, columns = w.shape
        picture = _sheet(w)
        scale = min(_LARGEST, (_WIDTH - 2 * _MARGIN) / picture.shape[1])
        high, wide = picture.shape[0] * scale, picture.shape[1] * scale
        of = f" x {channels} channels, a column for each filter" if channels > 1 else ""
        png = base64.b64encode(grey_png(picture)).decode()
        parts += [
            f'<text x="{_MARGIN}" y="{top + 18:g}">{name.removeprefix("w_")}: {count} filters of '
            f"{rows} x {columns}{of}</text>",
            f'<image x="{_MARGIN}" y="{top + _HEAD:g}" width="{wide:g}" height="{high:g}" '
            f'style="image-rendering:pixelated" href="data:image/png;base64,{png}"/>',
        ]
        top += _HEAD + high + _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top:g}" width="{_WIDTH}" height="{top:g}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="12">'
    )
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>\n"])


def _sheet(w: np.ndarray) -> np.ndarray:
    """All filters in one picture, 0 white and 1 black, with a white line of one weight between them."""
    count, channels, rows, columns = w.shape
    across = count if channels > 1 else min(count, _IN_A_ROW)
    largest = float(np.abs(w).max())
    tiles = w.swapaxes(0, 1).reshape(-1, rows, columns) / (2 * largest or 1.0) + 0.5
    down = -(-len(tiles) // across)
    sheet = np.zeros((down * (rows + _GAP) - _GAP, across * (columns + _GAP) - _GAP))
    for k, tile in enumerate(tiles):
        top, left = k // across * (rows + _GAP), k % across * (columns + _GAP)
        sheet[top : top + rows, left : left + columns] = tile
    return sheet
