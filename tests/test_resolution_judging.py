"""Links that somebody read, against a graph; and how such links are drawn."""

import json
import re

import pytest
from click.testing import CliRunner

from ingest.pipeline import load
from ingest.readers.errors import ReadError
from ingest.resolution.assessment import judging
from ingest.resolution.assessment.judging import COLUMNS, Verdicts, wilson
from ingest.resolution.links import resolve
from queries.generations import Generations
from server.cli import main
from tests.gold import draw_links
from tests.test_pipeline import paper

# "Zoë Quillfeather" is printed three ways on papers with one company; others stay alone.
OAK, ELM = "Roots of an Unusual Oak", "An Elm Reconsidered Twice"
PAPERS = [
    paper("oak", OAK, "Zoë Quillfeather", "Bo Zymurgist", "Cy Xanthopoulos", pages="1-9"),
    paper("elm", ELM, "Zoe Quillfeather", "Bo Zymurgist", "Cy Xanthopoulos"),
    paper("fir", "Firs Uphill", "Z. Quillfeather", "Bo Zymurgist", "Cy Xanthopoulos", year=2021),
    paper("ash", "Ash without Flame", "Dee Vanterpool", year=1995),
]
ROWS = [
    ("author", "marks", "Zoe Quillfeather", "Zoë Quillfeather", "0.9900", "right", "One company."),
    ("author", "initials", "Z. Quillfeather", "Zoe Quillfeather", "0.9000", "wrong", "So be it."),
    ("author", "initials", "Z. Quillfeather", "Zoë Quillfeather", "0.9000", "can't tell", "Open."),
    ("author", "nickname", "Bo Zymurgist", "Dee Vanterpool", "0.8000", "wrong", "Two people."),
    ("author", "nickname", "Cy Xanthopoulos", "Dee Vanterpool", "0.8000", "right", "If so."),
    ("author", "initials", "Bo Zymurgist", "Nobody There", "0.8000", "wrong", "Not here."),
    ("publication", "same title", "elm", "oak", "0.8000", "wrong", "Two trees."),
]


def table(*rows):
    lines = [COLUMNS, *((k, r, "birch", a, "birch", b, *rest) for k, r, a, b, *rest in rows)]
    return "".join("\t".join(line) + "\n" for line in lines)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judging")
    file = folder / "birch.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in PAPERS))
    load(folder / "data", [file])
    resolve(folder / "data")
    return folder / "data"


@pytest.fixture
def reader(data):
    with Generations(data).open() as reader:
        yield reader


@pytest.fixture
def gold(tmp_path):
    (tmp_path / "links.tsv").write_text(table(*ROWS), encoding="utf-8")
    return tmp_path / "links.tsv"


# --- figures


def test_the_interval_is_that_of_wilson():
    # Computed by hand for 95%: 8 of 10; all and none of 10.
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_doubtful_link_counts_on_neither_side():
    assert Verdicts(3, 1, 6).precision == 0.75
    assert Verdicts(0, 0, 6).precision is None
    assert Verdicts(3, 1, 6).interval == wilson(3, 4)


def test_links_still_made_are_judged_by_rule_and_others_listed(reader, gold):
    report = judging.links(reader, gold)
    assert report.made == {
        "author, initials": Verdicts(wrong=1, doubtful=1),
        "author, marks": Verdicts(right=1),
    }
    assert report.drawn["author, initials"] == Verdicts(wrong=2, doubtful=1)
    assert [(one.told, one.verdict) for one in report.undone] == [
        ("Bo Zymurgist = Dee Vanterpool", "wrong"),
        ("Cy Xanthopoulos = Dee Vanterpool", "right"),
        ("elm = oak", "wrong"),
    ]
    assert [one.told for one in report.unknown] == ["Bo Zymurgist = Nobody There"]


def test_the_command_says_precision_and_what_was_undone(data, gold):
    words = ["evaluate", "links", "--gold", str(gold), "--data", str(data)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert "7 links were read; 3 of them are made here" in done.output
    assert "1 speak of what the graph lacks, left out: Bo Zymurgist = Nobody There" in done.output
    assert re.search(r"author, marks +1 +0 +0 +1\.000 \(0\.207 to 1\.000\)", done.output)
    assert re.search(r"author, initials +0 +1 +1 +0\.000 \(0\.000 to 0\.793\)", done.output)
    assert "read as right (lost): 1\n  Cy Xanthopoulos = Dee Vanterpool" in done.output
    assert "read as wrong (mended): 2\n" in done.output
    done = CliRunner().invoke(main, [*words, "--worst", "0"])
    assert "  Cy Xanthopoulos" not in done.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind\trule\n", "its first line is not: kind rule source_a"),
        (table(ROWS[0]) + "author\tx\n", "line 3: 2 columns, not 9"),
        (table(("venue", *ROWS[0][1:])), "line 2: 'venue' is none of publication, author"),
        (table((*ROWS[0][:5], "yes", "Why.")), "line 2: 'yes' is none of right, wrong, can't tell"),
        (table((*ROWS[0][:4], "high", "right", "Why.")), "line 2: 'high' is no score"),
        (table(ROWS[5]), "no link of it is in the graph"),
    ],
)
def test_a_broken_line_is_named(reader, tmp_path, text, said):
    (tmp_path / "links.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(ReadError, match=re.escape(said)):
        judging.links(reader, tmp_path / "links.tsv")


# --- drawing


def test_a_name_of_several_who_are_not_one_is_nobody_s(reader, monkeypatch):
    places = judging._Places(reader)
    for called, meant in (
        ([("a", "x"), ("b", "y")], set()),
        ([("a", "x"), ("b", "x")], {"x"}),
        ([("a", "x"), ("a", "y")], {"x", "y"}),  # a row and its part
    ):
        monkeypatch.setattr(places, "_called", lambda *_, called=called: iter(called))
        assert places.of("author", "birch", "Ada") == meant


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("Zoë Quillfeather", "Zoe Quillfeather", "same but for marks"),
        ("Ann Lee 0002", "Ann Lee", "homonym suffix or none"),
        ("Ann-Mae Lee", "Annmae Lee", "spacing or hyphen"),
        ("Ann Lee", "Lee Ann", "reorder"),
        ("Ann B. Lee", "Ann Lee", "middle name or initial"),
        ("Ann Bea Lee", "Ann Lee", "middle name or initial"),
        ("A. Quillfeather", "Ada Quillfeather", "initials"),
        ("Bob Quillfeather", "Robert Quillfeather", "nickname or short form"),
        ("Wei (Paul) Quillfeather", "Paul Quillfeather", "added or English first name"),
        ("Ada van Quill", "Ada Quill", "particle or compound family name"),
        ("Ada Quillfeather", "Ada Quilfeather", "spelling"),
        ("Ada Quillfeather", "Bo Zymurgist", "other"),
    ],
)
def test_the_rule_of_two_names(one, other, rule):
    assert draw_links.rule_of_names(one, other, "", "") == rule


def links_by_rule(**sizes):
    return {
        ("author", rule): [(f"{rule}-{n:03}", f"other-{n:03}", 0.9) for n in range(size)]
        for rule, size in sizes.items()
    }


def drawn(by_rule, count, least):
    rows = draw_links.chosen(by_rule, count, least)
    return {rule: sum(row[1] == rule for row in rows) for _, rule in by_rule}


def test_each_rule_gives_its_least_or_all_and_the_rest_fill_up():
    by_rule = links_by_rule(big=500, middle=40, small=3)
    assert drawn(by_rule, 0, 10) == {"big": 10, "middle": 10, "small": 3}
    more = drawn(by_rule, 100, 10)
    assert sum(more.values()) == 100
    assert more["small"] == 3
    assert more["middle"] >= 10
    assert more["big"] > more["middle"]
    assert drawn(by_rule, 10_000, 10) == {"big": 500, "middle": 40, "small": 3}


def test_one_graph_gives_one_draw_and_another_seed_another():
    by_rule = links_by_rule(big=500, small=30)
    first = draw_links.chosen(by_rule, 60, 20)
    assert first == draw_links.chosen(dict(reversed(by_rule.items())), 60, 20)
    assert len(set(first)) == 60
    assert first != draw_links.chosen(by_rule, 60, 20, seed=1)


def test_one_rule_s_draw_is_its_own_whatever_others_hold():
    alone = draw_links.chosen(links_by_rule(big=500), 0, 20)
    assert alone == draw_links.chosen(links_by_rule(big=500, another=50), 0, 20)[-20:]


def test_a_draw_is_what_evaluate_reads(data, reader, tmp_path, capsys):
    rows, by_rule = draw_links.draw(reader.store)
    assert {rule for _, rule in by_rule} == {"initials", "same but for marks"}
    assert [(row[3], row[5]) for row in rows] == [
        ("Z. Quillfeather", "Zoe Quillfeather"),
        ("Z. Quillfeather", "Zoë Quillfeather"),
        ("Zoe Quillfeather", "Zoë Quillfeather"),
    ]
    draw_links.main([str(data)])
    printed = capsys.readouterr()
    assert printed.err == "author, initials: 2 of 2\nauthor, same but for marks: 1 of 1\n"
    with pytest.raises(ReadError, match="line 2: '' is none of right"):
        (tmp_path / "drawn.tsv").write_text(printed.out, encoding="utf-8")
        judging.read(tmp_path / "drawn.tsv")
    said = printed.out.replace("\t\t\n", "\tright\tOne company.\n")
    (tmp_path / "drawn.tsv").write_text(said, encoding="utf-8")
    report = judging.links(reader, tmp_path / "drawn.tsv")
    assert sum(one.right for one in report.made.values()) == 3
    assert not report.undone
    assert not report.unknown
