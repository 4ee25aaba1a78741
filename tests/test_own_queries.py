"""A folder of one's own queries beside the catalogue, and what is said of files that are wrong."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest

from ontology import terms
from queries import own
from queries.catalogue import Catalogue, UnknownQuery
from queries.description.examples import SHACL
from server import create_app
from server.config import Config

GOOD = """#+ title: Everybody
#+ description: All that has a name.
#+ chart: bar x=name y=papers
SELECT ?name (1 AS ?papers) WHERE { ?who <http://xmlns.com/foaf/0.1/name> ?name }
ORDER BY ?name
"""
ENDLESS = """#+ title: All of all
#+ description: What no store answers in time.
#+ page: path answers soon
#+ param: a iri Something
SELECT (COUNT(*) AS ?count) { ?x ?p $a . ?b ?c ?d . ?e ?f ?g . ?h ?i ?j . ?k ?l ?m }
"""
WRONG = {
    "no-title.rq": ("#+ description: D\nASK {}", "no-title.rq: the header has no title"),
    "spelling.rq": (
        "#+ title: T\n#+ description: D\nSELECT ?x\nWHERE { ?x ?y }",
        "spelling.rq:4: expected",
    ),
    "header.rq": ("#+ title: T\n#+ colour: red\nASK {}", "header.rq:2: unknown key"),
    "update.rq": ("#+ title: T\n#+ description: D\nCLEAR ALL", "update.rq: is no SELECT"),
    "co-authors.rq": (GOOD, "co-authors.rq: there is a query co-authors already"),
    "latin.rq": (b"#+ title: \xe9", "latin.rq: is not UTF-8"),
    "a name.rq": (GOOD, "a name.rq: a name has letters"),
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "everybody.rq").write_text(GOOD)
    for name, (text, _) in WRONG.items():
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return tmp_path


def test_each_wrong_file_is_one_line_with_its_place_and_the_others_are_there(folder):
    catalogue, complaints = own.joined(folder)
    assert catalogue.get("everybody").title == "Everybody"
    assert len(catalogue) == len(Catalogue.bundled()) + 1
    assert len(complaints) == len(WRONG)
    for _, said in WRONG.values():
        (line,) = [one for one in complaints if said in one]
        assert line.startswith(str(folder)) and "\n" not in line


def test_the_bundled_catalogue_stays_as_it_was(folder):
    own.joined(folder)
    with pytest.raises(UnknownQuery):
        Catalogue.bundled().get("everybody")


def test_no_folder_is_an_error(tmp_path):
    with pytest.raises(own.NoFolder, match="there is no such folder of queries"):
        own.joined(tmp_path / "gone")


@pytest.fixture
def client(small_data, folder, caplog):
    app = create_app(Config(data=small_data, workers=1, queries=str(folder)))
    yield app.test_client()
    app.extensions["quiver"].close()


def test_own_queries_are_pages_files_and_examples(client, caplog):
    assert len([one for one in caplog.get_records("setup") if "left out" in one.msg]) == len(WRONG)
    html = {"Accept": "text/html"}
    assert "Everybody" in client.get("/queries", headers=html).text
    page = client.get("/queries/everybody", headers=html).text
    assert '<svg class="chart' in page and "workbench" in page
    rows = client.get("/queries/everybody.csv").text.splitlines()
    assert rows[:2] == ["name,papers", "Ada B. Quill,1"]
    examples = {
        quad.subject.value.rpartition("/")[2]: quad.object.value
        for quad in ox.parse(client.get("/queries.ttl").data, ox.RdfFormat.TURTLE)
        if quad.predicate.value in (f"{SHACL}select", f"{SHACL}construct")
    }
    assert (
        examples["everybody"]
        == client.application.extensions["quiver"].catalogue.get("everybody").text
    )
    assert "CONSTRUCT" in examples["bibliography"]
    assert len(examples) == len(Catalogue.bundled()) + 1


def test_examples_are_executables_of_shacl_with_their_prefixes_declared(client):
    """As SIB's collection has them: each by itself, and runnable with what it leads to."""
    told = client.get("/.well-known/sparql-examples?format=nt").data
    graph = ox.Store()
    graph.load(told, ox.RdfFormat.N_TRIPLES)
    sh, found = f"PREFIX sh: <{SHACL}> ", {}
    for one, declared in graph.query(
        sh
        + "SELECT ?one ?declared { ?one a sh:SPARQLExecutable ; sh:prefixes/sh:declare ?declared }"
    ):
        found.setdefault(one.value, []).append(declared)
    assert len(found) == len(Catalogue.bundled()) + 1
    for one, declared in found.items():
        text = f"ASK {{ <{one}> a sh:SPARQLSelectExecutable, sh:SPARQLExecutable ; sh:select ?q }}"
        if "bibliography" not in one:
            assert graph.query(sh + text), one
        prefixes = [
            graph.query(sh + f"SELECT ?p ?n {{ {node} sh:prefix ?p ; sh:namespace ?n }}")
            for node in declared
        ]
        pairs = {row["p"].value: row["n"] for rows in prefixes for row in rows}
        assert {name: space.value for name, space in pairs.items()} == terms.PREFIXES
        assert {space.datatype.value for space in pairs.values()} == {f"{terms.XSD}anyURI"}


def test_a_query_answers_by_name_as_by_address(client):
    by_name = client.get("/queries/co-authors.csv?author=Bo+Fletch")
    address = "http://localhost:8000/id/author/bo-fletch-bbbbbbbbbb33"
    assert by_name.status_code == 200 and by_name.text.count("\n") > 2
    assert by_name.text == client.get(f"/queries/co-authors.csv?person={address}").text


@pytest.mark.parametrize(
    ("name", "said", "labels"),
    [
        ("Wei Bow", "2 have the name 'Wei Bow'; give the IRI of one: Wei Bow", {"Wei Bow"}),
        ("Bo Flech", "exactly the name 'Bo Flech'; these come near: Bo Fletch", {"Bo Fletch"}),
        ("Zzyzx Qqq", "nothing here has exactly the name 'Zzyzx Qqq'", set()),
    ],
)
def test_a_file_is_of_nobody_who_is_only_near_the_name(client, name, said, labels):
    for address in ("/queries/co-authors.csv", "/queries/papers-of-person.bib"):
        answer = client.get(address, query_string={"author": name})
        assert answer.status_code == 400
        assert answer.json["detail"].startswith("parameter person: ")
        assert said in answer.json["detail"]
        assert {one["label"] for one in answer.json["candidates"]} == labels
    assert client.get("/queries/co-authors.csv?person=ada+b.+quill").status_code == 200


def test_accept_chooses_a_file_as_a_suffix_does(client):
    address = "/queries/co-authors?author=Bo+Fletch"
    for media_type, suffix in (("text/csv", "csv"), ("application/json", "json")):
        liked = client.get(address, headers={"Accept": media_type})
        assert liked.data == client.get(address.replace("?", f".{suffix}?")).data
        assert "Accept" in liked.headers["Vary"]
    for accept in ("*/*", "text/html,application/xml;q=0.9,*/*;q=0.8", "text/turtle"):
        shown = client.get(address, headers={"Accept": accept})
        assert shown.mimetype == "text/html" and "Accept" in shown.headers["Vary"]
    told = client.get("/search?q=Bo+Fletch", headers={"Accept": "application/json"})
    assert told.json == client.get("/search.json?q=Bo+Fletch").json


def test_a_query_that_makes_triples_gives_rdf(client):
    found = client.get("/queries/bibliography.ttl?author=Bo+Fletch")
    assert found.content_type.startswith("text/turtle")
    triples = {str(quad.object) for quad in ox.parse(found.data, ox.RdfFormat.TURTLE)}
    assert {'"10.5555/straight"', '"10.5555/curved"', '"Bo Fletch"'} <= triples
    page = client.get("/queries/bibliography?author=Bo+Fletch", headers={"Accept": "text/html"})
    assert "triples" in page.text and ".ttl?" in page.text
    refused = client.get("/queries/bibliography.csv?author=Bo+Fletch")
    assert refused.status_code == 406 and "there is ttl" in refused.text


def test_a_query_that_takes_too_long_leads_to_the_page_that_answers_it(small_data, tmp_path):
    (tmp_path / "endless.rq").write_text(ENDLESS)
    config = Config(data=small_data, workers=1, queries=str(tmp_path), timeout=0.5)
    app = create_app(config)
    asked = app.test_client().get("/queries/endless", query_string={"a": terms.AUTHOR})
    app.extensions["quiver"].close()
    assert asked.status_code == 503
    assert "longer than its deadline. The page /path answers it." in asked.text
    address = html.unescape(re.search(r'href="([^"]*path\?[^"]*)"', asked.text)[1])
    assert parse_qs(urlsplit(address).query) == {"a": [terms.AUTHOR]}
