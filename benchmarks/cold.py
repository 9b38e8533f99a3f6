"""One fresh process: import a competitor, build the conv net's training step, and make its first steps.

Printed as JSON: the clock at the first result, and the peak of the resident memory then and after more steps.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time

from peers import PEERS, environment


def peak_memory() -> int:
    """The most bytes of this process that were resident at once; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--workload", default="conv-10")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=20, help="steps after the first (20)")
    options = parser.parse_args()
    os.environ.update(environment(options.threads))

    import numpy as np
    from workloads import WORKLOADS

    peer = PEERS[options.peer].load(options.threads)
    imported = peak_memory()
    workload = next(w for w in WORKLOADS if w.key == options.workload)
    step = getattr(peer, workload.task)(**workload.data(np.random.default_rng(0)))
    step()
    first = time.time()
    for _ in range(options.steps):
        step()
    print(json.dumps({"first": first, "imported": imported, "peak": peak_memory()}))


if __name__ == "__main__":
    main()
