"""Convolution, pooling, dropout and other layers."""

from wrong_calls.mistake import Mistake

MISTAKES = (
    Mistake("images NHWC for a convolution that reads NCHW", """
        x = sn.tensor4("x", shape=("batch", 28, 28, 3))
        w = sn.shared(np.zeros((32, 3, 5, 5), "float32"), "w")
        h = sn.conv2d(x, w)
    """, ()),
    Mistake("images NHWC, found at the call", """
        x = sn.tensor4("x")
        w = sn.shared(np.zeros((32, 3, 5, 5), "float32"), "w")
        f = sn.function([x], sn.conv2d(x, w))
        f(np.ones((2, 28, 28, 3)))
    """, ()),
    Mistake("filters for grey images, images in colour", """
        x = sn.tensor4("x", shape=(64, 3, 28, 28))
        w = sn.shared(np.zeros((32, 1, 5, 5), "float32"), "w")
        h = sn.conv2d(x, w)
    """, ()),
    Mistake("filters laid out as in Keras", """
        x = sn.tensor4("x", shape=(64, 3, 28, 28))
        w = sn.shared(np.zeros((5, 5, 3, 32), "float32"), "w")
        h = sn.conv2d(x, w)
    """, ()),
    Mistake("images without a channel axis", """
        x = sn.tensor3("x", shape=(64, 28, 28))
        w = sn.shared(np.zeros((32, 1, 5, 5), "float32"), "w")
        h = sn.conv2d(x, w)
    """, ()),
    Mistake("a kernel larger than the image", """
        x = sn.tensor4("x", shape=(64, 1, 4, 4))
        w = sn.shared(np.zeros((32, 1, 5, 5), "float32"), "w")
        h = sn.conv2d(x, w)
    """, ()),
    Mistake("stride 0", """
        x = sn.tensor4("x", shape=(64, 1, 28, 28))
        w = sn.shared(np.zeros((32, 1, 5, 5), "float32"), "w")
        h = sn.conv2d(x, w, stride=0)
    """, ()),
    Mistake("a padding word misspelt", """
        x = sn.tensor4("x", shape=(64, 1, 28, 28))
        w = sn.shared(np.zeros((32, 1, 5, 5), "float32"), "w")
        h = sn.conv2d(x, w, padding="SAME ")
    """, ()),
    Mistake("integer images convolved with float filters", """
        x = sn.btensor4("x", shape=(64, 1, 28, 28))
        w = sn.shared(np.zeros((32, 1, 5, 5), "float32"), "w")
        h = sn.conv2d(x, w)
        h.dtype
    """, (), error=False),
    Mistake("a pool size that is a float", """
        x = sn.tensor4("x", shape=(64, 1, 28, 28))
        h = sn.pool2d(x, 28 / 14)
    """, ()),
    Mistake("a pool larger than the image", """
        x = sn.tensor4("x", shape=(64, 1, 4, 4))
        h = sn.pool2d(x, 5)
    """, ()),
    Mistake("a pool mode that is not there", """
        x = sn.tensor4("x")
        h = sn.pool2d(x, 2, mode="mean")
    """, ()),
    Mistake("a dropout rate of 1.5", """
        x = sn.matrix("x")
        h = sn.dropout(x, 1.5)
    """, ()),
    Mistake("a dropout rate in percent", """
        x = sn.matrix("x")
        h = sn.dropout(x, 50)
    """, ()),
    Mistake("dropout without training", """
        x = sn.vector("x")
        f = sn.function([x], sn.dropout(x, 0.5))
        f([1.0, 1.0, 1.0, 1.0])
    """, (), error=False),
    Mistake("a dense layer on images that are not flat", """
        x = sn.tensor4("x", shape=(64, 20, 4, 4))
        w = sn.shared(np.zeros((320, 10), "float32"), "w")
        z = sn.dot(x, w)
    """, ()),
    Mistake("an embedding looked up with floats", """
        ids = sn.vector("ids")
        table = sn.shared(np.zeros((1000, 16), "float32"), "table")
        e = sn.embedding(ids, table)
    """, ()),
    Mistake("batch_norm with the scale of another layer", """
        x = sn.matrix("x", shape=("batch", 100))
        gamma, beta = sn.shared(np.ones(10), name="gamma"), sn.shared(np.zeros(10), name="beta")
        h = sn.layer_norm(x, gamma, beta)
    """, ()),
)
