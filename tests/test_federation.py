"""Quivers among themselves: one links to another, whoever follows the links gets its words."""

import json

import pyoxigraph as ox
import pytest

from ingest import pipeline
from ingest.linking.against import link
from ingest.linking.others import Source, fetched
from ingest.readers import ReadError
from ontology import terms
from tests.servers import free_port, running_server

PAPERS = [
    {
        "id": f"p{number}",
        "type": "paper-conference",
        "title": title,
        "author": [{"family": family, "given": given} for given, family in people],
        "issued": {"date-parts": [[2001 + number]]},
        "container-title": "Fletchers",
        "DOI": f"10.5555/arrow.{number}",
    }
    for number, (title, people) in enumerate(
        [
            ("Feathers for Straight and for Bent Arrows", [("Ada", "Quill"), ("Bo", "Fletch")]),
            ("On the Balance of Points in Crosswinds", [("Ada", "Quill"), ("Cy", "Nock")]),
            ("Why Bows of Yew Outlast Their Archers", [("Bo", "Fletch"), ("Cy", "Nock")]),
        ]
    )
]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A data folder linked to a server that holds the same papers; and that server."""
    folder = tmp_path_factory.mktemp("two")
    papers = folder / "papers.csl.json"
    papers.write_text(json.dumps(PAPERS))
    port = free_port()
    there = folder / "there"
    pipeline.load(there, [papers], base=f"http://127.0.0.1:{port}/")
    here = folder / "here"
    pipeline.load(here, [papers])
    with running_server(there, port=port) as served, fetched(f"{served.url}/sparql", here) as file:
        report = link(here, Source(file))
        yield report, here, served


def test_every_paper_and_person_is_linked_to_the_other_quiver(two):
    report, _, served = two
    kinds = sorted(entity.split("/id/")[1].split("/")[0] for entity, _ in report.came)
    assert kinds == ["author"] * 3 + ["publication"] * 3
    assert all(outside.startswith(f"{served.url}/id/") for _, outside in report.came)


def test_links_are_followed_by_dereferencing_alone(two):
    """From an entity here to what the other says of it, with nothing but GET and Accept."""
    report, here, there = two
    with running_server(here) as served:
        entity = next(e for e, _ in report.came if "/author/ada-quill" in e)
        said = dereferenced(served, entity.partition("8000/")[2])
        subject = ox.NamedNode(entity)
        (outside,) = (
            t.object.value
            for t in said
            if t.subject == subject and t.predicate.value == terms.SAME_AS
        )
        far = dereferenced(there, outside.removeprefix(f"{there.url}/"))
        names = {t.object.value for t in far if t.predicate.value == terms.LABEL}
        assert "Ada Quill" in names and "On the Balance of Points in Crosswinds" in names


def dereferenced(served, path):
    """What is said of an entity: its IRI, the redirect, the document."""
    moved = served.get(f"/{path}", "text/turtle")
    assert moved.status == 303
    place = moved.headers["Location"].removeprefix("../../")
    reply = served.get(f"/{place}", "text/turtle")
    assert reply.status == 200
    return {quad.triple for quad in ox.parse(reply.body, ox.RdfFormat.TURTLE)}


def test_an_endpoint_that_is_not_there_is_one_line(tmp_path):
    with (
        pytest.raises(ReadError, match="no answer"),
        fetched(f"http://127.0.0.1:{free_port()}/sparql", tmp_path),
    ):
        pass
