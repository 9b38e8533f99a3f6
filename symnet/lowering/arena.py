"""All parameters at once: updates of one form, each of its own parameter, become one update of one long array.

The shared variables of such updates stand one behind the other in an arena, and so do the gradients that are computed
for them: then one call does for all of them what took one call each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from symnet.graph import Constant, Node, Variable
from symnet.lowering.pieces import Snapshot
from symnet.lowering.updates import Updating, root
from symnet.op import Elementwise, Op
from symnet.ops import Reshape
from symnet.origin import made_for
from symnet.types import TensorType

_Ref = tuple[str, object]


@dataclass(eq=False)
class Arena:
    """One long array: `flat` stands for it, `members` for the parts of it, one after the other."""

    flat: Variable
    members: tuple[Variable, ...]


@dataclass(eq=False)
class _Form:
    """The update of one parameter: its nodes, and the arrays they read, in the order they come up."""

    nodes: list[Node] = field(default_factory=list)
    leaves: list[Variable] = field(default_factory=list)
    arrays: list[Variable] = field(default_factory=list)

    def key(self, targets: Mapping[Variable, Variable]) -> tuple[object, ...]:
        """What is alike in updates of one form: ops, how they are connected, what is written where, the scalars."""
        place = {x: k for k, x in enumerate(self.leaves)}
        made = {y: k for k, node in enumerate(self.nodes) for y in node.outputs}

        def reference(x: Variable) -> _Ref:
            if x in made:
                return "node", made[x]
            return ("leaf", place[x]) if x in place else ("scalar", _scalar(x))

        rows = []
        for node in self.nodes:
            (y,) = node.outputs
            written = place.get(targets[y]) if y in targets else None
            rows.append((node.op, tuple(map(reference, node.inputs)), written, y.type.dtype))
        return (*rows, tuple((x.type.dtype, x.node is None) for x in self.leaves))


def into_arenas(
    last: Updating, states: Collection[Variable], kept: Collection[Variable]
) -> tuple[Updating, list[Arena]]:
    """The same updates, those of one form together, and the arenas they need.

    `states` are the variables that stand for shared ones; values that are `kept` have memory of their own.
    """
    forms: dict[object, list[_Form]] = {}
    for form in _forms(last):
        if _fits(form, states) and not any(y in kept for node in form.nodes for y in node.outputs):
            forms.setdefault(form.key(last.targets), []).append(form)
    updates = last
    arenas: list[Arena] = []
    for alike in forms.values():
        if len(alike) > 1:
            made = [_arena([form.leaves[k] for form in alike], states) for k in range(len(alike[0].leaves))]
            updates = _replaced(updates, alike, made)
            arenas += made
    return updates, arenas


def _replaced(last: Updating, alike: Sequence[_Form], arenas: Sequence[Arena]) -> Updating:
    """The updates with those of one form done together, where the last of them stood."""
    together = _together(alike[0], arenas)
    gone = {node for form in alike for node in form.nodes}
    order: list[Node] = []
    left = len(gone)
    for node in last.order:
        if node not in gone:
            order.append(node)
            continue
        left -= 1
        order += together if not left else []
    targets = {new: old for new, old in last.targets.items() if new.node not in gone}
    for one, all_ in zip(alike[0].nodes, together, strict=True):
        old = last.targets.get(one.outputs[0])
        if old is not None:
            targets[all_.outputs[0]] = arenas[alike[0].leaves.index(old)].flat
    return Updating(tuple(order), targets)


def _scalar(x: Variable) -> object:
    return (x.type, x.data.tobytes()) if isinstance(x, Constant) else x


def _forms(last: Updating) -> list[_Form]:
    """The nodes, those that read or write one array together."""
    form_of: dict[Variable, _Form] = {}
    forms: dict[int, _Form] = {}
    for node in last.order:
        read = [*node.inputs, *(last.targets[y] for y in node.outputs if y in last.targets)]
        arrays = [x for x in (*read, *node.outputs) if x.type.ndim]
        found = list(dict.fromkeys(form_of[x] for x in arrays if x in form_of))
        form = found[0] if found else _Form()
        for other in found[1:]:
            form.nodes += other.nodes
            form.leaves = list(dict.fromkeys([*form.leaves, *other.leaves]))
            form.arrays += other.arrays
            form_of.update((x, form) for x in other.arrays)
            forms.pop(id(other))
        form.nodes.append(node)
        form.leaves += [x for x in dict.fromkeys(read) if x.type.ndim and form_of.get(x) is not form]
        form.arrays += arrays
        form_of.update((x, form) for x in arrays)
        forms[id(form)] = form
    position = {node: k for k, node in enumerate(last.order)}
    for form in forms.values():
        form.nodes.sort(key=position.__getitem__)
    return list(forms.values())


def _fits(form: _Form, states: Collection[Variable]) -> bool:
    """Whether it is elementwise and all its arrays have one shape and can be told where to stand: shared ones, and
    computed ones."""
    if not form.leaves or not all(isinstance(node.op, Elementwise) for node in form.nodes):
        return False
    shapes = {x.type.shape for x in (*form.leaves, *(y for node in form.nodes for y in node.outputs))}
    has_place = all(x in states or (x.node is not None and root(x).node is not None) for x in form.leaves)
    return len(shapes) == 1 and has_place


def _arena(members: Sequence[Variable], states: Collection[Variable]) -> Arena:
    total = sum(x.type.size for x in members)
    name = _common_name(members, "params" if members[0] in states else "grads")
    flat = Variable(TensorType(members[0].type.dtype, (total,)), name=name, origin=members[0].origin)
    return Arena(flat, tuple(members))


def _common_name(members: Sequence[Variable], otherwise: str) -> str:
    """What the members' names begin with, up to their last `_`, in the plural."""
    names = [x.name or "" for x in members]
    heads = {name.partition("_")[0] for name in names}
    (head,) = heads if len(heads) == 1 else ("",)
    return f"{head}s" if len(head) > 1 and all("_" in name for name in names) else otherwise


def _together(form: _Form, arenas: Sequence[Arena]) -> list[Node]:
    """The form's nodes on the long arrays."""
    known = dict(zip(form.leaves, (arena.flat for arena in arenas), strict=True))
    nodes: list[Node] = []
    for node in form.nodes:
        op: Op = node.op
        with made_for(node.origin):
            made = op.apply([known.get(x, x) for x in node.inputs], node.origin)
        known[node.outputs[0]] = made.outputs[0]
        nodes.append(made)
    return nodes


def sources(arenas: Sequence[Arena]) -> tuple[list[Arena], list[Node]]:
    """The same arenas of what is computed into them, and the copies of what cannot be: views of something else."""
    gathered, copies = [], []
    for arena in arenas:
        members = []
        for x in arena.members:
            made = _reshaped(x)
            if made.node is None or made.node.op.is_view:
                with made_for(x.origin):
                    made = Snapshot()(x)
                copies.append(made.node)
            members.append(made)
        gathered.append(Arena(arena.flat, tuple(members)))
    return gathered, [node for node in copies if node is not None]


def _reshaped(x: Variable) -> Variable:
    """What `x` is in another shape, with all elements in the same order."""
    while x.node is not None and isinstance(x.node.op, Reshape):
        x = x.node.inputs[0]
    return x
