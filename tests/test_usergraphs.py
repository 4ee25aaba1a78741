"""RDF that no record takes up is kept in the user's graphs of its source."""

import json

import pytest
from click.testing import CliRunner

from ingest import usergraphs
from ingest.errors import LoadError
from ingest.pipeline import load, unload
from ontology import terms
from queries.generations import Generations
from server.cli import main

BASE = "http://localhost:8000/"
PREFIXES = "@prefix ex: <http://e/> . @prefix schema: <http://schema.org/> .\n"
THINGS = (
    PREFIXES
    + """
<> ex:topic <#me> . <#me> a ex:Pen ; ex:knows [ ex:name "A" ; ex:n 01 ] .
ex:g { ex:a ex:b ex:c . }
"""
)
PAPER = (
    PREFIXES
    + """
ex:p a schema:ScholarlyArticle ; schema:name "Nibs" ; schema:author "Ada Quill" ; ex:mood "blue" .
ex:unrelated ex:b ex:c .
"""
)


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def loaded(folder, text, name="things.ttl", **options):
    (folder / name).write_text(text)
    return load(folder / "data", [folder / name], **options)


def held(folder):
    """The triples of the user's graphs, and what the counts say of these."""
    with Generations(folder / "data").open() as reader:
        counted = json.loads((reader.path / "counts.json").read_text())
        quads = list(reader.store.engine)
    below = f"{BASE}graph/"
    found = {}
    for quad in quads:
        name = quad.graph_name.value.removeprefix(below)
        if name.startswith("user/"):
            triple = tuple(str(term) for term in (quad.subject, quad.predicate, quad.object))
            found.setdefault(name, set()).add(triple)
    graphs = {name: n for name, n in counted["graphs"].items() if name.startswith("user/")}
    assert graphs == {name: len(triples) for name, triples in found.items()}
    assert counted["quads"] == len(quads)
    typed = sum(quad.predicate.value == terms.TYPE for quad in quads)
    assert sum(counted["classes"].values()) == typed
    return found


def test_rdf_without_a_publication_is_a_user_graph(folder):
    report = loaded(folder, THINGS)
    assert (report.loaded, report.rejected) == (0, 0)
    assert report.kept == {"user/things": 5, "user/things/http%3A%2F%2Fe%2Fg": 1}
    found = held(folder)
    here = f"{BASE}graph/user/things"
    assert (f"<{here}>", "<http://e/topic>", f"<{here}#me>") in found["user/things"]
    (node,) = (o for _, p, o in found["user/things"] if p == "<http://e/knows>")
    assert node.startswith(f"<{BASE}.well-known/genid/things/")
    assert "_:" not in str(found)
    assert found["user/things/http%3A%2F%2Fe%2Fg"] == {
        ("<http://e/a>", "<http://e/b>", "<http://e/c>")
    }


def test_nodes_without_a_name_of_two_files_are_two(folder):
    for name in ("a", "b"):
        (folder / f"{name}.ttl").write_text(f'{PREFIXES} [] ex:name "A" .')
    load(folder / "data", [folder / "a.ttl", folder / "b.ttl"], source="things")
    said = held(folder)["user/things"]
    assert [value for _, _, value in said] == ['"A"', '"A"']


@pytest.mark.parametrize("many", [False, True], ids=["in memory", "on disk"])
def test_a_reload_writes_the_difference_and_unload_takes_all_out(folder, many, monkeypatch):
    if many:
        for least in ("LARGE", "BATCH", "BULK_LEAST"):
            monkeypatch.setattr(usergraphs, least, 2)
    loaded(folder, THINGS)
    before = held(folder)
    assert not loaded(folder, f"# the same\n{THINGS}").changed
    report = loaded(folder, THINGS.replace("ex:a ex:b ex:c", "ex:a ex:b ex:d"))
    assert (report.added, report.removed) == (1, 1)
    assert held(folder)["user/things"] == before["user/things"]
    unload(folder / "data", "things")
    assert held(folder) == {}


def test_what_a_publication_takes_up_is_not_kept_twice(folder):
    report = loaded(folder, PAPER, "papers.ttl")
    assert report.loaded == 1
    assert held(folder) == {
        "user/papers": {
            ("<http://e/p>", "<http://e/mood>", '"blue"'),
            ("<http://e/unrelated>", "<http://e/b>", "<http://e/c>"),
        }
    }
    listed = CliRunner().invoke(main, ["sources", "--data", str(folder / "data")])
    assert "and 2 triples that no record took up, in user/papers" in listed.output


def test_a_graph_that_somebody_made_is_not_taken_over(folder):
    loaded(folder, PAPER, "papers.ttl")
    with Generations(folder / "data").write() as draft:
        draft.store.replace_graph(f"{BASE}graph/user/things", b"<urn:a> <urn:b> <urn:c> .\n")
        draft.publish()
    with pytest.raises(LoadError, match="user/things is there already"):
        loaded(folder, THINGS)
