"""The IRI policy: mint the IRI of an entity from its key, and read one back.

An IRI is ``{base}id/{class}/{slug}-{hash}``. The hash alone identifies: 12 base32 characters (60
bits) of SHA-256 over the key as a JSON array in NFC. The slug is for people and comes from words of
the key, so the IRI changes only when the key does.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

CLASSES = (
    "publication",
    "record",
    "signature",
    "author",
    "cluster",
    "venue",
    "work",
    "source",
    "load",
    "run",
    "match",
    "decision",
)
SLUG_LENGTH = 60
HASH_LENGTH = 12
DEFAULT_PORT = 8000

_QUOTED = json.encoder.encode_basestring
_SHA = hashlib.sha256
_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [a + b for a in _DIGITS for b in _DIGITS]  # base64.b32encode takes three times as long

_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_LOCAL = re.compile(r"(?:(?P<slug>[a-z0-9-]+)-)?(?P<hash>[a-z2-7]{12})")

KeyPart = str | int | None


class IriError(ValueError):
    """A base or an IRI that the policy cannot use; `value` is the offender."""

    def __init__(self, value: str, reason: str) -> None:
        super().__init__(f"{value!r}: {reason}")
        self.value = value


def quoted(part: KeyPart) -> str:
    """A part of a key as JSON writes it."""
    if type(part) is str:
        return _QUOTED(part)
    return str(part) if type(part) is int else json.dumps(part, ensure_ascii=False)


def key_hash(key: Sequence[KeyPart]) -> str:
    """12 lower-case base32 characters of SHA-256 over the NFC JSON array of the key."""
    return text_hash(f"[{','.join(map(quoted, key))}]")


def text_hash(text: str) -> str:
    """The same of a key that is a JSON array already: for the many keys with one beginning."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    bits = int.from_bytes(_SHA(text.encode("utf-8", "surrogatepass")).digest()[:8]) >> 4
    return (
        f"{_PAIRS[bits >> 50]}{_PAIRS[bits >> 40 & 1023]}{_PAIRS[bits >> 30 & 1023]}"
        f"{_PAIRS[bits >> 20 & 1023]}{_PAIRS[bits >> 10 & 1023]}{_PAIRS[bits & 1023]}"
    )


def slug(words: str) -> str:
    """The words in ASCII, lower case, joined by hyphens, cut at a hyphen within 60 characters."""
    plain = words
    if not words.isascii():
        plain = unicodedata.normalize("NFKD", words)
        plain = plain.encode("ascii", "ignore").decode()
    whole = _NOT_SLUG.sub("-", plain.lower()).strip("-")
    if len(whole) <= SLUG_LENGTH:
        return whole
    cut = whole[: SLUG_LENGTH + 1]
    return (cut[: cut.rfind("-")] if "-" in cut else cut[:SLUG_LENGTH]).strip("-")


@dataclass(frozen=True, slots=True)
class EntityIri:
    """An entity's IRI taken apart: its class segment and its local part."""

    entity_class: str
    local: str

    @property
    def hash(self) -> str:
        """The identifying 12 characters."""
        return self.local[-HASH_LENGTH:]


@dataclass(frozen=True, slots=True)
class Iris:
    """Mints and reads the IRIs below one base (absolute http or https, ending in a slash)."""

    base: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.base)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise IriError(self.base, "a base must be an absolute http or https IRI")
        if not self.base.endswith("/") or parts.query or parts.fragment:
            raise IriError(self.base, "a base must end in / and carry no query or fragment")
        if re.search(r'[\x00-\x20<>"{}|\\^`]', self.base):
            raise IriError(self.base, "a base must hold no character that an IRI forbids")

    def entity(self, entity_class: str, key: Sequence[KeyPart], words: str = "") -> str:
        """The IRI of the entity with this key; `words` must be words of the key."""
        readable = slug(words)
        local = f"{readable}-{key_hash(key)}" if readable else key_hash(key)
        return f"{self.base}id/{entity_class}/{local}"

    def graph(self, name: str) -> str:
        """The IRI of a named graph: `links`, `shared`, `decisions`, `about`, …"""
        return f"{self.base}graph/{name}"

    def source_graph(self, source: str) -> str:
        """The IRI of the named graph that holds what one source says."""
        return f"{self.base}graph/source/{quote(source, safe='')}"

    def source_name(self, graph: str) -> str | None:
        """The source whose graph this is, or None."""
        prefix = f"{self.base}graph/source/"
        return unquote(graph[len(prefix) :]) if graph.startswith(prefix) else None

    def read(self, iri: str) -> EntityIri | None:
        """The class and local part of an entity's IRI; None for anything else."""
        prefix = f"{self.base}id/"
        if not iri.startswith(prefix):
            return None
        entity_class, _, local = iri[len(prefix) :].partition("/")
        if entity_class not in CLASSES or not _LOCAL.fullmatch(local):
            return None
        return EntityIri(entity_class, local)
