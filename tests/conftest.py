"""How hypothesis searches: without a clock, and in continuous integration the same examples every time; and Ctrl-C."""

import os
import signal

from hypothesis import HealthCheck, settings

settings.register_profile(
    "symnet",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    max_examples=50,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("symnet")

# A shell's background jobs ignore it, and so would the processes that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
