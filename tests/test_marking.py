"""What pages tell machines: schema.org in JSON-LD, Scholar's tags; titles with markup among it."""

import json

import pyoxigraph as ox
import pytest
from lxml import html

from ontology import terms
from server import create_app
from server.config import Config
from server.pages.marking import _script, publication

ADA = "doc/author/ada-quill-aaaaaaaaaa33"
BOWS = "doc/publication/b-bold-b-bows-scripts-pppppppppb22"
CURVED = "doc/publication/curved-flight-pppppppppc33"
PEOPLE = "http://localhost:8000/id/author/"


@pytest.fixture(scope="module")
def client(small_data):
    app = create_app(Config(data=small_data, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


def read(client, path):
    answer = client.get(f"/{path}", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return html.fromstring(answer.text)


def told(page):
    (script,) = page.xpath("//script[@type='application/ld+json']")
    return json.loads(script.text)


def tags(page):
    found = [(one.get("name"), one.get("content")) for one in page.xpath("//meta[@name]")]
    return [pair for pair in found if pair[0].startswith("citation_")]


def test_publication_is_told_in_the_words_of_schema_org(client):
    said = told(read(client, CURVED))
    assert (said["@context"], said["@id"]) == (
        "https://schema.org",
        CURVED.replace("doc/", "http://localhost:8000/id/"),
    )
    assert "ScholarlyArticle" in said["@type"]
    assert (said["headline"], said["pagination"], said["datePublished"][:4]) == (
        "Curved Flight",
        "30-41",
        "2019",
    )
    assert said["author"] == [
        {"@id": f"{PEOPLE}cy-nock-cccccccccc33", "@type": "Person", "name": "Cy Nock"},
        {"@id": f"{PEOPLE}bo-fletch-bbbbbbbbbb33", "@type": "Person", "name": "Bo Fletch"},
        {"@id": f"{PEOPLE}ada-quill-aaaaaaaaaa33", "@type": "Person", "name": "Ada B. Quill"},
    ]


def test_markup_in_a_title_stays_text_and_ends_no_script(client):
    answer = client.get(f"/{BOWS}", headers={"Accept": "text/html"}).text
    title = "<b>Bold</b> Bows & <script>alert(1)</script>"
    page = html.fromstring(answer)
    assert told(page)["headline"] == title
    assert dict(tags(page))["citation_title"] == title
    assert "<script>alert" not in answer
    assert {*"<>&"}.isdisjoint(str(_script({"name": "</script><!-- &amp;"})))


def test_a_publication_is_part_of_what_any_description_says_it_stands_in():
    own = {terms.CANONICAL: "p", terms.TYPE: terms.PUBLICATION, terms.LABEL: "Title"}
    rows = [{"member": "p", "property": prop, "value": value} for prop, value in own.items()]
    rows.append({"member": "other", "property": terms.VENUE_PROPERTY, "value": "a venue"})
    said = publication("p", rows, ["a book"])
    assert [*said["isPartOf"]] == ["a venue", "a book"]


def test_person_is_told_with_other_names(client):
    said = told(read(client, ADA))
    assert (said["@type"], said["name"]) == ("Person", "Ada Quill")
    assert "Ada B. Quill" in said["alternateName"]


def test_a_row_that_another_stands_for_is_not_told_as_a_person(client):
    assert not read(client, "doc/author/ada-quill-aaaaaaaaaa22").xpath(
        "//script[@type='application/ld+json']"
    )


def test_scholar_gets_an_author_a_tag_in_order_and_only_what_is_known(client):
    assert tags(read(client, CURVED)) == [
        ("citation_title", "Curved Flight"),
        ("citation_author", "Cy Nock"),
        ("citation_author", "Bo Fletch"),
        ("citation_author", "Ada B. Quill"),
        ("citation_publication_date", "2019"),
        ("citation_journal_title", "Journal of Arrows"),
        ("citation_volume", "7"),
        ("citation_firstpage", "30"),
        ("citation_lastpage", "41"),
        ("citation_doi", "10.5555/curved"),
        ("citation_pdf_url", "https://arrows.example/7/30.pdf"),
    ]


SIGNED = ("author",)  # is told in order with names as printed, which no set of statements has


def by_profile(client, iri):
    """What the profile's own query says of the entity, as the page's script would have it."""
    local = iri.partition("/id/")[2]
    answer = client.get(f"/doc/{local}?_profile=schema&format=nt")
    found = {}
    for quad in ox.parse(answer.data, ox.RdfFormat.N_TRIPLES) if answer.status_code == 200 else ():
        if quad.subject.value == iri and quad.predicate.value.startswith(terms.SCHEMA):
            named = isinstance(quad.object, ox.NamedNode)
            value = {"@id": quad.object.value} if named else quad.object.value
            name = quad.predicate.value.removeprefix(terms.SCHEMA)
            found.setdefault(name, []).append(value)
        elif quad.subject.value == iri and quad.predicate.value == terms.TYPE:
            kind = quad.object.value.removeprefix(terms.SCHEMA)
            found.setdefault("@type", []).append(kind)
    return {name: sorted(values, key=str) for name, values in found.items() if name not in SIGNED}


def listed(said):
    kept = {name: value for name, value in said.items() if name not in ("@context", "@id", *SIGNED)}
    several = {name: v if isinstance(v, list) else [v] for name, v in kept.items()}
    return {name: sorted(values, key=str) for name, values in several.items()}


def test_pages_say_what_the_query_of_the_profile_says(client):
    kinds = (
        "<https://w3id.org/quiver/ontology#Publication> <https://w3id.org/quiver/ontology#Author>"
    )
    text = f"SELECT DISTINCT ?e {{ VALUES ?k {{ {kinds} }} ?e a ?k }}"
    rows = client.get("/sparql", query_string={"query": text, "format": "json"}).json
    entities = [row["e"]["value"] for row in rows["results"]["bindings"]]
    told_of = 0
    for iri in entities:
        page = read(client, f"doc/{iri.partition('/id/')[2]}")
        scripts = page.xpath("//script[@type='application/ld+json']")
        expected = by_profile(client, iri)
        assert bool(scripts) == ("@type" in expected), iri
        if scripts:
            assert listed(json.loads(scripts[0].text)) == expected, iri
            told_of += 1
    assert 5 < told_of < len(entities)
