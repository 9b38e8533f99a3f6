"""`function`: its inputs, outputs and updates, and its calls."""

from wrong_calls.mistake import Mistake

MISTAKES = (
    Mistake("a missing input", """
        x, b = sn.vector("x"), sn.scalar("b")
        f = sn.function([x], x + b)
    """, (
        "function: the outputs need b, which is not among the inputs",
        "add it: inputs=[x, b]",
    )),
    Mistake("an unused input", """
        x, y = sn.vector("x"), sn.ivector("y")
        f = sn.function([x, y], x.sum())
    """, (
        "function: no output needs the input y",
        "leave it out",
    )),
    Mistake("inputs that are no list", """
        x, y = sn.vector("x"), sn.vector("y")
        f = sn.function(x, x + 1)
    """, (
        "function: inputs is a variable, not a list",
        "write function([x], ...)",
    )),
    Mistake("two inputs that are no list", """
        x, y = sn.vector("x"), sn.vector("y")
        f = sn.function(x, y, x + y)
    """, (
        "function: inputs is a variable, not a list",
        "write function([x], ...)",
    )),
    Mistake("the value as an input", """
        x = sn.vector("x")
        f = sn.function([np.ones(3)], x + 1)
    """, (
        "function: input 0 is a ndarray, not a symbolic variable",
        "declare x = sn.vector('x'), pass it here, and give",
    )),
    Mistake("a shared variable as an input", """
        w, x = sn.shared(2.0, name="w"), sn.scalar("x")
        f = sn.function([x, w], w * x)
    """, (
        "function: input w is a shared variable, which has its value already",
        "leave it out of the inputs",
    )),
    Mistake("the same input twice", """
        x = sn.vector("x")
        f = sn.function([x, x], x + x)
    """, (
        "function: input x is given twice",
        "leave one of them out",
    )),
    Mistake("too many arguments", """
        x = sn.vector("x")
        f = sn.function([x], x.sum(), name="total")
        f([1.0], [2.0])
    """, (
        "total(x) takes 1 argument, got 2",
        "give one value for each input, in this order",
    )),
    Mistake("too few arguments", """
        x, y = sn.vector("x"), sn.vector("y")
        f = sn.function([x, y], x + y)
        f([1.0])
    """, (
        "f(x, y) misses y: it takes 2 arguments, got 1",
        "add it to the call",
    )),
    Mistake("an unknown keyword", """
        x, y = sn.vector("x"), sn.vector("y")
        f = sn.function([x, y], x + y)
        f([1.0], z=[2.0])
    """, (
        "f(x, y) has no input 'z'",
        "its inputs are x, y",
    )),
    Mistake("two inputs of one name", """
        a, b = sn.vector("x"), sn.vector("x")
        f = sn.function([a, b], a - b)
        f(x=[1.0])
    """, (
        "f(x, x) has several inputs 'x'",
        "give them by position",
    )),
    Mistake("an update of an ordinary variable", """
        x = sn.vector("x")
        f = sn.function([x], x.sum(), updates=[(x, x + 1)])
    """, (
        "function: x is updated but is no shared variable",
        "make it with sn.shared(value)",
    )),
    Mistake("an update of another shape", """
        w = sn.shared(np.zeros((784, 10), "float32"), "w")
        x = sn.fmatrix("x", shape=("batch", 784))
        f = sn.function([x], [], updates=[(w, w - x.sum())])
        g = sn.function([x], [], updates=[(w, w.sum(axis=0))])
    """, (
        "function: w has shape (784, 10), its new value (10,)",
        "sum the extra axes",
    )),
    Mistake("an update of another dtype", """
        n = sn.shared(0, name="n")
        f = sn.function([], n, updates=[(n, n + 0.5)])
    """, (
        "function: n is int64, its new value float32",
        "cast it: value.astype('int64')",
    )),
    Mistake("the same update twice", """
        w = sn.shared(1.0, name="w")
        f = sn.function([], w, updates=[(w, w - 0.1), (w, 0.9 * w)])
    """, (
        "function: w is updated twice",
        "keep one of the two",
    )),
    Mistake("an update that is no pair", """
        w = sn.shared(1.0, name="w")
        f = sn.function([], w, updates=(w, w - 0.1))
    """, (
        "function: updates holds something that is no pair",
        "write [(w, w - 0.1 * g)]",
    )),
    Mistake("an update by a float64 number", """
        w = sn.shared(np.zeros(2, "float32"), "w")
        f = sn.function([], w, updates=[(w, w - np.float64(0.1))])
        f(), w.dtype
    """, (
        "(array([0., 0.], dtype=float32), 'float32')",
    ), error=False),
    Mistake("assigning to the shared variable's value", """
        w = sn.shared(np.zeros(2), name="w")
        w.get_value()[0] = 1.0
        w.get_value()
    """, (
        "array([0., 0.])",
    ), error=False),
    Mistake("a Python function as the output", """
        x = sn.vector("x")
        f = sn.function([x], lambda x: x + 1)
    """, (
        "function: an output is a function, not a symbolic variable",
        "outputs are a variable, a list, a tuple or",
    )),
    Mistake("a shape as the output", """
        x = sn.matrix("x")
        f = sn.function([x], x.shape)
        f(np.ones((2, 3)))
    """, (
        "(array(2), array(3))",
    ), error=False),
    Mistake("eval without the inputs", """
        x = sn.vector("x")
        (x + 1).eval()
    """, (
        "function: the outputs need x, which is not among the inputs",
        "add it: inputs=[x]",
    )),
    Mistake("eval with names", """
        x = sn.vector("x")
        (x + 1).eval({"x": [1.0]})
    """, (
        "eval: the keys are variables, but one is a str",
        "write x.eval({x: value})",
    )),
    Mistake("givens of another rank", """
        x, data = sn.vector("x"), sn.shared(np.zeros((100, 3)), name="data")
        f = sn.function([], x.sum(), givens={x: data})
    """, (
        "function: givens replaces x, which has 1 axes, by one of 2",
        "take a part of it, e.g. data[i]",
    )),
    Mistake("a misspelt option", """
        x = sn.vector("x")
        with sn.options(floatx="float64"):
            f = sn.function([x], x.sum())
    """, (
        "options: there is no option 'floatx'",
        "the options are floatX, exclude, rules, check_finite, plans, machine",
    )),
    Mistake("options of a with block as an argument", """
        x = sn.vector("x")
        f = sn.function([x], x.sum(), options=sn.options(floatX="float64"))
    """, (
        "function: options is a with block, not Options",
        "pass sn.Options(check_finite=True)",
    )),
    Mistake("an unknown dtype", """
        x = sn.vector("x", dtype="float")
        y = sn.vector("y", dtype="flaot32")
    """, (
        "dtype 'flaot32' is not one symnet computes with",
        "use one of bool, int8, int16, int32, int64, uint8,",
    )),
    Mistake("a shape of the wrong rank", """
        x = sn.matrix("x", shape=(784,))
    """, (
        "matrix: shape (784,) has 1 sizes, but a matrix has 2 axes",
        "use tensor(name, shape=(784,))",
    )),
)
