"""Figures worked out by hand, and gold files of each form against a graph."""

import gzip
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import NoSuchSource
from ingest.pipeline import load
from ingest.readers.errors import ReadError
from ingest.resolution.assessment import evaluating, gold, outcome
from ingest.resolution.assessment.evaluation import (
    Figures,
    PairCounts,
    cross_pairs,
    measure,
    measure_pairs,
    mistakes,
    shared_names,
)
from ingest.resolution.assessment.outcome import Outcome, Source
from ingest.resolution.links import resolve
from queries.generations import Generations
from server.cli import main
from tests.test_pipeline import paper

GOLD = Path(__file__).parent / "data" / "gold"

# Two persons, x of three signatures and y of two; found as {a, b}, {c, d, e}.
PERSONS = {"a": "x", "b": "x", "c": "x", "d": "y", "e": "y"}
FOUND = {"a": 1, "b": 1, "c": 2, "d": 2, "e": 2}


# --- by hand


def test_pairwise_figures():
    # Same by gold: ab ac bc de; joined: ab cd ce de; of both: ab de.
    counts = measure("", PERSONS, PERSONS, FOUND).pairs
    assert counts == PairCounts(right=2, wrong=2, missed=2)
    assert counts.figures == Figures(0.5, 0.5)


def test_bcubed_figures():
    # Precision: 1 1 1/3 2/3 2/3; recall: 2/3 2/3 1/3 1 1; each over 5.
    found = measure("", PERSONS, PERSONS, FOUND).bcubed
    assert found.precision == pytest.approx(11 / 15)
    assert found.recall == pytest.approx(11 / 15)
    assert found.f1 == pytest.approx(11 / 15)


def test_clusters_are_cut_to_what_is_scored():
    found = measure("without c", ["a", "b", "d", "e"], PERSONS, FOUND)
    assert (found.items, found.persons, found.clusters) == (4, 2, 2)
    assert (found.bcubed, found.pairs) == (Figures(1.0, 1.0), PairCounts(2, 0, 0))


def test_nothing_joined_is_never_wrong_but_misses_all():
    alone = {item: item for item in PERSONS}
    found = measure("", PERSONS, PERSONS, alone)
    assert found.pairs.figures == Figures(1.0, 0.0)
    assert found.pairs.figures.f1 == 0.0
    assert found.bcubed == Figures(1.0, pytest.approx(2 / 5))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1), st.randoms())
def test_figures_are_those_of_the_definition_in_any_order(given, random):
    persons = {str(n): pair[0] for n, pair in enumerate(given)}
    found = {str(n): pair[1] for n, pair in enumerate(given)}

    def over(joined, other, item):
        mine = [i for i in joined if joined[i] == joined[item]]
        return sum(other[i] == other[item] for i in mine) / len(mine)

    items = list(persons)
    measured = measure("", items, persons, found)
    assert measured.bcubed.precision == pytest.approx(
        sum(over(found, persons, item) for item in items) / len(items)
    )
    assert measured.bcubed.recall == pytest.approx(
        sum(over(persons, found, item) for item in items) / len(items)
    )
    random.shuffle(items)
    assert measure("", items, persons, found) == measured


def test_names_of_several_persons_are_a_subset():
    names = {"a": "Lee", "b": "L. Lee", "c": "Park", "d": "Lee", "e": "Kim"}
    assert shared_names(PERSONS, names) == {"a", "d"}


def test_mistakes_are_listed_with_what_they_cost():
    names = dict.fromkeys(PERSONS, "Lee") | {"e": "L. Lee"}
    found = mistakes(PERSONS, FOUND, names)
    assert [(m.pairs, m.groups) for m in found.wrong] == [(2, ("L. Lee (2, d)", "Lee (1, c)"))]
    assert [(m.pairs, m.groups) for m in found.missed] == [(2, ("Lee (2, a)", "Lee (1, c)"))]


def test_the_largest_mistake_comes_first():
    persons = {str(n): n for n in range(5)}
    clusters = {"0": "pair", "1": "pair", "2": "three", "3": "three", "4": "three"}
    found = mistakes(persons, clusters, {item: item for item in persons})
    assert [mistake.pairs for mistake in found.wrong] == [3, 1]
    assert found.missed == ()


def test_pairs_across_two_sources():
    joined = cross_pairs({"oak": "h1", "elm": "h2"}, {"1": "h1", "2": "h1", "3": "h3"})
    assert joined == {("oak", "1"), ("oak", "2")}
    assert measure_pairs({("oak", "1"), ("elm", "3")}, joined) == PairCounts(1, 1, 1)


# --- gold files


def test_the_three_forms_are_told_apart():
    mapping, labelled = gold.read(GOLD / "mapping.csv"), gold.read(GOLD / "labelled.csv", "valid")
    assert (mapping.columns, mapping.complete, len(mapping.pairs)) == (("Birch", "Cedar"), True, 4)
    assert (labelled.complete, [pair.same for pair in labelled.pairs]) == (
        False,
        [True, True, False, False],
    )
    assert len(gold.read(GOLD / "labelled.csv").pairs) == 5
    signatures = gold.read(GOLD / "signatures.jsonl")
    assert signatures.persons["ash#0"] == "ada-1"
    assert signatures.curated == {"oak#0", "elm#0", "ash#0"}


def test_compressed_gold_is_read(tmp_path):
    path = tmp_path / "gold.jsonl.gz"
    path.write_bytes(gzip.compress((GOLD / "signatures.jsonl").read_bytes()))
    assert gold.read(path) == gold.read(GOLD / "signatures.jsonl")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "header 'a,b' is neither"),
        ("idA,idB\n1\n", "gold:2: '1' has not 2 values"),
        ("split,A,B,label\nvalid,1,2,yes\n", "gold:2: label 'yes' is neither 0 nor 1"),
        ("split,A,B,label\ntrain,1,2,1\n", "no pair of split 'valid'; there is: train"),
        ("{]\n", "gold:1: not JSON"),
        ('{"signature": "a#0"}\n', "gold:1: person None is not a text"),
        ('{"signature": "a", "person": "x"}\n', "gold:1: signature 'a' is not PAPER#POSITION"),
        (
            '{"signature": "a#0", "person": "x"}\n{"signature": "a#0", "person": "y"}\n',
            "gold:2: a#0 has two persons",
        ),
        (b"idA,idB\n\xe9,2\n", "gold must be UTF-8"),
    ],
)
def test_a_broken_line_is_named(tmp_path, text, said):
    path = tmp_path / "gold"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ReadError, match=re.escape(said)):
        gold.read(path, "valid")


# --- against a graph

PAPERS = {
    "birch": [
        paper("oak", "Roots of an Unusual Oak", "Ada Quillfeather", "Bo Zymurgist", pages="1-9"),
        paper("elm", "An Elm Reconsidered Twice", "Ada Quillfeather", year=1995),
        paper("ash", "Ash without Flame or Smoke", "Dee Vanterpool", year=2021),
    ],
    "cedar": [
        paper("1", "Roots of an Unusual Oak", "Ada Quillfeather", "Bo Zymurgist", pages="1-9"),
        paper("2", "Ferns in Forty Gardens", "Nils Oxenstierna", year=1995),
        paper("3", "Ash without Flame or Smoke", "Dee Vanterpool", year=2021),
    ],
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluation")
    data = folder / "data"
    for name, papers in PAPERS.items():
        file = folder / f"{name}.jsonl"
        file.write_text("".join(json.dumps(one) + "\n" for one in papers))
        load(data, [file])
    resolve(data)
    return data


@pytest.fixture
def reader(data):
    with Generations(data).open() as reader:
        yield reader


def test_a_mapping_is_complete_and_what_is_missing_is_said(reader):
    report = evaluating.publications(reader, GOLD / "mapping.csv")
    assert report.sources == ("birch", "cedar")
    assert report.counts == PairCounts(right=2, wrong=0, missed=2)
    assert (report.unknown_pairs, report.unknown) == (1, ("birch fir", "cedar 9"))
    assert [mistake.groups for mistake in report.mistakes.missed] == [
        ("(fir)", "(9)"),
        ("An Elm Reconsidered Twice (elm)", "Ferns in Forty Gardens (2)"),
    ]


def test_only_labelled_pairs_are_scored_and_their_sources_found_by_keys(reader):
    report = evaluating.publications(reader, GOLD / "labelled.csv", split="valid")
    assert report.sources == ("birch", "cedar")
    assert report.counts == PairCounts(right=1, wrong=1, missed=1)
    again = evaluating.publications(reader, GOLD / "labelled.csv", split="train")
    assert again.counts == PairCounts(right=1, wrong=0, missed=0)


def test_sources_can_be_said(reader):
    swapped = evaluating.publications(reader, GOLD / "mapping.csv", sources=("cedar", "birch"))
    assert (swapped.unknown_pairs, swapped.counts.right) == (4, 0)
    with pytest.raises(NoSuchSource, match="no source 'yew'; there is: birch, cedar"):
        evaluating.publications(reader, GOLD / "mapping.csv", sources=("yew", "birch"))


def test_signatures_are_found_by_paper_and_position(reader):
    found = outcome.read(reader.path, reader.meta["base"])
    birch, cedar = found.people("birch"), found.people("cedar")
    assert birch.keys() == {"oak#0", "oak#1", "elm#0", "ash#0"}
    assert birch["oak#0"] == birch["elm#0"] == cedar["1#0"]
    assert len(set(birch.values())) == 3


def test_authors_by_subset(reader):
    # oak#0 and elm#0 are joined and two by gold; oak#0 and ash#0 are one by gold and apart.
    report = evaluating.authors(reader, GOLD / "signatures.jsonl")
    assert (report.unknown, report.understated) == (("ash#7",), True)
    parts = {part.name: part for part in report.subsets}
    assert parts["all signatures"].pairs == PairCounts(right=0, wrong=1, missed=1)
    assert parts["all signatures"].bcubed == Figures(3 / 4, 3 / 4)
    assert parts["of curated persons"].bcubed == Figures(pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert parts["names of several persons"].items == 2
    assert report.mistakes.wrong[0].groups == (
        "Ada Quillfeather (1, elm#0)",
        "Ada Quillfeather (1, oak#0)",
    )


def test_the_command_prints_figures_mistakes_and_what_to_know(data):
    run = CliRunner().invoke
    path = str(GOLD / "signatures.jsonl")
    done = run(main, ["evaluate", "authors", "--gold", path, "--data", str(data)])
    assert done.exit_code == 0, done.output
    assert "1 signatures name what the graph lacks, left out: ash#7" in done.output
    assert "complete for curated persons only: precision on the rest is understated" in done.output
    assert "Wrongly joined: 1 pairs in 1 places" in done.output
    path = str(GOLD / "mapping.csv")
    calls = ["evaluate", "publications", "--gold", path, "--data", str(data), "--worst", "0"]
    done = run(main, calls)
    assert "2 right, 0 wrong, 2 missed" in done.output
    assert "precision 1.0000, recall 0.5000, F1 0.6667" in done.output
    assert "Missed" not in done.output


def test_signatures_of_two_sources_under_one_key_are_asked_about():
    sources = {name: Source(signatures={"k#0": f"signature/{name}"}) for name in ("a", "b")}
    found, held = Outcome(sources), SimpleNamespace(persons={"k#0": "p"})
    with pytest.raises(ReadError, match="several sources have k#0: say whose by --sources"):
        evaluating._people(Path("gold.tsv"), held, found, [])
    assert evaluating._people(Path("gold.tsv"), held, found, ["b"]) == {"k#0": "signature/b"}


def test_gold_of_the_other_kind_is_one_line(data):
    for command, name, said in (
        ("authors", "mapping.csv", "gold of publications"),
        ("publications", "signatures.jsonl", "gold of signatures"),
    ):
        words = ["evaluate", command, "--gold", str(GOLD / name), "--data", str(data)]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 1
        assert said in done.output
