"""Numbers and dtypes that surprise."""

from wrong_calls.mistake import Mistake

MISTAKES = (
    Mistake("integer division", """
        n = sn.ivector("n")
        f = sn.function([n], n / 2)
        f([1, 2, 3])
    """, (), error=False),
    Mistake("the root of a negative number", """
        x = sn.vector("x")
        f = sn.function([x], x ** 0.5)
        f([-1.0, 4.0])
    """, (), error=False),
    Mistake("an integer to a negative power", """
        n = sn.ivector("n")
        f = sn.function([n], n ** -1)
        f([1, 2])
    """, ()),
    Mistake("log(0)", """
        p = sn.vector("p")
        f = sn.function([p], -sn.log(p))
        f([0.0, 1.0])
    """, (), error=False),
    Mistake("minus of a bool", """
        x = sn.vector("x")
        sign = -(x > 0)
    """, ()),
    Mistake("the difference of two bools", """
        x = sn.vector("x")
        d = (x > 0) - (x < 0)
    """, ()),
    Mistake("& between floats", """
        x, y = sn.vector("x"), sn.vector("y")
        both = x & y
    """, ()),
    Mistake("x > 0 & x < 1, without brackets", """
        x = sn.vector("x")
        inside = x > 0 & x < 1
    """, ()),
    Mistake("x ^ 2 for a power", """
        x = sn.vector("x")
        y = x ^ 2
    """, ()),
    Mistake("a complex number", """
        x = sn.vector("x")
        y = x * 1j
    """, ()),
    Mistake("None in an expression", """
        x, b = sn.vector("x"), None
        y = x + b
    """, ()),
    Mistake("a string in an expression", """
        x = sn.vector("x")
        y = x + "1"
    """, ()),
    Mistake("a number too large for its dtype", """
        n = sn.bvector("n")
        y = n + 1000
    """, ()),
    Mistake("a float64 array meets a float32 variable", """
        x = sn.fvector("x")
        y = x * np.array([0.1, 0.2])
        y.dtype
    """, (), error=False),
    Mistake("a cast of float to int", """
        x = sn.vector("x")
        n = x.astype(int)
        n.dtype
    """, (), error=False),
    Mistake("clip with the bounds exchanged", """
        x = sn.vector("x")
        y = sn.clip(x, 1.0, 0.0)
        y.eval({x: [-5.0, 0.5, 5.0]})
    """, (), error=False),
)
