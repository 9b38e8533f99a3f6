"""Shapes that do not meet, axes forgotten, words for shapes."""

from wrong_calls.mistake import Mistake

MISTAKES = (
    Mistake("a missing transpose", """
        x = sn.fmatrix("x", shape=("batch", 784))
        w = sn.shared(np.zeros((10, 784), "float32"), "w")
        z = sn.dot(x, w)
    """, (
        "matmul: x has 784 columns but w has 10 rows",
        "transpose w: w.T has 784 rows",
    )),
    Mistake("a missing transpose, sizes undeclared", """
        x, w = sn.fmatrix("x"), sn.fmatrix("w")
        f = sn.function([x, w], sn.dot(x, w))
        f(np.ones((5, 784)), np.ones((10, 784)))
    """, (
        "matmul: x has 784 columns but w has 10 rows",
        "transpose w: w.T has 784 rows",
    )),
    Mistake("x * w where x @ w is meant", """
        x = sn.fmatrix("x", shape=("batch", 784))
        w = sn.shared(np.zeros((784, 10), "float32"), "w")
        z = x * w
    """, (
        "shapes (batch, 784) and (784, 10) do not broadcast: axis 1 has 784 against 10",
        "sizes must be equal or 1",
    )),
    Mistake("a bias of another size", """
        x = sn.fmatrix("x", shape=("batch", 10))
        b = sn.shared(np.zeros(100, "float32"), "b")
        z = x + b
    """, (
        "shapes (batch, 10) and (100,) do not broadcast: axis 1 has 10 against 100",
        "sizes must be equal or 1: pass arrays that",
    )),
    Mistake("argmax without an axis", """
        z, y = sn.fmatrix("z", shape=(5, 10)), sn.ivector("y", shape=(5,))
        right = sn.equal(sn.argmax(z), y)
        right.type.shape
    """, (
        "(5,)",
    ), error=False),
    Mistake("softmax along the batch", """
        z = sn.fmatrix("z")
        p = sn.softmax(z, axis=0)
        p.eval({z: np.eye(2)}).sum(axis=0)
    """, (
        "array([1., 1.], dtype=float32)",
    ), error=False),
    Mistake("an axis that is not there", """
        x = sn.vector("x")
        p = sn.softmax(x, axis=1)
    """, (
        "softmax: axis is 1, but x has 1 axis",
        "axes of x go from -1 to 0",
    )),
    Mistake("mean over axis 2 of a matrix", """
        x = sn.matrix("x")
        m = x.mean(axis=2)
    """, (
        "mean: axis is 2, but x has 2 axes",
        "axes of x go from -2 to 1",
    )),
    Mistake("a column minus a row", """
        p, y = sn.matrix("p", shape=(5, 1)), sn.vector("y", shape=(5,))
        cost = sn.square(p - y)
        cost.type.shape
    """, (
        "(5, 5)",
    ), error=False),
    Mistake("zeros with a float size", """
        n = 784
        w = sn.zeros((n / 2, 10))
    """, (
        "zeros: a size is 392.0, not an integer",
        "divide sizes with // instead of /",
    )),
    Mistake("zeros with sizes as two arguments", """
        w = sn.zeros(784, 10)
    """, (
        "dtype '10' is not one symnet computes with",
        "give the sizes as one tuple, as in zeros((3,",
    )),
    Mistake("a negative size", """
        w = sn.zeros((3, -1))
    """, (
        "zeros: a size is -1",
        "sizes are 0 or more",
    )),
    Mistake("reshape to an impossible size", """
        x = sn.fmatrix("x", shape=(5, 784))
        images = x.reshape((5, 1, 28, 27))
    """, (
        "reshape: (5, 784) cannot become (5, 1, 28, 27): 3920 elements against 3780",
        "the products of the sizes must be equal",
    )),
    Mistake("reshape with two -1", """
        x = sn.fmatrix("x", shape=(5, 784))
        images = x.reshape((-1, 1, 28, -1))
    """, (
        "reshape: -1 stands 2 times in the shape",
        "write all sizes but one",
    )),
    Mistake("reshape to an impossible size at the call", """
        x = sn.vector("x")
        f = sn.function([x], x.reshape((-1, 28)))
        f(np.ones(30))
    """, (
        "reshape: (30,) cannot become (-1, 28): 30 elements are no multiple of 28",
        "change a size",
    )),
    Mistake("concatenating different ranks", """
        x, b = sn.matrix("x"), sn.vector("b")
        xb = sn.concatenate([x, b])
    """, (
        "concatenate: shapes (?, ?) and (?,) have 2 and 1 axes",
        "give all arrays the same axes: x[:, None] adds",
    )),
    Mistake("concatenate without a list", """
        x, y = sn.vector("x"), sn.vector("y")
        xy = sn.concatenate(x, y)
    """, (
        "concatenate: the arrays come as one list, not as a symbolic variable",
        "concatenate([x, y], axis=0)",
    )),
    Mistake("concatenating other widths", """
        x, y = sn.matrix("x", shape=(5, 3)), sn.matrix("y", shape=(5, 4))
        xy = sn.concatenate([x, y], axis=0)
    """, (
        "concatenate: shapes (5, 3) and (5, 4) do not join along axis 0: axis 1 has 3 against 4",
        "all axes but axis 0 must agree",
    )),
    Mistake("stack of different shapes", """
        x, y = sn.vector("x", shape=(3,)), sn.vector("y", shape=(4,))
        both = sn.stack([x, y])
    """, (
        "stack: shapes (3,) and (4,) differ",
        "bring them to one shape first: sn.broadcast_to(x, shape)",
    )),
    Mistake("too many indices", """
        x = sn.vector("x")
        corner = x[0, 0]
    """, (
        "too many indices: x has 1 axis, the key 2",
        "drop some",
    )),
    Mistake("an index beyond a known size", """
        x = sn.vector("x", shape=(3,))
        last = x[3]
    """, (
        "index 3 is out of range for axis 0 with size 3",
        "indices run from 0 to 2",
    )),
    Mistake("an index beyond the size at the call", """
        x, i = sn.vector("x"), sn.iscalar("i")
        f = sn.function([x, i], x[i])
        f([1.0, 2.0, 3.0], 3)
    """, (
        "index: index 3 is out of bounds for axis 0 with size 3",
        "an axis of size n has the indices 0",
    )),
    Mistake("a float index", """
        x = sn.vector("x")
        middle = x[x.shape[0] / 2]
    """, (
        "an index is float32",
        "divide with // instead of /",
    )),
    Mistake("transposing with wrong axes", """
        x = sn.tensor4("x")
        nhwc = x.transpose(0, 2, 3)
    """, (
        "transpose: (0, 2, 3) is no order of the 4 axes of x",
        "give each of 0 to 3 once",
    )),
    Mistake("a product of stacks whose sizes do not meet", """
        a, b = sn.tensor3("a", shape=(2, 3, 4)), sn.tensor3("b", shape=(2, 3, 4))
        c = a @ b
    """, (
        "matmul: x has 4 columns but w has 3 rows",
        "w needs 4 rows",
    )),
    Mistake("einsum with a letter too many", """
        a, b = sn.matrix("a"), sn.matrix("b")
        c = sn.einsum("ijk,kl->il", a, b)
    """, (
        "einsum: 'ijk' names 3 axes, but operand 0 has 2",
        "name every axis",
    )),
    Mistake("split into unequal parts", """
        x = sn.vector("x", shape=(10,))
        a, b, c = sn.split(x, 3)
    """, (
        "split: axis 0 has size 10",
        "use sn.array_split for parts of unequal sizes",
    )),
    Mistake("squeezing an axis that is not 1", """
        x = sn.matrix("x", shape=(5, 3))
        y = x.squeeze(axis=1)
    """, (
        "squeeze: axis 1 has size 3, not 1",
        "take one entry of the axis (x[:, 0]) or",
    )),
)
