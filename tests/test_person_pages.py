"""A person's page, part by part, and the same person as one source says; over `small.trig`."""

import re

import pytest

from server import create_app
from server.config import Config
from server.pages.dividing import company
from server.pages.identifying import links
from server.pages.papers import Name
from server.pages.wording import words_of

ADA = "/doc/author/ada-quill-aaaaaaaaaa33"
ROW = "/doc/author/ada-quill-aaaaaaaaaa22"
NAMESAKE = "/doc/author/ada-quill-0002-aaaaaaaaaa55"
SEVERAL = "/doc/author/wei-bow-wwwwwwwwww33"
LEAF, BRANCH = "leaf-aaaaaaaaaa2l", "branch-bbbbbbbbbb2l"


@pytest.fixture(scope="module")
def client(small_data):
    app = create_app(Config(data=small_data, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html))


def section(html, name):
    """The part of a page under the heading of this id, and what can be read of it."""
    found = re.search(rf'<section aria-labelledby="{name}">.*?</section>', html, re.DOTALL)
    assert found, f"no section {name}"
    return found[0], text_of(found[0])


def page(client, path, status=200):
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status
    return answer.text


def test_person_has_names_identifiers_years_venues_co_authors_and_reasons(client):
    html = page(client, ADA)
    _, names = section(html, "names")
    assert "Ada Quill leaf" in names
    assert "Ada Quill branch" in names
    assert "Ada B. Quill branch 1" in names
    outside, told = section(html, "identifiers")
    assert 'href="https://orcid.org/0000-0002-1825-0097"' in outside
    assert "ORCID 0000-0002-1825-0097" in told
    assert "years 2016\u20132019" in text_of(html)
    assert 'aria-label="Papers per year"' in html
    assert "Fletchers 1" in section(html, "venues")[1]
    coauthors, told = section(html, "coauthors")
    assert "Bo Fletch 2" in told
    assert "shared-papers?a=" in coauthors
    why, told = section(html, "why")
    assert "stands for all" in told
    assert "stood for all once" in told
    assert why.count("explain?a=") >= 2
    assert "Fifteen years and two fields" in text_of(html)


def test_dblp_is_looked_up_by_a_homonym_name(client):
    outside, told = section(page(client, NAMESAKE), "identifiers")
    assert 'href="https://dblp.org/search/author?q=Ada+Quill+0002"' in outside
    assert "looked up by name" in told


def test_links_out_have_their_schemes_and_an_orcid_of_papers_says_so():
    given = "https://openreview.net/profile?id=~Ada_Quill1"
    known = [
        {"what": "identifier", "value": given},
        {"what": "identifier", "value": "https://dblp.org/pid/12/345"},
        {"what": "identifier", "value": "https://orcid.org/0000-0001"},
        {"what": "signed", "value": "0000-0001"},
        {"what": "signed", "value": "0000-0002"},
    ]
    assert [(one.scheme, one.shown, one.note) for one in links(known)] == [
        ("OpenReview", "~Ada_Quill1", ""),
        ("dblp", "12/345", ""),
        ("ORCID", "0000-0001", ""),
        ("ORCID", "0000-0002", "on papers"),
    ]


@pytest.mark.parametrize("source", [LEAF, BRANCH])
def test_lists_of_what_one_source_says_are_what_their_queries_give(client, source):
    html = page(client, f"{ADA}?source={source}")
    for name, column in (("names", "times"), ("coauthors", "papers"), ("venues", "papers")):
        if f'id="{name}"' not in html:
            continue
        part, told = section(html, name)
        link = re.search(r'<a class="ask" href="../../(queries/pages/said-[^"]*)"', part)[1]
        path, _, query = link.replace("&amp;", "&").partition("?")
        rows = client.get(f"/{path}.json?{query}").json["results"]["bindings"]
        expected = [row[column]["value"] for row in rows]
        assert re.findall(r'<span class="n">(\d+)</span>', part) == expected, told
        assert expected


def test_company_of_a_paper_is_told_in_the_same_words_on_every_page_of_a_list():
    def name(person, row=""):
        return Name("printed", f"http://localhost:8000/id/author/{person}", "", 1, row)

    ada, bo = name("ada-quill-aaaaaaaaaa33"), name("bo-fletch-bbbbbbbbbb33")
    me = name("me-mmmmmmmmmm33", row="mine")
    assert company([ada, me, bo, bo], "mine") == "aaaaaaaaaa33 bbbbbbbbbb33"
    many = [name(f"one-{number:012}") for number in range(500)]
    assert 0 < len(company(many, "mine").split()) < 100


def test_words_of_titles_are_counted_once_a_title_without_empty_words():
    titles = ["The Bow and the bow", "A Bow for Arrows", "Arrows, 2016", ""]
    assert words_of(titles) == [("arrows", 2), ("bow", 2)]


def test_one_source_is_seen_without_what_resolution_made_of_it(client):
    resolved = page(client, ADA)
    assert "As resolved" in resolved
    assert f"?source={LEAF}" in resolved
    html = page(client, f"{ADA}?source={LEAF}")
    told = text_of(html)
    assert "As leaf says" in told
    assert "Straight Flight" in told  # as leaf writes it
    assert "Straight flight." not in told
    assert "Curved Flight" not in told
    assert "Ada B. Quill" not in told
    assert "Eve &lt;b&gt;Nib&lt;/b&gt; &amp; Sons" in section(html, "coauthors")[1]
    assert "Ada Quill 2" in section(html, "names")[1]
    assert "2 papers" in told or "papers 2" in told
    other = text_of(page(client, f"{ADA}?source={BRANCH}"))
    assert "Straight flight." in other
    assert "Bold" not in other
    assert "no source" in page(client, f"{ADA}?source=nowhere-aaaaaaaaaaaa", 404)


def test_filters_of_one_source_stay_with_it(client):
    html = page(client, f"{ADA}?source={LEAF}&year=2016")
    assert f'<input type="hidden" name="source" value="{LEAF}">' in html
    assert "1 of 2" in text_of(html)


def test_an_old_address_leads_to_the_person_and_to_what_each_source_says(client):
    html = page(client, ROW)
    assert "This address once stood for the person; it stays good." in text_of(html)
    assert f'href="../../doc/author/ada-quill-aaaaaaaaaa33?source={LEAF}"' in html
    assert 'href="../../doc/author/ada-quill-aaaaaaaaaa33"' in html


def test_a_row_of_several_people_gives_its_reason_its_parts_and_a_way_to_divide_it(client):
    html = page(client, SEVERAL)
    assert "Possibly several people." in html
    assert "Divided so far" in html
    assert "review/split?row=" in html
    part = page(client, "/doc/author/wei-bow-wwwwwwwwww44")
    assert "One of the people in the row" in part


def test_a_part_and_its_row_are_explained_by_what_divides_them(client):
    pair = "a=author/wei-bow-wwwwwwwwww33&b=author/wei-bow-wwwwwwwwww44"
    told = text_of(page(client, f"/explain?{pair}"))
    assert "One row, several people" in told
    assert "They were never compared" not in told
    assert "who signed what" in told
