"""What the links say now, and what of it a run keeps."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from ontology import terms

_CANONICAL, _SAME_AS = f"<{terms.CANONICAL}>", f"<{terms.SAME_AS}>"
_VERSION_OF, _FORMERLY = f"<{terms.VERSION_OF}>", f"<{terms.FORMERLY_CANONICAL}>"
_PART_OF, _RUN_OF = f"<{terms.PART_OF}>", f" <{terms.RUN_PROPERTY}> ".encode()
_PERSON = f"<{terms.PERSON_PROPERTY}>"
_KEPT = tuple(term.encode() for term in (_VERSION_OF, _PART_OF, _FORMERLY, _SAME_AS))


@dataclass(slots=True)
class History:
    """What the links say now, and what a run keeps of it, by local paths.

    `canonical` may have been changed by loads since the last run; `outside` are sameAs lines that
    lead out of the graph; `runs` are those that matches name, with the digests of what they say.
    """

    below: str
    canonical: dict[str, str] = field(default_factory=dict)
    formerly: dict[str, list[str]] = field(default_factory=dict)
    outside: dict[str, list[str]] = field(default_factory=dict)
    works: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    runs: dict[str, tuple[str, str]] = field(default_factory=dict)
    _same: dict[str, str] = field(default_factory=dict)  # one string for all uses of a path

    def local(self, iri: str) -> str:
        """The path of an entity below the base: the same string each time."""
        path = iri[len(self.below) :]
        return self._same.setdefault(path, path)

    def read(self, blocks: Iterator[bytes]) -> None:
        """Take all of it."""
        match = f"<{self.below}match/".encode()
        work = f"<{self.below}work/".encode()
        for block in blocks:
            if block.startswith(match):
                self._match(block)
            elif not block.startswith(work):
                self._entity(block)
        self._same = {}

    def _match(self, block: bytes) -> None:
        iri = block[1 : block.index(b">")].decode()
        lines = block.splitlines(keepends=True)
        run = next(line for line in lines if _RUN_OF in line)
        rest = match_digest(line for line in lines if line is not run)
        self.runs[iri[len(self.below) :]] = (run[run.rindex(b"<") + 1 : -4].decode(), rest)

    def _entity(self, block: bytes) -> None:
        """A publication, row or part: its own lines stand before those of its signatures."""
        line = f"> {_CANONICAL} <{self.below}".encode()
        start = block.find(line)
        if start < 0:
            return
        iri = self.local(block[1 : block.index(b">")].decode())
        start += len(line)
        self.canonical[iri] = self.local(
            self.below + block[start : block.index(b">", start)].decode()
        )
        if self.parts and iri.startswith("publication/"):
            self._assigned(block)
        for predicate in _KEPT:
            if predicate in block:
                self._kept(iri, block)
                return

    def _assigned(self, block: bytes) -> None:
        """Signatures that are those of parts; rows and their parts stand before publications."""
        below = re.escape(self.below)
        found = re.findall(f"^<{below}([^>]*)> {_PERSON} <{below}([^>]*)>".encode(), block, re.M)
        for signature, person in found:
            if person.decode() in self.parts:
                self.members[signature.decode()] = self.local(self.below + person.decode())

    def _kept(self, iri: str, block: bytes) -> None:
        own = f"<{self.below}{iri}> "
        for line in block.decode().split(" .\n"):
            if not line.startswith(own):
                return
            _, predicate, term = line.split(" ", 2)
            if predicate == _VERSION_OF:
                self.works[iri] = self.local(term[1:-1])
            elif predicate == _PART_OF:
                self.parts[iri] = self.local(term[1:-1])
            elif predicate == _FORMERLY:
                self.formerly.setdefault(iri, []).append(term[1:-1])
            elif predicate == _SAME_AS and not term.startswith(f"<{self.below}"):
                self.outside.setdefault(iri, []).append(term[1:-1])


def match_digest(lines: Iterable[bytes]) -> str:
    """What tells whether a match says what it said: a digest of its lines but the run's."""
    return sha256(b"".join(sorted(lines))).hexdigest()[:24]
