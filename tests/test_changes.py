"""What changed is told in order, the same by page, JSON and feed."""

import json
import xml.etree.ElementTree as ElementTree

import pytest

from ingest.pipeline import load, unload
from ingest.resolution import links
from ingest.resolution.curation import deciding
from server import create_app
from server.config import Config
from server.pages import changes
from tests.test_pipeline import paper

ATOM = {"a": changes.ATOM}
RARE = "Ada Quillfeather"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Two sources joined, a pair decided by name, one source taken out again."""
    folder = tmp_path_factory.mktemp("changes")
    papers = [paper(f"k{n}", f"Pine <Needle> Number {n}", RARE, "Bo Zymurgist") for n in "12"]
    for name in ("one", "two"):
        (folder / f"{name}.json").write_text("\n".join(map(json.dumps, papers)))
        load(folder / "data", [folder / f"{name}.json"])
    links.resolve(folder / "data")
    reason = {"by": "Ann <b>", "reason": "two & two"}
    deciding.decide(folder / "data", RARE, "Bo Zymurgist", "different", **reason)
    unload(folder / "data", "two")
    return create_app(Config(data=folder / "data")).test_client()


def test_everything_that_happened_is_told_newest_first(client):
    told = client.get("/changes.json").json
    events = told["events"]
    times = [one["time"][:19] for one in events]  # decisions have parts of seconds
    assert times == sorted(times, reverse=True)
    kinds = [one["kind"] for one in events]
    assert {"load", "run", "decision", "withdrawn"} == set(kinds)
    assert kinds.count("decision") == 4  # a name stands for both rows that have it
    titles = {one["title"] for one in events if one["kind"] == "decision"}
    assert f"Ann <b> decided: different, {RARE} and Bo Zymurgist" in titles
    (run,) = (one for one in events if one["kind"] == "run" and one.get("joined"))
    assert run["joined"] == 4
    joined = {(one["name"], one["kind"], one["members"], one["parts"]) for one in run["clusters"]}
    assert (RARE, "joined", 2, 2) in joined
    (gone,) = (one for one in events if one["kind"] == "withdrawn")
    assert gone["entities"] > 0


def test_the_page_says_each_decision_once_and_escapes_what_people_wrote(client):
    page = client.get("/changes", headers={"Accept": "text/html"}).text
    assert page.count("Ann &lt;b&gt; decided: different") == 1
    assert "two &amp; two" in page
    assert "Ann <b>" not in page


def test_the_feed_is_well_formed_and_leads_to_what_it_tells(client):
    reply = client.get("/changes.atom")
    assert reply.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(reply.text)
    entries = feed.findall("a:entry", ATOM)
    assert feed.findtext("a:updated", None, ATOM) == entries[0].findtext("a:updated", None, ATOM)
    assert len({entry.findtext("a:id", None, ATOM) for entry in entries}) == len(entries)
    for entry in entries:
        link = entry.find("a:link", ATOM).get("href").removeprefix("http://localhost:8000")
        assert client.get(link, headers={"Accept": "text/html"}).status_code == 200, link


def test_older_changes_are_on_further_pages(client, monkeypatch):
    whole = client.get("/changes.json").json["events"]
    monkeypatch.setattr(changes, "EVENTS", 3)
    found, place = [], "/changes.json"
    while place:
        told = client.get(place).json
        assert len(told["events"]) <= 3
        found += told["events"]
        place = told.get("next", "").removeprefix("http://localhost:8000")
    assert found == whole
    assert "?page=2" in client.get("/changes", headers={"Accept": "text/html"}).text
