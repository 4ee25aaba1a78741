import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries import formats
from server.negotiate import MAX_RANGES, NotAcceptableError, choose, ranges

RDF = formats.of_kind("rdf")
TABLES = formats.of_kind("results")
PAGE_FIRST = (formats.HTML, *RDF)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ([], "text/turtle"),
        ([""], "text/turtle"),
        (["*/*"], "text/turtle"),
        (["*"], "text/turtle"),
        (["nonsense"], "text/turtle"),
        (["application/n-triples"], "application/n-triples"),
        (["APPLICATION/N-Triples"], "application/n-triples"),
        (["application/n-triples;q=0.2, application/trig;q=0.9"], "application/trig"),
        (["application/n-triples;q=0.2", "application/trig;q=0.9"], "application/trig"),
        (["text/turtle;q=0, */*"], "application/n-triples"),
        (["application/*"], "application/n-triples"),
        (["text/*"], "text/turtle"),
        (["text/*;q=0.3, application/trig;q=0.2"], "text/turtle"),
        (["text/plain, */*;q=0.1"], "text/plain"),
        (["application/json"], "application/json"),
        (["application/ld+json;profile=\"http://e/a,b;c\", text/turtle;q=0.9"], "application/ld+json"),  # noqa: E501
        (["text/turtle;charset=utf-8"], "text/turtle"),
        (["text/turtle;q=nan-sense, application/trig"], "application/trig"),
        (["text/turtle; Q=0.1 , application/trig ;q=0.2"], "application/trig"),
        (["text/html, application/rdf+xml;q=0.9"], "application/rdf+xml"),
    ],
)  # fmt: skip
def test_accept(accept, media_type):
    assert choose(RDF, accept).media_type == media_type


def test_browser_gets_the_page_and_rdf_clients_do_not():
    assert choose(PAGE_FIRST, [BROWSER]).offer is formats.HTML
    assert choose(PAGE_FIRST, ["text/turtle, */*;q=0.1"]).offer is formats.TURTLE
    assert choose(PAGE_FIRST, []).offer is formats.HTML


def test_alias_is_the_label_of_the_answer():
    chosen = choose(TABLES, ["application/json"])
    assert (chosen.offer, chosen.media_type) == (formats.RESULTS_JSON, "application/json")


@pytest.mark.parametrize("accept", ["image/png", "text/turtle;q=0", "*/*;q=0"])
def test_nothing_acceptable(accept):
    with pytest.raises(NotAcceptableError) as caught:
        choose((formats.TURTLE,), [accept])
    assert caught.value.offers == (formats.TURTLE,)
    assert accept in str(caught.value)
    assert "text/turtle" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "offer"),
    [
        ("ttl", formats.TURTLE),
        (".ttl", formats.TURTLE),
        ("Turtle", formats.TURTLE),
        ("application/ld+json", formats.JSON_LD),
        ("application/ld json", formats.JSON_LD),  # a plus sign that was not encoded
        ("json", formats.JSON_LD),
        ("text/plain", formats.N_TRIPLES),
    ],
)
def test_name_rules_over_accept(name, offer):
    assert choose(RDF, ["application/trig"], name).offer is offer


def test_unknown_name():
    with pytest.raises(NotAcceptableError, match="docx"):
        choose(RDF, ["*/*"], "docx")


def test_no_more_ranges_are_read_than_anybody_sends():
    assert len(ranges(["text/turtle, " * 100_000])) <= MAX_RANGES


@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_header_gives_an_offer_or_says_there_is_none(accept):
    try:
        assert choose(RDF, accept).offer in RDF
    except NotAcceptableError as error:
        assert error.offers == RDF
