"""Convolution, pooling, dropout and other layers."""

from wrong_calls.mistake import Mistake

MISTAKES = (
    Mistake("images NHWC for a convolution that reads NCHW", """
        x = sn.tensor4("x", shape=("batch", 28, 28, 3))
        w = sn.shared(np.zeros((32, 3, 5, 5), "float32"), "w")
        h = sn.conv2d(x, w)
    """, (
        "conv2d: x has 28 channels but w expects 3",
        "channels come before rows and columns: x.transpose(0, 3, 1,",
    )),
    Mistake("images NHWC, found at the call", """
        x = sn.tensor4("x")
        w = sn.shared(np.zeros((32, 3, 5, 5), "float32"), "w")
        f = sn.function([x], sn.conv2d(x, w))
        f(np.ones((2, 28, 28, 3)))
    """, (
        "conv2d: x has 28 channels but w expects 3",
        "channels come before rows and columns: x.transpose(0, 3, 1,",
    )),
    Mistake("filters for grey images, images in colour", """
        x = sn.tensor4("x", shape=(64, 3, 28, 28))
        w = sn.shared(np.zeros((32, 1, 5, 5), "float32"), "w")
        h = sn.conv2d(x, w)
    """, (
        "conv2d: x has 3 channels but w expects 1",
        "w needs shape (32, 3, 5, 5)",
    )),
    Mistake("filters laid out as in Keras", """
        x = sn.tensor4("x", shape=(64, 3, 28, 28))
        w = sn.shared(np.zeros((5, 5, 3, 32), "float32"), "w")
        h = sn.conv2d(x, w)
    """, (
        "conv2d: x has 3 channels but w expects 5",
        "filters and their channels come first: w.transpose(3, 2, 0, 1)",
    )),
    Mistake("images without a channel axis", """
        x = sn.tensor3("x", shape=(64, 28, 28))
        w = sn.shared(np.zeros((32, 1, 5, 5), "float32"), "w")
        h = sn.conv2d(x, w)
    """, (
        "conv2d: x has 3 axes, but 4 are needed: (N, C, H, W)",
        "add the axis that is missing, e.g. x[:, None]",
    )),
    Mistake("a kernel larger than the image", """
        x = sn.tensor4("x", shape=(64, 1, 4, 4))
        w = sn.shared(np.zeros((32, 1, 5, 5), "float32"), "w")
        h = sn.conv2d(x, w)
    """, (
        "conv2d: the kernel of w covers 5 elements along axis 2, but x has 4 there",
        "use a smaller kernel, larger pictures",
    )),
    Mistake("stride 0", """
        x = sn.tensor4("x", shape=(64, 1, 28, 28))
        w = sn.shared(np.zeros((32, 1, 5, 5), "float32"), "w")
        h = sn.conv2d(x, w, stride=0)
    """, (
        "conv2d: stride is 0",
        "give stride as ints of at least 1",
    )),
    Mistake("a padding word misspelt", """
        x = sn.tensor4("x", shape=(64, 1, 28, 28))
        w = sn.shared(np.zeros((32, 1, 5, 5), "float32"), "w")
        h = sn.conv2d(x, w, padding="SAME ")
    """, (
        "conv2d: padding is 'SAME '",
        "give an int of at least 0, 2 of",
    )),
    Mistake("integer images convolved with float filters", """
        x = sn.btensor4("x", shape=(64, 1, 28, 28))
        w = sn.shared(np.zeros((32, 1, 5, 5), "float32"), "w")
        h = sn.conv2d(x, w)
        h.dtype
    """, (
        "'float32'",
    ), error=False),
    Mistake("a pool size that is a float", """
        x = sn.tensor4("x", shape=(64, 1, 28, 28))
        h = sn.pool2d(x, 28 / 14)
    """, (
        "pool2d: window is 2.0",
        "give window as ints of at least 1",
    )),
    Mistake("a pool larger than the image", """
        x = sn.tensor4("x", shape=(64, 1, 4, 4))
        h = sn.pool2d(x, 5)
    """, (
        "pooling: the window is 5, but axis 2 has 4 places",
        "use a smaller window",
    )),
    Mistake("a pool mode that is not there", """
        x = sn.tensor4("x")
        h = sn.pool2d(x, 2, mode="mean")
    """, (
        "pool2d: mode is 'mean'",
        "use 'max', 'sum', 'average' or 'average_padded'",
    )),
    Mistake("a dropout rate of 1.5", """
        x = sn.matrix("x")
        h = sn.dropout(x, 1.5)
    """, (
        "dropout: rate is 1.5",
        "rate is the part that is dropped, a number",
    )),
    Mistake("a dropout rate in percent", """
        x = sn.matrix("x")
        h = sn.dropout(x, 50)
    """, (
        "dropout: rate is 50",
        "rate is the part that is dropped, a number",
    )),
    Mistake("dropout without training", """
        x = sn.vector("x")
        f = sn.function([x], sn.dropout(x, 0.5))
        f([1.0, 1.0, 1.0, 1.0])
    """, (
        "array([1., 1., 1., 1.], dtype=float32)",
    ), error=False),
    Mistake("a dense layer on images that are not flat", """
        x = sn.tensor4("x", shape=(64, 20, 4, 4))
        w = sn.shared(np.zeros((320, 10), "float32"), "w")
        z = sn.dot(x, w)
    """, (
        "matmul: x has 4 columns but w has 320 rows",
        "give each example one axis: x.flatten(2) has 320 columns",
    )),
    Mistake("an embedding looked up with floats", """
        ids = sn.vector("ids")
        table = sn.shared(np.zeros((1000, 16), "float32"), "table")
        e = sn.embedding(ids, table)
    """, (
        "embedding: the ids are float32, and ids are integers",
        "declare them as integers: sn.lmatrix('ids')",
    )),
    Mistake("layer_norm with the scale of another layer", """
        x = sn.matrix("x", shape=("batch", 100))
        gamma, beta = sn.shared(np.ones(10), name="gamma"), sn.shared(np.zeros(10), name="beta")
        h = sn.layer_norm(x, gamma, beta)
    """, (
        "layer_norm: weight has shape (10,), but x has 100 along what it is for",
        "give weight the shape (100,)",
    )),
)
