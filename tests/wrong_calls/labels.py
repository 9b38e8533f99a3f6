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
    Mistake("700 inputs instead of 784", NET + "train(np.ones((5, 700)), [0, 1, 2, 3, 4])", (
        "train: x has size 700 on axis 1, but 784 is declared",
        "pass an array of the declared shape",
    )),
    Mistake("6 labels for 5 rows", NET + "train(np.ones((5, 784)), [0, 1, 2, 3, 4, 5])", (
        "size 'batch' is 5 in x but 6 in y (axis 0)",
        "pass arrays whose 'batch' axes have one length",
    )),
    Mistake("6 labels for 5 rows, sizes undeclared", """
        x, y = sn.fmatrix("x"), sn.ivector("y")
        p = sn.softmax(x)
        cost = -sn.mean(sn.log(p)[sn.arange(y.shape[0]), y])
        train = sn.function([x, y], cost)
        train(np.ones((5, 10)), [0, 1, 2, 3, 4, 5])
    """, (
        "pick: 6 labels for 5 rows",
        "pass one label for each row of x",
    )),
    Mistake("label 10 of 10 classes", NET + "train(np.ones((5, 784)), [0, 1, 2, 3, 10])", (
        "label 10 is out of range for 10 classes",
        "labels run from 0 to 9",
    )),
    Mistake("label 1,000,000", NET + "train(np.ones((5, 784)), [0, 1, 2, 3, 1_000_000])", (
        "label 1000000 is out of range for 10 classes",
        "labels run from 0 to 9",
    )),
    Mistake("label -1", NET + "train(np.ones((5, 784)), [0, 1, 2, 3, -1])", (
        "label -1 is out of range for 10 classes",
        "labels run from 0 to 9",
    )),
    Mistake("label 10 in cross_entropy", """
        z, y = sn.fmatrix("z"), sn.ivector("y")
        cost = sn.cross_entropy(z, y).mean()
        f = sn.function([z, y], cost)
        f(np.ones((5, 10)), [0, 1, 2, 3, 10])
    """, (
        "label 10 is out of range for 10 classes",
        "labels run from 0 to 9",
    )),
    Mistake("labels as floats in the call", NET + "train(np.ones((5, 784)), [0.0, 1.0, 2.0, 3.0, 4.0])", (
        "train: y has dtype float64, but int32 is declared",
        "convert it yourself, e.g. label = label.astype('int64')",
    )),
    Mistake("a float variable for labels", """
        x, y = sn.fmatrix("x"), sn.vector("y")
        p = sn.softmax(x)
        cost = -sn.mean(sn.log(p)[sn.arange(y.shape[0]), y])
    """, (
        "an index is float32",
        "divide with // instead of /",
    )),
    Mistake("float labels in cross_entropy", """
        x, y = sn.fmatrix("x"), sn.vector("y")
        cost = sn.cross_entropy(x, y)
    """, (
        "cross_entropy: labels are integers, but the target is float32",
        "declare the labels as integers (sn.lvector)",
    )),
    Mistake("one-hot labels where integers are wanted", NET + "train(np.ones((5, 784)), np.eye(10)[:5])", (
        "train: y has 2 axes, shape (5, 10), but 1 are declared: int32 (batch,)",
        "pass one axis: value.argmax(axis=1) makes labels of one-hot rows,",
    )),
    Mistake("one-hot labels in cross_entropy", """
        x, y = sn.fmatrix("x"), sn.imatrix("y")
        cost = sn.cross_entropy(x, y)
        cost.dtype
    """, (
        "'float32'",
    ), error=False),
    Mistake("another batch size in the second input", """
        a, b = sn.fmatrix("a"), sn.fmatrix("b")
        cost = sn.mean(sn.square(a - b))
        f = sn.function([a, b], cost)
        f(np.ones((50, 3)), np.ones((60, 3)))
    """, (
        "shapes (50, 3) and (60, 3) do not broadcast: axis 0 has 50 against 60",
        "sizes must be equal or 1: pass arrays that",
    )),
    Mistake("one example without a batch axis", NET + "train(np.ones(784), [3])", (
        "train: x has 1 axis, shape (784,), but 2 are declared: float32 (batch, 784)",
        "add an axis: value[None] for one example, value[:, None]",
    )),
    Mistake("rows of unequal length", NET + "train([[0.0] * 784, [0.0] * 783], [0, 1])", (
        "train: x is no array: its rows have unequal lengths",
        "pass nested lists of equal lengths",
    )),
    Mistake("strings as data", """
        x = sn.vector("x")
        f = sn.function([x], x.sum())
        f(["1.5", "2.5"])
    """, (
        "f: x holds text ('1.5'), which cannot become float32",
        "pass an array of numbers",
    )),
    Mistake("None as an argument", """
        x = sn.vector("x")
        f = sn.function([x], x.sum())
        f(None)
    """, (
        "f: x is None, which cannot become float32",
        "pass an array of numbers",
    )),
    Mistake("a NaN in the data", """
        x = sn.vector("x")
        f = sn.function([x], sn.log(x).sum(), options=sn.Options(check_finite=True))
        f([1.0, np.nan])
    """, (
        "f: f is not finite (nan)",
        "look where its values come from",
    )),
    Mistake("a NaN in the data, unchecked", """
        x = sn.vector("x")
        f = sn.function([x], sn.log(x).sum())
        float(f([1.0, np.nan]))
    """, (
        "nan",
    ), error=False),
    Mistake("an empty batch", NET + "train(np.ones((0, 784)), []), float(w.get_value()[0, 0])", (
        "(array(nan, dtype=float32), 0.0)",
    ), error=False),
    Mistake("float64 data for a float32 input", """
        x = sn.vector("x")
        f = sn.function([x], 2 * x)
        f(np.array([0.1, 0.2]))
    """, (
        "array([0.2, 0.4], dtype=float32)",
    ), error=False),
    Mistake("a float in an integer input", """
        n = sn.iscalar("n")
        f = sn.function([n], n * n)
        f(2.5)
    """, (
        "f: n has dtype float64, but int32 is declared",
        "convert it yourself, e.g. label = label.astype('int64')",
    )),
    Mistake("shared.set_value with another shape", """
        w = sn.shared(np.zeros((784, 10)), name="w")
        w.set_value(np.zeros((10, 784)))
    """, (
        "the value for w has size 10 on axis 0, but 784 is declared",
        "pass an array of the declared shape: value.T has",
    )),
    Mistake("images of bytes, 0 to 255, in an int8 input", """
        x = sn.bmatrix("x")
        f = sn.function([x], x.sum())
        f(np.full((2, 2), 255))
    """, (
        "f: x holds 255, outside int8 (-128 to 127)",
        "declare a wider dtype",
    )),
    Mistake("a variable handed to a compiled function", """
        x = sn.vector("x")
        f = sn.function([x], x.sum())
        f(x)
    """, (
        "x is a symbolic variable (float32 (?,)) and is no array",
        "use sn.stack([x, y]) to make one of several variables",
    )),
    Mistake("a dict as data", """
        x = sn.vector("x")
        f = sn.function([x], x.sum())
        f({"x": [1.0, 2.0]})
    """, (
        "f: x is a dict, which cannot become float32",
        "pass an array of numbers",
    )),
)
