"""What pages make of things said twice, or by one of several: none is lost, none counts twice.

Over `small.trig` and a few statements more: a row with two labels, a retraction that one of two
descriptions knows, two abstracts, rows that may hold several people, decisions and loads that
follow others.
"""

import re

import pytest
from lxml import html

from ontology import terms
from server import create_app
from server.config import Config
from server.pages import publications
from server.pages.citing import citation_of
from tests.conftest import SMALL

MORE = """
GRAPH <http://localhost:8000/graph/source/leaf> {
  who:ada-quill-aaaaaaaaaa22 rdfs:label "Quill, Ada" .
  pub:straight-flight-pppppppppa22 q:retracted true ; q:pages "1-12" .
  pub:straight-flight-pppppppppa33 dcterms:abstract "Arrows, told by another source." .
}
GRAPH g:about {
  load:lllllllllc22 a q:Load ; q:source source:leaf-aaaaaaaaaa2l ; q:sha256 "00cc" ;
    prov:endedAtTime "2026-03-01T00:00:00Z"^^xsd:dateTime ; q:softwareVersion "0.2.0" ;
    q:recordsRead 4 ; q:recordsLoaded 3 ; q:recordsRejected 1 ; q:recordsRepaired 0 .
}
GRAPH g:links {
  who:dee-shaft-dddddddddd33 a q:AmbiguousAuthor ; q:reason "two hands" .
  who:bo-fletch-bbbbbbbbbb22 a q:AmbiguousAuthor ; q:reason "two schools" .
  match:mmmmmmmmmg22 a q:Match ; q:compares who:eve-nib-eeeeeeeeee33, who:cy-nock-cccccccccc33 ;
    q:score 0.35 ; q:verdict "grey" ; q:rule "authors" ; q:run run:nnnnnnnnna22 ;
    q:evidencePrior -2.5 ; q:evidenceName 1.9 .
}
GRAPH g:decisions {
  decision:zzzzzzzzzb22 a q:Decision ; q:verdict "same" ; q:decidedBy "Ann" ; q:reason "a slip" ;
    q:compares who:bo-fletch-bbbbbbbbbb33, who:cy-nock-cccccccccc33 ;
    q:printedName "Bo Fletch", "Cy Nock" ; q:decidedOn "2026-01-03T00:00:00Z"^^xsd:dateTime .
  decision:zzzzzzzzzc22 a q:Decision ; q:verdict "undo" ; q:decidedBy "Ann" ; q:reason "undone" ;
    q:compares who:bo-fletch-bbbbbbbbbb33, who:cy-nock-cccccccccc33 ;
    q:undoes decision:zzzzzzzzzb22 ; q:decidedOn "2026-01-04T00:00:00Z"^^xsd:dateTime .
}
"""
ADA, ROW = "author/ada-quill-aaaaaaaaaa33", "author/ada-quill-aaaaaaaaaa22"
CY, DEE = "author/cy-nock-cccccccccc33", "author/dee-shaft-dddddddddd33"


@pytest.fixture(scope="module")
def client(tmp_path_factory, serving):
    data = tmp_path_factory.mktemp("doubles") / "data"
    serving.publish(data, SMALL.read_text() + MORE)
    app = create_app(Config(data=data, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


def read(client, path):
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text[:400]
    return html.fromstring(answer.text)


def told(client, path):
    return re.sub(r"\s+", " ", read(client, path).text_content())


def facts(client, path):
    """The terms of the first list of facts, each with what it says."""
    (found,) = read(client, path).xpath("//section[@aria-labelledby='shared']//dl[@class='facts']")
    terms = [" ".join(one.text_content().split()) for one in found.xpath("dt")]
    return dict(zip(terms, (one.text_content() for one in found.xpath("dd")), strict=True))


def test_a_row_with_two_labels_is_one_row_of_its_name(client):
    page = read(client, "/doc/cluster/ada-quill-kkkkkkkkka22")
    figures = page.xpath("//dl[@class='figures']//dd/a/text()")
    assert figures == ["3", "3", "2"]  # papers, rows of sources, people
    (ada,) = page.xpath("//ul[@class='people']/li[contains(., 'leaf')]")
    assert len(ada.xpath("p[@class='rows']/a[contains(@href, 'doc/author/ada-quill-')]")) == 2


def test_a_name_tells_of_any_row_in_doubt_and_of_look_alikes_by_other_names_only(client):
    (bo,) = read(client, "/doc/cluster/bo-fletch-kkkkkkkkkc22").xpath("//ul[@class='people']/li")
    assert "possibly several people" in bo.xpath("string(h3)")
    assert "two schools" in bo.text_content()
    apart = "//section[@aria-labelledby='apart']//li/a[1]/bdi/text()"
    assert read(client, "/doc/cluster/ada-quill-kkkkkkkkka22").xpath(apart) == []
    assert read(client, "/doc/cluster/eve-nib-kkkkkkkkkf22").xpath(apart) == [
        "Eve <b>Nib</b> & Sons",
        "Cy Nock",
    ]


def test_what_one_description_knows_is_told_of_the_publication(client):
    page = read(client, "/doc/publication/straight-flight-pppppppppa33")
    assert page.xpath("//header//strong[text()='retracted']")
    abstracts = page.xpath("//section[@class='reading']")
    assert [one.xpath("string(h2/small)") for one in abstracts] == ["branch", "leaf"]
    rows = {row.xpath("string(th)").split()[0]: row for row in page.xpath("//table//tr[th and td]")}
    assert rows["Issued"].get("class") == rows["Title"].get("class") == "differs"
    assert rows["Pages"].get("class") is None  # both say the same


def test_only_some_descriptions_stand_side_by_side_and_the_page_says_so(client, monkeypatch):
    monkeypatch.setattr(publications, "MEMBERS_SHOWN", 1)
    page = read(client, "/doc/publication/straight-flight-pppppppppa22")
    assert len(page.xpath("//table[@class='fields']/thead//th")) == 2  # the field, one description
    assert "2 descriptions" in page.text_content()
    assert "The first 1; all are in the query." in page.text_content()


def test_a_citation_is_cut_off_where_the_list_that_it_takes_is():
    def rows(canonical_cut_off, other_cut_off):
        yield {"member": "a", "property": terms.CANONICAL, "value": "a"}
        yield {"member": "a", "property": terms.AUTHORS_FROM, "value": "b"}
        for member, cut_off in (("a", canonical_cut_off), ("b", other_cut_off)):
            yield {"member": member, "property": terms.CUT_OFF, "value": cut_off}

    assert citation_of("a", [*rows("false", "true")], []).cut_off
    assert not citation_of("a", [*rows("true", "false")], []).cut_off


def test_a_version_is_shown_with_the_others_and_not_with_itself(client):
    for own, other in (("c33", "d33"), ("d33", "c33")):
        page = read(client, f"/doc/publication/curved-flight-ppppppppp{own}")
        (listed,) = page.xpath("//section[@aria-labelledby='versions']//li/a/@href")
        assert listed.endswith(f"curved-flight-ppppppppp{other}")


def test_two_are_said_to_share_just_what_both_have(client):
    same = facts(client, f"/explain?a={ROW}&b={ADA}")
    assert same["Years 1"] == "2016"
    assert same["Co-authors 2"] == "Bo Fletch, רות חץ"
    apart = f"/explain?a={CY}&b={DEE}"
    (drawn,) = read(client, apart).xpath("//section[@aria-labelledby='shared']//tbody")
    counts = [[cell.text_content() for cell in row] for row in drawn]
    assert counts == [["with Cy Nock only", "3"], ["with both", "0"], ["with Dee Shaft only", "3"]]
    apart = f"/explain?a={ADA}&b={CY}"
    (drawn,) = read(client, apart).xpath("//section[@aria-labelledby='shared']//tbody")
    assert [row[1].text_content() for row in drawn] == ["3", "1", "2"]
    assert facts(client, apart)["Co-authors 1"].strip() == "Bo Fletch"


def test_what_people_decided_stands_before_what_was_computed(client):
    pair = f"/explain?a=author/ada-quill-0002-aaaaaaaaaa55&b={ADA}"
    heads = read(client, pair).xpath("//section[@class='verdicts']/h2/text()")
    assert heads == ["Decided: different", "Compared: different, score 0.02"]


def test_the_queue_holds_what_reaches_the_score_asked_for(client):
    def scores(query):
        return read(client, f"/review{query}").xpath("//ol[@class='queue']//small/text()")

    assert scores("") == ["score 0.55", "score 0.35"]
    assert scores("?least=0.4") == ["score 0.55"]
    assert scores("?least=0.55") == ["score 0.55"]


def test_every_doubted_row_is_listed_and_each_tab_counts_its_own(client):
    page = read(client, "/review?show=several")
    names = page.xpath("//main//ul[contains(@class, 'spaced')]/li/a[1]")
    assert {one.text_content() for one in names} == {"Wei Bow", "Dee Shaft", "Bo Fletch"}
    tabs = page.xpath("//nav[@class='tabs']/a[span]")
    counts = {one.text.strip(): one.xpath("string(span)") for one in tabs}
    assert counts == {"Contradicted": "0", "Suspended": "0"}


def test_a_decision_that_was_taken_back_cannot_be_taken_back_again(client):
    page = read(client, "/review?show=decided")
    states = [(one.xpath("string(strong)"), bool(one.xpath("button"))) for one in decided(page)]
    assert states == [("undo", False), ("same", False), ("different", True)]


def decided(page):
    return page.xpath("//ul[@class='decided']/li")


def test_loads_of_a_source_stand_latest_first_and_the_source_once(client):
    loads = read(client, "/doc/source/leaf-aaaaaaaaaa2l").xpath("//td[@class='when']")
    assert [one.text_content() for one in loads] == [
        "2026-03-01 00:00:00 UTC",
        "2026-01-01 00:00:00 UTC",
    ]
    names = read(client, "/sources").xpath("//tbody/tr/td[1]/a/bdi/text()")
    assert names == ["branch", "leaf"]


def test_filters_of_a_name_hold_together(client):
    path = "/doc/cluster/ada-quill-kkkkkkkkka22?coauthor=bo-fletch-bbbbbbbbbb33"
    assert "1 of 3" in told(client, path)
    assert "0 of 3" in told(client, f"{path}&year=2018")
    assert "1 of 3" in told(client, f"{path}&year=2016")
    files = client.get(f"{path.replace('?', '.bib?')}").text
    assert files.count("@inproceedings") == 1


def test_a_file_of_what_one_source_says_has_the_papers_of_all_its_rows(client):
    both = client.get(f"/doc/{ADA}.bib?source=branch-bbbbbbbbbb2l").text
    assert ("Straight flight" in both, "Curved Flight" in both) == (True, True)
    assert client.get(f"/doc/{ADA}.bib?source=nowhere-aaaaaaaaaaaa").status_code == 404
