"""One line about where a benchmark ran, so that printed figures can be told apart."""

from __future__ import annotations

import os
import platform

import numpy as np

import symnet as sn


def load() -> float:
    """How many processes wanted a core over the last minute; 0 where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def machine() -> str:
    """Cores, load, and versions."""
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, symnet {sn.__version__}"
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {load():.1f}; {versions}"
