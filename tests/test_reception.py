"""The first step of a request on the thread that brings it, the rest on the loop."""

import asyncio
import socket
import threading
import time
from contextvars import copy_context
from functools import partial

import pytest
from granian._futures import _cbsched_aioschedule, _future_watcher_wrapper

from server import reception
from server.reception import Later, Loop, Visitor

HANGS = 20


class Watcher:
    """What granian hands over with a request, and is told by of its end."""

    scope = proto = None

    def __init__(self):
        self.ended = threading.Event()
        self.failure = self.task = None

    def done(self):
        self.ended.set()

    def err(self, failure):
        self.failure = failure
        self.ended.set()

    def taskref(self, task):
        self.task = task


@pytest.fixture
def loop():
    """Ours, running on a thread of its own."""
    held = Loop()
    thread = threading.Thread(target=held.run_forever)
    thread.start()
    yield held
    held.wake(held.stop)
    thread.join()
    held.close()


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def handed(loop, handler):
    """A request handed to the loop by granian's own means, from another thread than the loop's."""

    async def request(_scope, _protocol):
        await handler()

    watcher = Watcher()
    schedule = _cbsched_aioschedule(loop, copy_context(), _future_watcher_wrapper(request))
    schedule(watcher)
    return watcher


def ended(watcher):
    assert watcher.ended.wait(HANGS)
    assert watcher.failure is None
    return watcher


def test_request_that_waits_for_nothing_ends_where_it_was_brought(loop):
    threads = []

    async def handler():
        threads.append(threading.current_thread())

    watcher = handed(loop, handler)
    assert watcher.ended.is_set()
    assert threads == [threading.current_thread()]
    assert watcher.task is None


def test_rest_of_a_request_is_a_task_of_the_loop(loop):
    threads = []

    async def handler():
        await Later()
        await asyncio.sleep(0)
        threads.append(threading.current_thread())

    watcher = ended(handed(loop, handler))
    assert threads != [threading.current_thread()]
    assert watcher.task is not None


def test_request_goes_on_when_its_socket_has_something(loop, pair):
    ours, theirs = pair
    found = []

    async def handler():
        await Visitor(ours)
        found.append(ours.recv(10, socket.MSG_DONTWAIT))

    watcher = handed(loop, handler)
    assert not found
    theirs.send(b"answer")
    ended(watcher)
    assert found == [b"answer"]
    for number in range(3):  # one socket serves one request after another
        watcher = handed(loop, handler)
        theirs.send(b"%d" % number)
        ended(watcher)
    assert found[1:] == [b"0", b"1", b"2"]


def test_lone_client_is_waited_for_where_its_request_was_brought(loop, pair):
    ours, theirs = pair
    threads = []

    async def handler():
        theirs.send(b"answer")
        await Visitor(ours, "one")
        threads.append(threading.current_thread())
        ours.recv(10)

    for _ in range(3):
        ended(handed(loop, handler))
    assert threads == [threading.current_thread()] * 3


def test_several_clients_do_not_wait_for_one_another(loop, pair):
    threads = []

    async def handler(client):
        pair[1].send(b"answer")
        await Visitor(pair[0], client)
        threads.append(threading.current_thread())
        pair[0].recv(10)

    for client in ("one", "two", "one", "two"):
        ended(handed(loop, partial(handler, client)))
    assert [thread is threading.current_thread() for thread in threads] == [True] + [False] * 3


def test_request_that_waits_too_long_goes_on_and_may_take_its_time(loop, pair):
    ours, _ = pair

    async def handler():
        await Visitor(ours)
        await Later()
        await asyncio.sleep(0.01)

    started = time.monotonic()
    watcher = ended(handed(loop, handler))
    assert watcher.task is not None
    assert time.monotonic() - started >= reception.WATCH_AFTER


def test_late_requests_are_seen_after_a_rest_too(loop, pair, monkeypatch):
    monkeypatch.setattr(reception, "REST", 0.01)
    ours, _ = pair

    async def handler():
        await Visitor(ours)

    for _ in range(3):
        ended(handed(loop, handler))
        rested = time.monotonic() + HANGS
        while loop.arrivals._looking and time.monotonic() < rested:
            time.sleep(0.01)
        assert not loop.arrivals._looking


def test_socket_that_is_closed_and_its_number_used_again(loop):
    async def handler():
        await Visitor(sockets[0])

    for _ in range(3):
        sockets = socket.socketpair()
        watcher = handed(loop, handler)
        sockets[1].send(b"x")
        ended(watcher)
        for one in sockets:
            one.close()


def test_failure_of_a_request_is_told(loop):
    async def handler():
        raise ValueError("no")

    watcher = handed(loop, handler)
    assert isinstance(watcher.failure, ValueError)


def test_other_calls_reach_the_loop_as_ever(loop):
    async def add():
        return 1 + await asyncio.to_thread(lambda: 1)

    assert asyncio.run_coroutine_threadsafe(add(), loop).result(HANGS) == 2
