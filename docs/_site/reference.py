"""The reference: a page for each kind of word, written from the docstrings when the site is built.

Docstrings are Markdown: `code`, `$formulas$`, lists and examples after `>>>`. `PAGES` says what stands where: a page
has a title, one line of what it is about, names, and files of `symnet/ops/` (`linalg.*`: all of a folder), whose words
follow in the file's own order.
"""

from __future__ import annotations

import fnmatch
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import symnet as sn
import symnet.data
import symnet.saving
import symnet.train
import symnet.viz
from symnet import errors
from symnet.op import registry


@dataclass(frozen=True)
class Page:
    """A page of the reference: `names` of symnet, then the words of `files`."""

    title: str
    about: str
    names: str = ""
    files: str = ""


KINDS = "scalar vector row col matrix tensor3 tensor4"
PAGES = {
    "inputs": Page(
        "Inputs, constants, shared state",
        "What an expression starts from. A letter before a name fixes the dtype (`sn.fvector` float32, `sn.dvector` "
        "float64, `sn.ivector` int32, `sn.lvector` int64, `sn.bvector` int8, `sn.cvector` complex64, `sn.zvector` "
        "complex128), an `s` after it makes several variables (`sn.vectors`, `sn.dmatrices`).",
        f"tensor {KINDS} constant shared Shared Variable Constant Node TensorType",
    ),
    "function": Page(
        "Functions and options",
        "From expressions to something that can be called.",
        "function Function In Out options Options Machine clone_replace pprint latex dprint draw explore scope",
    ),
    "gradients": Page(
        "Gradients",
        "Derivatives are expressions like any other.",
        "grad vjp jvp jacobian hessian hessian_vector_product subgraph_grad checkpoint custom_gradient "
        "disconnected_grad vectorize map check_grad check_op check_rule",
        "gradients",
    ),
    "arithmetic": Page(
        "Arithmetic and elementary functions",
        "Element by element, with NumPy's rules for shapes. Operators on variables are these words: `x + y` is "
        "`sn.add(x, y)`.",
        files="arithmetic elementary powers logarithms trigonometry rounding floating integers complex_numbers "
        "conversion",
    ),
    "comparisons": Page(
        "Comparisons and choices", "Questions and what depends on the answers.", files="compare closeness choice"
    ),
    "special": Page("Special functions", "Of statistics and physics.", files="erf gaussian gamma bessel logits"),
    "reductions": Page(
        "Sums, means, extremes",
        "Fewer elements out than in, and running totals.",
        files="reduce extremes argmax statistics covariance nans scans differences",
    ),
    "order": Page(
        "Sorting, searching, sets",
        "Where the order of values matters.",
        files="sorting lexsort searching sets membership",
    ),
    "creation": Page("Making arrays", "From sizes and ranges.", files="create grids"),
    "shapes": Page(
        "Shapes",
        "The same elements in another arrangement.",
        files="shape sizes axes order broadcast sum_to join stacks repeats padding diagonals",
    ),
    "indexing": Page(
        "Indexing",
        "Reading and writing some of the elements.",
        "At",
        files="index along pick subtensor coordinates embedding",
    ),
    "products": Page("Products", "Of vectors, matrices and more.", files="matmul contractions vecdot einsum convolve"),
    "linalg": Page("Linear algebra", "`sn.linalg`, with NumPy's names.", files="linalg.*"),
    "fft": Page("Fourier transforms", "`sn.fft`, with NumPy's names.", files="fft.*"),
    "networks": Page(
        "Activations, norms, dropout, attention",
        "What layers of networks are made of.",
        files="activations smooth curves sparsemax gates gelu nnet normalise response_norm dropout attention",
    ),
    "convolution": Page(
        "Convolution and pooling",
        "Of sequences, pictures and volumes, channels first.",
        files="conv conv_transpose pool lp_pool resample unfold",
    ),
    "losses": Page(
        "Losses and metrics",
        "How far off a prediction is.",
        files="losses cross_entropy likelihoods margins ctc metrics",
    ),
    "random": Page(
        "Random draws",
        "Every call of a function draws anew.",
        "seed default_stream default_generator RandomStream",
        files="random.*",
    ),
    "own-words": Page(
        "Words of your own, and watching values",
        "Parts of graphs under a name, Python functions and new ops.",
        "define as_op Op Elementwise Composite word_for RunningAverage rewrites.Rule rewrites.P rewrites.Number",
        files="watch",
    ),
    "layers": Page(
        "Layers",
        "Functions from symbols to symbols, with the parameters they read.",
        "nn.Layer nn.Sequential nn.Residual nn.Concat nn.Parallel nn.Lambda nn.Activation nn.Dense nn.Embedding "
        "nn.Conv1d nn.Conv2d nn.Conv3d nn.ConvTranspose1d nn.ConvTranspose2d nn.ConvTranspose3d nn.MaxPool1d "
        "nn.MaxPool2d nn.MaxPool3d nn.AvgPool1d nn.AvgPool2d nn.AvgPool3d nn.GlobalMaxPool nn.GlobalAvgPool "
        "nn.BatchNorm nn.LayerNorm nn.GroupNorm nn.RMSNorm nn.Dropout nn.Softmax nn.Flatten nn.Reshape "
        "nn.RNN nn.LSTM nn.GRU nn.RNNCell nn.LSTMCell nn.GRUCell nn.Cell nn.l1_penalty nn.l2_penalty "
        "nn.initialise.he_normal nn.initialise.he_uniform nn.initialise.lecun_normal nn.initialise.lecun_uniform "
        "nn.initialise.glorot_normal nn.initialise.glorot_uniform nn.initialise.orthogonal nn.initialise.normal "
        "nn.initialise.uniform",
    ),
    "optimisers": Page(
        "Optimisers",
        "Each gives plain symbolic updates, for `sn.function(updates=)`.",
        "optim.sgd optim.momentum optim.nesterov optim.adagrad optim.rmsprop optim.adam optim.adamw "
        "optim.clip_by_value optim.clip_by_norm optim.global_norm optim.counter optim.step_decay optim.cosine "
        "optim.one_cycle optim.warm_up optim.average optim.max_norm",
    ),
    "training": Page(
        "Training",
        "Thin and readable, for examples and beginnings.",
        "train.fit train.Trainer train.History train.Epoch train.Classifier train.Predictor train.train_ensemble "
        "train.Ensemble train.Callback train.EarlyStopping train.Checkpoints train.LivePlot train.NetworkClassifier "
        "saving.states saving.save saving.load saving.read",
    ),
    "data": Page(
        "Data",
        "Sets, files, minibatches and augmentation: [the guide](../howto/data.md) shows how.",
        "data.mnist data.fashion_mnist data.cifar10 data.Dataset data.Split data.cache_directory data.load_idx "
        "data.load_npz data.image_folder data.batches data.stream data.Batches data.expand data.augment.shift "
        "data.augment.crop data.augment.flip data.augment.rotate data.augment.scale data.augment.elastic "
        "data.augment.distort",
    ),
    "pictures": Page(
        "Pictures and pages",
        "What there is to see: [look inside](../howto/inside.md) shows how.",
        "viz.draw viz.Picture viz.explore viz.Page viz.listing viz.dprint",
    ),
    "errors": Page(
        "Errors",
        "All are `sn.errors.SymnetError`. [Wrong calls](../errors.md) shows them at work.",
        " ".join(f"errors.{name}" for name in dir(errors) if name.endswith("Error")),
    ),
}
MADE_BY_WORDS = {
    "Batches", "Function", "Predictor", "Shared", "Variable", "Constant", "Node", "Op", "Elementwise", "Composite",
    "At",
}
"""Classes that users do not call."""
TYPED = re.compile("[fdilbcz]?(scalar|vector|row|col|matri|tensor3|tensor4)(?:s|x|ces)?")
ERROR = re.compile(r"(?<![\w`.])(\w+Error)(?![\w`])")


def families() -> dict[str, list[str]]:
    """The words of each file of `symnet/ops/`, in its own order."""
    found: dict[str, list[str]] = {}
    for name, entry in registry.items():
        found.setdefault(entry.function.__module__.removeprefix("symnet.ops."), []).append(name)
    return found


def words(page: Page) -> Iterator[str]:
    """What a page describes, in reading order."""
    yield from page.names.split()
    known = families()
    for file in page.files.split():
        for family in fnmatch.filter(known, file):
            yield from known[family]


def thing(name: str) -> Any:
    """What symnet has under a name; None if it is not for users."""
    value: Any = sn
    for part in name.split("."):
        value = getattr(value, part, None)
    return value


def described(name: str) -> str:
    """The word under which the reference describes a name: `fvectors` under `vector`."""
    if name == "SymnetError":
        return "errors.SymnetError"
    kind = TYPED.fullmatch(name)
    return {"matri": "matrix"}.get(kind[1], kind[1]) if kind else name


def write(folder: Path) -> None:
    """All pages and their contents; what is unchanged is not touched, so that Sphinx does not read it again."""
    folder.mkdir(exist_ok=True)
    texts = {f"{key}.md": text(page) for key, page in PAGES.items()} | {"index.md": contents()}
    for stale in set(folder.glob("*.md")) - {folder / name for name in texts}:
        stale.unlink()
    for name, new in texts.items():
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != new:
            file.write_text(new, encoding="utf-8")


def contents() -> str:
    """The first page: every word under its page."""
    parts = [
        "# Reference\n",
        "Every word with its formula. What is tested of each stands in [the vocabulary](../ops.md).\n",
        f"```{{toctree}}\n:hidden:\n\n{chr(10).join(PAGES)}\n```\n",
    ]
    for key, page in PAGES.items():
        links = " ".join(f"`sn.{name}`" for name in words(page))
        parts.append(f"## [{page.title}]({key}.md)\n\n{links}\n")
    return "\n".join(parts)


def text(page: Page) -> str:
    """A page of Markdown: each word with its signature and its docstring."""
    entries = [entry(name) for name in dict.fromkeys(words(page))]
    return "\n".join([f"# {page.title}\n", f"{page.about}\n", *entries])


def entry(name: str) -> str:
    """A word, or a class with the methods that have docstrings."""
    value = thing(name)
    if not inspect.isclass(value):
        return directive("function", name + signature(value), _markdown(value), module=True)
    methods = []
    for label, member in vars(value).items():
        if not label.startswith("_") and inspect.getdoc(member):
            if isinstance(member, property):
                methods.append(directive("property", label, _markdown(member)))
            elif callable(member):
                methods.append(directive("method", label + signature(member), _markdown(member)))
    kind = "exception" if issubclass(value, Exception) else "class"
    called = kind == "class" and name not in MADE_BY_WORDS
    body = "\n".join([_markdown(value), *methods])
    return directive(kind, name + (signature(value) if called else ""), body, module=True)


def directive(kind: str, heading: str, body: str, module: bool = False) -> str:
    """A description in Sphinx's words; fences are longer than those inside."""
    inner = max((len(run) for run in re.findall(r"^`{3,}", body, re.MULTILINE)), default=3)
    fence = "`" * (inner + 1)
    options = ":module: symnet\n" if module else ""
    return f"{fence}{{py:{kind}}} {heading}\n{options}\n{body}\n{fence}\n"


def signature(value: Any) -> str:
    """The arguments and their defaults, without types, which docstrings tell."""
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return ""
    named = [p for p in found.parameters.values() if p.name != "self"]
    bare = [p.replace(annotation=p.empty, default=_short(p.default)) for p in named]
    return str(found.replace(parameters=bare, return_annotation=found.empty))


class _Shown(str):
    def __repr__(self) -> str:
        return str(self)


def _short(default: Any) -> Any:
    """Defaults that are objects by their names, not their addresses."""
    if default is inspect.Parameter.empty or isinstance(default, (bool, int, float, str, tuple, type(None))):
        return default
    return _Shown(getattr(default, "__name__", "...").rpartition(".")[2] if hasattr(default, "__name__") else "...")


def _markdown(value: Any) -> str:
    """A docstring as MyST reads it: examples fenced, names of symnet and its errors linked."""
    lines = []
    for paragraph in re.split(r"\n{2,}", inspect.getdoc(value) or ""):
        if paragraph.lstrip().startswith(">>>"):
            lines.append(f"```pycon\n{paragraph}\n```")
        else:
            lines.append(ERROR.sub(_error, paragraph))
    return "\n\n".join(lines) + "\n"


def _error(match: re.Match[str]) -> str:
    return f"{{py:exc}}`~symnet.errors.{match[1]}`" if hasattr(errors, match[1]) else match[1]
