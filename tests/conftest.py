"""What several tests share: the folder of real records, and which parts must be there."""

import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
SAMPLES = Path(os.environ.get("QUIVER_SAMPLES", CHECKOUT.parent / "shared" / "data"))
REQUIRED = set(os.environ.get("QUIVER_REQUIRE", "").split(","))


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
def fast_path(tmp_path):
    """An empty folder in memory where there is one, as every write waits for its disk."""
    shared_memory = Path("/dev/shm")
    if not os.access(shared_memory, os.W_OK) or shutil.disk_usage(shared_memory).free < 1 << 30:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="quiver-test-", dir=shared_memory) as folder:
        yield Path(folder)


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


def free_port():
    """A loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port, process, seconds=20):
    """Whether the process comes to listen on the port."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.01)
    return False


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
