"""Lists of publications to take along: files of whole lists, lists set in a style, the command."""

import json
import re
from urllib.parse import urljoin, urlsplit

import pytest
from click.testing import CliRunner

from ingest.readers import bibtex, csl, ris
from ingest.records import Record
from queries.search.textindex import folded
from server import create_app
from server.cli import main
from server.config import Config
from server.pages import exports
from tests.conftest import sampled

HTML = {"Accept": "text/html"}
READERS = {".bib": bibtex, ".ris": ris, ".csl.json": csl}
PERSON = "/doc/author/sergey-levine-r3d5p63udsgm"


@pytest.fixture(scope="module")
def client(resolved):
    app = create_app(Config(data=resolved, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


@pytest.fixture(scope="module")
def keys(client):
    """The local parts of the person's papers, by SPARQL."""
    text = "PREFIX q: <https://w3id.org/quiver/ontology#> SELECT ?p { ?p q:authoredBy <%s> }"
    iri = f"http://localhost:8000/id{PERSON.removeprefix('/doc')}"
    rows = client.post("/sparql", data={"query": text % iri, "format": "csv"}).text.split()[1:]
    return [row.rpartition("/")[2] for row in rows]


def records(suffix, body, tmp_path):
    file = tmp_path / f"list{suffix}"
    file.write_bytes(body)
    with file.open("rb") as stream:
        found = list(READERS[suffix].read(stream))
    assert [one for one in found if not isinstance(one, Record)] == []
    return found


@pytest.mark.parametrize("suffix", sampled(READERS, ".bib"))
def test_the_papers_of_a_person_are_a_file_that_we_read_ourselves(client, keys, suffix, tmp_path):
    answer = client.get(PERSON + suffix)
    assert answer.status_code == 200
    found = records(suffix, answer.data, tmp_path)
    assert sorted(one.key.rpartition("/")[2] for one in found) == sorted(keys)
    named = {one.key: [who.printed for who in one.contributors] for one in found}
    assert all(any("Levine" in name for name in names) for names in named.values())
    assert any(one.cut_off for one in found)


def one_of(client, kind):
    """The path of the largest entity of a class."""
    asked = {
        "venue": "?p q:venue ?one",
        "source": "?p q:describedIn/q:source ?one",
        "cluster": "?p q:inCluster ?one",
        "work": "?p q:versionOf ?one",
    }[kind]
    text = f"SELECT ?one {{ {asked} }} GROUP BY ?one ORDER BY DESC(COUNT(*)) ?one LIMIT 1"
    text = f"PREFIX q: <https://w3id.org/quiver/ontology#> {text}"
    rows = client.post("/sparql", data={"query": text, "format": "csv"}).text.split()
    return rows[1].replace("http://localhost:8000/id", "/doc")


PAGES = [
    "venue",
    f"{PERSON}?year=2016",
    "source",
    "cluster",
    "work",
    "/queries/papers-of-person?person=Sergey+Levine",
    "/search?q=reinforcement+learning",
]


@pytest.mark.parametrize("path", sampled(PAGES, *PAGES[:2]))
def test_a_page_leads_to_files_and_styles_of_what_it_lists(client, path):
    path = path if path.startswith("/") else one_of(client, path)
    page = client.get(path, headers=HTML).text
    take = page.partition('<details class="take">')[2].partition("</details>")[0]
    links = [link.replace("&amp;", "&") for link in re.findall('href="([^"]*)"', take)]
    assert len(links) == 6
    assert all(urlsplit(link).query.startswith(urlsplit(path).query) for link in links)
    answers = [client.get(urljoin(path, link), headers=HTML) for link in links]
    assert [answer.status_code for answer in answers] == [200] * 6
    assert answers[0].text.startswith(("@", "%"))
    assert [answer.text.count("<p><bdi>") > 0 for answer in answers] == [False] * 3 + [True] * 3


def test_a_file_has_what_the_filters_leave_in_their_order(client):
    found = client.get(f"{PERSON}.csl.json?year=2016&order=title").json
    assert found
    assert {one["issued"]["date-parts"][0][0] for one in found} == {2016}
    titles = [one["title"] for one in found]
    assert titles == sorted(titles, key=folded)
    assert client.get(f"{PERSON}.csl.json?order=upside").status_code == 400


def test_accept_chooses_format_and_style(client):
    for accept, begins in (
        ("application/x-bibtex", "@"),
        ("application/x-research-info-systems", "TY  - "),
        ("text/x-bibliography; style=numbered", "[1] "),
    ):
        answer = client.get(f"{PERSON}?year=2016", headers={"Accept": accept})
        assert (answer.mimetype, answer.text[: len(begins)]) == (accept.split(";")[0], begins)
        assert "Accept" in answer.headers["Vary"]
    plain = client.get(f"{PERSON}.txt?year=2016")
    assert plain.mimetype == "text/plain"
    assert client.get(f"{PERSON}.txt?style=fancy").status_code == 406
    assert client.get("/doc/author/nobody-aaaaaaaaaaaa.bib").status_code == 404


def test_a_long_list_comes_in_parts_that_say_where_the_next_is(client, keys, monkeypatch):
    monkeypatch.setattr(exports, "PART", 150)
    path, seen = f"{PERSON}.bib?order=oldest", []
    while path:
        answer = client.get(path)
        entries = re.findall(r"^@\w+\{([^,]*),", answer.text, re.M)
        assert 0 < len(entries) <= 150
        first = len(seen) + 1
        told = f"% {first} to {len(seen) + len(entries)} of {len(keys)} publications"
        assert answer.text.startswith(told)
        seen += entries
        following = re.search('<([^>]*)>; rel="next"', answer.headers.get("Link", ""))
        assert (following is None) == (f"{PERSON.rpartition('/')[2]}.bib?" not in answer.text[:300])
        path = f"/doc/author/{following[1]}" if following else ""
    assert sorted(seen) == sorted(keys)
    assert client.get(f"{PERSON}.bib?page=99").status_code == 404


def test_a_list_in_a_style_is_a_page_with_numbers_that_go_on(client, keys):
    page = client.get(f"{PERSON}?style=numbered&page=2", headers=HTML).text
    lines = re.findall(r"<p><bdi>(.*?)</bdi>", page)
    assert lines[0].startswith("[101] ")
    assert f"{len(keys)} publications" in page
    assert client.get(f"{PERSON}.txt?style=numbered&page=2").text.startswith("[101] ")
    assert 'aria-current="page">Numbered<' in page
    assert client.get(f"{PERSON}?style=notes", headers=HTML).text != page


def test_an_answer_without_publications_is_not_cited(client):
    answer = client.get("/queries/co-authors.bib?person=Sergey+Levine")
    assert answer.status_code == 406
    assert "no publication" in answer.text
    rdf = client.get("/queries/bibliography.bib?person=Sergey+Levine")
    assert rdf.text.startswith("@")


# The command


def run(data, *arguments):
    return CliRunner().invoke(main, ["export", "--data", str(data), *map(str, arguments)])


def test_the_command_gives_what_the_page_gives(resolved, client, tmp_path):
    file = tmp_path / "levine.bib"
    done = run(resolved, "--person", "Sergey Levine", "--output", file)
    assert done.exit_code == 0, done.output
    told = sorted(re.split(r"\n(?=@)", file.read_text()))
    assert [one.strip() for one in told] == [
        one.strip() for one in sorted(re.split(r"\n(?=@)", client.get(f"{PERSON}.bib").text))
    ]


LISTS = [
    (["--query", "papers-of-person", "-p", "person={person}", "--format", "csl.json"], "[{"),
    (["--source", "arrow", "--format", "ris"], "TY  - "),
    (["--query", "SELECT ?p {{ ?p q:year 2016 }}", "--style", "numbered"], "[1] "),
    (["--person", "{person}", "--style", "{own}"], "Levine"),
]


@pytest.mark.parametrize("case", sampled(LISTS, LISTS[3]))
def test_every_list_in_every_format_and_ones_own_style(resolved, tmp_path, case):
    arguments, begins = case
    own = tmp_path / "own.csl"
    own.write_text(
        '<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" class="in-text">'
        "<info><title>Own</title></info><citation><layout/></citation><bibliography><layout>"
        '<text value="Levine"/></layout></bibliography></style>'
    )
    person = f"http://localhost:8000/id{PERSON.removeprefix('/doc')}"
    done = run(resolved, *(one.format(person=person, own=own) for one in arguments))
    assert done.exit_code == 0, done.output
    assert done.output.startswith(begins)
    assert re.search(r"[1-9]\d* publications?$", done.output.strip())
    if "csl.json" in arguments:
        assert json.loads(done.output[: done.output.rindex("]") + 1])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Give one of --static, --person"),
        (["--person", "Levine", "--source", "arrow"], "Give one of"),
        (["--person", "Nobody Atall"], "There is no person 'Nobody Atall'"),
        (["--person", "Levine"], "these come near"),
        (["--source", "nope"], "there is arrow, mlanthology"),
        (["--source", "arrow", "--style", "fancy"], "There is no style 'fancy'"),
        (["--source", "arrow", "--format", "bib", "--style", "notes"], "--style goes with"),
        (["--person", "x", "-p", "a=b"], "--param goes with --query"),
        (["--static", "x", "--format", "bib"], "--static takes no --format"),
        (["--query", "SELECT ?x {{ VALUES ?x {{ 1 }} }}"], "no publication to export"),
    ],
)
def test_what_cannot_be_exported_is_one_clear_line(resolved, arguments, told):
    done = run(resolved, *(one.format() for one in arguments))
    assert done.exit_code != 0
    assert told in done.output
    assert "Traceback" not in done.output
