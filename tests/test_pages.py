"""The pages over a real server application and a real data folder made of `small.trig`."""

import json
import re
import shlex
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pyoxigraph as ox
import pytest
from lxml import html
from markupsafe import escape

from ingest.pipeline import load
from ontology import terms
from queries.catalogue import Catalogue
from server import charts, create_app
from server.commands.deciding import decide
from server.config import Config
from server.pages import home

HTML = {"Accept": "text/html"}
BASE = "http://localhost:8000/"
ADA = "/doc/author/ada-quill-aaaaaaaaaa33"
CLUSTER = "/doc/cluster/ada-quill-kkkkkkkkka22"
STRAIGHT = "/doc/publication/straight-flight-pppppppppa33"
BOWS = "/doc/publication/b-bold-b-bows-scripts-pppppppppb22"
FLETCHERS = "/doc/venue/fletchers-vvvvvvvvva22"
LEAF = "/doc/source/leaf-aaaaaaaaaa2l"
PAIR = "/explain?a=author/{}&b=author/{}"
PAGES = [
    "/",
    "/about",
    "/sources",
    "/venues",
    "/search",
    "/search?q=quill",
    "/queries",
    "/queries/co-authors",
    "/queries/most-papers",
    "/sparql",
    "/ontology",
    "/explain",
    ADA,
    "/doc/author/ada-quill-aaaaaaaaaa22",
    "/doc/author/wei-bow-wwwwwwwwww33",
    "/doc/author/wei-bow-wwwwwwwwww44",
    "/doc/author/the-archery-consortium-gggggggggg33",
    CLUSTER,
    STRAIGHT,
    BOWS,
    "/doc/publication/curved-flight-pppppppppc33",
    FLETCHERS,
    LEAF,
    "/doc/work/curved-flight-wwwwwwwwwa22",
    "/doc/match/mmmmmmmmma22",
    "/doc/record/rrrrrrrrra22",
    "/doc/signature/author-1-ssssssssaa22",
    "/doc/run/nnnnnnnnna22",
    "/doc/load/llllllllla22",
    "/doc/decision/zzzzzzzzza22",
    PAIR.format("ada-quill-aaaaaaaaaa22", "ada-quill-aaaaaaaaaa33"),
    PAIR.format("ada-quill-aaaaaaaaaa22", "ada-b-quill-aaaaaaaaaa44"),
    PAIR.format("ada-quill-0002-aaaaaaaaaa55", "ada-quill-aaaaaaaaaa33"),
]


@pytest.fixture(scope="module")
def client(small_data):
    app = create_app(Config(data=small_data, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


class Read(HTMLParser):
    """The links, visible text and attributes of a page."""

    def __init__(self, html):
        super().__init__()
        self.links, self.words, self.attributes, self.tags, self.hidden = [], [], [], [], 0
        self.feed(html)
        self.text = re.sub(r"\s+", " ", "".join(self.words))

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.words.append(" " if tag in ("td", "th", "dd", "br") else "")
        self.hidden += tag in ("script", "style", "title")
        for name, value in attributes:
            self.attributes.append((tag, name))
            if name in ("href", "src", "action"):
                self.links.append(value)

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style", "title")

    def handle_data(self, data):
        if not self.hidden:
            self.words.append(data)


def get(client, path, status=200):
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text[:500]
    return Read(answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_page_is_small_plain_and_links_relatively(client, path):
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert len(answer.data) < 100_000
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    page = Read(answer.text)
    assert page.tags.count("h1") == 1
    assert "style" not in page.tags
    assert not [name for _, name in page.attributes if name == "style" or name.startswith("on")]
    inside = [link for link in page.links if not urlsplit(link).scheme]
    assert not [link for link in inside if link.startswith("/")]
    assert not [link for link in page.links if link.startswith((BASE, "javascript:", "data:"))]


def test_no_link_of_any_page_is_dead(client):
    seen = {}
    for path in PAGES:
        for link in get(client, path).links:
            if urlsplit(link).scheme or link.startswith("#"):
                continue
            parts = urlsplit(urljoin(f"http://x{path}", link))
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            if target not in seen:
                seen[target] = client.get(target, headers={"Accept": "text/html,*/*"}).status_code
    assert len(seen) > 200
    seen.pop("/suggestions", None)  # where suggestions are sent; to read them takes a token
    assert {target: status for target, status in seen.items() if status >= 400} == {}


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    """Papers whose source has keys for them that tell nothing of their titles; not resolved."""
    folder = tmp_path_factory.mktemp("keyed")
    rows = ["id,title,authors,venue", "quill1,Zebras and bows,Ada Quill,ICML"]
    rows += ["quill2,“Apples” and bows,Ada Quill,ICML", "quill3,Étude,Ada Quill,ICML"]
    (folder / "a.csv").write_text("\n".join(rows))
    load(folder / "data", [folder / "a.csv"])
    app = create_app(Config(data=folder / "data", workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


def test_home_does_not_say_joined_where_nothing_was(keyed):
    text = get(keyed, "/").text
    assert "Nothing has been joined yet" in text and "found across sources" not in text
    assert home.is_resolved({"classes": {terms.RUN: 1}})


@pytest.mark.parametrize("kind", ["author", "venue"])
def test_by_title_is_by_the_title_and_not_by_the_key_of_a_source(keyed, kind):
    name = {"author": "Ada Quill", "venue": "ICML"}[kind]
    path = urljoin(f"/{kind}/x", keyed.get(f"/{kind}/{name}").headers["Location"])
    text = get(keyed, f"{path}?order=title").text
    places = [text.index(title) for title in ("“Apples” and bows", "Étude", "Zebras and bows")]
    assert places == sorted(places)
    if kind == "venue":  # the source does not say of what kind they are
        assert "Kinds query Publication 3 " in text
    else:
        assert re.search(r"In how many titles\s+bows 2\s", text)


def test_home_counts_equal_those_of_sparql(client):
    page = get(client, "/")
    text = (
        "PREFIX q: <https://w3id.org/quiver/ontology#> SELECT (COUNT(DISTINCT ?c) AS ?n)"
        " { ?p a q:%s ; q:canonical ?c }"
    )
    for kind, name in (("Publication", "publications"), ("Author", "people and groups")):
        found = client.get("/sparql", query_string={"query": text % kind, "format": "json"})
        count = found.get_json(force=True)["results"]["bindings"][0]["n"]["value"]
        assert f"{name} {count}" in page.text


def test_markup_in_labels_is_text(client):
    for path in (ADA, BOWS, "/venues", "/search?q=bold", CLUSTER, "/queries/most-papers"):
        page = client.get(path, headers={"Accept": "text/html"}).text
        assert "<script>alert" not in page
        assert "<b>" not in page
    assert "<b>Bold</b> Bows & <script>alert(1)</script>" in get(client, BOWS).text


def test_what_was_typed_is_text(client):
    page = client.get("/search?q=<script>alert(2)</script>", headers={"Accept": "text/html"}).text
    assert "<script>alert" not in page


def test_cluster_says_what_it_is_and_who_is_behind(client):
    text = get(client, CLUSTER).text
    assert "not a full identity disambiguation profile" in text
    assert "leaf 2 3 1 2" in text  # papers held and declared, rows held and declared
    assert "branch 2 \u2013 2 \u2013" in text
    assert "why joined" in text
    assert "Kept apart from the first: two homonym suffixes (score 0.02)" in text
    assert "Fletchers Conference 2016 Conference Paper" in text
    assert "We draw. See https: //flight. example/ for code." in text


def test_person_has_all_their_papers_under_every_name(client):
    text = get(client, ADA).text
    for part in ("Curved Flight", "Bold", "Straight flight.", "Ada B. Quill", "co-authors 4"):
        assert part in text
    assert "Look-alikes kept apart" in text
    assert "two homonym suffixes" in text
    assert "Fifteen years and two fields <apart>." in text


def test_row_keeps_its_page_and_points_to_the_person(client):
    page = get(client, "/doc/author/ada-quill-aaaaaaaaaa22")
    assert "one source" in page.text
    assert "once stood for the person" in page.text
    assert "../../doc/author/ada-quill-aaaaaaaaaa33" in page.links


def test_row_of_several_people_says_so_and_names_its_parts(client):
    text = get(client, "/doc/author/wei-bow-wwwwwwwwww33").text
    assert "Possibly several people" in text
    assert "Divided so far: Wei Bow (1)" in text


def test_publication_shows_its_descriptions_field_by_field(client):
    text = get(client, STRAIGHT).text
    assert "Title differs" in text
    assert "leaf.txt, line 12" in text
    assert "page recovered" in text
    assert "Editor: The Archery Consortium" in text
    assert "Authors as listed by branch" in text


def test_publication_says_where_a_list_of_authors_was_cut_off(client):
    assert (
        "Wei Bow cut off at eight"
        in get(client, "/doc/publication/broken-string-pppppppppe33").text
    )
    fields = get(client, STRAIGHT).text.partition("descriptions of this publication")[2]
    assert "Ada Quill; Bo Fletch cut off at eight" in fields


def test_citation_has_names_of_unknown_position_last_and_says_that_there_are_others(client):
    bows = client.get(f"{BOWS}.bib").text
    nib = r"Eve \textless{}b\textgreater{}Nib\textless{}/b\textgreater{} \& Sons"
    assert f"author = {{{nib} and Quill, Ada}}," in bows
    broken = client.get("/doc/publication/broken-string-pppppppppe33.bib").text
    assert "author = {Shaft, Dee and Nib, Eve and Bow, Wei and others}," in broken


def test_abstract_has_its_formulas_as_mathml(client):
    page = client.get("/doc/publication/curved-flight-pppppppppc33", headers=HTML).text
    assert "<msup><mi>x</mi><mrow><mn>2</mn></mrow></msup>" in page
    assert "<em>most</em> 5% more; an arrow costs $5 or $10." in page


def test_publication_is_cited_in_three_formats_to_copy_and_to_keep(client):
    def cited(path, suffix):
        file = client.get(f"{path}{suffix}").text.replace("\r\n", "\n")
        file = re.sub('AB  - .*\\n| "abstract": .*,\\n', "", file)  # the page has it elsewhere
        return f"<code>{escape(file)}</code>"

    for path in (BOWS, "/doc/publication/broken-string-pppppppppe33"):
        page = client.get(path, headers=HTML).text
        for suffix in (".bib", ".ris", ".csl.json"):
            assert cited(path, suffix) in page
    answer = client.get(STRAIGHT, headers=HTML).text
    for suffix, name in ((".bib", "BibTeX"), (".ris", "RIS"), (".csl.json", "CSL-JSON")):
        assert f"<summary>{name}</summary>" in answer
        assert cited(STRAIGHT, suffix) in answer
        assert f'href="../../{STRAIGHT[1:]}{suffix}" download=' in answer


def test_publication_of_unknown_positions_and_versions(client):
    assert "no position" in get(client, BOWS).text
    versions = get(client, "/doc/publication/curved-flight-pppppppppc33").text
    assert "Other versions of this work" in versions
    assert "retracted" in get(client, "/doc/publication/broken-string-pppppppppe33").text


def test_filters_stand_in_the_address(client):
    assert "Straight flight." in get(client, f"{ADA}?year=2016").text
    assert "Curved Flight" not in get(client, f"{ADA}?year=2016").text
    only = get(client, f"{ADA}?venue=journal-of-arrows-vvvvvvvvvc22").text
    assert "1 of 3" in only
    assert "Straight flight." not in get(client, f"{ADA}?kind=Journal+Article").text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{ADA}?page=2", 404),
        (f"{ADA}?page=0", 400),
        (f"{FLETCHERS}?year=soon", 400),
        ("/search?q=a&kind=cat", 400),
        ("/explain?a=Nobody+At+All&b=author/ada-quill-aaaaaaaaaa33", 404),
        ("/explain?a=Cy+Nock&b=Cy+Nock", 400),
        ("/explain?a=author/x-aaaaaaaaaaaa&b=author/ada-quill-aaaaaaaaaa33", 404),
        ("/queries/no-such", 404),
        ("/queries/papers-of-person?person=nobody+at+all", 400),
        ("/queries/most-papers.doc", 406),
        ("/pointing", 400),
        ("/static/../cli.py", 404),
    ],
)
def test_bad_requests_are_told_what_is_wrong(client, path, status):
    page = get(client, path, status)
    assert page.tags.count("h1") == 1


def test_why_takes_names_and_prefers_two_rows_of_one_source(client):
    by_name = get(client, "/explain?a=Ada+Quill&b=Ada+Quill+0002").text
    by_iri = get(client, PAIR.format("ada-quill-aaaaaaaaaa33", "ada-quill-0002-aaaaaaaaaa55")).text
    assert by_name == by_iri


def test_why_gives_a_command_that_quiver_reads(client):
    def given(one, other):
        text = get(client, PAIR.format(one, other)).text
        _, *words = shlex.split(re.search(r"quiver (decide .+? --reason \S+)", text)[1])
        return decide.make_context("decide", words).params

    found = given("ada-quill-aaaaaaaaaa33", "bo-fletch-bbbbbbbbbb33")
    assert found["a"] == f"{BASE}id/author/ada-quill-aaaaaaaaaa33"
    assert found["b"] == f"{BASE}id/author/bo-fletch-bbbbbbbbbb33"
    assert found["verdict"] == "same"
    assert found["by"] and found["reason"]
    # Two that a person keeps apart: to say "same" as well would be set aside.
    decided = given("ada-quill-aaaaaaaaaa33", "ada-quill-0002-aaaaaaaaaa55")
    assert decided["undo"] == ("decision/zzzzzzzzza22",) and not decided["a"]


def test_why_shows_every_term_and_who_decided(client):
    text = get(client, PAIR.format("ada-quill-0002-aaaaaaaaaa55", "ada-quill-aaaaaaaaaa33")).text
    assert "These are kept apart." in text
    assert "Decided: different" in text
    assert "By Cur Ator on 2026-01-02 03:04:05 UTC" in text
    assert "A rule forbids this link: two homonym suffixes" in text
    assert "years of activity -4.500" in text
    assert "add up to -3.90" in text
    assert "What would change it: " not in text
    assert "quiver decide --undo decision/" in text


def test_why_of_two_never_compared_shows_the_chain(client):
    text = get(client, PAIR.format("ada-quill-aaaaaaaaaa22", "ada-b-quill-aaaaaaaaaa44")).text
    assert "The chain that joins them" in text
    assert text.count("→") == 2
    assert "score 0.9871" in text


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/name/Ada%20Quill", "../doc/cluster/ada-quill-kkkkkkkkka22"),
        ("/name/ada%20QUILL", "../doc/cluster/ada-quill-kkkkkkkkka22"),
        ("/name/Nobody", "../search?q=Nobody&kind=author"),
        ("/venue/fletchers", "../doc/venue/fletchers-vvvvvvvvva22"),
        ("/author/Dee%20Shaft", "../doc/author/dee-shaft-dddddddddd33"),
        ("/author/Ada%20Quill", "../doc/author/ada-quill-aaaaaaaaaa33"),
        ("/author/ada%20b.%20quill", "../doc/author/ada-quill-aaaaaaaaaa33"),
        ("/author/Ada%20Quil", "../search?q=Ada+Quil&kind=author"),
        ("/author/Wei%20Bow", "../search?q=Wei+Bow&kind=author"),
        ("/author/Dee%20Shaft/", "../../doc/author/dee-shaft-dddddddddd33"),
    ],
)
def test_lookups_redirect_or_list(client, path, place):
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"] == place


def test_search_forgives_a_letter_and_says_so(client):
    page = get(client, "/search?q=Ada+Quil1")
    assert "Ada Quill" in page.text
    assert "these come nearest" in page.text


def test_suggestions_are_json(client):
    found = json.loads(client.get("/suggest?q=fletch").data)
    assert {hit["label"] for hit in found} >= {"Bo Fletch", "Fletchers"}
    assert all(hit["href"].startswith("doc/") for hit in found)


def test_catalogue_page_answers_in_table_and_csv(client):
    text = get(client, "/queries/co-authors?person=Ada+B.+Quill").text
    assert "4 rows" in text
    assert "taken as" in text
    iri = f"{BASE}id/author/ada-quill-aaaaaaaaaa33"
    found = client.get("/queries/co-authors.csv", query_string={"person": iri})
    assert found.content_type.startswith("text/csv")
    assert found.text.splitlines()[1].endswith(",Bo Fletch,2,2016,2019")


def test_catalogue_lists_every_query(client):
    text = get(client, "/queries").text
    assert all(query.title in text for query in Catalogue.bundled())


def test_ontology_page_has_every_term_and_three_papers(client):
    html = client.get("/ontology", headers={"Accept": "text/html"}).text
    for name, value in vars(terms).items():
        if (
            name.isupper()
            and isinstance(value, str)
            and value.startswith(terms.Q)
            and value != terms.Q
        ):
            assert f'id="{value.removeprefix(terms.Q)}"' in html
    assert html.count("q:authorsFrom") >= 3


def test_styles_have_a_validator_and_no_address_outside(client):
    answer = client.get("/static/quiver.css")
    assert answer.content_type.startswith("text/css")
    again = client.get("/static/quiver.css", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert b"http" not in answer.data
    assert b"@import" not in answer.data


def test_chart_names_its_bars_and_escapes():
    drawn = charts.bars([("<2020>", 3), ("2021", 12)], 'A "title"', lambda name: f"?year={name}")
    assert "<title>&lt;2020&gt;: 3</title>" in drawn
    assert 'aria-label="A &#34;title&#34;"' in drawn
    assert 'href="?year=2021"' in drawn
    assert charts.bars([], "nothing") == ""


def test_balance_puts_terms_on_their_side():
    drawn = charts.balance([("name", 3.0), ("years", -1.5)], "Terms")
    assert re.search(r'class="for"[^>]*width="120"', drawn)
    assert re.search(r'class="against"[^>]*width="60"', drawn)


def test_venue_lists_each_of_its_papers_once(client):
    asked = (
        f"PREFIX q: <{terms.Q}> SELECT (COUNT(DISTINCT ?p) AS ?n) "
        "{ ?m q:venue ?v ; q:canonical ?p FILTER STRENDS(STR(?v), 'fletchers-vvvvvvvvva22') }"
    )
    told = client.get("/sparql", query_string={"query": asked, "format": "json"}).get_json()
    count = int(told["results"]["bindings"][0]["n"]["value"])
    page = client.get(FLETCHERS, headers={"Accept": "text/html"}).text
    links = re.findall(r'<h3><a href="([^"]*/doc/publication/[^"]*)"', page)
    assert len(links) == len(set(links)) == count > 0


def test_ontology_page_draws_its_classes_and_gives_ten_queries(client):
    page = html.fromstring(client.get("/ontology", headers=HTML).text)
    (drawing,) = page.xpath("//*[local-name()='svg' and contains(@class, 'classes')]")
    leads = {link.get("href") for link in drawing.iter("a")}
    assert {"#Signature", "#ofPublication", "#Publication", "#Author"} <= leads
    ids = set(page.xpath("//@id"))
    assert not [link for link in leads if link[1:] not in ids]
    assert len(page.xpath("//section[@aria-labelledby='questions']//li/a")) == 10


def test_about_names_each_source_with_its_licence(client):
    text = get(client, "/about").text
    assert "leaf : " in text or "leaf: " in text
    links = get(client, "/about").links
    assert {"./quality", "./.well-known/void", "./changes"} <= set(links)


def test_of_a_series_of_workshops_a_list_names_which_of_them():
    """Three papers of one title and year in three workshops looked the same."""
    store = ox.Store()
    store.load(
        b"""PREFIX : <http://e/> PREFIX q: <https://w3id.org/quiver/ontology#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        :a a q:WorkshopPaper ; rdfs:label "On A" ; q:venue :w ; q:printedVenue "ML 2024: Bows" .
        :b a q:ConferencePaper ; rdfs:label "On B" ; q:venue :c ; q:printedVenue "Proc. ML" .
        :w a q:Workshop, q:Venue ; rdfs:label "ML Workshops" .
        :c a q:Conference, q:Venue ; rdfs:label "ML" .""",
        ox.RdfFormat.TURTLE,
    )
    wanted = [ox.NamedNode(f"http://e/{name}") for name in "ab"]
    query = Catalogue.bundled().get("pages/paper-cards").over("publication", wanted)
    assert {row["venueName"].value for row in store.query(query.text)} == {"ML 2024: Bows", "ML"}
