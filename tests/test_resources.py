"""Entities over HTTP: every one dereferences to RDF that contains it."""
# ruff: noqa: E501 (one case a line)

import json
import re
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

import pyoxigraph as ox
import pytest

from tests.servers import publish, running_inside

Q = "https://w3id.org/quiver/ontology#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
BASE = "http://localhost:8000/"
PAPER = "publication/arrows-aaaaaaaaaaaa"
ANN = "author/ann-archer-eeeeeeeeeeee"
FORMATS = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "nq": "application/n-quads",
    "trig": "application/trig",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "json": "application/ld+json",
}


def node(iri):
    return ox.NamedNode(iri)


def triples(reply):
    assert reply.status == 200, reply.text
    form = ox.RdfFormat.from_media_type(reply.media_type)
    return {quad.triple for quad in ox.parse(reply.body, form)}


def links(reply):
    """(target, relation, type) of each link of the Link header."""
    found = re.findall(r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?', reply.headers["Link"])
    assert found
    return found


@pytest.mark.parametrize("accept", ["text/turtle", "text/html", "*/*", None])
def test_thing_redirects_to_its_document(library, accept):
    reply = library.get(f"/id/{PAPER}", accept)
    assert (reply.status, reply.body) == (303, b"")
    assert urljoin(f"{BASE}id/{PAPER}", reply.headers["Location"]) == f"{BASE}doc/{PAPER}"
    assert "Accept" in reply.headers["Vary"]


def test_suffix_and_format_of_a_thing_go_along(library):
    assert library.get(f"/id/{PAPER}.ttl").headers["Location"].endswith(f"doc/{PAPER}.ttl")
    moved = library.get(f"/id/{PAPER}?format=nt").headers["Location"]
    assert moved.endswith(f"doc/{PAPER}?format=nt")


def test_every_entity_dereferences_to_turtle_that_contains_it(library):
    found = library.query(
        f"SELECT DISTINCT ?s {{ ?s a ?t FILTER(STRSTARTS(STR(?s), '{BASE}id/')) }}", "text/csv"
    )
    iris = found.text.split()[1:]
    assert len(iris) > 8
    for iri in iris:
        path = iri.removeprefix(BASE[:-1])
        moved = library.get(path, "text/turtle")
        assert moved.status == 303
        document = library.get(urljoin(path, moved.headers["Location"]), "text/turtle")
        assert any(triple.subject == node(iri) for triple in triples(document)), iri


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_says_the_same(library, suffix):
    expected = triples(library.get(f"/doc/{PAPER}", "application/n-triples"))
    for reply in (
        library.get(f"/doc/{PAPER}.{suffix}", "text/html"),
        library.get(f"/doc/{PAPER}?format={suffix}", "text/html"),
        library.get(f"/doc/{PAPER}", FORMATS[suffix]),
    ):
        assert reply.media_type == FORMATS[suffix]
        assert triples(reply) == expected


def test_document_of_a_publication(library):
    found = triples(library.get(f"/doc/{PAPER}.nt"))

    def said(subject, predicate, value):
        return ox.Triple(node(BASE + subject), node(predicate), value) in found

    assert said(f"id/{PAPER}", f"{Q}year", ox.Literal(2016))
    # Its signatures, whole
    assert said(
        "id/signature/author-1-dddddddddddd", f"{Q}printedName", ox.Literal("Ann Archer 0002")
    )
    assert said("id/signature/author-1-dddddddddddd", f"{Q}ordinal", ox.Literal(1))
    # Labels of every object: authors, venue
    assert said(f"id/{ANN}", f"{RDFS}label", ox.Literal("Ann Archer 0002"))
    assert said("id/venue/neurips-hhhhhhhhhhhh", f"{RDFS}label", ox.Literal("NeurIPS"))
    # Its record
    assert said("id/record/bbbbbbbbbbbb", f"{Q}line", ox.Literal(12))
    # The document itself
    document = f"doc/{PAPER}"
    assert said(document, "http://xmlns.com/foaf/0.1/primaryTopic", node(f"{BASE}id/{PAPER}"))
    assert said(document, "http://rdfs.org/ns/void#inDataset", node(BASE))
    assert said(
        document,
        "http://purl.org/dc/terms/license",
        node("https://creativecommons.org/publicdomain/zero/1.0/"),
    )
    assert any(triple.predicate.value.endswith("#generatedAtTime") for triple in found)


def test_document_of_an_author_names_their_papers(library):
    found = triples(library.get(f"/doc/{ANN}.nt"))
    titles = {
        triple.object.value for triple in found if triple.subject == node(f"{BASE}id/{PAPER}")
    }
    assert "Arrows of a Quiver & Their Uses" in titles


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/id/publication/none-zzzzzzzzzzzz", 404),
        ("/doc/publication/none-zzzzzzzzzzzz", 404),
        ("/doc/publication/none-zzzzzzzzzzzz.ttl", 404),
        ("/doc/publication/none-zzzzzzzzzzzz.bib", 404),
        ("/linkset/publication/none-zzzzzzzzzzzz", 404),
        ("/doc/publication/short", 404),
        ("/doc/elephant/none-zzzzzzzzzzzz", 404),
        ("/id/publication/gone-kkkkkkkkkkkk", 410),
        ("/doc/publication/gone-kkkkkkkkkkkk", 410),
        ("/doc/publication/gone-kkkkkkkkkkkk.ttl", 410),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "text/html", "text/turtle"])
def test_unknown_and_withdrawn(library, path, status, accept):
    assert library.get(path, accept).status == status


@pytest.mark.parametrize("view", ["id", "doc"])
@pytest.mark.parametrize("suffix", ["", ".ttl"])
def test_replaced_entity_leads_to_its_replacement(library, view, suffix):
    reply = library.get(f"/{view}/publication/moved-llllllllllll{suffix}")
    assert reply.status == 301
    here = f"{BASE}{view}/publication/moved-llllllllllll{suffix}"
    assert urljoin(here, reply.headers["Location"]) == f"{BASE}{view}/{PAPER}{suffix}"


def test_nothing_acceptable_lists_what_there_is(library):
    reply = library.get(f"/doc/{PAPER}", "image/png")
    assert reply.status == 406
    assert {*FORMATS.values(), "text/html"} <= set(reply.json()["available"])
    assert library.get("/doc/record/bbbbbbbbbbbb.bib").status == 406


def test_conditional_requests(library):
    first = library.get(f"/doc/{PAPER}", "text/turtle")
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    assert parsedate_to_datetime(modified)
    assert library.get(f"/doc/{PAPER}", "text/turtle", If_None_Match=tag).status == 304
    assert library.get(f"/doc/{PAPER}", "text/turtle", If_Modified_Since=modified).status == 304
    assert library.get(f"/doc/{PAPER}", "text/html", If_None_Match=tag).status == 200
    assert "no-cache" in first.headers["Cache-Control"]
    assert "Accept" in first.headers["Vary"]
    assert library.get(f"/doc/{PAPER}.ttl").headers["Vary"] == "Accept-Profile"


@pytest.mark.parametrize("media_type", ["text/html", "text/turtle"])
def test_a_304_leaves_the_policy_that_a_browser_has_kept(library, media_type):
    """A cache puts the headers of a 304 in the place of its own: a page lost its styles so."""
    first = library.get(f"/doc/{PAPER}", media_type)
    assert first.headers["Content-Security-Policy"]
    again = library.get(f"/doc/{PAPER}", media_type, If_None_Match=first.headers["ETag"])
    assert again.status == 304
    assert "Content-Security-Policy" not in again.headers


def test_head_is_get_without_the_body(library):
    head, get = library.request("HEAD", f"/doc/{PAPER}.ttl"), library.get(f"/doc/{PAPER}.ttl")
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Link"):
        assert head.headers[name] == get.headers[name]


def test_signposts_of_a_page(library):
    reply = library.get(f"/doc/{PAPER}", "text/html")
    assert reply.media_type == "text/html"
    found = links(reply)
    relations = {}
    for target, relation, media_type in found:
        relations.setdefault(relation, []).append((target, media_type))
    assert relations["cite-as"] == [(f"{BASE}id/{PAPER}", "")]
    assert {media_type for _, media_type in relations["describedby"]} >= set(FORMATS.values())
    assert ("https://schema.org/ScholarlyArticle", "") in relations["type"]
    assert ("https://schema.org/AboutPage", "") in relations["type"]
    assert (f"{BASE}id/{ANN}", "") in relations["author"]
    assert relations["license"] == [("https://creativecommons.org/publicdomain/zero/1.0/", "")]
    assert ("https://doi.org/10.5555/arrows", "") in relations["related"]
    assert len(reply.headers["Link"]) <= 4096
    for target, media_type in relations["describedby"]:
        described = library.get(urljoin(f"/doc/{PAPER}", target))
        assert (described.status, described.media_type) == (200, media_type)


def test_linkset_says_what_the_header_says(library):
    page = library.get(f"/doc/{PAPER}", "text/html")
    target = next(target for target, relation, _ in links(page) if relation == "linkset")
    reply = library.get(urljoin(f"/doc/{PAPER}", target))
    assert reply.media_type == "application/linkset+json"
    linkset = json.loads(reply.body)["linkset"][0]
    assert linkset["anchor"] == f"{BASE}doc/{PAPER}"
    assert linkset["cite-as"] == [{"href": f"{BASE}id/{PAPER}"}]
    assert {entry["href"] for entry in linkset["author"]} >= {f"{BASE}id/{ANN}"}


def test_data_links_to_the_page_and_to_its_other_formats(library):
    found = links(library.get(f"/doc/{PAPER}.ttl"))
    assert (PAPER.rpartition("/")[2], "describes", "") in found
    alternates = {media_type for _, relation, media_type in found if relation == "alternate"}
    assert {"text/html", "application/ld+json", "application/x-bibtex"} <= alternates
    assert "text/turtle" not in alternates


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [
        ("bib", ["@inproceedings{arrows-aaaaaaaaaaaa,", r"Quiver \& Their", "Archer, Ann and Bo", "pages = {1--12}", "doi = {10.5555/arrows}"]),
        ("ris", ["TY  - CPAPER\r\n", "AU  - Archer, Ann\r\n", "SP  - 1\r\n", "EP  - 12\r\n", "ER  - \r\n"]),
        ("csl.json", ['"type": "paper-conference"', '"family": "Archer"', '"DOI": "10.5555/arrows"']),
    ],
)  # fmt: skip
def test_citations(library, suffix, expected):
    reply = library.get(f"/doc/{PAPER}.{suffix}")
    assert reply.status == 200
    for text in expected:
        assert text in reply.text
    assert "0002" not in reply.text


def test_large_document_comes_in_pages(tmp_path):
    venue = f"<{BASE}id/venue/large-vvvvvvvvvvvv>"
    papers = [f"<{BASE}id/publication/paper-{number:05}-pppppppppppp>" for number in range(1200)]
    text = f"<{BASE}graph/shared> {{ {venue} a <{Q}Venue> . "
    text += "".join(f"{paper} <{Q}venue> {venue} . " for paper in papers) + "}"
    publish(tmp_path / "data", text)
    with running_inside(tmp_path / "data") as served:
        path, seen, pages = "/doc/venue/large-vvvvvvvvvvvv", set(), 0
        while path:
            reply = served.get(path, "application/n-triples")
            found = {triple.subject for triple in triples(reply)}
            assert node(venue[1:-1]) in found
            assert len(found) <= 502
            seen |= {iri for iri in found if "/publication/" in iri.value}
            pages += 1
            following = [target for target, relation, _ in links(reply) if relation == "next"]
            path = urljoin(path, following[0]) if following else ""
    assert (pages, len(seen)) == (3, 1200)


def test_store_that_is_away_is_503(tmp_path):
    data = tmp_path / "data"
    publish(data, f"<{BASE}graph/shared> {{ <{BASE}id/venue/v-vvvvvvvvvvvv> a <{Q}Venue> }}")
    with running_inside(data) as served:
        assert served.get("/doc/venue/v-vvvvvvvvvvvv.ttl").status == 200
        (data / "current").rename(data / "hidden")
        reply = served.get("/doc/venue/v-vvvvvvvvvvvv.ttl")
        assert reply.status == 503
        assert reply.headers["Retry-After"]
        assert str(data) not in reply.text
        assert served.get("/health").status == 503
        assert served.get("/health/live").status == 200
        (data / "hidden").rename(data / "current")
        assert served.get("/doc/venue/v-vvvvvvvvvvvv.ttl").status == 200
