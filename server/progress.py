"""Progress on standard error: a bar in a terminal, elsewhere a line now and then."""

import math
import sys
import time
from types import TracebackType
from typing import Self

import click

# Shorter work needs no bar; a bar that flashes by is noise.
PATIENCE = 1.0
REFRESH = 0.1
LINES_APART = 10.0
WIDTH = 28


class Progress:
    """Called with (phase, done, total or None) by whatever takes time; shows rate and time left."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._phase = ""
        self._started: float | None = None
        self._began = 0.0
        self._shown = 0.0
        self._drawn = False

    def __call__(self, phase: str, done: int, total: int | None = None) -> None:
        """Say that `done` of `total` units of a phase are done."""
        now = time.monotonic()
        self._started = now if self._started is None else self._started
        if phase != self._phase:
            self._end()
            self._phase, self._began = phase, now
            # In a terminal each phase is shown as it begins: one may stay at its first word.
            self._shown = -math.inf if self._terminal else now
        pause = REFRESH if self._terminal else LINES_APART
        if self._quiet or now - self._shown < pause or now - self._started < PATIENCE:
            return
        self._shown = now
        if self._terminal:
            self._draw(done, total, now - self._began)
        else:
            click.echo(f"{phase}: {done:,}{f' of {total:,}' if total else ''}", err=True)

    def _draw(self, done: int, total: int | None, seconds: float) -> None:
        rate = done / seconds if seconds else 0.0
        text = f"{self._phase:<12} {done:>12,}"
        if total:
            part = min(done / total, 1.0)
            filled = round(part * WIDTH)
            left = (total - done) / rate if rate else 0.0
            bar = "█" * filled + "░" * (WIDTH - filled)
            text = f"{self._phase:<12} {bar} {part:>4.0%}  {left:>4.0f} s left"
        click.echo(f"\r{text}  {rate:,.0f}/s\x1b[K", err=True, nl=False)
        self._drawn = True

    def _end(self) -> None:
        if self._drawn:
            seconds = time.monotonic() - self._began
            click.echo(f"\r{self._phase:<12} {seconds:.1f} s\x1b[K", err=True)
        self._drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()
