"""Rules of the user's own: given by options, fired in the pipeline, seen in `f.rewrites`, checked on their example."""

import pickle

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError, RewriteError
from symnet.rewrites import Number, P, Rule


def log1p_rule(**changes):
    parts = dict(
        name="log1p_from_log",
        pattern=P(sn.Log, P(sn.Add, Number(1), "x")),
        replacement=lambda m: sn.log1p(m["x"]),
        reason="log1p keeps the digits of a small x",
        example=lambda: sn.log(1 + sn.dvector("x")),
    )
    return Rule(**{**parts, **changes})


def fired(f):
    return [record.rule for record in f.rewrites]


def test_a_rule_given_by_options_fires_and_says_why():
    x = sn.dvector("x")
    f = sn.function([x], sn.log(1 + x), options=sn.Options(rules=[log1p_rule()]))
    (record,) = f.rewrites
    assert (record.rule, record.reason) == ("log1p_from_log", "log1p keeps the digits of a small x")
    assert (record.before, record.after) == ("log(1 + x)", "log1p(x)")
    assert f([1e-20])[0] == 1e-20
    assert sn.function([x], sn.log(1 + x))([1e-20])[0] == 0.0


def test_it_fires_in_updates_and_in_pictures():
    s = sn.shared(np.ones(3), "s")
    with sn.options(rules=(log1p_rule(),)):
        f = sn.function([], None, {s: sn.log(1 + s)})
        drawn = sn.draw(2 * sn.log(1 + s), when="after").source
    assert fired(f) == ["log1p_from_log"]
    assert 'label="log1p\\n' in drawn
    assert 'label="log1p\\n' not in sn.draw(f, when="before").source


def test_it_sees_composites_whole_and_what_they_were_made_of():
    class Halved(sn.Composite):
        name = "halved"

        def expand(self, *inputs):
            return sn.log(inputs[0] / 2 + 1)

    x = sn.dvector("x")
    y = Halved()(x)
    whole = Rule("whole", P(Halved, "x"), lambda m: m["x"] * 3, "seen whole", lambda: Halved()(sn.dvector("x")))
    with sn.options(rules=[whole, log1p_rule()]):
        assert fired(sn.function([x], y)) == ["whole"]
    with sn.options(rules=[log1p_rule()]):
        assert fired(sn.function([x], y)) == ["expand_halved", "log1p_from_log"]


def test_it_stands_before_the_rules_of_the_house():
    x = sn.dvector("x")
    own = Rule("own", P(sn.Log, P(sn.Add, Number(1), P(sn.Exp, "x"))), lambda m: sn.relu(m["x"]), "rough", lambda: x)
    with sn.options(rules=[own]):
        assert fired(sn.function([x], sn.log(1 + sn.exp(x)))) == ["own"]
    with sn.options(rules=[own], exclude=("own",)):
        assert fired(sn.function([x], sn.log(1 + sn.exp(x)))) == ["softplus_from_log"]


def test_a_function_with_rules_pickles_without_them():
    x = sn.dvector("x")
    f = pickle.loads(pickle.dumps(sn.function([x], sn.log(1 + x), options=sn.Options(rules=[log1p_rule()]))))
    assert f([1e-20])[0] == 1e-20
    assert f.options.rules == ()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (log1p_rule(), "rules holds a Rule, not a Rule, or is no list"),
        (["log1p"], "rules holds a str, not a Rule"),
        ([log1p_rule(), log1p_rule()], "another rule or pass called log1p_from_log"),
        ([log1p_rule(name="log_of_softmax")], "another rule or pass called log_of_softmax"),
        ([log1p_rule(name="simplify")], "another rule or pass called simplify"),
    ],
)
def test_what_is_no_rule_of_ones_own_is_refused(rules, message):
    x = sn.dvector("x")
    with pytest.raises(ArgumentError, match=message):
        sn.function([x], x + 1, options=sn.Options(rules=rules))


# check_rule -----------------------------------------------------------------------------------------------------------


def test_a_rule_that_holds_passes():
    sn.check_rule(log1p_rule())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"replacement": lambda m: m["x"]}, "log1p_from_log changes its example from"),
        ({"replacement": lambda m: sn.sum(m["x"]) + m["x"] * 0}, "log1p_from_log changes its example from"),
        ({"replacement": lambda m: sn.log1p(m["x"])[:1]}, "log1p_from_log changes its example from"),
        ({"replacement": lambda m: None}, r"does not fire on its example, log\(1 \+ x\)"),
        ({"replacement": lambda m: sn.cast(m["x"], "float32")}, "changes the type"),
        ({"example": lambda: sn.log(1 + sn.exp(sn.dvector("x"))), "pattern": P(sn.Log, P(sn.Softplus, "x"))},
         r"these came first: softplus_from_log; compiled it is softplus\(x\)"),
    ],
)  # fmt: skip
def test_a_rule_that_does_not_hold_is_refused(changes, message):
    with pytest.raises(RewriteError, match=message):
        sn.check_rule(log1p_rule(**changes))


def test_numbers_of_either_sign_are_tried():
    root = Rule(
        "root_of_square", P(sn.Sqrt, P(sn.Square, "x")), lambda m: m["x"], "wrong below 0",
        lambda: sn.sqrt(sn.square(sn.dvector("x"))),
    )  # fmt: skip
    split = Rule(
        "split_log", P(sn.Log, P(sn.Multiply, "a", "b")), lambda m: sn.log(m["a"]) + sn.log(m["b"]),
        "wrong where both are below 0", lambda: sn.log(sn.dvector("a") * sn.dvector("b")),
    )  # fmt: skip
    for rule in (root, split):
        with pytest.raises(RewriteError, match="with numbers from -2 to 2"):
            sn.check_rule(rule)


def test_what_was_not_finite_may_become_finite():
    sn.check_rule(
        Rule("square_of_root", P(sn.Square, P(sn.Sqrt, "x")), lambda m: m["x"], "finite below 0, too",
             lambda: sn.square(sn.sqrt(sn.dvector("x"))))
    )  # fmt: skip
