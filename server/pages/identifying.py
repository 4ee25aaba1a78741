"""Where else a person is known: identifiers of any of their rows, as links out with their names."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from server.pages.asking import Table

# The host of an identifier's IRI, and what people call the scheme.
SCHEMES = {
    "orcid.org": "ORCID",
    "dblp.org": "dblp",
    "openreview.net": "OpenReview",
    "isni.org": "ISNI",
    "viaf.org": "VIAF",
    "d-nb.info": "GND",
    "www.wikidata.org": "Wikidata",
    "id.loc.gov": "Library of Congress",
    "www.semanticscholar.org": "Semantic Scholar",
    "scholar.google.com": "Google Scholar",
    "openalex.org": "OpenAlex",
}
DBLP = "https://dblp.org/search/author?"


@dataclass(frozen=True, slots=True)
class Outside:
    """A link out; `note` says where it comes from, unless a source gives it of the person."""

    scheme: str
    shown: str
    link: str
    note: str = ""


def links(known: Table) -> list[Outside]:
    """Identifiers first, then what only signatures bear, then look-ups by homonym name."""
    given = list(dict.fromkeys(row["value"] for row in known if row["what"] == "identifier"))
    return [_given(iri) for iri in given] + list(_signed(known, given)) + list(_named(known))


def _given(iri: str) -> Outside:
    parts = urlsplit(iri)
    scheme = SCHEMES.get(parts.netloc, parts.netloc)
    shown = iri.rpartition("id=")[2] if "id=" in parts.query else parts.path.strip("/")
    return Outside(scheme, shown.removeprefix("pid/"), iri)


def _signed(known: Table, given: list[str]) -> Iterator[Outside]:
    """ORCIDs that stand on papers of the person and that no source gives of the person."""
    found = Counter(row["value"] for row in known if row["what"] == "signed")
    for orcid in sorted(found):
        link = f"https://orcid.org/{orcid}"
        if link not in given:
            yield Outside("ORCID", orcid, link, "on papers")


def _named(known: Table) -> Iterator[Outside]:
    """dblp tells namesakes apart by a number at the name: it can be looked up there."""
    names = {row["name"] for row in known if row["what"] == "homonym"}
    for name in sorted(names):
        yield Outside("dblp", name, DBLP + urlencode({"q": name}), "looked up by name")
