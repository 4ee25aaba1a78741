"""Progress on standard error: a bar in a terminal, elsewhere a line now and then."""

import math
import sys
import threading
import time
from typing import Self

import click

# Shorter work needs no bar; a bar that flashes by is noise, and so is a line of what it did.
PATIENCE = 1.0
WORTH_A_LINE = 0.5
REFRESH = 0.1
TICK = 0.5  # a phase that counts nothing shows its seconds
LINES_APART = 10.0
WIDTH = 28
# What a writer announces, under the names of what people wait for.
_STEPS = dict.fromkeys(("locked", "checkpointed", "opened"), "opening") | dict.fromkeys(
    ("flushed", "closed", "written", "synced", "renamed", "switched", "pruned"), "publishing"
)


class Progress:
    """Called with (phase, done, total or None) by whatever takes time; shows rate and time left.

    In a terminal a phase that counts nothing shows how long it has taken, from a thread of its own,
    which ends with the context.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._phase = ""
        self._started: float | None = None
        self._began = 0.0
        self._shown = 0.0
        self._drawn = False
        self._counts = False
        self._turn = threading.Lock()
        self._over = threading.Event()

    def __call__(self, phase: str, done: int, total: int | None = None) -> None:
        """Say that `done` of `total` units of a phase are done."""
        if not self._quiet:
            with self._turn:
                self._say(_STEPS.get(phase, phase), done, total)

    def _say(self, phase: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        self._started = now if self._started is None else self._started
        if phase != self._phase:
            self._end()
            self._phase, self._began = phase, now
            # In a terminal each phase is shown as it begins: one may stay at its first word.
            self._shown = -math.inf if self._terminal else now
        self._counts = done > 0
        pause = REFRESH if self._terminal else LINES_APART
        if now - self._shown < pause or now - self._started < PATIENCE:
            return
        self._shown = now
        if self._terminal:
            self._draw(bar(done, total, now - self._began))
        else:
            click.echo(f"{phase}: {done:,}{f' of {total:,}' if total else ''}", err=True)

    def rest(self) -> None:
        """End the phase, so that something else can be written; the next call begins another."""
        with self._turn:
            self._end()
            self._phase, self._counts = "", True

    def _draw(self, text: str) -> None:
        click.echo(f"\r{self._phase:<12} {text}\x1b[K", err=True, nl=False)
        self._drawn = True

    def _end(self) -> None:
        seconds = time.monotonic() - self._began
        if self._drawn and seconds >= WORTH_A_LINE:
            self._draw(f"{seconds:.1f} s\n")
        elif self._drawn:
            click.echo("\r\x1b[K", err=True, nl=False)
        self._drawn = False

    def _tick(self) -> None:
        while not self._over.wait(TICK):
            with self._turn:
                if not self._counts and (self._drawn or self._is_long()):
                    self._draw(bar(0, None, time.monotonic() - self._began))

    def _is_long(self) -> bool:
        """Whether a phase that began in the first second has gone on since."""
        return self._started is not None and time.monotonic() - self._started >= PATIENCE

    def __enter__(self) -> Self:
        if self._terminal and not self._quiet:
            threading.Thread(target=self._tick, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with self._turn:
            self._end()


def bar(done: int, total: int | None, seconds: float) -> str:
    """A bar with the time left and the rate; without a total the count; without one the time."""
    if not done:
        return f"{seconds:.0f} s" if seconds >= 1 else ""
    rate = f"{done / seconds:,.0f}/s" if seconds else ""
    if not total:
        return f"{done:>12,}  {rate}"
    part = min(done / total, 1.0)
    filled = round(part * WIDTH)
    left = seconds * (1 - part) / part
    return f"{'█' * filled}{'░' * (WIDTH - filled)} {part:>4.0%}  {_time(left):>11} left  {rate}"


def _time(seconds: float) -> str:
    """ "12 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
