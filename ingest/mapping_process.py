"""The process that maps large files beside the loading store: one job in, lines of JSON out."""

import ctypes
import gc
import json
import signal
import sys
from contextlib import suppress
from typing import Any

from ingest.jobs import CollisionError, Job, StrictError, fields_of
from ingest.readers import ReadError
from ingest.spool import run

YOUNG = 100_000  # objects made between two looks for cycles: records make none, and are many


def main() -> None:
    """Do the job given as JSON on standard input; progress and result are JSON lines."""
    die_with_parent()
    gc.freeze()
    gc.set_threshold(YOUNG, 50, 100)
    say = sys.stdout

    def progress(phase: str, done: int, total: int | None) -> None:
        say.write(json.dumps([phase, done, total]) + "\n")
        say.flush()

    known = json.loads(sys.stdin.read())
    job = Job(**{**known, "files": tuple(known["files"])})
    try:
        answer: dict[str, Any] = {"found": fields_of(run(job, progress))}
    except StrictError as error:
        answer = {"strict": [error.where, str(error)]}
    except CollisionError as error:
        answer = {"collision": str(error)}
    except ReadError as error:
        answer = {"read": [str(error.path), error.reason]}
    except OSError as error:
        answer = {"system": [error.errno, error.strerror, error.filename]}
    say.write(json.dumps(answer) + "\n")


def die_with_parent() -> None:
    """Ask Linux to end this process with the one that started it; elsewhere its pipe does."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


if __name__ == "__main__":
    main()
