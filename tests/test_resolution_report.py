"""What a run tells of clusters that are not what they were."""

from ingest.resolution.report import cluster_changes


def told(old, new):
    """What is told of the change: its kind, where, and the members by what they were or are."""
    return [
        (one.kind, one.canonical, [[member for member, _ in group] for group in one.groups])
        for one in cluster_changes(old, new, {})
    ]


def test_what_was_joined_and_what_was_split_are_told_by_their_parts():
    apart, together = {"a": "a", "b": "b", "c": "b"}, {"a": "a", "b": "a", "c": "a"}
    assert told(apart, together) == [("joined", "a", [["b", "c"], ["a"]])]
    assert told(together, apart) == [("split", "a", [["b", "c"], ["a"]])]
    assert told(together, together) == told(apart, apart) == []


def test_what_came_or_vanished_splits_nothing():
    both, one, other = {"a": "a", "b": "a"}, {"a": "a"}, {"b": "b"}
    assert told(both, one) == told(both, other) == told(both, {}) == []
    assert told({}, one) == told(one, {**one, **other}) == []


def test_the_largest_change_comes_first():
    old = {name: name for name in "abcde"}
    new = {"a": "a", "b": "a", "c": "c", "d": "c", "e": "c"}
    assert [canonical for _, canonical, _ in told(old, new)] == ["c", "a"]
