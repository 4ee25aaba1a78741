"""Where a query would reach out: SERVICE, and LOAD in updates, found before anything runs.

Written to err on one side only. Words in strings, comments, IRIs, variables and local names are
not calls. But engines do not cut text into tokens as the grammar says: Oxigraph reads `1<'a>b'`
as a comparison where the grammar has an IRI, and takes `trueSERVICE<…>` for two words. So a call
is looked for at every place, spaces or none, and strings and comments are believed only up to
the first `<` that could be either.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from queries.answers import QueryError
from queries.binding import Token, tokens

_GAP = r"(?:\s|\#[^\r\n]*(?=[\r\n]|\Z))*"
_TARGET = r"<[^<>]*> | [?$]\w+ | [\w.-]*:(?:[\w.:%-]|\\.)*"
_SERVICE = re.compile(
    rf"service (?= {_GAP} (?P<silent>silent)? {_GAP} (?P<target>{_TARGET}) {_GAP} \{{ )",
    re.VERBOSE | re.IGNORECASE,
)
_LOAD = re.compile(
    rf"load (?= {_GAP} (?P<silent>silent)? {_GAP} (?P<target>{_TARGET}) )",
    re.VERBOSE | re.IGNORECASE,
)
_CODE_POINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_OPERANDS = frozenset(("string", "var", "lang", "name"))


class OutreachRefused(QueryError, PermissionError):
    """The query would reach out to `target`, which is not on the allow-list."""

    def __init__(self, call: "Call") -> None:
        super().__init__(f"{call.kind} {call.target[:200]} is not allowed here")
        self.target = call.target


@dataclass(frozen=True, slots=True)
class Call:
    """One place that reaches out. `target` is `<IRI>`, `?variable` or a prefixed name."""

    kind: str
    target: str
    silent: bool

    @property
    def iri(self) -> str | None:
        """The IRI itself, where the target is one that needs no resolving."""
        inner = self.target[1:-1]
        plain = self.target.startswith("<") and ":" in inner and "\\" not in inner
        return inner if plain else None


def calls(text: str, *, update: bool = False) -> Iterator[Call]:
    """All places where a query, or an update, would reach out."""
    lower = text.lower()
    if "\\u" in lower and (decoded := _decoded(text)) != text:
        yield from calls(decoded, update=update)
    if "service" in lower:
        yield from _found("SERVICE", _SERVICE, text)
    if update and "load" in lower:
        yield from _found("LOAD", _LOAD, text)


def refuse(text: str, allowed: Collection[str], *, update: bool = False) -> None:
    """Raise OutreachRefused at the first call whose target is no IRI on the list."""
    for call in calls(text, update=update):
        if call.iri is None or call.iri not in allowed:
            raise OutreachRefused(call)


def _decoded(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        point = int(found[1] or found[2], 16)
        return chr(point) if point <= 0x10FFFF else found[0]

    return _CODE_POINT.sub(character, text)


def _found(kind: str, pattern: re.Pattern[str], text: str) -> Iterator[Call]:
    layout = _Layout(text)
    for match in pattern.finditer(text):
        if not layout.inert(match.start()):
            yield Call(kind, match["target"], bool(match["silent"]))


class _Layout:
    """The tokens of a text by offset, and the offset from which they cannot be relied on."""

    def __init__(self, text: str) -> None:
        self.tokens = list(tokens(text))
        self.starts: list[int] = []
        self.doubtful = len(text)
        place = parentheses = 0
        operand = False
        for token in self.tokens:
            self.starts.append(place)
            if token.kind == "iri" and operand and parentheses:
                self.doubtful = min(self.doubtful, place)
            parentheses = self._depth(token, parentheses)
            operand = operand if token.kind == "skip" else _is_operand(token)
            place += len(token.text)

    @staticmethod
    def _depth(token: Token, depth: int) -> int:
        if token.kind != "mark":
            return depth
        return depth + (token.text == "(") - (token.text == ")" and depth > 0)

    def inert(self, offset: int) -> bool:
        """Whether what stands here is surely no keyword."""
        place = bisect_right(self.starts, offset) - 1
        token, within = self.tokens[place], offset - self.starts[place]
        if token.kind == "var":
            return True
        if token.kind == "name":
            return ":" in token.text[:within]
        return offset < self.doubtful and token.kind in ("skip", "string", "iri", "lang")


def _is_operand(token: Token) -> bool:
    """Whether an expression can end with this, so that a `<` after it may be an operator."""
    return token.kind in _OPERANDS or token.kind in ("word", "iri") or token.text in ")]0123456789."
