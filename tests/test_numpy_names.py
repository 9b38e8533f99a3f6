"""Every function of NumPy's and the array API's is a word of symnet, or `docs/coming/numpy.md` says what to write."""

import re
from pathlib import Path

import numpy as np
import pytest

import symnet as sn

PAGE = (Path(__file__).parents[1] / "docs" / "coming" / "numpy.md").read_text(encoding="utf-8")
ON_ARRAYS = [
    "array", "array2string", "array_repr", "array_str", "asanyarray", "asarray", "asarray_chkfinite",
    "ascontiguousarray", "asfortranarray", "asmatrix", "base_repr", "binary_repr", "broadcast_shapes",
    "busday_count", "busday_offset", "can_cast", "common_type", "datetime_as_string", "datetime_data", "empty",
    "empty_like", "finfo", "format_float_positional", "format_float_scientific", "from_dlpack", "frombuffer",
    "fromfile", "fromfunction", "fromiter", "frompyfunc", "fromregex", "fromstring", "genfromtxt", "get_include",
    "get_printoptions", "getbufsize", "geterr", "geterrcall", "iinfo", "info", "is_busday", "isdtype", "isfortran",
    "isnat", "issubdtype", "iterable", "load", "loadtxt", "may_share_memory", "min_scalar_type", "mintypecode",
    "nested_iters", "printoptions", "promote_types", "require", "result_type", "save", "savetxt", "savez",
    "savez_compressed", "set_printoptions", "setbufsize", "seterr", "seterrcall", "shares_memory", "show_config",
    "show_runtime", "test", "typename", "in1d", "trapz",
]  # fmt: skip
"""Those that work on arrays alone; the last two are gone from NumPy 2, and there in the oldest that symnet takes."""
ARRAY_API = [
    "abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and", "bitwise_left_shift",
    "bitwise_invert", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "ceil", "clip", "conj", "copysign", "cos",
    "cosh", "divide", "equal", "exp", "expm1", "floor", "floor_divide", "greater", "greater_equal", "hypot", "imag",
    "isfinite", "isinf", "isnan", "less", "less_equal", "log", "log1p", "log2", "log10", "logaddexp", "logical_and",
    "logical_not", "logical_or", "logical_xor", "maximum", "minimum", "multiply", "negative", "nextafter",
    "not_equal", "positive", "pow", "real", "reciprocal", "remainder", "round", "sign", "signbit", "sin", "sinh",
    "square", "sqrt", "subtract", "tan", "tanh", "trunc", "arange", "asarray", "empty", "empty_like", "eye",
    "from_dlpack", "full", "full_like", "linspace", "meshgrid", "ones", "ones_like", "tril", "triu", "zeros",
    "zeros_like", "astype", "can_cast", "finfo", "iinfo", "isdtype", "result_type", "take", "take_along_axis",
    "matmul", "matrix_transpose", "tensordot", "vecdot", "broadcast_arrays", "broadcast_to", "concat",
    "expand_dims", "flip", "moveaxis", "permute_dims", "repeat", "reshape", "roll", "squeeze", "stack", "tile",
    "unstack", "argmax", "argmin", "count_nonzero", "nonzero", "searchsorted", "where", "unique_all",
    "unique_counts", "unique_inverse", "unique_values", "argsort", "sort", "cumulative_prod", "cumulative_sum",
    "max", "mean", "min", "prod", "std", "sum", "var", "all", "any", "diff", "linalg.cholesky", "linalg.cross",
    "linalg.det", "linalg.diagonal", "linalg.eigh", "linalg.eigvalsh", "linalg.inv", "linalg.matmul",
    "linalg.matrix_norm", "linalg.matrix_power", "linalg.matrix_rank", "linalg.matrix_transpose", "linalg.outer",
    "linalg.pinv", "linalg.qr", "linalg.slogdet", "linalg.solve", "linalg.svd", "linalg.svdvals",
    "linalg.tensordot", "linalg.trace", "linalg.vecdot", "linalg.vector_norm", "fft.fft", "fft.ifft", "fft.fftn",
    "fft.ifftn", "fft.rfft", "fft.irfft", "fft.rfftn", "fft.irfftn", "fft.hfft", "fft.ihfft", "fft.fftfreq",
    "fft.rfftfreq", "fft.fftshift", "fft.ifftshift",
]  # fmt: skip
"""The array API standard's functions, version 2024.12."""


def functions(space: object, before: str = "") -> list[str]:
    public = [name for name in dir(space) if not name.startswith("_")]
    found = [name for name in public if callable(value := getattr(space, name)) and not isinstance(value, type)]
    return [before + name for name in found]


def there(name: str) -> bool:
    *space, last = name.split(".")
    return hasattr(getattr(sn, space[0]) if space else sn, last)


def left_out() -> list[str]:
    """The names in the first column of the last table."""
    rows = re.findall(r"^\| (`[^|]*) \|[^|]*\|$", PAGE.partition("## What is not there")[2], re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([\w.]+)`", row)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_each_function_has_a_word_or_a_line():
    everything = [*functions(np), *(f"linalg.{n}" for n in np.linalg.__all__), *(f"fft.{n}" for n in np.fft.__all__)]
    without = {name for name in {*everything, *ARRAY_API} if not there(name) and name != "linalg.LinAlgError"}
    assert sorted(without - {*ON_ARRAYS} - {*left_out()}) == []


def test_no_line_speaks_of_a_word_that_is_there():
    assert len(left_out()) > 50
    assert [name for name in left_out() if there(name)] == []
