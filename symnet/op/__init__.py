"""What an op is: its contract, its families, its word in the vocabulary."""

from symnet.op.contract import Composite, Emitter, Layout, OnComplex, OnFloat16, Op, Split
from symnet.op.cuts import aligned, along_same
from symnet.op.elementwise import Elementwise, Kind, elementwise, word_for
from symnet.op.operands import as_variable, as_variables
from symnet.op.tangents import all_linear, like_result, product_rule, scaled, sum_like, total
from symnet.op.vocabulary import Arr, Case, Entry, arr, case, registry, vocabulary

__all__ = [
    "Op", "Composite", "Emitter", "Split", "Layout", "OnComplex", "OnFloat16",
    "Elementwise", "Kind", "elementwise", "word_for",
    "as_variable", "as_variables",
    "aligned", "along_same",
    "scaled", "sum_like", "total", "product_rule", "all_linear", "like_result",
    "Arr", "Case", "Entry", "arr", "case", "registry", "vocabulary",
]  # fmt: skip
