"""The two servers that are compared, each in a process of its own, and what they use of memory."""

import os
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from queries.generations import Generations

GIB = 1 << 30
OXIGRAPH_MEMORY = 4 * GIB  # RLIMIT_AS: without it, some of the attacks take the machine
PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Target:
    """A running server: its process, and where it takes what."""

    name: str
    pid: int
    port: int
    query: str
    update: str
    store: str
    token: str = ""

    def processes(self) -> list[int]:
        """The server's process and all below it."""
        found = [self.pid]
        for pid in found:
            for task in _listed(f"/proc/{pid}/task"):
                with suppress(OSError):
                    children = Path(f"/proc/{pid}/task/{task}/children").read_text()
                    found += map(int, children.split())
        return found

    def resident(self) -> list[int]:
        """Bytes in memory, for each process."""
        return [_resident(pid) for pid in self.processes()]


class Watch:
    """Samples the memory of a server's processes: `largest` of one, `total` of all."""

    def __init__(self, target: Target) -> None:
        self.largest = self.total = 0
        self._target = target
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._over.wait(0.02):
            self._sample()

    def _sample(self) -> None:
        sizes = self._target.resident()
        self.largest = max(self.largest, *sizes)
        self.total = max(self.total, sum(sizes))

    def __enter__(self) -> "Watch":
        self._sample()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


@contextmanager
def quiver(data: Path, **settings: object) -> Iterator[Target]:
    """`quiver serve` on the folder, with these settings and a token that may write."""
    from server.tokens import Tokens

    tokens = Tokens(data)
    with suppress(ValueError):
        tokens.revoke("benchmark")
    token = tokens.new("benchmark", ["write"])
    given = {f"QUIVER_{name.upper()}": str(value) for name, value in settings.items()}
    command = [PROGRAMS / "quiver", "serve", "--data", data, "--port", "0"]
    with (
        Path(f"{data}.serve.log").open("wb") as log,
        subprocess.Popen(
            command, env=os.environ | given, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            port = int(line.rstrip("/\n").rpartition(":")[2])
            _await(port, process)
            yield Target("quiver", process.pid, port, "/sparql", "/sparql", "/graphs", token)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()


@contextmanager
def oxigraph(store: Path, timeout: float | None = None, memory: int = OXIGRAPH_MEMORY):
    """`oxigraph serve` on a store whose default graph is the union, its memory capped."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [PROGRAMS / "oxigraph", "serve", "--location", store, "--union-default-graph"]
    command += ["--bind", f"127.0.0.1:{port}"]
    command += [] if timeout is None else ["--timeout-s", str(round(timeout))]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            resource.prlimit(process.pid, resource.RLIMIT_AS, (memory, memory))
            _await(port, process)
            yield Target("oxigraph", process.pid, port, "/query", "/update", "/store")
        finally:
            process.kill()


def copy_of_current(data: Path, place: Path) -> Path:
    """The store of the current generation, checkpointed: the same files for the other server."""
    shutil.rmtree(place, ignore_errors=True)
    with Generations(data).open() as reader:
        ox.Store.read_only(str(reader.store_path)).backup(str(place))
    return place


def _await(port: int, process: "subprocess.Popen[str]", seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"no server came up on port {port}")


def _resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * resource.getpagesize()


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 (names only)
    except OSError:
        return []
