"""A process that takes people's decisions, one line of JSON each, and answers each with one.

Kept running by a server, it has everything imported, and can be killed without harm: a decision is
published whole or not at all. What a write begins with, a copy of the graph, it makes before
the next decision comes. Started as `python -m ingest.resolution.curation.curator FOLDER`.
"""

import json
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from ctypes import CDLL
from dataclasses import asdict
from pathlib import Path
from select import select
from typing import Any

from ingest.linking import deciding as linking
from ingest.resolution.curation import deciding, splitting
from ingest.resolution.explaining import OneEntity, UnknownEntity
from ingest.resolution.report import RunReport
from ingest.resolution.weighing.evidence import Decision
from queries.errors import Locked, NoData, QueriesError
from queries.generations import Generations
from queries.writes import ahead

PATIENCE = 2.0  # seconds for another writer: somebody waits at a screen
ANSWERED = 0.01  # seconds in which the answer goes out, and whoever has waited comes
LOOKED = 0.04  # seconds more in which pages are asked for that show what was decided
IDLE = 120.0  # seconds without a decision after which the copy for the next one is let go
PR_SET_PDEATHSIG = 1

# The word by which the server tells one refusal from another.
REFUSALS: tuple[tuple[type[Exception], str], ...] = (
    (Locked, "locked"),
    (NoData, "no-data"),
    (UnknownEntity, "unknown"),
    (deciding.UnknownDecision, "unknown"),
    (OneEntity, "one-entity"),
    (linking.NoLink, "no-link"),
    (deciding.DecidedMeanwhile, "meanwhile"),
    (QueriesError, "refused"),
)


def main() -> None:
    """Answer until standard input ends."""
    CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    data = Path(sys.argv[1])
    copy = ahead.expect(data)
    prepare(data, copy)
    while line := sys.stdin.buffer.readline():
        sys.stdout.write(json.dumps(answer(data, json.loads(line)), ensure_ascii=False) + "\n")
        sys.stdout.flush()
        prepare(data, copy)
    ahead.forget(data)


def prepare(data: Path, copy: ahead.Ahead) -> None:
    """Copy for the next job at once, clear away when pages have shown the last; then wait for it.

    Who decides in a rhythm comes soon: the copy is half of what such a job would wait for. Where
    nobody decides for a while, none is kept.
    """
    if _comes(ANSWERED):
        return
    with suppress(QueriesError, OSError):  # it would only have saved time
        copy.make()
    if _comes(LOOKED) or any(_comes(0.0) for _ in Generations(data).clearing()):
        return
    if not _comes(IDLE):
        copy.drop()


def _comes(seconds: float) -> bool:
    """Whether a job, or the end, comes within these."""
    return bool(select([sys.stdin], [], [], seconds)[0])


def answer(data: Path, job: Mapping[str, Any]) -> dict[str, Any]:
    """What became of one job, or why nothing did."""
    try:
        made, report = TASKS[job["task"]](data, job)
    except QueriesError as error:
        cause = next(word for kind, word in REFUSALS if isinstance(error, kind))
        return {"refused": cause, "detail": str(error)}
    return {
        "decisions": [asdict(one) for one in made],
        "generation": report.generation,
        "obeyed": report.obeyed,
        "problems": list(report.problems),
        "changes": [change.as_dict() for change in report.changes],
    }


Made = tuple[list[Decision], RunReport]


def _told(job: Mapping[str, Any]) -> dict[str, Any]:
    """Who decides and why, knowing what; how long to wait for others."""
    return {
        "by": job["by"],
        "reason": job["reason"],
        "knew": job.get("knew"),
        "wait": PATIENCE,
    }


def _decide(data: Path, job: Mapping[str, Any]) -> Made:
    return deciding.decide(
        data,
        job["a"],
        job["b"],
        job["verdict"],
        **_told(job),
        later=True,
    )


def _link(data: Path, job: Mapping[str, Any]) -> Made:
    return linking.decide(
        data,
        job["a"],
        job["b"],
        job["verdict"],
        **_told(job),
    )


def _undo(data: Path, job: Mapping[str, Any]) -> Made:
    told: dict[str, Any] = {"by": job["by"], "reason": job["reason"], "wait": PATIENCE}
    try:
        return deciding.undo(data, [job["undo"]], **told, later=True)
    except deciding.UnknownDecision:
        return linking.undo(data, [job["undo"]], **told)


def _split(data: Path, job: Mapping[str, Any]) -> Made:
    return splitting.split(
        data,
        job["row"],
        job["signatures"],
        to=job["to"],
        **_told(job),
        later=True,
    )


TASKS: Mapping[str, Callable[[Path, Mapping[str, Any]], Made]] = {
    "decide": _decide,
    "link": _link,
    "undo": _undo,
    "split": _split,
}

if __name__ == "__main__":
    main()
