"""People's decisions on their way from a request to the graph: one process takes them in turn.

The server opens no store, so a process of its own decides, publishes and answers. Whoever opens the
desk, or else the first decision, starts it; it is killed where one takes longer than it may: then
nothing was published.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from time import monotonic
from typing import Any, cast

from server.problems import Problem

ROOT = Path(__file__).resolve().parent.parent
START = (
    "import sys; sys.path.insert(0, sys.argv.pop()); "
    "from ingest.resolution.curation.curator import main"
)
OBEY = START.replace("curator", "obeying")
DEADLINE = 120.0  # seconds: a graph of millions may have to be compacted first
TIDYING = 2.0  # seconds that the process has to clear away
QUEUE = 20.0  # seconds that a decision waits for those before it

# What each refusal of the process is over HTTP.
STATUSES = {
    "locked": 503,
    "no-data": 503,
    "unknown": 404,
    "one-entity": 400,
    "no-link": 400,
    "refused": 409,
    "meanwhile": 409,
}


class Curator:
    """Takes decisions on one data folder, one at a time."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._obeying: subprocess.Popen[bytes] | None = None

    def run(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """What became of the job; a Problem where it was refused."""
        if not self._turn.acquire(timeout=QUEUE):
            raise _busy("others are deciding; try again")
        try:
            told = self._asked(json.dumps(job).encode() + b"\n")
        finally:
            self._turn.release()
        if cause := told.get("refused"):
            headers = {"Retry-After": "2"} if STATUSES[cause] == 503 else {}
            raise Problem(STATUSES[cause], told["detail"], cause=cause, headers=headers)
        return told

    def ready(self) -> None:
        """Start the process where nobody decides now: the first decision is not to wait for it."""
        if self._turn.acquire(blocking=False):
            try:
                self._running()
            finally:
                self._turn.release()

    def obey(self) -> int:
        """Have the decisions obeyed that wait for a run; the exit status of who did it.

        Other decisions are taken meanwhile. Returns when it is done, or killed by `close`.
        """
        self._obeying = subprocess.Popen(
            [sys.executable, "-c", f"{OBEY}; main()", self.data, ROOT],
            stdin=subprocess.DEVNULL,
        )
        with self._obeying as process:
            return process.wait()

    def close(self) -> None:
        """End the processes; what waits for a run waits on."""
        if self._obeying is not None and self._obeying.poll() is None:
            self._obeying.kill()
        if self._turn.acquire(blocking=False):
            try:
                self._leave()
            finally:
                self._turn.release()
        self._close()

    def _leave(self) -> None:
        """Let the process, which decides nothing now, clear away what it made for the next."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(subprocess.TimeoutExpired, BrokenPipeError):
                self._process.stdin.close()
                self._process.wait(TIDYING)

    def _close(self) -> None:
        if self._process is not None:
            with self._process as process:
                process.kill()
            self._process = None

    def _asked(self, line: bytes) -> dict[str, Any]:
        try:
            process = self._send(line)
        except BrokenPipeError:  # it died since the last one
            self._close()
            process = self._send(line)
        reply = self._reply(process)
        if not reply.endswith(b"\n"):
            self._close()
            raise Problem(500, "the decision failed, and nothing was published", cause="crash")
        return cast(dict[str, Any], json.loads(reply))

    def _send(self, line: bytes) -> subprocess.Popen[bytes]:
        process = self._running()
        assert process.stdin is not None
        process.stdin.write(line)
        process.stdin.flush()
        return process

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._close()
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"{START}; main()", self.data, ROOT],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._process

    def _reply(self, process: subprocess.Popen[bytes]) -> bytes:
        """One line; the process is killed when it takes too long."""
        assert process.stdout is not None
        reply, until = b"", monotonic() + DEADLINE
        with DefaultSelector() as selector:
            selector.register(process.stdout, EVENT_READ)
            while not reply.endswith(b"\n"):
                if not selector.select(max(0.0, until - monotonic())):
                    self._close()
                    raise _busy(f"the decision took longer than {DEADLINE:.0f} s and was dropped")
                part = process.stdout.read1(1 << 20)  # type: ignore[attr-defined]
                if not part:
                    break
                reply += part
        return reply


def _busy(detail: str) -> Problem:
    return Problem(503, detail, cause="deadline", headers={"Retry-After": "5"})
