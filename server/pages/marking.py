"""What a page tells machines that read pages: schema.org as JSON-LD, and the tags of Scholar.

The statements are those of the profile's own CONSTRUCT, asked for with the page's other queries.
Scholar's tags are those of its inclusion guidelines: an author a tag, in order.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyoxigraph as ox
from markupsafe import Markup

from ontology import terms
from server.bibliography.citations import Citation

CONTEXT = "https://schema.org"
MOST = 200  # values of one property: a page stays small, the files have all
JOURNAL = ("JournalArticle", "Editorial", "Erratum")

Said = dict[str, list[object]]


def described(iri: str, triples: Iterable[ox.Triple], people: Sequence[tuple[str, str]]) -> Markup:
    """The entity in the words of schema.org, for a script element; nothing where it has no class.

    `people` are the authors with their names in order: a set of statements has neither.
    """
    said: Said = {}
    for triple in triples:
        if str(getattr(triple.subject, "value", "")) == iri:
            said.setdefault(triple.predicate.value, []).append(_value(triple.object))
    kinds = sorted(str(kind).removeprefix(terms.SCHEMA) for kind in _plain(said, terms.TYPE))
    if not kinds:
        return Markup("")
    told: dict[str, object] = {"@context": CONTEXT, "@id": iri, "@type": _one(kinds)}
    for name in sorted(said):
        if name.startswith(terms.SCHEMA):
            values = sorted(said[name], key=str)[:MOST]
            told[name.removeprefix(terms.SCHEMA)] = _one(values)
    if people:
        told["author"] = [_person(*one) for one in people[:MOST]]
    return _script(told)


def _person(iri: str, name: str) -> Mapping[str, str]:
    return ({"@id": iri} if iri else {}) | {"@type": "Person", "name": name}


def _plain(said: Said, prop: str) -> Iterator[str]:
    for value in said.get(prop, ()):
        yield value["@id"] if isinstance(value, dict) else str(value)


def _value(term: object) -> object:
    if isinstance(term, ox.NamedNode):
        return {"@id": term.value}
    return term.value if isinstance(term, ox.Literal) else str(term)


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
