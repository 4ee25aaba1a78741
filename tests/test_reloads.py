"""Reloads write what changed, also of what resolution has joined; a crash changes nothing."""
# ruff: noqa: F811 (fixtures of another file)

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ingest import sources
from ingest.difference import SideFile, replace
from ingest.errors import (
    NoSuchSource,
)
from ingest.pipeline import load, unload
from ingest.resolution.links import resolve
from ontology import terms
from queries.generations import Generations
from queries.search.textindex import TextIndex
from tests.conftest import sampled
from tests.test_pipeline import ALPHA, BETA, GAMMA, IRIS, Held, Q, check, data, merge, paper, write  # noqa: F401

# --- reloads


def test_name_in_another_script_is_found_and_stays_with_its_signature(data):
    file = Path(__file__).parent / "data" / "acl-anthology" / "W19.xml"
    for more in ("", "<!-- read anew -->"):
        copy = data.parent / "W19.xml"
        copy.write_text(file.read_text("utf-8").replace("2019</year>", f"2019</year>{more}"))
        load(data, [copy])
        with (
            Generations(data).open() as reader,
            TextIndex.open(reader.path / "text.sqlite") as index,
        ):
            (hit,) = index.search("李明", "author")
    held = Held(data)
    (row,) = held.subjects(terms.FOAF_NAME, "明 李")
    assert (hit.iri, held.values(row, terms.NAME_VARIANT)) == (row, ["李明"])
    (signature,) = held.subjects(terms.PRINTED_NAME, "明 李")
    assert held.values(signature, terms.NAME_VARIANT) == ["李明"]
    load(data, [copy], source="again")
    resolve(data)
    held = Held(data)
    rows = held.subjects(terms.FOAF_NAME, "明 李")
    assert [i for i in rows if "李明" in held.index.get(i, ("",) * 5)[4]] == held.values(
        rows[1], terms.CANONICAL
    )


def test_same_file_again_writes_nothing(data, write):
    first = load(data, [write(ALPHA, BETA)])
    again = load(data, [write(ALPHA, BETA)])
    assert (again.generation, again.changed, again.loaded) == (first.generation, False, 2)
    assert list(Generations(data).numbers()) == [1]


def test_other_bytes_with_the_same_records_write_nothing(data, write):
    load(data, [write(ALPHA, BETA)])
    path = write(ALPHA, BETA)
    path.write_text(path.read_text() + "\n")
    report = load(data, [path])
    assert (report.changed, report.added, report.removed) == (False, 0, 0)
    assert list(Generations(data).numbers()) == [1]


def test_other_code_compares_all_anew(data, write, monkeypatch):
    load(data, [write(ALPHA)])
    monkeypatch.setattr(sources, "code_digest", lambda: "another")
    assert not load(data, [write(ALPHA)]).changed


def test_changed_record_changes_only_itself(data, write):
    load(data, [write(ALPHA, BETA)])
    before = Held(data)
    report = load(data, [write(ALPHA, {**BETA, "volume": "7"})])
    held = check(data)
    assert report.changed
    loads = {
        title: held.values(held.values(held.titled(title), terms.DESCRIBED_IN)[0], Q + "load")
        for title in ("On Alpha", "On Beta")
    }
    assert loads["On Alpha"] != loads["On Beta"]
    assert set(loads["On Alpha"]) == set(before.subjects(terms.TYPE, terms.LOAD))
    assert held.values(held.titled("On Beta"), terms.VOLUME) == ["7"]
    changed = held.graph("source/papers") ^ before.graph("source/papers")
    assert {p for _, p, _ in changed} == {terms.VOLUME, terms.LOAD_PROPERTY}


def test_vanished_record_takes_its_rows_and_venue_along(data, write):
    load(data, [write(ALPHA, BETA)])
    gone = Held(data).titled("On Beta")
    load(data, [write(ALPHA)])
    held = check(data)
    assert held.subjects(terms.LABEL, "Cy Fox") == []
    assert len(held.values(gone, terms.WITHDRAWN_AT)) == 1
    assert held.values(gone, terms.DC_REPLACED_BY) == []
    assert len(held.subjects(terms.TYPE, terms.VENUE)) == 1
    load(data, [write(ALPHA, BETA)])
    assert check(data).values(gone, terms.WITHDRAWN_AT) == []


def test_rekeyed_record_replaces_the_old_one(data, write):
    load(data, [write(ALPHA, BETA)])
    old = Held(data).titled("On Beta")
    load(data, [write(ALPHA, {**BETA, "bibtex_key": "beta2", "title": "On Beta, Revised"})])
    held = check(data)
    assert held.values(old, terms.DC_REPLACED_BY) == [held.titled("On Beta, Revised")]


def test_venue_stays_while_another_source_gives_it(data, write):
    load(data, [write(BETA)])
    load(data, [write(paper("b", "B", "Di Wu", venue="Curious Letters"), name="other.jsonl")])
    load(data, [write(ALPHA)])
    held = check(data)
    assert len([s for s in held.subjects(terms.TYPE, terms.VENUE) if "curious" in s]) == 1
    unload(data, "other")
    assert not [s for s in check(data).subjects(terms.TYPE, terms.VENUE) if "curious" in s]


def test_unload_takes_out_what_only_the_source_said(data, write):
    load(data, [write(ALPHA)])
    alone = Held(data)
    load(data, [write(BETA, name="other.jsonl")])
    unload(data, "other")
    held = check(data)
    for name in ("source/papers", "shared", "links"):
        assert held.graph(name) == alone.graph(name)
    assert held.graph("source/other") == set()
    assert len(held.subjects(terms.WITHDRAWN_AT, "")) == 0
    with pytest.raises(NoSuchSource, match="papers"):
        unload(data, "other")


# --- reloads of what resolution has joined


@pytest.fixture
def joined(data, write):
    load(data, [write(ALPHA, BETA)])
    load(data, [write({**ALPHA, "bibtex_key": "a"}, GAMMA, name="other.jsonl")])
    held = Held(data)
    papers = held.subjects(terms.DC_TITLE, "On Alpha")
    rows = [s for s in held.subjects(terms.LABEL, "Bob Ray") if "/author/" in s]
    merge(data, papers, rows)
    check(data)
    return papers, rows


def test_row_that_came_changes_the_authors_of_a_joined_publication(data, write, joined):
    (one, other), _ = joined
    load(data, [write(paper("alpha", "On Alpha", "Ann Lee", "Bob Ray", "Di Wu"), BETA)])
    load(data, [write(paper("a", "On Alpha", "Ann Lee", "Bob Ray", "Di Wu"), name="other.jsonl")])
    held = check(data)
    assert held.values(other, terms.SAME_AS) == [one]
    assert len(held.values(one, terms.AUTHORED_BY)) == 3


@pytest.mark.parametrize("source", ["papers.jsonl", "other.jsonl"])
def test_member_that_vanishes_leaves_the_other_canonical(data, write, joined, source):
    load(data, [write(GAMMA, name=source)])
    held = check(data)
    (left,) = held.subjects(terms.DC_TITLE, "On Alpha")
    assert held.values(left, terms.CANONICAL) == [left]
    assert held.values(left, terms.SAME_AS) == []
    assert len(held.values(left, terms.AUTHORED_BY)) == 2


@pytest.mark.parametrize("source", ["papers", "other"])
def test_unload_of_a_joined_source_leaves_the_rest_whole(data, joined, source):
    unload(data, source)
    check(data)


def test_matches_of_the_vanished_go_with_them(data, write, joined):
    (one, other), _ = joined
    match = IRIS.entity("match", ["m"])
    with Generations(data).write() as draft:
        blocks = list(SideFile(draft, "links").read())
        lines = [f"<{match}> <{terms.COMPARES}> <{iri}> .\n" for iri in (one, other)]
        lines.append(f"<{match}> <{terms.TYPE}> <{terms.MATCH}> .\n")
        replace(draft, "links", [*blocks, *(line.encode() for line in lines)])
        draft.publish()
    load(data, [write(BETA)])
    held = check(data)
    assert [quad for quad in held.quads if match in quad] == []


# --- crashes

PHASES = [
    *("locked", "checkpointed", "opened", "hashing", "author rows", "sorting", "text index"),
    *("indexing quads", "shared", "publishing", "flushed", "closed", "written", "synced"),
    *("renamed", "switched"),
]

CHILD = """
import sys
from pathlib import Path
from ingest import mapper
from ingest.pipeline import load
mapper.SMALL = 0
def progress(phase, done, total):
    print(phase, flush=True)
    sys.stdin.readline()
load(Path(sys.argv[1]), [Path(sys.argv[2])], progress=progress)
"""


def kill_at(data, path, phase):
    """Run a load in another process and kill it when it tells of this phase."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(data), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    with process:
        for line in process.stdout:
            if line.strip() == phase:
                process.send_signal(signal.SIGKILL)
                return
            process.stdin.write("\n")
            process.stdin.flush()
    pytest.fail(f"there was no phase {phase}")


@pytest.mark.parametrize("killed", sampled(PHASES, "renamed", "switched"))
def test_kill_in_any_phase_leaves_the_last_generation(data, write, killed):
    load(data, [write(ALPHA, BETA)])
    other = write({**ALPHA, "bibtex_key": "a"}, GAMMA, name="other.jsonl")
    before = check(data)
    kill_at(data, other, killed)
    held = Held(data)
    if killed == "switched":
        assert held.number > before.number
        check(data)
    else:
        assert held.number == before.number
        assert sorted(held.quads) == sorted(before.quads)


def test_full_disk_is_one_line_and_changes_nothing(data, write):
    load(data, [write(ALPHA)])
    many = write(*(paper(f"k{n}", f"T {n}", f"A B{n}") for n in range(3000)), name="many.jsonl")
    child = subprocess.run(
        [sys.executable, "-c", FULL, str(data), str(many)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000)),
        check=False,
    )
    assert child.returncode == 3, child.stderr
    assert "nothing was changed" in child.stdout
    assert len(child.stdout.splitlines()) == 1
    assert Held(data).number == 1
    check(data)


FULL = """
import signal, sys
from pathlib import Path
from ingest.errors import LoadFailed
from ingest.pipeline import load
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    load(Path(sys.argv[1]), [Path(sys.argv[2])])
except LoadFailed as error:
    print(error)
    sys.exit(3)
"""
