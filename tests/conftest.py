"""What several tests share: the folder of real records, and which parts must be there.

A plain run samples what would take long to sweep; the rest is marked `thorough` (`-m thorough`).
"""

import compileall
import fcntl
import hashlib
import json
import os
import pty
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers

from ontology import terms
from queries.generations import Generations
from queries.search import textindex
from tests.servers import (
    CHECKOUT,
    answers,
    free_port,
    publish,
    running_server,
)

QUIVER = Path(sys.executable).with_name("quiver")
SMALL = CHECKOUT / "tests/data/graph/small.trig"
LIBRARY = CHECKOUT / "tests/data/trig/library.trig"
SAMPLES = Path(os.environ.get("QUIVER_SAMPLES", CHECKOUT.parent / "shared" / "data"))
REQUIRED = set(os.environ.get("QUIVER_REQUIRE", "").split(","))
# What is compiled is kept, for the next run and for each of the hundred programs started here.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def sampled(cases, *plain):
    """The parameters of a sweep: a plain run takes these of them, `-m thorough` all the others."""
    cases = list(cases)
    assert plain and all(case in cases for case in plain), plain
    return [
        case if case in plain else pytest.param(case, marks=pytest.mark.thorough) for case in cases
    ]


@pytest.hookimpl(tryfirst=True)  # before pytest makes its folder
def pytest_configure(config):
    """Few examples of each property in a plain run."""
    settings.register_profile("plain", max_examples=15, deadline=None)
    settings.register_profile("thorough", max_examples=200, deadline=None)
    plain = config.getoption("markexpr") == "not thorough"
    settings.load_profile("plain" if plain else "thorough")
    if plain and hasattr(providers, "_get_local_constants"):
        # Each process would parse all our modules for constants to try, a second long.
        providers._get_local_constants = lambda: providers._local_constants
    if not hasattr(config, "workerinput"):
        if config.option.basetemp is None:
            keep_in_memory(config)
        if config.getoption("numprocesses", None):
            compile_ahead(config)


@pytest.hookimpl(trylast=True)  # when those are gone that this run leaves out
def pytest_collection_modifyitems(config, items):
    """Have each process begin with long tests: one that came last would be waited for alone."""
    count = int(getattr(config, "workerinput", {}).get("workercount", 1))
    long = [item for item in items if item.get_closest_marker("long")]
    others = [item for item in items if not item.get_closest_marker("long")]
    left = len(items)
    items.clear()
    for process in range(count):  # as `--dist=worksteal` deals them out
        share = long[process::count]
        size = left // (count - process)
        left -= size
        short = max(0, size - len(share))
        items += share + others[:short]
        del others[:short]
    items += others


def compile_ahead(config):
    """Have every module compiled once, on all processors: each process would compile them all.

    pytest's own functions are taken where they are; they are no promise of its.
    """
    with suppress(ImportError, AttributeError):
        from _pytest.assertion import rewrite

        state = config.stash[rewrite.assertstate_key]
        tests = sorted((CHECKOUT / "tests").glob("*.py"))
        packages = [CHECKOUT / name for name in ("ontology", "queries", "ingest", "server")]
        modules = [file for folder in packages for file in sorted(folder.rglob("*.py"))]
        count = os.cpu_count() or 1
        for share in range(count):
            if os.fork() == 0:
                try:
                    for file in modules[share::count]:
                        compileall.compile_file(file, quiet=2)
                    for file in tests[share::count]:
                        pyc = rewrite.get_cache_dir(file) / f"{file.stem}{rewrite.PYC_TAIL}"
                        if rewrite._read_pyc(file, pyc) is None:
                            pyc.parent.mkdir(exist_ok=True)
                            hashed, code = rewrite._rewrite_test(file, config)
                            rewrite._write_pyc(state, code, hashed, pyc)
                finally:
                    os._exit(0)
        for _ in range(count):
            os.wait()


def keep_in_memory(config):
    """Have all that tests write in memory where there is room, as a disk makes every write wait."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or os.statvfs(memory).f_flag & os.ST_NOEXEC:
        return
    if shutil.disk_usage(memory).free >= 1 << 30:
        folder = tempfile.mkdtemp(prefix="quiver-tests-", dir=memory)
        config.option.basetemp = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def missing(part, reason):
    """Skip a test for want of a part, or fail it where QUIVER_REQUIRE names that part."""
    if part in REQUIRED:
        pytest.fail(f"QUIVER_REQUIRE names {part}, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def samples():
    """The folder of real records."""
    if not SAMPLES.is_dir():
        missing("samples", f"there is no folder {SAMPLES}")
    return SAMPLES


@pytest.fixture
def write(tmp_path):
    """`write(name, *papers)` gives a file of JSON Lines."""

    def write(name, *papers):
        return write_lines(tmp_path / name, papers)

    return write


def write_lines(file, papers):
    file.write_text("".join(json.dumps(one) + "\n" for one in papers))
    return file


def program(name):
    """The path of a program beside this Python or on the PATH; else the test is skipped."""
    beside = Path(sys.executable).parent
    found = shutil.which(name, path=beside) or shutil.which(name)
    if found is None:
        missing(name, f"the program {name} is not installed")
    return found


@pytest.fixture
def require():
    """`require("oxigraph")` gives the path of a program, or skips the test for want of it."""
    return program


@contextmanager
def running_oxigraph(*options, memory=4 << 30):
    """The URL of an `oxigraph serve` in memory, of its own, with its memory capped."""
    command = [program("oxigraph"), "serve", *options]
    port = free_port()
    process = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        resource.prlimit(process.pid, resource.RLIMIT_DATA, (memory, memory))
        if not answers(port, process):
            missing("oxigraph", "`oxigraph serve` does not start here")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def oxigraph_union():
    """An `oxigraph serve` whose default graph is the union of all graphs."""
    with running_oxigraph("--union-default-graph") as url:
        yield url


@pytest.fixture(scope="session")
def oxigraph_plain():
    """An `oxigraph serve` as it comes: the default graph is a graph of its own."""
    with running_oxigraph() as url:
        yield url


@pytest.fixture(scope="session")
def library_server(tmp_path_factory):
    """A server of a small graph made by hand; `library` is to be asked for."""
    data = tmp_path_factory.mktemp("library") / "data"
    publish(data, LIBRARY.read_bytes())
    with running_server(data) as served:
        yield served


@pytest.fixture(scope="module")
def library(library_server):
    """A server of a small graph made by hand; what a module writes there goes with it."""
    before = Generations(library_server.data).current()
    yield library_server
    if Generations(library_server.data).current() != before:
        publish(library_server.data, LIBRARY.read_bytes())
    (library_server.data / "tokens.json").unlink(missing_ok=True)


@pytest.fixture(scope="session")
def serving():
    """`with serving(data, timeout=1) as served:` runs a server; `serving.publish` fills data."""
    return running_server


@pytest.fixture(scope="session")
def small_data(tmp_path_factory):
    """A data folder made of `data/graph/small.trig`, for what reads a graph and does not load."""
    data = tmp_path_factory.mktemp("small") / "data"
    base = "http://localhost:8000/"
    graph = ox.Store()
    graph.load(path=str(SMALL))
    with Generations(data).write() as draft:
        draft.store.engine.bulk_load(path=str(SMALL))
        to = ox.NamedNode(f"{base}graph/ontology")
        draft.store.engine.bulk_load(path=str(CHECKOUT / "ontology/quiver.ttl"), to_graph=to)
        draft.meta["base"] = base
        textindex.build(draft.path / "text.sqlite", _index_rows(graph))
        draft.publish()
    return data


def _index_rows(graph):
    """As a load writes them: who stands for all, with the other names of those."""
    classes = {"author": terms.AUTHOR, "publication": terms.PUBLICATION, "venue": terms.VENUE}
    for kind, of in classes.items():
        asked = f"""SELECT DISTINCT ?e ?l ?other {{ ?e a <{of}> ; <{terms.LABEL}> ?l
            OPTIONAL {{ ?member <{terms.CANONICAL}> ?e ; <{terms.LABEL}> ?other }}
            FILTER NOT EXISTS {{ ?e <{terms.CANONICAL}> ?it FILTER(?it != ?e) }} }}"""
        found = {}
        for row in graph.query(asked, use_default_graph_as_union=True):
            names = found.setdefault((row["e"].value, row["l"].value), set())
            names |= {row["other"].value} - {row["l"].value} if row["other"] else set()
        for (iri, label), names in found.items():
            others = textindex.NAMES_APART.join(sorted(names))
            yield textindex.Row(iri, kind, label, "", 1, others)


@contextmanager
def once(tmp_path_factory, name):
    """A folder that all processes of a run share, and whether it is for this one to fill."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    folder, filled = root / name, root / f"{name}.filled"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder, not filled.exists()
        filled.touch()


@pytest.fixture
def grown(tmp_path, tmp_path_factory):
    """`grown(papers, …)`: a data folder of sources of these papers, resolved, for a test to change.

    It is made once; each test has a copy.
    """

    def grown(*sources):
        from ingest.pipeline import load
        from ingest.resolution.links import resolve

        name = hashlib.sha256(json.dumps(sources).encode()).hexdigest()[:16]
        with once(tmp_path_factory, f"grown-{name}") as (folder, empty):
            if empty:
                folder.mkdir()
                for source, papers in zip(("one", "two", "three"), sources, strict=False):
                    load(folder / "data", [write_lines(folder / f"{source}.jsonl", papers)])
                resolve(folder / "data")
        shutil.copytree(folder / "data", tmp_path / "data", symlinks=True)
        return tmp_path / "data"

    return grown


@dataclass(frozen=True, slots=True)
class Demo:
    """What `quiver demo` made: its folder and base, what it printed and what a terminal showed."""

    data: Path
    base: str
    printed: str
    shown: str


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demo, built by the command, once for all processes of a run; for reading only."""
    with once(tmp_path_factory, "demo") as (folder, empty):
        if empty:
            folder.mkdir(exist_ok=True)
            printed, shown = _on_terminal([QUIVER, "demo", "--data", folder / "data", "--no-serve"])
            (folder / "printed").write_text(printed)
            (folder / "shown").write_text(shown)
    printed, shown = ((folder / name).read_text() for name in ("printed", "shown"))
    return Demo(folder / "data", "http://localhost:8000/", printed, shown)


@pytest.fixture(scope="session")
def resolved(demo):
    """A data folder of the two bundled sources, resolved: to be copied where a test writes."""
    return demo.data


def _on_terminal(command):
    """Run a command whose standard error is a terminal: what it printed, what the terminal got."""
    master, slave = pty.openpty()
    parts = []

    def watch():
        with suppress(OSError):  # the terminal's other end was closed
            while part := os.read(master, 1 << 16):
                parts.append(part)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=slave, text=True)
    finally:
        os.close(slave)
        watcher.join()
        os.close(master)
    shown = b"".join(parts).decode()
    assert done.returncode == 0, shown
    return done.stdout, shown
