"""Why two are one or not: from what a run wrote, for IRIs and for names."""

import json

import pytest

from ingest.pipeline import load
from ingest.resolution.explaining import AmbiguousName, OneEntity, UnknownEntity, explain
from ingest.resolution.links import resolve
from ingest.resolution.weighing.flipping import flip
from queries.generations import Generations
from tests.test_pipeline import paper

PAPERS = {
    "one": [
        paper("oak", "Roots of an Unusual Oak", "Ada Quillfeather", "Bo Zymurgist", pages="1-9"),
        paper("elm", "An Elm Reconsidered Twice", "Ada Quillfeather", "Bo Zymurgist"),
    ],
    "two": [
        paper("a", "Roots of an Unusual Oak", "Ada Quillfeather", "Bo Zymurgist", pages="1-9"),
        paper("b", "Ferns", "Adah Quillfeather", "Nils Oxenstierna", year=1995),
    ],
}


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explaining")
    data = folder / "data"
    for name, papers in PAPERS.items():
        file = folder / f"{name}.jsonl"
        file.write_text("".join(json.dumps(one) + "\n" for one in papers))
        load(data, [file])
    resolve(data)
    with Generations(data).open() as reader:
        yield reader


def rows(reader, label):
    """The IRIs of all entities of this label."""
    from queries.catalogue import Catalogue
    from queries.store import select

    query = Catalogue.bundled("internal").get("labelled")
    found = select(reader.store, query.text, query.bind({"label": label}))
    return [row["entity"].value for row in found]


def test_a_compared_pair_shows_its_terms(reader):
    found = explain(reader, *rows(reader, "Ada Quillfeather"))
    assert found.same
    assert found.direct.verdict == "same"
    assert dict(found.direct.terms)["sharedPublication"] > 0
    assert found.direct.sum == pytest.approx(sum(weight for _, weight in found.direct.terms))
    assert "above the line" in found.flip
    assert found.block == "names related by rule: same"


def test_publications_are_explained_alike(reader):
    found = explain(reader, *rows(reader, "Roots of an Unusual Oak"))
    assert found.same
    assert {"title", "authors", "pages"} <= dict(found.direct.terms).keys()
    assert found.block == "compared as publications of one title"


def test_a_name_stands_for_the_person_behind_all_its_rows(reader):
    found = explain(reader, "Ada Quillfeather", "Bo Zymurgist")
    assert not found.same
    assert (found.one.label, found.other.label) == ("Ada Quillfeather", "Bo Zymurgist")
    assert found.block == "no rule relates the two names: never compared"
    assert found.direct is None


def test_names_are_found_whatever_their_case(reader):
    found = explain(reader, "ada quillfeather", "bo zymurgist")
    assert found.one.label == "Ada Quillfeather"


def test_a_local_path_will_do(reader):
    one, other = rows(reader, "Ada Quillfeather")
    assert explain(reader, one.rpartition("/id/")[2], other).one.iri == one


def test_what_nobody_knows_is_said(reader):
    with pytest.raises(UnknownEntity, match="Zed Nobody"):
        explain(reader, "Zed Nobody", "Ada Quillfeather")
    with pytest.raises(UnknownEntity):
        explain(reader, "http://localhost:8000/id/author/zed-abcdefghijkl", "Ada Quillfeather")


def test_one_and_the_same_is_refused(reader):
    (elm,) = rows(reader, "An Elm Reconsidered Twice")
    with pytest.raises(OneEntity):
        explain(reader, elm, elm)


def test_a_name_of_several_lists_them(tmp_path):
    file = tmp_path / "three.jsonl"
    twins = [paper("x", "On X", "Lee Park", "Lee Park"), paper("y", "Notes", "Ann Other")]
    twins.append(paper("z", "Notes", "Cy Xanthopoulos", "Dee Vanterpool", year=1970))
    file.write_text("".join(json.dumps(one) + "\n" for one in twins))
    load(tmp_path / "data", [file])
    resolve(tmp_path / "data")
    with Generations(tmp_path / "data").open() as reader, pytest.raises(AmbiguousName) as caught:
        explain(reader, "Notes", "On X")
    assert len(caught.value.candidates) == 2


def test_flip_names_the_fewest_terms():
    terms = {"name": 2.0, "coauthors": 3.0, "rarity": 0.5}
    assert "without coauthors and name they" in flip("authors", terms, 1.0, "", True)
    told = flip("authors", {"name": 0.5, "years": -1.0}, 1.0, "", False)
    assert told.startswith("1.5 below the line: with a publication that both sign")
    some = flip("authors", {"name": 0.5, "coauthors": 0.1, "years": -1.0}, 1.0, "", False)
    assert "co-authors in common" in told and "co-authors in common" not in some
    assert flip("authors", terms, 1.0, "on one paper", False).endswith("on one paper")
    assert "other members" in flip("authors", terms, 1.0, "", False)
