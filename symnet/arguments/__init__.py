"""What `function` and its calls are given, checked: inputs and outputs, replacements, the arrays of a call."""

from symnet.arguments.binder import Binder, SizeValues
from symnet.arguments.replacements import (
    check_givens,
    check_swap,
    check_updates,
    clone_replace,
    default_updates,
    wanted,
)
from symnet.arguments.signature import (
    Form,
    In,
    Out,
    check_inputs,
    check_options,
    check_shapes,
    check_used,
    flatten_outputs,
)

__all__ = [
    "Binder", "Form", "In", "Out", "SizeValues", "check_givens", "check_inputs", "check_options", "check_shapes",
    "check_swap", "check_updates", "check_used", "clone_replace", "default_updates", "flatten_outputs", "wanted",
]  # fmt: skip
