"""Gradients of what has none, and with respect to what the cost does not depend on."""

from wrong_calls.mistake import Mistake

MISTAKES = (
    Mistake("the gradient of a vector", """
        x = sn.vector("x")
        g = sn.grad(x ** 2, x)
    """, (
        "grad: the cost has 1 axis",
        "reduce it first: cost.mean() or cost.sum()",
    )),
    Mistake("the gradient of an integer cost", """
        z, y = sn.fmatrix("z"), sn.ivector("y")
        errors = sn.sum(sn.not_equal(sn.argmax(z, axis=1), y))
        g = sn.grad(errors, z)
    """, (
        "grad: the cost is int64, and only floats have gradients",
        "compute the cost in floats: cost.astype('float32')",
    )),
    Mistake("the gradient with respect to an integer", """
        n = sn.iscalar("n")
        g = sn.grad(n ** 2.0, n)
    """, (
        "grad: n is int32, and only floats have gradients",
        "declare it as a float variable",
    )),
    Mistake("the gradient with respect to an unused variable", """
        x, b = sn.vector("x"), sn.shared(0.0, name="b")
        cost = sn.sum(x ** 2)
        g = sn.grad(cost, b)
    """, (
        "grad: cost does not depend on b",
        "differentiate with respect to the variable the cost was",
    )),
    Mistake("the gradient with respect to a like expression, made again", """
        x = sn.vector("x")
        cost = sn.sum(sn.exp(2 * x))
        g = sn.grad(cost, 2 * x)
    """, (
        "grad: cost does not depend on multiply(2.0, x)",
        "differentiate with respect to the variable the cost was",
    )),
    Mistake("the gradient with respect to an intermediate of another network", """
        x = sn.vector("x")
        h1, h2 = sn.tanh(x), sn.tanh(2 * x)
        g = sn.grad(h1.sum(), h2)
    """, (
        "grad: sum(...) does not depend on tanh(...)",
        "differentiate with respect to the variable the cost was",
    )),
    Mistake("the gradient with respect to a value", """
        w = sn.shared(np.ones(3), name="w")
        g = sn.grad(sn.sum(w ** 2), w.get_value())
    """, (
        "grad: wrt holds a float64, not a symbolic variable",
        "give an input, a shared variable or an expression",
    )),
    Mistake("the gradient with respect to a name", """
        w = sn.shared(np.ones(3), name="w")
        g = sn.grad(sn.sum(w ** 2), "w")
    """, (
        "grad: wrt holds a str, not a symbolic variable",
        "give an input, a shared variable or an expression",
    )),
    Mistake("the gradient of a number", """
        w = sn.shared(2.0, name="w")
        g = sn.grad(float(w.get_value()) ** 2, w)
    """, (
        "grad: the cost is a float, not a symbolic variable",
        "build the cost from variables: w itself, not w.get_value()",
    )),
    Mistake("argmax in the cost", """
        z, y = sn.fmatrix("z"), sn.vector("y")
        cost = sn.mean(sn.square(sn.argmax(z, axis=1) - y))
        g = sn.grad(cost, z)
    """, (
        "grad: no gradient flows from cost to z",
        "integers, comparisons, argmax, stop_gradient and consider_constant let none through",
    )),
)
