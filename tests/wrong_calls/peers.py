"""The same mistakes made with PyTorch, JAX and PyTensor, and what these say: recorded in `peers.json`.

`python tests/wrong_calls/peers.py` records again; the libraries come with the extra `[bench]`.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])

from wrong_calls.mistake import outcome, told

RECORD = Path(__file__).with_name("peers.json")
LIBRARIES = ("PyTorch", "JAX", "PyTensor")

_TORCH_NET = """
w = torch.zeros(784, 10, requires_grad=True)
def cost(x, y): return -torch.log_softmax(x @ w, 1)[torch.arange(len(y)), y].mean()
"""
_JAX_NET = """
w = jnp.zeros((784, 10))
cost = jax.jit(lambda x, y: -jax.nn.log_softmax(x @ w)[jnp.arange(len(y)), y].mean())
"""
_PYTENSOR_NET = """
x, y = pt.fmatrix("x"), pt.ivector("y")
w = pytensor.shared(np.zeros((784, 10), "float32"), "w")
cost = -pt.mean(pt.log(pt.special.softmax(pt.dot(x, w), axis=1))[pt.arange(y.shape[0]), y])
train = pytensor.function([x, y], cost)
"""


def _net(shape: str, labels: str) -> tuple[str, str, str]:
    return (
        _TORCH_NET + f"float(cost(torch.ones({shape}), torch.tensor({labels})))",
        _JAX_NET + f"float(cost(jnp.ones({shape}), jnp.array({labels})))",
        _PYTENSOR_NET + f'float(train(np.ones({shape}, "float32"), np.array({labels}, "int32")))',
    )


def _conv(x: str, w: str, stride: int = 1) -> tuple[str, str, None]:
    return (
        f"x, w = torch.zeros({x}), torch.zeros({w})\nF.conv2d(x, w, stride={stride})",
        f'x, w = jnp.zeros({x}), jnp.zeros({w})\njax.lax.conv(x, w, ({stride}, {stride}), "VALID").shape',
        None,
    )


PROGRAMS: dict[str, tuple[str | None, str | None, str | None]] = {
    "700 inputs instead of 784": _net("(5, 700)", "[0, 1, 2, 3, 4]"),
    "6 labels for 5 rows": _net("(5, 784)", "[0, 1, 2, 3, 4, 5]"),
    "label 10 of 10 classes": _net("(5, 784)", "[0, 1, 2, 3, 10]"),
    "label 1,000,000": _net("(5, 784)", "[0, 1, 2, 3, 1000000]"),
    "label -1": _net("(5, 784)", "[0, 1, 2, 3, -1]"),
    "labels as floats in the call": (
        _TORCH_NET + "cost(torch.ones(5, 784), torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0]))",
        _JAX_NET + "cost(jnp.ones((5, 784)), jnp.array([0.0, 1.0, 2.0, 3.0, 4.0]))",
        _PYTENSOR_NET + 'train(np.ones((5, 784), "float32"), np.array([0.0, 1.0, 2.0, 3.0, 4.0]))',
    ),
    "another batch size in the second input": (
        "a, b = torch.ones(50, 3), torch.ones(60, 3)\ncost = ((a - b) ** 2).mean()",
        "f = jax.jit(lambda a, b: jnp.mean((a - b) ** 2))\nf(jnp.ones((50, 3)), jnp.ones((60, 3)))",
        'a, b = pt.fmatrix("a"), pt.fmatrix("b")\nf = pytensor.function([a, b], pt.mean((a - b) ** 2))\n'
        'f(np.ones((50, 3), "float32"), np.ones((60, 3), "float32"))',
    ),
    "rows of unequal length": (
        "x = torch.tensor([[0.0, 1.0], [0.0]])",
        "x = jnp.array([[0.0, 1.0], [0.0]])",
        'x = pt.matrix("x")\nf = pytensor.function([x], x.sum())\nf([[0.0, 1.0], [0.0]])',
    ),
    "strings as data": (
        'torch.tensor(["1.5", "2.5"])',
        'jnp.sum(jnp.array(["1.5", "2.5"]))',
        'x = pt.vector("x")\nf = pytensor.function([x], x.sum())\nf(["1.5", "2.5"])',
    ),
    "None as an argument": (
        "torch.sum(None)",
        "f = jax.jit(lambda x: x.sum())\nf(None)",
        'x = pt.vector("x")\nf = pytensor.function([x], x.sum())\nf(None)',
    ),
    "shared.set_value with another shape": (
        "w = torch.zeros(784, 10)\nw.copy_(torch.zeros(10, 784))",
        None,
        'w = pytensor.shared(np.zeros((784, 10)), name="w")\nw.set_value(np.zeros((10, 784)))\nw.get_value().shape',
    ),
    "np.linalg.eig(x)": (
        None,
        "f = jax.jit(lambda x: np.linalg.eig(x))\nf(jnp.eye(2))",
        'x = pt.matrix("x")\nvalues, vectors = np.linalg.eig(x)',
    ),
    "np.array([x, y])": (
        None,
        "f = jax.jit(lambda x, y: np.array([x, y]))\nf(1.0, 2.0)",
        'x, y = pt.scalar("x"), pt.scalar("y")\nboth = np.array([x, y])\nboth',
    ),
    "math.exp(x)": (
        "x = torch.tensor([1.0, 2.0])\ny = math.exp(x)",
        "f = jax.jit(lambda x: math.exp(-x))\nf(1.0)",
        'x = pt.scalar("x")\ny = math.exp(-x)',
    ),
    "if x > 0": (
        "x = torch.tensor([1.0, 2.0])\nif x > 0:\n    y = x",
        "f = jax.jit(lambda x: x if x > 0 else -x)\nf(1.0)",
        'x = pt.scalar("x")\nif x > 0:\n    y = x',
    ),
    "x > 0 and x < 1": (
        "x = torch.tensor([1.0, 2.0])\ninside = x > 0 and x < 1",
        "f = jax.jit(lambda x: x > 0 and x < 1)\nf(jnp.ones(2))",
        'x = pt.vector("x")\ninside = x > 0 and x < 1',
    ),
    "for row in x": (
        None,
        None,
        'x = pt.matrix("x")\nfor row in x:\n    pass',
    ),
    "len(x)": (None, None, 'x = pt.matrix("x")\nmean = x.sum() / len(x)'),
    "range(x.shape[0])": (None, None, 'x = pt.matrix("x")\nrows = [x[i].sum() for i in range(x.shape[0])]'),
    "x[i] = v": (
        None,
        "x = jnp.ones(3)\nx[0] = 1.0",
        'x = pt.vector("x")\nx[0] = 1.0',
    ),
    "where(x == 0, ...)": (
        None,
        None,
        'x = pt.vector("x")\nsafe = pt.where(x == 0, 1.0, x)\nsafe.eval({x: np.array([0.0, 2.0])})',
    ),
    "accuracy by ==": (
        None,
        None,
        'z, y = pt.fmatrix("z"), pt.ivector("y")\naccuracy = pt.mean(z.argmax(axis=1) == y)\naccuracy.eval()',
    ),
    "float(cost) without a function": (
        None,
        "f = jax.jit(lambda x: float(jnp.sum(x)))\nf(jnp.ones(2))",
        'x = pt.vector("x")\nfloat(pt.sum(x ** 2))',
    ),
    "the learning rate as a string": (
        'w = torch.tensor(1.0)\nstep = "0.1" * w',
        'w = jnp.array(1.0)\nstep = "0.1" * w',
        'w = pytensor.shared(1.0, name="w")\nstep = "0.1" * w',
    ),
    "a missing transpose": (
        "x, w = torch.zeros(5, 784), torch.zeros(10, 784)\nz = x @ w",
        "x, w = jnp.zeros((5, 784)), jnp.zeros((10, 784))\nz = jnp.dot(x, w)",
        'x, w = pt.fmatrix("x"), pt.fmatrix("w")\nf = pytensor.function([x, w], pt.dot(x, w))\n'
        'f(np.ones((5, 784), "float32"), np.ones((10, 784), "float32"))',
    ),
    "a bias of another size": (
        "x, b = torch.zeros(5, 10), torch.zeros(100)\nz = x + b",
        "x, b = jnp.zeros((5, 10)), jnp.zeros(100)\nz = x + b",
        'x = pt.tensor("x", shape=(None, 10))\nb = pytensor.shared(np.zeros(100), "b", shape=(100,))\nz = x + b',
    ),
    "an axis that is not there": (
        "x = torch.zeros(3)\np = torch.softmax(x, 1)",
        "x = jnp.zeros(3)\np = jax.nn.softmax(x, axis=1)",
        'x = pt.vector("x")\np = pt.special.softmax(x, axis=1)',
    ),
    "zeros with a float size": (
        "torch.zeros((784 / 2, 10))",
        "jnp.zeros((784 / 2, 10))",
        "w = pt.zeros((784 / 2, 10))",
    ),
    "reshape to an impossible size": (
        "x = torch.zeros(5, 784)\nx.reshape(5, 1, 28, 27)",
        "x = jnp.zeros((5, 784))\nx.reshape(5, 1, 28, 27)",
        'x = pt.tensor("x", shape=(5, 784))\nimages = x.reshape((5, 1, 28, 27))\n'
        "images.eval({x: np.zeros((5, 784))}).shape",
    ),
    "concatenating different ranks": (
        "torch.cat([torch.zeros(2, 2), torch.zeros(2)])",
        "jnp.concatenate([jnp.zeros((2, 2)), jnp.zeros(2)])",
        'x, b = pt.matrix("x"), pt.vector("b")\nxb = pt.concatenate([x, b])',
    ),
    "an index beyond a known size": (
        "x = torch.zeros(3)\nlast = x[3]",
        "x = jnp.zeros(3)\nlast = x[3]\nfloat(last)",
        'x = pt.tensor("x", shape=(3,))\nx[3].eval({x: np.zeros(3)})',
    ),
    "an index beyond the size at the call": (
        "x, i = torch.zeros(3), torch.tensor(3)\nx[i]",
        "f = jax.jit(lambda x, i: x[i])\nfloat(f(jnp.array([1.0, 2.0, 3.0]), 3))",
        'x, i = pt.vector("x"), pt.iscalar("i")\nf = pytensor.function([x, i], x[i])\n'
        "float(f([1.0, 2.0, 3.0], 3))",
    ),
    "images NHWC for a convolution that reads NCHW": _conv("(2, 28, 28, 3)", "(32, 3, 5, 5)"),
    "filters for grey images, images in colour": _conv("(2, 3, 28, 28)", "(32, 1, 5, 5)"),
    "a kernel larger than the image": _conv("(2, 1, 4, 4)", "(32, 1, 5, 5)"),
    "stride 0": _conv("(2, 1, 28, 28)", "(32, 1, 5, 5)", 0),
    "a dropout rate of 1.5": ("F.dropout(torch.ones(3), 1.5)", None, None),
    "the gradient of a vector": (
        "x = torch.ones(3, requires_grad=True)\n(x ** 2).backward()",
        "jax.grad(lambda x: x ** 2)(jnp.ones(3))",
        'x = pt.vector("x")\ng = pt.grad(x ** 2, x)',
    ),
    "the gradient with respect to an integer": (
        "n = torch.tensor(2, requires_grad=True)",
        "jax.grad(lambda n: n ** 2.0)(2)",
        'n = pt.iscalar("n")\ng = pt.grad(n ** 2.0, n)\ng.eval({n: 3})',
    ),
    "the gradient with respect to an unused variable": (
        "x, b = torch.ones(3, requires_grad=True), torch.zeros((), requires_grad=True)\n"
        "torch.autograd.grad((x ** 2).sum(), b)",
        "float(jax.grad(lambda b, x: jnp.sum(x ** 2))(0.0, jnp.ones(3)))",
        'x, b = pt.vector("x"), pytensor.shared(0.0, name="b")\ng = pt.grad(pt.sum(x ** 2), b)',
    ),
    "argmax in the cost": (
        "z = torch.ones(2, 3, requires_grad=True)\ncost = z.argmax(1).float().mean()\ncost.backward()",
        "cost = lambda z: jnp.mean(jnp.argmax(z, 1) ** 2.0)\njax.grad(cost)(jnp.ones((2, 3))).sum()",
        'z = pt.fmatrix("z")\ng = pt.grad(pt.mean(pt.argmax(z, axis=1) ** 2.0), z)\n'
        'g.eval({z: np.ones((2, 3), "float32")}).sum()',
    ),
    "a missing input": (
        None,
        None,
        'x, b = pt.vector("x"), pt.scalar("b")\nf = pytensor.function([x], x + b)',
    ),
    "an unused input": (None, None, 'x, y = pt.vector("x"), pt.ivector("y")\nf = pytensor.function([x, y], x.sum())'),
    "too many arguments": (
        None,
        "f = jax.jit(lambda x: x.sum())\nf(jnp.ones(1), jnp.ones(1))",
        'x = pt.vector("x")\nf = pytensor.function([x], x.sum())\nf([1.0], [2.0])',
    ),
    "an unknown keyword": (
        None,
        "f = jax.jit(lambda x, y: x + y)\nf(jnp.ones(1), z=jnp.ones(1))",
        'x, y = pt.vector("x"), pt.vector("y")\nf = pytensor.function([x, y], x + y)\nf([1.0], z=[2.0])',
    ),
    "an update of another shape": (
        None,
        None,
        'w = pytensor.shared(np.zeros((784, 10)), "w")\nf = pytensor.function([], [], updates=[(w, w.sum(axis=0))])',
    ),
    "an update of another dtype": (
        None,
        None,
        'n = pytensor.shared(0, name="n")\nf = pytensor.function([], n, updates=[(n, n + 0.5)])',
    ),
    "the same update twice": (
        None,
        None,
        'w = pytensor.shared(1.0, name="w")\nf = pytensor.function([], w, updates=[(w, w - 0.1), (w, 0.9 * w)])',
    ),
    "an integer to a negative power": (
        "n = torch.tensor([1, 2])\nn ** -1",
        "n = jnp.array([1, 2])\n(n ** jnp.array(-1)).tolist()",
        'n = pt.ivector("n")\nf = pytensor.function([n], n ** -1)\nf([1, 2])',
    ),
    "x > 0 & x < 1, without brackets": (
        "x = torch.ones(2)\ninside = x > 0 & x < 1",
        "x = jnp.ones(2)\ninside = x > 0 & x < 1",
        'x = pt.vector("x")\ninside = x > 0 & x < 1',
    ),
}


# Only where the difference is clear: a wrong number, a crash, or a message that is no help; or a better one.
VERDICTS = {
    "6 labels for 5 rows": "JAX and PyTensor train on, on labels of no row.",
    "label 10 of 10 classes": "JAX takes another class; PyTensor reads outside the array.",
    "label 1,000,000": "JAX takes another class; PyTensor ends the process.",
    "label -1": "The three count from the end, as NumPy does: a wrong label trains on.",
    "shared.set_value with another shape": "PyTensor takes it, because shapes are open there unless they are declared.",
    "700 inputs instead of 784": "PyTensor gives no sizes.",
    "a missing transpose": "PyTensor gives no sizes.",
    "where(x == 0, ...)": "PyTensor guesses the same cause.",
    "accuracy by ==": "PyTensor guesses the same cause.",
    "x[i] = v": "JAX and PyTensor name their ways as well.",
    "np.array([x, y])": "PyTensor makes an array of objects.",
    "an index beyond a known size": "JAX gives a number.",
    "an index beyond the size at the call": "JAX takes the last entry; PyTensor gives no numbers.",
    "a kernel larger than the image": "JAX goes on without any image.",
    "the gradient with respect to an integer": "PyTensor gives one, as if it were a float.",
    "the gradient with respect to an unused variable": "JAX gives 0, as it says it does.",
    "argmax in the cost": "JAX and PyTensor give 0, with which nothing learns.",
    "an integer to a negative power": "PyTensor truncates to 0.",
    "the gradient of a vector": "JAX shows the shape as well.",
    "x > 0 & x < 1, without brackets": "The others do not name the cause.",
    "the learning rate as a string": "PyTorch and JAX speak of an index.",
    "strings as data": "PyTorch and PyTensor name the wrong cause.",
    "float(cost) without a function": "JAX has a page on it.",
    "if x > 0": "JAX has a page on it; PyTorch's reader has values at hand.",
}


def _plain(text: str) -> str:
    """Without what is of one machine and one moment: paths and addresses."""
    text = re.sub(r"0x[0-9a-f]{6,}", "0x...", re.sub(r"\S*/site-packages/", "", text))
    return re.sub(r"(?<![\w.])/(?:[\w.+-]+/)+(?=[\w.-]+\.py\b)", "", text).strip()


def _said(program: str, names: dict[str, Any]) -> str:
    """What a child process says that runs the program: some end it."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(
        target=lambda: sender.send(_plain(told(outcome(program, names)))), daemon=True
    )
    child.start()
    child.join()
    return receiver.recv() if receiver.poll() else f"no error: the process ends by signal {-(child.exitcode or 0)}"


def _names(library: str) -> tuple[str, dict[str, Any]]:
    """A library's version, and the names its programs begin with."""
    common = {"np": np, "math": math}
    if library == "PyTorch":
        import torch

        return torch.__version__, {"torch": torch, "F": torch.nn.functional, **common}
    if library == "JAX":
        import jax
        import jax.numpy as jnp

        return jax.__version__, {"jax": jax, "jnp": jnp, **common}
    import pytensor
    import pytensor.tensor as pt

    return pytensor.__version__, {"pytensor": pytensor, "pt": pt, **common}


def record() -> None:
    """Run every program with its library, and write down what each says."""
    found: dict[str, dict[str, Any]] = {title: {} for title in PROGRAMS}
    versions = {}
    for library in reversed(LIBRARIES):  # JAX and PyTorch start threads, and PyTensor's programs run in forks
        versions[library], names = _names(library)
        for title, programs in PROGRAMS.items():
            program = (programs[LIBRARIES.index(library)] or "").strip() + "\n"
            if program.strip():
                says = _said(program, names) if library == "PyTensor" else _plain(told(outcome(program, names)))
                found[title][library] = {"program": program, "says": says}
    text = json.dumps({"versions": versions, "says": found}, indent=1, ensure_ascii=False, sort_keys=True)
    RECORD.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    record()
