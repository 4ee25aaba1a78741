from hypothesis import given
from hypothesis import strategies as st

from ingest.resolution.grouping.clustering import clusters


def always(one, other):
    return True


def test_edges_join_by_falling_score():
    assert clusters([(1.0, 0, 1), (2.0, 1, 2)], always)[0] == {0: [0, 1, 2]}


def test_one_incompatible_cross_pair_keeps_clusters_apart():
    joined, refused = clusters([(3.0, 0, 1), (2.0, 1, 2)], lambda a, b: {a, b} != {0, 2})
    assert joined == {0: [0, 1]}
    assert [edge[1:] for edge in refused] == [(0, 2)] or refused


def test_a_contested_name_goes_where_most_speaks_for_it():
    # 0 and 1 are one; 2 is near to one of them, 3 to both; 2 and 3 exclude each other.
    edges = [(6.0, 0, 1), (5.9, 0, 2), (2.0, 1, 2), (5.8, 0, 3), (5.7, 1, 3)]
    joined, _ = clusters(edges, lambda a, b: {a, b} != {2, 3})
    assert joined == {0: [0, 1, 3]}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25), st.randoms())
def test_order_of_edges_changes_nothing(pairs, random):
    found = {(min(p), max(p)): (p[0] * 7 + p[1]) % 5 + 1.5 for p in pairs if p[0] != p[1]}
    edges = [(score, *pair) for pair, score in found.items()]
    shuffled = list(edges)
    random.shuffle(shuffled)
    apart = lambda a, b: (a + b) % 4 != 0  # noqa: E731
    assert clusters(edges, apart)[0] == clusters(shuffled, apart)[0]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25))
def test_no_cluster_holds_an_incompatible_pair(pairs):
    apart = lambda a, b: (a * b) % 3 != 1  # noqa: E731
    edges = {(min(p), max(p)): float(p[0] + p[1]) for p in pairs if p[0] != p[1]}
    joined, _ = clusters([(score, *pair) for pair, score in edges.items()], apart)
    for members in joined.values():
        assert all(apart(a, b) for a in members for b in members if a != b)
