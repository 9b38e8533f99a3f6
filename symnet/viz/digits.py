"""A sheet of misclassified digits as SVG: the right answer top right, the network's bottom right."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

_CELL = 44
_IMAGE = 36


def digits_svg(images: np.ndarray, labels: np.ndarray, predicted: np.ndarray, columns: int = 12, most: int = 240) -> str:
    """The sheet for `images` (N, 784) in [0, 1]; at most `most` digits, row by row."""
    images, labels, predicted = images[:most], labels[:most], predicted[:most]
    rows = max(1, -(-len(images) // columns))
    width, height = columns * (_CELL + 14) + 8, rows * (_CELL + 8) + 8
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        f'font-size="11"><rect width="100%" height="100%" fill="white"/>'
    ]
    for k, (image, label, guess) in enumerate(zip(images, labels, predicted, strict=True)):
        x, y = 8 + (k % columns) * (_CELL + 14), 8 + (k // columns) * (_CELL + 8)
        png = base64.b64encode(grey_png(image.reshape(28, 28))).decode()
        out.append(
            f'<image x="{x}" y="{y}" width="{_IMAGE}" height="{_IMAGE}" href="data:image/png;base64,{png}"/>'
            f'<text x="{x + _IMAGE + 4}" y="{y + 10}" fill="#1b5e9e">{int(label)}</text>'
            f'<text x="{x + _IMAGE + 4}" y="{y + _IMAGE - 1}" fill="#c4541b">{int(guess)}</text>'
        )
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
