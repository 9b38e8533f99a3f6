"""A network with the methods of scikit-learn's classifiers; it needs no scikit-learn."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, Self

import numpy as np

from symnet.errors import ArgumentError
from symnet.examples.classifier import Classifier, Network, Optimiser
from symnet.ops.random import default_generator, seed
from symnet.options import current
from symnet.train.callbacks import Callback
from symnet.train.history import History
from symnet.train.loop import fit


class NetworkClassifier:
    """A classifier in scikit-learn's manner, to be cloned, searched over and cross-validated.

    `network` is a function of a symbolic x (N, features) and a generator that gives scores (N, classes) and layers.
    Labels are what NumPy can sort; `classes_` has them in order. A share of the rows is held out to choose the best
    epoch, and `seed` decides all draws: the rows held out, initial weights, order, dropout. After `fit`, `model_` is
    the `Classifier` and `history_` the `History`. The other arguments are those of `fit` and `Classifier`.
    """

    def __init__(
        self,
        network: Network,
        *,
        epochs: int = 10,
        batch_size: int = 32,
        learning_rate: float = 0.1,
        mu: float = 0.0,
        optimiser: Optimiser | None = None,
        decay: bool = True,
        held_out: float = 0.1,
        seed: int | None = None,
        progress: bool = False,
        callbacks: Iterable[Callback] = (),
    ) -> None:
        # As scikit-learn asks, arguments are kept as they are and checked by `fit`.
        self.network = network
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.mu = mu
        self.optimiser = optimiser
        self.decay = decay
        self.held_out = held_out
        self.seed = seed
        self.progress = progress
        self.callbacks = callbacks

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments by name."""
        return {name: getattr(self, name) for name in _arguments(type(self))}

    def set_params(self, **params: Any) -> Self:
        """Change arguments.

        Raises: ArgumentError; none was changed then.
        """
        known = _arguments(type(self))
        for name in params:
            if name not in known:
                raise ArgumentError(
                    f"set_params: there is no parameter {name!r}.", fix=f"the parameters are {', '.join(known)}."
                )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def fit(self, X: Any, y: Any) -> Self:
        """Build the network for the columns of X (N, features) and train it on the labels y (N).

        Raises: ArgumentError, and what the function `fit` raises.
        """
        if self.seed is not None:
            seed(self.seed)
        rng = default_generator()
        x, labels = _rows("fit", X), np.asarray(y)
        if labels.shape != (len(x),):
            raise ArgumentError(f"fit: X has {len(x)} rows, but y has the shape {labels.shape}.")
        classes, y = np.unique(labels, return_inverse=True)
        y = y.astype(np.int64)
        if not 0 <= self.held_out < 1:
            raise ArgumentError(f"fit: held_out is {self.held_out}.", fix="choose a share from 0 to less than 1.")
        model = Classifier(self.network, rng, self.mu, x.shape[1], self.optimiser)
        if model.classes is not None and model.classes != len(classes):
            raise ArgumentError(
                f"fit: the network gives {model.classes} scores, but y has {len(classes)} classes.",
                fix=f"let the network end with {len(classes)} scores.",
            )
        count = round(self.held_out * len(x))
        order = rng.permutation(len(x))
        held, train = order[:count], order[count:]
        self.history_: History = fit(
            model,
            (x[train], y[train]),
            (x[held], y[held]) if count else None,
            epochs=self.epochs,
            batch_size=min(self.batch_size, len(train)),
            learning_rate=self.learning_rate,
            rng=rng,
            decay=self.decay,
            progress=self.progress,
            callbacks=self.callbacks,
        )
        self.model_, self.classes_, self.n_features_in_ = model, classes, x.shape[1]
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest label of each row.

        Raises: ArgumentError.
        """
        x = self._checked("predict", X)
        return np.asarray(self.classes_[self.model_.predictions(x)])

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of each of `classes_` for each row.

        Raises: ArgumentError.
        """
        x = self._checked("predict_proba", X)
        return self.model_.predicted_probabilities(x)

    def score(self, X: Any, y: Any) -> float:
        """The share of rows whose label is predicted.

        Raises: ArgumentError.
        """
        return float(np.mean(self.predict(X) == np.asarray(y)))

    def _checked(self, word: str, X: Any) -> np.ndarray:
        if not hasattr(self, "model_"):
            raise ArgumentError(f"{word}: the classifier is not trained.", fix="call fit(X, y) first.")
        x = _rows(word, X)
        if x.shape[1] != self.n_features_in_:
            raise ArgumentError(f"{word}: X has {x.shape[1]} columns, but it had {self.n_features_in_} in fit.")
        return x

    def __repr__(self) -> str:
        network = getattr(self.network, "__name__", repr(self.network))
        return f"{type(self).__name__}({network}, epochs={self.epochs}, learning_rate={self.learning_rate})"

    def __sklearn_tags__(self) -> Any:
        # Asked by scikit-learn alone.
        from sklearn.utils import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
            ClassifierTags,
            InputTags,
            Tags,
            TargetTags,
        )

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(),
        )


def _arguments(kind: type) -> list[str]:
    return [name for name in inspect.signature(kind.__init__).parameters if name != "self"]  # type: ignore[misc]


def _rows(word: str, X: Any) -> np.ndarray:
    x = np.asarray(X, current().floatX)
    if x.ndim != 2:
        raise ArgumentError(f"{word}: X has the shape {x.shape}.", fix="X has rows of features: X.reshape(len(X), -1).")
    if not np.isfinite(x).all():
        raise ArgumentError(f"{word}: X holds numbers that are not finite.", fix="remove or replace them.")
    return x
