"""HTTP clients that cost little: kept connections, one process, closed or open loop.

In the closed loop each client asks again when it has its answer. In the open loop requests are due
at fixed times, and what counts is the time from when one was due: a server that stalls cannot
hide it by being asked less.
"""

import selectors
import socket
import time
from collections import deque
from collections.abc import Iterator


class Connection:
    """One kept connection with one request under way at most."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.status = 0
        self.started = 0.0
        self._forget()

    def _forget(self) -> None:
        self._head, self._size, self._left, self._tail = b"", 0, -1, b""

    def send(self, request: bytes) -> None:
        self._forget()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Take what has come; whether the response is complete."""
        data = self.socket.recv(1 << 20)
        if not data:
            raise ConnectionError("the server closed a connection in the middle")
        if self._left == -1:
            data = self._take_head(data)
        self._size += len(data)
        if self._left >= 0:
            return self._size >= self._left
        self._tail = (self._tail + data)[-7:]
        return self._left == -2 and self._tail.endswith(b"0\r\n\r\n")

    def _take_head(self, data: bytes) -> bytes:
        """The rest of the data once the head is whole; its length is then known, or chunked."""
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if not end:
            return b""
        self.status = int(head[9:12])
        lower = head.lower()
        _, found, after = lower.partition(b"\r\ncontent-length:")
        self._left = int(after.split(b"\r\n", 1)[0]) if found else -2
        return rest

    def exchange(self, request: bytes) -> float:
        """Seconds from asking to the last byte of a 200."""
        started = time.perf_counter()
        self.send(request)
        while not self.receive():
            pass
        took = time.perf_counter() - started
        if self.status != 200:
            raise ConnectionError(f"status {self.status} for {request[:200]!r}")
        return took

    def close(self) -> None:
        self.socket.close()


class Crowd:
    """Several connections to one server, served by one selector."""

    def __init__(self, port: int, clients: int) -> None:
        self._free = deque(Connection(port) for _ in range(clients))
        self._selector = selectors.DefaultSelector()
        for connection in self._free:
            self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        self._size = clients

    def closed_loop(self, requests: Iterator[bytes], seconds: float) -> tuple[float, list[float]]:
        """Answers in a second, and the seconds of each."""
        started = time.perf_counter()
        end, took = started + seconds, []
        while time.perf_counter() < end:
            while self._free:
                self._ask(next(requests), time.perf_counter())
            took += self._collect(1.0)
        took += self._drain()
        return len(took) / (time.perf_counter() - started), took

    def open_loop(self, requests: Iterator[bytes], seconds: float, rate: float) -> list[float]:
        """The seconds of each from when it was due."""
        started, took, number = time.perf_counter(), [], 0
        total = max(1, int(seconds * rate))
        while number < total:
            due = started + number / rate
            left = due - time.perf_counter()
            if self._free and left <= 0:
                self._ask(next(requests), due)
                number += 1
            else:
                took += self._collect(max(left, 0) if self._free else 1.0)
        return took + self._drain()

    def _ask(self, request: bytes, due: float) -> None:
        connection = self._free.popleft()
        connection.started = due
        connection.send(request)

    def _collect(self, seconds: float) -> list[float]:
        took = []
        for key, _ in self._selector.select(seconds):
            connection: Connection = key.data
            if connection.receive():
                if connection.status != 200:
                    raise ConnectionError(f"status {connection.status}")
                took.append(time.perf_counter() - connection.started)
                self._free.append(connection)
        return took

    def _drain(self) -> list[float]:
        took = []
        while len(self._free) < self._size:
            took += self._collect(60.0)
        return took

    def close(self) -> None:
        self._selector.close()
        for connection in self._free:
            connection.close()
