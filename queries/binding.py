"""Puts RDF terms in the place of a query's variables, token by token: one text for every store.

Rejected: pyoxigraph's `substitutions`, which take only projected variables and which no remote
store has; and a VALUES block in front, which nested groups, UNION branches and sub-selects do not
see (a filter there is then silently false). A term comes out of the RDF library's serializer and
only ever replaces a whole variable: never part of a string, comment or IRI.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from pyoxigraph import Literal, NamedNode

from queries.errors import BindingError

Term = NamedNode | Literal
GAP = "\0"

_SHORT = re.compile(
    r"""
    (?P<skip>   \s+ | \#[^\r\n]* )
  | (?P<iri>    <[^\x00-\x20<>"{}|^`]*> )
  | (?P<var>    [?$] \w [\w\u00B7\u203F\u2040]* )
  | (?P<lang>   @ [A-Za-z-]+ )
  | (?P<word>   [^\W\d] \w* )
  | (?P<mark>   . )
    """,
    re.VERBOSE | re.DOTALL,
)
_STRINGS = {
    '"""': re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*+"""', re.DOTALL),
    "'''": re.compile(r"'''(?:[^'\\]|\\.|'(?!''))*+'''", re.DOTALL),
    '"': re.compile(r'"(?:[^"\\\r\n]|\\.)*+"', re.DOTALL),
    "'": re.compile(r"'(?:[^'\\\r\n]|\\.)*+'", re.DOTALL),
}
_FROM = re.compile(r"\bFROM\b", re.IGNORECASE)
_LINE_END = re.compile(r"[\r\n]|\Z")
_PREFIX = re.compile(r"[\w.-]*")
_LOCAL = re.compile(r"(?:[\w.:\u00B7-]|%[0-9A-Fa-f]{2}|\\.)*", re.DOTALL)
_SAFE_IRI = re.compile(r"<[^\x00-\x20<>\"{}|^`\\]*>")
_ESCAPE = re.compile(r"\\\\([uU])|\\.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """One token of SPARQL: its kind (a group of the pattern) and its text."""

    kind: str
    text: str

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords (given in capitals)."""
        return self.kind == "word" and self.text.upper() in words


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a SPARQL text; joined again they are the text.

    Linear in the text, whatever it holds: a string that never ends, or a run of letters that never
    comes to its colon, is read to its end once, and not again from each place within it.
    """
    scan, place = _Scan(text), 0
    while place < len(text):
        kind, end = scan.token(place)
        yield Token(kind, text[place:end])
        place = end


class _Scan:
    """Where tokens end, and up to where some kinds of token are known not to begin."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.none_before = dict.fromkeys((*_STRINGS, ":"), 0)

    def token(self, place: int) -> tuple[str, int]:
        character = self.text[place]
        if character in "\"'":
            end = self._string(place)
            return ("string", end) if end else ("mark", place + 1)
        if character in ".-:" or character == "_" or character.isalnum():
            end = self._name(place)
            if end:
                return "name", end
        found = _SHORT.match(self.text, place)
        assert found is not None
        return found.lastgroup or "mark", found.end()

    def _string(self, place: int) -> int:
        """Where the string that begins here ends; 0 where none does."""
        quote = self.text[place]
        for opening in (quote * 3, quote):
            if not self.text.startswith(opening, place) or place < self.none_before[opening]:
                continue
            found = _STRINGS[opening].match(self.text, place)
            if found:
                return found.end()
            self.none_before[opening] = self._unended(opening, place)
        return 0

    def _unended(self, opening: str, place: int) -> int:
        """How far no string with these quotes can end, as none that begins here does.

        From any place the same quotes are escaped, as a run of backslashes has but one length.
        """
        if len(opening) == 3:
            return len(self.text)
        end = place
        while True:  # an escaped line end does not end the line of the string
            found = _LINE_END.search(self.text, end)
            assert found is not None
            end = found.end()
            before = self.text[place : found.start()]
            escaped = (len(before) - len(before.rstrip("\\"))) % 2
            if found.end() == found.start() or not escaped:
                return found.start()

    def _name(self, place: int) -> int:
        """Where the prefixed name that begins here ends; 0 where none does."""
        if place < self.none_before[":"]:
            return 0
        found = _PREFIX.match(self.text, place)
        assert found is not None
        end = found.end()
        if self.text[end : end + 1] != ":":
            self.none_before[":"] = end
            return 0
        local = _LOCAL.match(self.text, end + 1)
        assert local is not None
        return local.end()


def names_dataset(text: str) -> bool:
    """Whether the query has a FROM clause of its own, which a union would silently override."""
    if _FROM.search(text) is None:  # most have none, and `authorsFrom` is not it
        return False
    depth = 0
    for token in tokens(text):
        if token.text in ("{", "}"):
            depth += 1 if token.text == "{" else -1
        elif depth == 0 and token.is_word("FROM"):
            return True
    return False


def serialized(variable: str, term: Term) -> str:
    """The term in SPARQL's syntax.

    A `u` behind a backslash is written as a code point, so that the pass for `\\uXXXX` that some
    engines run over the whole query cannot turn text into syntax.
    """
    if isinstance(term, NamedNode):
        if not _SAFE_IRI.fullmatch(str(term)):
            raise BindingError(variable, f"{term.value!r} is no IRI")
        return str(term)
    if not isinstance(term, Literal):
        raise BindingError(variable, f"{term} is neither an IRI nor a literal")
    if not _SAFE_IRI.fullmatch(str(term.datatype)):
        raise BindingError(variable, f"{term.datatype.value!r} is no IRI")
    return _ESCAPE.sub(
        lambda found: rf"\\\u{ord(found[1]):04X}" if found[1] else found[0], str(term)
    )


def bind(text: str, bindings: Mapping[str, Term]) -> str:
    """The query with each bound variable replaced by its term, wherever it stands.

    A projected variable stays a column (`SELECT *` has it no more); BOUND of it is true. A
    variable that the query lacks, or assigns itself, is an error.
    """
    if not bindings:
        return text
    terms = {name: serialized(name, term) for name, term in bindings.items()}
    parts = _template(text, frozenset(terms))
    return "".join(terms[part] if place % 2 else part for place, part in enumerate(parts))


@lru_cache(256)
def _template(text: str, names: frozenset[str]) -> tuple[str, ...]:
    """The query in parts: text and, at every second place, the name of a variable to replace.

    Kept, because a query of a page is bound again for every page, and this takes a millisecond.
    """
    if GAP in text:
        raise BindingError(min(names), "the query has a control character")
    found = list(tokens(text))
    missing = names - {token.text[1:] for token in found if token.kind == "var"}
    if missing:
        raise BindingError(min(missing), "the query has no such variable")
    gaps = {name: f"{GAP}{name}{GAP}" for name in names}
    pieces = _Replacement(_without_bound(found, gaps), gaps).pieces()
    return tuple("".join(pieces).split(GAP))


def _without_bound(found: Sequence[Token], terms: Mapping[str, str]) -> Iterator[Token]:
    """The tokens, with `true` for each BOUND of a variable that has a term."""
    place = 0
    while place < len(found):
        call = list(islice((at for at in range(place, len(found)) if found[at].kind != "skip"), 4))
        if found[place].is_word("BOUND") and len(call) == 4 and found[call[2]].text[1:] in terms:
            yield Token("word", "true")
            place = call[3] + 1
        else:
            yield found[place]
            place += 1


class _Replacement:
    """One walk over the tokens; `clause` says which keyword the walk is inside of."""

    def __init__(self, found: Iterable[Token], terms: Mapping[str, str]) -> None:
        self.found = found
        self.terms = terms
        self.clause = ""
        self.parentheses = 0
        self.before = ""

    def pieces(self) -> Iterator[str]:
        for token in self.found:
            if token.kind == "var" and token.text[1:] in self.terms:
                yield self.replaced(token.text[1:])
            else:
                self.enter(token)
                yield token.text
            if token.kind != "skip":
                self.before = token.text.upper()

    def enter(self, token: Token) -> None:
        """Follow the clauses in which a variable is more than a place for a term."""
        if token.text in ("(", ")"):
            self.parentheses += 1 if token.text == "(" else -1
        elif token.is_word("SELECT", "VALUES"):
            self.clause, self.parentheses = token.text.upper(), 0
        elif token.is_word("BY"):
            self.clause, self.parentheses = "BY", 0
        elif token.text in ("{", "}") or token.is_word(
            "WHERE", "FROM", "LIMIT", "OFFSET", "HAVING"
        ):
            self.clause = ""

    def replaced(self, variable: str) -> str:
        term = self.terms[variable]
        if self.before == "AS" or self.clause == "VALUES":
            raise BindingError(variable, "the query gives this variable a value itself")
        if self.parentheses == 0 and self.clause == "SELECT":
            return f" ({term} AS ?{variable}) "
        if self.parentheses == 0 and self.clause == "BY":
            return f" ({term}) "
        return f" {term} "
