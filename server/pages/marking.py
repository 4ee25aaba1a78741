"""What a page tells machines that read pages: schema.org as JSON-LD, and the tags of Scholar.

The statements are those of `queries/profiles/schema.rq`, made of what the page has asked for
anyway: the query itself would take as long as all others of the page. Scholar's tags are those of
its inclusion guidelines: an author a tag, in order.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from ontology import terms
from server.bibliography.citations import Citation
from server.pages.asking import Table

CONTEXT = "https://schema.org"
MOST = 200  # values of one property: a page stays small, the files have all
JOURNAL = ("JournalArticle", "Editorial", "Erratum")
# Our classes in the words of schema.org.
CLASSES: Mapping[str, str] = {
    terms.Q + ours: theirs
    for ours, theirs in (
        ("Publication", "CreativeWork"),
        ("ConferencePaper", "ScholarlyArticle"),
        ("WorkshopPaper", "ScholarlyArticle"),
        ("ConferenceAbstract", "ScholarlyArticle"),
        ("JournalArticle", "ScholarlyArticle"),
        ("Preprint", "ScholarlyArticle"),
        ("Chapter", "Chapter"),
        ("Book", "Book"),
        ("Proceedings", "Book"),
        ("Thesis", "Thesis"),
        ("Report", "Report"),
        ("Dataset", "Dataset"),
        ("Software", "SoftwareSourceCode"),
        ("Issue", "PublicationIssue"),
        ("Person", "Person"),
        ("Group", "Organization"),
    )
}
# What the canonical description says of itself, and in schema.org's words.
OWN: Mapping[str, str] = {
    terms.AUTHORED_BY: "author",
    terms.EDITED_BY: "editor",
    terms.PAGES: "pagination",
    terms.DC_LANGUAGE: "inLanguage",
    terms.DC_ABSTRACT: "abstract",
    terms.KEYWORD: "keywords",
    terms.VERSION_OF: "exampleOfWork",
    terms.SAME_AS: "sameAs",
}
# What any description says.
ANY: Mapping[str, str] = {
    terms.VENUE_PROPERTY: "isPartOf",
    terms.PAGE: "url",
    terms.IDENTIFIER_IRI: "identifier",
}
# Those whose values are things, and no text.
THINGS = frozenset((
    "author", "editor", "exampleOfWork", "identifier", "isPartOf", "sameAs", "url",
))  # fmt: skip

Said = dict[str, dict[str, None]]


def publication(iri: str, statements: Table, containers: Iterable[str]) -> Said:
    """A publication in the words of schema.org, from the statements of all its descriptions.

    Nothing where another one stands for it.
    """
    said = _own(iri, [row for row in statements if row["member"] == iri])
    if not said:
        return {}
    for row in statements:
        if row["property"] in ANY:
            _say(said, ANY[row["property"]], row["value"])
    for container in containers:
        _say(said, "isPartOf", container)
    return said


def person(iri: str, statements: Table, known: Table) -> Said:
    """A person likewise, from the statements of the row and `pages/known-of-person`."""
    said = _own(iri, statements)
    if not said:
        return {}
    for row in known:
        if row["what"] == "identifier":
            _say(said, "identifier", row["value"])
        elif row["what"] == "name" and row["value"] not in said.get("name", {}):
            _say(said, "alternateName", row["value"])
    return said


def _own(iri: str, statements: Table) -> Said:
    """What the canonical row or description says of itself."""
    told: dict[str, dict[str, None]] = {}
    for row in statements:
        told.setdefault(row["property"], {})[row["value"]] = None
    if iri not in told.get(terms.CANONICAL, ()):
        return {}
    types, labels = told.get(terms.TYPE, {}), told.get(terms.LABEL, {})
    said = {name: dict(told[prop]) for prop, name in OWN.items() if prop in told}
    said["@type"] = {CLASSES[one]: None for one in types if one in CLASSES}
    said["name"] = labels
    if terms.PUBLICATION in types:
        said["headline"] = labels
    if terms.YEAR in told:
        said["datePublished"] = told.get(terms.DC_ISSUED) or told[terms.YEAR]
    return {name: values for name, values in said.items() if values}


def _say(said: Said, name: str, value: str) -> None:
    said.setdefault(name, {})[value] = None


def described(iri: str, said: Said, people: Sequence[tuple[str, str]]) -> Markup:
    """The entity for a script element; nothing where it has no class.

    `people` are the authors with their names in order: a set of statements has neither.
    """
    if "@type" not in said:
        return Markup("")
    told: dict[str, object] = {"@context": CONTEXT, "@id": iri}
    for name in sorted(said):
        values = sorted(said[name])[:MOST]
        told[name] = _one([{"@id": one} for one in values] if name in THINGS else values)
    if people:
        told["author"] = [_person(*one) for one in people[:MOST]]
    return _script(told)


def _person(iri: str, name: str) -> Mapping[str, str]:
    return ({"@id": iri} if iri else {}) | {"@type": "Person", "name": name}


def _one(values: Sequence[object]) -> object:
    return values[0] if len(values) == 1 else list(values)


def _script(told: Mapping[str, object]) -> Markup:
    """JSON that no text in it can end the script of: `<`, `>` and `&` are written as escapes."""
    text = json.dumps(told, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def scholar(found: Citation, pdf: str) -> list[tuple[str, str]]:
    """The `citation_*` tags of a publication; only what is known."""
    first, last = found.pages
    venue = "citation_journal_title" if found.kind in JOURNAL else "citation_conference_title"
    tags = [
        ("citation_title", found.one("title")),
        *(("citation_author", name.printed) for name in found.authors[:MOST]),
        ("citation_publication_date", found.one("year")),
        (venue, found.one("venue")),
        ("citation_volume", found.one("volume")),
        ("citation_issue", found.one("number")),
        ("citation_firstpage", first),
        ("citation_lastpage", last),
        ("citation_doi", found.one("doi")),
        ("citation_pdf_url", pdf),
    ]
    return [(name, " ".join(text.split())) for name, text in tags if text.strip()]
