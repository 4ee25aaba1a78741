"""Who signed what: a page looks up no more than it shows, in the order of the whole list."""

import pytest

from server import create_app
from server.config import Config
from server.pages import signed
from server.pages.asking import ask, page
from server.problems import Problem

ROWS = ("ada-quill-aaaaaaaaaa33", "wei-bow-wwwwwwwwww33", "bo-fletch-bbbbbbbbbb33")


@pytest.fixture(scope="module")
def app(small_data):
    app = create_app(Config(data=small_data, workers=1))
    yield app
    app.extensions["quiver"].close()


@pytest.fixture
def held(app):
    return app.extensions["quiver"]


def marked(held, row):
    iri = f"http://localhost:8000/id/author/{row}"
    (found,) = ask(held, page("row-signatures", row=iri))
    return signed.marks(found, "http://localhost:8000/id/signature/")


def read(app, held, row, order="", about=""):
    """The list, page by page."""
    found, number, pages = [], 1, 1
    while number <= pages:
        with app.test_request_context(f"/review/split?page={number}"):
            shown, at = signed.shown(held, marked(held, row), order, about)
        found += shown
        number, pages = number + 1, at.pages
    return found


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("order", ["", "oldest", "venue"])
def test_pages_have_each_signature_once_in_the_order_asked_for(app, held, monkeypatch, row, order):
    whole = read(app, held, row, order)
    assert {one.iri for one in whole} == {one.iri for one in marked(held, row)}
    monkeypatch.setattr(signed, "SIZE", 1)
    monkeypatch.setattr(signed, "AT_ONCE", 1)
    assert read(app, held, row, order) == whole
    turn = 1 if order == "oldest" else -1
    by_year = [(turn * int(one.year or 0), one.title, one.iri) for one in whole]
    if order == "venue":
        by_year = [
            (one.venue.casefold(), *place) for one, place in zip(whole, by_year, strict=True)
        ]
    assert by_year == sorted(by_year)


def test_titles_of_years_on_other_pages_are_not_asked_for(app, held, monkeypatch):
    monkeypatch.setattr(signed, "SIZE", 1)
    asked = []
    monkeypatch.setattr(signed, "looked_up", lambda _, iris: asked.extend(iris) or [])
    every = [one for row in ROWS for one in marked(held, row)]
    assert len({one.year for one in every}) > 1
    with app.test_request_context("/review/split"):
        signed.shown(held, every, "", "")
    last = max(one.year for one in every)
    assert set(asked) == {one.iri for one in every if one.year == last}


def test_words_are_looked_for_in_titles_years_and_among_co_authors(app, held):
    whole = read(app, held, ROWS[0])
    one = whole[0]
    assert one in read(app, held, ROWS[0], about=one.title.upper())
    with app.test_request_context():
        names = signed.names_on(held, [one])[one.publication]
    assert one in read(app, held, ROWS[0], about=f"{names[-1].printed} {one.year}")
    assert read(app, held, ROWS[0], about="nobody says this") == []


def test_an_order_that_there_is_none_of_is_refused():
    with pytest.raises(Problem, match="none of"):
        signed.turn_of("newest?")
