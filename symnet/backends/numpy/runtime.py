"""The few functions generated modules call besides NumPy's."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from symnet.backends.numpy.threads import share
from symnet.ops.ctc import ctc
from symnet.ops.gather import check_index
from symnet.ops.linalg.expm import exponentials as expm
from symnet.ops.linalg.stacks import lapack
from symnet.ops.places import check_labels
from symnet.ops.python_function import run_python
from symnet.ops.random.streams import seed_bits
from symnet.ops.watch import refuse, show

NAMES: dict[str, Any] = {
    "np": np,
    "as_strided": as_strided,
    "check_index": check_index,
    "check_labels": check_labels,
    "ctc": ctc,
    "expm": expm,
    "lapack": lapack,
    "partial": partial,
    "refuse": refuse,
    "run_python": run_python,
    "seed_bits": seed_bits,
    "share": share,
    "show": show,
}
