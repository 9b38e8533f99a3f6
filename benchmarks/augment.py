"""How many images a second each augmentation of `symnet.data` makes, and what a training loop with it costs.

The minibatches are MNIST's, in float32; the loop trains the convolutional network of chapter 6. Best of interleaved rounds.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from choices import load_text


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=10, help="images of a minibatch (10)")
    parser.add_argument("--images", type=int, default=2000, help="images of a round (2,000)")
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds (7)")
    options = parser.parse_args()
    print(load_text())


if __name__ == "__main__":
    main()
