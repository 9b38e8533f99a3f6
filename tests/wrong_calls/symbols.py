"""A symbolic variable taken for a number or an array."""

from wrong_calls.mistake import Mistake

MISTAKES = (
    Mistake("np.linalg.eig(x)", """
        x = sn.matrix("x")
        values, vectors = np.linalg.eig(x)
    """, ()),
    Mistake("np.partition(x, 2), where np.sort(x) works", """
        x = sn.vector("x")
        y = np.sort(x)
        z = np.partition(x, 2)
    """, ()),
    Mistake("np.array([x, y])", """
        x, y = sn.scalar("x"), sn.scalar("y")
        both = np.array([x, y])
    """, ()),
    Mistake("np.add.reduce(x)", """
        x = sn.vector("x")
        total = np.add.reduce(x)
    """, ()),
    Mistake("np.arctan2(x, y)", """
        x, y = sn.vector("x"), sn.vector("y")
        z = np.arctan2(x, y)
    """, ()),
    Mistake("math.exp(x)", """
        x = sn.scalar("x")
        y = math.exp(-x)
    """, ()),
    Mistake("if x > 0", """
        x = sn.scalar("x")
        if x > 0:
            y = x
        else:
            y = -x
    """, ()),
    Mistake("x > 0 and x < 1", """
        x = sn.vector("x")
        inside = x > 0 and x < 1
    """, ()),
    Mistake("0 < x < 1", """
        x = sn.vector("x")
        inside = 0 < x < 1
    """, ()),
    Mistake("not x", """
        x = sn.vector("x")
        outside = not (x > 0)
    """, ()),
    Mistake("python's max(x, 0)", """
        x = sn.vector("x")
        relu = max(x, 0)
    """, ()),
    Mistake("python's sum(x)", """
        x = sn.vector("x")
        total = sum(x)
    """, ()),
    Mistake("for row in x", """
        x = sn.matrix("x")
        total = 0
        for row in x:
            total = total + row.sum()
    """, ()),
    Mistake("a, b = x", """
        x = sn.matrix("x", shape=(2, 3))
        a, b = x
    """, ()),
    Mistake("len(x)", """
        x = sn.matrix("x")
        mean = x.sum() / len(x)
    """, ()),
    Mistake("range(x.shape[0])", """
        x = sn.matrix("x")
        rows = [x[i].sum() for i in range(x.shape[0])]
    """, ()),
    Mistake("x[i] = v", """
        x = sn.vector("x")
        x[0] = 1.0
    """, ()),
    Mistake("x[i] += v", """
        x = sn.vector("x")
        x[0] += 1.0
    """, ()),
    Mistake("w += step on a shared variable", """
        w = sn.shared(0.0, name="w")
        w += 1.0
        f = sn.function([], w)
        f(), f()
    """, (), error=False),
    Mistake("3 in x", """
        x = sn.vector("x")
        found = 3 in x
    """, ()),
    Mistake("where(x == 0, ...)", """
        x = sn.vector("x")
        safe = sn.where(x == 0, 1.0, x)
    """, ()),
    Mistake("where(x != 0, ...)", """
        x = sn.vector("x")
        safe = sn.where(x != 0, x, 1.0)
    """, ()),
    Mistake("accuracy by ==", """
        z, y = sn.fmatrix("z"), sn.ivector("y")
        accuracy = sn.mean(z.argmax(axis=1) == y)
    """, ()),
    Mistake("(x == y).mean()", """
        x, y = sn.ivector("x"), sn.ivector("y")
        accuracy = (x == y).mean()
    """, ()),
    Mistake("x[x == 0]", """
        x = sn.vector("x")
        zeros = x[x == 0]
    """, ()),
    Mistake("x * (y == 3)", """
        x, y = sn.vector("x"), sn.ivector("y")
        chosen = x * (y == 3)
    """, ()),
    Mistake("== as an output", """
        x, y = sn.ivector("x"), sn.ivector("y")
        f = sn.function([x, y], x == y)
    """, ()),
    Mistake("float(cost) without a function", """
        x = sn.vector("x")
        cost = sn.sum(x ** 2)
        float(cost)
    """, ()),
    Mistake("round(x)", """
        x = sn.scalar("x")
        n = int(x * 10)
    """, ()),
    Mistake("formatting a value", """
        x = sn.vector("x")
        print(f"the cost is {x.sum():.3f}")
    """, ()),
    Mistake("plt.plot-like: np.asarray(x)", """
        x = sn.vector("x")
        a = np.asarray(x)
    """, ()),
    Mistake("a list of variables as an operand", """
        x, y = sn.scalar("x"), sn.scalar("y")
        z = sn.exp([x, y])
    """, ()),
    Mistake("the learning rate as a string", """
        w = sn.shared(1.0, name="w")
        step = "0.1" * w
    """, ()),
    Mistake("the learning rate of sgd as a string", """
        w = sn.shared(1.0, name="w")
        updates = sn.optim.sgd(w ** 2, [w], "0.1")
    """, ()),
    Mistake("a negative learning rate", """
        w = sn.shared(1.0, name="w")
        updates = sn.optim.sgd(w ** 2, [w], -0.1)
    """, ()),
    Mistake("no cost but params first", """
        w = sn.shared(1.0, name="w")
        updates = sn.optim.sgd([w], w ** 2, 0.1)
    """, ()),
)
