"""Joining and cutting, by NumPy."""

from __future__ import annotations

import numpy as np


def _whole(places):
    return [int(k) for k in places] if isinstance(places, list) else places


def split(x, indices_or_sections, axis=0):
    return np.split(x, _whole(indices_or_sections), axis)


ORACLES = {
    "atleast_1d": np.atleast_1d,
    "atleast_2d": np.atleast_2d,
    "atleast_3d": np.atleast_3d,
    "hstack": np.hstack,
    "vstack": np.vstack,
    "dstack": np.dstack,
    "column_stack": np.column_stack,
    "split": split,
    "array_split": np.array_split,
    "append": np.append,
    "hsplit": lambda x, sections: np.hsplit(x, sections),
    "vsplit": lambda x, sections: np.vsplit(x, sections),
    "dsplit": lambda x, sections: np.dsplit(x, sections),
    "unstack": lambda x, axis=0: tuple(np.moveaxis(x, axis, 0)),
}
