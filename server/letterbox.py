"""Where suggestions of readers are kept: a bounded queue in a file, and a meter before it.

One line of JSON each in `suggestions.jsonl` of the data folder; the last line about one says what
became of it. Mail addresses are not kept, nor who sent it.
"""

import fcntl
import json
import os
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from server.problems import Problem

FILE = "suggestions.jsonl"
LONGEST = 1000  # characters
OPEN_AT_MOST = 500
HOUR = 3600.0
FROM_ONE, FROM_ALL = 10, 100  # an hour
STATES = ("accepted", "dismissed")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a reader says of an entity (`about`, a path below the base's `id/`).

    Perhaps that it is the same as another one or is not (`verdict`, `other`): a curator who accepts
    it decides so.
    """

    id: str
    about: str
    text: str
    at: str
    state: str = "open"
    by: str = ""
    verdict: str = ""
    other: str = ""


class Suggestions:
    """The suggestions of one data folder."""

    def __init__(self, data: Path) -> None:
        self.file = data / FILE

    def open(self) -> list[Suggestion]:
        """Those that nobody has dealt with, the oldest first."""
        return [one for one in self._all().values() if one.state == "open"]

    def add(self, about: str, text: str, verdict: str = "", other: str = "") -> Suggestion:
        """Keep one; a Problem where too many wait."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._locked():
            if len(self.open()) >= OPEN_AT_MOST:
                raise Problem(
                    503,
                    f"{OPEN_AT_MOST} suggestions wait already; try again in some days",
                    cause="queue",
                    headers={"Retry-After": "86400"},
                )
            name = secrets.token_hex(6)
            fresh = Suggestion(name, about, cleaned(text), now, verdict=verdict, other=other)
            return self._write(fresh)

    def find(self, name: str) -> Suggestion:
        """The one of this name; a Problem where there is none."""
        known = self._all().get(name)
        if known is None:
            raise Problem(404, f"there is no suggestion {name[:40]!r}", cause="unknown")
        return known

    def settle(self, name: str, state: str, by: str) -> Suggestion:
        """Say what became of one."""
        with self._locked():
            return self._write(replace(self.find(name), state=state, by=by))

    def _all(self) -> dict[str, Suggestion]:
        if not self.file.exists():
            return {}
        found: dict[str, Suggestion] = {}
        for line in self.file.read_text("utf-8").splitlines():
            if line.endswith("}"):  # a line cut off by a crash was never acknowledged
                one = Suggestion(**json.loads(line))
                found[one.id] = one
        return found

    def _write(self, one: Suggestion) -> Suggestion:
        text = json.dumps(asdict(one), ensure_ascii=False) + "\n"
        with self.file.open("ab") as stream:
            torn = stream.tell() and not self._ends_whole()
            stream.write((("\n" if torn else "") + text).encode())
            stream.flush()
            os.fsync(stream.fileno())
        return one

    def _ends_whole(self) -> bool:
        with self.file.open("rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read() == b"\n"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self.file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Meter:
    """How many came in the last hour: from one client, and from all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: deque[tuple[float, str]] = deque()

    def take(self, client: str) -> None:
        """Count one; a Problem where it is one too many."""
        now = time.monotonic()
        with self._lock:
            while self._times and now - self._times[0][0] > HOUR:
                self._times.popleft()
            mine = [at for at, who in self._times if who == client]
            if len(mine) >= FROM_ONE or len(self._times) >= FROM_ALL:
                first = mine[0] if len(mine) >= FROM_ONE else self._times[0][0]
                wait = str(int(first + HOUR - now) + 1)
                raise Problem(
                    429,
                    "too many suggestions in an hour",
                    cause="rate",
                    headers={"Retry-After": wait},
                )
            self._times.append((now, client))


def cleaned(text: str) -> str:
    """The text without mail addresses and characters that nobody sees."""
    return _MAIL.sub("[address not kept]", _CONTROL.sub("", text)).strip()
