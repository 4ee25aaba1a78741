"""N-Triples by hand: terms, and *blocks*, the sorted lines of one entity without a graph term.

Blocks are what the mapping writes, what the difference compares, and what the store loads (rdflib
builds the same lines 35 times slower). Their first line's subject is their key.
"""

import re
import unicodedata
from collections.abc import Iterable

from ontology import terms

_SPECIAL = re.compile('["\\\\\n\r\ud800-\udfff]')
_ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n", ord("\r"): "\\r"}
_ESCAPES |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_ISSUED = (
    (re.compile(r"\d{4}", re.ASCII), terms.XSD_G_YEAR),
    (re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII), terms.XSD_G_YEAR_MONTH),
    (re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", re.ASCII), terms.XSD_DATE),
)
# RFC 3987 for the schemes that links use; tighter than a parser, so that no line stops a load.
_HARD = '\\x00-\\x20\\x7f-\\x9f<>"{}|\\\\^`\\[\\]'
_HARD += "\ud800-\uf8ff\ufdd0-\ufdef\ufff0-\uffff\U000e0000-\U0010ffff"
_CHARACTER = f"(?:[^{_HARD}%#]|%[0-9A-Fa-f]{{2}})"
_WEB = re.compile(
    f"(?:https?|ftp)://[^{_HARD}%/?#@:]+(?::[0-9]*)?(?:[/?]{_CHARACTER}*)?(?:#{_CHARACTER}*)?"
)
_QUOTED = re.compile(f"%(?![0-9A-Fa-f]{{2}})|[{_HARD}]")


def predicate(iri: str) -> str:
    """The IRI as lines have it."""
    return f"<{iri}>"


TYPE = predicate(terms.TYPE)
LABEL = predicate(terms.LABEL)


def literal(text: str) -> str:
    """The text as a plain literal."""
    if text.isprintable() and '"' not in text and "\\" not in text:  # most are, and it is fast
        return f'"{text}"'
    return f'"{text.translate(_ESCAPES)}"' if _SPECIAL.search(text) else f'"{text}"'


def integer(number: int) -> str:
    """The number as an xsd:integer."""
    return f'"{number}"^^<{terms.XSD_INTEGER}>'


def date(text: str) -> str | None:
    """An ISO 8601 date of any precision as gYear, gYearMonth or date; None where it is none."""
    for pattern, datatype in _ISSUED:
        if pattern.fullmatch(text):
            return f'"{text}"^^<{datatype}>'
    return None


def web_iri(address: str) -> str | None:
    """The address as an IRI that every parser takes, percent-encoded where needed, else None."""
    if _WEB.fullmatch(address):
        return address
    place, mark, fragment = _QUOTED.sub(_percent, address.strip()).partition("#")
    quoted = place + mark + fragment.replace("#", "%23")
    return quoted if _WEB.fullmatch(quoted) else None


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace"))


def collapsed(text: str) -> str:
    """The text in NFC with each run of white space as one space."""
    return " ".join((text if text.isascii() else unicodedata.normalize("NFC", text)).split())


def block(lines: Iterable[str]) -> str:
    """The lines sorted and without repeats: the one form in which blocks are compared."""
    return "".join(sorted(set(lines)))


def key(text: bytes) -> bytes:
    """The key of a block: the subject of its first line."""
    return text[: text.index(b" ")]
