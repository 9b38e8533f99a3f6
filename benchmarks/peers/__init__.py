"""The competitors. Each is a class with a method for each task, which takes the task's data and returns its step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

Step = Callable[[], Sequence[Any]]  # one step, done when it returns: the cost, or the resulting arrays


@dataclass(frozen=True)
class Peer:
    """A competitor by name: where its class stands, how it is made, what it needs in the environment."""

    label: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    images_only: bool = False

    def load(self, threads: int) -> Any:
        """The competitor itself. Raises ImportError where its framework is not installed."""
        module, kind = self.kind.split(":")
        return getattr(import_module(f"peers.{module}"), kind)(threads, **self.options)


PEERS = {
    "symnet": Peer("symnet", "symnet:Symnet"),
    "torch": Peer("PyTorch eager", "torch:Torch"),
    "torch-channels-last": Peer("PyTorch eager, channels_last", "torch:Torch", {"channels_last": True}, True),
    "torch-compile": Peer("torch.compile", "torch:Torch", {"compiled": True}),
    "jax": Peer("JAX jit", "jax:Jax"),
    "tf": Peer("TensorFlow function", "tensorflow:TensorFlow"),
    "tf-xla": Peer("TensorFlow function, XLA", "tensorflow:TensorFlow", {"xla": True}),
    "pytensor": Peer("PyTensor", "pytensor:PyTensor"),
    "numpy": Peer("plain NumPy", "numpy:PlainNumPy"),
}


def environment(threads: int) -> dict[str, str]:
    """Variables that libraries read once, when they are loaded; each sets its own number of threads as well.

    Nobody's threads are told to sleep sooner than they would: the runner waits between turns.
    """
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return {**dict.fromkeys(names, str(threads)), "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1"}
