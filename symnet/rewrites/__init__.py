"""Rewrites: rules as data, one ordered pipeline, a record of everything that fired."""

from symnet.rewrites.pipeline import PIPELINE, rewrite
from symnet.rewrites.rule import Fired, Rule

__all__ = ["PIPELINE", "Fired", "Rule", "rewrite"]
