"""Damaged files: whatever is cut off or changed, readers end in items or a ReadError."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.readers import READERS, ReadError, guess
from ingest.records import Item

DATA = Path(__file__).parent / "data"
FIXTURES = [
    (name, path)
    for name in READERS
    for path in sorted((DATA / name).glob("*"))
    if path.is_file() and path.stat().st_size < 200_000
]


def consume(name, data):
    try:
        for item in READERS[name].read(io.BufferedReader(io.BytesIO(data))):
            assert isinstance(item, Item)
            str(item).encode()
    except ReadError:
        pass


@pytest.mark.parametrize(("name", "path"), FIXTURES, ids=[p.name for _, p in FIXTURES])
def test_fixtures_are_known_by_content(name, path):
    found = guess(path.read_bytes()[: 64 * 1024], "unnamed")
    assert found is not None and found.name == name


@pytest.mark.parametrize(("name", "path"), FIXTURES, ids=[p.name for _, p in FIXTURES])
def test_damage_never_ends_in_a_traceback(name, path):
    whole = path.read_bytes()
    consume(name, whole)
    for cut in range(0, len(whole), 1 + len(whole) // 12):
        consume(name, whole[:cut])

    @settings(suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=8))
    def flipped(changes):
        data = bytearray(whole)
        for place, byte in changes:
            data[place] = byte
        consume(name, bytes(data))

    flipped()
