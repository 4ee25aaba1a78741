"""People's decisions about links to other graphs: they win, are data, and can be taken back."""

import csv
import re
from collections import Counter
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from ingest.linking.against import link
from ingest.linking.decided import Member, weigh
from ingest.linking.others import Source
from ingest.linking.outside import Outside
from ingest.resolution.grouping.docket import State
from ingest.resolution.weighing.evidence import Decision
from ontology.iris import Iris
from queries.generations import Generations
from server import create_app
from server.cli import main
from server.config import Config
from server.tokens import Tokens
from tests.test_linking import copied, files, linked, ours, select, standing  # noqa: F401

PAIR = re.compile(r'data-a="([^"]+)" data-b="([^"]+)"')
HTML = {"Accept": "text/html"}
HERE = {"author/a": Member("author/a", "Ada"), "author/b": Member("author/b", "Bo")}


class Desk:
    """A served copy of the linked graph, and a token to decide with."""

    def __init__(self, data):
        self.data = data
        self.app = create_app(Config(data=data, workers=1, memory=512 << 20))
        self.client = self.app.test_client()
        self.token = Tokens(data).new("ann", ["curate"])

    def queue(self, **parameters):
        told = urlencode({"show": "links"} | parameters)
        return PAIR.findall(self.client.get(f"/review?{told}", headers=HTML).text)

    def compared(self, pair):
        told = urlencode({"a": pair[0], "b": pair[1]})
        return self.client.get(f"/review/link?{told}", headers=HTML).text

    def send(self, told):
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.client.post("/decisions", json={"reason": "read"} | told, headers=headers)

    def decide(self, pair, verdict):
        answer = self.send({"a": pair[0], "b": pair[1], "verdict": verdict})
        assert answer.status_code == 201, answer.text
        return answer.json["decisions"][0]

    def graph(self):
        """All that `graph/outside` says, and the links."""
        with Generations(self.data).open() as reader:
            held = Outside(reader.store.engine, Iris(reader.meta["base"]))
            return {str(quad) for quad in held._quads()}

    def rows(self, path):
        lines = self.client.get(path).text.splitlines()
        return list(csv.DictReader([s for s in lines if not s.startswith("#")], delimiter="\t"))


@pytest.fixture(scope="module")
def desk(linked, tmp_path_factory):  # noqa: F811
    found = Desk(copied(linked[0], tmp_path_factory.mktemp("desk") / "data"))
    yield found
    found.app.extensions["quiver"].close()


def test_a_maybe_becomes_a_link_that_outlives_later_runs_and_goes_without_a_trace(desk, files):  # noqa: F811
    before, queue = desk.graph(), desk.queue()
    times = Counter(outside for _, outside in [*queue, *standing(desk.data)])
    pair = next(one for one in queue if times[one[1]] == 1)
    decision = desk.decide(pair, "same")
    assert pair in standing(desk.data) and pair not in desk.queue()
    told = next(one for one in desk.rows("/links.sssom.tsv") if one["object_id"] == pair[1])
    assert (told["author_id"], told["mapping_justification"][-21:]) == (
        "ann",
        "ManualMappingCuration",
    )
    assert pair[1] not in {row["object_id"] for row in desk.rows("/links.sssom.tsv?review")}
    for name in ("people.csv", "openalex.jsonl"):
        assert pair in standing(desk.data) or not link(desk.data, Source(files / name))
    assert pair in standing(desk.data)
    assert desk.send({"undo": decision}).status_code == 201
    assert pair not in standing(desk.data) and desk.graph() == before and desk.queue() == queue


def test_a_link_that_somebody_denies_goes_and_no_run_brings_it_back(desk, files):  # noqa: F811
    (entity, outside) = next(p for p in sorted(standing(desk.data)) if "people.example" in p[1])
    decision = desk.decide((outside, entity), "different")  # in any order
    assert (entity, outside) not in standing(desk.data)
    link(desk.data, Source(files / "people.csv"))
    assert (entity, outside) not in standing(desk.data)
    assert (entity, outside) not in desk.queue()
    desk.send({"undo": decision})
    assert (entity, outside) in standing(desk.data)


def test_two_say_that_one_thing_is_theirs_and_the_later_holds(desk):
    one, other = sorted({e for e, o in standing(desk.data) if "people.example" in o})[:2]
    thing = "https://elsewhere.example/someone"
    first, second = (desk.decide((entity, thing), "same") for entity in (one, other))
    found = {pair for pair in standing(desk.data) if pair[1] == thing}
    assert found == {(other, thing)}
    page = desk.client.get("/review?show=conflicts", headers=HTML).text
    assert first in page and "was decided to be" in page and f'data-undo="{second}"' in page
    desk.send({"undo": second})
    assert {pair for pair in standing(desk.data) if pair[1] == thing} == {(one, thing)}
    desk.send({"undo": first})
    assert not any("elsewhere.example" in line for line in desk.graph())


def test_the_desk_shows_both_sides_and_every_term(desk):
    pair = next(one for one in desk.queue() if "/author/" in one[0] and "dblp.org" in one[1])
    page = desk.client.get(
        f"/review/link?{urlencode({'a': pair[0], 'b': pair[1]})}", headers=HTML
    ).text
    assert "Side by side" in page and "dblp.xml" in page and "not linked" in page
    assert "<mark>" in page and "Terms of the score" in page and "Why people are asked" in page
    papers = next(one for one in desk.queue() if "/publication/" in one[0])
    page = desk.client.get(
        f"/review/link?{urlencode({'a': papers[0], 'b': papers[1]})}", headers=HTML
    ).text
    assert "<mark>" in page and 'scope="row">Venue' in page
    (host,) = {one[1].split("/")[2] for one in desk.queue(graph="dblp.org")}
    assert host == "dblp.org" and desk.queue(about="nobody at all") == []


@pytest.mark.parametrize(
    ("told", "status", "why"),
    [
        ({"b": "https://x.example/<1>"}, 400, "no IRI"),
        ({"a": "https://y.example/1", "b": "https://x.example/1"}, 400, "anything here"),
        ({"a": "author/nobody-aaaaaaaaaaaa", "b": "https://x.example/1"}, 404, "nobody"),
    ],
)
def test_what_cannot_be_linked_is_said(desk, told, status, why):
    entity = next(e for e, _ in standing(desk.data))
    answer = desk.send({"a": entity, "verdict": "same"} | told)
    assert answer.status_code == status and why in answer.text


def test_the_command_decides_exports_and_takes_in(desk, linked, tmp_path):  # noqa: F811
    data = copied(linked[0], tmp_path / "data")
    entity = next(e for e, o in sorted(standing(data)) if "people.example" in o)
    thing, told = "https://elsewhere.example/7", ["--by", "Ann", "--reason", "her page"]
    run = CliRunner().invoke
    done = run(main, ["decide", entity, "same", thing, *told, "--data", str(data), "--quiet"])
    assert done.exit_code == 0 and thing in done.output and "published" in done.output
    matches = select(data, f"SELECT ?r ?run {{ ?m q:compares <{thing}> ; q:rule ?r ; q:run ?run }}")
    assert [rule for rule, _ in matches] == ["decided"] and (entity, thing) in standing(data)
    listed = run(main, ["decide", "--list", "--data", str(data)]).output
    assert f"same {thing}" in listed and "(stands)" in listed
    file = tmp_path / "decided.tsv"
    file.write_text(run(main, ["decide", "--export", "--data", str(data)]).output)
    fresh = copied(linked[0], tmp_path / "fresh")
    done = run(main, ["decide", "--file", str(file), "--data", str(fresh), "--quiet"])
    assert done.exit_code == 0 and (entity, thing) in standing(fresh)
    done = run(main, ["decide", "--file", str(file), "--data", str(fresh), "--quiet"])
    assert "nothing new" in done.output
    name = listed.split()[0]
    done = run(main, ["decide", "--undo", name, *told, "--data", str(data), "--quiet"])
    assert done.exit_code == 0 and (entity, thing) not in standing(data)


def said(iri, one, other, verdict, on=1, **more):
    return Decision(iri, one, other, verdict, on=f"2026-01-01T00:00:0{on}Z", **more)


def states(*decisions, known=HERE):
    return {iri: fate.state for iri, fate in weigh(decisions, known).fates.items()}


def test_no_entity_gets_two_iris_of_a_graph_by_decisions_either():
    found = weigh(
        [
            said("d/1", "author/a", "https://x/1", "same", 1),
            said("d/2", "author/a", "https://x/2", "same", 2),
            said("d/3", "author/a", "https://y/1", "same", 1),
        ],
        HERE,
    )
    assert set(found.same) == {("author/a", "https://x/2"), ("author/a", "https://y/1")}
    assert found.fates["d/1"].state == State.ASIDE and found.fates["d/1"].against == ("d/2",)


def test_different_holds_against_same_of_another_member():
    known = HERE | {"author/c": Member("author/a", "A.")}
    denied = said("d/1", "author/c", "https://x/1", "different", 1)
    assert states(denied, said("d/2", "author/a", "https://x/1", "same", 2), known=known) == {
        "d/1": State.STANDS,
        "d/2": State.ASIDE,
    }


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({}, "not there any more"),
        ({"author/a": Member("author/a", "Eve")}, "who is Eve now"),
        ({"author/a": Member("author/a", "Ada", is_several=True)}, "say it of a part"),
    ],
)
def test_what_a_link_is_about_may_go_be_renamed_or_be_several(known, why):
    decision = said("d/1", "author/a", "https://x/1", "same", printed=("Ada",))
    fate = weigh([decision], known).fates["d/1"]
    assert fate.state == State.SUSPENDED and why in fate.why


def test_the_last_word_on_a_pair_holds_and_an_undo_gives_way_to_the_one_before():
    first = said("d/1", "author/a", "https://x/1", "different", 1)
    second = said("d/2", "author/a", "https://x/1", "same", 2)
    undo = said("d/3", "author/a", "https://x/1", "undo", 3, undoes="d/2")
    assert states(first, second)["d/1"] == State.OVERRULED
    assert states(first, second, undo) == {
        "d/1": State.STANDS,
        "d/2": State.TAKEN_BACK,
        "d/3": State.UNDO,
    }
