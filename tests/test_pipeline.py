"""Files become a published generation; a reload writes what changed; a crash changes nothing."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest

from ingest import derive, entities, mapper, sources
from ingest.difference import SideFile, replace
from ingest.errors import (
    BaseDiffers,
    LoadError,
    SourceInUse,
    StoppedByError,
)
from ingest.jobs import Found
from ingest.pipeline import load
from ingest.readers import ReadError
from ingest.relink import Graphs
from ingest.reports import declared
from ontology import terms
from ontology.iris import Iris
from queries.generations import Generations
from queries.search import textindex
from queries.search.textindex import TextIndex

BASE = "http://localhost:8000/"
IRIS = Iris(BASE)
Q = terms.Q


def paper(key, title, *people, venue="icml", year=2020, **more):
    authors = [dict(zip(("given", "family"), name.rsplit(" ", 1), strict=True)) for name in people]
    fields = {"bibtex_key": key, "title": title, "authors": authors, "year": str(year)}
    return {**fields, "venue": venue, "venue_type": "conference", **more}


ALPHA = paper("alpha", "On Alpha", "Ann Lee", "Bob Ray", doi="10.1000/alpha")
BETA = paper("beta", "On Beta", "Bob Ray", "Cy Fox", venue="Curious Letters", year=2021)
GAMMA = paper("gamma", "On Gamma", "Cy Fox")


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def write(tmp_path):
    def write(*papers, name="papers.jsonl"):
        (tmp_path / name).write_text("".join(json.dumps(one) + "\n" for one in papers))
        return tmp_path / name

    return write


class Held:
    """What the current generation holds, read whole."""

    def __init__(self, data):
        with Generations(data).open() as reader:
            self.number, self.meta = reader.number, reader.meta
            self.base = self.meta["base"]
            self.counts = json.loads((reader.path / "counts.json").read_text())
            self.quads = [
                (q.graph_name.value, q.subject.value, q.predicate.value, q.object.value)
                for q in reader.store.engine
            ]
            self._values, self._subjects = defaultdict(list), defaultdict(list)
            for _, subject, predicate, value in sorted(self.quads):
                self._values[subject, predicate].append(value)
                self._subjects[predicate, value].append(subject)
            with TextIndex.open(reader.path / "text.sqlite") as index:
                self.index = {
                    row[0]: row[1:]
                    for row in index._database.execute(
                        "SELECT iri, kind, label, detail, papers, names FROM entity"
                    )
                }

    def graph(self, name):
        return {quad[1:] for quad in self.quads if quad[0] == f"{self.base}graph/{name}"}

    def values(self, subject, predicate):
        return sorted(self._values[subject, predicate])

    def subjects(self, predicate, value):
        return sorted(self._subjects[predicate, value])

    def titled(self, title):
        (found,) = (s for s in self.subjects(terms.DC_TITLE, title))
        return found


def check(data):
    """What every generation must be, recomputed from its quads."""
    held = Held(data)
    said = Counter(quad[1:] for quad in held.quads)
    assert [triple for triple, times in said.items() if times > 1] == []
    assert held.counts["graphs"] == Counter(
        g.removeprefix(f"{held.base}graph/") for g, *_ in held.quads
    )
    assert held.counts["classes"] == Counter(o for _, _, p, o in held.quads if p == terms.TYPE)
    assert held.counts["quads"] == len(held.quads)
    canonical = {s: o for _, s, p, o in held.quads if p == terms.CANONICAL}
    everyone = {*held.subjects(terms.TYPE, terms.PUBLICATION)}
    everyone |= {*held.subjects(terms.TYPE, terms.AUTHOR)}
    assert set(canonical) == everyone
    assert {canonical[c] for c in canonical.values()} == set(canonical.values())
    check_links(held, canonical)
    check_index(held, canonical)
    check_shared(held)
    check_side_files(data, held)
    return held


def check_links(held, canonical):
    """The derived links are those that `derive` gives for all that is held."""
    one = {}
    for _, s, p, o in held.quads:
        one[s, p] = o
    papers = {}
    for signature in held.subjects(terms.TYPE, terms.SIGNATURE):
        ordinal = one.get((signature, terms.ORDINAL))
        papers.setdefault(one[signature, terms.OF_PUBLICATION], []).append(
            derive.Signed(
                signature,
                one[signature, terms.ROLE],
                None if ordinal is None else int(ordinal),
                one[signature, terms.BY_AUTHOR],
            )
        )
    persons = {s: o for _, s, p, o in held.quads if p == terms.PERSON_PROPERTY}
    expected = []
    clusters = {}
    for iri in held.subjects(terms.TYPE, terms.PUBLICATION):
        cut = one.get((iri, terms.CUT_OFF)) == "true"
        publication = derive.Publication(iri, papers.get(iri, ()), cut)
        clusters.setdefault(canonical[iri], []).append(publication)
    for chosen, members in clusters.items():
        expected += derive.publication_blocks(members, chosen, canonical, persons)
    for row in held.subjects(terms.TYPE, terms.AUTHOR):
        expected.append(derive.row_block(row, canonical[row]))
    lines = {f"<{s}> <{p}> <{o}> .\n" for s, p, o in held.graph("links") if p in DERIVED}
    assert lines == set("".join(expected).splitlines(keepends=True))


DERIVED = {
    terms.CANONICAL,
    terms.AUTHORS_FROM,
    terms.AUTHORED_BY,
    terms.EDITED_BY,
    terms.DC_CREATOR,
    terms.PERSON_PROPERTY,
    terms.SAME_AS,
}


def check_index(held, canonical):
    papers = Counter(o for _, _, p, o in held.quads if p == terms.AUTHORED_BY)
    venues = set(held.subjects(terms.TYPE, terms.VENUE))
    assert set(held.index) == set(canonical.values()) | venues
    for iri, (kind, label, _, count, _) in held.index.items():
        assert held.values(iri, terms.LABEL) == [label]
        if kind == "author":
            assert count == papers[iri]


def check_shared(held):
    venues = {o for _, _, p, o in held.quads if p == terms.VENUE_PROPERTY}
    clusters = {o for _, _, p, o in held.quads if p == terms.IN_CLUSTER}
    assert venues == set(held.subjects(terms.TYPE, terms.VENUE))
    assert clusters == set(held.subjects(terms.TYPE, terms.NAME_CLUSTER))
    for iri in venues | clusters:
        assert len(held.values(iri, terms.LABEL)) == 1


def check_side_files(data, held):
    with Generations(data).write() as draft:
        names = ["links"]
        names += ["source/" + name for name in sources.read(draft.read_path("sources.json"))]
        for name in names:
            text = b"".join(SideFile(draft, name).read())
            triples = {
                (q.subject.value, q.predicate.value, q.object.value)
                for q in ox.parse(text, format=ox.RdfFormat.N_TRIPLES)
            }
            assert triples == held.graph(name)


def merge(data, *pairs):
    """Join publications or rows as resolution does: the first of each pair becomes canonical."""
    with Generations(data).write() as draft:
        graphs = Graphs(draft.store.engine, IRIS)
        canonical = {
            q.subject.value: q.object.value
            for q in draft.store.engine.quads_for_pattern(
                None, ox.NamedNode(terms.CANONICAL), None, None
            )
        }
        canonical |= {other: one for one, other in pairs}
        clusters = {}
        for iri, chosen in canonical.items():
            clusters.setdefault(chosen, []).append(iri)
        blocks = []
        for chosen, members in clusters.items():
            if "/id/author/" in chosen:
                blocks += [derive.row_block(row, chosen) for row in members]
            else:
                held = [graphs.publication(iri) for iri in members]
                blocks += derive.publication_blocks(held, chosen, canonical)
        replace(draft, "links", (block.encode() for block in blocks))
        gone = [other for _, other in pairs]
        graphs = Graphs(draft.store.engine, IRIS)
        rows = list(entities.rows(graphs, sorted(set(canonical.values()))))
        textindex.amend(draft.amend("text.sqlite"), gone, rows)
        del graphs  # else the store stays open
        draft.publish()


# --- a first load


def test_load_makes_a_whole_generation(data, write):
    report = load(data, [write(ALPHA, BETA)])
    held = check(data)
    assert (report.read, report.loaded, report.generation, report.changed) == (2, 2, 1, True)
    assert report.source == "papers"
    assert report.formats == ["papers.jsonl: ML Anthology JSON or JSON Lines (by content)"]
    alpha = held.titled("On Alpha")
    assert held.values(alpha, terms.DOI) == ["10.1000/alpha"]
    assert len(held.values(alpha, terms.AUTHORED_BY)) == 2
    assert held.values(held.values(alpha, terms.VENUE_PROPERTY)[0], terms.LABEL) == ["ICML"]
    assert held.meta["base"] == BASE
    assert held.counts["publications"], held.counts["persons"] == (2, 3)


def test_about_says_what_was_loaded(data, write):
    load(data, [write(ALPHA)], licence="https://creativecommons.org/licenses/by/4.0/")
    held = Held(data)
    source = IRIS.entity("source", ["papers"], "papers")
    assert held.values(source, terms.DC_LICENSE) == ["https://creativecommons.org/licenses/by/4.0/"]
    (activity,) = held.subjects(terms.TYPE, terms.LOAD)
    assert held.values(activity, terms.RECORDS_LOADED) == ["1"]
    assert held.values(BASE, terms.BASE) == [BASE]
    assert held.values(BASE, terms.VOID + "triples") == [str(len(held.quads))]


def test_unknown_licence_is_said(data, write):
    load(data, [write(ALPHA)])
    source = IRIS.entity("source", ["papers"], "papers")
    assert Held(data).values(source, terms.LICENCE_UNKNOWN) == ["true"]


def test_declared_figures_stand_beside_what_is_held(data):
    page = Path(__file__).parent / "data" / "arrow" / "page.txt"
    report = load(data, [page])
    check(data)
    assert any("declares" in line and f"lists {report.loaded}" in line for line in report.declared)
    found = Found(read=9, loaded=7, facts=[("declaredPublications", ["8"])])
    assert declared(found) == ["declares 8 publications, lists 7"]


def test_two_machines_get_the_same_source_graph(data, tmp_path, write):
    load(data, [write(ALPHA, BETA)])
    load(tmp_path / "other", [write(ALPHA, BETA)])
    one, two = Held(data), Held(tmp_path / "other")
    for name in ("source/papers", "shared", "links"):
        assert one.graph(name) == two.graph(name)


def test_process_of_its_own_gives_the_same(data, tmp_path, write, monkeypatch):
    load(data, [write(ALPHA, BETA)])
    monkeypatch.setattr(mapper, "SMALL", 0)
    load(tmp_path / "other", [write(ALPHA, BETA)])
    assert sorted(map(str, check(data).graph("links"))) == sorted(
        map(str, check(tmp_path / "other").graph("links"))
    )


def test_several_files_are_one_source(data, write):
    report = load(data, [write(ALPHA, name="one.jsonl"), write(BETA, name="two.jsonl")])
    assert (report.source, report.loaded) == ("one", 2)
    assert {o for _, p, o in check(data).graph("source/one") if p == terms.FILE_NAME} == {
        "one.jsonl",
        "two.jsonl",
    }


def test_second_source_shares_venues_and_clusters(data, write):
    load(data, [write(ALPHA)])
    load(data, [write(paper("x", "Other", "ANN LEE"), name="other.jsonl")])
    held = check(data)
    assert len(held.subjects(terms.TYPE, terms.VENUE)) == 1
    clusters = [s for s in held.subjects(terms.TYPE, terms.NAME_CLUSTER) if "ann-lee" in s]
    assert len(clusters) == 1
    assert held.values(clusters[0], terms.LABEL) == ["ANN LEE"]  # as frequent as Ann Lee; smaller
    assert len(held.subjects(terms.IN_CLUSTER, clusters[0])) == 2


def test_repeated_key_with_another_title_is_another_publication(data, write):
    report = load(data, [write(ALPHA, paper("alpha", "Not Alpha", "Ann Lee"), ALPHA)])
    held = check(data)
    assert (report.read, report.loaded, report.rejected) == (3, 2, 1)
    assert held.titled("On Alpha") != held.titled("Not Alpha")
    (reason,) = report.reasons
    assert report.examples[reason] == ["papers.jsonl:3:alpha: 'On Alpha'"]


# --- errors


def test_bad_records_cost_only_themselves(data, write, tmp_path):
    path = write(ALPHA, {"bibtex_key": "x"}, BETA)
    report = load(data, [path], errors=tmp_path / "errors.jsonl")
    check(data)
    assert (report.read, report.loaded, report.rejected) == (3, 2, 1)
    (error,) = map(json.loads, (tmp_path / "errors.jsonl").read_text().splitlines())
    assert (error["file"], error["line"], error["key"], error["field"]) == (
        "papers.jsonl",
        2,
        "x",
        "title",
    )


def test_errors_of_what_is_held_already_are_written_when_asked_for(data, write, tmp_path):
    path = write(ALPHA, {"bibtex_key": "x"})
    first = load(data, [path])
    again = load(data, [path], errors=tmp_path / "errors.jsonl")
    assert (again.changed, again.generation, again.reasons) == (False, 1, first.reasons)
    assert len((tmp_path / "errors.jsonl").read_text().splitlines()) == 1
    with pytest.raises(StoppedByError):
        load(data, [path], strict=True)
    check(data)


def test_what_costs_only_a_value_is_told_from_what_costs_a_record(data, tmp_path):
    path = tmp_path / "some.bib"
    path.write_text("@misc{a, title={A}, author={B. C}, year={soon}}\n@misc{b, year={2020}}\n")
    report = load(data, [path])
    assert report.rejected == 1
    assert (report.reasons, report.values) == (
        {"year: not a year": 1, "title: no title, name or identifier": 1},
        {"year: not a year": 1},
    )


@pytest.mark.parametrize("small", [0, 1 << 20])
def test_strict_stops_at_the_first_error(data, write, monkeypatch, small):
    monkeypatch.setattr(mapper, "SMALL", small)
    with pytest.raises(StoppedByError, match=r"papers\.jsonl:2:x"):
        load(data, [write(ALPHA, {"bibtex_key": "x"})], strict=True)
    assert Generations(data).current() is None


@pytest.mark.parametrize("small", [0, 1 << 20])
def test_unreadable_files_are_one_line(data, tmp_path, monkeypatch, small):
    monkeypatch.setattr(mapper, "SMALL", small)
    (tmp_path / "empty.bib").write_text("")
    (tmp_path / "what.xyz").write_text("nothing known")
    for name in ("empty.bib", "what.xyz", "absent.bib", ""):
        with pytest.raises((ReadError, LoadError)) as caught:
            load(data, [tmp_path / name])
        assert "\n" not in str(caught.value)
    assert Generations(data).current() is None


def test_file_without_a_single_record_is_refused(data, write):
    with pytest.raises(LoadError, match="no record could be read"):
        load(data, [write({"bibtex_key": "x"})])
    assert Generations(data).current() is None


def test_base_is_kept_and_guarded(data, write):
    load(data, [write(ALPHA)], base="https://a.org/kg/")
    load(data, [write(BETA, name="b.jsonl")])
    assert Held(data).meta["base"] == "https://a.org/kg/"
    with pytest.raises(BaseDiffers, match="quiver rebase"):
        load(data, [write(BETA, name="c.jsonl")], base="https://b.org/")


def test_name_in_use_from_other_files_needs_replace(data, write):
    load(data, [write(ALPHA)])
    other = write(BETA, name="new.jsonl")
    with pytest.raises(SourceInUse, match=r"papers\.jsonl.*new\.jsonl.*--replace"):
        load(data, [other], source="papers")
    report = load(data, [other], source="papers", replace=True)
    held = check(data)
    assert report.changed
    assert held.subjects(terms.DC_TITLE, "On Alpha") == []


# --- the real thing


@pytest.mark.thorough
def test_seed_page_and_its_neighbour(data, samples):
    page = load(data, [samples / "arrow" / "sergey-levine.txt"])
    assert (page.loaded, page.rejected) == (328, 0)
    assert "declares 329 publications, lists 328" in page.declared
    other = load(data, [samples / "corpora" / "mlanthology" / "sergey_levine_399.json.gz"])
    assert (other.loaded, other.rejected) == (399, 0)
    held = check(data)
    assert held.counts["publications"] == 727
    assert held.counts["classes"][terms.SIGNATURE] > 3000
