"""DataCite's metadata, as JSON of its interface and as XML of any version of its schema.

The XML is turned into the attributes of the JSON, so that one mapping serves both.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from ingest import identifiers
from ingest.readers import envelopes, xmls
from ingest.readers.drafts import Draft, drafted, objects, strings
from ingest.readers.kinds import KINDS
from ingest.records import Identifier, Item, RecordError

_JSON_SIGN = re.compile(
    rb'"(?:resourceTypeGeneral|resource-type-general|nameIdentifiers|publicationYear|publication_year)"'
)
_ROLES = {"Editor": "editor", "Translator": "translator", "Supervisor": "advisor"}
_SPECIFIC = {
    "journalarticle": "JournalArticle Journal",
    "datapaper": "JournalArticle Journal",
    "conferencepaper": "ConferencePaper Conference",
    "conferenceproceeding": "Proceedings",
    "bookchapter": "Chapter",
    "book": "Book",
    "dissertation": "Thesis",
    "report": "Report",
    "preprint": "Preprint Repository",
    "dataset": "Dataset",
    "software": "Software",
    "computationalnotebook": "Software",
    "journal": "Issue",
    "poster": "ConferenceAbstract Conference",
}
_DATES = ("Issued", "Available", "Created", "Submitted")
_CITES = {"Cites", "References"}
_PART_OF = {"IsPartOf", "IsPublishedIn"}


def sniff_json(head: bytes) -> bool:
    """Whether these are objects with attributes of DataCite's own."""
    return _JSON_SIGN.search(envelopes.starts_as_json(head)) is not None


def sniff_xml(head: bytes) -> bool:
    """Whether the outermost element is a resource of DataCite's namespace."""
    root, start = xmls.root_of(head)
    return root in ("resource", "resources") and b"datacite.org/schema/kernel" in start


def read_json(stream: BinaryIO) -> Iterator[Item]:
    """A record for each DOI of an answer, a list or JSON Lines."""
    for entry in envelopes.entries(stream):
        if isinstance(entry, RecordError):
            yield entry
            continue
        attributes = entry.fields.get("attributes")
        fields = attributes if isinstance(attributes, dict) else entry.fields
        draft = _draft(fields, entry.line)
        if not entry.sound:
            draft.fail("", "", "not UTF-8")
        yield from draft.items()


def read_xml(stream: BinaryIO) -> Iterator[Item]:
    """A record for each resource."""
    found = xmls.elements(stream, ("resource",))
    return drafted(found, lambda one: draft_of(one.element, one.line))


# ---- XML to the attributes of the JSON


def draft_of(resource: xmls.Element, line: int) -> Draft:
    """The draft of one resource element."""
    return _draft(attributes_of(resource), line)


def attributes_of(resource: xmls.Element) -> dict[str, Any]:
    """A resource element as the attributes of DataCite's JSON."""
    types = xmls.one(resource, "resourceType")
    return {
        "identifiers": [
            {"identifier": xmls.content(e), "identifierType": e.get("identifierType")}
            for e in xmls.every(resource, "identifier")
        ],
        "creators": [_agent(e, "creatorName") for e in xmls.every(resource, "creators/creator")],
        "contributors": [
            {**_agent(e, "contributorName"), "contributorType": e.get("contributorType")}
            for e in xmls.every(resource, "contributors/contributor")
        ],
        "titles": [
            {"title": xmls.content(e), "titleType": e.get("titleType")}
            for e in xmls.every(resource, "titles/title")
        ],
        "publisher": xmls.text(resource, "publisher"),
        "publicationYear": xmls.text(resource, "publicationYear"),
        "dates": [
            {"date": xmls.content(e), "dateType": e.get("dateType")}
            for e in xmls.every(resource, "dates/date")
        ],
        "types": {
            "resourceType": xmls.content(types),
            "resourceTypeGeneral": types.get("resourceTypeGeneral") if types is not None else None,
        },
        "subjects": [{"subject": t} for t in xmls.texts(resource, "subjects/subject")],
        "language": xmls.text(resource, "language"),
        "descriptions": [
            {"description": xmls.content(e), "descriptionType": e.get("descriptionType")}
            for e in xmls.every(resource, "descriptions/description")
        ],
        "relatedIdentifiers": [
            {"relatedIdentifier": xmls.content(e), **dict(e.attrib)}
            for e in xmls.every(resource, "relatedIdentifiers/relatedIdentifier")
        ],
        "relatedItems": [_related(e) for e in xmls.every(resource, "relatedItems/relatedItem")],
    }


def _agent(element: xmls.Element, tag: str) -> dict[str, Any]:
    name = xmls.one(element, tag)
    return {
        "name": xmls.content(name),
        "nameType": name.get("nameType") if name is not None else None,
        "givenName": xmls.text(element, "givenName"),
        "familyName": xmls.text(element, "familyName"),
        "affiliation": [{"name": text} for text in xmls.texts(element, "affiliation")],
        "nameIdentifiers": [
            {
                "nameIdentifier": xmls.content(e),
                "nameIdentifierScheme": e.get("nameIdentifierScheme"),
            }
            for e in xmls.every(element, "nameIdentifier")
        ],
    }


def _related(element: xmls.Element) -> dict[str, Any]:
    number = xmls.one(element, "relatedItemIdentifier")
    return {
        "relationType": element.get("relationType"),
        "titles": [{"title": text} for text in xmls.texts(element, "titles/title")],
        "relatedItemIdentifier": {
            "relatedItemIdentifier": xmls.content(number),
            "relatedItemIdentifierType": (
                number.get("relatedItemIdentifierType") if number is not None else None
            ),
        },
        **{
            field: xmls.text(element, field)
            for field in ("volume", "issue", "firstPage", "lastPage")
        },
    }


# ---- attributes to a draft


def _draft(item: dict[str, Any], line: int) -> Draft:
    draft = Draft(line)
    own = next((d for d in _own_identifiers(item) if d.scheme == "doi"), None)
    draft.key = own.value if own else draft.plain(item.get("id"), "id")
    draft.entitle(_title(item.get("titles")))
    draft.kind, series = _kind(item)
    for creator in objects(item.get("creators") or item.get("creator") or item.get("author")):
        _add(draft, creator, "author")
    seen: set[tuple[str, str]] = set()
    for person in objects(item.get("contributors")):
        role = _ROLES.get(str(person.get("contributorType")), "contributor")
        name = draft.plain(person.get("name"), role)
        if (name, role) not in seen:  # one body often stands for several tasks
            _add(draft, person, role)
        seen.add((name, role))
    _date(draft, item)
    for identifier in _own_identifiers(item):
        draft.identified(identifier.scheme, identifier.value)
    _container(draft, item, series)
    _relations(draft, item)
    publisher = item.get("publisher")
    body = publisher.get("name") if isinstance(publisher, dict) else publisher
    draft.publisher = draft.plain(body, "publisher")
    draft.language = draft.plain(item.get("language"), "language")
    abstracts = (
        d.get("description")
        for d in objects(item.get("descriptions"))
        if d.get("descriptionType") in (None, "Abstract")
    )
    draft.summarise(next(abstracts, ""))
    draft.tagged(subject.get("subject") for subject in objects(item.get("subjects")))
    draft.linked(item.get("url"))
    return draft


def _own_identifiers(item: dict[str, Any]) -> Iterator[Identifier]:
    """The DOI and the other identifiers of a scheme that we know."""
    doi = item.get("doi")
    if isinstance(doi, str) and doi:
        yield identifiers.identifier("doi", doi)
    for found in objects(item.get("identifiers")):
        scheme = {"DOI": "doi", "arXiv": "arxiv", "PMID": "pmid"}.get(
            str(found.get("identifierType"))
        )
        value = found.get("identifier")
        if scheme and isinstance(value, str) and value:
            yield identifiers.identifier(scheme, value)


def _title(value: Any) -> str:
    """The main title, with the subtitle if it has one."""
    if isinstance(value, str):
        return value
    titles = [t for t in objects(value) if isinstance(t.get("title"), str)]
    main = next((t["title"] for t in titles if not t.get("titleType")), "")
    main = main or next((t["title"] for t in titles), "")
    sub = next((t["title"] for t in titles if t.get("titleType") == "Subtitle"), "")
    return f"{main}: {sub}" if sub and sub != main else main


def _kind(item: dict[str, Any]) -> tuple[str, str]:
    """By the general type where that is specific, then the free one, then CSL's."""
    types = item.get("types")
    types = types if isinstance(types, dict) else {}
    general = types.get("resourceTypeGeneral") or types.get("resource-type-general")
    printed = re.sub(r"[^a-z]", "", str(general).lower())
    if printed in _SPECIFIC:
        kind, _, series = _SPECIFIC[printed].partition(" ")
        return kind, series
    free = types.get("resourceType") or types.get("resource-type")
    for name in (free, types.get("citeproc")):
        known = KINDS.get(re.sub(r"[^a-z]", "", str(name).lower()))
        if known:
            return known
    return "Other", ""


def _add(draft: Draft, agent: dict[str, Any], role: str) -> None:
    family = draft.plain(agent.get("familyName") or agent.get("family"), role)
    given = draft.plain(agent.get("givenName") or agent.get("given"), role)
    name = draft.plain(agent.get("name") or agent.get("literal"), role)
    ids = [
        identifiers.identifier("orcid", str(i.get("nameIdentifier")))
        for i in objects(agent.get("nameIdentifiers") or agent.get("nameIdentifier"))
        if "orcid" in str(i.get("nameIdentifierScheme") or i.get("nameIdentifier")).lower()
    ]
    places = strings(agent.get("affiliation")) or [
        draft.plain(place.get("name"), "affiliation") for place in objects(agent.get("affiliation"))
    ]
    of_group = agent.get("nameType") == "Organizational" or agent.get("type") == "Organization"
    if family and given and not of_group:
        draft.person(family, given, role, affiliations=places, identifiers=ids)
    elif name or family:
        kind = "group" if of_group else ""
        draft.named(name or family, role, kind=kind, affiliations=places, identifiers=ids)
    else:
        draft.fail(role, agent, "a name without letters")


def _date(draft: Draft, item: dict[str, Any]) -> None:
    known = {str(d.get("dateType")): d.get("date") for d in objects(item.get("dates"))}
    year = item.get("publicationYear") or item.get("publication_year") or item.get("published")
    printed = known.get("Issued")
    if not printed and not year:
        printed = next(filter(None, map(known.get, _DATES)), "")
    draft.dated(printed or year, "dates")
    if draft.year is None and printed:
        draft.dated(year, "publicationYear")


def _container(draft: Draft, item: dict[str, Any], series: str) -> None:
    """Where it appeared: the container, or the related item that it is part of."""
    container = item.get("container")
    fields: dict[str, Any] = container if isinstance(container, dict) else {}
    for related in objects(item.get("relatedItems")):
        if related.get("relationType") in ("IsPublishedIn", "IsPartOf") and not fields.get("title"):
            fields = {**related, "title": _title(related.get("titles"))}
    name = fields.get("title")
    issns = [value for kind, value in _relatives(item, _PART_OF) if kind in ("ISSN", "EISSN")]
    if fields.get("identifierType") == "ISSN":
        issns.append(str(fields.get("identifier")))
    if draft.kind in ("Chapter", "ConferencePaper"):
        draft.contained(name, "Book" if draft.kind == "Chapter" else "Proceedings")
    draft.appears_in(None if draft.kind == "Chapter" else name, series, issn=issns)
    draft.volume = draft.plain(fields.get("volume"), "volume")
    draft.number = draft.plain(fields.get("issue"), "issue")
    ends = [draft.plain(fields.get(name), "pages") for name in ("firstPage", "lastPage")]
    draft.pages = "-".join(dict.fromkeys(filter(None, ends)))


def _relatives(item: dict[str, Any], relations: set[str]) -> Iterator[tuple[str, str]]:
    for related in objects(item.get("relatedIdentifiers")):
        value = related.get("relatedIdentifier")
        if related.get("relationType") in relations and isinstance(value, str):
            yield str(related.get("relatedIdentifierType")), value


def _relations(draft: Draft, item: dict[str, Any]) -> None:
    for kind, value in _relatives(item, _PART_OF):
        if kind == "ISBN":
            draft.identified("isbn", value)
    for kind, value in _relatives(item, _CITES):
        if kind in ("DOI", "arXiv", "PMID"):
            draft.cites(kind.lower(), value)
