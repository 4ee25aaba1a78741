"""Tells when the server is done with a file that was handed to it: by inotify, for it says nothing.

Looking at the open descriptors now and then cannot tell a file that is not open yet from one that
is closed again, and under load a file is opened late.
"""

import asyncio
import ctypes
import os
import struct

_OPENED_FOR_READING_CLOSED = 0x10  # IN_CLOSE_NOWRITE
_ONCE = 0x80000000  # IN_ONESHOT: the kernel forgets the watch after its event
_EVENT = struct.Struct("iIII")
_BUFFER = 64 * 1024


class Openings:
    """Waits, within one event loop, for readers of files to close them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "inotify is not to be had")
        loop.add_reader(self._descriptor, self._read)

    def closed(self, descriptor: int) -> "asyncio.Future[None]":
        """Done when a reader of the file of this descriptor has closed it; ask before it opens.

        The file must be nobody else's: two watches of one file are one.
        """
        path = f"/proc/self/fd/{descriptor}".encode()
        mask = ctypes.c_uint32(_OPENED_FOR_READING_CLOSED | _ONCE)
        watch = self._libc.inotify_add_watch(self._descriptor, path, mask)
        if watch < 0:
            raise OSError(ctypes.get_errno(), "the file cannot be watched")
        future = self._loop.create_future()
        self._waiting[watch] = future
        future.add_done_callback(lambda _: self._forget(watch))
        return future

    def _forget(self, watch: int) -> None:
        if self._waiting.pop(watch, None) is not None:
            self._libc.inotify_rm_watch(self._descriptor, watch)  # fails where the event came

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, _BUFFER)
        except BlockingIOError:
            return
        place = 0
        while place < len(data):
            watch, mask, _, length = _EVENT.unpack_from(data, place)
            place += _EVENT.size + length
            future = self._waiting.get(watch)
            if mask & _OPENED_FOR_READING_CLOSED and future is not None and not future.done():
                future.set_result(None)
