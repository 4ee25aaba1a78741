"""Weights and what scores are worth, learnt from pairs; the table that holds them."""

import json
import random
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.pipeline import load
from ingest.resolution.assessment import labels, learning
from ingest.resolution.assessment.gold import SignatureGold
from ingest.resolution.assessment.labels import Half, RowLabels
from ingest.resolution.links import resolve
from ingest.resolution.weighing import calibration, weights
from ingest.resolution.weighing.likeness import AUTHORS
from ingest.resolution.weighing.names import Relation
from ingest.resolution.weighing.weights import Weight, Weights
from server.cli import main

TABLES = Path(weights.path()).parent


def table_of(**values):
    return Weights(Weight("r", t, v, float("inf"), "learnt") for t, v in values.items())


def drawn(count=4000, seed=7):
    """Measures of pairs, and whether each pair is one, by weights 2 and -1 and a prior of 0.5."""
    dice = random.Random(seed)
    measures = [(1.0, dice.random() * 3, dice.random() * 3) for _ in range(count)]
    odds = [0.5 * a + 2.0 * b - 1.0 * c for a, b, c in measures]
    return measures, [dice.random() < calibration.probability(odd) for odd in odds]


def fitted(start):
    measures, same = drawn()

    def scores(table):
        return [sum(table[t] * m for t, m in zip("abc", row, strict=True)) for row in measures]

    return learning.fit(scores, same, start)


def test_weights_that_made_the_data_are_found_again():
    found = fitted(table_of(a=0.0, b=0.0, c=0.0))
    assert [found[t] for t in "abc"] == pytest.approx([0.5, 2.0, -1.0], abs=0.25)


def test_what_the_table_said_before_changes_nothing():
    one, other = fitted(table_of(a=0.0, b=0.0, c=0.0)), fitted(table_of(a=5.0, b=-3.0, c=1.0))
    assert [one[t] for t in "abc"] == pytest.approx([other[t] for t in "abc"], abs=0.02)


def test_weights_that_were_set_stay():
    start = Weights([*table_of(a=0.0, b=0.0).rows, Weight("r", "c", -1.0, 9.0, "set: so")])
    assert fitted(start)["c"] == -1.0


def test_shares_never_fall_as_scores_rise():
    dice = random.Random(3)
    scores = [dice.random() for _ in range(3000)]
    bins = calibration.isotonic((score, dice.random() < 0.4 + score / 9) for score in scores)
    shares = [one.share for one in bins]
    assert shares == sorted(shares)
    assert sum(one.of for one in bins) == 3000
    assert [one.until for one in bins[:-1]] == [one.since for one in bins[1:]]


def test_a_bin_that_falls_is_pooled_with_all_before_it_that_it_falls_below():
    told = [(0.01, True), (0.01, False), *[(0.07, n < 3) for n in range(5)], *[(0.15, False)] * 10]
    (pool,) = calibration.isotonic(told)
    assert (pool.right, pool.of) == (4, 17)


def test_a_score_at_an_edge_is_of_the_range_that_begins_there():
    for kind, bins in calibration.table().items():
        assert [calibration.calibrated(kind, one.since) for one in bins] == [*bins]


@pytest.mark.parametrize("kind", ["authors", "publications"])
def test_a_score_is_worth_what_the_bundled_table_says(kind):
    table = calibration.table()[kind]
    assert len(table) > 4
    low, high = calibration.calibrated(kind, 0.6), calibration.calibrated(kind, 0.999)
    assert low.since <= 0.6 < low.until
    assert low.share < high.share <= 1
    assert f"{high.right:,} were one" in high.told()
    assert calibration.calibrated("venues", 0.9) is None


def test_the_rule_version_changes_with_the_table():
    other = AUTHORS.with_values({"coauthors": AUTHORS["coauthors"] + 0.01})
    assert weights.version() == weights.version(dict(weights.table()))
    assert weights.version({**weights.table(), "authors": other}) != weights.version()


def test_every_row_says_where_it_comes_from_and_is_written_as_read():
    text = weights.path().read_text("utf-8")
    rows = [row for held in weights.table().values() for row in held.rows]
    assert all(row.learnt or row.origin.startswith("set: ") for row in rows)
    assert weights.read(weights.written(text, weights.table().values())) is not None
    assert weights.written(text, []) == text
    assert {f"name.{kind.name.lower()}" for kind in Relation} <= {row.term for row in rows}


def test_all_who_could_be_one_lie_in_one_half():
    assert labels.half_of("Ada M. Lindqvist") is labels.half_of("A. Lindqvist 0002")
    halves = {labels.half_of(f"Ada {name}") for name in ("Ono", "Berg", "Costa", "Diaz", "Eke")}
    assert halves == set(Half)


def test_gold_speaks_where_a_human_checked_one_of_two():
    persons = {"p#0": "x", "q#0": "x", "r#0": "y", "s#0": "z"}
    held = SignatureGold(persons, dict.fromkeys(persons, "A"), frozenset(["p#0", "q#0"]))
    said = RowLabels(held, {"p#0": "1", "q#0": "2", "r#0": "3", "s#0": "4"})
    assert said.same("1", "2") is True
    assert said.same("1", "3") is False
    assert said.same("3", "4") is None
    assert said.same("1", "unknown") is None


def test_tables_in_a_folder_are_brought_up_to_date(tmp_path):
    for name in (weights.TABLE, calibration.TABLE):
        shutil.copy(TABLES / name, tmp_path)
    data, pairs = tmp_path / "data", tmp_path / "gold.csv"
    for source in ("left", "right"):
        file = tmp_path / f"{source}.csv"
        lines = [f"{i},Weaving tall basket number {i} of willow,Ada Lind,2001" for i in range(30)]
        file.write_text("\n".join(["id,title,authors,year", *lines, ""]))
        load(data, [file], source=source)
    resolve(data)
    told = ["split,A,B,label", *(f"train,{i},{j},{int(i == j)}" for i in range(30) for j in (i, 5))]
    pairs.write_text("\n".join(dict.fromkeys(told)) + "\n")
    before = (tmp_path / weights.TABLE).read_text()
    command = ["evaluate", "publications", "--data", str(data), "--gold", str(pairs), "-q"]
    command += ["--sources", "left", "right"]
    told = CliRunner().invoke(main, [*command, "--calibrate", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert (tmp_path / weights.TABLE).read_text() == before
    assert "publications\t" in (tmp_path / calibration.TABLE).read_text()
    told = CliRunner().invoke(main, [*command, "--learn", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert "before" in told.output and "after" in told.output
    assert "learnt by logistic regression: gold.csv" in (tmp_path / weights.TABLE).read_text()
    told = CliRunner().invoke(main, [*command, "--json"])
    report = json.loads(told.output)
    assert 0 <= report["figures"]["f1"] <= 1
    assert report["rule_version"] == weights.version()
