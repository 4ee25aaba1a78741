"""Review over a real server: deciding with a token, undo, what readers suggest."""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from time import monotonic
from urllib.parse import urlencode

import pytest

from queries.generations import Generations
from server import create_app, curating, letterbox
from server.config import Config
from server.curating import Curator
from server.letterbox import Meter, Suggestions
from server.problems import Problem
from server.tokens import Tokens
from tests.conftest import QUIVER, SMALL
from tests.servers import HANGS

Q = (
    "PREFIX q: <https://w3id.org/quiver/ontology#> "
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
)
PAIR = re.compile(r'data-a="([^"]+)" data-b="([^"]+)"')
SIGNED = re.compile(r'type="checkbox"[^>]* value="([^"]+)"')
SCORE = re.compile(r"<small>score ([0-9.]+)</small>")


class Curated:
    """A served copy of the demo with a token to decide with."""

    def __init__(self, served):
        self.served = served
        self.token = Tokens(served.data).new("ada", ["curate"])

    def send(self, path, told, token=None):
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {token or self.token}"}
        body = told if isinstance(told, str) else json.dumps(told)
        return self.served.request("POST", path, headers, body)

    def decide(self, a, b, verdict, reason="read side by side"):
        return self.send("/decisions", {"a": a, "b": b, "verdict": verdict, "reason": reason})

    def queue(self, parameters=""):
        return PAIR.findall(self.served.get(f"/review{parameters}", "text/html").text)

    def canonical(self, iri):
        found = self.served.query(Q + f"SELECT ?c {{ <{iri}> q:canonical ?c }}").json()
        return found["results"]["bindings"][0]["c"]["value"]

    def levines(self):
        found = self.served.query(
            Q + 'SELECT ?row { ?row a q:Person ; rdfs:label "Sergey Levine" }'
        )
        return [told["row"]["value"] for told in found.json()["results"]["bindings"]]

    def signatures(self, row):
        found = self.served.query(Q + f"SELECT (COUNT(*) AS ?n) {{ ?s q:byAuthor <{row}> }}")
        return int(found.json()["results"]["bindings"][0]["n"]["value"])

    def parts(self, row):
        found = self.served.query(Q + f"SELECT ?part {{ ?part q:partOf <{row}> }}").json()
        return [told["part"]["value"] for told in found["results"]["bindings"]]

    def suggestions(self):
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.served.request("GET", "/suggestions", headers).json()["suggestions"]


@pytest.fixture(scope="module")
def curated(demo, serving, tmp_path_factory):
    data = tmp_path_factory.mktemp("review") / "data"
    shutil.copytree(demo.data, data, symlinks=True)
    with serving(data) as served:
        yield Curated(served)


def children(parent, word):
    """The processes below this one with the word on their command line."""
    found = []
    for task in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            after = task.read_text().rpartition(")")[2].split()
            if word in (task.parent / "cmdline").read_bytes():
                found.append((int(task.parent.name), int(after[1])))
    parents = dict(found)
    return [pid for pid in parents if parent in (parents[pid], _above(parents[pid]))]


def _above(pid):
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def test_the_queue_has_the_likeliest_first_and_only_those_apart(curated):
    page = curated.served.get("/review", "text/html").text
    scores = [float(score) for score in SCORE.findall(page)]
    pairs = PAIR.findall(page)
    assert len(pairs) == len(scores) > 3
    assert scores == sorted(scores, reverse=True)
    assert all(curated.canonical(a) != curated.canonical(b) for a, b in pairs)


def test_the_queue_can_be_narrowed_to_a_name(curated):
    a, b = curated.queue()[0]
    name = curated.served.query(
        f"SELECT ?n {{ <{a}> <http://www.w3.org/2000/01/rdf-schema#label> ?n }}"
    ).json()["results"]["bindings"][0]["n"]["value"]
    assert (a, b) in curated.queue("?" + urlencode({"about": name.lower()}))
    assert curated.queue("?about=nobodyhasthisname") == []
    assert curated.served.get("/review?rule=horses").status == 400


def test_a_decision_is_seen_in_pages_and_sparql_and_can_be_taken_back(curated):
    a, b = curated.queue()[0]
    assert curated.canonical(a) != curated.canonical(b)
    reply = curated.decide(a, b, "same", "one home page <b>lists</b> both")
    assert reply.status == 201
    told = reply.json()
    assert reply.headers["Location"] == told["decisions"][0]
    assert curated.canonical(a) == curated.canonical(b)
    assert (a, b) not in curated.queue()
    page = curated.served.get(f"/explain?{urlencode({'a': a, 'b': b})}", "text/html").text
    assert "Decided: same" in page
    assert "one home page &lt;b&gt;lists&lt;/b&gt; both" in page
    assert "ada" in curated.served.get("/review", "text/html").text
    undone = curated.send("/decisions", {"undo": told["decisions"][0], "reason": "it was another"})
    assert undone.status == 201
    assert undone.json()["generation"] > told["generation"]
    assert curated.canonical(a) != curated.canonical(b)
    assert (a, b) in curated.queue()


def test_different_holds_and_leaves_the_queue(curated):
    a, b = curated.queue()[1]
    told = curated.decide(a, b, "different").json()
    apart = f"{{ <{a}> owl:differentFrom <{b}> }} UNION {{ <{b}> owl:differentFrom <{a}> }}"
    asked = f"PREFIX owl: <http://www.w3.org/2002/07/owl#> ASK {{ {apart} }}"
    assert curated.served.query(asked).json()["boolean"] is True
    assert (a, b) not in curated.queue()
    curated.send("/decisions", {"undo": told["decisions"][0], "reason": "undone"})
    assert curated.served.query(asked).json()["boolean"] is False


@pytest.mark.thorough
def test_a_split_over_http_is_seen_and_can_be_taken_back(curated):
    found = curated.served.query(
        Q + "SELECT ?row ?s ?p { ?s q:byAuthor ?row ; q:person ?row ; q:ofPublication ?p . "
        "?row q:canonical ?row } ORDER BY ?row ?s LIMIT 2000"
    ).json()
    signed = {}
    for told in found["results"]["bindings"]:
        signed.setdefault(told["row"]["value"], []).append(told["s"]["value"])
    row, signatures = next((row, held) for row, held in signed.items() if len(held) > 3)
    asked = {"row": row, "signatures": signatures[:2], "verdict": "split", "reason": "two CVs"}
    answer = curated.send("/decisions", asked)
    assert answer.status == 201, answer.text
    parts = Q + f"SELECT ?part {{ ?part q:partOf <{row}> . ?s q:person ?part }}"
    assert len(curated.served.query(parts).json()["results"]["bindings"]) == 2
    undo = {"undo": answer.json()["decisions"][0], "reason": "one after all"}
    assert curated.send("/decisions", undo).status == 201
    assert curated.served.query(parts).json()["results"]["bindings"] == []
    for wrong in ({"signatures": []}, {"signatures": [row]}, {"row": "nothing"}):
        assert curated.send("/decisions", {**asked, **wrong}).status in (400, 409)


def test_deciding_takes_a_token_that_may(curated):
    a, b = curated.queue()[0]
    told = {"a": a, "b": b, "verdict": "same", "reason": "r"}
    reader = Tokens(curated.served.data).new("reader", ["read"])
    assert curated.send("/decisions", told, token="none").status == 401
    assert curated.send("/decisions", told, token=reader).status == 403
    assert curated.served.get("/decisions").status == 405
    assert (a, b) in curated.queue()


def test_what_cannot_be_decided_is_said(curated):
    a, b = curated.queue()[0]
    found = curated.served.query(Q + "SELECT ?p { ?p a q:Publication } LIMIT 1").json()
    publication = found["results"]["bindings"][0]["p"]["value"]
    cases = [
        (400, {"a": a, "b": b, "verdict": "maybe", "reason": "r"}),
        (400, {"a": a, "b": b, "verdict": "same"}),
        (400, {"a": a, "b": b, "verdict": "same", "reason": "x" * 2001}),
        (400, {"a": a, "b": "http://elsewhere.example/<x>", "verdict": "same", "reason": "r"}),
        (400, {"a": a, "b": a, "verdict": "same", "reason": "r"}),
        (404, {"a": a, "b": "author/nobody-aaaaaaaaaaaa", "verdict": "same", "reason": "r"}),
        (409, {"a": a, "b": publication, "verdict": "same", "reason": "r"}),
        (404, {"undo": "decision/aaaaaaaaaaaa", "reason": "r"}),
        (400, "[1]"),
        (400, "{"),
        (413, json.dumps({"a": "x" * 100_000})),
    ]
    for status, told in cases:
        reply = curated.send("/decisions", told)
        assert (reply.status, told) == (status, told)
        assert reply.json()["detail"]


@pytest.mark.thorough
def test_while_another_writes_a_decision_waits_a_little_and_says_who(curated):
    a, b = curated.queue()[0]
    with Generations(curated.served.data, "a long load").write():
        reply = curated.decide(a, b, "same")
    assert reply.status == 503
    assert "a long load" in reply.json()["detail"]
    assert int(reply.headers["Retry-After"]) > 0


@pytest.mark.thorough
def test_a_killed_process_costs_nothing_that_was_published(curated):
    a, b = curated.queue()[0]
    made = curated.decide(a, b, "same").json()["decisions"][0]
    for pid in children(curated.served.process.pid, b"ingest.resolution.curation.curator"):
        os.kill(pid, signal.SIGKILL)
    assert curated.canonical(a) == curated.canonical(b)
    assert curated.send("/decisions", {"undo": made, "reason": "again"}).status == 201


@pytest.mark.thorough
def test_a_decision_that_takes_too_long_is_dropped_whole(demo, tmp_path, monkeypatch):
    data = tmp_path / "data"
    shutil.copytree(demo.data, data, symlinks=True)
    before = Generations(data).current()
    curator = Curator(data)
    monkeypatch.setattr(curating, "DEADLINE", 0.01)
    with pytest.raises(Problem) as caught:
        curator.run({"task": "undo", "undo": "x", "by": "ada", "reason": "r"})
    assert caught.value.status == 503
    assert children(os.getpid(), b"ingest.resolution.curation.curator") == []
    monkeypatch.undo()
    with pytest.raises(Problem) as caught:  # a fresh process answers
        curator.run({"task": "undo", "undo": "x", "by": "ada", "reason": "r"})
    assert caught.value.status == 404
    curator.close()
    assert Generations(data).current() == before


# ---- what readers suggest


def test_a_form_leaves_a_suggestion_that_only_curators_see(curated):
    a, _ = curated.queue()[0]
    assert "Something wrong?" in curated.served.get(f"/doc/{a.partition('/id/')[2]}.html").text
    form = urlencode(
        {"about": a, "text": "The two of 2019 are <i>another</i> one; ask me@home.org"}
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = curated.served.request("POST", "/suggestions", headers, form)
    assert reply.status == 303
    assert "Thank you" in curated.served.get("/" + reply.headers["Location"].lstrip("./")).text
    assert curated.served.get("/suggestions").status == 401
    (kept,) = curated.suggestions()
    assert kept["text"] == "The two of 2019 are <i>another</i> one; ask [address not kept]"
    assert kept["label"]
    assert "127.0.0.1" not in (curated.served.data / letterbox.FILE).read_text()
    done = curated.send(f"/suggestions/{kept['id']}", {"state": "dismissed"})
    assert done.json()["by"] == "ada"
    assert curated.suggestions() == []
    again = curated.send(f"/suggestions/{kept['id']}", {"state": "accepted"})
    assert (again.status, again.json()["cause"]) == (409, "meanwhile")


def test_whoever_opens_the_desk_finds_the_process_that_decides(curated):
    server, word = curated.served.process.pid, b"ingest.resolution.curation.curator"
    before = children(server, word)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until = monotonic() + HANGS
    while not {*children(server, word)} - {*before}:
        assert monotonic() < until
        curated.suggestions()  # as the desk asks for them; again where the last is not dead yet


def test_suggestions_are_about_what_is_there_and_short(curated):
    a, _ = curated.queue()[0]
    for status, told in [
        (400, {"about": a, "text": ""}),
        (400, {"about": a, "text": "x" * 1001}),
        (400, {"about": "http://elsewhere.example/", "text": "x"}),
        (404, {"about": "author/nobody-aaaaaaaaaaaa", "text": "x"}),
    ]:
        assert curated.send("/suggestions", told).status == status
    assert curated.suggestions() == []


def test_one_client_is_heard_some_times_an_hour():
    meter = Meter()
    for _ in range(letterbox.FROM_ONE):
        meter.take("one")
    with pytest.raises(Problem) as caught:
        meter.take("one")
    assert caught.value.status == 429
    assert int(caught.value.headers["Retry-After"]) > 3000
    meter.take("other")


def test_all_clients_together_are_heard_some_times_an_hour():
    meter = Meter()
    for place in range(letterbox.FROM_ALL):
        meter.take(f"client {place}")
    with pytest.raises(Problem) as caught:
        meter.take("one more")
    assert (caught.value.status, caught.value.cause) == (429, "rate")


def test_one_at_a_time_counts_and_writes_into_the_letterbox(tmp_path):
    held = []

    class Watched(Suggestions):
        def _write(self, one):
            with self.file.with_suffix(".lock").open() as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    held.append(one.state)
            return super()._write(one)

    box = Watched(tmp_path)
    box.settle(box.add("author/a", "one").id, "dismissed", "ada")
    assert held == ["open", "dismissed"]


def test_the_letterbox_is_bounded_and_survives_a_torn_line(tmp_path, monkeypatch):
    box = Suggestions(tmp_path)
    first = box.add("author/a", "one")
    with box.file.open("a") as file:
        file.write('{"id": "torn", "about"')
    second = box.add("author/b", "two")
    assert [one.id for one in box.open()] == [first.id, second.id]
    monkeypatch.setattr(letterbox, "OPEN_AT_MOST", 2)
    with pytest.raises(Problem) as caught:
        box.add("author/c", "three")
    assert caught.value.status == 503
    box.settle(first.id, "accepted", "ada")
    assert box.add("author/c", "three")


def test_why_says_what_the_score_was_worth_and_what_would_change_it(curated):
    a, b = curated.queue()[0]
    page = curated.served.get(f"/explain?{urlencode({'a': a, 'b': b})}", "text/html").text
    worth = re.search(r"of ([\d,]+) development pairs scored ([\d.]+) to ([\d.]+)", page)
    score = float(re.search(r"unsure, score ([\d.]+)", page)[1])
    assert float(worth[2]) <= score <= float(worth[3])
    told = re.search(r"What would change it: (.*?)</p>", page)[1]
    done = subprocess.run(
        [QUIVER, "explain", a, b, "--data", curated.served.data],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.removesuffix(".") in done.stdout  # the command says the same


# ---- decisions that do not stand, and who decides at the same time


def three_of_the_queue(curated):
    """Three people apart, two pairs of whom wait, or any other two people."""
    found = curated.served.query(
        Q + "SELECT ?row { ?row a q:Person ; q:canonical ?row ; q:inCluster ?c . "
        "?s q:person ?row } GROUP BY ?row HAVING (COUNT(?s) = 1) ORDER BY ?row LIMIT 3"
    ).json()
    return [told["row"]["value"] for told in found["results"]["bindings"]]


@pytest.mark.thorough
def test_a_contradiction_is_listed_with_what_stands_against_it_and_goes_with_it(curated):
    a, b, c = three_of_the_queue(curated)
    first = curated.decide(a, b, "same", "one thesis").json()["decisions"][0]
    second = curated.decide(b, c, "same").json()["decisions"][0]
    against = curated.decide(a, c, "different", "two theses").json()["decisions"][0]
    page = curated.served.get("/review?show=conflicts", "text/html").text
    assert "one thesis" in page
    assert f'data-undo="{first}"' in page
    assert f'data-undo="{against}"' in page  # the other side can be taken back there
    assert second not in page
    listed = subprocess.run(
        [QUIVER, "decide", "--list", "--data", curated.served.data],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "(set aside: " in listed
    curated.send("/decisions", {"undo": against, "reason": "they are one"})
    assert curated.canonical(a) == curated.canonical(c)
    assert first not in curated.served.get("/review?show=conflicts", "text/html").text
    for made in (first, second):
        curated.send("/decisions", {"undo": made, "reason": "undone"})


def test_a_pair_that_another_decided_meanwhile_is_not_decided_over(curated):
    a, b = curated.queue()[0]
    told = {"a": a, "b": b, "verdict": "same", "reason": "r", "knew": []}
    theirs = curated.decide(a, b, "different", "two home pages").json()["decisions"][0]
    mine = curated.send("/decisions", told)
    assert (mine.status, mine.json()["cause"]) == (409, "meanwhile")
    assert "two home pages" in mine.json()["detail"]
    assert curated.canonical(a) != curated.canonical(b)
    seen = curated.send("/decisions", {**told, "knew": [theirs]})
    assert seen.status == 201
    assert curated.canonical(a) == curated.canonical(b)
    for made in (seen.json()["decisions"][0], theirs):
        curated.send("/decisions", {"undo": made, "reason": "undone"})
    for wrong in ("x", [1], [theirs] * 51):
        assert curated.send("/decisions", {**told, "knew": wrong}).status == 400


@pytest.mark.thorough
def test_who_signed_what_is_shown_and_narrowed_and_knows_earlier_splits(curated):
    row = next(iri for iri in curated.levines() if curated.signatures(iri) > 300)
    path = "/review/split?" + urlencode({"row": row})
    page = curated.served.get(path, "text/html").text
    boxes = SIGNED.findall(page)
    assert len(boxes) == 80
    assert int(re.search(r'data-pages="(\d+)"', page)[1]) > 3  # whose signatures can be marked too
    assert len(page) < 100_000
    for key in ("j", "k", "x", "c", "a", "p", "m", "u"):
        assert f"<kbd>{key}</kbd>" in page
    narrow = curated.served.get(f"{path}&about=finn+2017", "text/html").text
    few = SIGNED.findall(narrow)
    assert 0 < len(few) < 80
    told = {"row": row, "signatures": few[:2], "verdict": "split", "reason": "a namesake"}
    made = curated.send("/decisions", {**told, "knew": []}).json()["decisions"][0]
    (part,) = curated.parts(row)
    assert (
        curated.served.get(f"/review/split?row={part}")
        .headers["Location"]
        .endswith(urlencode({"row": row}))
    )
    after = curated.served.get(path, "text/html").text
    assert f'data-knew="{made}"' in after
    assert "part of this row, 2" in after
    again = curated.send("/decisions", {**told, "signatures": few[2:3], "knew": []})
    assert again.json()["cause"] == "meanwhile"
    why = curated.served.get(f"/explain?{urlencode({'a': row, 'b': part})}", "text/html").text
    assert "Decided: split" in why
    assert "a namesake" in why
    several = curated.served.get("/review?show=several", "text/html").text
    assert urlencode({"row": row}) in several
    other = three_of_the_queue(curated)[0]
    same = curated.decide(row, other, "same", "one home page").json()["decisions"][0]
    suspended = curated.served.get("/review?show=suspended", "text/html").text
    assert "one home page" in suspended
    assert "was split among several people: say it of a part" in suspended
    for one in (same, made):
        curated.send("/decisions", {"undo": one, "reason": "undone"})
    assert same not in curated.served.get("/review?show=suspended", "text/html").text


GONE = """
PREFIX q: <https://w3id.org/quiver/ontology#>
PREFIX who: <http://localhost:8000/id/author/>
PREFIX decision: <http://localhost:8000/id/decision/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
GRAPH <http://localhost:8000/graph/decisions> {
  decision:gone a q:Decision ; q:verdict "same" ; q:decidedBy "Ann" ; q:reason "lost <b>row</b>" ;
    q:decidedOn "2026-02-01T00:00:00Z"^^xsd:dateTime ; q:printedName "Bo Fletch", "Vanished" ;
    q:compares who:bo-fletch-bbbbbbbbbb33, who:vanished-vvvvvvvvvv22 .
  decision:renamed a q:Decision ; q:verdict "same" ; q:decidedBy "Ann" ; q:reason "an old name" ;
    q:decidedOn "2026-02-02T00:00:00Z"^^xsd:dateTime ; q:printedName "Bo Fletcher", "Cy Nock" ;
    q:compares who:bo-fletch-bbbbbbbbbb33, who:cy-nock-cccccccccc33 .
}
"""


def test_what_vanished_or_was_renamed_is_listed_as_suspended_with_what_to_do(serving, tmp_path):
    data = tmp_path / "data"
    serving.publish(data, SMALL.read_text() + GONE)
    app = create_app(Config(data=data, workers=1, read_only=True))
    client = app.test_client()
    page = client.get("/review?show=suspended").text
    assert "vanished-vvvvvvvvvv22 is not there any more" in page
    assert "load the source that has it again" in page
    assert "it was about Bo Fletcher and Cy Nock, who are Bo Fletch and Cy Nock now" in page
    assert "the two as they are now" in page
    assert "&lt;b&gt;row&lt;/b&gt;" in page
    assert "read-only: nothing can be decided here" in page
    assert 'id="sign-form"' not in page
    pair = client.get("/review?a=author/bo-fletch-bbbbbbbbbb33&b=author/cy-nock-cccccccccc33").text
    assert 'data-knew="http://localhost:8000/id/decision/renamed"' in pair
    assert client.get("/review?a=author/x-aaaaaaaaaaaa&b=author/y-aaaaaaaaaaaa").status_code == 404
    assert client.get("/review?a=author/x-aaaaaaaaaaaa&b=venue/y-aaaaaaaaaaaa").status_code == 400
    assert client.get("/review?show=horses").status_code == 400
    assert client.get("/review?least=much").status_code == 400
    assert client.get("/review/split?row=venue/fletchers-vvvvvvvvva22").status_code == 400
    app.extensions["quiver"].close()


def test_a_suggestion_that_two_are_one_makes_no_link_until_it_is_accepted(curated):
    a, b = curated.queue()[0]
    address = f"http://copy.example/doc/{b.partition('/id/')[2]}.html?year=2020"
    told = {"about": a, "text": "same home page", "verdict": "same", "other": address}
    name = curated.send("/suggestions", told).json()["id"]
    (kept,) = curated.suggestions()
    assert (kept["verdict"], kept["otherLabel"] != "") == ("same", True)
    assert curated.canonical(a) != curated.canonical(b)
    done = curated.send(f"/suggestions/{name}", {"state": "accepted"}).json()
    assert curated.canonical(a) == curated.canonical(b)
    assert curated.send(f"/suggestions/{name}", {"state": "accepted"}).status == 409
    page = curated.served.get("/review", "text/html").text
    assert "a reader&#39;s suggestion: same home page" in page
    curated.send("/decisions", {"undo": done["decisions"][0], "reason": "undone"})
    assert curated.suggestions() == []
    venue = curated.served.query(Q + "SELECT ?v { ?v a q:Venue } LIMIT 1").json()["results"]
    strange = venue["bindings"][0]["v"]["value"]
    for wrong in ({"other": ""}, {"other": a}, {"other": strange}, {"verdict": "split"}):
        assert curated.send("/suggestions", told | wrong).status == 400


def test_every_page_of_a_person_or_publication_asks_what_is_wrong(curated):
    found = curated.served.query(
        Q + "SELECT (SAMPLE(?x) AS ?e) { ?x a ?kind ; q:canonical ?c BIND(?x = ?c AS ?is) "
        "VALUES ?kind { q:Author q:Publication } } GROUP BY ?kind ?is"
    ).json()
    pages = [told["e"]["value"] for told in found["results"]["bindings"]]
    assert len(pages) == 4  # canonical or not, of both kinds
    for iri in pages:
        text = curated.served.get(f"/doc/{iri.partition('/id/')[2]}.html").text
        assert f'name="about" value="{iri}"' in text
