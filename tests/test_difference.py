"""Side files are sorted blocks; a replacement writes only what vanished and what came."""

import gzip
import json
import random
import shutil

import pyoxigraph as ox
import pytest

from ingest import difference, sidefiles
from ingest.difference import Changes, SideFile, amend, compare, replace
from ontology import terms
from queries.generations import Generations

BASE = "http://localhost:8000/"


def line(subject, value, predicate="u:p"):
    return f'<{subject}> <{predicate}> "{value}" .\n'.encode()


@pytest.fixture
def generations(tmp_path):
    return Generations(tmp_path / "data")


def write(generations, name, blocks):
    with generations.write() as draft:
        draft.meta["base"] = BASE
        found = replace(draft, name, blocks)
        return found, draft.publish()


def held(generations, graph=None):
    with generations.open() as reader:
        return {
            (q.subject.value, q.object.value)
            for q in reader.store.engine
            if graph is None or q.graph_name.value == BASE + graph
        }


def counted(generations):
    with generations.open() as reader:
        return json.loads((reader.path / "counts.json").read_text())["graphs"]


def test_sorter_sorts_and_unites_over_many_runs(tmp_path):
    lines = [line(f"u:{n % 700}", n % 1400) for n in range(5000)]
    random.Random(1).shuffle(lines)
    sorter = sidefiles.Sorter(tmp_path, run=10_000)
    for one in lines:
        sorter.add(one)
    assert len(sorter._ends) > 10
    parsed = ox.parse(path=str(sorter.path), format=ox.RdfFormat.N_TRIPLES)  # as a store would
    assert len(set(parsed)) == len(set(lines))
    blocks = list(sorter.sorted())
    assert blocks == sorted(blocks)
    assert len(blocks) == 700
    assert b"".join(blocks) == b"".join(sorted(set(lines)))
    sorter.remove()
    assert list(tmp_path.iterdir()) == []


def test_side_file_is_plain_gzipped_ntriples(tmp_path):
    blocks = [line("u:a", 1) + line("u:a", 2), line("u:b", "two\\n\\nlines")]
    assert difference.write(tmp_path / "x.nt.gz", blocks) == 3
    text = gzip.decompress((tmp_path / "x.nt.gz").read_bytes())
    assert len(list(ox.parse(text, format=ox.RdfFormat.N_TRIPLES))) == 3
    assert list(sidefiles.read_file(tmp_path / "x.nt.gz")) == blocks


def test_blocks_survive_reads_of_any_size(tmp_path, monkeypatch):
    blocks = sorted(line(f"u:{n}", "x" * (n % 50)) for n in range(300))
    difference.write(tmp_path / "x.nt.gz", blocks)
    for size in (1, 7, 64):
        monkeypatch.setattr(sidefiles, "CHUNK", size)
        assert list(sidefiles.read_file(tmp_path / "x.nt.gz")) == blocks


def test_same_bytes_on_every_run(tmp_path):
    for name in ("one", "two"):
        difference.write(tmp_path / name, [line("u:a", 1)])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_compare_finds_what_vanished_came_and_changed():
    old = [line("u:a", 1), line("u:b", 1), line("u:c", 1)]
    new = [line("u:b", 1), line("u:c", 2), line("u:d", 1)]
    assert list(compare(iter(old), iter(new))) == [
        (old[0], None),
        (old[1], old[1]),
        (old[2], new[1]),
        (None, new[2]),
    ]


def test_block_that_differs_in_its_load_only_stays_as_it_was():
    old = line("u:a", 1) + line("u:a", "one", terms.LOAD_PROPERTY)
    new = line("u:a", 1) + line("u:a", "two", terms.LOAD_PROPERTY)
    assert list(compare(iter([old]), iter([new]))) == [(old, old)]
    changed = line("u:a", 2) + line("u:a", "two", terms.LOAD_PROPERTY)
    assert list(compare(iter([old]), iter([changed]))) == [(old, changed)]


def test_replace_writes_only_the_difference(generations):
    first, _ = write(generations, "links", [line("u:b", 1), line("u:a", 1), line("u:a", 1)])
    assert (first.removed, first.added) == (0, 2)
    second, _ = write(generations, "links", [line("u:b", 2), line("u:a", 1)])
    assert (second.removed, second.added) == (1, 1)
    assert held(generations, "graph/links") == {("u:a", "1"), ("u:b", "2")}
    assert counted(generations) == {"links": 2}


def test_replace_by_the_same_touches_no_file(generations):
    write(generations, "links", [line("u:a", 1)])
    with generations.write() as draft:
        assert replace(draft, "links", [line("u:a", 1)]).is_empty
        assert not (draft.path / "quads" / "links").exists()


def test_replace_leaves_other_graphs_alone(generations):
    write(generations, "source/one", [line("u:a", 1)])
    write(generations, "source/two & a half", [line("u:a", 1)])
    write(generations, "source/one", [])
    assert held(generations) == {("u:a", "1")}
    assert held(generations, "graph/source/two%20%26%20a%20half") == {("u:a", "1")}


def test_much_to_remove_is_done_by_a_rebuild(generations, monkeypatch):
    monkeypatch.setattr(difference, "REBUILD_LEAST", 10)
    write(generations, "source/other", [line("u:other", 1)])
    write(generations, "links", [line(f"u:{n}", 1) for n in range(100)])
    with generations.write() as draft:
        before = draft.store
        replace(draft, "links", [line(f"u:{n}", 1) for n in range(50, 110)])
        assert draft.store is not before
        draft.publish()
    assert held(generations) == {(f"u:{n}", "1") for n in range(50, 110)} | {("u:other", "1")}
    assert counted(generations) == {"links": 60, "source/other": 1}


def test_amendments_are_read_over_the_base(generations, monkeypatch):
    monkeypatch.setattr(difference, "AMENDMENTS", 3)
    write(generations, "links", [line(f"u:{n}", 1) for n in range(9)])
    for turn in range(2, difference.AMENDMENTS + 4):
        with generations.write() as draft:
            changes = [(line("u:5", turn - 1), line("u:5", turn))]
            changes += [(line("u:3", 1), None), (None, line("u:a", 1))] if turn == 2 else []
            amend(draft, "links", changes, draft.path / "scratch")
            (draft.path / "scratch").joinpath("pairs").unlink()
            draft.publish()
    with generations.write() as draft:
        side = SideFile(draft, "links")
        expected = {("u:5", str(turn)), ("u:a", "1")}
        expected |= {(f"u:{n}", "1") for n in (0, 1, 2, 4, 6, 7, 8)}
        assert held(generations) == expected
        assert b"".join(side.read()).count(b"\n") == len(expected)
        assert len(side.paths()) <= difference.AMENDMENTS + 1


def test_many_small_amendments_become_one_and_leave_a_large_base_as_it_is(generations, monkeypatch):
    monkeypatch.setattr(difference, "AMENDMENTS", 3)
    monkeypatch.setattr(difference, "AMENDED_FRACTION", 1.0)
    write(generations, "links", [line(f"u:{n:04}", n) for n in range(2000)])
    bases = set()
    for turn in range(9):
        with generations.write() as draft:
            old = line("u:0005", turn + 4) if turn else line("u:0005", 5)
            gone = [(line(f"u:{turn + 10:04}", turn + 10), None)]
            amend(draft, "links", [(old, line("u:0005", turn + 5)), *gone], draft.path / "scratch")
            shutil.rmtree(draft.path / "scratch")
            draft.publish()
        bases.add(
            (generations.path(generations.current()) / "quads/links/base.nt.gz").stat().st_ino
        )
    assert len(bases) == 1
    with generations.write() as draft:
        side = SideFile(draft, "links")
        text = b"".join(side.read()).decode()
        assert text.count("\n") == 2000 - 9
        assert len(side.paths()) <= difference.AMENDMENTS + 1
        left = {f"<u:{n:04}>" for n in range(2000) if not 10 <= n < 19}
        assert {found.partition(" ")[0] for found in text.splitlines()} == left


def test_changes_can_be_read_again(tmp_path):
    changes = Changes(tmp_path / "x")
    pairs = [
        (line("u:a", 1), line("u:a", 2)),
        (line("u:b", 1), line("u:b", 1)),
        (None, line("u:c", 1)),
    ]
    assert list(changes.take(pairs)) == [pairs[0][1], pairs[1][1], pairs[2][1]]
    assert list(changes) == [pairs[0], pairs[2]]
    assert (changes.removed, changes.added) == (1, 2)
