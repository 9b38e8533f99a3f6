"""A network as a classifier in scikit-learn's manner, by what scikit-learn asks of one."""

import pickle
from types import SimpleNamespace

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError
from symnet.train import NetworkClassifier

RNG = np.random.default_rng(0)
X = np.concatenate([RNG.normal(-1, 0.5, (60, 3)), RNG.normal(1, 0.5, (60, 3))])
Y = np.array(["no"] * 60 + ["yes"] * 60)


def network(x, rng):
    """A line between two classes."""
    w = sn.shared(rng.normal(size=(3, 2)).astype("float32"), "w")
    return sn.dot(sn.dropout(x, 0.1), w), [SimpleNamespace(params=[w])]


def classifier(**changes):
    return NetworkClassifier(network, **{"epochs": 5, "batch_size": 10, "learning_rate": 0.5, "seed": 0, **changes})


def clone(estimator):
    """As scikit-learn's does: made anew from the parameters, which have to be the very same objects."""
    params = estimator.get_params(deep=False)
    made = type(estimator)(**params)
    again = made.get_params(deep=False)
    assert all(again[name] is value for name, value in params.items())
    return made


def test_it_learns_and_speaks_in_the_user_s_labels():
    c = classifier()
    assert c.fit(X, Y) is c
    np.testing.assert_array_equal(c.classes_, ["no", "yes"])
    assert c.n_features_in_ == 3 and c.score(X, Y) > 0.95
    assert set(c.predict(X)) == {"no", "yes"}
    p = c.predict_proba(X)
    assert p.shape == (120, 2)
    np.testing.assert_array_equal(c.classes_[p.argmax(1)], c.predict(X))
    assert len(c.history_.epochs) == 5
    assert c.predict(X[:0]).shape == (0,) and c.predict_proba(X[:0]).shape == (0, 2)


def test_lists_and_numbers_of_any_kind():
    c = classifier().fit(X.tolist(), (Y == "yes").tolist())
    assert c.predict(X.tolist()).dtype == bool
    c = classifier().fit(np.asfortranarray(np.rint(10 * X).astype(int)), np.where(Y == "yes", 7.5, -3.0))
    assert set(c.predict(np.rint(10 * X))) <= {7.5, -3.0}


def test_a_seed_decides_all():
    a, b, c = (classifier(seed=seed).fit(X, Y) for seed in (0, 0, 1))
    np.testing.assert_array_equal(a.predict_proba(X), b.predict_proba(X))
    assert not np.array_equal(a.predict_proba(X), c.predict_proba(X))
    a.fit(X, Y)
    np.testing.assert_array_equal(a.predict_proba(X), b.predict_proba(X))


def test_cross_validation_by_clones():
    c = classifier()
    scores = []
    for k in range(4):
        held = np.arange(len(X)) % 4 == k
        scores.append(clone(c).fit(X[~held], Y[~held]).score(X[held], Y[held]))
    assert min(scores) > 0.9
    assert not hasattr(c, "model_")


def test_parameters():
    c = classifier()
    assert c.get_params()["epochs"] == 5 and c.get_params()["network"] is network
    assert c.set_params(epochs=2, mu=0.9) is c and (c.epochs, c.mu) == (2, 0.9)
    with pytest.raises(ArgumentError, match="there is no parameter 'epoch'") as raised:
        c.set_params(mu=0.5, epoch=3)
    assert "network, epochs, batch_size" in str(raised.value) and c.mu == 0.9
    assert repr(c) == "NetworkClassifier(network, epochs=2, learning_rate=0.5)"


def test_it_pickles_trained():
    c = classifier().fit(X, Y)
    again = pickle.loads(pickle.dumps(c))
    np.testing.assert_array_equal(again.predict_proba(X), c.predict_proba(X))


@pytest.mark.parametrize(("x", "y", "changes", "message"), [
    (X, Y[:-1], {}, r"X has 120 rows, but y has the shape \(119,\)"),
    (X, np.stack([Y, Y], 1), {}, r"y has the shape \(120, 2\)"),
    (X[:, 0], Y, {}, r"X has the shape \(120,\)"),
    (np.where(X > 1, np.nan, X), Y, {}, "X holds numbers that are not finite"),
    (X, np.arange(120) % 3, {}, "the network gives 2 scores, but y has 3 classes"),
    (X, Y, {"held_out": 1.0}, "held_out is 1.0"),
    (X, Y, {"epochs": 0}, "epochs is 0"),
])  # fmt: skip
def test_what_it_refuses(x, y, changes, message):
    c = classifier(**changes)
    with pytest.raises(ArgumentError, match=message):
        c.fit(x, y)
    assert not hasattr(c, "model_")


def test_what_it_refuses_when_it_predicts():
    with pytest.raises(ArgumentError, match="predict: the classifier is not trained"):
        classifier().predict(X)
    c = classifier().fit(X, Y)
    with pytest.raises(ArgumentError, match="predict_proba: X has 2 columns, but it had 3 in fit"):
        c.predict_proba(X[:, :2])


def test_without_held_out_rows_the_last_epoch_stays():
    c = classifier(held_out=0).fit(X, Y)
    assert c.history_.best is c.history_.epochs[-1] and c.history_.best.validation_accuracy is None


def test_scikit_learn_takes_it():
    pytest.importorskip("sklearn")
    from sklearn.base import clone as sk_clone
    from sklearn.base import is_classifier
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    c = classifier()
    assert is_classifier(c) and sk_clone(c).get_params() == c.get_params()
    assert cross_val_score(c, X, Y, cv=3).min() > 0.9
    assert cross_val_score(make_pipeline(StandardScaler(), c), X, Y, cv=3).min() > 0.9
    search = GridSearchCV(c, {"learning_rate": [1e-6, 0.5]}, cv=3).fit(X, Y)
    assert search.best_params_ == {"learning_rate": 0.5}
