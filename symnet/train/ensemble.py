"""Several classifiers that decide together, as one expression: what draws, profiles and exports functions does them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

import symnet as sn
from symnet import saving
from symnet.compiled import Function
from symnet.errors import ArgumentError, DataError
from symnet.examples.classifier import Classifier, Predictor
from symnet.graph import Variable, substitute, toposort
from symnet.ops.random.streams import seeded

Make = Callable[[np.random.Generator], Classifier]
"""Builds one member, its initial weights drawn with the generator."""
Vote = Literal["average", "majority"]
BATCH_SIZES = (1, 250)
"""For how many rows at a time an export has plans."""


class Ensemble(Predictor):
    r"""Classifiers of the same inputs and classes that vote.

    By "average" it predicts the class of the highest mean probability, $p_{ic} = \frac{1}{k} \sum_m p_{ic}^{(m)}$. By
    "majority" each member votes for its likeliest class and the class of most votes wins; of classes with equally many
    votes, the one of the highest mean probability, and of those with equal ones the first. Probabilities and cost are
    those of the mean p (N, C), whatever the vote.

    `x`, `p`, `cost` and `labels` are expressions, in which member m is the scope `member1`, `member2`, ...; `predict`
    and the other functions read the members' own weights, so that what trains a member changes the ensemble.

    Raises: ArgumentError. Source: Hansen and Salamon, IEEE Transactions on Pattern Analysis 12 (1990).
    """

    def __init__(self, members: Sequence[Classifier], vote: Vote = "average") -> None:
        _check(members, vote)
        first = members[0].x.type
        x = sn.tensor("x", ("batch", first.shape[1]), first.dtype)
        y = sn.lvector("y", shape=("batch",))
        each = [_on(x, member, number) for number, member in enumerate(members, 1)]
        p = sum(each[1:], each[0]) / len(each)
        p.name = "p"
        self.members, self.vote = list(members), vote
        self.x, self.y, self.p, self.cost = x, y, p, -sn.mean(sn.log(p)[sn.arange(y.shape[0]), y])
        self.labels: Variable = sn.argmax(p if vote == "average" else _among_most_voted(each, p), axis=1)
        self.labels.name = "labels"
        self.kept = {
            f"member{number}/{name}": s for number, m in enumerate(members, 1) for name, s in m.kept.items()
        }
        self.predict: Function = sn.function([x], self.labels, name="predict")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the weights of all members and the kind of vote into one `.npz` or `.safetensors`, whole or not at all.

        Raises: ArgumentError, DataError.
        """
        saving.write(path, self.values(), {"vote": self.vote, "members": len(self.members)})

    @classmethod
    def load(cls, path: str | os.PathLike[str], members: Make | Sequence[Classifier]) -> Self:
        """The ensemble in a file by `save`, which holds weights and no program: nothing in it is run.

        `members` builds what was saved: a function of a generator, called once for each member, or the classifiers
        themselves, whose weights are replaced.

        Raises: DataError where the file is missing, damaged or of something else; ArgumentError that lists what differs
        where it is of other networks. Nothing is loaded then.
        """
        source = f"load: {os.fspath(path)}"
        arrays, extra = saving.read(path)
        count, vote = _described(source, extra)
        if callable(members):
            rng = np.random.default_rng(0)
            with seeded(0):
                members = [members(rng) for _ in range(count)]
        elif len(members) != count:
            raise ArgumentError(f"{source} has {count} members, but {len(members)} were given.")
        ensemble = cls(members, vote)
        saving.compare(ensemble.kept, arrays, source)
        saving.assign(ensemble.kept, arrays)
        return ensemble

    def export(self, path: str | os.PathLike[str], batch_sizes: Sequence[int] = BATCH_SIZES) -> list[Path]:
        """Write `predict` as one file that needs NumPy alone, weights in an `.npz` beside it; returns what was written.

        Raises: ArgumentError, DataError.
        """
        return self.predict.export(path, shapes=[{"x": (n, self.x.type.shape[1])} for n in batch_sizes])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.members)} members, vote={self.vote!r})"


def _check(members: Sequence[Any], vote: str) -> None:
    if vote not in ("average", "majority"):
        raise ArgumentError(f"Ensemble: vote is {vote!r}.", fix="choose 'average' or 'majority'.")
    if not members:
        raise ArgumentError("Ensemble: there are no members.", fix="pass at least one trained classifier.")
    for number, member in enumerate(members, 1):
        if not isinstance(member, Predictor):
            raise ArgumentError(
                f"Ensemble: member {number} is a {type(member).__name__}, no Classifier.",
                fix="of a NetworkClassifier take its model_." if hasattr(member, "model_") else None,
            )
        for what, mine, first in [
            ("inputs", member.x.type.shape[1], members[0].x.type.shape[1]),
            ("classes", member.classes, members[0].classes),
        ]:
            if mine != first or mine is None:
                known = "an unknown number of" if mine is None else mine
                raise ArgumentError(
                    f"Ensemble: member {number} has {known} {what}, member 1 has {first}.",
                    fix=f"members vote on the same {what}.",
                )


def _on(x: Variable, member: Predictor, number: int) -> Variable:
    """A member's probabilities of another input, in a scope of the member's own."""
    before = set(toposort([member.p]))
    (p,) = substitute([member.p], {member.x: x})
    for node in toposort([p]):
        if node not in before and node.origin is not None:
            node.origin = node.origin._replace(scopes=(f"member{number}", *node.origin.scopes))
    return p


def _among_most_voted(each: Sequence[Variable], p: Variable) -> Variable:
    """The mean probabilities, those of classes that others have more votes than as -1."""
    with sn.scope("vote"):
        classes = sn.arange(p.type.shape[1])
        chosen = [sn.equal(sn.argmax(q, axis=1, keepdims=True), classes).astype("int64") for q in each]
        votes = sum(chosen[1:], chosen[0])
        return sn.where(sn.equal(votes, sn.max(votes, axis=1, keepdims=True)), p, -1.0)


def _described(source: str, extra: Any) -> tuple[int, Vote]:
    match extra:
        case {"vote": "average" | "majority" as vote, "members": int(count)} if count > 0:
            return count, vote
    raise DataError(f"{source} holds arrays, but not of an ensemble.", fix="load a file that Ensemble.save wrote.")
