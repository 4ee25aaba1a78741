"""A server readies itself as it starts: templates, files, figures of large venues."""

import pytest

from server import create_app, warming
from server.config import Config
from server.pages import sources
from server.pages.asking import ask, page

FLETCHERS = "/doc/venue/fletchers-vvvvvvvvva22"


@pytest.fixture(scope="module")
def app(small_data):
    app = create_app(Config(data=small_data, workers=1))
    yield app
    app.extensions["quiver"].close()


def test_templates_that_many_ask_for_are_there(app):
    warming.compile_templates(app)
    assert set(warming.TEMPLATES) <= {name for _, name in app.jinja_env.cache}


def test_files_are_read_ahead_where_memory_has_room(tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "1.sst").write_bytes(b"x" * 5000)
    assert warming.read_ahead(tmp_path) == 5000
    monkeypatch.setattr(warming, "free_memory", lambda: 9999)
    assert warming.read_ahead(tmp_path) == 0


def test_a_large_file_is_read_ahead_to_its_end(tmp_path, monkeypatch):
    """Asked for the whole of a file at once, Linux reads its first few MB only."""
    size = 3 * warming.STEP + 5
    with (tmp_path / "1.sst").open("wb") as file:
        file.truncate(size)
    asked = []
    monkeypatch.setattr(
        warming.os,
        "posix_fadvise",
        lambda file, place, length, advice: asked.append((place, length)),
    )
    assert warming.read_ahead(tmp_path) == size
    assert all(length <= 1 << 20 for _, length in asked)
    assert [place for place, _ in asked] == [n * warming.STEP for n in range(4)]


def test_what_large_venues_show_is_counted_before_anybody_asks(app, monkeypatch):
    held = app.extensions["quiver"]
    asked = []
    monkeypatch.setattr(
        held.pool, "run", lambda request, ask=held.pool.run: asked.append(request) or ask(request)
    )
    monkeypatch.setattr(warming, "LARGE", 1)
    with app.test_request_context():
        warming.warm_venues(held)
    counted = len(asked)
    assert counted
    assert app.test_client().get(FLETCHERS, headers={"Accept": "text/html"}).status_code == 200
    assert len(asked) == counted


def test_what_large_sources_show_is_counted_before_anybody_asks(app, monkeypatch):
    held = app.extensions["quiver"]
    asked = []
    monkeypatch.setattr(
        held.pool, "run", lambda request, ask=held.pool.run: asked.append(request) or ask(request)
    )
    monkeypatch.setattr(sources, "SORTED", 0)  # large ones are listed as they are stored
    with app.test_request_context():
        sources.warm(held, warming.SOURCES, 1)
        (known,) = ask(held, page("sources"))
    counted = len(asked)
    assert counted
    for row in known:
        path = f"/doc/source/{row['source'].rpartition('/')[2]}"
        assert app.test_client().get(path, headers={"Accept": "text/html"}).status_code == 200
    assert len(asked) == counted
