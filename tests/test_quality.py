"""The data-quality report: each query finds what was put there, as JSON and as a page."""

import json

import pytest
from click.testing import CliRunner

from ingest import pipeline
from queries import quality
from queries.catalogue import Catalogue
from queries.generations import Generations
from server import create_app
from server.cli import main
from server.config import Config

WORKS = [
    {"DOI": "10.5555/a", "type": "journal-article", "title": None},
    {"DOI": "10.5555/b", "type": "journal-article", "title": ["Ink"], "author": [{"family": "Q"}]},
    {"DOI": "not a doi", "type": "book", "title": ["Nibs"], "issued": {"date-parts": [[1460]]}},
    {"DOI": "10.5555/c", "type": "book", "title": ["Twice"], "issued": {"date-parts": [[2001]]}},
    {"DOI": "10.5555/d", "type": "book", "title": ["Twice"], "issued": {"date-parts": [[2001]]}},
    {
        "DOI": "10.5555/e",
        "type": "dataset",
        "title": ["Many"],
        "author": [{"family": f"Name{n}", "given": "A"} for n in range(101)],
    },
]
FOUND = {
    "without-title": 1,
    "without-year": 3,
    "without-authors": 4,
    "without-venue": 2,
    "invalid-identifiers": 1,
    "unknown-venues": 1,
    "unlikely-years": 1,
    "many-authors": 1,
    "homonyms": 0,
    "shared-dois": 1,
    "look-alike-titles": 1,
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quality")
    file, other = folder / "works.jsonl", folder / "other.jsonl"
    file.write_text("".join(json.dumps({**one, "indexed": {}}) + "\n" for one in WORKS))
    again = {**WORKS[1], "title": ["Other"], "issued": {"date-parts": [[2001]]}, "indexed": {}}
    other.write_text(json.dumps({**again, "container-title": ["J"]}) + "\n")
    pipeline.load(folder / "data", [file])
    pipeline.load(folder / "data", [other])
    return folder / "data"


def test_every_query_finds_what_was_put_there(data):
    with Generations(data).open() as reader:
        found = {one.name: one for one in quality.report(reader.store)}
    assert set(found) == {query.name for query in Catalogue.bundled("quality")}
    assert {name: one.count for name, one in found.items()} == FOUND
    (shared,) = found["shared-dois"].examples
    assert shared[1:] == ("Ink", "10.5555/b", "2") and "/id/publication/" in shared[0]
    ((_, *told),) = found["unknown-venues"].examples
    assert told == ["J", "1"]


def test_a_report_counts_so_many_and_says_that_there_are_more(data, monkeypatch):
    monkeypatch.setattr(quality, "MOST", 1)
    with Generations(data).open() as reader:
        found = {one.name: (one.count, one.more) for one in quality.report(reader.store)}
    assert found == {name: (min(count, 1), count > 1) for name, count in FOUND.items()}


def test_a_report_ends_in_time_and_says_what_it_did_not_ask(data):
    with Generations(data).open() as reader:
        assert {one.count for one in quality.report(reader.store, seconds=0)} == {None}


def test_the_command_writes_the_report(data, tmp_path):
    target = tmp_path / "report.json"
    words = ["check", "--data", str(data), "--report", str(target), "--quiet"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    report = {one["name"]: one for one in json.loads(target.read_text())}
    assert {name: one["count"] for name, one in report.items()} == FOUND
    assert report["unlikely-years"]["examples"][0]["label"] == "Nibs"
    assert report["unlikely-years"]["query"].startswith("PREFIX")


def test_the_report_is_a_page_and_json_with_each_query_one_click_away(data):
    app = create_app(Config(data=data, workers=1))
    try:
        client = app.test_client()
        told = {one["name"]: one for one in client.get("/quality.json").json}
        assert {name: one["count"] for name, one in told.items()} == FOUND
        shown = client.get("/quality").get_data(as_text=True)
        for name in FOUND:
            assert f"queries/quality/{name}" in shown
        assert client.get("/queries/quality/shared-dois").status_code == 200
        assert "Twice" in shown
    finally:
        app.extensions["quiver"].close()
