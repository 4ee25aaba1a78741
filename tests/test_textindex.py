"""Names and titles are found: best first, by beginnings, without accents, with typos."""

import sqlite3

import pytest

from queries.search.indexing import SHORT_LABEL
from queries.search.spelling import variants
from queries.search.textindex import RARE, Row, TextIndex, amend, build

ROWS = [
    Row("u:levine", "author", "Sergey Levine", "2009-2026", 399, "S. Levine"),
    Row("u:sydney", "author", "Sydney Levine", "2020", 4),
    Row("u:muller", "author", "Klaus-Robert Müller", "", 89),
    Row("u:yang", "author", "Yang Liu", "", 373),
    Row("u:yang-1", "author", "Yang Liu", "2011", 1),
    Row("u:gps", "publication", "Guided Policy Search", "ICML 2013 · Sergey Levine"),
    Row("u:vin", "publication", "Value Iteration Networks", "NeurIPS 2016"),
    Row("u:hvin", "publication", "Highway Value Iteration Networks", "ICML 2024"),
    Row("u:rl", "publication", "Reinforcement by Networks of Value", "2001"),
    Row(
        "u:icml",
        "venue",
        "ICML",
        "Conference",
        16951,
        "International Conference on Machine Learning",
    ),
]


@pytest.fixture
def path(tmp_path):
    build(tmp_path / "text.sqlite", ROWS)
    return tmp_path / "text.sqlite"


def found(path, text, **given):
    with TextIndex.open(path) as index:
        return [hit.iri for hit in index.search(text, **given)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("sergey levine", "u:levine"),
        ("levine s", "u:levine"),
        ("LEVINE, Sergey", "u:levine"),
        ("sergei levin", "u:levine"),
        ("Sergye Levine", "u:levine"),
        ("Sergy Levin", "u:levine"),
        ("sergwy l", "u:levine"),
        ("reinforcment", "u:rl"),
        ("reinforecm", "u:rl"),
        ("yang liu", "u:yang"),
        ("muller", "u:muller"),
        ("Müller", "u:muller"),
        ("klaus robert", "u:muller"),
        ("value iteration networks", "u:vin"),
        ("value iteraton network", "u:vin"),
        ("international conference on machine", "u:icml"),
    ],
)
def test_what_is_typed_finds_it(path, typed, first):
    assert found(path, typed)[0] == first


def test_more_papers_come_first(path):
    assert found(path, "levine")[:2] == ["u:levine", "u:sydney"]


def test_of_namesakes_the_one_with_more_papers_comes_first(path):
    assert found(path, "yang liu") == ["u:yang", "u:yang-1"]
    assert found(path, "liu y") == ["u:yang", "u:yang-1"]


def test_a_phrase_stands_together_and_in_order(path):
    assert found(path, '"value iteration"') == ["u:vin", "u:hvin"]
    assert found(path, '"networks of value"') == ["u:rl"]
    assert found(path, '"iteration value"') == []
    assert found(path, '"value networks"') == []


def test_a_phrase_and_words_beside_it_are_all_wanted(path):
    assert found(path, '"value iteration" high') == ["u:hvin"]
    assert found(path, 'networks "of value"') == ["u:rl"]


def test_the_last_word_in_quotation_marks_is_whole(path):
    assert found(path, "iterat") == ["u:vin", "u:hvin"]
    assert found(path, '"iterat"') == []


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    path = tmp_path_factory.mktemp("many") / "text.sqlite"
    rows = [Row(f"u:{n}", "publication", f"Learning of part{n}", "") for n in range(RARE + 100)]
    last = Row("u:last", "publication", "Learning", "")
    build(path, [*rows, Row("u:rare", "publication", "Teaching of Zebras", ""), last])
    return path


def test_a_label_is_found_however_many_have_its_words(many):
    assert found(many, "learning")[0] == "u:last"
    assert len("learning") <= SHORT_LABEL


def test_people_with_papers_crowd_out_titles_but_not_the_one_that_was_typed(tmp_path):
    people = [Row(f"u:{n}", "author", f"Vale Person{n}", "", n + 1) for n in range(60)]
    others = [Row(f"u:0{n}", "author", f"Vale Editor{n}", "", 0) for n in range(9)]
    titles = [Row(f"u:t{n}", "publication", f"Vale {n}") for n in range(60)]
    meant = [Row("u:venue", "venue", "Vale", "", 30), Row("u:meant", "publication", "The Vale")]
    build(tmp_path / "text.sqlite", [*people, *others, *titles, *meant])
    hits = found(tmp_path / "text.sqlite", "vale", limit=60)
    assert hits[:2] == ["u:venue", "u:59"]
    assert len(hits) == 60 and not any(hit.startswith("u:t") for hit in hits)
    assert found(tmp_path / "text.sqlite", "the vale")[0] == "u:meant"
    assert set(found(tmp_path / "text.sqlite", "vale", kind="publication", limit=99)) == {
        "u:meant", *(row.iri for row in titles),
    }  # fmt: skip
    more = found(tmp_path / "text.sqlite", "vale", limit=200)
    assert more[:61] == ["u:venue", *(f"u:{n}" for n in reversed(range(60)))]
    assert "u:meant" in more[61:]


def test_frequent_words_beside_a_rare_one_still_count(many):
    assert found(many, "of zebras") == found(many, "zebras of") == ["u:rare"]
    assert found(many, "learning zebras") == []
    assert found(many, '"of zebras"') == ["u:rare"]
    assert found(many, "learning of part7")[0] == "u:7"
    assert found(many, '"learning of" part77')[0] == "u:77"


def test_variants_are_one_letter_away():
    near = variants("levin")
    assert {"levine", "leven", "evin", "elvin", "levni"} <= set(near)
    assert len(near) == len(set(near))
    assert "łevin" in near
    assert "мороз" in variants("моооз")


def test_kind_narrows(path):
    assert found(path, "i", kind="venue") == ["u:icml"]
    assert found(path, "levine", kind="publication") == []


def test_pages_follow_each_other(path):
    whole = found(path, "value")
    assert [*found(path, "value", limit=1), *found(path, "value", limit=1, offset=1)] == whole[:2]


@pytest.mark.parametrize(
    "typed", ["", " !? ", '"', "xqzzkw", "a AND NOT *", "'; DROP", "(", "\x00"]
)
def test_nothing_and_nonsense_find_nothing_in_peace(path, typed):
    assert isinstance(found(path, typed), list)
    assert found(path, "xqzzkw") == []


def test_suggest_completes(path):
    with TextIndex.open(path) as index:
        assert [hit.label for hit in index.suggest("guid")] == ["Guided Policy Search"]


def test_amend_takes_out_puts_in_and_replaces(path):
    amend(path, ["u:vin"], [Row("u:new", "author", "Zoë Newcomer", "", 1)])
    assert found(path, "value iteration networks") == ["u:hvin"]
    assert found(path, "zoe newcomr") == ["u:new"]
    amend(path, [], [Row("u:sydney", "author", "Sydney Q. Levine", "", 500)])
    assert found(path, "levine") == ["u:sydney", "u:levine"]
    assert found(path, "sydney q") == ["u:sydney"]


def test_amended_index_equals_one_built_anew(path, tmp_path):
    amend(path, ["u:gps"], [])
    amend(path, [], [row for row in ROWS if row.iri == "u:gps"])
    other = tmp_path / "other.sqlite"
    build(other, ROWS)
    for typed in ("guided", "levine", "iter", "machine"):
        assert found(path, typed) == found(other, typed)


def test_amend_builds_where_there_is_none(tmp_path):
    amend(tmp_path / "new.sqlite", [], ROWS)
    assert found(tmp_path / "new.sqlite", "yang")[0] == "u:yang"


def test_index_of_an_earlier_version_is_read_and_completed(path):
    with sqlite3.connect(path) as database:
        for statement in ("DROP TABLE term", "DROP INDEX entity_label"):
            database.execute(statement)
    database.close()
    assert found(path, "levine s")[0] == "u:levine"
    assert found(path, "sergy levin") == []
    amend(path, ["u:vin"], [Row("u:new", "author", "Zoë Newcomer", "", 1)])
    assert found(path, "sergy levin") == ["u:levine"]
    assert found(path, "zoe newcomr") == ["u:new"]


def test_failed_amend_leaves_the_index(path):
    def broken():
        yield Row("u:half", "author", "Half Done")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        amend(path, ["u:yang"], broken())
    assert found(path, "half") == []
    assert found(path, "yang")[0] == "u:yang"


def test_open_index_cannot_be_written(path):
    with TextIndex.open(path) as index, pytest.raises(sqlite3.OperationalError):
        index._database.execute("DELETE FROM entity")
