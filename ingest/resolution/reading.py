"""Evidence from a generation: its sorted side files, parsed by hand, and its decisions.

The side files hold what the store holds, by entity, and read several times as fast. What earlier
runs left comes from `graph/links`; which members the last run left canonical, from its state file.
"""

import gzip
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import resources
from pathlib import Path
from urllib.parse import unquote

import pyoxigraph as ox

from ingest import sidefiles
from ingest.resolution.evidence import Before, Decision, Evidence, Publication, Row, Signature
from ingest.venues import Venue, read_table
from ontology import terms
from ontology.iris import Iris

CANONICAL_FILE = "canonical.txt.gz"  # what the last run left canonical, a local path a line

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_SCHEMES = {
    f"<{predicate}>": predicate.removeprefix(terms.Q)
    for predicate in (
        terms.DOI,
        terms.ARXIV,
        terms.OPENREVIEW,
        terms.DBLP_KEY,
        terms.ACL_ID,
        terms.PMID,
        terms.PMCID,
        terms.ISBN,
        terms.ISSN,
        terms.OPENALEX,
        terms.WIKIDATA,
        terms.SEMANTIC_SCHOLAR,
    )
}
_PERSONAL = {
    f"<{predicate}>": predicate.removeprefix(terms.Q)
    for predicate in (
        terms.ORCID,
        terms.DBLP_PID,
        terms.OPENALEX,
        terms.WIKIDATA,
        terms.SEMANTIC_SCHOLAR,
        terms.Q + "isni",
        terms.Q + "viaf",
    )
}
# What kind of venue a class of publication belongs to, for those whose venue no table knows.
_VENUE_KINDS = {
    "ConferencePaper": "Conference",
    "ConferenceAbstract": "Conference",
    "JournalArticle": "Journal",
    "WorkshopPaper": "Workshop",
}
_TYPE, _LABEL = f"<{terms.TYPE}>", f"<{terms.LABEL}>"
_TITLE, _YEAR = f"<{terms.DC_TITLE}>", f"<{terms.YEAR}>"
_PRINTED_VENUE, _CUT_OFF = f"<{terms.PRINTED_VENUE}>", f"<{terms.CUT_OFF}>"
_VOLUME, _NUMBER, _PAGES = (f"<{p}>" for p in (terms.VOLUME, terms.NUMBER, terms.PAGES))
_OF, _ROLE, _ORDINAL = (f"<{p}>" for p in (terms.OF_PUBLICATION, terms.ROLE, terms.ORDINAL))
_PRINTED, _BY = f"<{terms.PRINTED_NAME}>", f"<{terms.BY_AUTHOR}>"
_ORCID, _AFFILIATION = f"<{terms.ORCID}>", f"<{terms.AFFILIATION}>"
_DOMAIN = f"<{terms.EMAIL_DOMAIN}>"
_NAME, _FAMILY = f"<{terms.FOAF_NAME}>", f"<{terms.FOAF_FAMILY_NAME}>"
_SUFFIX, _KEY = f"<{terms.HOMONYM_SUFFIX}>", f"<{terms.AUTHOR_KEY}>"
_VENUE = re.compile(f"<([^>]*)> <{re.escape(terms.VENUE_PROPERTY)}> <([^>]*)>".encode())
_CANONICAL, _SAME_AS = f"<{terms.CANONICAL}>", f"<{terms.SAME_AS}>"
_VERSION_OF, _FORMERLY = f"<{terms.VERSION_OF}>", f"<{terms.FORMERLY_CANONICAL}>"
_PART_OF, _RUN_OF = f"<{terms.PART_OF}>", f" <{terms.RUN_PROPERTY}> ".encode()

Statements = dict[str, list[str]]


_KEPT = tuple(term.encode() for term in (_VERSION_OF, _PART_OF, _FORMERLY, _SAME_AS))


def _usual_signature(below: str) -> re.Pattern[str]:
    """A signature's lines where it has just its class, row, publication, place, name and role."""
    path = f"<{re.escape(below)}([^>]*)>"
    values = (
        (_TYPE, f"<{re.escape(terms.SIGNATURE)}>"),
        (_BY, path),
        (_OF, path),
        (_ORDINAL, f'"([0-9]+)"\\^\\^<{re.escape(terms.XSD_INTEGER)}>'),
        (_PRINTED, '"(.*)"'),
        (_ROLE, '"(\\w*)"'),
    )
    lines = [f"{re.escape(predicate)} {value} \\.\n" for predicate, value in values]
    first = f"^<{re.escape(below)}(signature/[^>]*)> "
    return re.compile(first + "<[^>]*> ".join(lines), re.MULTILINE)


@dataclass(slots=True)
class Held:
    """The evidence of a generation, and what else its links are written from.

    Everything is named by local path; `canonical` is what the links say now, which a load may have
    changed since the last run; `outside` are sameAs lines that lead out of the graph.
    """

    evidence: Evidence
    labels: dict[str, str] = field(default_factory=dict)
    canonical: dict[str, str] = field(default_factory=dict)
    formerly: dict[str, list[str]] = field(default_factory=dict)
    outside: dict[str, list[str]] = field(default_factory=dict)
    digest: str = ""


def read(path: Path, base: str, decisions: Iterable[Decision] = ()) -> Held:
    """What the generation in this folder holds; `decisions` as `read_decisions` gives them."""
    reading = _Reading(Iris(base))
    for folder in sorted((path / "quads" / "source").glob("*")):
        reading.source(unquote(folder.name), _blocks(folder))
    for folder in sorted((path / "quads" / "shared").glob("*")):
        reading.places(_blocks(folder))
    held = Held(reading.evidence())
    held.labels = reading.labels
    before = _Links(reading.iris, held, reading.same)
    before.read(_blocks(path / "quads" / "links"))
    kept = Before(
        canonical=_last_canonical(path / CANONICAL_FILE),
        works=before.works,
        parts=before.parts,
        runs=before.runs,
    )
    found = held.evidence
    decided = tuple(sorted(decisions, key=lambda decision: decision.iri))
    held.evidence = Evidence(found.publications, found.signatures, found.rows, decided, kept)
    held.digest = digest(held.evidence)
    return held


def _blocks(folder: Path) -> Iterator[bytes]:
    """The blocks of a side file: its base and amendments."""
    names = sorted(path.name for path in folder.glob("[0-9]*.nt.gz"))
    paths = [folder / name for name in ("base.nt.gz", *names) if (folder / name).exists()]
    return sidefiles.read(paths) if paths else iter(())


def digest(evidence: Evidence) -> str:
    """SHA-256 over what sources and people said: whatever the order in which they said it."""
    found = sha256()
    for held in (evidence.publications, evidence.signatures, evidence.rows, evidence.decisions):
        for start in range(0, len(held), 1000):
            found.update("\n".join(map(str, held[start : start + 1000])).encode("utf-8", "replace"))
            found.update(b"\n")
    return found.hexdigest()


def text_of(term: str) -> str:
    """The text of a literal as the side files write it."""
    inner = term[1 : term.rindex('"')]
    return _ESCAPE.sub(_unescaped, inner) if "\\" in inner else inner


def _unescaped(match: re.Match[str]) -> str:
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


def _first(said: Statements, predicate: str) -> str:
    found = said.get(predicate)
    return text_of(found[0]) if found else ""


def _identifiers(said: Statements, schemes: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = [
        (name, text_of(term))
        for predicate, name in schemes.items()
        if predicate in said
        for term in said[predicate]
    ]
    return tuple(sorted(found))


def _classes(said: Statements, general: str) -> str:
    """The local name of the most telling class: of several the smallest."""
    names = sorted(term[len(terms.Q) + 1 : -1] for term in said.get(_TYPE, ()))
    return next((name for name in names if name != general), general)


class _Reading:
    """Sources being read, block by block."""

    def __init__(self, iris: Iris) -> None:
        self.iris = iris
        self.below = f"{iris.base}id/"
        self.labels: dict[str, str] = {}
        self._publications: dict[str, Publication] = {}
        self._venues: dict[str, Venue] = {}  # of publications whose venue the table knows
        self._signatures: list[Signature] = []
        self._rows: list[Row] = []
        self._same: dict[str, str] = {}  # one string for all uses of a row's or a name's
        self._usual = _usual_signature(self.below)
        table = resources.files("ingest").joinpath("venues.tsv").read_text("utf-8")
        known = (venue for venue, _ in read_table(table))
        self._known = {iris.entity("venue", [v.key], v.name).encode(): v for v in known}

    def local(self, iri: str) -> str:
        """The path of an entity below the base: the same string each time."""
        return self.same(iri[len(self.below) :])

    def same(self, text: str) -> str:
        """This text: the same string each time."""
        return self._same.setdefault(text, text)

    def source(self, name: str, blocks: Iterator[bytes]) -> None:
        """Take a source's publications, signatures and rows."""
        for block in blocks:
            text = block.decode("utf-8", "replace")
            for subject, said in subjects(self._usual.sub(self._usual_signature, text)):
                if _OF in said:
                    self._signature(subject, said)
                elif subject.startswith("publication/", len(self.below)):
                    self._publication(subject, said, name)
                elif subject.startswith("author/", len(self.below)):
                    self._row(subject, said, name)

    def _usual_signature(self, found: re.Match[str]) -> str:
        """Take a signature of six lines, of which there are most by far, from the text."""
        iri, row, publication, ordinal, printed, role = found.groups()
        if "\\" in printed:
            printed = _ESCAPE.sub(_unescaped, printed)
        same = self._same.setdefault
        publication, row, role = same(publication, publication), same(row, row), same(role, role)
        self._signatures.append(
            Signature(iri, publication, row, role, int(ordinal), same(printed, printed))
        )
        return ""

    def places(self, blocks: Iterator[bytes]) -> None:
        """Take the venues that a source's publications appeared in."""
        for block in blocks:
            found = _VENUE.match(block)
            known = self._known.get(found[2]) if found else None
            if found and known:
                self._venues[self.local(found[1].decode())] = known

    def evidence(self) -> Evidence:
        """All of it, sorted."""
        return Evidence(
            tuple(self._placed(self._publications[iri]) for iri in sorted(self._publications)),
            tuple(sorted(self._signatures, key=lambda signature: signature.iri)),
            tuple(sorted(self._rows, key=lambda row: row.iri)),
        )

    def _placed(self, entry: Publication) -> Publication:
        venue = self._venues.get(entry.iri)
        if venue is None:
            return entry
        return Publication(
            entry.iri,
            entry.source,
            entry.title,
            entry.kind,
            entry.year,
            entry.venue,
            venue.key,
            venue.kind,
            entry.volume,
            entry.number,
            entry.pages,
            entry.identifiers,
            entry.cut_off,
        )

    def _publication(self, subject: str, said: Statements, source: str) -> None:
        iri = self.local(subject)
        title = _first(said, _TITLE)
        label = _first(said, _LABEL)
        self.labels[iri] = title if label == title else label
        kind = _classes(said, "Publication")
        year = _first(said, _YEAR)
        self._publications[iri] = Publication(
            iri,
            source,
            title,
            kind=_VENUE_KINDS.get(kind, "" if kind == "Publication" else kind),
            year=int(year) if year else None,
            venue=_first(said, _PRINTED_VENUE),
            volume=_first(said, _VOLUME),
            number=_first(said, _NUMBER),
            pages=_first(said, _PAGES),
            identifiers=_identifiers(said, _SCHEMES),
            cut_off=_CUT_OFF in said,
        )

    def _signature(self, subject: str, said: Statements) -> None:
        ordinal = _first(said, _ORDINAL)
        printed = _first(said, _PRINTED)
        self._signatures.append(
            Signature(
                subject[len(self.below) :],
                self.local(said[_OF][0][1:-1]),
                self.local(said[_BY][0][1:-1]),
                _first(said, _ROLE),
                int(ordinal) if ordinal else None,
                self._same.setdefault(printed, printed),
                _first(said, _ORCID),
                tuple(sorted(map(text_of, said.get(_AFFILIATION, ())))),
                _first(said, _DOMAIN),
            )
        )

    def _row(self, subject: str, said: Statements, source: str) -> None:
        iri = self.local(subject)
        name, label = _first(said, _NAME), _first(said, _LABEL)
        self.labels[iri] = name if label == name else label
        self._rows.append(
            Row(
                iri,
                source,
                name,
                suffix=_first(said, _SUFFIX),
                kind=_classes(said, "Author"),
                key=_first(said, _KEY),
                family=_first(said, _FAMILY),
                identifiers=_identifiers(said, _PERSONAL),
            )
        )


class _Links:
    """`graph/links` being read: what it says now, and what a run keeps of it."""

    def __init__(self, iris: Iris, held: Held, local: Callable[[str], str]) -> None:
        self.below = f"{iris.base}id/"
        self.held = held
        self.local = local
        self.canonical_line = f"> {_CANONICAL} <{self.below}".encode()
        self.works: dict[str, str] = {}
        self.parts: dict[str, str] = {}
        self.runs: dict[str, tuple[str, str]] = {}

    def read(self, blocks: Iterator[bytes]) -> None:
        """Take all of it."""
        match = f"<{self.below}match/".encode()
        work = f"<{self.below}work/".encode()
        for block in blocks:
            if block.startswith(match):
                self._match(block)
            elif not block.startswith(work):
                self._entity(block)

    def _match(self, block: bytes) -> None:
        iri = block[1 : block.index(b">")].decode()
        lines = block.splitlines(keepends=True)
        run = next(line for line in lines if _RUN_OF in line)
        rest = match_digest(line for line in lines if line is not run)
        self.runs[iri[len(self.below) :]] = (run[run.rindex(b"<") + 1 : -4].decode(), rest)

    def _entity(self, block: bytes) -> None:
        """A publication, row or part: its own lines stand before those of its signatures."""
        start = block.find(self.canonical_line)
        if start < 0:
            return
        iri = self.local(block[1 + len(self.below) : block.index(b">")].decode())
        start += len(self.canonical_line)
        self.held.canonical[iri] = self.local(block[start : block.index(b">", start)].decode())
        for predicate in _KEPT:
            if predicate in block:
                self._kept(iri, block)
                return

    def _kept(self, iri: str, block: bytes) -> None:
        own = f"<{self.below}{iri}> "
        for line in block.decode().split(" .\n"):
            if not line.startswith(own):
                return
            _, predicate, term = line.split(" ", 2)
            if predicate == _VERSION_OF:
                self.works[iri] = self.local(term[1 + len(self.below) : -1])
            elif predicate == _PART_OF:
                self.parts[iri] = self.local(term[1 + len(self.below) : -1])
            elif predicate == _FORMERLY:
                self.held.formerly.setdefault(iri, []).append(term[1:-1])
            elif predicate == _SAME_AS and not term.startswith(f"<{self.below}"):
                self.held.outside.setdefault(iri, []).append(term[1:-1])


def match_digest(lines: Iterable[bytes]) -> str:
    """What tells whether a match says what it said: a digest of its lines but the run's."""
    return sha256(b"".join(sorted(lines))).hexdigest()[:24]


def _last_canonical(path: Path) -> frozenset[str]:
    if not path.exists():
        return frozenset()
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return frozenset(line.rstrip("\n") for line in stream)


def write_canonical(path: Path, canonical: Iterable[str]) -> None:
    """Keep which members a run left canonical, for the next."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 1, raw, mtime=0) as stream:
        stream.write("".join(f"{iri}\n" for iri in sorted(canonical)).encode())


def read_decisions(store: ox.Store, base: str) -> list[Decision]:
    """What people decided, in the order of their IRIs."""
    graph = ox.NamedNode(Iris(base).graph("decisions"))
    said: dict[str, dict[str, list[str]]] = {}
    for quad in store.quads_for_pattern(None, None, None, graph):
        if isinstance(quad.subject, ox.NamedNode) and not isinstance(quad.object, ox.Triple):
            about = said.setdefault(quad.subject.value, {})
            about.setdefault(quad.predicate.value, []).append(quad.object.value)
    below = f"{base}id/"
    return [_decision(iri, said[iri], below) for iri in sorted(said)]


def _decision(iri: str, said: dict[str, list[str]], below: str) -> Decision:
    def one(predicate: str) -> str:
        return min(said.get(predicate, ("",)))

    about = sorted(entity.removeprefix(below) for entity in said.get(terms.COMPARES, ()))
    return Decision(
        iri.removeprefix(below),
        about[0] if about else "",
        about[1] if len(about) > 1 else "",
        one(terms.VERDICT),
        by=one(terms.DECIDED_BY),
        on=one(terms.DECIDED_ON),
        reason=one(terms.REASON),
        printed=tuple(sorted(said.get(terms.PRINTED_NAME, ()))),
        undoes=one(terms.UNDOES).removeprefix(below),
    )
