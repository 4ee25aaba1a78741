"""The times that the kernel is given to keep."""

import socket

import pytest

from queries.pool.process import TIMEVAL, timer


@pytest.mark.parametrize("seconds", [1e-9, 0.5, 0.9999999, 1.0, 29.9999995, 3600.0])
def test_kernel_takes_every_time(seconds):
    left, right = socket.socketpair()
    with left, right:
        left.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timer(seconds))
        whole, micros = TIMEVAL.unpack(timer(seconds))
        assert seconds < whole + micros / 1e6 <= seconds + 2e-6
