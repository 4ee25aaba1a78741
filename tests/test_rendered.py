"""Rendered documents: kept for their generation, the same byte for byte, never another's."""

from pathlib import Path

import pytest
from flask import Response, g

from server import create_app
from server.config import Config

PAPER = "/doc/publication/arrows-aaaaaaaaaaaa"
BASE = "http://localhost:8000/"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
FORMATS = ["text/html", "text/turtle", "application/ld+json", "application/x-bibtex"]
LIBRARY = (Path(__file__).parent / "data/trig/library.trig").read_text(encoding="utf-8")
PASSING = {"Date", "Server-Timing"}


@pytest.fixture
def data(tmp_path, serving):
    serving.publish(tmp_path / "data", LIBRARY)
    return tmp_path / "data"


@pytest.fixture
def app(data):
    app = create_app(Config(data=data, workers=1))
    yield app
    app.extensions["quiver"].close()


def get(app, path, accept="text/html"):
    reply = app.test_client().get(path, headers={"Accept": accept})
    headers = sorted((k, v) for k, v in reply.headers.items() if k not in PASSING)
    return reply.status_code, headers, reply.data


def queries(app):
    """How many answers the pool has given."""
    return sum(app.extensions["quiver"].pool.figures().outcomes.values())


@pytest.mark.parametrize("accept", FORMATS)
def test_asked_again_a_document_is_the_same_and_asks_nothing(app, accept):
    first, before = get(app, PAPER, accept), queries(app)
    assert first[0] == 200
    assert get(app, PAPER, accept) == first
    assert queries(app) == before


def test_formats_and_pages_are_kept_apart(app):
    replies = {get(app, PAPER, accept)[2] for accept in FORMATS}
    assert len(replies) == len(FORMATS)
    assert get(app, f"{PAPER}.ttl")[2] == get(app, PAPER, "text/turtle")[2]


def test_a_new_generation_is_rendered_anew(app, data, serving):
    old = get(app, PAPER, "text/turtle")
    more = f'<{BASE}id/{PAPER[5:]}> <{LABEL}> "Another name" .'
    serving.publish(data, f"{LIBRARY}\n<{BASE}graph/more> {{ {more} }}")
    new = get(app, PAPER, "text/turtle")
    assert b"Another name" in new[2] and b"Another name" not in old[2]
    assert dict(new[1])["ETag"] != dict(old[1])["ETag"]


def test_what_is_not_found_is_not_kept(app):
    assert get(app, PAPER + "x")[0] == 404
    assert len(app.extensions["quiver"].shelf.held) == 0


def test_a_figure_of_an_earlier_generation_is_not_kept(app):
    held = app.extensions["quiver"]
    with app.test_request_context(PAPER):
        g.counted_before = True
        held.shelf.document(held, "text/html", lambda: Response("older"))
        assert len(held.shelf.held) == 0


def test_no_more_is_kept_than_the_setting_lets(data):
    app = create_app(Config(data=data, workers=1, cache=20_000))
    try:
        for accept in FORMATS:
            get(app, PAPER, accept)
        shelf = app.extensions["quiver"].shelf.held
        assert 0 < len(shelf) < len(FORMATS)
        assert shelf.used <= 10_000
    finally:
        app.extensions["quiver"].close()
