"""Publications: one description, or all descriptions of one publication side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response

from ontology import terms
from server.context import Service
from server.documents import Links, gone
from server.pages import descriptions, marking, papers
from server.pages.asking import Table, ask
from server.pages.asking import page as asking
from server.pages.citing import citation_of, cited
from server.pages.descriptions import Member
from server.pages.frame import page, words
from server.pages.people import lookalikes
from server.pages.things import Thing, made

# The fields set side by side, in the order of a citation.
FIELDS: Mapping[str, str] = {
    terms.DC_TITLE: "Title",
    terms.TYPE: "Type",
    terms.DC_ISSUED: "Issued",
    terms.PRINTED_VENUE: "Venue as printed",
    terms.VOLUME: "Volume",
    terms.NUMBER: "Number",
    terms.PAGES: "Pages",
    terms.DC_PUBLISHER: "Publisher",
    terms.DC_LANGUAGE: "Language",
    terms.DOI: "DOI",
    terms.ARXIV: "arXiv",
    terms.OPENREVIEW: "OpenReview",
    terms.DBLP_KEY: "dblp key",
    terms.ACL_ID: "ACL id",
    terms.PMID: "PubMed",
    terms.PMCID: "PMC",
    terms.ISBN: "ISBN",
    terms.OPENALEX: "OpenAlex",
    terms.SEMANTIC_SCHOLAR: "Semantic Scholar",
    terms.KEYWORD: "Keywords",
    terms.INVALID_IDENTIFIER: "Identifier, not valid",
}
IDENTIFIERS = (
    terms.DOI, terms.ARXIV, terms.OPENREVIEW, terms.DBLP_KEY, terms.ACL_ID, terms.PMID, terms.PMCID,
    terms.ISBN, terms.OPENALEX, terms.SEMANTIC_SCHOLAR,
)  # fmt: skip
LINKS: Mapping[str, str] = {
    terms.PAGE: "page",
    terms.PDF: "PDF",
    terms.CODE: "code",
    terms.PROJECT: "project",
    terms.DATA: "data",
    terms.VIDEO: "video",
}
# Where an identifier's own page is; the rest are shown as text.
RESOLVERS: Mapping[str, str] = {
    terms.DOI: "https://doi.org/{}",
    terms.ARXIV: "https://arxiv.org/abs/{}",
    terms.OPENREVIEW: "https://openreview.net/forum?id={}",
    terms.DBLP_KEY: "https://dblp.org/rec/{}",
    terms.ACL_ID: "https://aclanthology.org/{}",
    terms.PMID: "https://pubmed.ncbi.nlm.nih.gov/{}/",
}
# What one page shows, so that it stays below 100 kB; the files have all.
AUTHORS_SHOWN = 100
MEMBERS_SHOWN = 8
ABSTRACTS_SHOWN = 4
LETTERS = 6000  # of an abstract
CELL = 600  # letters of a field


@dataclass(frozen=True, slots=True)
class Field:
    """One field in every description; `differs` where those that have it disagree."""

    title: str
    cells: tuple[tuple[str, ...], ...]
    marks: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        given = {cell for cell in self.cells if cell}
        return len(given) > 1

    def shown(self, place: int) -> tuple[str, ...]:
        """What one description says here, no longer than a table takes."""
        cell = self.cells[place]
        return tuple(text if len(text) <= CELL else f"{text[:CELL]}…" for text in cell)

    def mark(self, place: int) -> str:
        """What is to be known of it beside."""
        return self.marks[place] if self.marks else ""


def publication(held: Service, iri: str) -> tuple[Response, Links]:
    """The publication as all its descriptions have it; one of them may be the one asked for."""
    found = descriptions.described(held, iri)
    statements = found.statements
    own = [row for row in statements if row["member"] == iri]
    if not own:
        raise gone(held, iri)
    told = made(held.iris, iri, own, found.inverse, _signposts(iri, statements, found.records))
    canonical = told.one(terms.CANONICAL)
    labels = {row["value"]: row["label"] for row in statements if "label" in row}
    members = found.members(canonical)
    source = _authors_from(members, canonical)
    main = next((member for member in members if member.iri == canonical), members[0])
    authors = source.by_role("author")
    citation = citation_of(iri, statements, found.signatures)
    pdf = next((link for member in members for link in member.said.get(terms.PDF, ())), "")
    response = page(
        "publication.html",
        thing=told,
        canonical=canonical,
        main=main,
        members=members[:MEMBERS_SHOWN],
        described=len(members),
        authors=authors,
        shown=authors[:AUTHORS_SHOWN],
        authors_from=source,
        cut_off=source.has(terms.CUT_OFF, "true"),
        retracted=any(member.has(terms.RETRACTED, "true") for member in members),
        others=[(role, source.by_role(role)) for role in source.roles],
        abstracts=_abstracts(members)[:ABSTRACTS_SHOWN],
        letters=LETTERS,
        works=_named(members, terms.VERSION_OF, labels),
        cited=cited(citation),
        marked=marking.described(
            iri,
            marking.publication(iri, statements, found.containers),
            [(row.get("person", ""), row["printed"]) for row in authors],
        ),
        scholar=marking.scholar(citation, pdf),
        identifiers=_identifiers(members),
        links=_links(members),
        containers=_named(members, terms.DC_IS_PART_OF, labels),
        venues=_named([main], terms.VENUE_PROPERTY, labels),
        fields=_fields(members[:MEMBERS_SHOWN]),
        versions=[row for row in found.versions if row["version"] != canonical],
        alike=lookalikes(
            [
                row | {"lookalike": row["otherCanonical"]}
                for row in found.compared
                if row["otherCanonical"] != canonical
            ]
        )[:20],
        kind=words(_kind(main)),
    )
    return response, told.links


def _signposts(iri: str, statements: Table, records: Table) -> Links:
    """What the Link header tells, read from what the page shows anyway."""

    def values(member: str, prop: str) -> tuple[str, ...]:
        found = {
            row["value"]
            for row in statements
            if row["member"] == member and row["property"] == prop
        }
        return tuple(sorted(value for value in found if "://" in value))

    canonical = next(iter(values(iri, terms.CANONICAL)), iri)
    licences = {row["licence"] for row in records if row["member"] == iri and "licence" in row}
    return Links(
        values(iri, terms.TYPE),
        values(canonical, terms.AUTHORED_BY),
        tuple(sorted(one for one in licences if "://" in one)),
        values(iri, terms.IDENTIFIER_IRI),
    )


def _authors_from(members: Sequence[Member], canonical: str) -> Member:
    """The description that the list of authors is taken from."""
    by_iri = {member.iri: member for member in members}
    named = by_iri[canonical].said.get(terms.AUTHORS_FROM, ()) if canonical in by_iri else ()
    return next((by_iri[iri] for iri in named if iri in by_iri), members[0])


def _abstracts(members: Sequence[Member]) -> list[tuple[str, Member]]:
    """Each abstract once, with the description that gives it."""
    found: dict[str, Member] = {}
    for member in members:
        for text in member.said.get(terms.DC_ABSTRACT, ()):
            found.setdefault(text, member)
    return list(found.items())


def _identifiers(members: Sequence[Member]) -> list[tuple[str, str, str]]:
    """Name, value and address of each identifier that any description gives."""
    found = []
    for prop in IDENTIFIERS:
        values = dict.fromkeys(v for member in members for v in member.said.get(prop, ()))
        resolver = RESOLVERS.get(prop, "")
        found += [(FIELDS[prop], value, resolver.format(value)) for value in values]
    return found


def _links(members: Sequence[Member]) -> list[tuple[str, str, bool]]:
    """What, where, and whether the address was recovered from scarred text."""
    found: dict[str, tuple[str, str, bool]] = {}
    for member in members:
        for prop, name in LINKS.items():
            for iri in member.said.get(prop, ()):
                found.setdefault(iri, (name, iri, member.has(terms.RECOVERED_LINK, iri)))
    return list(found.values())


def _named(
    members: Sequence[Member], prop: str, labels: Mapping[str, str]
) -> list[tuple[str, str]]:
    iris = dict.fromkeys(iri for member in members for iri in member.said.get(prop, ()))
    return [(iri, labels.get(iri, iri)) for iri in iris]


def _kind(member: Member) -> str:
    kinds = [kind for kind in member.said.get(terms.TYPE, ()) if kind != terms.PUBLICATION]
    return min(kinds, default=terms.PUBLICATION)


def _fields(members: Sequence[Member]) -> list[Field]:
    """Field by field, what each description says; the authors as printed among them."""
    found = []
    for prop, title in FIELDS.items():
        cells = [member.said.get(prop, ()) for member in members]
        if prop == terms.TYPE:
            cells = [
                tuple(words(kind) for kind in sorted(cell) if kind != terms.PUBLICATION)
                for cell in cells
            ]
        if any(cells):
            found.append(Field(title, tuple(tuple(cell) for cell in cells)))
    names = tuple(
        ("; ".join(row["printed"] for row in member.by_role("author")[:AUTHORS_SHOWN]),)
        for member in members
    )
    cut = tuple(
        "cut off at eight" if member.has(terms.CUT_OFF, "true") else "" for member in members
    )
    return [*found[:1], Field("Authors", names, cut), *found[1:]]


def work(held: Service, iri: str, told: Thing) -> Response:
    """The versions of a work."""
    (versions,) = ask(held, asking("pointing", entity=iri, property=terms.VERSION_OF))
    shown = papers.cards(held, [row["subject"] for row in versions[:50]])
    return page("work.html", thing=told, cards=shown, total=len(versions))
