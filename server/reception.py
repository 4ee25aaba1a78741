"""Begins a request on the thread that brings it, and goes on on the event loop where it must wait.

Granian hands every request from a thread of its own to the event loop. Waking the loop takes as
long as a small query, so a coroutine takes its first step where it is; what ends there never
meets the loop. Should a granian not hand requests over as this expects, they begin on the loop.
"""

import asyncio
import select
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from types import CoroutineType
from typing import Any

from granian import loops

NAME = "quiver"
# What does not come sooner is for a thread to wait for.
WATCH_AFTER = 0.02
# Seconds without a visitor after which nobody looks for late ones any more.
REST = 1.0
MOST_EVENTS = 64
# How long the thread that brings requests may itself wait for an answer, while nobody else asks.
BRIEF_MS = 1
# Seconds for which nobody is waited for there once two connections have asked.
CROWD = 0.1

Resume = Callable[[], object]


class Later:
    """Awaited where a request was begun: what comes after it is done on the event loop."""

    def __await__(self) -> Generator["Later", None, None]:
        yield self

    def suspended(self, loop: "Loop", resume: Resume, as_task: Resume) -> None:
        """The coroutine has stopped here: see that one of these is called on the loop."""
        loop.wake(as_task)


class Visitor(Later):
    """Goes on, still without a task, when the socket has something, or is late to have it."""

    def __init__(self, waits_for: socket.socket, client: str = "") -> None:
        self.waits_for = waits_for
        self.client = client  # one connection's address and port

    def suspended(self, loop: "Loop", resume: Resume, as_task: Resume) -> None:
        loop.arrivals.wait(self.waits_for, resume)


class Alone:
    """Whether there is one client, for whom the thread that brings requests may briefly wait.

    It spares waking the loop. Where others ask meanwhile, each would wait for those before.
    """

    def __init__(self) -> None:
        self._client = ""
        self._asked = self._crowded = 0.0

    def has(self, visitor: Visitor) -> bool:
        """Whether the visitor's socket soon has something; at once False where others ask too."""
        now = time.monotonic()
        if visitor.client != self._client and now - self._asked < CROWD:
            self._crowded = now + CROWD
        self._client, self._asked = visitor.client, now
        if now < self._crowded:
            return False
        poll = select.poll()
        poll.register(visitor.waits_for, select.POLLIN)
        return bool(poll.poll(BRIEF_MS))


class Loop(asyncio.SelectorEventLoop):
    """The event loop of asyncio, which is handed coroutines that have begun."""

    def __init__(self) -> None:
        super().__init__()
        self.arrivals = Arrivals(self)
        self.alone = Alone()

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle | None:
        """As asyncio does, apart from granian's requests: a coroutine and who waits for its end."""
        if len(args) == 2 and type(args[0]) is CoroutineType and not asyncio._get_running_loop():
            self._begin(args[0], lambda: self.call_soon(callback, *args, context=context))
            return None
        return super().call_soon_threadsafe(callback, *args, context=context)

    def wake(self, call: Resume) -> None:
        """Call it on the loop, whatever it is."""
        super().call_soon_threadsafe(call)

    def _begin(self, coroutine: Coroutine[Any, Any, Any], as_task: Resume) -> None:
        try:
            later: Later = coroutine.send(None)
            if isinstance(later, Visitor) and self.alone.has(later):
                later = coroutine.send(None)
        except StopIteration:
            return

        def resume() -> None:
            try:
                coroutine.send(None)
            except StopIteration:
                return
            as_task()

        later.suspended(self, resume, as_task)

    def close(self) -> None:
        if not self.is_closed():
            self.arrivals.close()
        super().close()


class Arrivals:
    """Sockets that a request waits for; any thread adds one, the loop tells of all.

    An epoll of its own, which the loop watches: to add to it needs no waking of the loop.
    """

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._epoll = select.epoll()
        self._waiting: dict[int, tuple[Resume, float]] = {}
        self._looking = False
        self._lock = threading.Lock()
        loop.add_reader(self._epoll.fileno(), self._come)

    def wait(self, waits_for: socket.socket, resume: Resume) -> None:
        """Call `resume` on the loop once, when there is something to read, or WATCH_AFTER later."""
        descriptor = waits_for.fileno()
        self._waiting[descriptor] = resume, time.monotonic()
        once = select.EPOLLIN | select.EPOLLONESHOT
        try:
            self._epoll.modify(descriptor, once)
        except FileNotFoundError:  # a worker that nobody waited for yet
            self._epoll.register(descriptor, once)
        if not self._looking and self._start():
            self._loop.wake(self._look)

    def _come(self) -> None:
        for descriptor, _ in self._epoll.poll(0, MOST_EVENTS):
            self._resume(descriptor)

    def _resume(self, descriptor: int) -> None:
        waiting = self._waiting.pop(descriptor, None)
        if waiting is not None:
            waiting[0]()

    def _look(self, idle_since: float = 0.0) -> None:
        """Let those go on who wait for too long; again, as long as there is anybody."""
        now = time.monotonic()
        found = list(self._waiting.items())
        for descriptor, (_, since) in found:
            if now - since >= WATCH_AFTER:
                self._resume(descriptor)
        if found or not idle_since:
            idle_since = now
        if now - idle_since < REST or self._go_on():
            self._loop.call_later(WATCH_AFTER, self._look, idle_since)

    def _start(self) -> bool:
        with self._lock:
            started, self._looking = not self._looking, True
            return started

    def _go_on(self) -> bool:
        """Whether somebody came in the last moment and did not start another look."""
        self._looking = False
        return bool(self._waiting) and self._start()

    def close(self) -> None:
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()


@loops.register(NAME)
def build() -> Loop:
    """The loop that granian asks for by name."""
    loop = Loop()
    asyncio.set_event_loop(loop)
    return loop
