"""What every page owes: figures with their queries, triples, suffixes, and a bounded size."""

import json
import re
from urllib.parse import quote, urljoin, urlsplit

import pytest
from lxml import html

from ontology import terms
from server import create_app
from server.config import Config
from server.pages.sorting import Column, sorting

HTML = {"Accept": "text/html"}
BASE = "http://localhost:8000/"
ENTITIES = [
    "author/ada-quill-aaaaaaaaaa33",
    "author/ada-quill-aaaaaaaaaa22",
    "author/wei-bow-wwwwwwwwww33",
    "cluster/ada-quill-kkkkkkkkka22",
    "publication/straight-flight-pppppppppa33",
    "venue/fletchers-vvvvvvvvva22",
    "source/leaf-aaaaaaaaaa2l",
    "work/curved-flight-wwwwwwwwwa22",
    "match/mmmmmmmmma22",
    "record/rrrrrrrrra22",
    "signature/author-1-ssssssssaa22",
    "run/nnnnnnnnna22",
    "load/llllllllla22",
    "decision/zzzzzzzzza22",
]
SOURCES = ("leaf-aaaaaaaaaa2l", "branch-bbbbbbbbbb2l")
SUFFIXES = {
    ".ttl": "text/turtle",
    ".nt": "application/n-triples",
    ".nq": "application/n-quads",
    ".trig": "application/trig",
    ".rdf": "application/rdf+xml",
    ".jsonld": "application/ld+json",
}
CITED = {
    ".bib": "application/x-bibtex",
    ".ris": "application/x-research-info-systems",
    ".csl.json": "application/vnd.citationstyles.csl+json",
}
# Queries that are not about one entity: of all sources, of a name.
WHOLE = re.compile("/declared-and-held$|/persons-under-name[?]")
PEOPLE, PAPERS = 60, 120


@pytest.fixture(scope="module")
def client(small_data):
    app = create_app(Config(data=small_data, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


def read(client, path):
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text[:400]
    return html.fromstring(answer.text)


def followed(client, path, link):
    """What stands behind a link of the page."""
    parts = urlsplit(urljoin(f"http://x{path}", link))
    return client.get(f"{parts.path}?{parts.query}" if parts.query else parts.path, headers=HTML)


def asked(client, path, link):
    """The rows that the query behind a figure gives, each as its values."""
    parts = urlsplit(urljoin(f"http://x{path}", link))
    assert parts.path.startswith("/queries/"), link
    answer = client.get(f"{parts.path}.json?{parts.query}")
    assert answer.status_code == 200, answer.text
    rows = json.loads(answer.text)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in rows]


def gives(rows, figure):
    """Whether the figure is a value, the number of things, a sum, or first and last."""
    if figure in {value for row in rows for value in row.values()} | {str(len(rows))}:
        return True
    columns = {name: [row[name] for row in rows if name in row] for row in rows for name in row}
    for values in columns.values():
        numbers = [int(value) for value in values if value.isdecimal()]
        told = {str(len(set(values))), str(sum(numbers))}
        told |= {f"{min(numbers)}\u2013{max(numbers)}"} if numbers else set()
        if figure in told:
            return True
    return False


AS_SAID = [f"/doc/author/ada-quill-aaaaaaaaaa33?source={one}" for one in SOURCES]
PATHS = [*(f"/doc/{one}" for one in ENTITIES[:8]), *AS_SAID]


@pytest.mark.parametrize("path", ["/", *PATHS])
def test_every_figure_links_to_the_query_that_gives_it(client, path):
    for figure in read(client, path).xpath("//dl[@class='figures']/div[@class='figure']/dd"):
        link = figure.xpath("a/@href")
        text = figure.text_content().replace("\u202f", "")
        assert link, f"{text} links nowhere"
        entity = path.partition("?")[0].rpartition("/")[2]
        assert path == "/" or WHOLE.search(link[0]) or entity in link[0]
        assert gives(asked(client, path, link[0]), text), f"{text} is not what {link[0]} gives"


@pytest.mark.parametrize("path", PATHS)
def test_every_list_that_is_counted_has_its_query(client, path):
    for head in read(client, path).xpath("//main//h2[small]"):
        assert head.xpath("a[@class='ask']") or not head.xpath("string(small)").strip().isdigit()
    for drawing in read(client, path).xpath("//figure[contains(@class, 'drawing')]/figcaption"):
        link = drawing.xpath("a[@class='ask']/@href")[0]
        assert followed(client, path, link).status_code == 200


@pytest.mark.parametrize("entity", ENTITIES)
def test_foot_has_the_triples_and_every_suffix(client, entity):
    path = f"/doc/{entity}"
    foot = read(client, path).xpath("//section[@class='foot']")[0]
    wanted = SUFFIXES | (CITED if entity.startswith("publication") else {})
    links = foot.xpath(".//p[@class='suffixes']/a[@rel='alternate']")
    assert {
        link.text: followed(client, path, link.get("href")).mimetype for link in links
    } == wanted
    count = int(re.search(r"(\d+) statements about", foot.text_content())[1])
    query = foot.xpath(".//p[@class='suffixes']/a[text()='query']/@href")[0]
    told = html.fromstring(followed(client, path, query).text).text_content()
    assert f"{count} row" in told
    assert len(foot.xpath(".//table[@class='triples']/tbody/tr")) == count


@pytest.mark.parametrize("entity", [ENTITIES[0], ENTITIES[5], ENTITIES[6]])
def test_what_points_to_an_entity_is_counted_and_listed(client, entity):
    path = f"/doc/{entity}"
    links = read(client, path).xpath("//section[@class='foot']//li/a")
    assert links
    for link in links:
        count = int(link.text.partition("\xa0")[0].split()[0].replace("\u202f", ""))
        page = html.fromstring(followed(client, path, link.get("href")).text)
        assert len(page.xpath("//main//ul[contains(@class, 'spaced')]/li")) == min(count, 100)


def test_queries_of_pages_are_there_and_no_inner_ones(client):
    assert client.get("/queries/pages/kinds-of-venue", headers=HTML).status_code == 200
    assert client.get("/queries/internal/matches", headers=HTML).status_code == 404
    assert client.get("/queries/pages/no-such", headers=HTML).status_code == 404


def column(client, path, place):
    """The texts of a column of the sorted table."""
    rows = read(client, path).xpath("//table[thead//a[@class='sort']]/tbody/tr")
    return [row.xpath(f"string(td[{place}])").strip() for row in rows]


def test_tables_sort_by_what_the_address_says(client):
    names = column(client, "/venues?sort=name", 1)
    assert names == sorted(names, key=str.casefold)
    assert column(client, "/venues?sort=-name", 1) == names[::-1]
    assert column(client, "/venues?sort=-papers", 3) == ["3", "2", "1"]
    assert column(client, "/sources?sort=-held", 1)[0].startswith("branch")
    assert column(client, "/doc/venue/fletchers-vvvvvvvvva22?who=-last", 4)[0] == "2020"
    leaf = "/doc/source/leaf-aaaaaaaaaa2l"
    assert column(client, leaf, 1) == ["line 12", "line 20"]
    assert column(client, f"{leaf}?sort=-where", 1) == ["line 20", "line 12"]
    assert column(client, f"{leaf}?sort=title", 2)[1] == "Straight Flight"
    assert column(client, f"{leaf}?year=2016", 2) == ["Straight Flight"]


def test_sorted_column_says_so_and_turns_round(client):
    head = read(client, "/venues?sort=-papers").xpath("//th[@aria-sort]")
    assert [(one.get("aria-sort"), one.xpath("a/@href")) for one in head] == [
        ("descending", ["venues?sort=papers"])
    ]
    assert client.get("/venues?sort=colour", headers=HTML).status_code == 400
    assert client.get("/doc/venue/fletchers-vvvvvvvvva22?order=x", headers=HTML).status_code == 400


def test_rows_without_a_value_come_last_either_way(client):
    columns = (Column("year", "Year", number=True),)
    rows = [{"year": "9"}, {}, {"year": "10"}]
    for text, wanted in (("year", ["9", "10", None]), ("-year", ["10", "9", None])):
        with client.application.test_request_context(f"/venues?sort={text}"):
            assert [row.get("year") for row in sorting(columns, "year").sorted(rows)] == wanted


def test_papers_of_a_venue_come_in_the_order_asked_for(client):
    def titles(query):
        page = read(client, f"/doc/venue/bowyers-workshop-vvvvvvvvvb22{query}")
        return [one.text_content() for one in page.xpath("//li[@class='paper']/h3")]

    assert titles("?order=title") == titles("?year=2018")
    assert titles("?order=oldest") == titles("")[::-1]


def test_name_can_be_narrowed_to_a_co_author(client):
    path = "/doc/cluster/ada-quill-kkkkkkkkka22"
    chosen = read(client, path).xpath("//select[@name='coauthor']/option/@value")
    assert "bo-fletch-bbbbbbbbbb33" in chosen
    page = read(client, f"{path}?coauthor=bo-fletch-bbbbbbbbbb33")
    assert [one.text_content() for one in page.xpath("//li[@class='paper']/h3")] == [
        "Straight flight."
    ]
    assert client.get(f"{path}?coauthor=%3Cx%3E", headers=HTML).status_code == 400


def test_name_says_of_rows_whether_they_hold_several_people_and_of_parts_whose_they_are(client):
    page = read(client, "/doc/cluster/wei-bow-kkkkkkkkki22")
    several, part = page.xpath("//ul[@class='people']/li")
    if "part of a row" in several.text_content():
        several, part = part, several
    assert "possibly several people" in several.text_content()
    assert "strings of two centuries" in several.text_content()
    assert part.xpath(".//a[text()='part of a row']/@href") == [
        "../../doc/author/wei-bow-wwwwwwwwww33"
    ]
    assert "same name, nothing compared" in page.text_content()
    figures = page.xpath("//dl[@class='figures']//dd/a/text()")
    assert figures == ["2", "1", "2"]  # papers, rows of sources, people


def test_names_and_titles_stand_apart_from_the_direction_of_the_page(client):
    for path in ("/doc/publication/straight-flight-pppppppppa33", "/doc/author/ffffffffff33"):
        for text in read(client, path).xpath("//main//text()[contains(., '\u05e8')]"):
            assert text.getparent().tag in ("bdi", "code", "textarea"), text


def local(number):
    """The end of an IRI: the letters and digits that one can end with."""
    return f"{number:010}22".translate(str.maketrans("0189", "abij"))


def made(papers=PAPERS, people=PEOPLE):
    """TriG of one venue, its papers with thirty authors and long abstracts, one name of many."""
    who = [f"<{BASE}id/author/archer-of-the-longest-name-{local(n)}>" for n in range(people)]
    head = (
        f"PREFIX q: <{terms.Q}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
        f"PREFIX dcterms: <{terms.DCTERMS}> PREFIX foaf: <{terms.FOAF}> "
    )
    source, venue = f"<{BASE}id/source/s-aaaaaaaaaa2l>", f"<{BASE}id/venue/v-vvvvvvvvva22>"
    cluster = f"<{BASE}id/cluster/archer-kkkkkkkkka22>"
    said = [
        f"{source} a q:Source ; rdfs:label 's' . {venue} a q:Conference, q:Venue ; rdfs:label 'V' ."
    ]
    said.append(f"{cluster} a q:NameCluster ; rdfs:label 'Archer of the Longest Name' .")
    said += [
        f"{one} a q:Person, q:Author ; rdfs:label 'Archer of the Longest Name {place:04}' ;"
        f" foaf:name 'Archer of the Longest Name' ; q:source {source} ; q:canonical {one} ;"
        f" q:inCluster {cluster} ."
        for place, one in enumerate(who)
    ]
    for n in range(papers):
        paper = f"<{BASE}id/publication/{'of-arrows-' * 6}{local(n)}>"
        record = f"<{BASE}id/record/{local(n)}>"
        signing = [who[(n + place) % people] for place in range(30)]
        said.append(
            f"{paper} a q:ConferencePaper, q:Publication ; rdfs:label 'Of arrows & bows {n}' ;"
            f" dcterms:title 'Of arrows & bows {n}' ; q:year {2000 + n % 20} ; q:venue {venue} ;"
            f" dcterms:abstract '{'Long and longer arrows fly. ' * 300}' ; q:canonical {paper} ;"
            f" q:describedIn {record} ; q:authorsFrom {paper} ; q:authoredBy {', '.join(signing)} ."
            f"{record} a q:Record ; q:source {source} ; q:line {n} ."
        )
        said += [
            f"<{BASE}id/signature/author-{place}-{local(100 * n + place)}> a q:Signature ;"
            f" q:ofPublication {paper} ; q:role 'author' ; q:ordinal {place + 1} ;"
            f" q:printedName 'Archer of the Longest Name' ; q:byAuthor {one} ; q:person {one} ."
            for place, one in enumerate(signing)
        ]
    return f"{head} GRAPH <{BASE}graph/source/s> {{ {chr(10).join(said)} }}"


@pytest.fixture(scope="module")
def many(tmp_path_factory, serving):
    """A client of a graph whose every page has much to show."""
    data = tmp_path_factory.mktemp("many") / "data"
    serving.publish(data, made())
    app = create_app(Config(data=data, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/venues",
        "/doc/venue/v-vvvvvvvvva22",
        "/doc/cluster/archer-kkkkkkkkka22",
        "/doc/cluster/archer-kkkkkkkkka22?people=3&page=2",
        f"/doc/author/archer-of-the-longest-name-{local(0)}",
        f"/doc/publication/{'of-arrows-' * 6}{local(0)}",
        "/doc/source/s-aaaaaaaaaa2l?sort=-title",
    ],
)
def test_page_of_much_stays_below_a_hundred_kilobytes(many, path):
    page = many.get(path, headers=HTML)
    assert page.status_code == 200
    assert len(page.data) < 100_000


def test_long_lists_of_people_and_papers_come_in_pages(many):
    path = "/doc/cluster/archer-kkkkkkkkka22"
    seen = [
        name
        for place in (1, 2, 3)
        for name in read(many, f"{path}?people={place}").xpath(
            "//ul[@class='people']/li/h3/a/@href"
        )
    ]
    assert len(seen) == len(set(seen)) == PEOPLE
    titles = [
        title
        for place in range(1, 1 + -(-PAPERS // 25))
        for title in read(many, f"/doc/venue/v-vvvvvvvvva22?page={place}").xpath(
            "//li[@class='paper']/h3/a/@href"
        )
    ]
    assert len(titles) == len(set(titles)) == PAPERS
    assert many.get(f"{path}?people=4", headers=HTML).status_code == 404


def figures(page):
    """The figures at the head of a page, by what they are of."""
    found = page.xpath("//dl[@class='figures']/div[@class='figure']")
    return {one.xpath("string(dt)"): one.xpath("string(dd)") for one in found}


def test_figures_are_of_all_there_are_and_not_of_what_a_page_lists(many):
    page = read(many, f"/doc/author/archer-of-the-longest-name-{local(0)}")
    assert figures(page)["co-authors"] == str(PEOPLE - 2)  # one writes with all but the farthest
    assert len(page.xpath("//section[@aria-labelledby='coauthors']//ol/li")) == 20


def test_what_points_to_an_entity_comes_in_pages(many):
    path = f"/pointing?to=venue/v-vvvvvvvvva22&by={quote(terms.VENUE_PROPERTY)}"
    things = [
        link
        for place in (1, 2)
        for link in read(many, f"{path}&page={place}").xpath("//ul[@class='plain spaced']//a/@href")
    ]
    assert len(things) == len(set(things)) == PAPERS
    assert many.get(f"{path}&page=3", headers=HTML).status_code == 404


def test_tables_are_narrowed_and_sorted_before_they_are_cut_into_pages(many):
    source, venue = "/doc/source/s-aaaaaaaaaa2l", "/doc/venue/v-vvvvvvvvva22"
    assert column(many, f"{source}?sort=-where", 1)[0] == f"line {PAPERS - 1}"
    assert column(many, f"{source}?sort=-where&page=2", 1)[0] == f"line {PAPERS - 26}"
    assert len(column(many, f"{source}?year=2003", 1)) == PAPERS // 20
    assert many.get(f"{source}?year=2003&page=2", headers=HTML).status_code == 404
    for order, first in (("name", "0000"), ("-name", f"{PEOPLE - 1:04}")):
        assert column(many, f"{venue}?who={order}", 1)[0].endswith(first)


def test_demo_has_no_page_above_a_hundred_kilobytes(demo):
    app = create_app(Config(data=demo.data, workers=1))
    client = app.test_client()
    try:
        first = [
            "/",
            "/venues",
            "/sources",
            "/queries",
            "/ontology",
            "/review",
            "/search?q=learning",
        ]
        for way in ("/name/Sergey%20Levine", "/author/Sergey%20Levine"):
            first.append(urljoin(way, client.get(way).headers["Location"]))
        pages = {path: client.get(path, headers=HTML) for path in first}
        for path in ("/venues", "/sources"):
            for link in re.findall(r'href="\./(doc/[^"]+)"', pages[path].text)[:6]:
                pages[link] = client.get(f"/{link}", headers=HTML)
        assert {path for path, page in pages.items() if page.status_code != 200} == set()
        assert {path: len(page.data) for path, page in pages.items() if len(page.data) > 1e5} == {}
        cluster = html.fromstring(pages[first[-2]].text).text_content()
        assert "AAAI Conference 2026 Conference Paper" in re.sub(r"\s+", " ", cluster)
    finally:
        app.extensions["quiver"].close()
