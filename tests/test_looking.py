"""The search page: what its address says of kind, order and phrases is what it shows."""

import re

import pytest

from server import create_app
from server.config import Config


@pytest.fixture(scope="module")
def search(small_data):
    app = create_app(Config(data=small_data, workers=1))
    client = app.test_client()

    def labels(address):
        html = client.get(f"/search?{address}", headers={"Accept": "text/html"}).text
        return re.findall(r'<span class="hitkind">.*?<bdi>(.*?)</bdi>', html)

    yield labels
    app.extensions["quiver"].close()


def test_order_stands_in_the_address(search):
    best, by_name = search("q=a"), search("q=a&order=name")
    assert len(by_name) > 3
    assert sorted(best) == sorted(by_name)
    assert by_name == sorted(by_name, key=str.casefold) != best[::-1]
    assert best != by_name


def test_kind_stands_in_the_address(search):
    assert 0 < len(search("q=a&kind=venue")) < len(search("q=a"))
    assert set(search("q=a&kind=author")) < set(search("q=a"))


def test_a_phrase_in_quotation_marks_stands_together(search):
    assert search("q=%22Ada+Quill%22")[0].startswith("Ada Quill")
    assert search("q=%22Quill+Ada%22") == []
    assert search("q=Quill+Ada")[0].startswith("Ada Quill")
