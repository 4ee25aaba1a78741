"""Being told that a reader of a file without a name is done with it, however late it began."""

import asyncio
import os
import tempfile

import pytest

from server.openings import Openings

SOON = 0.05


def opened(file):
    """A second descriptor on the file, as the server opens one."""
    return os.open(f"/proc/self/fd/{file.fileno()}", os.O_RDONLY)


@pytest.fixture
def file():
    with tempfile.TemporaryFile() as made:
        made.write(b"answer")
        made.flush()
        yield made


def test_a_file_that_nobody_opened_yet_is_not_done(file):
    async def watch():
        closed = Openings(asyncio.get_running_loop()).closed(file.fileno())
        await asyncio.sleep(SOON)
        assert not closed.done()
        reader = opened(file)
        await asyncio.sleep(SOON)
        assert not closed.done()
        os.close(reader)
        await asyncio.wait_for(closed, 10)

    asyncio.run(watch())


def test_files_are_told_apart(file):
    async def watch():
        openings = Openings(asyncio.get_running_loop())
        with tempfile.TemporaryFile() as other:
            first, second = openings.closed(file.fileno()), openings.closed(other.fileno())
            os.close(opened(other))
            await asyncio.wait_for(second, 10)
            assert not first.done()

    asyncio.run(watch())


def test_a_watch_that_is_given_up_leaves_the_next_one_alone(file):
    async def watch():
        openings = Openings(asyncio.get_running_loop())
        openings.closed(file.fileno()).cancel()
        await asyncio.sleep(0)
        again = openings.closed(file.fileno())
        os.close(opened(file))
        await asyncio.wait_for(again, 10)

    asyncio.run(watch())
