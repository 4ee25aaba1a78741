"""A publication as BibTeX, RIS or CSL JSON."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox
from flask import Response

from ontology import terms
from queries import formats
from queries.formats import Format
from server import documents
from server.context import Row, Service
from server.typesetting import formulas

# Our class -> BibTeX's entry type, RIS's type, CSL's type.
TYPES = {
    "ConferencePaper": ("inproceedings", "CPAPER", "paper-conference"),
    "WorkshopPaper": ("inproceedings", "CPAPER", "paper-conference"),
    "ConferenceAbstract": ("inproceedings", "CPAPER", "paper-conference"),
    "JournalArticle": ("article", "JOUR", "article-journal"),
    "Editorial": ("article", "JOUR", "article-journal"),
    "Erratum": ("article", "JOUR", "article-journal"),
    "Preprint": ("misc", "UNPB", "article"),
    "Chapter": ("incollection", "CHAP", "chapter"),
    "Book": ("book", "BOOK", "book"),
    "Thesis": ("phdthesis", "THES", "thesis"),
    "Report": ("techreport", "RPRT", "report"),
    "Dataset": ("misc", "DATA", "dataset"),
    "Software": ("misc", "COMP", "software"),
    "Proceedings": ("proceedings", "CONF", "book"),
}
_LAST = 1 << 30  # the place of a name without one
OTHER = ("misc", "GEN", "document")
# A homonym number of an authority is no part of a name.
_SUFFIX = re.compile(r"\s+\d{4}$")
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


@dataclass(frozen=True, slots=True)
class Citation:
    """The fields of one publication; several values of a field in order."""

    iri: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()

    def one(self, name: str) -> str:
        """The first value of a field, or empty."""
        return self.fields.get(name, [""])[0]

    @property
    def kinds(self) -> tuple[str, str, str]:
        """The types of the three formats."""
        for iri in self.fields.get("type", []):
            if iri.removeprefix(terms.Q) in TYPES:
                return TYPES[iri.removeprefix(terms.Q)]
        return OTHER

    @property
    def key(self) -> str:
        """A key that people can read: the local part of the IRI."""
        return self.iri.rpartition("/")[2]

    @property
    def pages(self) -> tuple[str, str]:
        """First and last page; the last empty where there is one only."""
        first, _, last = self.one("pages").replace("\u2013", "-").replace("--", "-").partition("-")
        return first.strip(), last.strip()


def respond(held: Service, iri: str, chosen: Format) -> Response:
    """The citation in one of the three formats."""
    documents.check_known(held, iri)
    found = citation(iri, documents.select(held, "citation", {"entity": ox.NamedNode(iri)}))
    body = WRITERS[chosen.name](found)
    response = Response(body, content_type=f"{chosen.media_type}; charset=utf-8")
    name = f"{found.key}{chosen.suffixes[0]}"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def citation(iri: str, rows: Iterable[Row | Mapping[str, str]]) -> Citation:
    """The rows of the query as a citation; names of unknown position come last."""
    fields: dict[str, list[str]] = {}
    names: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        value, kind = _text(row["value"]), _text(row["field"])
        if kind == "name":
            place = _text(row.get("ordinal", ""))
            at = int(place) if place.isdecimal() else _LAST
            names.setdefault(_text(row["role"]), []).append((at, _SUFFIX.sub("", value)))
        else:
            fields.setdefault(kind, []).append(value)
    authors, editors = (
        tuple(name for _, name in sorted(names.get(role, ()), key=lambda one: one[0]))
        for role in ("author", "editor")
    )
    return Citation(iri, fields, authors, editors)


def bibtex(found: Citation) -> str:
    """One entry; the title in two pairs of braces, so that no style lowers its capitals."""
    entry, venue = found.kinds[0], found.one("venue")
    first, last = found.pages
    values = {
        "title": f"{{{_escaped(found.one('title'))}}}",
        "author": " and ".join((*(_escaped(name) for name in found.authors), *_others(found))),
        "editor": " and ".join(_escaped(name) for name in found.editors),
        "journal" if entry == "article" else "booktitle": _escaped(venue),
        "year": found.one("year"),
        "volume": _escaped(found.one("volume")),
        "number": _escaped(found.one("number")),
        "pages": f"{first}--{last}" if last else first,
        "publisher": _escaped(found.one("publisher")),
        "doi": found.one("doi"),
        "url": found.one("url"),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in values.items() if value]
    return "\n".join((f"@{entry}{{{found.key},", *lines, "}")) + "\n"


def _others(found: Citation) -> tuple[str, ...]:
    """BibTeX's word for those that a list leaves out."""
    return ("others",) if found.authors and found.one("cutOff") == "true" else ()


def ris(found: Citation) -> str:
    """One record; its lines end as the format wants them."""
    lines = [f"{tag}  - {_line(value)}" for tag, value in _ris(found) if value]
    return "\r\n".join((*lines, "ER  - ")) + "\r\n"


def _ris(found: Citation) -> Iterator[tuple[str, str]]:
    first, last = found.pages
    yield "TY", found.kinds[1]
    yield "TI", found.one("title")
    yield from (("AU", name) for name in found.authors)
    yield from (("ED", name) for name in found.editors)
    yield "PY", found.one("year")
    yield "JO" if found.kinds[1] == "JOUR" else "T2", found.one("venue")
    for tag, name in (("VL", "volume"), ("IS", "number"), ("PB", "publisher"), ("DO", "doi")):
        yield tag, found.one(name)
    yield from (("SP", first), ("EP", last), ("UR", found.one("url") or found.iri))
    yield from (("AB", found.one("abstract")), ("ID", found.key))


def csl(found: Citation) -> str:
    """A JSON list of one item."""
    item: dict[str, object] = {"id": found.iri, "type": found.kinds[2]}
    names = {
        "title": "title",
        "container-title": "venue",
        "volume": "volume",
        "issue": "number",
        "page": "pages",
        "publisher": "publisher",
        "DOI": "doi",
        "URL": "url",
        "ISBN": "isbn",
        "ISSN": "issn",
        "abstract": "abstract",
        "language": "language",
    }
    item |= {name: found.one(ours) for name, ours in names.items() if found.one(ours)}
    for role, people in (("author", found.authors), ("editor", found.editors)):
        if people:
            item[role] = [{"literal": name} for name in people]
    if found.one("year").isdecimal():
        item["issued"] = {"date-parts": [[int(found.one("year"))]]}
    return json.dumps([item], ensure_ascii=False, indent=1) + "\n"


WRITERS: dict[str, Callable[[Citation], str]] = {
    formats.BIBTEX.name: bibtex,
    formats.RIS.name: ris,
    formats.CSL_JSON.name: csl,
}


def _escaped(text: str) -> str:
    """The text for LaTeX, which takes formulas as they are."""
    text = _line(text)
    parts, end = [], 0
    for found in formulas(text):
        parts += [_plain(text[end : found.start()]), found[0]]
        end = found.end()
    return "".join((*parts, _plain(text[end:])))


def _plain(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in text)


def _line(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())


def _text(term: object) -> str:
    if isinstance(term, str):
        return term
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else ""
