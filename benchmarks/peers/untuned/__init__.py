"""The costs of the networks in `benchmarks/untuned.py`, framework by framework, by the network's name."""
