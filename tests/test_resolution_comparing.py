"""Pairs of publications that were scored are not scored again; it comes to the same."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from ingest.resolution import recall
from ingest.resolution.grouping.works import resolve_publications
from ingest.resolution.recall import Kept, Recall
from tests import test_resolution_recall as authors
from tests.conftest import sampled
from tests.test_resolution_recall import evidence, statistics_of

records = authors.records


def venues(held, source):
    """The same records, as a source that names its venues in its own way has them."""
    return [(title, f"{venue} {source}", year, people) for title, venue, year, people in held]


@pytest.mark.parametrize("seed", sampled(range(4), 0))
def test_one_more_source_comes_to_what_a_whole_run_from_the_same_state_comes_to(records, seed):
    rng = random.Random(seed)
    held = rng.sample(records, len(records))
    cuts = [0, 300, *sorted(rng.sample(range(303, 315), 2)), len(held)]
    sources, kept = [], Recall()
    for number, (start, end) in enumerate(pairwise(cuts)):
        overlap = venues(rng.sample(held[:start], min(start, 6)), f"s{number}")
        sources.append((f"s{number}", held[start:end] + overlap))
        found = resolve_publications(evidence(sources), 1, kept)
        whole = resolve_publications(evidence(sources), 1, statistics_of(kept))
        assert replace(found, recall=None) == replace(whole, recall=None)
        assert found.recall.telling == whole.recall.telling
        assert number == 0 or len(found.clusters) >= 6
        if number in (1, 2):
            assert 0 < found.recall.fresh < whole.recall.fresh / 2
        kept = found.recall


def test_the_same_again_scores_nothing_and_one_more_record_only_its_pairs(records):
    first = resolve_publications(evidence([("one", records), ("two", records[::40])]))
    again = resolve_publications(
        evidence([("one", records), ("two", records[::40])]), 1, first.recall
    )
    assert replace(again, recall=None) == replace(first, recall=None)
    assert first.recall.fresh > 100 and again.recall.fresh == 0
    more = [*records, (records[0][0], "another", 2021, records[0][3])]
    some = resolve_publications(evidence([("one", more), ("two", records[::40])]), 1, first.recall)
    assert 0 < some.recall.fresh < 20


def test_what_a_score_is_made_of_has_it_made_again(records):
    first = resolve_publications(evidence([("one", records), ("two", records[::40])]))
    held = evidence([("one", records), ("two", records[::40])])
    one = next(entry for entry in held.publications if entry.source == "two")
    for change in ({"year": 1980}, {"pages": "7-9"}, {"identifiers": (("doi", "10.1/x"),)}):
        changed = tuple(
            replace(entry, **change) if entry == one else entry for entry in held.publications
        )
        other = replace(held, publications=changed)
        found = resolve_publications(other, 1, first.recall)
        assert 0 < found.recall.fresh < 20
        whole = resolve_publications(other, 1, statistics_of(first.recall))
        assert replace(found, recall=None) == replace(whole, recall=None)


def test_statistics_that_drifted_score_all_again(records):
    first = resolve_publications(evidence([("one", records[:150])]))
    drifted = resolve_publications(evidence([("one", records)]), 1, first.recall)
    anew = resolve_publications(evidence([("one", records)]))
    assert replace(drifted, recall=None) == replace(anew, recall=None)
    assert drifted.recall.fresh == anew.recall.fresh


def test_what_is_kept_is_read_back_as_it_was(records, tmp_path):
    found = resolve_publications(evidence([("one", records), ("two", records[::40])]))
    Kept(authors.resolve_persons(evidence([("one", records)]), {}).recall, found.recall).write(
        tmp_path
    )
    kept = Kept.read(tmp_path).publications
    assert kept.telling == found.recall.telling
    assert kept.statistics == found.recall.statistics
    assert (kept.scored == found.recall.scored).all()
    assert recall.read(tmp_path / recall.FOLDER).telling != kept.telling
