"""Shapes that do not meet, axes forgotten, words for shapes."""

from wrong_calls.mistake import Mistake

MISTAKES = (
    Mistake("a missing transpose", """
        x = sn.fmatrix("x", shape=("batch", 784))
        w = sn.shared(np.zeros((10, 784), "float32"), "w")
        z = sn.dot(x, w)
    """, ()),
    Mistake("a missing transpose, sizes undeclared", """
        x, w = sn.fmatrix("x"), sn.fmatrix("w")
        f = sn.function([x, w], sn.dot(x, w))
        f(np.ones((5, 784)), np.ones((10, 784)))
    """, ()),
    Mistake("x * w where x @ w is meant", """
        x = sn.fmatrix("x", shape=("batch", 784))
        w = sn.shared(np.zeros((784, 10), "float32"), "w")
        z = x * w
    """, ()),
    Mistake("a bias of another size", """
        x = sn.fmatrix("x", shape=("batch", 10))
        b = sn.shared(np.zeros(100, "float32"), "b")
        z = x + b
    """, ()),
    Mistake("argmax without an axis", """
        z, y = sn.fmatrix("z", shape=(5, 10)), sn.ivector("y", shape=(5,))
        right = sn.equal(sn.argmax(z), y)
        right.type.shape
    """, (), error=False),
    Mistake("softmax along the batch", """
        z = sn.fmatrix("z")
        p = sn.softmax(z, axis=0)
        p.eval({z: np.eye(2)}).sum(axis=0)
    """, (), error=False),
    Mistake("an axis that is not there", """
        x = sn.vector("x")
        p = sn.softmax(x, axis=1)
    """, ()),
    Mistake("mean over axis 2 of a matrix", """
        x = sn.matrix("x")
        m = x.mean(axis=2)
    """, ()),
    Mistake("a column minus a row", """
        p, y = sn.matrix("p", shape=(5, 1)), sn.vector("y", shape=(5,))
        cost = sn.square(p - y)
        cost.type.shape
    """, (), error=False),
    Mistake("zeros with a float size", """
        n = 784
        w = sn.zeros((n / 2, 10))
    """, ()),
    Mistake("zeros with sizes as two arguments", """
        w = sn.zeros(784, 10)
    """, ()),
    Mistake("a negative size", """
        w = sn.zeros((3, -1))
    """, ()),
    Mistake("reshape to an impossible size", """
        x = sn.fmatrix("x", shape=(5, 784))
        images = x.reshape((5, 1, 28, 27))
    """, ()),
    Mistake("reshape with two -1", """
        x = sn.fmatrix("x", shape=(5, 784))
        images = x.reshape((-1, 1, 28, -1))
    """, ()),
    Mistake("reshape to an impossible size at the call", """
        x = sn.vector("x")
        f = sn.function([x], x.reshape((-1, 28)))
        f(np.ones(30))
    """, ()),
    Mistake("concatenating different ranks", """
        x, b = sn.matrix("x"), sn.vector("b")
        xb = sn.concatenate([x, b])
    """, ()),
    Mistake("concatenate without a list", """
        x, y = sn.vector("x"), sn.vector("y")
        xy = sn.concatenate(x, y)
    """, ()),
    Mistake("concatenating other widths", """
        x, y = sn.matrix("x", shape=(5, 3)), sn.matrix("y", shape=(5, 4))
        xy = sn.concatenate([x, y], axis=0)
    """, ()),
    Mistake("stack of different shapes", """
        x, y = sn.vector("x", shape=(3,)), sn.vector("y", shape=(4,))
        both = sn.stack([x, y])
    """, ()),
    Mistake("too many indices", """
        x = sn.vector("x")
        corner = x[0, 0]
    """, ()),
    Mistake("an index beyond a known size", """
        x = sn.vector("x", shape=(3,))
        last = x[3]
    """, ()),
    Mistake("an index beyond the size at the call", """
        x, i = sn.vector("x"), sn.iscalar("i")
        f = sn.function([x, i], x[i])
        f([1.0, 2.0, 3.0], 3)
    """, ()),
    Mistake("a float index", """
        x = sn.vector("x")
        middle = x[x.shape[0] / 2]
    """, ()),
    Mistake("transposing with wrong axes", """
        x = sn.tensor4("x")
        nhwc = x.transpose(0, 2, 3)
    """, ()),
    Mistake("dot of two 3-axis tensors' wrong sizes", """
        a, b = sn.tensor3("a", shape=(2, 3, 4)), sn.tensor3("b", shape=(2, 3, 4))
        c = a @ b
    """, ()),
    Mistake("einsum with a letter too many", """
        a, b = sn.matrix("a"), sn.matrix("b")
        c = sn.einsum("ijk,kl->il", a, b)
    """, ()),
    Mistake("split into unequal parts", """
        x = sn.vector("x", shape=(10,))
        a, b, c = sn.split(x, 3)
    """, ()),
    Mistake("squeezing an axis that is not 1", """
        x = sn.matrix("x", shape=(5, 3))
        y = x.squeeze(axis=1)
    """, ()),
)
