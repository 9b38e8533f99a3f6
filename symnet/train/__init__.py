"""Training: the loop, its callbacks, checkpoints, the run folder, and the job of `python -m symnet train mnist`."""

from symnet.train.callbacks import Callback, Checkpoints, EarlyStopping, LivePlot
from symnet.train.estimator import NetworkClassifier
from symnet.train.history import Epoch, History
from symnet.train.loop import Batches, Classifier, Model, Trainer, fit

__all__ = [
    "Batches", "Callback", "Checkpoints", "Classifier", "EarlyStopping", "Epoch", "History", "LivePlot", "Model",
    "NetworkClassifier", "Trainer", "fit",
]  # fmt: skip
