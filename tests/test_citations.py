"""References become citations of what is held, whichever was loaded first."""

import json

import pyoxigraph as ox

from ingest import pipeline
from ontology import terms
from ontology.iris import Iris
from queries.catalogue import Catalogue
from queries.generations import Generations
from queries.store import select

IRIS = Iris("http://localhost:8000/")


def work(doi, *references):
    cited = [{"key": str(n), "DOI": one} for n, one in enumerate(references)]
    return {
        "DOI": doi,
        "type": "journal-article",
        "title": [doi],
        "reference": cited,
        "indexed": {},
    }


def write(path, *works):
    path.write_text("".join(json.dumps(one) + "\n" for one in works))
    return path


def cited(data):
    """Keys of who cites whom, by the graph of citations."""
    with Generations(data).open() as reader:
        graph = ox.NamedNode(IRIS.graph("citations"))
        key = {
            quad.subject.value[-12:]: quad.object.value
            for quad in reader.store.engine.quads_for_pattern(
                None, ox.NamedNode(terms.RECORD_KEY), None, None
            )
        }
        found = list(reader.store.engine.quads_for_pattern(None, None, None, graph))
        assert {quad.predicate.value for quad in found} <= {terms.CITES}
        counted = json.loads((reader.path / "counts.json").read_text())["graphs"]
        assert counted.get("citations", 0) == len(found)
        return sorted(
            tuple(key[term.value[-12:]] for term in (quad.subject, quad.object)) for quad in found
        )


def test_references_become_citations_whichever_is_loaded_first(tmp_path):
    data = tmp_path / "data"
    citing = write(
        tmp_path / "citing.jsonl",
        work("10.5555/a", "10.5555/b", "10.5555/c", "10.5555/a"),
        work("10.5555/b"),
    )
    pipeline.load(data, [citing])
    assert cited(data) == [("10.5555/a", "10.5555/b")]

    other = write(tmp_path / "other.jsonl", work("10.5555/c", "10.5555/a"))
    pipeline.load(data, [other])
    both = [("10.5555/a", "10.5555/b"), ("10.5555/a", "10.5555/c"), ("10.5555/c", "10.5555/a")]
    assert cited(data) == both

    write(citing, work("10.5555/a", "10.5555/c"), work("10.5555/d", "10.5555/c"))
    pipeline.load(data, [citing])
    assert cited(data) == [both[1], both[2], ("10.5555/d", "10.5555/c")]
    with Generations(data).open() as reader:
        rows = list(select(reader.store, Catalogue.bundled().get("most-cited").text))
        assert [(row["title"].value, row["citing"].value) for row in rows] == [
            ("10.5555/c", "2"),
            ("10.5555/a", "1"),
        ]
        references = {
            quad.object.value
            for quad in reader.store.engine.quads_for_pattern(
                None, ox.NamedNode(terms.DC_REFERENCES), None, None
            )
        }
        assert references == {"https://doi.org/10.5555/a", "https://doi.org/10.5555/c"}

    pipeline.unload(data, "other")
    assert cited(data) == []
