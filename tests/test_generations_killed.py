"""Writers killed in every phase, and disks without room: what was published stays whole."""
# ruff: noqa: F811 (fixtures of another file)

import os
import random
import resource
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from queries import generations as generations_module
from queries.errors import (
    NoData,
)
from queries.generations import Generations
from queries.writes import drafts
from tests.conftest import sampled
from tests.test_generations import (  # noqa: F401
    CHECKOUT,
    PHASES,
    below,
    content,
    generations,
    leftovers,
    numbers_in,
    quad,
    write,
)

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
