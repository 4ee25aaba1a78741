"""The SPARQL page over a socket: a browser's query is answered by a page that needs no script."""

import html
import json
import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
Q = "https://w3id.org/quiver/ontology#"
PEOPLE = (
    f"PREFIX q: <{Q}> SELECT ?person ?papers {{ {{ SELECT ?person (COUNT(?p) AS ?papers) "
    "{ ?p q:authoredBy ?person } GROUP BY ?person } } ORDER BY DESC(?papers)"
)
NUMBERS = "SELECT ?n { VALUES ?a { 0 1 2 3 4 } VALUES ?b { 0 1 2 3 4 5 6 7 8 9 } \
VALUES ?c { 0 1 2 3 4 5 6 7 8 9 } BIND(100 * ?a + 10 * ?b + ?c AS ?n) } ORDER BY ?n"


def asked(library, text, accept=BROWSER, **more):
    pairs = "".join(f"&{name}={quote(value)}" for name, value in more.items())
    return library.get(f"/sparql?query={quote(text)}{pairs}", accept)


def table(library, text):
    """The rows as programs get them."""
    return json.loads(library.query(text).body)["results"]["bindings"]


def form_text(reply):
    """The query as it stands in the form."""
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", reply.text, re.DOTALL)
    return html.unescape(found[1])


def rows(reply):
    """The cells of the table's rows as text."""
    body = re.search(r'<table class="answers">.*?<tbody>(.*?)</tbody>', reply.text, re.DOTALL)[1]
    return [
        [html.unescape(re.sub(r"<[^>]*>", "", cell)) for cell in re.findall(r"<td.*?</td>", row)]
        for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
    ]


def test_browser_gets_a_table_with_the_query_kept(library):
    reply = asked(library, PEOPLE)
    assert (reply.status, reply.media_type) == (200, "text/html")
    assert "script-src 'self'" in reply.headers["Content-Security-Policy"]
    assert form_text(reply) == PEOPLE
    told = table(library, PEOPLE)
    assert len(rows(reply)) == len(told) > 1
    assert re.search(rf"{len(told)} rows <small>(in [\d.]+ ms|from the cache)", reply.text)


def test_entities_are_links_under_their_labels(library):
    text = f"SELECT ?s ?l {{ ?s a <{Q}Author> ; <{LABEL}> ?l }} ORDER BY ?s LIMIT 1"
    label = table(library, text)[0]["l"]["value"]
    reply = asked(library, text)
    link = re.search(
        r'<td><a href="([^"]*)" title="([^"]*)"><bdi>([^<]*)</bdi></a></td>', reply.text
    )
    assert link[3] == label
    assert library.get(f"/{link[1].removeprefix('./')}", "text/html").status == 200
    assert link[2].startswith("http://localhost:8000/id/author/")


def test_every_download_gives_the_answer_in_its_format(library):
    for text, names in (
        (PEOPLE, "csv tsv json xml"),
        ("ASK {}", "json xml"),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 3", "ttl nt jsonld rdf"),
    ):
        links = [
            html.unescape(one)
            for one in re.findall(r'href="(\./sparql\?query=[^"]*)"', asked(library, text).text)
            if "format=html" not in one  # the address of the page itself, to pass on
        ]
        found = {parse_qs(urlsplit(one).query)["format"][0]: one[1:] for one in links}
        assert " ".join(found) == names
        for address in found.values():
            reply = library.get(address, BROWSER)
            assert reply.status == 200 and reply.media_type != "text/html"


def test_yes_or_no_and_graphs_are_shown(library):
    assert ">Yes <small>" in asked(library, "ASK {}").text
    assert ">No <small>" in asked(library, "ASK { <urn:a> <urn:b> <urn:c> }").text
    reply = asked(library, "CONSTRUCT { <urn:a> <urn:b> 'c' } WHERE {}")
    assert "1 statement <small>" in reply.text
    assert rows(reply) == [["urn:a", "urn:b", "c"]]


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("SELECT ?x { ?x ?y }", 400, "Malformed SPARQL"),
        ("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }", 403, "SERVICE"),
        ("SELECT ?", 400, "Malformed SPARQL"),
    ],
)
def test_mistake_is_said_beside_the_query(library, text, status, said):
    reply = asked(library, text)
    assert (reply.status, reply.media_type) == (status, "text/html")
    assert form_text(reply) == text
    mistake = re.search(r'<div class="wrong".*?</div>', reply.text, re.DOTALL)[0]
    assert said in mistake


def test_markup_in_query_and_answer_is_text(library):
    text = "SELECT ('<script>alert(1)</script>' AS ?x) ('</textarea><b>' AS ?y) {}"
    reply = asked(library, text)
    assert form_text(reply) == text
    assert rows(reply) == [["<script>alert(1)</script>", "</textarea><b>"]]
    assert "<script>alert" not in reply.text and "</textarea><b>" not in reply.text
    broken = asked(library, "SELECT <script>alert(1)</script>")
    assert broken.status == 400 and "<script>alert" not in broken.text
    unsafe = asked(library, "SELECT (IRI('javascript:alert(1)') AS ?x) {}")
    assert 'href="javascript' not in unsafe.text


def test_large_answer_comes_in_pages(library):
    first, last = asked(library, NUMBERS), asked(library, NUMBERS, page="5")
    assert "500 rows" in first.text and len(first.body) < 100_000
    assert [row[0] for row in rows(first)] == [str(n) for n in range(100)]
    assert [row[0] for row in rows(last)] == [str(n) for n in range(400, 500)]
    assert "page=2" in first.text and 'rel="next"' not in last.text
    assert rows(asked(library, NUMBERS, page="99")) == rows(last)


def test_answer_beyond_a_mebibyte_is_read_from_its_file(library):
    text = (
        "SELECT ?x ?a ?b { VALUES ?a { 0 1 2 3 4 5 6 7 8 9 } VALUES ?b { 0 1 2 3 4 5 6 7 8 9 } "
        "BIND('" + "x" * 20_000 + "' AS ?x) }"
    )
    reply = asked(library, text)
    assert reply.status == 200 and "100 rows" in reply.text
    assert len(rows(reply)) == 100 and len(rows(reply)[0][0]) == 241


def test_programs_get_data_as_ever(library):
    assert asked(library, "ASK {}", "*/*").media_type == "application/sparql-results+json"
    xml = "application/sparql-results+xml"
    assert asked(library, "ASK {}", f"text/html;q=0.5, {xml}").media_type == xml
    assert asked(library, "ASK {}", "text/html", format="json").media_type.endswith("json")
    assert asked(library, "ASK {}", "*/*", format="html").media_type == "text/html"


def test_posted_query_is_answered_by_a_page_too(library):
    reply = library.request(
        "POST",
        "/sparql",
        {"Content-Type": "application/x-www-form-urlencoded", "Accept": BROWSER},
        f"query={quote(PEOPLE)}&format=html",
    )
    assert (reply.status, reply.media_type) == (200, "text/html")
    assert form_text(reply) == PEOPLE
