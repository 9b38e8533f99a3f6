"""A sheet of misclassified digits as SVG: the right answer top right, the network's bottom right."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

_IMAGE, _ACROSS, _DOWN, _MARGIN, _HEAD = 36, 62, 48, 10, 30
_RIGHT, _GUESS = "#1b5e9e", "#c4541b"


def digits_svg(
    images: np.ndarray, labels: np.ndarray, predicted: np.ndarray, columns: int = 12, most: int = 240
) -> str:
    """The sheet for `images` (N, 784) in [0, 1]; at most `most` digits, row by row."""
    count, shown = len(images), min(len(images), most)
    rows = -(-shown // columns)
    width, height = columns * _ACROSS + 2 * _MARGIN, _HEAD + rows * _DOWN + _MARGIN
    number = f"{count:,} wrong" if shown == count else f"the first {shown:,} of {count:,} wrong"
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{_MARGIN}" y="20">{number} \u2013 <tspan fill="{_RIGHT}">top right: the right answer</tspan>, '
        f'<tspan fill="{_GUESS}">bottom right: the network\u2019s</tspan></text>',
    ]
    for k in range(shown):
        x, y = _MARGIN + (k % columns) * _ACROSS, _HEAD + (k // columns) * _DOWN
        png = base64.b64encode(grey_png(images[k].reshape(28, 28))).decode()
        out += [
            f'<image x="{x}" y="{y}" width="{_IMAGE}" height="{_IMAGE}" href="data:image/png;base64,{png}"/>',
            f'<text x="{x + _IMAGE + 3}" y="{y + 13}" fill="{_RIGHT}">{int(labels[k])}</text>',
            f'<text x="{x + _IMAGE + 3}" y="{y + _IMAGE - 4}" fill="{_GUESS}">{int(predicted[k])}</text>',
        ]
    out.append("</svg>\n")
    return "\n".join(out)


def grey_png(image: np.ndarray) -> bytes:
    """A PNG of values in [0, 1], 0 white as ink on paper (RFC 2083)."""
    pixels = (255 - np.clip(image * 256, 0, 255)).astype(np.uint8)
    height, width = pixels.shape
    raw = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")
