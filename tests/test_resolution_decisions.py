"""What people decide wins over every run, is never lost, and can be taken back."""

import random
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from ingest.pipeline import load
from ingest.resolution import explaining
from ingest.resolution.curation import deciding, listing, sssom
from ingest.resolution.grouping.decisions import latest_first, not_undone, regroup, standing
from ingest.resolution.grouping.works import Compared
from ingest.resolution.links import resolve
from ingest.resolution.weighing.evidence import Decision
from ingest.resolution.weighing.scoring import Score, Verdict
from ontology import terms
from ontology.iris import Iris
from queries.generations import Generations
from server.cli import main
from tests.test_pipeline import Held, check
from tests.test_resolution_links import ASH, BASE, ELM, OAK, OAK_AGAIN, canonical, failed, links

WHO = {"by": "Ann Archivist", "reason": "two theses"}
NAMES = {f"author/{name}": name for name in "abcdefg"}


# --- pure: from clusters and decisions to clusters


def said(one, verdict, other, on=1, undoes=""):
    pair = f"author/{one}", f"author/{other}"
    iri = f"decision/{one}{verdict}{other}{on}"
    return Decision(iri, *pair, verdict, on=f"2026-01-{on:02}T00:00:00Z", undoes=undoes)


def edge(one, other, score, verdict=Verdict.SAME):
    return Compared(f"author/{one}", f"author/{other}", Score((("name", score),)), verdict)


def grouped(clusters, edges, decisions, together=()):
    """The clusters as strings of letters, verdicts by pair, problems."""
    found = regroup(
        [tuple(f"author/{letter}" for letter in letters) for letters in clusters],
        edges,
        standing(decisions, NAMES),
        "author",
        accept=1.5,
        together=lambda one, other: {one[-1], other[-1]} in [set(pair) for pair in together],
    )
    letters = ["".join(member[-1] for member in members) for members in found.clusters]
    return letters, {c.one[-1] + c.other[-1]: c.verdict for c in found.compared}, found.problems


def test_two_decided_different_part_and_others_go_where_most_speaks_for_them():
    edges = [edge("a", "b", 9), edge("a", "c", 4), edge("b", "c", 3), edge("d", "e", 5)]
    clusters, verdicts, _ = grouped(["abc", "de"], edges, [said("a", "different", "b")])
    assert clusters == ["ac", "de"]
    assert verdicts == {
        "ab": Verdict.DIFFERENT, "ac": Verdict.SAME, "bc": Verdict.DIFFERENT, "de": Verdict.SAME
    }  # fmt: skip


def test_two_decided_the_same_join_with_their_clusters_whatever_the_score():
    edges = [edge("a", "b", 2), edge("c", "d", 2), edge("b", "c", -5, Verdict.GREY)]
    clusters, verdicts, problems = grouped(["ab", "cd"], edges, [said("b", "same", "d")])
    assert (clusters, problems) == (["abcd"], ())
    assert verdicts["bc"] is Verdict.SAME


def test_who_signs_a_paper_with_one_of_the_joined_stays_out():
    edges = [edge("a", "b", 2), edge("c", "d", 2)]
    clusters, _, _ = grouped(["ab", "cd"], edges, [said("a", "same", "c")], together=["ad"])
    assert clusters == ["abc"]


def test_two_on_one_paper_are_joined_if_somebody_says_so_and_it_is_told():
    clusters, _, problems = grouped([], [], [said("a", "same", "b")], together=["ab"])
    assert clusters == ["ab"]
    assert "sign one paper" in problems[0]


@pytest.mark.parametrize(
    ("third", "together", "why"),
    [([said("a", "different", "c", 1)], [], "author/a different author/c"),
     ([], ["ac"], "author/a and author/c sign one paper")],
)  # fmt: skip
def test_a_contradiction_sets_the_earlier_same_aside_and_is_told(third, together, why):
    decisions = [said("a", "same", "b", 2), said("b", "same", "c", 3), *third]
    clusters, _, problems = grouped([], [], decisions, together)
    assert clusters == ["bc"]
    assert problems == (
        f"decision decision/asameb2 is set aside: author/a same author/b, but {why}",
    )


def test_the_later_decision_on_a_pair_wins_and_an_undo_can_be_undone():
    first, second = said("a", "same", "b", 1), said("b", "different", "a", 2)
    assert standing([first, second], NAMES).different == (second,)
    undo = said("a", "undo", "b", 3, undoes=second.iri)
    assert standing([first, second, undo], NAMES).same == (first,)
    redo = said("a", "undo", "b", 4, undoes=undo.iri)
    assert not_undone([first, second, undo, redo]) == [second, first]


def test_times_of_any_precision_are_in_order():
    times = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.12Z"]
    made = [Decision(f"decision/{n}", "", "", "same", on=time) for n, time in enumerate(times)]
    assert [one.on for one in latest_first(made)] == times[::-1]


def test_a_decision_is_later_than_all_that_stand_whatever_the_clock_says():
    mine = Decision("", "author/a", "author/b", "same", "Ann", "")
    theirs = Decision("decision/x", "author/a", "author/b", "different", on="2999-01-01T00:00:00Z")
    (dated,) = deciding._dated([mine], [theirs], Iris("http://localhost:8000/"))
    assert latest_first([theirs, dated])[0] is dated


def test_nobody_is_the_same_as_a_row_of_several_but_may_be_another():
    same, different = said("a", "same", "b"), said("a", "different", "c")
    found = standing([same, different], NAMES, several={"author/a"})
    assert (found.same, found.different) == ((), (different,))
    assert "split among several people" in found.problems[0]


def test_sssom_says_the_opposite_by_not():
    head = "subject_id\tpredicate_id\tpredicate_modifier\tobject_id\n"
    lines = [
        f"a\t{predicate}\t{modifier}\tb\n"
        for predicate in ("owl:sameAs", "owl:differentFrom")
        for modifier in ("", "Not")
    ]
    found = sssom.read(head + "".join(lines), "Ann", "so")
    assert [one.verdict for one in found] == ["same", "different", "different", "same"]


def test_the_order_of_the_input_does_not_matter():
    letters, rng, seen = "abcdefg", random.Random(5), set()
    edges = [edge(a, b, 2 + ord(b) % 3) for a in letters for b in letters if a < b]
    decisions = [said("a", "different", "b", 1), said("b", "same", "g", 2),
                 said("c", "same", "a", 3), said("c", "different", "g", 3)]  # fmt: skip
    for _ in range(20):
        rng.shuffle(edges)
        rng.shuffle(decisions)
        found, verdicts, problems = grouped([letters], edges, decisions)
        seen.add((*found, *sorted(verdicts.items()), *problems))
    assert len(seen) == 1


# --- on a graph


@pytest.fixture
def data(grown):
    """Ada in two sources is one person, Dee is another."""
    return grown([OAK, ELM], [OAK_AGAIN, ASH])


def ada(data):
    held = Held(data)
    return sorted(r for r in held.subjects(terms.LABEL, "Ada Quillfeather") if "/author/" in r)


def test_different_parts_them_in_the_graph_and_survives_reload_and_runs(data, write):
    one, other = ada(data)
    (made,), report = deciding.decide(data, one, other, "different", **WHO)
    assert [change.kind for change in report.changes] == ["split"]
    assert report.generation == Generations(data).current() == 4
    for again in (lambda: None, lambda: load(data, [write("two.jsonl", OAK_AGAIN)])):
        again()
        resolve(data)
        held = check(data)
        assert canonical(held, "Ada Quillfeather") == {one, other}
        assert held.values(min(one, other), terms.DIFFERENT_FROM) == [max(one, other)]
        assert failed(data) == {}
    with Generations(data).open() as reader:
        found = explaining.explain(reader, one, other)
    assert [decision.by for decision in found.decisions] == ["Ann Archivist"]
    assert made.iri in found.flip


def test_undo_leaves_the_links_byte_for_byte_as_they_were(data):
    one, other = ada(data)
    dee = Held(data).subjects(terms.LABEL, "Dee Vanterpool")
    (dee,) = [row for row in dee if "/author/" in row]
    before = links(data)
    for pair, verdict in (((one, other), "different"), ((dee, other), "same")):
        (made,), _ = deciding.decide(data, *pair, verdict, **WHO)
        assert links(data) != before
        deciding.undo(data, [made.iri], **WHO)
        assert links(data) == before
    assert not resolve(data).changed
    with Generations(data).open() as reader:
        states = [one.state for one in listing.listed(reader)]
    assert states == ["", "taken back", "", "taken back"]
    check(data)


@pytest.mark.thorough
def test_same_on_one_paper_is_no_broken_promise_and_is_told(data):
    deciding.decide(data, "Dee Vanterpool", "Ada Quillfeather", "same", **WHO)
    held = check(data)
    assert len(canonical(held, "Ada Quillfeather") | canonical(held, "Dee Vanterpool")) == 1
    assert failed(data) == {}
    assert any("sign one paper" in problem for problem in resolve(data).problems)


def test_a_decision_about_publications_parts_them(data):
    one, other = sorted(Held(data).subjects(terms.LABEL, OAK["title"]))
    deciding.decide(data, one, other, "different", **WHO)
    held = check(data)
    assert [held.values(p, terms.CANONICAL) for p in (one, other)] == [[one], [other]]
    assert failed(data) == {}


@pytest.mark.thorough
def test_a_decision_about_one_who_vanished_is_suspended_and_told(data, write):
    (made,), _ = deciding.decide(data, "Dee Vanterpool", "Cy Xanthopoulos", "same", **WHO)
    load(data, [write("two.jsonl", OAK_AGAIN)])
    (problem,) = resolve(data).problems
    assert made.iri in problem
    assert "is not there any more" in problem


def test_a_decision_about_one_with_another_name_now_is_suspended():
    decision = Decision("decision/x", "author/a", "author/b", "same", printed=("a", "z"))
    (told,) = standing([decision], NAMES).problems
    assert told == "decision decision/x is suspended: it was about a and z, who are a and b now"


DECIDE = """
import sys
from pathlib import Path
from ingest.resolution.curation import deciding
def told(phase, done, total):
    print(phase, flush=True)
    sys.stdin.readline()
data, one, other = sys.argv[1:]
deciding.decide(Path(data), one, other, "same", by="B", reason="r", progress=told)
"""


def test_kill_while_deciding_loses_nothing_acknowledged(data):
    deciding.decide(data, *ada(data), "different", **WHO)
    before = Held(data)
    for phase in ("links", "publishing"):
        command = [sys.executable, "-c", DECIDE, str(data), "Dee Vanterpool", "Cy Xanthopoulos"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, **pipes) as process:
            for line in process.stdout:
                if line.strip() == phase:
                    process.send_signal(signal.SIGKILL)
                    break
                process.stdin.write("\n")
                process.stdin.flush()
        assert process.returncode == -signal.SIGKILL
        assert sorted(Held(data).quads) == sorted(before.quads)
    deciding.decide(data, "Dee Vanterpool", "Cy Xanthopoulos", "same", **WHO)
    assert len(Held(data).subjects(terms.TYPE, terms.DECISION)) == 2


# --- the command


def call(data, *words):
    found = CliRunner().invoke(main, ["decide", *words, "--data", str(data), "-q"])
    return found.exit_code, found.output


def test_the_command_decides_lists_and_takes_back(data):
    why = ("--by", "Ann", "--reason", "one CV")
    status, told = call(data, "Cy Xanthopoulos", "same", "Dee Vanterpool", *why)
    assert status == 0
    name = told.partition(":")[0]
    assert call(data, "--undo", f"{BASE}id/{name}", *why)[0] == 0
    _, told = call(data, "--list")
    assert f"{name}  Cy Xanthopoulos same Dee Vanterpool" in told
    assert "one CV (taken back)" in told


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [((), 2, "give one of A same|different B"),
     (("Cy Xanthopoulos", "same", "Dee Vanterpool"), 2, "needs --by NAME and --reason"),
     (("Cy", "same", "Nobody", "--by", "A", "--reason", "r"), 1, "neither an IRI nor a name"),
     (("--undo", "nothing", "--by", "A", "--reason", "r"), 1, "'nothing' is no decision"),
     ((ELM["title"], "same", "Cy Xanthopoulos", "--by", "A", "--reason", "r"), 1, "two kinds")],
)  # fmt: skip
def test_what_cannot_be_decided_is_one_line(data, words, status, told, monkeypatch):
    monkeypatch.delenv("QUIVER_BY", raising=False)
    found = call(data, *words)
    assert found[0] == status
    assert told in found[1]


def test_decisions_go_out_as_sssom_and_come_back_once(data, tmp_path):
    one, other = ada(data)
    before = Generations(data).current()
    deciding.decide(data, one, other, "different", **WHO)
    status, told = call(data, "--export")
    assert status == 0
    header, row = (line.split("\t") for line in told.splitlines()[-2:])
    said = dict(zip(header, row, strict=True))
    assert (said["subject_id"], said["predicate_id"], said["object_id"]) == (
        min(one, other), "owl:differentFrom", max(one, other)
    )  # fmt: skip
    assert said["mapping_justification"] == "semapv:ManualMappingCuration"
    assert (said["author_id"], said["comment"]) == ("Ann Archivist", "two theses")
    deciding.decide(data, "Cy Xanthopoulos", "Dee Vanterpool", "different", by="Bo", reason="x")
    both = call(data, "--export")[1].splitlines()
    assert [line.split("\t")[6] for line in both[-2:]] == ["Ann Archivist", "Bo"]  # as decided
    (tmp_path / "x.sssom.tsv").write_text(told)
    Generations(data).rollback(before)
    assert call(data, "--file", str(tmp_path / "x.sssom.tsv"))[0] == 0
    assert canonical(check(data), "Ada Quillfeather") == {one, other}
    assert "stands already" in call(data, "--file", str(tmp_path / "x.sssom.tsv"))[1]


@pytest.mark.parametrize(
    ("line", "why"),
    [("Cy Xanthopoulos\tskos:broadMatch\tDee Vanterpool\tA\tr", "'skos:broadMatch' is none of"),
     ("Nobody\towl:sameAs\tDee Vanterpool\tA\tr", "'Nobody' is neither"),
     ("Cy Xanthopoulos\towl:sameAs\tDee Vanterpool\t\tr", "no author_id")],
)  # fmt: skip
def test_a_bad_line_of_sssom_is_named_and_nothing_is_taken(data, tmp_path, line, why, monkeypatch):
    monkeypatch.delenv("QUIVER_BY", raising=False)
    before = Generations(data).current()
    header = "#comment\nsubject_id\tpredicate_id\tobject_id\tauthor_id\tcomment\n"
    (tmp_path / "x.tsv").write_text(f"{header}{line}\n")
    status, told = call(data, "--file", str(tmp_path / "x.tsv"))
    assert (status, "x.tsv: line 3: " in told, why in told) == (1, True, True), told
    assert Generations(data).current() == before


@pytest.mark.parametrize(
    ("microsecond", "told"), [(878_210, "03:04:05.87821Z"), (0, "03:04:05Z"), (7, ".000007Z")]
)
def test_the_time_of_a_decision_is_as_the_store_gives_it_back(monkeypatch, microsecond, told):
    class Clock:
        @staticmethod
        def now(zone):
            return datetime(2026, 1, 2, 3, 4, 5, microsecond, tzinfo=UTC)

    monkeypatch.setattr(deciding, "datetime", Clock)
    mine = Decision("", "author/a", "author/b", "same", "Ann", "")
    (dated,) = deciding._dated([mine], [], Iris("http://localhost:8000/"))
    assert dated.on.endswith(told)
    time = ox.Literal(dated.on, datatype=ox.NamedNode(terms.XSD_DATE_TIME))
    stored = ox.Store()
    stored.add(ox.Quad(ox.NamedNode("x:s"), ox.NamedNode("x:p"), time))
    assert next(iter(stored)).object.value == dated.on
