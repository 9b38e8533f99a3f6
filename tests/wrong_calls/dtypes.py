"""Numbers and dtypes that surprise."""

from wrong_calls.mistake import Mistake

MISTAKES = (
    Mistake("integer division", """
        n = sn.ivector("n")
        f = sn.function([n], n / 2)
        f([1, 2, 3])
    """, (
        "array([0.5, 1. , 1.5], dtype=float32)",
    ), error=False),
    Mistake("the root of a negative number", """
        x = sn.vector("x")
        f = sn.function([x], x ** 0.5)
        f([-1.0, 4.0])
    """, (
        "array([nan,  2.], dtype=float32)",
    ), error=False),
    Mistake("an integer to a negative power", """
        n = sn.ivector("n")
        f = sn.function([n], n ** -1)
        f([1, 2])
    """, (
        "power: int32 to the power -1 is no integer",
        "make one of them a float: x ** -1.0",
    )),
    Mistake("log(0)", """
        p = sn.vector("p")
        f = sn.function([p], -sn.log(p))
        f([0.0, 1.0])
    """, (
        "array([inf, -0.], dtype=float32)",
    ), error=False),
    Mistake("minus of a bool", """
        x = sn.vector("x")
        sign = -(x > 0)
    """, (
        "negative is not defined for bool",
        "it takes floats and integers",
    )),
    Mistake("the difference of two bools", """
        x = sn.vector("x")
        d = (x > 0) - (x < 0)
    """, (
        "subtract is not defined for bool",
        "it takes floats and integers",
    )),
    Mistake("& between floats", """
        x, y = sn.vector("x"), sn.vector("y")
        both = x & y
    """, (
        "bitwise_and is not defined for float32",
        "it takes integers and bool",
    )),
    Mistake("x > 0 & x < 1, without brackets", """
        x = sn.vector("x")
        inside = x > 0 & x < 1
    """, (
        "bitwise_and is not defined for float32",
        "it takes integers and bool",
    )),
    Mistake("x ^ 2 for a power", """
        x = sn.vector("x")
        y = x ^ 2
    """, (
        "bitwise_xor is not defined for float32",
        "it takes integers and bool",
    )),
    Mistake("None in an expression", """
        x, b = sn.vector("x"), None
        y = x + b
    """, (
        "None cannot become a symbolic constant",
        "pass a number, an array of numbers or a",
    )),
    Mistake("a string in an expression", """
        x = sn.vector("x")
        y = x + "1"
    """, (
        "a str '1' cannot become a symbolic constant",
        "write the number 1 without quotes",
    )),
    Mistake("a number too large for its dtype", """
        n = sn.bvector("n")
        y = n + 1000
    """, (
        "1000 does not fit n, which is int8 (-128 to 127)",
        "cast it first: n.astype('int64')",
    )),
    Mistake("a float64 array meets a float32 variable", """
        x = sn.fvector("x")
        y = x * np.array([0.1, 0.2])
        y.dtype
    """, (
        "'float64'",
    ), error=False),
    Mistake("a cast of float to int", """
        x = sn.vector("x")
        n = x.astype(int)
        n.dtype
    """, (
        "'int64'",
    ), error=False),
    Mistake("clip with the bounds exchanged", """
        x = sn.vector("x")
        y = sn.clip(x, 1.0, 0.0)
        y.eval({x: [-5.0, 0.5, 5.0]})
    """, (
        "array([0., 0., 0.], dtype=float32)",
    ), error=False),
)
