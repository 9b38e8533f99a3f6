"""Wrong data and labels given to a network."""

from wrong_calls.mistake import Mistake

NET = """
x, y = sn.fmatrix("x", shape=("batch", 784)), sn.ivector("y", shape=("batch",))
w = sn.shared(np.zeros((784, 10), "float32"), "w")
p = sn.softmax(sn.dot(x, w))
cost = -sn.mean(sn.log(p)[sn.arange(y.shape[0]), y])
train = sn.function([x, y], cost, updates=[(w, w - 0.1 * sn.grad(cost, w))])
"""

MISTAKES = (
    Mistake("700 inputs instead of 784", NET + "train(np.ones((5, 700)), [0, 1, 2, 3, 4])", ()),
    Mistake("6 labels for 5 rows", NET + "train(np.ones((5, 784)), [0, 1, 2, 3, 4, 5])", ()),
    Mistake("6 labels for 5 rows, sizes undeclared", """
        x, y = sn.fmatrix("x"), sn.ivector("y")
        p = sn.softmax(x)
        cost = -sn.mean(sn.log(p)[sn.arange(y.shape[0]), y])
        train = sn.function([x, y], cost)
        train(np.ones((5, 10)), [0, 1, 2, 3, 4, 5])
    """, ()),
    Mistake("label 10 of 10 classes", NET + "train(np.ones((5, 784)), [0, 1, 2, 3, 10])", ()),
    Mistake("label 1,000,000", NET + "train(np.ones((5, 784)), [0, 1, 2, 3, 1_000_000])", ()),
    Mistake("label -1", NET + "train(np.ones((5, 784)), [0, 1, 2, 3, -1])", ()),
    Mistake("label 10 in cross_entropy", """
        z, y = sn.fmatrix("z"), sn.ivector("y")
        cost = sn.cross_entropy(z, y).mean()
        f = sn.function([z, y], cost)
        f(np.ones((5, 10)), [0, 1, 2, 3, 10])
    """, ()),
    Mistake("labels as floats in the call", NET + "train(np.ones((5, 784)), [0.0, 1.0, 2.0, 3.0, 4.0])", ()),
    Mistake("a float variable for labels", """
        x, y = sn.fmatrix("x"), sn.vector("y")
        p = sn.softmax(x)
        cost = -sn.mean(sn.log(p)[sn.arange(y.shape[0]), y])
    """, ()),
    Mistake("float labels in cross_entropy", """
        x, y = sn.fmatrix("x"), sn.vector("y")
        cost = sn.cross_entropy(x, y)
    """, ()),
    Mistake("one-hot labels where integers are wanted", NET + "train(np.ones((5, 784)), np.eye(10)[:5])", ()),
    Mistake("one-hot labels in cross_entropy", """
        x, y = sn.fmatrix("x"), sn.imatrix("y")
        cost = sn.cross_entropy(x, y)
        cost.dtype
    """, (), error=False),
    Mistake("another batch size in the second input", """
        a, b = sn.fmatrix("a"), sn.fmatrix("b")
        cost = sn.mean(sn.square(a - b))
        f = sn.function([a, b], cost)
        f(np.ones((50, 3)), np.ones((60, 3)))
    """, ()),
    Mistake("one example without a batch axis", NET + "train(np.ones(784), [3])", ()),
    Mistake("rows of unequal length", NET + "train([[0.0] * 784, [0.0] * 783], [0, 1])", ()),
    Mistake("strings as data", """
        x = sn.vector("x")
        f = sn.function([x], x.sum())
        f(["1.5", "2.5"])
    """, ()),
    Mistake("None as an argument", """
        x = sn.vector("x")
        f = sn.function([x], x.sum())
        f(None)
    """, ()),
    Mistake("a NaN in the data", """
        x = sn.vector("x")
        f = sn.function([x], sn.log(x).sum(), options=sn.Options(check_finite=True))
        f([1.0, np.nan])
    """, ()),
    Mistake("a NaN in the data, unchecked", """
        x = sn.vector("x")
        f = sn.function([x], sn.log(x).sum())
        float(f([1.0, np.nan]))
    """, (), error=False),
    Mistake("an empty batch", NET + "train(np.ones((0, 784)), []), float(w.get_value()[0, 0])", (), error=False),
    Mistake("float64 data for a float32 input", """
        x = sn.vector("x")
        f = sn.function([x], 2 * x)
        f(np.array([0.1, 0.2]))
    """, (), error=False),
    Mistake("a float in an integer input", """
        n = sn.iscalar("n")
        f = sn.function([n], n * n)
        f(2.5)
    """, ()),
    Mistake("shared.set_value with another shape", """
        w = sn.shared(np.zeros((784, 10)), name="w")
        w.set_value(np.zeros((10, 784)))
    """, ()),
    Mistake("bytes images 0 to 255 in an int8 input", """
        x = sn.bmatrix("x")
        f = sn.function([x], x.sum())
        f(np.full((2, 2), 255))
    """, ()),
    Mistake("a variable handed to a compiled function", """
        x = sn.vector("x")
        f = sn.function([x], x.sum())
        f(x)
    """, ()),
    Mistake("a dict as data", """
        x = sn.vector("x")
        f = sn.function([x], x.sum())
        f({"x": [1.0, 2.0]})
    """, ()),
)
