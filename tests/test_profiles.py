"""The graph in the words of others: by header or address, held to shapes, dumped whole."""

import gzip
import io
from urllib.parse import urljoin

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from click.testing import CliRunner

from ontology import terms
from queries.generations import Generations
from queries.profiles import OTHERS, OWN, named, parts, write
from server import create_app
from server.cli import main
from server.config import Config
from tests.servers import CHECKOUT

BASE = "http://localhost:8000/"
STRAIGHT = "publication/straight-flight-pppppppppa33"
ADA, ADA_LEAF = "author/ada-quill-aaaaaaaaaa33", "author/ada-quill-aaaaaaaaaa22"
FLETCHERS = "venue/fletchers-vvvvvvvvva22"
RECORD = "record/rrrrrrrrra22"
DBLP = terms.DBLP


@pytest.fixture(scope="module")
def client(small_data):
    app = create_app(Config(data=small_data, workers=1, memory=256 << 20))
    yield app.test_client()
    app.extensions["quiver"].close()


@pytest.fixture(scope="module")
def everybody(small_data):
    """What each profile says of the whole graph."""
    with Generations(small_data).open() as reader:
        return {one.token: set(everything(reader.store.engine, one)) for one in OTHERS}


def everything(engine, profile):
    out = io.BytesIO()
    for text in parts(profile):
        write(engine, text, out)
    return (quad.triple for quad in ox.parse(out.getvalue(), ox.RdfFormat.N_TRIPLES))


def test_a_profile_in_parts_says_what_it_says_in_one(small_data, everybody):
    with Generations(small_data).open() as reader:
        for one in OTHERS:
            found = reader.store.engine.query(one.query.text, use_default_graph_as_union=True)
            assert set(found) == everybody[one.token]


def graph(reply):
    assert reply.status_code == 200, reply.text
    return set(ox.parse(reply.data, ox.RdfFormat.from_media_type(reply.mimetype)))


def said(reply, entity, prop):
    subject = ox.NamedNode(f"{BASE}id/{entity}")
    return {q.object.value for q in graph(reply) if (q.subject, q.predicate) == (subject, prop)}


def shapes(token):
    return rdflib.Graph().parse(CHECKOUT / "ontology" / "profiles" / f"{token}.ttl")


@pytest.mark.parametrize("token", [one.token for one in OTHERS])
def test_each_profile_keeps_to_its_shapes(everybody, token):
    data = rdflib.Graph()
    data.parse(data=ox.serialize(everybody[token], format=ox.RdfFormat.N_TRIPLES), format="nt")
    conforms, _, report = pyshacl.validate(data, shacl_graph=shapes(token))
    assert conforms, report
    names = {triple.predicate.value for triple in everybody[token]}
    assert len(names) > 8 and not any(name.startswith(terms.Q) for name in names)


@pytest.mark.parametrize("token", [one.token for one in OTHERS])
def test_shapes_are_broken_by_what_lacks_a_name(everybody, token):
    profile = named(token)
    names = ("title", "primaryCreatorName", "name")
    lacking = {
        t for t in everybody[token] if t.predicate.value.removeprefix(profile.iri) not in names
    }
    data = rdflib.Graph()
    data.parse(data=ox.serialize(lacking, format=ox.RdfFormat.N_TRIPLES), format="nt")
    assert not pyshacl.validate(data, shacl_graph=shapes(token))[0]


@pytest.mark.parametrize("entity", [STRAIGHT, ADA, FLETCHERS])
@pytest.mark.parametrize("profile", OTHERS, ids=lambda one: one.token)
def test_documents_together_are_the_whole(client, everybody, entity, profile):
    reply = client.get(f"/doc/{entity}.nt?_profile={profile.token}")
    subject = ox.NamedNode(f"{BASE}id/{entity}")
    mine = {triple for triple in everybody[profile.token] if triple.subject == subject}
    assert mine and mine <= {quad.triple for quad in graph(reply)}


def test_dblp_has_signatures_with_creators_and_places(client):
    reply = client.get(f"/doc/{STRAIGHT}.nt?_profile=dblp")
    triples = {quad.triple for quad in graph(reply)}
    ordinals = {t.object.value for t in triples if t.predicate.value == DBLP + "signatureOrdinal"}
    creators = {t.object.value for t in triples if t.predicate.value == DBLP + "signatureCreator"}
    assert "1" in ordinals
    authors = said(reply, STRAIGHT, ox.NamedNode(DBLP + "authoredBy"))
    assert f"{BASE}id/{ADA}" in authors and authors <= creators


def test_a_member_says_what_stands_for_it_and_no_more(client):
    reply = client.get(f"/doc/{ADA_LEAF}.nt?_profile=schema")
    (quad,) = graph(reply)
    assert (quad.predicate.value, quad.object.value) == (terms.SAME_AS, f"{BASE}id/{ADA}")


@pytest.mark.parametrize(
    ("header", "profile"),
    [
        (f"<{DBLP}>", "dblp"),
        ("<https://dblp.org/rdf/schema>", "dblp"),
        (f"<{terms.SCHEMA}>;q=0.5, <{terms.DCTERMS}>; q=0.9", "dublin-core"),
        (f"<https://unknown.example/>, <{terms.SCHEMA}>;q=0.1", "schema"),
        (f"<{terms.Q}>, <{terms.SCHEMA}>;q=0.9", "quiver"),
        (f"<{DBLP}>;q=0", "quiver"),
        ("<https://unknown.example/>", "quiver"),
        ("nonsense", "quiver"),
    ],
)
def test_the_header_asks_for_what_is_liked_best(client, header, profile):
    asked = {"Accept-Profile": header, "Accept": "text/turtle"}
    reply = client.get(f"/doc/{STRAIGHT}", headers=asked)
    assert f'<{named(profile).iri}>; rel="profile"' in reply.headers["Link"]
    assert "Accept-Profile" in reply.headers["Vary"]
    assert reply.headers.get("Content-Profile") == (
        None if profile == "quiver" else f"<{named(profile).iri}>"
    )


def test_the_address_wins_over_the_header_and_survives_the_redirect(client):
    asked = {"Accept-Profile": f"<{terms.SCHEMA}>", "Accept": "text/turtle"}
    moved = client.get(f"/id/{STRAIGHT}?_profile=dblp", headers=asked)
    place = urljoin(f"/id/{STRAIGHT}", moved.headers["Location"])
    reply = client.get(place, headers=asked)
    assert reply.headers["Content-Profile"] == f"<{DBLP}>"
    assert reply.mimetype == "text/turtle" and "dblp:title" in reply.text


def test_a_profile_comes_in_every_format_and_has_its_own_validator(client):
    seen = set()
    for suffix in ("ttl", "nt", "nq", "trig", "rdf", "jsonld"):
        reply = client.get(f"/doc/{STRAIGHT}.{suffix}?_profile=dublin-core")
        assert graph(reply)
        seen.add(reply.headers["ETag"])
        again = {"If-None-Match": reply.headers["ETag"]}
        assert (
            client.get(reply.request.path + "?_profile=dublin-core", headers=again).status_code
            == 304
        )
    assert len(seen) == 6
    tokens = [one.token for one in (OWN, *OTHERS)]
    replies = [client.get(f"/doc/{STRAIGHT}.ttl?_profile={token}") for token in tokens]
    assert len({reply.headers["ETag"] for reply in replies}) == len(tokens)
    licence = '<https://creativecommons.org/publicdomain/zero/1.0/>; rel="license"'
    assert all(licence in reply.headers["Link"] for reply in replies)


def test_scripts_of_other_sites_can_ask_for_a_profile_and_read_which_they_got(client):
    asked = {"Origin": "https://other.example", "Access-Control-Request-Method": "GET"}
    asked |= {"Access-Control-Request-Headers": "accept-profile"}
    may = client.options(f"/doc/{STRAIGHT}", headers=asked).headers
    assert "Accept-Profile" in may["Access-Control-Allow-Headers"].split(", ")
    reply = client.get(f"/doc/{STRAIGHT}", headers={"Accept-Profile": f"<{DBLP}>"})
    assert "Content-Profile" in reply.headers["Access-Control-Expose-Headers"].split(", ")


def test_links_lead_to_the_other_profiles(client):
    reply = client.get(f"/doc/{STRAIGHT}.ttl")
    for one in OTHERS:
        assert (
            f'?_profile={one.token}>; rel="alternate"; profile="{one.iri}"' in reply.headers["Link"]
        )
    assert OWN.iri in reply.headers["Link"]


def test_what_no_profile_has_is_said(client):
    unknown = client.get(f"/doc/{STRAIGHT}?_profile=bibframe")
    assert unknown.status_code == 406 and DBLP in unknown.json["available"]
    assert client.get(f"/doc/{RECORD}?_profile=dblp").status_code == 406
    assert client.get("/doc/author/nobody-aaaaaaaaaaaa?_profile=dblp").status_code == 404


def test_the_whole_graph_is_dumped_in_a_profile(small_data, everybody, tmp_path):
    out = tmp_path / "dump"
    words = ["dump", "--data", str(small_data), "--out", str(out), "--format", "nt", "--quiet"]
    done = CliRunner().invoke(main, [*words, "--profile", "dblp", "--profile", "schema"])
    assert done.exit_code == 0, done.output
    for token in ("dblp", "schema"):
        text = gzip.decompress((out / f"profile-{token}.nt.gz").read_bytes())
        found = {quad.triple for quad in ox.parse(text, ox.RdfFormat.N_TRIPLES)}
        assert found == everybody[token]
    index = (out / "index.ttl").read_text()
    assert "conformsTo" in index and "profile-dblp.nt.gz" in index
    assert CliRunner().invoke(main, [*words, "--profile", "marc"]).exit_code == 2
