"""Progress: what stays on the terminal, and what is said where there is none."""

import io
import time
from contextlib import contextmanager, redirect_stderr

import pytest

from server import progress
from server.progress import Progress, bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0)


@contextmanager
def watching(stream, **options):
    """A Progress that writes to this stream, and the stream."""
    with redirect_stderr(stream), Progress(**options) as watcher:
        yield watcher


def lines(stream):
    """What is left to read: after a return to the line's beginning, what was written last."""
    shown = (line.split("\r")[-1].removesuffix("\x1b[K") for line in stream.getvalue().split("\n"))
    return [line.split()[0] for line in shown if line.strip()]


def publish(watcher):
    for step in ("locked", "opened"):
        watcher(step, 0)
    watcher("records", 5, 10)
    watcher("publishing", 0)
    for step in ("flushed", "closed", "written", "synced", "renamed", "switched", "pruned"):
        watcher(step, 0)


def test_short_phases_leave_no_line():
    with watching(terminal := Terminal()) as watcher:
        publish(watcher)
    assert "records" in terminal.getvalue()
    assert lines(terminal) == []


def test_long_phases_leave_one_and_the_steps_of_publishing_are_one(monkeypatch):
    monkeypatch.setattr(progress, "WORTH_A_LINE", 0)
    with watching(terminal := Terminal()) as watcher:
        publish(watcher)
    assert lines(terminal) == ["opening", "records", "publishing"]


def test_a_phase_that_counts_nothing_shows_its_seconds(monkeypatch):
    monkeypatch.setattr(progress, "TICK", 0.01)
    with watching(terminal := Terminal()) as watcher:
        watcher("sorting", 0)
        end = time.monotonic() + 30
        while "sorting      1 s" not in terminal.getvalue() and time.monotonic() < end:
            time.sleep(0.02)
    assert "sorting      1 s" in terminal.getvalue()


def test_a_phase_that_begins_before_a_bar_is_worth_it_is_shown_when_it_goes_on(monkeypatch):
    monkeypatch.setattr(progress, "TICK", 0.01)
    monkeypatch.setattr(progress, "PATIENCE", 0.1)
    with watching(terminal := Terminal()) as watcher:
        watcher("sorting", 0)
        end = time.monotonic() + 30
        while "sorting" not in terminal.getvalue() and time.monotonic() < end:
            time.sleep(0.02)
    assert "sorting" in terminal.getvalue()


def test_what_is_written_between_phases_has_a_line_of_its_own(monkeypatch):
    monkeypatch.setattr(progress, "TICK", 0.01)
    with watching(terminal := Terminal()) as watcher:
        watcher("asking", 0)
        watcher.rest()
        terminal.write("answered\n")
        time.sleep(0.05)
        assert terminal.getvalue().endswith("\r\x1b[Kanswered\n")


def test_a_quiet_one_says_nothing():
    with watching(terminal := Terminal(), quiet=True) as watcher:
        publish(watcher)
    assert terminal.getvalue() == ""


def test_elsewhere_a_line_now_and_then(monkeypatch):
    monkeypatch.setattr(progress, "LINES_APART", 0)
    with watching(stream := io.StringIO()) as watcher:
        watcher("records", 0, 10_000)
        watcher("records", 5_000, 10_000)
    assert stream.getvalue().splitlines() == ["records: 0 of 10,000", "records: 5,000 of 10,000"]


@pytest.mark.parametrize(
    ("done", "total", "seconds", "shown"),
    [
        (0, None, 0.2, ""),
        (0, 10, 3.4, "3 s"),
        (2_000, None, 2.0, "       2,000  1,000/s"),
        (10, 40, 10.0, "███████░░░░░░░░░░░░░░░░░░░░░  25%         30 s left  1/s"),
        (10, 200, 10.0, "█░░░░░░░░░░░░░░░░░░░░░░░░░░░   5%   3 min 10 s left  1/s"),
        (1, 1_000, 10.0, "░░░░░░░░░░░░░░░░░░░░░░░░░░░░   0%   2 h 46 min left  0/s"),
        (12, 10, 10.0, "████████████████████████████ 100%          0 s left  1/s"),
    ],
)
def test_a_bar_says_how_far_how_long_and_how_quick(done, total, seconds, shown):
    assert bar(done, total, seconds) == shown
