"""Triple Pattern Fragments: data, counts, pages and controls, as clients of them read them."""

import re
from dataclasses import replace
from urllib.parse import quote, urlencode, urlsplit

import pyoxigraph as ox
import pytest

from ontology import terms
from queries.generations import Generations
from server import create_app, fragments, walking
from server.config import Config
from server.fragments import HYDRA, SIZE

BASE = "http://localhost:8000/"
ADA = f"{BASE}id/author/ada-quill-aaaaaaaaaa33"
HEADERS = {"Accept": "application/trig", "Host": "localhost:8000"}


@pytest.fixture(scope="module")
def client(small_data):
    app = create_app(Config(data=small_data, workers=1, memory=256 << 20))
    yield app.test_client()
    app.extensions["quiver"].close()


@pytest.fixture(scope="module")
def held(small_data):
    """Every triple of the graph."""
    with Generations(small_data).open() as reader:
        return {quad.triple for quad in reader.store.engine}


def get(client, address="/fragments", accept="application/trig", **asked):
    query = f"?{urlencode(asked)}" if asked else ""
    return client.get(address + query, headers=HEADERS | {"Accept": accept})


def split(reply):
    """The data of a page, and its controls as {(subject, predicate): objects}."""
    assert reply.status_code == 200, reply.text
    data, controls = set(), {}
    for quad in ox.parse(reply.data, ox.RdfFormat.from_media_type(reply.mimetype)):
        if isinstance(quad.graph_name, ox.DefaultGraph):
            data.add(quad.triple)
        else:
            key = quad.subject.value, quad.predicate.value
            controls.setdefault(key, set()).add(quad.object.value)
    return data, controls


def test_a_prefixed_name_means_its_iri(client):
    by_name, by_iri = (get(client, predicate=one) for one in ("rdf:type", terms.TYPE))
    assert split(by_name)[0] == split(by_iri)[0] != set()


def walk(client, **asked):
    """All triples of a fragment, by following the links to the next page."""
    found, reply = [], get(client, **asked)
    while True:
        data, controls = split(reply)
        found.append(data)
        after = [o for (_, p), o in controls.items() if p == f"{HYDRA}next"]
        if not after:
            return found
        parts = urlsplit(after[0].pop())
        reply = get(client, f"{parts.path}?{parts.query}")


def test_pages_come_by_growing_blocks_and_are_the_same(client, held, monkeypatch):
    monkeypatch.setattr(fragments, "SIZE", 7)  # a walk of some hundred pages
    monkeypatch.setattr(walking, "FEW", 3)
    monkeypatch.setattr(walking, "MOST", 24)
    service = client.application.extensions["quiver"]
    monkeypatch.setattr(service, "walks", walking.Walks())  # others have pages of another size
    asked, run = [], service.pool.run
    monkeypatch.setattr(service.pool, "run", lambda one: asked.append(one.text) or run(one))
    pages = walk(client)
    assert [len(one) for one in pages[:-1]] == [7] * (len(pages) - 1) and len(pages) > 60
    assert set().union(*pages) == held
    sizes = [int(one) // 7 for text in asked for one in re.findall(r"LIMIT (\d+)\nOFFSET", text)]
    assert sizes[:6] == [1, 3, 6, 12, 24, 24]
    assert walk(client) == pages
    assert [text for text in asked if "OFFSET 7\n" in text] == []


def test_a_page_out_of_turn_comes_with_few_others(client, monkeypatch):
    walks = walking.Walks(capacity=200)
    key, pages = (1, "pattern"), [b"<a> <b> <c> .\n" * 3] * 25
    assert walks.wanted(key, 500) == (476, 25) and walks.wanted(key, 501) == (501, 25)
    walks.keep(key, 476, pages)
    assert walks.wanted(key, 501) == (501, 50) and walks.page(key, 500) == pages[0]
    assert (
        walks.wanted((2, "pattern"), 501) == (501, 25) and walks.page((2, "pattern"), 500) is None
    )
    walks.keep(key, 501, pages * 2)
    assert walks.wanted(key, 551) == (551, 100)
    assert walks.page(key, 500) is None, "what was used least is given up"
    walks.keep(key, 551, pages * 40)
    assert walks.wanted(key, 1551) == (1551, walking.MOST)


@pytest.mark.parametrize(
    ("asked", "matches"),
    [
        ({}, lambda t: True),
        ({"subject": ADA}, lambda t: t.subject.value == ADA),
        ({"predicate": f"<{terms.CANONICAL}>"}, lambda t: t.predicate.value == terms.CANONICAL),
        ({"object": ADA}, lambda t: t.object == ox.NamedNode(ADA)),
        ({"object": '"Ada Quill"'}, lambda t: t.object == ox.Literal("Ada Quill")),
        (
            {"object": f'"2016"^^{terms.XSD_INTEGER}', "subject": "?s"},
            lambda t: t.object == ox.Literal(2016),
        ),
        (
            {"subject": ADA, "predicate": terms.LABEL, "object": '"Ada Quill"'},
            lambda t: (
                (t.subject.value, t.predicate.value) == (ADA, terms.LABEL)
                and t.object == ox.Literal("Ada Quill")
            ),
        ),
        ({"subject": "http://nobody.example/"}, lambda t: False),
    ],
)
def test_the_pages_of_a_pattern_are_what_matches_it(client, held, asked, matches):
    expected = {triple for triple in held if matches(triple)}
    pages = walk(client, **asked)
    assert set().union(*pages) == expected
    assert sum(map(len, pages)) == len(expected)
    assert len(pages) == max(1, -(-len(expected) // SIZE))


def test_a_fragment_of_whole_pages_ends_with_its_last(client, held, monkeypatch):
    about = {triple for triple in held if triple.subject.value == ADA}
    monkeypatch.setattr(fragments, "SIZE", len(about))
    assert walk(client, subject=ADA) == [about]


def test_a_page_and_its_count_are_of_one_generation(client, monkeypatch):
    pool, asked = client.application.extensions["quiver"].pool, []
    run = pool.run

    def published_between(one):
        answer = run(one)
        asked.append(one)
        return replace(answer, generation=answer.generation + (len(asked) == 2))

    monkeypatch.setattr(pool, "run", published_between)
    split(get(client, subject=ADA))
    assert len(asked) == 4  # a page and a count that do not fit, and both again


@pytest.mark.parametrize(
    "term",
    [
        ox.NamedNode(ADA),
        ox.Literal('a "word"'),
        ox.Literal("mot", language="fr"),
        ox.Literal("2016", datatype=ox.NamedNode(terms.XSD_INTEGER)),
    ],
)
def test_what_links_say_of_a_term_is_read_as_that_term(term):
    assert fragments._term(fragments.written(term)) == term


def test_what_is_too_large_to_count_is_walked_to_its_end(client, held, monkeypatch):
    monkeypatch.setattr("server.fragments.COUNTED", SIZE // 2)
    pages = walk(client)
    assert sum(map(len, pages)) == len(held) and set().union(*pages) == held
    _, controls = split(get(client))
    (total,) = controls[f"{BASE}fragments", f"{HYDRA}totalItems"]
    assert int(total) > SIZE // 2


def test_a_fragment_tells_its_size_its_page_and_its_form(client, held):
    data, controls = split(get(client, predicate=terms.TYPE, page="2"))
    address = f"{BASE}fragments"
    fragment = f"{address}?{urlencode({'predicate': terms.TYPE})}"
    count = str(sum(triple.predicate.value == terms.TYPE for triple in held))
    assert len(data) == SIZE or int(count) < 2 * SIZE
    assert controls[fragment, f"{HYDRA}totalItems"] == {count}
    assert controls[fragment, f"{terms.VOID}triples"] == {count}
    here = f"{fragment}&page=2"
    assert controls[f"{address}#metadata", f"{terms.FOAF}primaryTopic"] == {here}
    assert controls[here, f"{HYDRA}previous"] == {f"{fragment}&page=1"}
    assert (here, f"{HYDRA}totalItems") not in controls
    (form,) = controls[f"{address}#dataset", f"{HYDRA}search"]
    assert controls[form, f"{HYDRA}template"] == {f"{address}{{?subject,predicate,object}}"}
    mapped = controls[form, f"{HYDRA}mapping"]
    assert {o for m in mapped for o in controls[m, f"{HYDRA}property"]} == {
        f"{terms.RDF}{name}" for name in ("subject", "predicate", "object")
    }


@pytest.mark.parametrize(
    "media_type", ["application/ld+json", "application/n-quads", "text/turtle"]
)
def test_every_format_has_data_and_controls(client, media_type):
    reply = get(client, accept=media_type, subject=ADA)
    assert reply.mimetype == media_type
    found = {quad.triple for quad in ox.parse(reply.data, ox.RdfFormat.from_media_type(media_type))}
    data, _ = split(get(client, subject=ADA))
    assert data <= found and len(found) > len(data) + 10


def test_browsers_get_a_page_with_links_to_other_fragments(client):
    reply = get(client, accept="text/html", subject=ADA)
    assert reply.mimetype == "text/html" and "Ada Quill" in reply.text
    assert f"fragments?predicate={quote(terms.CANONICAL, safe='')}" in reply.text


def test_addresses_are_those_that_the_client_uses(client):
    reply = client.get("/fragments", headers={"Accept": "application/trig", "Host": "copy.example"})
    _, controls = split(reply)
    assert ("http://copy.example/fragments#dataset", f"{HYDRA}search") in controls


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        ({"subject": "no iri"}, "subject"),
        ({"predicate": "relative/path"}, "predicate"),
        ({"object": '"unclosed'}, "object"),
        ({"object": '"x"@not_a_language_tag!'}, "object"),
        ({"page": "0"}, "page"),
        ({"object": "http://e/" + "x" * 9000}, "characters"),
    ],
)
def test_a_wrong_pattern_is_told_what_is_wrong(client, asked, what):
    reply = client.get(f"/fragments?{urlencode(asked)}")
    assert reply.status_code == 400 and what in reply.json["detail"]


def test_a_page_that_has_not_changed_is_not_sent_again(client):
    tag = get(client, subject=ADA).headers["ETag"]
    again = client.get(
        f"/fragments?{urlencode({'subject': ADA})}", headers=HEADERS | {"If-None-Match": tag}
    )
    assert again.status_code == 304
    other = get(client, accept="application/n-quads", subject=ADA).headers["ETag"]
    assert other != tag
