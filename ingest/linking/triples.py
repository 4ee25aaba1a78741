"""Large files of RDF, read in bounded memory: only what may be ours is kept, on disk.

The file is read several times. First every title and identifier is held against ours; then the
triples of those publications are gathered, those of what they point to, and so on. A subject that
was met before it was wanted waits for the next reading. Turtle, TriG and RDF/XML are first written
out as N-Quads, in which blank nodes keep their names.
"""

import re
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from pathlib import Path
from typing import Any, BinaryIO
from zlib import crc32

import pyoxigraph as ox

from ingest import identifiers
from ingest.linking.choosing import Tally
from ingest.linking.glancing import Knows
from ingest.readers import rdf
from ingest.readers.graphs import FILE, Graph, Node, Said, format_of, local
from ingest.readers.guarded import Guarded
from ingest.readers.streams import HEAD_SIZE, MAX_LINE, open_bytes
from ingest.records import Identifier, Item, RecordError

LARGE = 16 << 20  # bytes of a file, compressed or not, from which on it is not read whole
MOST = 16  # readings: so deep are things nested that say one publication
STEP = 100_000  # lines between two words of progress
SLOTS = 1 << 27  # bits of what was met in a reading
TITLED = frozenset(("title", "name", "headline"))
IDENTIFYING = frozenset(
    [
        "doi",
        "isbn",
        "isbn10",
        "isbn13",
        "pmid",
        "identifier",
        "sameAs",
        "url",
        "primaryElectronicEdition",
    ]
)
SIGNING = frozenset(name for name, _ in rdf.PEOPLE) | {"signatureCreator"}
FOLLOWED = SIGNING | frozenset(("hasSignature", "first", "rest", "identifier", *rdf.HOSTS))
BLANK = "urn:x-quiver-blank:"
_PLACE = re.compile(r"_\d+")
_BLANK = re.compile(rb"^_:([^\s<>]+?)(?=\s|\.?$)")

Progress = Callable[[str, int, int | None], None]
Triple = tuple[bytes, bytes, bytes, bytes]  # subject, predicate, object and what follows; the line


def sifting(path: Path, knows: Knows, scratch: Path | None, progress: Progress) -> "Sifting | None":
    """How to read a large file; nothing where it is small, or JSON-LD, which is read whole."""
    if scratch is None or path.stat().st_size < LARGE:
        return None
    with open_bytes(path) as stream:
        found = format_of(stream.peek(HEAD_SIZE)[:HEAD_SIZE])  # type: ignore[attr-defined]
    if found in (None, ox.RdfFormat.JSON_LD):
        return None
    return Sifting(path, found, knows, scratch, progress)


class Sifting:
    """One file on its way through."""

    def __init__(
        self, path: Path, format: ox.RdfFormat, knows: Knows, scratch: Path, progress: Progress
    ) -> None:
        self.path = path
        self.format = format
        self.knows = knows
        self.scratch = scratch
        self.progress = progress
        self.kinds: dict[bytes, str] = {}  # of predicates: their local names
        self.signed: dict[str, Tally] = {}  # papers of people, by predicate
        self.papers = 0
        self.problems: list[RecordError] = []

    def items(self) -> Iterator[Item]:
        """The publications that may be ours, and what is wrong with the file."""
        if self.format != ox.RdfFormat.N_QUADS:
            self._write_out()
        wanted = self._wanted()
        gathered = self.scratch / "gathered.nq"
        self._gather(wanted, gathered)
        yield from self.problems
        nodes = Stored(self.scratch / "gathered", gathered)
        for subject in sorted(wanted):
            graph = Graph(nodes)
            yield from rdf.items_of(graph, _node(subject))
            nodes.forget()

    def papers_of(self, person: str) -> int:
        """How many papers somebody has there, or a few more."""
        return max((tally.of(person) for tally in self.signed.values()), default=0)

    # --- readings

    def _write_out(self) -> None:
        """The same as N-Quads, whose lines can be read again."""
        self.progress("writing the other side as N-Quads", 0, None)
        spool = self.scratch / "written.nq"
        with open_bytes(self.path) as stream:
            source: Any = Guarded(stream) if self.format == ox.RdfFormat.RDF_XML else stream
            quads = ox.parse(source, self.format, base_iri=FILE)
            with spool.open("wb") as file:
                ox.serialize(self._sound(quads), file, ox.RdfFormat.N_QUADS)
        self.path = spool

    def _sound(self, quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
        """All before the first that is not well-formed."""
        try:
            yield from quads
        except SyntaxError as error:
            self.problems.append(RecordError(f"not well-formed RDF: {error.msg}", error.lineno))
        except ValueError as error:
            self.problems.append(RecordError(f"not well-formed RDF: {error}"))

    def _triples(self, phase: str) -> Iterator[Triple]:
        size = self.path.stat().st_size
        with open_bytes(self.path) as stream:
            for number, line in enumerate(_lines(stream)):
                if number % STEP == 0:
                    read = stream.raw.position()  # type: ignore[attr-defined]
                    total = number * size // read if number and read else None
                    self.progress(phase, number, total)
                parts = line.split(None, 2)
                if len(parts) == 3 and parts[1][:1] == b"<" and parts[0][:1] in b"<_":
                    yield parts[0], parts[1], parts[2], line

    def _kind(self, predicate: bytes) -> str:
        known = self.kinds.get(predicate)
        if known is None:
            name = local(predicate[1:-1].decode("utf-8", "replace"))
            known = self.kinds[predicate] = "rest" if _PLACE.fullmatch(name) else name
        return known

    def _wanted(self) -> set[bytes]:
        """The subjects that have a title or an identifier of ours; counts papers and people."""
        wanted: set[bytes] = set()
        last = b""
        for subject, predicate, rest, line in self._triples("reading the other side"):
            kind = self._kind(predicate)
            if kind in TITLED:
                if subject not in wanted and self._has_title(rest, line):
                    wanted.add(subject)
            elif kind in IDENTIFYING:
                if subject not in wanted and self.knows("", _identifiers(kind, rest)):
                    wanted.add(subject)
            elif kind in SIGNING and rest[:1] == b"<":
                if kind not in self.signed:
                    self.signed[kind] = Tally()
                self.signed[kind].add(rest[1 : rest.index(b">")].decode("utf-8", "replace"))
            elif kind == "type" and subject != last:
                name = local(rest[1 : rest.find(b">")].decode("utf-8", "replace")).lower()
                if name in rdf.BY_TYPE:
                    self.papers, last = self.papers + 1, subject
        return wanted

    def _has_title(self, rest: bytes, line: bytes) -> bool:
        """Whether a literal is a title that ours have."""
        if rest[:1] != b'"':
            return True  # a node that has it: looked at when it is gathered
        if b"\\" in rest:
            try:
                (quad,) = ox.parse(line, ox.RdfFormat.N_QUADS)
            except (SyntaxError, ValueError):
                return False
            return self.knows(quad.object.value, ())
        return self.knows(rest[1 : rest.rindex(b'"')].decode("utf-8", "replace"), ())

    def _gather(self, wanted: set[bytes], to: Path) -> None:
        """Write every triple of these and of what they point to, and so on."""
        done: set[bytes] = set()
        pending = set(wanted)
        with to.open("wb") as file:
            for _ in range(MOST):
                pending = self._reading(pending, done, file)
                if not pending:
                    return
        self.problems.append(
            RecordError(f"more than {MOST} levels in one publication", fatal=False)
        )

    def _reading(self, pending: set[bytes], done: set[bytes], file: BinaryIO) -> set[bytes]:
        """One reading: gives the subjects that were met before it was known that they matter."""
        met = bytearray(SLOTS >> 3)
        missed: set[bytes] = set()
        last = b""
        for subject, predicate, rest, _ in self._triples("gathering what may be ours"):
            if subject != last:
                place = crc32(subject) % SLOTS
                met[place >> 3] |= 1 << (place & 7)
                last = subject
            if subject not in pending:
                continue
            file.write(_named(subject) + b" " + predicate + b" " + _named(rest).strip() + b"\n")
            if rest[:1] in (b"<", b"_") and self._kind(predicate) in FOLLOWED:
                node = rest.split(None, 1)[0].removesuffix(b".")
                if node not in pending and node not in done and node not in missed:
                    place = crc32(node) % SLOTS
                    (missed if met[place >> 3] & (1 << (place & 7)) else pending).add(node)
        done |= pending
        return missed


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.readline(MAX_LINE), b"")


def _named(term: bytes) -> bytes:
    """A blank node as an IRI: a store would give it another name."""
    return _BLANK.sub(rb"<" + BLANK.encode() + rb"\1>", term) if term[:1] == b"_" else term


def _identifiers(kind: str, rest: bytes) -> Iterator[Identifier]:
    """The identifiers that an object is, as a reader would take them."""
    value = rest[1 : rest.find(b">" if rest[:1] == b"<" else b'"', 1)].decode("utf-8", "replace")
    if known := identifiers.from_address(value):
        yield known
    elif kind in ("doi", "pmid"):
        yield identifiers.identifier(kind, value)
    elif kind.startswith("isbn"):
        yield identifiers.identifier("isbn", value.removeprefix("urn:isbn:"))
    elif kind == "identifier" and value[:3] in ("10.", "doi"):
        yield identifiers.identifier("doi", value)


def _node(subject: bytes) -> Node:
    return ox.NamedNode(_named(subject).decode("utf-8", "replace")[1:-1])


class Stored(MutableMapping[Node, list[Said]]):
    """Triples by subject in a store on disk; what was asked for stays until it is forgotten."""

    def __init__(self, folder: Path, lines: Path) -> None:
        self._store = ox.Store(str(folder))
        self._store.bulk_load(path=str(lines), format=ox.RdfFormat.N_QUADS, lenient=True)
        self._held: dict[Node, list[Said]] = {}

    def __getitem__(self, node: Node) -> list[Said]:
        found = self._held.get(node)
        if found is None:
            found = self._held[node] = list(self._said(node))
        if not found:
            raise KeyError(node)
        return found

    def _said(self, node: Node) -> Iterator[Said]:
        if isinstance(node, ox.NamedNode | ox.BlankNode):
            for quad in self._store.quads_for_pattern(node, None, None, None):
                if not isinstance(quad.object, ox.Triple):
                    yield Said(quad.predicate.value, quad.object)

    def forget(self) -> None:
        """What comes next asks of other things."""
        self._held.clear()

    def __setitem__(self, node: Node, said: list[Said]) -> None:
        raise TypeError("what was gathered is not changed")

    def __delitem__(self, node: Node) -> None:
        raise TypeError("what was gathered is not changed")

    def __iter__(self) -> Iterator[Node]:
        raise TypeError("asked by subject only")

    def __len__(self) -> int:
        return len(self._store)
