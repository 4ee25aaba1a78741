"""What sources say, from their sorted side files: publications, signatures and author rows.

A block is a publication's lines, then its record's, then its signatures', or an author row's. The
side files hold what the store holds, by entity, and read several times as fast.
"""

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from hashlib import sha256
from importlib import resources
from itertools import islice, starmap
from operator import attrgetter
from typing import Any, Protocol

from ingest.resolution.gathering.triples import (
    Statements,
    first_text,
    identifiers,
    subjects,
    text_of,
    unescaped,
)
from ingest.resolution.weighing.evidence import Evidence, Publication, Row, Signature
from ingest.resolution.weighing.names import plain
from ingest.venues import Venue, read_table
from ontology import terms
from ontology.iris import Iris

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
_PUBLICATION, _SIGNATURE, _ROW = (
    attrgetter(*(field.name for field in fields(kind))) for kind in (Publication, Signature, Row)
)
SHARE = 2_000  # blocks that one process takes at a stretch
_TYPE, _LABEL = f"<{terms.TYPE}>", f"<{terms.LABEL}>"
_TITLE, _YEAR = f"<{terms.DC_TITLE}>", f"<{terms.YEAR}>"
_ABSTRACT = f"<{terms.DC_ABSTRACT}>"
_PRINTED_VENUE, _CUT_OFF = f"<{terms.PRINTED_VENUE}>", f"<{terms.CUT_OFF}>"
_VOLUME, _NUMBER, _PAGES = (f"<{p}>" for p in (terms.VOLUME, terms.NUMBER, terms.PAGES))
_OF, _ROLE, _ORDINAL = (f"<{p}>" for p in (terms.OF_PUBLICATION, terms.ROLE, terms.ORDINAL))
_PRINTED, _BY = f"<{terms.PRINTED_NAME}>", f"<{terms.BY_AUTHOR}>"
_ORCID, _AFFILIATION = f"<{terms.ORCID}>", f"<{terms.AFFILIATION}>"
_DOMAIN = f"<{terms.EMAIL_DOMAIN}>"
_NAME, _FAMILY = f"<{terms.FOAF_NAME}>", f"<{terms.FOAF_FAMILY_NAME}>"
_VARIANT = f"<{terms.NAME_VARIANT}>"
_SUFFIX, _KEY = f"<{terms.HOMONYM_SUFFIX}>", f"<{terms.AUTHOR_KEY}>"
_DESCRIBED = re.compile(f"^<[^>]*> <{re.escape(terms.DESCRIBED_IN)}> .*\\n", re.MULTILINE)
_INSIDE = ("record", "signature")  # what follows a publication in its block, in this order
_USUAL_LINES = 6
_VENUE = re.compile(f"<([^>]*)> <{re.escape(terms.VENUE_PROPERTY)}> <([^>]*)>".encode())


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


def _classes(said: Statements, general: str) -> str:
    """The local name of the most telling class: of several the smallest."""
    names = sorted(term[len(terms.Q) + 1 : -1] for term in said.get(_TYPE, ()))
    return next((name for name in names if name != general), general)


class _Hash(Protocol):
    """What digests bytes."""

    def update(self, data: bytes, /) -> None: ...


class Testimony:
    """Sources being read, block by block."""

    def __init__(self, iris: Iris) -> None:
        self.iris = iris
        self.below = f"{iris.base}id/"
        self.labels: dict[str, str] = {}
        self.variants: dict[str, list[str]] = {}  # of few rows: their names in other scripts
        self._publications: dict[str, Publication] = {}
        self._venues: dict[str, Venue] = {}  # of publications whose venue the table knows
        self._signatures: list[Signature] = []
        self._rows: list[Row] = []
        self._same: dict[str, str] = {}  # one string for all uses of a row's or a name's
        self._digests: dict[tuple[str, int], bytes] = {}  # of the shares of each source
        self._usual = _usual_signature(self.below)
        self._published = f"<{self.below}publication/"
        self._recorded, self._signing = (f"\n<{self.below}{kind}/" for kind in _INSIDE)
        table = resources.files("ingest").joinpath("venues.tsv").read_text("utf-8")
        known = (venue for venue, _ in read_table(table))
        self._known = {iris.entity("venue", [v.key], v.name).encode(): v for v in known}

    def local(self, iri: str) -> str:
        """The path of an entity below the base: the same string each time."""
        return self.same(iri[len(self.below) :])

    def same(self, text: str) -> str:
        """This text: the same string each time."""
        return self._same.setdefault(text, text)

    def source(self, name: str, blocks: Iterator[bytes], turn: int = 0, turns: int = 1) -> None:
        """Take a source's publications, signatures and rows; of `turns` shares only this one."""
        shares = iter(lambda: list(islice(blocks, SHARE)), [])
        for number, share in enumerate(shares):
            if number % turns == turn:
                said = sha256()
                for block in share:
                    self._block(name, block.decode("utf-8", "replace"), said)
                self._digests[name, number] = said.digest()

    def join(self, other: "Testimony") -> None:
        """Take what another has read of the same sources."""
        self.labels |= other.labels
        self.variants |= other.variants
        self._publications |= other._publications
        self._venues |= other._venues
        self._signatures += other._signatures
        self._rows += other._rows
        self._digests |= other._digests

    def __getstate__(self) -> dict[str, Any]:
        """For another process: entities as plain tuples, which travel several times as fast."""
        return self.__dict__ | {
            "_publications": [_PUBLICATION(one) for one in self._publications.values()],
            "_signatures": list(map(_SIGNATURE, self._signatures)),
            "_rows": list(map(_ROW, self._rows)),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        found = starmap(Publication, state["_publications"])
        self._publications = {one.iri: one for one in found}
        self._signatures = list(starmap(Signature, state["_signatures"]))
        self._rows = list(starmap(Row, state["_rows"]))

    def settled(self) -> "Testimony":
        """Itself, without what is only needed while reading."""
        self._same = {}
        return self

    def _block(self, name: str, text: str, said: _Hash) -> None:
        if text.startswith(self._published):
            text = self._publishing(text, said)
        said.update(text.encode("utf-8", "replace"))
        for subject, lines in subjects(text):
            self.entity(name, subject, lines)

    def entity(self, name: str, subject: str, said: Statements) -> None:
        """Take what a source says of one thing."""
        if _OF in said:
            self._signature(subject, said)
        elif subject.startswith("publication/", len(self.below)):
            self._publication(subject, said, name)
        elif subject.startswith("author/", len(self.below)):
            self._row(subject, said, name)

    def _publishing(self, text: str, said: _Hash) -> str:
        """A publication's block without what stands of its record, and without usual signatures."""
        record, signed = text.find(self._recorded), text.find(self._signing)
        if signed < 0:
            signed = len(text)
        own = _DESCRIBED.sub("", text[: signed if record < 0 else record + 1])
        rest = text[signed + 1 :]
        said.update(rest.encode("utf-8", "replace"))
        usual = self._usual.findall(rest)
        self._signatures.extend(starmap(self._usual_signature, usual))
        if len(usual) * _USUAL_LINES == rest.count("\n"):
            return own
        return own + self._usual.sub("", rest)

    def _usual_signature(
        self, iri: str, row: str, publication: str, ordinal: str, printed: str, role: str
    ) -> Signature:
        """A signature of six lines, of which there are most by far."""
        same = self._same.setdefault
        name = unescaped(printed)
        return Signature(
            iri,
            same(publication, publication),
            same(row, row),
            same(role, role),
            int(ordinal),
            same(name, name),
        )

    def places(self, blocks: Iterator[bytes]) -> None:
        """Take the venues that a source's publications appeared in."""
        for block in blocks:
            found = _VENUE.match(block)
            known = self._known.get(found[2]) if found else None
            if found and known:
                self._venues[self.local(found[1].decode())] = known

    @property
    def digest(self) -> str:
        """SHA-256 over what was said, but not over how it was recorded: in whatever order."""
        said = sha256()
        for (name, number), held in sorted(self._digests.items()):
            said.update(f"{name} {number} ".encode() + held)
        for publication, venue in sorted(self._venues.items()):
            said.update(f"{publication} {venue.key} {venue.kind}\n".encode())
        return said.hexdigest()

    def evidence(self) -> Evidence:
        """All of it, sorted."""
        return Evidence(
            tuple(self._placed(self._publications[iri]) for iri in sorted(self._publications)),
            tuple(sorted(self._signatures, key=attrgetter("iri"))),
            tuple(sorted(self._rows, key=attrgetter("iri"))),
        )

    def _placed(self, entry: Publication) -> Publication:
        venue = self._venues.get(entry.iri)
        return entry if venue is None else replace(entry, series=venue.key, series_kind=venue.kind)

    def _publication(self, subject: str, said: Statements, source: str) -> None:
        iri = self.local(subject)
        title = first_text(said, _TITLE)
        label = first_text(said, _LABEL)
        self.labels[iri] = title if label == title else label
        kind = _classes(said, "Publication")
        year = first_text(said, _YEAR)
        self._publications[iri] = Publication(
            iri,
            source,
            title,
            kind=_VENUE_KINDS.get(kind, "" if kind == "Publication" else kind),
            year=int(year) if year else None,
            venue=first_text(said, _PRINTED_VENUE),
            volume=first_text(said, _VOLUME),
            number=first_text(said, _NUMBER),
            pages=first_text(said, _PAGES),
            identifiers=identifiers(said, _SCHEMES),
            cut_off=_CUT_OFF in said,
            abstract=self._telling(first_text(said, _ABSTRACT)),
        )

    def _telling(self, abstract: str) -> tuple[str, ...]:
        """The distinct words of an abstract, sorted: each the same string each time."""
        words = {word for word in plain(abstract).replace("-", " ").split() if len(word) > 3}
        return tuple(sorted(map(self.same, words)))

    def _signature(self, subject: str, said: Statements) -> None:
        ordinal = first_text(said, _ORDINAL)
        printed = first_text(said, _PRINTED)
        self._signatures.append(
            Signature(
                subject[len(self.below) :],
                self.local(said[_OF][0][1:-1]),
                self.local(said[_BY][0][1:-1]),
                first_text(said, _ROLE),
                int(ordinal) if ordinal else None,
                self._same.setdefault(printed, printed),
                first_text(said, _ORCID),
                tuple(sorted(map(text_of, said.get(_AFFILIATION, ())))),
                first_text(said, _DOMAIN),
            )
        )

    def _row(self, subject: str, said: Statements, source: str) -> None:
        iri = self.local(subject)
        name, label = first_text(said, _NAME), first_text(said, _LABEL)
        self.labels[iri] = name if label == name else label
        if _VARIANT in said:
            self.variants[iri] = list(map(text_of, said[_VARIANT]))
        self._rows.append(
            Row(
                iri,
                source,
                name,
                suffix=first_text(said, _SUFFIX),
                kind=_classes(said, "Author"),
                key=first_text(said, _KEY),
                family=first_text(said, _FAMILY),
                identifiers=identifiers(said, _PERSONAL),
                variants=tuple(sorted(map(text_of, said.get(_VARIANT, ())))),
            )
        )
