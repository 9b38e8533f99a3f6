"""Training: the loop, ensembles, callbacks, the run folder, and the job of `python -m symnet train mnist`."""

from symnet.examples.classifier import Predictor
from symnet.train.callbacks import Callback, Checkpoints, EarlyStopping, LivePlot
from symnet.train.ensemble import Ensemble
from symnet.train.estimator import NetworkClassifier
from symnet.train.history import Epoch, History
from symnet.train.loop import Batches, Classifier, Model, Trainer, fit
from symnet.train.members import train_ensemble

__all__ = [
    "Batches", "Callback", "Checkpoints", "Classifier", "EarlyStopping", "Ensemble", "Epoch", "History", "LivePlot",
    "Model", "NetworkClassifier", "Predictor", "Trainer", "fit", "train_ensemble",
]  # fmt: skip
