"""Discrete Fourier transforms under the names, arguments and norms of `numpy.fft`: `sn.fft`.

Single precision stays single: float32 gives complex64.
"""

from symnet.ops.fft.grids import *  # noqa: F403
from symnet.ops.fft.one_axis import *  # noqa: F403
from symnet.ops.fft.several_axes import *  # noqa: F403
