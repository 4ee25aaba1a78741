"""The search page: what its address says of kind, order and phrases is what it shows."""

import re
from dataclasses import replace

import pytest

from server import create_app
from server.config import Config
from server.pages import looking


@pytest.fixture(scope="module")
def client(small_data):
    app = create_app(Config(data=small_data, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


@pytest.fixture(scope="module")
def search(client):
    def labels(address):
        html = client.get(f"/search?{address}", headers={"Accept": "text/html"}).text
        return re.findall(r'<span class="hitkind">.*?<bdi>(.*?)</bdi>', html)

    return labels


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


def test_those_with_most_papers_come_first_where_that_is_asked_for(client, monkeypatch):
    given = looking.results

    def counted(*asked):
        """As found, but that not all have as many papers."""
        told = given(*asked)
        hits = [
            replace(one, hit=replace(one.hit, papers=n % 3)) for n, one in enumerate(told.found)
        ]
        return replace(told, found=tuple(hits))

    monkeypatch.setattr(looking, "results", counted)
    papers = [hit["papers"] for hit in client.get("/search.json?q=a&order=papers").json["hits"]]
    assert papers == sorted(papers, reverse=True)
    assert papers[0] > papers[-1]


def test_programs_are_led_from_part_to_part_of_what_was_found(client, monkeypatch):
    whole = client.get("/search.json?q=a&order=name").json
    assert len(whole["hits"]) == whole["total"] > 4
    assert "next" not in whole
    monkeypatch.setattr(looking, "SHOWN", 2)
    found, place = [], "/search.json?q=a&order=name"
    while place:
        part = client.get(place.removeprefix("http://localhost:8000")).json
        found += part["hits"]
        place = part.get("next")
    assert found == whole["hits"]


def test_suggestions_can_be_of_one_kind_only(client):
    every = client.get("/suggest?q=fletch").json
    venues = client.get("/suggest?q=fletch&kind=venue").json
    assert {one["kind"] for one in every} == {"author", "venue"}
    assert venues == [one for one in every if one["kind"] == "venue"]


@pytest.mark.parametrize("page", ["0", "²", "-1", "1.0", "999", "9" * 5000])
def test_a_page_that_cannot_be_is_no_fault_of_the_server(client, page):
    assert client.get("/search", query_string={"q": "a", "page": page}).status_code == 400
