"""A graph moved to another base is the graph that would have been made there."""

import gzip
import json
import re

import pyoxigraph as ox
import pytest

from ingest import sidefiles
from ingest.difference import BASE
from ingest.pipeline import load
from ingest.rebase import Move, rebase
from ingest.resolution import links
from ingest.resolution.curation import deciding
from ontology import terms
from queries.generations import Generations
from queries.search import passages
from queries.search.textindex import TextIndex
from queries.writes.files import side_files
from tests.test_resolution_splitting import paper

HERE, THERE = "http://localhost:8000/", "https://records.example.org/library/"
TITLE = 'Engines "as http://localhost:8000/ has <http://localhost:8000/> them"'
SAID = re.compile(rb"Engines .* them")
ADA = paper("ada", TITLE, "Ada Lovelace", "Charles Babbage")
DEE = paper("dee", "Of Mills and Stores", "A. Lovelace")
# A decision's name is hashed from its time, a run's from what it read, the base included.
NAMED_BY_TIME = re.compile(r"(/id/(?:decision|run)/)[a-z2-7]{12}")
# What tells of one moment, or of the very bytes that were read.
OF_A_MOMENT = {
    terms.PROV_ENDED_AT_TIME,
    terms.PROV_GENERATED_AT_TIME,
    f"{terms.PROV}startedAtTime",
    f"{terms.DCTERMS}created",
    terms.INPUT_DIGEST,
    terms.DECIDED_ON,
}


def silent(phase, done, total):
    """Nobody watches."""


def made(folder, base):
    """Two sources, resolved, with a decision and a user's own graph."""
    for name, papers in (("one", [ADA, DEE]), ("two", [ADA])):
        file = folder / f"{name}.json"
        file.write_text("".join(json.dumps(one) + "\n" for one in papers))
        load(folder / "data", [file], base=base)
    links.resolve(folder / "data")
    deciding.decide(
        folder / "data", "Ada Lovelace", "A. Lovelace", "different", by="Ann", reason="two"
    )
    with Generations(folder / "data").write() as draft:
        mine = ox.NamedNode(f"{base}graph/user/mine")
        subject, predicate = ox.NamedNode(f"{base}id/publication/none"), ox.NamedNode("urn:x")
        draft.store.engine.add(ox.Quad(subject, predicate, ox.Literal(HERE), mine))
        draft.publish()
    return folder / "data"


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("moved")
    data = made(folder, HERE)
    rebase(data, THERE, 1, silent)
    return data


def held(data, *left_out):
    """The quads of a graph, without those of some predicates."""
    with Generations(data).open() as reader:
        quads = {str(q) for q in reader.store.engine if q.predicate.value not in left_out}
    return {NAMED_BY_TIME.sub(r"\1", quad) for quad in quads}


def beside(data):
    """The side files by name, as they are read: amendments merged, packed ones unpacked.

    Not the indices: those of words are files of any name, and hold no IRI's beginning.
    """
    with Generations(data).open() as reader:
        files = [path for path in side_files(reader.path) if path.suffix != ".sqlite"]
        files = [path for path in files if path.parent.name != passages.FOLDER]
        kept = {str(path.relative_to(reader.path)): path for path in files}
        found = {name: path.read_bytes() for name, path in kept.items() if "quads/" not in name}
        for base in reader.path.rglob(BASE):
            amendments = sorted(base.parent.glob("[0-9]*.nt.gz"))
            name = str(base.relative_to(reader.path))
            found[name] = b"\n".join(sidefiles.read([base, *amendments]))
        return {
            name: gzip.decompress(text) if text.startswith(b"\x1f\x8b") else text
            for name, text in found.items()
        }


def without_runs(text):
    """Text or bytes with the names of runs and decisions left out."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    return NAMED_BY_TIME.sub(r"\1", re.sub(r"(runs|decided)/\w+", r"\1/", text))


def test_a_rebased_graph_is_what_would_have_been_made_there(moved, tmp_path):
    there = made(tmp_path, THERE)
    assert held(moved, *OF_A_MOMENT) == held(there, *OF_A_MOMENT)
    mine, theirs = beside(moved), beside(there)
    assert sorted(map(without_runs, mine)) == sorted(map(without_runs, theirs))
    for name in mine.keys() & theirs.keys() - {"resolved.json"}:  # a digest of IRIs
        assert without_runs(mine[name]) == without_runs(theirs[name]), name


def test_nothing_of_the_old_base_is_left_but_what_people_wrote(moved):
    left = [quad for quad in held(moved) if HERE in quad]
    assert left
    assert all("Engines" in quad or "urn:x" in quad for quad in left), left
    for name, text in beside(moved).items():
        assert HERE.encode() not in SAID.sub(b"", text), name


def test_a_rebased_graph_is_searched_and_resolved_again(moved):
    with Generations(moved).open() as reader, TextIndex.open(reader.path / "text.sqlite") as index:
        (hit, *_) = index.search("ada lovelace", "author")
        found = passages.Passages.open(reader.path / passages.FOLDER).search("lovelace mills")
    assert hit.iri.startswith(THERE)
    (path,) = found.publications
    assert any(quad.startswith(f"<{THERE}id/{path}> ") for quad in held(moved))
    before = held(moved, *OF_A_MOMENT)
    links.resolve(moved)
    assert held(moved, *OF_A_MOMENT) == before


def test_the_base_that_is_held_changes_nothing(moved):
    before = Generations(moved).current()
    assert rebase(moved, THERE, 1, silent).generation == before
    assert Generations(moved).current() == before


def test_a_literal_keeps_what_it_says():
    line = b'<http://a/x> <http://a/p> "<http://a/y> \\" <http://a/z>"@en <http://a/g> .\n'
    moved = b'<http://b/x> <http://b/p> "<http://a/y> \\" <http://a/z>"@en <http://b/g> .\n'
    assert Move("http://a/", "http://b/").lines(line) == moved
