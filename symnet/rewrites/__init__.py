"""Rewrites: rules as data, one ordered pipeline, a record of everything that fired."""

from symnet.rewrites.history import History, Moment
from symnet.rewrites.pattern import Number, P
from symnet.rewrites.pipeline import PIPELINE, RULES, Pass, rewrite, rewrite_for_sizes, waits_for_sizes
from symnet.rewrites.rule import Fired, Match, Rule

__all__ = [
    "PIPELINE", "RULES", "Fired", "History", "Match", "Moment", "Number", "P", "Pass", "Rule", "rewrite",
    "rewrite_for_sizes", "waits_for_sizes",
]  # fmt: skip
