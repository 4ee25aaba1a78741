"""Generations: published whole or not at all, whoever is killed, and held while they are read."""

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest

from queries import drafts
from queries import generations as generations_module
from queries.drafts import SCHEMA, link_or_copy
from queries.errors import (
    Broken,
    Locked,
    NoData,
    NoSuchGeneration,
    SchemaMismatch,
    StillOpen,
)
from queries.formats import N_QUADS
from queries.generations import KEPT, Generations
from tests.conftest import sampled

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
    assert leftovers(generations) != []
    assert content(generations) == [1, 2, 3, 4, 5, 6]
    generations.clear()
    assert leftovers(generations) == []
    assert content(generations) == [1, 2, 3, 4, 5, 6]
    write(hurried, 7)
    assert write(generations, 8) == 8  # the next writer clears too
    assert leftovers(generations) == []


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


# Killed in every phase: another process announces each phase, and is killed at one

WRITER = """
import signal, sys
from pathlib import Path
import pyoxigraph as ox
from queries.generations import Generations

data, stop, first, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])

def say(*words):
    print(*words, flush=True)

def announce(phase):
    say(phase)
    if phase == stop:
        signal.pause()

def quad(number):
    ex = "http://example.org/"
    return ox.Quad(ox.NamedNode(f"{ex}{number}"), ox.NamedNode(ex + "p"),
                   ox.Literal(str(number)), ox.NamedNode(ex + "g"))

for number in range(first, first + count):
    with Generations(data, "the child", announce).write() as draft:
        draft.store.add([quad(number)])
        (draft.path / "count").write_text(str(number))
        if stop == "changed":
            announce("changed")
        say("acknowledged", draft.publish(), number)
"""


@contextmanager
def writer(generations, stop, first, count=1):
    """Another process that writes; killed at the end, if not dead before."""
    arguments = map(str, (generations.data, stop, first, count))
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, *arguments],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        try:
            yield child
        finally:
            child.kill()


def killed_at(generations, phase, first):
    """The lines of a writer that was killed when it announced this phase."""
    said = []
    with writer(generations, phase, first) as child:
        for line in child.stdout:
            said.append(line.strip())
            if said[-1] == phase:
                child.kill()
    assert said[-1] == phase, said
    return said


def whole(generations):
    """The content of the published generation, its side file in step with its store."""
    with generations.open() as reader:
        numbers = numbers_in(reader.store)
        assert (reader.path / "count").read_text() == str(numbers[-1])
    return numbers


@pytest.mark.parametrize(
    "phase", sampled([*PHASES[:3], "changed", *PHASES[3:]], "changed", "renamed", "switched")
)
def test_a_writer_killed_in_any_phase_leaves_a_whole_generation(generations, phase):
    with generations.write() as draft:
        draft.store.add([quad(1)])
        (draft.path / "count").write_text("1")
        draft.publish()
    with generations.open() as reader:
        killed_at(generations, phase, first=2)
        assert numbers_in(reader.store) == [1]
    assert whole(generations) == ([1, 2] if phase in ("switched", "pruned") else [1])
    before = generations.current()
    number = write_with_count(generations, 3)
    assert number > before
    assert whole(generations)[-1] == 3
    assert leftovers(generations) == []


def write_with_count(generations, number):
    with generations.write(wait=0) as draft:
        draft.store.add([quad(number)])
        (draft.path / "count").write_text(str(number))
        return draft.publish()


@pytest.mark.parametrize("phase", sampled(["opened", "renamed", "switched"], "renamed"))
def test_a_first_writer_killed_leaves_nothing_or_a_whole_generation(generations, phase):
    killed_at(generations, phase, first=1)
    if phase == "switched":
        assert whole(generations) == [1]
    else:
        with pytest.raises(NoData):
            generations.open()
    number = write_with_count(generations, 2)
    assert number == (1 if phase == "opened" else 2)
    assert whole(generations) == ([1, 2] if phase == "switched" else [2])


def test_a_number_that_a_killed_writer_had_given_is_not_given_again(generations):
    write(generations, 1)
    killed_at(generations, "renamed", first=2)
    assert generations.current() == 1
    assert generations.numbers() == (1, 2)
    assert write(generations, 3) == 3
    assert content(generations) == [1, 3]


def test_every_phase_is_announced_in_order(generations):
    phases = []
    write(Generations(generations.data, announce=phases.append), 1)
    assert phases == PHASES


def test_all_is_on_the_disk_before_it_is_published(generations, monkeypatch):
    """What power loss keeps shows only in the order of the syncs; kill -9 keeps it all."""
    write(generations, 1)
    steps = []
    real = generations_module.sync

    def noted(path):
        real(path)
        steps.append(path.relative_to(generations.data).as_posix())

    for module in (drafts, generations_module):
        monkeypatch.setattr(module, "sync", noted)
    noting = Generations(generations.data, announce=lambda phase: steps.append(f"[{phase}]"))
    with noting.write() as draft:
        draft.store.add([quad(2)])
        draft.amend("quads/a.nq").write_text("text")
        draft.publish()
    tail = ["[synced]", "generations", "[renamed]", ".", "[switched]", "[pruned]"]
    assert steps[steps.index("[synced]") :] == tail
    synced = {step for step in steps[: steps.index("[synced]")] if not step.startswith("[")}
    new = generations.path(2)
    old = {path.stat().st_ino for path in generations.path(1).rglob("*")}
    must = {path for path in (new, *new.rglob("*")) if path.stat().st_ino not in old}
    names = {(Path("generations/next.tmp") / path.relative_to(new)).as_posix() for path in must}
    assert synced == names
    assert {"generations/next.tmp/meta.json", "generations/next.tmp/quads/a.nq"} <= synced


def test_nothing_acknowledged_is_lost_when_writers_are_killed_at_any_moment(generations):
    chance = random.Random(7)
    acknowledged = 0
    for _ in range(8):
        with writer(generations, "never", acknowledged + 1, count=1000) as child:
            lines = iter(child.stdout)
            next(line for line in lines if line.startswith("acknowledged"))
            time.sleep(chance.random() / 10)
            child.kill()
            said = [line.split() for line in lines if line.startswith("acknowledged")]
        found = whole(generations)
        assert found == list(range(1, len(found) + 1))
        known = int(said[-1][2]) if said and len(said[-1]) == 3 else acknowledged + 1
        assert found[-1] >= known
        acknowledged = found[-1]
    assert write_with_count(generations, acknowledged + 1) > 8


@pytest.mark.thorough
def test_readers_never_fail_while_a_writer_writes(generations):
    write_with_count(generations, 1)
    seen = set()
    with writer(generations, "never", first=2, count=12) as child:
        lines = (line for line in child.stdout if line.startswith("acknowledged"))
        last = 1
        while last < 13:
            for _ in range(20):
                found = whole(generations)
                seen.add(found[-1])
                assert found == list(range(1, len(found) + 1))
                assert found[-1] >= last
            last = int(next(lines).split()[2])
    assert len(seen) > 5


# No room left


def test_a_write_that_meets_a_limit_of_the_disk_leaves_all_as_it_was(generations):
    write(generations, 1)
    before = below(generations.path(1))
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))
    try:
        with pytest.raises(OSError, match=r"."), generations.write() as draft:
            draft.store.add(quad(number) for number in range(20_000))
            draft.publish()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert content(generations) == [1]
    assert below(generations.path(1)) == before
    assert leftovers(generations) == []
    assert write(generations, 2) == 2


FULL_DISK = """
import subprocess, sys
from pathlib import Path
import pyoxigraph as ox
from queries.generations import Generations

folder = Path(sys.argv[1])
mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
if subprocess.run(mount, capture_output=True).returncode:
    sys.exit(77)
generations = Generations(folder / "data")

def quad(number):
    ex = "http://example.org/"
    return ox.Quad(ox.NamedNode(f"{ex}{number}"), ox.NamedNode(ex + "p"),
                   ox.Literal(f"{number} " * 20), ox.NamedNode(ex + "g"))

def write(count):
    with generations.write() as draft:
        draft.store.add(map(quad, range(count)))
        return draft.publish()

def held():
    with generations.open() as reader:
        return len(reader.store)

assert write(10) == 1
for _ in range(2):
    try:
        write(50_000)
    except OSError as error:
        print(type(error).__name__, error)
    else:
        sys.exit("the disk was not full")
    assert held() == 10
    assert sorted(path.name for path in generations.folder.iterdir()) == ["1", "1.lock"]
(folder / "ballast").write_bytes(b"")
with (folder / "ballast").open("wb", buffering=0) as ballast:
    try:
        while True:
            ballast.write(bytes(4096))
    except OSError:
        pass
try:
    write(11)
except OSError as error:
    print(type(error).__name__, error)
else:
    sys.exit("the disk was not full")
assert held() == 10
(folder / "ballast").unlink()
assert write(12) >= 2
assert held() == 12
"""


def test_a_full_disk_loses_nothing_and_the_next_write_succeeds(tmp_path):
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("there is no program `unshare` to mount a small disk with")
    command = [unshare, "--user", "--map-root-user", "--mount"]
    if os.geteuid() == 0:
        command = [unshare, "--mount"]
    child = subprocess.run(
        [*command, sys.executable, "-c", FULL_DISK, str(tmp_path)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if child.returncode == 77 or "unshare" in child.stderr:
        pytest.skip("a small disk cannot be mounted here")
    assert child.returncode == 0, child.stdout + child.stderr
    assert "space" in child.stdout
