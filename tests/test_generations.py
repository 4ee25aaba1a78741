"""Generations: published whole or not at all, whoever is killed, and held while they are read."""

import json
import os
import shutil
import threading
from pathlib import Path

import pyoxigraph as ox
import pytest

from queries.errors import (
    Broken,
    Locked,
    NoData,
    NoSuchGeneration,
    SchemaMismatch,
)
from queries.generations import KEPT, Generations
from queries.writes.files import SCHEMA

CHECKOUT = Path(__file__).parent.parent
EX = "http://example.org/"
PHASES = [
    "locked",
    "checkpointed",
    "opened",
    "flushed",
    "closed",
    "written",
    "synced",
    "renamed",
    "switched",
    "pruned",
]


def quad(number):
    return ox.Quad(
        ox.NamedNode(f"{EX}{number}"),
        ox.NamedNode(EX + "p"),
        ox.Literal(str(number)),
        ox.NamedNode(EX + "g"),
    )


@pytest.fixture
def generations(tmp_path):
    return Generations(tmp_path / "data", holder="the test")


def write(generations, *numbers, **options):
    """Publish a generation with these quads added."""
    with generations.write(**options) as draft:
        draft.store.add(map(quad, numbers))
        return draft.publish()


def content(generations):
    """The numbers in the published generation."""
    with generations.open() as reader:
        return numbers_in(reader.store)


def numbers_in(store):
    return sorted(int(quad.object.value) for quad in store.engine)


def below(folder):
    """Every file below, with what would show a change."""
    return {
        path.relative_to(folder): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def leftovers(generations):
    return [path.name for path in generations.folder.iterdir() if path.suffix in (".tmp", ".gone")]


# Writing and reading


def test_the_first_write_makes_the_folder(generations):
    assert generations.current() is None
    assert write(generations, 1) == 1
    assert generations.current() == 1
    assert content(generations) == [1]


def test_a_write_starts_from_what_is_published(generations):
    assert [write(generations, 1), write(generations, 2), write(generations, 3)] == [1, 2, 3]
    assert content(generations) == [1, 2, 3]


@pytest.mark.parametrize("made", [False, True], ids=["no folder", "an empty folder"])
def test_a_folder_without_data_says_which_command_makes_some(generations, made):
    if made:
        generations.data.mkdir()
    with pytest.raises(NoData, match="quiver load") as caught:
        generations.open()
    assert caught.value.data == generations.data
    with pytest.raises(NoData):
        generations.rollback()
    assert generations.list() == ()


def test_a_draft_that_is_left_without_publishing_is_dropped(generations):
    write(generations, 1)
    with generations.write() as draft:
        draft.store.add([quad(2)])
    assert content(generations) == [1]
    assert leftovers(generations) == []
    assert write(generations, 3) == 2


def test_an_error_within_a_draft_drops_it_and_frees_the_lock(generations):
    write(generations, 1)
    with pytest.raises(ZeroDivisionError), generations.write() as draft:
        draft.store.add([quad(2)])
        _ = 1 / 0
    assert content(generations) == [1]
    assert write(generations, 3, wait=0) == 2


def test_a_generation_says_what_it_is(generations):
    write(generations, 1)
    with generations.write() as draft:
        draft.meta["base"] = "http://localhost:8000/"
        draft.publish()
    write(generations, 2)
    with generations.open() as reader:
        meta = reader.meta
    assert meta["schema"] == SCHEMA
    assert (meta["generation"], meta["previous"]) == (3, 2)
    assert meta["base"] == "http://localhost:8000/"
    assert meta["created"].endswith("+00:00")
    held = generations.list()
    assert [(entry.number, entry.is_current) for entry in held] == [
        (1, False),
        (2, False),
        (3, True),
    ]


def test_a_mark_tells_generations_of_one_number_apart(tmp_path):
    marks = []
    for base in ("http://localhost:8000/", "https://example.org/"):
        here = Generations(tmp_path / str(len(marks)))
        with here.write() as draft:
            draft.meta["base"] = base
            draft.publish()
        with here.open() as reader:
            marks.append(reader.mark)
            assert reader.number == 1 and reader.mark.startswith("1.")
        with here.open() as reader:
            assert reader.mark == marks[-1]
    assert marks[0] != marks[1]


def test_reading_changes_nothing_in_a_generation(generations):
    write(generations, *range(100))
    before = below(generations.path(1))
    for _ in range(3):
        assert len(content(generations)) == 100
    assert below(generations.path(1)) == before


def test_writing_changes_nothing_in_the_generations_before(generations):
    write(generations, 1)
    write(generations, 2)
    before = below(generations.path(1)) | below(generations.path(2))
    for number in (3, 4):
        with generations.write() as draft:
            draft.store.remove([quad(1)])
            draft.store.add([quad(number)])
            draft.publish()
        assert below(generations.path(2)).items() <= before.items()


def test_a_reader_holds_its_generation_while_five_are_written(generations):
    for number in range(1, 4):
        write(generations, *range(number * 1000, number * 1000 + 1000))
    with generations.open() as reader:
        for number in range(4, 9):
            write(generations, number)
        assert reader.number == 3
        assert reader.path.is_dir()
        # opened only now: a store reads its files late
        assert len(numbers_in(reader.store)) == 3000
        assert generations.numbers() == (3, 6, 7, 8)
    write(generations, 9)
    assert generations.numbers() == (7, 8, 9)
    assert sorted(path.name for path in generations.folder.glob("*.lock")) == [
        "7.lock",
        "8.lock",
        "9.lock",
    ]


def test_a_reader_that_is_closed_twice_lets_go_once(generations):
    write(generations, 1)
    reader = generations.open()
    reader.close()
    other = os.open(generations.data, os.O_RDONLY)  # may get the same descriptor
    reader.close()
    os.close(other)


def test_the_folder_can_be_moved(generations):
    write(generations, 1)
    moved = generations.data.with_name("elsewhere")
    generations.data.rename(moved)
    assert content(Generations(moved)) == [1]
    assert write(Generations(moved), 2) == 2


def test_a_folder_that_was_copied_without_its_locks_still_opens(generations):
    write(generations, 1)
    (generations.folder / "1.lock").unlink()
    assert content(generations) == [1]


# Locks


def test_a_second_writer_hears_who_holds_the_folder(generations):
    with generations.write() as draft:
        other = Generations(generations.data, holder="another")
        with pytest.raises(Locked, match=rf"the test \(process {os.getpid()}\)") as caught:
            other.write(wait=0.05)
        assert caught.value.holder == f"the test (process {os.getpid()})"
        with pytest.raises(Locked):
            other.rollback(1, wait=0)
        draft.publish()
    assert write(other, 2) == 2


def test_a_second_writer_waits_for_the_first(generations):
    published = []
    with generations.write() as draft:
        second = threading.Thread(target=lambda: published.append(write(generations, 2)))
        second.start()
        draft.store.add([quad(1)])
        published.append(draft.publish())
    second.join()
    assert published == [1, 2]
    assert content(generations) == [1, 2]


def test_a_folder_is_free_once_its_draft_is_published(generations):
    with generations.write() as draft:
        draft.publish()
        assert write(generations, 1, wait=0) == 2
    assert content(generations) == [1]


# Rollback, and what is kept


def test_rollback_publishes_what_came_before_and_its_number_is_not_used_again(generations):
    for number in (1, 2, 3):
        write(generations, number)
    assert generations.rollback() == 2
    assert content(generations) == [1, 2]
    assert generations.rollback() == 1
    assert write(generations, 4) == 4
    assert content(generations) == [1, 4]
    assert generations.rollback() == 1
    assert write(generations, 5) == 5
    assert generations.rollback(4) == 4
    assert content(generations) == [1, 4]


def test_rollback_to_what_is_not_held_says_what_there_is(generations):
    for number in range(1, 6):
        write(generations, number)
    with pytest.raises(NoSuchGeneration, match="generation 1 is not held; there is: 3, 4, 5"):
        generations.rollback(1)
    assert generations.current() == 5
    generations.rollback(3)
    with pytest.raises(NoSuchGeneration) as caught:
        generations.rollback()
    assert caught.value.held == (3, 4, 5)


def test_the_last_three_the_current_and_its_predecessor_are_kept(generations):
    for number in range(1, 6):
        write(generations, number)
    assert generations.numbers() == (3, 4, 5)
    assert len(generations.numbers()) == KEPT
    generations.rollback(3)
    write(generations, 6)
    assert generations.numbers() == (3, 4, 5, 6)
    write(generations, 7)
    assert generations.numbers() == (5, 6, 7)
    assert generations.rollback() == 6


def test_a_number_is_not_used_again_after_its_folder_vanished(generations):
    write(generations, 1)
    write(generations, 2)
    generations.rollback(1)
    shutil.rmtree(generations.path(2))
    assert write(generations, 3) == 3


# Folders that are not as they should be


def test_a_link_to_nowhere_is_named_and_rollback_repairs_it(generations):
    for number in (1, 2, 3):
        write(generations, number)
    shutil.rmtree(generations.path(3))
    for opened in (generations.open, generations.write):
        with pytest.raises(Broken, match="missing; there is: 1, 2") as caught:
            opened()
        assert caught.value.path == generations.link
    assert generations.rollback() == 2
    assert content(generations) == [1, 2]
    assert write(generations, 4) == 4


def test_a_lost_link_does_not_hide_the_data(generations):
    write(generations, 1)
    write(generations, 2)
    generations.link.unlink()
    with pytest.raises(Broken, match="there is: 1, 2"):
        generations.write()
    assert generations.rollback(2) == 2
    assert content(generations) == [1, 2]


def test_something_else_in_the_place_of_the_link_is_named(generations):
    write(generations, 1)
    generations.link.unlink()
    generations.link.write_text("1")
    with pytest.raises(Broken, match="not a link"):
        generations.open()
    generations.link.unlink()
    generations.link.symlink_to("generations/next.tmp")
    with pytest.raises(Broken, match=r"next\.tmp, which is no generation"):
        generations.open()


@pytest.mark.parametrize("schema", [SCHEMA + 1, 0, "1", None])
def test_another_schema_is_refused_by_readers_and_writers(generations, schema):
    write(generations, 1)
    meta = generations.path(1) / "meta.json"
    meta.write_text(json.dumps({"schema": schema, "base": None}))
    for opened in (generations.open, generations.write):
        with pytest.raises(SchemaMismatch, match="this version of Quiver reads") as caught:
            opened()
        assert caught.value.found == schema
    assert generations.current() == 1
    assert leftovers(generations) == []
    meta.write_text(json.dumps({"schema": SCHEMA, "base": None}))
    assert write(generations, 2, wait=0) == 2


@pytest.mark.parametrize("text", ["", "{", '"text"', "\udcff"], ids=range(4))
def test_a_damaged_description_is_named(generations, text):
    write(generations, 1)
    meta = generations.path(1) / "meta.json"
    meta.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises((Broken, SchemaMismatch), match="generations/1"):
        generations.open()


def test_what_cannot_be_read_is_listed_all_the_same(generations):
    write(generations, 1)
    write(generations, 2)
    (generations.path(1) / "meta.json").write_text('{"schema": 0}')
    assert [(entry.number, bool(entry.meta)) for entry in generations.list()] == [
        (1, False),
        (2, True),
    ]
    with pytest.raises(SchemaMismatch):
        generations.rollback()
    assert generations.current() == 2


def test_a_damaged_store_is_named_and_the_folder_stays_free(generations):
    write(generations, 1)
    write(generations, 2)
    (generations.path(2) / "store" / "CURRENT").unlink()
    for _ in range(2):
        with pytest.raises(Broken, match="generations/2/store"):
            generations.write(wait=0)
        assert leftovers(generations) == []
    generations.rollback()
    assert write(generations, 3, wait=0) == 3


def test_a_draft_left_by_a_killed_writer_is_deleted(generations):
    write(generations, 1)
    (generations.folder / "next.tmp" / "store").mkdir(parents=True)
    (generations.folder / "next.tmp" / "store" / "CURRENT").write_text("rubbish")
    (generations.folder / "0.gone").mkdir()
    (generations.data / "current.tmp").symlink_to("nowhere")
    assert write(generations, 2) == 2
    assert leftovers(generations) == []


def test_a_writer_in_a_hurry_leaves_what_it_removes_for_later(generations):
    hurried = Generations(generations.data, clears=False)
    for value in range(1, 7):
        write(hurried, value)
    assert len(leftovers(generations)) > 1  # nor clears what those before it left
    assert content(generations) == [1, 2, 3, 4, 5, 6]
    generations.clear()
    assert leftovers(generations) == []
    assert content(generations) == [1, 2, 3, 4, 5, 6]
    write(hurried, 7)
    assert write(generations, 8) == 8  # the next writer clears too
    assert leftovers(generations) == []
