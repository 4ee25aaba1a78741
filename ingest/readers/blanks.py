"""Names for blank nodes by what is said of them: the same file gives the same names, in any run.

A node's name is a digest of the triples it stands in, its blank neighbours described the same way,
no deeper than it takes to tell it from all others, so that a change elsewhere leaves it alone.
Nodes that cannot be told apart are counted in the order of the file.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode

from ontology.iris import text_hash

ROUNDS = 16  # neighbours of neighbours looked at; past it, the order of the file decides

Node = NamedNode | BlankNode
Quad = tuple[Node, str, Node | Literal, str]
_Edge = tuple[str, Node | Literal]


def named(quads: Iterable[Quad]) -> dict[Node, str]:
    """A name such as `_:k3…` for each blank node that a triple speaks of."""
    edges: dict[BlankNode, list[_Edge]] = defaultdict(list)
    for subject, predicate, value, graph in quads:
        if isinstance(subject, BlankNode):
            edges[subject].append((f"> {predicate} {graph}", value))
        if isinstance(value, BlankNode):
            edges[value].append((f"< {predicate} {graph}", subject))
    colours = _coloured(edges)
    seen: Counter[str] = Counter()
    names: dict[Node, str] = {}
    for node in edges:
        colour = colours[node]
        seen[colour] += 1
        names[node] = f"_:{colour if seen[colour] == 1 else text_hash(f'{colour} {seen[colour]}')}"
    return names


def _coloured(edges: dict[BlankNode, list[_Edge]]) -> dict[BlankNode, str]:
    colours = dict.fromkeys(edges, "")
    left = list(edges)
    classes = 0
    for _ in range(ROUNDS):
        colours |= {node: _digest(colours, node, edges[node]) for node in left}
        shared = Counter(colours[node] for node in left)
        left = [node for node in left if shared[colours[node]] > 1]
        if not left or len(shared) == classes:
            break
        classes = len({colours[node] for node in left})
    return colours


def _digest(colours: dict[BlankNode, str], node: BlankNode, edges: list[_Edge]) -> str:
    """Of a node as it is known so far and all that it stands beside."""
    beside = sorted(
        f"{how} {'_:' + colours[value] if isinstance(value, BlankNode) else value}"
        for how, value in edges
    )
    return text_hash("\n".join([colours[node], *beside]))
