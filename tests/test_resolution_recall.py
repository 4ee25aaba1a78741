"""What was scored is not scored again; what comes of it is what a whole run would come to."""

import json
import random
import shutil
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ingest.pipeline import load
from ingest.resolution import recall
from ingest.resolution.grouping.persons import NOTHING, resolve_persons
from ingest.resolution.links import resolve
from ingest.resolution.recall import Recall, Statistics
from ingest.resolution.weighing.evidence import Evidence, Publication, Row, Signature
from queries.generations import Generations
from tests.conftest import sampled
from tests.test_resolution_links import links

RECORDS = Path(str(resources.files("ingest").joinpath("data/sergey-levine.mlanthology.json")))


@pytest.fixture(scope="module")
def records():
    found = json.loads(RECORDS.read_text("utf-8"))
    return [(one["title"], one["venue"], int(one["year"]), one["authors"]) for one in found]


def evidence(sources):
    """What sources say, each a list of records."""
    publications, signatures, rows = [], [], {}
    for source, held in sources:
        for title, venue, year, authors in held:
            iri = f"publication/{source}-{title}-{year}"
            publications.append(Publication(iri, source, title, year=year, venue=venue))
            for place, author in enumerate(authors, 1):
                name = (
                    f"{author['given']} {author['family']}" if isinstance(author, dict) else author
                )
                row = f"author/{source}-{name}"
                rows[row] = Row(row, source, name)
                signatures.append(Signature(f"{iri}-{place}", iri, row, "author", place, name))
    return Evidence(
        tuple(sorted({one.iri: one for one in publications}.values(), key=lambda one: one.iri)),
        tuple(sorted({one.iri: one for one in signatures}.values(), key=lambda one: one.iri)),
        tuple(rows[iri] for iri in sorted(rows)),
    )


def statistics_of(kept):
    """What is kept, without what was scored."""
    return Recall(kept.statistics)


@pytest.mark.parametrize("seed", sampled(range(4), 0))
def test_one_more_source_comes_to_what_a_whole_run_from_the_same_state_comes_to(records, seed):
    rng = random.Random(seed)
    held = rng.sample(records, len(records))
    cuts = [0, 300, *sorted(rng.sample(range(303, 315), 2)), len(held)]
    sources, kept = [], NOTHING
    for number, (start, end) in enumerate(pairwise(cuts)):
        overlap = rng.sample(held[:start], min(start, 3))
        sources.append((f"s{number}", held[start:end] + overlap))
        found = resolve_persons(evidence(sources), {}, 1, kept)
        whole = resolve_persons(evidence(sources), {}, 1, statistics_of(kept))
        assert (found.clusters, found.compared) == (whole.clusters, whole.compared)
        assert found.recall.telling == whole.recall.telling
        if number in (1, 2):
            assert 0 < found.recall.fresh < whole.recall.fresh - 20
        kept = found.recall


def test_the_same_again_scores_nothing(records):
    first = resolve_persons(evidence([("one", records)]), {})
    again = resolve_persons(evidence([("one", records)]), {}, 1, first.recall)
    assert (again.clusters, again.compared) == (first.clusters, first.compared)
    assert first.recall.fresh > 50
    assert again.recall.fresh == 0


def test_only_pairs_with_somebody_touched_are_scored_again(records):
    held = evidence([("one", records)])
    first = resolve_persons(held, {})
    stranger = [("Of Yews", "icml", 2020, ["Zed Quillfeather"])]
    more = resolve_persons(evidence([("one", records), ("two", stranger)]), {}, 1, first.recall)
    assert more.recall.fresh == 0
    known = first.compared[0].one.removeprefix("author/one-")
    longer = [*records, ("Of Yews", "icml", 2020, [known])]
    some = resolve_persons(evidence([("one", longer)]), {}, 1, first.recall)
    assert 0 < some.recall.fresh < first.recall.fresh / 4


def test_a_name_that_comes_between_two_has_them_scored_again(records):
    two = [("Of Oaks", "icml", 2020, ["J. Quill"]), ("Of Elms", "icml", 2020, ["Jane Quill"])]
    first = resolve_persons(evidence([("one", [*records, *two])]), {})
    third = [*records, *two, ("Of Yews", "icml", 2020, ["John Quill"])]
    found = resolve_persons(evidence([("one", third)]), {}, 1, first.recall)
    whole = resolve_persons(evidence([("one", third)]), {}, 1, statistics_of(first.recall))
    assert (found.clusters, found.compared) == (whole.clusters, whole.compared)
    pair = {"author/one-J. Quill", "author/one-Jane Quill"}
    before, after = (
        next(one.score for one in run.compared if {one.one, one.other} == pair)
        for run in (first, found)
    )
    assert after.sum < before.sum


def test_another_rule_version_or_drifted_statistics_score_all_again(records, monkeypatch):
    first = resolve_persons(evidence([("one", records[:150])]), {})
    drifted = resolve_persons(evidence([("one", records)]), {}, 1, first.recall)
    anew = resolve_persons(evidence([("one", records)]), {})
    assert drifted.compared == anew.compared
    assert drifted.recall.fresh == anew.recall.fresh
    monkeypatch.setattr(recall.scoring, "RULE_VERSION", "another")
    again = resolve_persons(evidence([("one", records)]), {}, 1, anew.recall)
    assert again.recall.fresh == anew.recall.fresh


def test_statistics_are_kept_and_take_in_what_they_lack():
    first = Statistics.taken(100, {"words": {"oak": 3}}, None)
    more = Statistics.taken(109, {"words": {"oak": 9, "elm": 2}}, first)
    assert more.counts == {"words": {"oak": 3, "elm": 2}}
    assert (more.papers, more.name) == (100, first.name)
    anew = Statistics.taken(111, {"words": {"oak": 9}}, first)
    assert (anew.papers, anew.counts) == (111, {"words": {"oak": 9}})
    assert anew.name != first.name


def test_what_is_kept_is_read_back_as_it_was(records, tmp_path):
    first = resolve_persons(evidence([("one", records)]), {})
    recall.write(tmp_path / "scores", first.recall)
    found = recall.read(tmp_path / "scores")
    assert found.statistics == first.recall.statistics
    assert found.telling == first.recall.telling
    assert (found.scored == first.recall.scored).all()
    again = resolve_persons(evidence([("one", records)]), {}, 1, found)
    assert (again.recall.fresh, again.compared) == (0, first.compared)
    assert recall.read(tmp_path / "none").statistics is None


@pytest.mark.thorough
def test_links_after_one_more_source_are_those_of_a_whole_run_from_the_same_state(
    tmp_path, resolved
):
    data, copy = tmp_path / "data", tmp_path / "copy"
    shutil.copytree(resolved, data, symlinks=True)
    more = json.loads(RECORDS.read_text("utf-8"))[::60]
    (tmp_path / "more.mlanthology.json").write_text(json.dumps(more), "utf-8")
    load(data, [tmp_path / "more.mlanthology.json"], source="more")
    shutil.copytree(data, copy, symlinks=True)
    with Generations(copy).open() as reader:
        folder = reader.path / recall.FOLDER
        kept = recall.read(folder)
    shutil.rmtree(folder)
    recall.write(folder, Recall(kept.statistics))
    assert resolve(data).changed
    resolve(copy)
    assert links(data) == links(copy)
    with Generations(data).open() as reader, Generations(copy).open() as other:
        mine, whole = (recall.read(one.path / recall.FOLDER) for one in (reader, other))
    assert mine.telling == whole.telling
    assert kept.statistics.name == mine.statistics.name


def test_both_of_a_pair_feel_the_name_of_the_other():
    own, names = np.arange(5, dtype=np.uint64), np.arange(10, 15, dtype=np.uint64)
    before = recall.around(own, names, [(0, 1), (2, 3)])
    for renamed, felt in ((0, 1), (1, 0), (2, 3), (3, 2), (4, None)):
        other = names.copy()
        other[renamed] = 99
        changed = np.nonzero(recall.around(own, other, [(0, 1), (2, 3)]) != before)[0]
        assert changed.tolist() == [one for one in (felt,) if one is not None]


@pytest.mark.parametrize(
    ("papers", "kept"), [(100, True), (110, True), (111, False), (90, True), (89, False)]
)
def test_statistics_are_taken_anew_where_the_papers_grew_or_shrank_much(papers, kept):
    before = Statistics(100, {"title": {"oak": 3}}, "before")
    found = Statistics.taken(papers, {"title": {"oak": 5, "elm": 1}}, before)
    assert (found.name == "before") is kept
    assert found.papers == (100 if kept else papers)
    assert found.counts == {"title": {"oak": 3 if kept else 5, "elm": 1}}


def test_other_code_rules_or_statistics_have_every_pair_scored_again(monkeypatch):
    def codes(name="statistics"):
        return recall._codes(np.arange(2, dtype=np.uint64), [(0, 1)], name).tolist()

    found = [codes(), codes("others")]
    with monkeypatch.context() as patch:
        patch.setattr(recall, "code_digest", lambda: "another")
        found.append(codes())
    with monkeypatch.context() as patch:
        patch.setattr(recall.scoring, "RULE_VERSION", "another")
        found.append(codes())
    assert len({one for (one,) in found}) == 4 and codes() == found[0]
