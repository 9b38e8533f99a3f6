"""Rules that keep textbook formulas finite: values first, then the gradients `grad` builds from them."""

from __future__ import annotations

from symnet.graph import Constant, Variable
from symnet.graph.inputs import matrix, vector
from symnet.ops import (
    Add,
    Divide,
    Exp,
    Log,
    Log1p,
    Multiply,
    Negative,
    Sigmoid,
    Subtract,
    Sum,
    divide,
    exp,
    log,
    log1p,
    log_softmax,
    logsumexp,
    multiply,
    negative,
    sigmoid,
    softmax,
    softplus,
)
from symnet.ops import sum as total
from symnet.ops.nnet import Softmax, SoftmaxGrad
from symnet.rewrites.pattern import Number, P, match
from symnet.rewrites.rule import Rule

_Bound = dict[str, Variable]


def _op(x: Variable) -> object:
    assert x.node is not None
    return x.node.op


def _log_softmax(m: _Bound) -> Variable:
    return log_softmax(m["x"], axis=_op(m["p"]).axes)  # type: ignore[attr-defined]


def _logsumexp(m: _Bound) -> Variable:
    s = _op(m["s"])
    return logsumexp(m["x"], axis=s.axes, keepdims=s.keepdims)  # type: ignore[attr-defined]


def _softmax(m: _Bound) -> Variable | None:
    s = _op(m["s"])
    return softmax(m["x"], axis=s.axes) if s.keepdims else None  # type: ignore[attr-defined]


# products -------------------------------------------------------------------------------------------------------------

_FACTORS = 12


class _Product:
    """A chain of multiply, divide and negative as numerators over denominators, with a sign."""

    def __init__(self, x: Variable) -> None:
        self.sign = 1
        self.above: list[Variable] = []
        self.below: list[Variable] = []
        stack = [(x, True)]
        while stack:
            v, above = stack.pop()
            op = type(v.node.op) if v.node is not None and len(self.above) + len(stack) < _FACTORS else None
            if op is Multiply and v.node is not None:
                stack += [(v.node.inputs[1], above), (v.node.inputs[0], above)]
            elif op is Divide and v.node is not None:
                stack += [(v.node.inputs[1], not above), (v.node.inputs[0], above)]
            elif op is Negative and v.node is not None:
                self.sign = -self.sign
                stack.append((v.node.inputs[0], above))
            elif isinstance(v, Constant) and v.type.ndim == 0 and v.data == 1:
                continue
            else:
                (self.above if above else self.below).append(v)

    def build(self, like: Variable) -> Variable:
        """The product as an expression."""
        y: Variable | None = None
        for v in self.above:
            y = v if y is None else multiply(y, v)
        y = Constant(1, like.type.dtype) if y is None else y
        for v in self.below:
            y = divide(y, v)
        return negative(y) if self.sign < 0 else y


def _base(x: Variable) -> Variable:
    """What `x` is computed from element by element with nothing but scalars beside it: it has the same shape."""
    while x.node is not None and type(x.node.op) in (Add, Subtract, Negative, Sigmoid, Exp, Multiply):
        arrays = [v for v in x.node.inputs if v.type.ndim]
        if len(arrays) != 1:
            break
        x = arrays[0]
    return x


def _cancelled(product: _Product, keep_shape: bool = True) -> bool:
    """Cancel equal factors where what is left has their shape; exp(x) / (1 + exp(x)) becomes sigmoid(x)."""
    changed = False
    for d in list(product.below):
        if d in product.above and (not keep_shape or _left_has_shape(product, d)):
            product.above.remove(d)
            product.below.remove(d)
            changed = True
            continue
        found = match(P(Add, Number(1), P(Exp, "x", bind="e")), d)
        if found is not None:
            product.below.remove(d)
            if found["e"] in product.above:
                product.above.remove(found["e"])
                product.above.append(sigmoid(found["x"]))
            else:
                product.above.append(sigmoid(negative(found["x"])))
            changed = True
    return _logistic_pairs(product) or changed


def _logistic_pairs(product: _Product) -> bool:
    """Merge sigmoid(-x) exp(x) into sigmoid(x): apart, the one underflows where the other overflows."""
    for s in product.above:
        for e in product.above:
            if _is(s, Sigmoid) and _is(e, Exp) and _opposite(_argument(s), _argument(e)):
                product.above.remove(s)
                product.above.remove(e)
                product.above.append(sigmoid(_argument(e)))
                return True
    return False


def _is(x: Variable, op: type) -> bool:
    return x.node is not None and type(x.node.op) is op


def _argument(x: Variable) -> Variable:
    assert x.node is not None
    return x.node.inputs[0]


def _opposite(a: Variable, b: Variable) -> bool:
    return (_is(a, Negative) and _argument(a) is b) or (_is(b, Negative) and _argument(b) is a)


def _left_has_shape(product: _Product, d: Variable) -> bool:
    rest = list(product.above)
    rest.remove(d)
    if None not in d.type.shape and any(v.type.shape == d.type.shape for v in rest):
        return True
    return any(_base(v) is _base(d) for v in rest)


def _simpler_product(m: _Bound) -> Variable | None:
    root = m["root"]
    product = _Product(root)
    if _cancelled(product):
        return product.build(root)
    for v in product.above:
        parts = v.node.inputs if v.node is not None and type(v.node.op) in (Add, Subtract) else ()
        others = list(product.above)
        others.remove(v)
        if any(d in others for part in parts for d in _Product(part).below):
            product.above = others
            rest = product.build(root)
            a, b = (multiply(part, rest) for part in parts)
            return a + b if type(_op(v)) is Add else a - b
    return None


def _softmax_grad(m: _Bound) -> Variable | None:
    g, y, op = m["g"], m["y"], _op(m["root"])
    if y.node is None or not isinstance(y.node.op, Softmax):
        return None
    if g.node is not None and isinstance(g.node.op, Add):
        a, b = g.node.inputs
        if (y in _Product(a).below or y in _Product(b).below) and a.type == b.type == y.type:
            return op(a, y) + op(b, y)  # type: ignore[operator]
        return None
    product = _Product(g)
    if y not in product.below:
        return None
    product.below.remove(y)
    u = product.build(g)
    return u - y * total(u, axis=op.axes, keepdims=True)  # type: ignore[attr-defined]


def _example_softmax_grad() -> Variable:
    g, p = matrix("g"), softmax(matrix("x"))
    return SoftmaxGrad((1,))(g / p, p)


def _example_softmax() -> Variable:
    e = exp(matrix("x"))
    return e / total(e, axis=1, keepdims=True)


RULES = (
    Rule(
        "log_of_softmax",
        P(Log, P(Softmax, "x", bind="p")),
        _log_softmax,
        "a probability that underflows to 0 has a finite logarithm",
        lambda: log(softmax(matrix("x"))),
    ),
    Rule(
        "log_of_sigmoid",
        P(Log, P(Sigmoid, "x")),
        lambda m: -softplus(-m["x"]),
        "likewise for one probability",
        lambda: log(sigmoid(vector("x"))),
    ),
    Rule(
        "log_of_one_minus_sigmoid",
        P(Log, P(Subtract, Number(1), P(Sigmoid, "x"))),
        lambda m: -softplus(m["x"]),
        "likewise for its complement",
        lambda: log(1 - sigmoid(vector("x"))),
    ),
    Rule(
        "softplus_from_log",
        P(Log, P(Add, Number(1), P(Exp, "x"))),
        lambda m: softplus(m["x"]),
        "exp overflows where softplus is x",
        lambda: log(1 + exp(vector("x"))),
    ),
    Rule(
        "softplus_from_log1p",
        P(Log1p, P(Exp, "x")),
        lambda m: softplus(m["x"]),
        "exp overflows where softplus is x",
        lambda: log1p(exp(vector("x"))),
    ),
    Rule(
        "logsumexp_from_log",
        P(Log, P(Sum, P(Exp, "x"), bind="s")),
        _logsumexp,
        "exp overflows where the result is near the largest x",
        lambda: log(total(exp(matrix("x")), axis=1)),
    ),
    Rule(
        "softmax_from_exp",
        P(Divide, P(Exp, "x"), P(Sum, P(Exp, "x"), bind="s")),
        _softmax,
        "infinity over infinity is no number",
        _example_softmax,
    ),
    Rule(
        "softmax_gradient",
        P(SoftmaxGrad, "g", "y"),
        _softmax_grad,
        "y (g/y - sum(y g/y)) is g - y sum(g), without dividing by a y that may be 0",
        _example_softmax_grad,
    ),
    Rule(
        "cancel_factors",
        Multiply,
        _simpler_product,
        "a factor that is 0 or infinite above and below is no number",
        lambda: multiply(vector("g") / sigmoid(x := vector("x")), sigmoid(x) * (1 - sigmoid(x))),
    ),
    Rule(
        "cancel_divisor",
        Divide,
        _simpler_product,
        "1 / (1 + exp(-x)) is the sigmoid, which does not overflow",
        lambda: 1 / (1 + exp(-vector("x"))),
    ),
)
