"""`function`: its inputs, outputs and updates, and its calls."""

from wrong_calls.mistake import Mistake

MISTAKES = (
    Mistake("a missing input", """
        x, b = sn.vector("x"), sn.scalar("b")
        f = sn.function([x], x + b)
    """, ()),
    Mistake("an unused input", """
        x, y = sn.vector("x"), sn.ivector("y")
        f = sn.function([x, y], x.sum())
    """, ()),
    Mistake("inputs that are no list", """
        x, y = sn.vector("x"), sn.vector("y")
        f = sn.function(x, x + 1)
    """, ()),
    Mistake("two inputs that are no list", """
        x, y = sn.vector("x"), sn.vector("y")
        f = sn.function(x, y, x + y)
    """, ()),
    Mistake("the value as an input", """
        x = sn.vector("x")
        f = sn.function([np.ones(3)], x + 1)
    """, ()),
    Mistake("a shared variable as an input", """
        w, x = sn.shared(2.0, name="w"), sn.scalar("x")
        f = sn.function([x, w], w * x)
    """, ()),
    Mistake("the same input twice", """
        x = sn.vector("x")
        f = sn.function([x, x], x + x)
    """, ()),
    Mistake("too many arguments", """
        x = sn.vector("x")
        f = sn.function([x], x.sum(), name="total")
        f([1.0], [2.0])
    """, ()),
    Mistake("too few arguments", """
        x, y = sn.vector("x"), sn.vector("y")
        f = sn.function([x, y], x + y)
        f([1.0])
    """, ()),
    Mistake("an unknown keyword", """
        x, y = sn.vector("x"), sn.vector("y")
        f = sn.function([x, y], x + y)
        f([1.0], z=[2.0])
    """, ()),
    Mistake("two inputs of one name", """
        a, b = sn.vector("x"), sn.vector("x")
        f = sn.function([a, b], a - b)
        f(x=[1.0])
    """, ()),
    Mistake("an update of an ordinary variable", """
        x = sn.vector("x")
        f = sn.function([x], x.sum(), updates=[(x, x + 1)])
    """, ()),
    Mistake("an update of another shape", """
        w = sn.shared(np.zeros((784, 10), "float32"), "w")
        x = sn.fmatrix("x", shape=("batch", 784))
        f = sn.function([x], [], updates=[(w, w - x.sum())])
        g = sn.function([x], [], updates=[(w, w.sum(axis=0))])
    """, ()),
    Mistake("an update of another dtype", """
        n = sn.shared(0, name="n")
        f = sn.function([], n, updates=[(n, n + 0.5)])
    """, ()),
    Mistake("the same update twice", """
        w = sn.shared(1.0, name="w")
        f = sn.function([], w, updates=[(w, w - 0.1), (w, 0.9 * w)])
    """, ()),
    Mistake("an update that is no pair", """
        w = sn.shared(1.0, name="w")
        f = sn.function([], w, updates=(w, w - 0.1))
    """, ()),
    Mistake("an update by a float64 number", """
        w = sn.shared(np.zeros(2, "float32"), "w")
        f = sn.function([], w, updates=[(w, w - np.float64(0.1))])
        f(), w.dtype
    """, (), error=False),
    Mistake("assigning to the shared variable's value", """
        w = sn.shared(np.zeros(2), name="w")
        w.get_value()[0] = 1.0
        w.get_value()
    """, (), error=False),
    Mistake("a Python function as the output", """
        x = sn.vector("x")
        f = sn.function([x], lambda x: x + 1)
    """, ()),
    Mistake("a shape as the output", """
        x = sn.matrix("x")
        f = sn.function([x], x.shape)
        f(np.ones((2, 3)))
    """, (), error=False),
    Mistake("eval without the inputs", """
        x = sn.vector("x")
        (x + 1).eval()
    """, ()),
    Mistake("eval with names", """
        x = sn.vector("x")
        (x + 1).eval({"x": [1.0]})
    """, ()),
    Mistake("givens of another rank", """
        x, data = sn.vector("x"), sn.shared(np.zeros((100, 3)), name="data")
        f = sn.function([], x.sum(), givens={x: data})
    """, ()),
    Mistake("a misspelt option", """
        x = sn.vector("x")
        with sn.options(floatx="float64"):
            f = sn.function([x], x.sum())
    """, ()),
    Mistake("options of a with block as an argument", """
        x = sn.vector("x")
        f = sn.function([x], x.sum(), options=sn.options(floatX="float64"))
    """, ()),
    Mistake("an unknown dtype", """
        x = sn.vector("x", dtype="float")
        y = sn.vector("y", dtype="flaot32")
    """, ()),
    Mistake("a shape of the wrong rank", """
        x = sn.matrix("x", shape=(784,))
    """, ()),
)
