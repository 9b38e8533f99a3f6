"""Rules of linear algebra: fewer and safer factorisations for what is asked of a matrix."""

from __future__ import annotations

from functools import cached_property

from symnet.graph import Graph, Node, Variable
from symnet.graph.inputs import matrix, vector
from symnet.ops import Abs, Log, MatMul, Sum, Transpose, log, matmul
from symnet.ops import abs as absolute
from symnet.ops import sum as total
from symnet.ops.diagonals import Diagonal
from symnet.ops.linalg.det import Det, SlogDet, det
from symnet.ops.linalg.eigh import Eigh, EigValsh, eigvalsh
from symnet.ops.linalg.products import trace
from symnet.ops.linalg.solve import Inv, inv, solve
from symnet.ops.linalg.svd import SVD, SVDVals, svdvals
from symnet.rewrites.exponentials import is_op, operands
from symnet.rewrites.pattern import P
from symnet.rewrites.rule import Match, Rule

# determinants and traces ----------------------------------------------------------------------------------------------


def _log_of_det(m: Match) -> Variable:
    """The sign makes it NaN for a negative determinant, as the logarithm was, and -inf for 0."""
    sign, logarithm = SlogDet().all_of(m["a"])
    return logarithm + log(sign)


def _trace_of_product(m: Match) -> Variable | None:
    r"""$\sum_i \sum_k x_{ik} w_{ki}$, where the diagonal is the main one of the last two axes."""
    x, w, along, n = m["x"], m["w"], m.op("d"), m["d"].type.ndim + 1
    main = along.offset == 0 and {along.axis1, along.axis2} == {n - 2, n - 1}
    if not main or m.op().keepdims or m.op().axes != (n - 2,) or x.type.ndim != n or w.type.ndim != n:
        return None
    if m.facts.sizes(x)[-2] != m.facts.sizes(w)[-1]:
        return None
    y = total(x * w.mT, axis=(-2, -1))
    return y if y.type.dtype == m.root.type.dtype else None


SAFER = (
    Rule(
        "log_of_det",
        P(Log, P(Det, "a")),
        _log_of_det,
        "a determinant over- or underflows where its logarithm is finite",
        lambda: log(det(matrix("a", shape=(2, 2)) @ matrix("b", shape=(2, 2)))),
    ),
    Rule(
        "log_of_abs_det",
        P(Log, P(Abs, P(Det, "a"))),
        lambda m: SlogDet().all_of(m["a"])[1],
        "likewise for its absolute value",
        lambda: log(absolute(det(matrix("a", shape=(3, 3))))),
    ),
)

# what is read of a factorisation --------------------------------------------------------------------------------------


class _Readers:
    """Which nodes of a graph read a variable; found when it is first asked."""

    def __init__(self, graph: Graph) -> None:
        self._outputs = set(graph.outputs)
        self._graph = graph

    @property
    def _nodes(self) -> dict[Variable, list[Node]]:
        return self._graph.users

    @cached_property
    def _made(self) -> set[Variable]:
        return {y for y in self._nodes if y.node is not None} | self._outputs

    def reads(self, x: Variable) -> bool:
        """Whether anything does."""
        return x in self._outputs or bool(self._nodes.get(x))

    def knows(self, x: Variable) -> bool:
        """Whether `x` was in the graph when it was looked at; in none everything counts as known."""
        return x in self._made or not self._made

    def products(self, x: Variable) -> int | None:
        """How many matrix products read `x` or its transpose; None if anything else does."""
        if x in self._outputs:
            return None
        count = 0
        for node in self._nodes.get(x, ()):
            if isinstance(node.op, MatMul):
                count += 1
            elif _turns(node) and (more := self.products(node.outputs[0])) is not None:
                count += more
            else:
                return None
        return count


def _turns(node: Node) -> bool:
    """Whether a node transposes matrices, and nothing else."""
    if not isinstance(node.op, Transpose):
        return False
    n = len(node.op.axes)
    return node.op.axes == (*range(n - 2), n - 1, n - 2)


_SOLVES = 3
"""So many solutions take no more operations than an inverse and its products: 2/3 n^3 each against 2 n^3."""


def _solution(m: Match, readers: _Readers) -> Variable | None:
    """`inv(a) @ b` as a solution, and `b @ inv(a)` as one of the transposed system."""
    x, w = operands(m.root)
    if (a := _inverted(x, readers)) is not None and w.type.ndim > 1:
        return solve(a, w)
    if a is not None and a.type.ndim == 2:
        return solve(a, w)
    if (a := _inverted(w, readers)) is not None and x.type.ndim > 1:
        return solve(a.mT, x.mT).mT
    if a is not None and a.type.ndim == 2:
        return solve(a.mT, x)
    return None


def _inverted(x: Variable, readers: _Readers) -> Variable | None:
    """A for the inverse of A, if few products read that."""
    turned = x.node is not None and _turns(x.node)
    inverse = operands(x)[0] if turned else x
    if not is_op(inverse, Inv):
        return None
    count = readers.products(inverse)
    if count is None or count > _SOLVES:
        return None
    (a,) = operands(inverse)
    return a.mT if turned else a


def _eigenvalues(m: Match, readers: _Readers) -> Variable | None:
    (a,), (w, v) = operands(m.root), m.root.node.outputs  # type: ignore[union-attr]
    if m.root is not w or not readers.knows(w) or readers.reads(v):
        return None
    return EigValsh(m.op().UPLO)(a)


def _singular_values(m: Match, readers: _Readers) -> Variable | None:
    (a,), (u, s, vh) = operands(m.root), m.root.node.outputs  # type: ignore[union-attr]
    if m.root is not s or not readers.knows(s) or readers.reads(u) or readers.reads(vh):
        return None
    return SVDVals()(a)


def cheaper(graph: Graph) -> tuple[Rule, ...]:
    """Rules that depend on what is read in a graph."""
    readers = _Readers(graph)
    return (
        Rule(
            "solve_from_inverse",
            MatMul,
            lambda m: _solution(m, readers),
            "a third of the work of an inverse, and a smaller error",
            lambda: inv(matrix("a", shape=(3, 3))) @ vector("b", shape=(3,)),
            reads=(Inv, Transpose),
        ),
        Rule(
            "trace_of_product",
            P(Sum, P(Diagonal, P(MatMul, "x", "w"), bind="d")),
            _trace_of_product,
            "of the product only the diagonal is needed",
            lambda: trace(matmul(matrix("x", shape=(3, 4)), matrix("w", shape=(4, 3)))),
        ),
        Rule(
            "eigenvalues_alone",
            Eigh,
            lambda m: _eigenvalues(m, readers),
            "a quarter of the work, where nobody reads the vectors",
            lambda: eigvalsh(matrix("a", shape=(3, 3))),
        ),
        Rule(
            "singular_values_alone",
            SVD,
            lambda m: _singular_values(m, readers),
            "a third of the work, where nobody reads the vectors",
            lambda: svdvals(matrix("a", shape=(3, 2))),
        ),
    )
