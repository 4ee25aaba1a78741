"""CSL-JSON, the items of citation processors: names in parts or literal, dates in parts or EDTF.

Also the base of Crossref's works, which write names, dates and containers in the same way.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from ingest import identifiers
from ingest.readers import envelopes
from ingest.readers.drafts import Draft, drafted, objects, strings
from ingest.readers.kinds import KINDS
from ingest.records import Identifier, Item

_TYPES = (
    b"article|article-journal|article-magazine|article-newspaper|bill|book|broadcast|chapter|dataset"
    b"|entry|entry-dictionary|entry-encyclopedia|figure|graphic|interview|legal_case|legislation"
    b"|manuscript|map|motion_picture|musical_score|pamphlet|paper-conference|patent"
    b"|personal_communication|post|post-weblog|report|review|review-book|song|software|speech"
    b"|thesis|treaty|webpage|document|event|standard|periodical|collection|classic|hearing|regulation"
)
_SIGN = re.compile(rb'"type"\s*:\s*"(?:' + _TYPES + rb')"')
_FAMILIAR = re.compile(rb'"(?:family|issued|container-title|publisher-place|literal)"\s*:')
_NUMBERS = re.compile(r"\b(DOI|PMID|PMCID|arXiv): ?(\S+)")
_ISBN = re.compile(r"(?<![\dXx-])(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx](?![\dXx-])")
ROLES = {
    "author": "author",
    "editor": "editor",
    "translator": "translator",
    "editor-translator": "editor",
    "collection-editor": "editor",
    "editorial-director": "editor",
    "director": "contributor",
    "composer": "contributor",
    "illustrator": "contributor",
    "interviewer": "contributor",
    "contributor": "contributor",
    "chair": "contributor",
}


def sniff(head: bytes) -> bool:
    """Whether these are objects with a type of CSL and a variable of CSL."""
    start = envelopes.starts_as_json(head)
    return bool(_SIGN.search(start)) and (
        bool(_FAMILIAR.search(start)) or (b'"title"' in start and b'"citation-' in start)
    )


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each item."""
    return drafted(envelopes.entries(stream), _draft)


def _draft(entry: envelopes.Entry) -> Draft:
    item = entry.fields
    draft = Draft(entry.line)
    if not entry.sound:
        draft.fail("", "", "not UTF-8")
    draft.key = draft.plain(item.get("id") or item.get("citation-key"), "id")
    draft.entitle(next(iter(strings(item.get("title"))), item.get("title")))
    draft.kind, series = kind_of(draft.plain(item.get("type"), "type"), item)
    add_people(draft, item)
    draft.dated(date_of(item.get("issued")), "issued")
    locate(draft, item, series)
    for scheme, value in _NUMBERS.findall(draft.plain(item.get("note"), "note")):
        draft.identified(scheme.lower(), value)
    number = draft.plain(item.get("number"), "number")
    if number.lower().startswith("arxiv:"):
        draft.identified("arxiv", number)
    for word in strings(item.get("keyword")):
        draft.tagged(part.strip() for part in re.split("[,;]", word))
    return draft


def kind_of(printed: str, item: dict[str, Any]) -> tuple[str, str]:
    """Our kind and the kind of series; an "article" in no journal is a preprint."""
    if printed == "article" and not item.get("container-title"):
        return "Preprint", "Repository"
    return KINDS.get(re.sub(r"[^a-z]", "", printed.lower()), ("Publication", ""))


def add_people(draft: Draft, item: dict[str, Any]) -> None:
    """The names of all roles, in parts or literal, with ORCIDs and affiliations."""
    for variable, role in ROLES.items():
        for name in objects(item.get(variable)):
            _add_name(draft, name, role)
        for printed in strings(item.get(variable)):
            draft.named(printed, role)


def _add_name(draft: Draft, name: dict[str, Any], role: str) -> None:
    def part(*keys: str) -> str:
        return next((t for key in keys if (t := draft.plain(name.get(key), role))), "")

    ids: list[Identifier] = []
    orcid = part("ORCID", "orcid")
    if orcid:
        ids.append(identifiers.identifier("orcid", orcid))
    affiliation = name.get("affiliation")
    places = strings(affiliation) or [
        draft.plain(place.get("name"), "affiliation") for place in objects(affiliation)
    ]
    family, given = part("family"), part("given")
    if family and not given and name.get("isInstitution"):
        draft.named(family, role, kind="group", affiliations=places)
    elif family:
        particles = part("non-dropping-particle"), part("dropping-particle")
        whole = " ".join(p for p in (particles[1], particles[0], family) if p)
        draft.person(
            whole, given, role, junior=part("suffix"), affiliations=places, identifiers=ids
        )
    elif literal := part("literal", "given"):
        draft.named(literal, role, affiliations=places, identifiers=ids)
    elif body := part("name"):  # Crossref's word for an organisation
        draft.named(body, role, kind="group", affiliations=places)
    else:
        draft.fail(role, name, "a name without letters")


def date_of(value: Any) -> str:
    """A CSL date as text: its first date's parts, else its text; "" where it has none."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, dict):
        return ""
    parts = value.get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts else None
    if isinstance(first, list) and first and first[0]:
        known = [str(p).strip() for p in first[:3]]
        known = known[: next((n for n, p in enumerate(known) if not p.isdecimal()), 3)]
        return "-".join(p.zfill(4 if n == 0 else 2) for n, p in enumerate(known))
    return next(
        (str(t) for n in ("raw", "edtf", "literal", "date-time") if (t := value.get(n))), ""
    )


def locate(draft: Draft, item: dict[str, Any], series: str) -> None:
    """Where it appeared, its numbers and identifiers."""
    titles = strings(item.get("container-title"))
    inside = draft.kind in ("Chapter", "ConferencePaper")
    if titles and inside:
        draft.contained(titles[-1], "Book" if draft.kind == "Chapter" else "Proceedings")
    series_title = titles[0] if titles and not (draft.kind == "Chapter" and len(titles) < 2) else ""
    event = item.get("event-title") or item.get("event")
    event = event.get("name") if isinstance(event, dict) else event
    issns = [n for value in strings(item.get("ISSN")) for n in re.split(r"[,;\s]+", value)]
    draft.appears_in(series_title or (event if inside else None), series, issn=issns)
    draft.volume = draft.plain(item.get("volume"), "volume")
    draft.number = draft.plain(item.get("issue") or item.get("number"), "issue")
    draft.pages = draft.plain(item.get("page") or item.get("article-number"), "page")
    publisher = item.get("publisher")
    name = publisher.get("name") if isinstance(publisher, dict) else publisher
    draft.publisher = draft.plain(name, "publisher")
    draft.language = draft.plain(item.get("language"), "language")
    draft.summarise(item.get("abstract"))
    for scheme in ("DOI", "PMID", "PMCID"):
        draft.identified(scheme.lower(), item.get(scheme))
    for value in strings(item.get("ISBN")):
        for isbn in re.findall(_ISBN, value) or [value]:
            draft.identified("isbn", isbn)
    draft.linked(item.get("URL"))
