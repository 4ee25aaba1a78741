"""Review over a real server: deciding with a token, undo, what readers suggest."""

import json
import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

from queries.generations import Generations
from server import curating, letterbox
from server.curating import Curator
from server.letterbox import Meter, Suggestions
from server.problems import Problem
from server.tokens import Tokens
from tests.conftest import QUIVER

Q = "PREFIX q: <https://w3id.org/quiver/ontology#> "
PAIR = re.compile(r'data-a="([^"]+)" data-b="([^"]+)"')
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
        (400, {"a": a, "b": "http://elsewhere.example/x", "verdict": "same", "reason": "r"}),
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


def test_while_another_writes_a_decision_waits_a_little_and_says_who(curated):
    a, b = curated.queue()[0]
    with Generations(curated.served.data, "a long load").write():
        reply = curated.decide(a, b, "same")
    assert reply.status == 503
    assert "a long load" in reply.json()["detail"]
    assert int(reply.headers["Retry-After"]) > 0


def test_a_killed_process_costs_nothing_that_was_published(curated):
    a, b = curated.queue()[0]
    made = curated.decide(a, b, "same").json()["decisions"][0]
    for pid in children(curated.served.process.pid, b"ingest.resolution.curator"):
        os.kill(pid, signal.SIGKILL)
    assert curated.canonical(a) == curated.canonical(b)
    assert curated.send("/decisions", {"undo": made, "reason": "again"}).status == 201


def test_a_decision_that_takes_too_long_is_dropped_whole(demo, tmp_path, monkeypatch):
    data = tmp_path / "data"
    shutil.copytree(demo.data, data, symlinks=True)
    before = Generations(data).current()
    curator = Curator(data)
    monkeypatch.setattr(curating, "DEADLINE", 0.01)
    with pytest.raises(Problem) as caught:
        curator.run({"task": "undo", "undo": "x", "by": "ada", "reason": "r"})
    assert caught.value.status == 503
    assert children(os.getpid(), b"ingest.resolution.curator") == []
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
