"""The lines of side files taken apart: N-Triples as we write them, read without a parser; pure."""

import re
from collections.abc import Iterator, Mapping

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

Statements = dict[str, list[str]]  # of one subject: predicates in angle brackets, terms as written


def text_of(term: str) -> str:
    """The text of a literal as the side files write it."""
    inner = term[1 : term.rindex('"')]
    return unescaped(inner)


def unescaped(inner: str) -> str:
    """What stands between the quotes of a literal, as text."""
    return _ESCAPE.sub(_sign, inner) if "\\" in inner else inner


def _sign(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _PLAIN.get(match[3], match[3])


def subjects(block: str) -> Iterator[tuple[str, Statements]]:
    """Each subject of a block with what is said of it, in angle brackets and quotes."""
    current, said = "", Statements()
    for line in block.split(" .\n"):
        if not line:
            continue
        subject, predicate, term = line.split(" ", 2)
        if subject != current:
            if current:
                yield current[1:-1], said
            current, said = subject, {}
        if predicate in said:
            said[predicate].append(term)
        else:
            said[predicate] = [term]
    if current:
        yield current[1:-1], said


def first_text(said: Statements, predicate: str) -> str:
    """The text of the first value of a property; nothing where it has none."""
    found = said.get(predicate)
    return text_of(found[0]) if found else ""


def identifiers(said: Statements, schemes: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The values of properties by the names that `schemes` gives them, sorted."""
    found = [
        (name, text_of(term))
        for predicate, name in schemes.items()
        if predicate in said
        for term in said[predicate]
    ]
    return tuple(sorted(found))
