"""Backends: from a `Program` to something that runs. `reference` is the oracle, `numpy` the default."""
