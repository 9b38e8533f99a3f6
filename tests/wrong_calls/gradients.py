"""Gradients of what has none, and with respect to what the cost does not depend on."""

from wrong_calls.mistake import Mistake

MISTAKES = (
    Mistake("the gradient of a vector", """
        x = sn.vector("x")
        g = sn.grad(x ** 2, x)
    """, ()),
    Mistake("the gradient of an integer cost", """
        z, y = sn.fmatrix("z"), sn.ivector("y")
        errors = sn.sum(sn.not_equal(sn.argmax(z, axis=1), y))
        g = sn.grad(errors, z)
    """, ()),
    Mistake("the gradient with respect to an integer", """
        n = sn.iscalar("n")
        g = sn.grad(n ** 2.0, n)
    """, ()),
    Mistake("the gradient with respect to an unused variable", """
        x, b = sn.vector("x"), sn.shared(0.0, name="b")
        cost = sn.sum(x ** 2)
        g = sn.grad(cost, b)
    """, ()),
    Mistake("the gradient with respect to a like expression, made again", """
        x = sn.vector("x")
        cost = sn.sum(sn.exp(2 * x))
        g = sn.grad(cost, 2 * x)
    """, ()),
    Mistake("the gradient with respect to an intermediate of another network", """
        x = sn.vector("x")
        h1, h2 = sn.tanh(x), sn.tanh(2 * x)
        g = sn.grad(h1.sum(), h2)
    """, ()),
    Mistake("the gradient with respect to a value", """
        w = sn.shared(np.ones(3), name="w")
        g = sn.grad(sn.sum(w ** 2), w.get_value())
    """, ()),
    Mistake("the gradient with respect to a name", """
        w = sn.shared(np.ones(3), name="w")
        g = sn.grad(sn.sum(w ** 2), "w")
    """, ()),
    Mistake("the gradient of a number", """
        w = sn.shared(2.0, name="w")
        g = sn.grad(float(w.get_value()) ** 2, w)
    """, ()),
    Mistake("argmax in the cost", """
        z, y = sn.fmatrix("z"), sn.vector("y")
        cost = sn.mean(sn.square(sn.argmax(z, axis=1) - y))
        g = sn.grad(cost, z)
    """, ()),
)
