"""Training: the loop, the run folder, and the MNIST job of `python -m symnet train mnist`."""

from symnet.train.loop import Classifier, Epoch, History, fit

__all__ = ["Classifier", "Epoch", "History", "fit"]
