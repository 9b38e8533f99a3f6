"""What is watched comes out as it went in."""

from typing import Any

import numpy as np


def same(x: Any, *watching: Any, **how: Any) -> np.ndarray:
    return np.array(x)


ORACLES = {"print_value": same, "assert_value": same}
