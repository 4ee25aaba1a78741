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

from queries.binding import Token, tokens
from queries.pool.answers import QueryError

_SPACES = re.compile(r"\s+")
_LINE_END = re.compile(r"[\r\n]|\Z")
_IRI = re.compile(r"<[^<>]*+>")
_VARIABLE = re.compile(r"[?$]\w++")
_PREFIX = re.compile(r"[\w.-]*+")
_LOCAL = re.compile(r"(?:[\w.:%-]|\\.)*+")
_SILENT = "silent"
# An engine decodes code points once; what is left after these passes is nobody's syntax.
_DECODINGS = 3
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
    """All places where a query, or an update, would reach out; linear in the text."""
    for _ in range(_DECODINGS):
        yield from _written(text, update)
        decoded = _decoded(text) if "\\u" in text.lower() else text
        if decoded == text:
            return
        text = decoded
    yield from _written(text, update)


def _written(text: str, update: bool) -> Iterator[Call]:
    lower = text.lower()
    if "service" in lower:
        yield from _found("SERVICE", text)
    if update and "load" in lower:
        yield from _found("LOAD", text)


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


def _found(kind: str, text: str) -> Iterator[Call]:
    layout, reading = _Layout(text), _Reading(text)
    for keyword in re.finditer(kind, text, re.IGNORECASE):
        called = reading.call(kind, keyword.end())
        if called is not None and not layout.inert(keyword.start()):
            yield called


class _Reading:
    """What follows a keyword. Each place is read once, however many keywords lead there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._gaps: dict[int, int] = {}
        self._targets: dict[int, int] = {}
        self._locals: dict[int, int] = {}
        self._run = self._prefix = (0, -1)

    def call(self, kind: str, place: int) -> Call | None:
        """The call whose target, after an optional SILENT, begins here."""
        start = self._gap(place)
        if self.text[start : start + len(_SILENT)].lower() == _SILENT:
            silent = self._gap(start + len(_SILENT))
            if self._is_target(kind, silent):
                return Call(kind, self.text[silent : self._target(silent)], True)
        if self._is_target(kind, start):
            return Call(kind, self.text[start : self._target(start)], False)
        return None

    def _is_target(self, kind: str, place: int) -> bool:
        end = self._target(place)
        return bool(end) and (kind == "LOAD" or self.text.startswith("{", self._gap(end)))

    def _gap(self, place: int) -> int:
        """Where white space and comments from here on end."""
        passed = []
        while place not in self._gaps:
            passed.append(place)
            spaces = _SPACES.match(self.text, place)
            if spaces:
                place = spaces.end()
            elif self.text.startswith("#", place):
                place = self._line_end(place)
            else:
                break
        end = self._gaps.get(place, place)
        self._gaps.update(dict.fromkeys(passed, end))
        return end

    def _line_end(self, place: int) -> int:
        """The end of the line of this place, looked for once a line."""
        start, end = self._run
        if not start <= place <= end:
            found = _LINE_END.search(self.text, place)
            assert found is not None
            end = found.start()
            self._run = (place, end)
        return end

    def _target(self, place: int) -> int:
        """Where an IRI, variable or prefixed name that begins here ends; 0 where none does."""
        if place not in self._targets:
            self._targets[place] = self._measured(place)
        return self._targets[place]

    def _measured(self, place: int) -> int:
        for pattern in (_IRI, _VARIABLE):
            found = pattern.match(self.text, place)
            if found:
                return found.end()
        colon = self._colon(place)
        if not self.text.startswith(":", colon):
            return 0
        if colon not in self._locals:
            local = _LOCAL.match(self.text, colon + 1)
            assert local is not None
            self._locals[colon] = local.end()
        return self._locals[colon]

    def _colon(self, place: int) -> int:
        """The end of the run of a prefix's letters from here, looked for once a run."""
        start, end = self._prefix
        if not start <= place <= end:
            found = _PREFIX.match(self.text, place)
            assert found is not None
            end = found.end()
            self._prefix = (place, end)
        return end


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
