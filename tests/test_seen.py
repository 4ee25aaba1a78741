"""What a load has met, whether still in memory or no longer."""

from ingest.seen import Seen


def test_keys_are_known_wherever_they_stand():
    seen = Seen(held=3)
    keys = [2**60 - 1, 0, 7, 5, 36**12 - 1, 1, 3, 2]
    for key in keys:
        assert key not in seen
        seen.add(key, -key)
    assert [seen.get(key) for key in keys] == [-key for key in keys]
    assert seen.get(4) is None and 4 not in seen
    assert 0 in seen  # what is noted may be 0
    seen.close()
