"""Side files of a generation, and a store rebuilt beside them."""
# ruff: noqa: F811 (fixtures of another file)

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from queries.errors import (
    StillOpen,
)
from queries.formats import N_QUADS
from queries.generations import Generations
from queries.writes.files import link_or_copy
from tests.test_generations import (  # noqa: F401
    CHECKOUT,
    EX,
    content,
    generations,
    leftovers,
    numbers_in,
    quad,
    write,
)

# Side files


def with_side_file(generations, text):
    with generations.write() as draft:
        (draft.path / "quads").mkdir(exist_ok=True)
        (draft.path / "quads" / "a.nq").write_text(text)
        (draft.path / "counts.json").write_text("{}")
        return draft.publish()


def side_file(generations, number, name="quads/a.nq"):
    return generations.path(number) / name


def test_untouched_side_files_are_linked_from_the_generation_before(generations):
    with_side_file(generations, "one")
    write(generations, 1)
    first, second = side_file(generations, 1), side_file(generations, 2)
    assert second.read_text() == "one"
    assert second.stat().st_ino == first.stat().st_ino


def test_a_side_file_written_anew_leaves_the_old_one_as_it_was(generations):
    with_side_file(generations, "one")
    with_side_file(generations, "two")
    assert side_file(generations, 1).read_text() == "one"
    assert side_file(generations, 2).read_text() == "two"


def test_a_side_file_is_amended_in_a_copy(generations):
    with_side_file(generations, "one")
    with generations.write() as draft:
        with draft.amend("quads/a.nq").open("a") as file:
            file.write(" two")
        assert draft.amend("quads/a.nq").read_text() == "one two"
        draft.amend("new/b.nq").write_text("new")
        draft.publish()
    assert side_file(generations, 1).read_text() == "one"
    assert side_file(generations, 2).read_text() == "one two"
    assert side_file(generations, 2, "new/b.nq").read_text() == "new"


def test_a_draft_reads_its_own_side_file_before_the_old_one(generations):
    with_side_file(generations, "one")
    with generations.write() as draft:
        assert draft.read_path("quads/a.nq").read_text() == "one"
        draft.amend("quads/a.nq").write_text("two")
        assert draft.read_path("quads/a.nq").read_text() == "two"
        assert draft.read_path("quads/b.nq") is None


def test_a_dropped_side_file_is_gone_from_the_next_generation_only(generations):
    with_side_file(generations, "one")
    with generations.write() as draft:
        draft.amend("quads/a.nq").write_text("two")
        draft.drop("quads/a.nq")
        assert draft.read_path("quads/a.nq") is None
        draft.publish()
    assert side_file(generations, 1).read_text() == "one"
    assert not side_file(generations, 2).exists()
    assert side_file(generations, 2, "counts.json").exists()


def test_where_there_are_no_hard_links_a_side_file_is_copied(tmp_path):
    folders = [Path("/dev/shm"), Path(tempfile.gettempdir()), CHECKOUT]
    here = tmp_path.stat().st_dev
    elsewhere = [one for one in folders if one.is_dir() and one.stat().st_dev != here]
    if not elsewhere:
        pytest.skip("there is no second file system here")
    old = tmp_path / "old"
    old.write_text("text")
    new = elsewhere[0] / f"quiver-test-{os.getpid()}"
    try:
        link_or_copy(old, new)
        assert new.read_text() == "text"
        assert new.stat().st_nlink == 1
    finally:
        new.unlink(missing_ok=True)


# Rebuilding


def test_a_store_is_rebuilt_from_nothing(generations, tmp_path):
    write(generations, 1)
    lines = tmp_path / "new.nq"
    lines.write_text(f'<{EX}9> <{EX}p> "9" <{EX}g> .\n')
    with generations.write() as draft:
        draft.replace_store().bulk_load(lines, N_QUADS)
        assert numbers_in(draft.store) == [9]
        draft.publish()
    assert content(generations) == [9]
    generations.rollback()
    assert content(generations) == [1]


def test_a_result_still_being_read_stops_the_publishing(generations):
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("without /proc nobody can tell")
    with generations.write() as draft:
        draft.store.add([quad(1), quad(2)])
        rows = draft.store.query("SELECT * { ?s ?p ?o }")
        with pytest.raises(StillOpen, match=r"next\.tmp/store"):
            draft.publish()
        del rows
    assert generations.current() is None
    assert write(generations, 1) == 1


def test_settling_publishes_the_same_content_compacted(generations):
    for number in range(1, 6):
        with_side_file(generations, str(number))
        write(generations, number)
    files = len(list((generations.path(10) / "store").glob("*.sst")))
    assert generations.settle() == 11
    assert content(generations) == [1, 2, 3, 4, 5]
    assert side_file(generations, 11).read_text() == "5"
    assert len(list((generations.path(11) / "store").glob("*.sst"))) < files
    assert [path.name for path in generations.folder.glob("settling.*")] == []
    assert write(generations, 6) == 12


def test_settling_gives_way_to_a_write_that_came_in_between(generations):
    write(generations, 1)
    phases = []

    def interrupt(phase):
        phases.append(phase)
        if phases == ["locked"]:  # the settled copy is made; as if the other had come just before
            generations.switch(1)

    write(generations, 2)
    settling = Generations(generations.data, announce=interrupt)
    assert settling.settle() is None
    assert generations.current() == 1
    assert leftovers(generations) == []


def test_what_a_killed_settling_left_is_deleted(generations):
    write(generations, 1)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (generations.folder / f"settling.{dead.pid}.x" / "store").mkdir(parents=True)
    own = generations.folder / f"settling.{os.getpid()}.x"
    own.mkdir()
    write(generations, 2)
    assert list(generations.folder.glob("settling.*")) == [own]
