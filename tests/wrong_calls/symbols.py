"""A symbolic variable taken for a number or an array."""

from wrong_calls.mistake import Mistake

MISTAKES = (
    Mistake("np.linalg.eig(x)", """
        x = sn.matrix("x")
        values, vectors = np.linalg.eig(x)
    """, (
        "np.eig cannot compute on a symbolic variable",
        "symbolic variables have no values yet",
    )),
    Mistake("np.partition(x, 2), where np.sort(x) works", """
        x = sn.vector("x")
        y = np.sort(x)
        z = np.partition(x, 2)
    """, (
        "np.partition cannot compute on a symbolic variable",
        "symbolic variables have no values yet",
    )),
    Mistake("np.array([x, y])", """
        x, y = sn.scalar("x"), sn.scalar("y")
        both = np.array([x, y])
    """, (
        "x is a symbolic variable (float32 ()) and is no array",
        "use sn.stack([x, y]) to make one of several variables",
    )),
    Mistake("np.add.reduce(x)", """
        x = sn.vector("x")
        total = np.add.reduce(x)
    """, (
        "np.add cannot compute on a symbolic variable",
        "symbolic variables have no values yet",
    )),
    Mistake("math.exp(x)", """
        x = sn.scalar("x")
        y = math.exp(-x)
    """, (
        "negative(x) is a symbolic variable (float32 ()) and is no Python float",
        "use x.eval({...}) or a function for its value",
    )),
    Mistake("if x > 0", """
        x = sn.scalar("x")
        if x > 0:
            y = x
        else:
            y = -x
    """, (
        "greater(x, 0.0) is a symbolic variable (bool ()) and has no truth value",
        "sn.where(c, a, b) for `if`, (a < x) &",
    )),
    Mistake("x > 0 and x < 1", """
        x = sn.vector("x")
        inside = x > 0 and x < 1
    """, (
        "greater(x, 0.0) is a symbolic variable (bool (?,)) and has no truth value",
        "sn.where(c, a, b) for `if`, (a < x) &",
    )),
    Mistake("0 < x < 1", """
        x = sn.vector("x")
        inside = 0 < x < 1
    """, (
        "greater(x, 0.0) is a symbolic variable (bool (?,)) and has no truth value",
        "sn.where(c, a, b) for `if`, (a < x) &",
    )),
    Mistake("not x", """
        x = sn.vector("x")
        outside = not (x > 0)
    """, (
        "greater(x, 0.0) is a symbolic variable (bool (?,)) and has no truth value",
        "sn.where(c, a, b) for `if`, (a < x) &",
    )),
    Mistake("Python's max(x, 0)", """
        x = sn.vector("x")
        relu = max(x, 0)
    """, (
        "less(x, 0.0) is a symbolic variable (bool (?,)) and has no truth value",
        "sn.where(c, a, b) for `if`, (a < x) &",
    )),
    Mistake("Python's sum(x)", """
        x = sn.vector("x")
        total = sum(x)
    """, (
        "x is a symbolic variable (float32 (?,)) and cannot be looped over",
        "write the whole-array expression (x.sum() for sum(x)), x[0], x[1]",
    )),
    Mistake("for row in x", """
        x = sn.matrix("x")
        total = 0
        for row in x:
            total = total + row.sum()
    """, (
        "x is a symbolic variable (float32 (?, ?)) and cannot be looped over",
        "write the whole-array expression (x.sum() for sum(x)), x[0], x[1]",
    )),
    Mistake("a, b = x", """
        x = sn.matrix("x", shape=(2, 3))
        a, b = x
    """, (
        "x is a symbolic variable (float32 (2, 3)) and cannot be looped over",
        "write the whole-array expression (x.sum() for sum(x)), x[0], x[1]",
    )),
    Mistake("len(x)", """
        x = sn.matrix("x")
        mean = x.sum() / len(x)
    """, (
        "x is a symbolic variable (float32 (?, ?)) and has no length yet",
        "use x.shape[0], which is a number where the size",
    )),
    Mistake("range(x.shape[0])", """
        x = sn.matrix("x")
        rows = [x[i].sum() for i in range(x.shape[0])]
    """, (
        "size_of(x) is a symbolic variable (int64 ()) and is no Python integer",
        "use sn.arange(n) for range(n)",
    )),
    Mistake("x[i] = v", """
        x = sn.vector("x")
        x[0] = 1.0
    """, (
        "x is a symbolic variable (float32 (?,)) and cannot be assigned to",
        "use y = sn.set_subtensor(x[i], v), which gives a new",
    )),
    Mistake("x[i] += v", """
        x = sn.vector("x")
        x[0] += 1.0
    """, (
        "x is a symbolic variable (float32 (?,)) and cannot be assigned to",
        "use y = sn.set_subtensor(x[i], v), which gives a new",
    )),
    Mistake("w += step on a shared variable", """
        w = sn.shared(0.0, name="w")
        w += 1.0
        f = sn.function([], w)
        f(), f()
    """, (
        "(array(1., dtype=float32), array(1., dtype=float32))",
    ), error=False),
    Mistake("3 in x", """
        x = sn.vector("x")
        found = 3 in x
    """, (
        "x is a symbolic variable (float32 (?,)) and cannot be searched",
        "use sn.any(sn.equal(x, item))",
    )),
    Mistake("where(x == 0, ...)", """
        x = sn.vector("x")
        safe = sn.where(x == 0, 1.0, x)
    """, (
        "x == 0 asks whether they are one variable, and compares no elements",
        "write sn.equal(x, y) for x == y, and sn.not_equal(x,",
    )),
    Mistake("where(x != 0, ...)", """
        x = sn.vector("x")
        safe = sn.where(x != 0, x, 1.0)
    """, (
        "x != 0 asks whether they are one variable, and compares no elements",
        "write sn.equal(x, y) for x == y, and sn.not_equal(x,",
    )),
    Mistake("accuracy by ==", """
        z, y = sn.fmatrix("z"), sn.ivector("y")
        accuracy = sn.mean(z.argmax(axis=1) == y)
    """, (
        "argmax(z) == y asks whether they are one variable, and compares no elements",
        "write sn.equal(x, y) for x == y, and sn.not_equal(x,",
    )),
    Mistake("(x == y).mean()", """
        x, y = sn.ivector("x"), sn.ivector("y")
        accuracy = (x == y).mean()
    """, (
        "x == y asks whether they are one variable, and compares no elements",
        "write sn.equal(x, y) for x == y, and sn.not_equal(x,",
    )),
    Mistake("x[x == 0]", """
        x = sn.vector("x")
        zeros = x[x == 0]
    """, (
        "x == 0 asks whether they are one variable, and compares no elements",
        "write sn.equal(x, y) for x == y, and sn.not_equal(x,",
    )),
    Mistake("x * (y == 3)", """
        x, y = sn.vector("x"), sn.ivector("y")
        chosen = x * (y == 3)
    """, (
        "y == 3 asks whether they are one variable, and compares no elements",
        "write sn.equal(x, y) for x == y, and sn.not_equal(x,",
    )),
    Mistake("== as an output", """
        x, y = sn.ivector("x"), sn.ivector("y")
        f = sn.function([x, y], x == y)
    """, (
        "x == y asks whether they are one variable, and compares no elements",
        "write sn.equal(x, y) for x == y, and sn.not_equal(x,",
    )),
    Mistake("float(cost) without a function", """
        x = sn.vector("x")
        cost = sn.sum(x ** 2)
        float(cost)
    """, (
        "cost is a symbolic variable (float32 ()) and is no Python float",
        "use x.eval({...}) or a function for its value",
    )),
    Mistake("int(x)", """
        x = sn.scalar("x")
        n = int(x * 10)
    """, (
        "multiply(x, 10.0) is a symbolic variable (float32 ()) and is no Python integer",
        "use x.astype('int64')",
    )),
    Mistake("formatting a value", """
        x = sn.vector("x")
        print(f"the cost is {x.sum():.3f}")
    """, (
        "sum(x) is a symbolic variable (float32 ()) and has no value to print as '.3f'",
        "use x.eval({...}) or a function for its value",
    )),
    Mistake("np.asarray(x)", """
        x = sn.vector("x")
        a = np.asarray(x)
    """, (
        "x is a symbolic variable (float32 (?,)) and is no array",
        "use sn.stack([x, y]) to make one of several variables",
    )),
    Mistake("a list of variables as an operand", """
        x, y = sn.scalar("x"), sn.scalar("y")
        z = sn.exp([x, y])
    """, (
        "a list with symbolic variables in it is no array",
        "use sn.stack([...])",
    )),
    Mistake("the learning rate as a string", """
        w = sn.shared(1.0, name="w")
        step = "0.1" * w
    """, (
        "a str '0.1' cannot become a symbolic constant",
        "write the number 0.1 without quotes",
    )),
    Mistake("the learning rate of sgd as a string", """
        w = sn.shared(1.0, name="w")
        updates = sn.optim.sgd(w ** 2, [w], "0.1")
    """, (
        "a str '0.1' cannot become a symbolic constant",
        "write the number 0.1 without quotes",
    )),
    Mistake("parameters before the cost", """
        w = sn.shared(1.0, name="w")
        updates = sn.optim.sgd([w], w ** 2, 0.1)
    """, (
        "power(w, 2.0) is a symbolic variable (float32 ()) and cannot be looped over",
        "write the whole-array expression (x.sum() for sum(x)), x[0], x[1]",
    )),
)
