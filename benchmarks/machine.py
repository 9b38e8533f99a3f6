"""One line about where a benchmark ran, so that printed figures can be told apart."""

from __future__ import annotations

import os
import platform

import numpy as np

import symnet as sn


def machine() -> str:
    """Cores, load of the last minute where the system tells it, and versions."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, symnet {sn.__version__}"
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores{load}; {versions}"
