"""Names and titles are found: best first, by beginnings, without accents, with typos."""

import sqlite3

import pytest

from queries.textindex import Row, TextIndex, amend, build

ROWS = [
    Row("u:levine", "author", "Sergey Levine", "2009-2026", 399, "S. Levine"),
    Row("u:sydney", "author", "Sydney Levine", "2020", 4),
    Row("u:muller", "author", "Klaus-Robert Müller", "", 89),
    Row("u:yang", "author", "Yang Liu", "", 373),
    Row("u:gps", "publication", "Guided Policy Search", "ICML 2013 · Sergey Levine"),
    Row("u:vin", "publication", "Value Iteration Networks", "NeurIPS 2016"),
    Row("u:hvin", "publication", "Highway Value Iteration Networks", "ICML 2024"),
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


def test_kind_narrows(path):
    assert found(path, "i", kind="venue") == ["u:icml"]
    assert found(path, "levine", kind="publication") == []


def test_pages_follow_each_other(path):
    whole = found(path, "value")
    assert [*found(path, "value", limit=1), *found(path, "value", limit=1, offset=1)] == whole


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
    amend(path, [], [ROWS[4]])
    other = tmp_path / "other.sqlite"
    build(other, ROWS)
    for typed in ("guided", "levine", "iter", "machine"):
        assert found(path, typed) == found(other, typed)


def test_amend_builds_where_there_is_none(tmp_path):
    amend(tmp_path / "new.sqlite", [], ROWS)
    assert found(tmp_path / "new.sqlite", "yang") == ["u:yang"]


def test_failed_amend_leaves_the_index(path):
    def broken():
        yield Row("u:half", "author", "Half Done")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        amend(path, ["u:yang"], broken())
    assert found(path, "half") == []
    assert found(path, "yang") == ["u:yang"]


def test_open_index_cannot_be_written(path):
    with TextIndex.open(path) as index, pytest.raises(sqlite3.OperationalError):
        index._database.execute("DELETE FROM entity")
