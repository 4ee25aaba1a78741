"""SPARQL Update taken apart: what each operation writes to, and how it is put to the engine; pure.

The engine's default graph is not ours: unqualified patterns and templates mean the graph
`{base}graph/default`, so every operation is rewritten to say so.

What is checked must be what runs, and engines do not cut text as the grammar says: Oxigraph reads
`1<'a>b'` as a comparison where the grammar has an IRI. So the engine never gets the text as sent,
but the tokens found here in a form that can be cut in one way only: without comments, every IRI as
a prefixed name, every word known.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from queries.binding import Token, tokens

# Every word that an update can hold outside of names, variables and strings.
_WORDS = """
    A ABS ADD ADJUST ALL AS ASC ASK AVG BASE BIND BNODE BOUND BY CEIL CLEAR COALESCE CONCAT
    CONSTRUCT CONTAINS COPY COUNT CREATE DATA DATATYPE DAY DEFAULT DELETE DESC DESCRIBE DISTINCT
    DROP ENCODE_FOR_URI EXISTS FALSE FILTER FLOOR FROM GRAPH GROUP GROUP_CONCAT HASLANG HASLANGDIR
    HAVING HOURS IF IN INSERT INTO IRI ISBLANK ISIRI ISLITERAL ISNUMERIC ISTRIPLE ISURI LANG
    LANGDIR LANGMATCHES LATERAL LCASE LIMIT MAX MD5 MIN MINUS MINUTES MONTH MOVE NAMED NOT NOW
    OBJECT OFFSET OPTIONAL ORDER PREDICATE PREFIX RAND REDUCED REGEX REPLACE ROUND SAMETERM SAMPLE
    SECONDS SELECT SEPARATOR SHA1 SHA256 SHA384 SHA512 SILENT STR STRAFTER STRBEFORE STRDT STRENDS
    STRLANG STRLANGDIR STRLEN STRSTARTS STRUUID SUBJECT SUBSTR SUM TIMEZONE TO TRIPLE TRUE TZ UCASE
    UNDEF UNION URI USING UUID VALUES VERSION WHERE WITH YEAR
"""
WORDS = frozenset(_WORDS.split())
# The exponent of a number: the rest of it is digits and signs.
_EXPONENT = re.compile(r"[eE]\d*")
# Prefixes of our own for the IRIs of a text.
_PREFIX = "quiver-iri-"

MANAGED = ("shared", "links", "outside", "citations", "decisions", "ontology", "about", "withdrawn")
MANAGEMENT = ("CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY")


class UpdateRefused(PermissionError):
    """The update would do what is not allowed; the message says what."""


def is_managed(graph: str, base: str) -> bool:
    """Whether Quiver itself keeps this graph; everything else is the users'."""
    name = graph.removeprefix(f"{base}graph/")
    return name != graph and (name in MANAGED or name.startswith("source/"))


def default_graph(base: str) -> str:
    """The graph that unqualified patterns of an update mean."""
    return f"{base}graph/default"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its text for the engine, and what must be known before it runs.

    `graphs` are the terms (as written, prefixes unresolved) of graphs that it writes to;
    `variables` those of graph variables in its templates, whose values `pattern` gives;
    `everything` says that it is for all graphs or all named ones.
    """

    prologue: str
    text: str
    graphs: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    pattern: str = ""
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()
    default: str = ""
    everything: bool = False

    @property
    def request(self) -> str:
        """What the engine executes."""
        return f"{self.prologue}\n{self.text}"


@dataclass(slots=True)
class _Clauses:
    """A modify operation by its clauses; templates and pattern as their tokens."""

    graph: str = ""
    templates: list[tuple[str, list[Token]]] = field(default_factory=list)
    using: list[str] = field(default_factory=list)
    using_named: list[str] = field(default_factory=list)
    pattern: list[Token] = field(default_factory=list)


def operations(
    text: str, default: str, using: Sequence[str] = (), using_named: Sequence[str] = ()
) -> Iterator[Operation]:
    """The operations of an update in order; `default` is the graph of what names none.

    `using` and `using_named` are the protocol's dataset; an update with one of its own refuses it.
    """
    prologue = ""
    for found in _split(tokens(text)):
        head, body = _prologue(found)
        prologue += head
        if any(token.kind != "skip" for token in body):
            declared, plain = _plain(body)
            yield _operation(prologue + declared, plain, default, using, using_named)


def refuse_outreach(text: str) -> None:
    """UpdateRefused where a keyword of the text would have other hosts asked."""
    for token in tokens(text):
        if token.is_word("LOAD", "SERVICE"):
            word = token.text.upper()
            raise UpdateRefused(f"{word} in an update is refused: it would reach other hosts")


def _split(found: Iterable[Token]) -> Iterator[list[Token]]:
    """The tokens between the semicolons outside all braces."""
    part: list[Token] = []
    depth = 0
    for token in found:
        if token.kind == "mark" and token.text in "{}":
            depth += 1 if token.text == "{" else -1
        if token.kind == "mark" and token.text == ";" and depth == 0:
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _plain(body: list[Token]) -> tuple[str, list[Token]]:
    """The tokens as they can be read in one way only, and the prefixes that takes."""
    iris: dict[str, str] = {}
    plain = []
    for token in body:
        if token.kind == "skip":
            token = Token("skip", "\n")
        elif token.kind == "iri":
            name = iris.setdefault(token.text, f"{_PREFIX}{len(iris)}:")
            token = Token("iri", f" {name} ")
        elif token.kind == "word" and not _is_known(token.text):
            raise ValueError(f"{token.text[:100]!r} is no word of SPARQL Update")
        elif token.kind == "mark" and token.text in "'\"\\`":
            raise ValueError(f"a {token.text} stands where it begins nothing")
        plain.append(token)
    declared = "".join(f"\nPREFIX {name} {iri}" for iri, name in iris.items())
    return declared + "\n", plain


def _is_known(word: str) -> bool:
    return word.upper() in WORDS or _EXPONENT.fullmatch(word) is not None


def _prologue(found: list[Token]) -> tuple[str, list[Token]]:
    """The leading BASE and PREFIX declarations, and what follows them."""
    place = 0
    while place < len(found):
        if found[place].kind == "skip":
            place += 1
        elif found[place].is_word("BASE", "PREFIX"):
            while found[place].kind != "iri":
                place += 1
            place += 1
        else:
            break
    declared = [Token("skip", "\n") if one.kind == "skip" else one for one in found[:place]]
    return _text(declared), found[place:]


def _operation(
    prologue: str,
    body: list[Token],
    default: str,
    using: Sequence[str],
    using_named: Sequence[str],
) -> Operation:
    words = [token for token in body if token.kind != "skip"]
    first = words[0].text.upper()
    if first in MANAGEMENT:
        return _management(prologue, words, default)
    clauses = _data(body, words) or _clauses(body)
    if using or using_named:
        if clauses.graph or clauses.using or clauses.using_named:
            raise ValueError("using-graph-uri= and USING or WITH in the text exclude each other")
        clauses.using = [f"<{iri}>" for iri in using]
        clauses.using_named = [f"<{iri}>" for iri in using_named]
    return _modify(prologue, clauses, default)


def _management(prologue: str, words: list[Token], default: str) -> Operation:
    """CLEAR, DROP, CREATE, ADD, MOVE, COPY: DEFAULT becomes our default graph."""
    parts, graphs = [], []
    everything = False
    silent = any(word.is_word("SILENT") for word in words)
    for word in words:
        if word.is_word("DEFAULT"):
            graphs.append(f"<{default}>")
            # Our default graph always exists, even while it is empty.
            clears = words[0].is_word("CLEAR", "DROP") and not silent
            parts.append(f"{'SILENT ' if clears else ''}GRAPH <{default}>")
            continue
        everything = everything or word.is_word("ALL", "NAMED")
        if word.kind in ("iri", "name"):
            graphs.append(word.text)
        parts.append(word.text)
    if words[0].is_word("ADD", "COPY"):
        graphs = graphs[-1:]
    return Operation(prologue, " ".join(parts), tuple(graphs), everything=everything)


def _data(body: list[Token], words: list[Token]) -> _Clauses | None:
    """INSERT DATA, DELETE DATA and DELETE WHERE as the modify operations that they abbreviate."""
    if len(words) < 2 or not words[1].is_word("DATA", "WHERE"):
        return None
    block = _block(body, _find(body, "{"))
    clauses = _Clauses(templates=[(words[0].text.upper(), block)])
    clauses.pattern = block if words[1].is_word("WHERE") else []
    return clauses


def _clauses(body: list[Token]) -> _Clauses:
    """[WITH g] [DELETE {…}] [INSERT {…}] [USING [NAMED] g]… [WHERE] {…}"""
    clauses = _Clauses()
    place, word = 0, ""
    while place < len(body):
        token = body[place]
        if token.kind in ("iri", "name"):
            if word == "WITH":
                clauses.graph = token.text
            else:
                (clauses.using_named if word == "NAMED" else clauses.using).append(token.text)
        elif token.text == "{":
            block = _block(body, place)
            if word in ("DELETE", "INSERT"):
                clauses.templates.append((word, block))
                word = ""
            else:
                clauses.pattern = block
            place += len(block) + 1
        elif token.kind == "word":
            word = token.text.upper()
        place += 1
    return clauses


def _modify(prologue: str, clauses: _Clauses, default: str) -> Operation:
    graph = clauses.graph or f"<{default}>"
    text = [f"WITH {graph}"]
    graphs: list[str] = []
    variables: list[str] = []
    for verb, block in clauses.templates:
        text.append(f"{verb} {{{_text(block)}\n}}")
        for name in _named(block):
            (variables if name[0] in "?$" else graphs).append(name)
        if _unqualified(block):
            graphs.append(graph)
    text += [f"USING {name}" for name in clauses.using]
    text += [f"USING NAMED {name}" for name in clauses.using_named]
    pattern = _text(clauses.pattern)
    text.append(f"WHERE {{{pattern}\n}}")
    return Operation(
        prologue,
        "\n".join(text),
        tuple(dict.fromkeys(graphs)),
        tuple(dict.fromkeys(variables)),
        pattern,
        tuple(clauses.using),
        tuple(clauses.using_named),
        graph,
    )


def _named(block: list[Token]) -> Iterator[str]:
    """The graph names, or variables, after GRAPH in a template."""
    words = [token for token in block if token.kind != "skip"]
    for before, after in pairwise(words):
        if before.is_word("GRAPH"):
            yield after.text


def _unqualified(block: list[Token]) -> bool:
    """Whether a template has triples outside of GRAPH."""
    depth, named = 0, False
    for token in block:
        if token.kind == "mark" and token.text in "{}":
            depth += 1 if token.text == "{" else -1
            named = False
        elif depth == 0 and token.is_word("GRAPH"):
            named = True
        elif depth == 0 and not named and token.kind != "skip" and token.text != ".":
            return True
    return False


def _find(body: list[Token], mark: str) -> int:
    return next(place for place, token in enumerate(body) if token.text == mark)


def _block(body: list[Token], start: int) -> list[Token]:
    """The tokens between the brace at `start` and the one that closes it."""
    depth = 0
    for place in range(start, len(body)):
        token = body[place]
        if token.kind == "mark" and token.text in "{}":
            depth += 1 if token.text == "{" else -1
            if depth == 0:
                return body[start + 1 : place]
    return body[start + 1 :]


def _text(found: Iterable[Token]) -> str:
    return "".join(token.text for token in found)
