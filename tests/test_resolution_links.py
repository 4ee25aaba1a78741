"""A run of resolution on a data folder: what it links, keeps and leaves, whatever happens to it."""

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from ingest import sidefiles
from ingest.pipeline import load, unload
from ingest.resolution.gathering import reading
from ingest.resolution.links import resolve
from ingest.resolution.statements import match_of
from ontology import terms
from queries import checking
from queries.errors import NoData
from queries.generations import Generations
from queries.search.textindex import TextIndex
from tests.conftest import sampled
from tests.test_pipeline import Held, check, paper

BUNDLED = resources.files("ingest").joinpath("data")
ARROW = Path(str(BUNDLED.joinpath("sergey-levine.arrow.txt")))
ML_ANTHOLOGY = Path(str(BUNDLED.joinpath("sergey-levine.mlanthology.json")))
BASE = "http://localhost:8000/"

OAK = paper("oak", "Roots of an Unusual Oak", "Ada Quillfeather", "Bo Zymurgist", pages="1-9")
ELM = paper("elm", "An Elm Reconsidered Twice", "Ada Quillfeather", "Cy Xanthopoulos")
ASH = paper("ash", "Ash without Flame or Smoke", "Dee Vanterpool", "Ada Quillfeather", year=2021)
OAK_AGAIN = {**OAK, "bibtex_key": "again"}
NAMESAKES = paper("two", "Two of One Name on a Paper", "Lee Park", "Lee Park", "Bo Zymurgist")


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture(scope="module")
def both(resolved, tmp_path_factory):
    """The folder of a copy of the two bundled sources, resolved."""
    data = tmp_path_factory.mktemp("demo") / "data"
    shutil.copytree(resolved, data, symlinks=True)
    return data


@pytest.fixture(scope="module")
def held(both):
    return Held(both)


def links(data):
    """The bytes of `graph/links`: its base, amended."""
    with Generations(data).open() as reader:
        folder = reader.path / "quads" / "links"
        amendments = sorted(folder.glob("[0-9]*.nt.gz"))
        return b"\n".join(sidefiles.read([folder / "base.nt.gz", *amendments]))


def failed(data):
    with Generations(data).open() as reader:
        return {found.name: found.examples for found in checking.run(reader.store) if found.count}


def canonical(held, name):
    """The canonical members of all author rows of this name."""
    rows = [row for row in held.subjects(terms.LABEL, name) if "/id/author/" in row]
    return {held.values(row, terms.CANONICAL)[0] for row in rows}


def source_of(held, publication):
    (record,) = held.values(publication, terms.DESCRIBED_IN)
    (source,) = held.values(record, terms.SOURCE_PROPERTY)
    return source


# --- the demo


@pytest.mark.thorough
def test_every_promise_of_a_graph_holds_after_a_run(both):
    assert failed(both) == {}
    check(both)


@pytest.mark.thorough
def test_a_second_run_writes_nothing(both):
    before = Held(both)
    report = resolve(both)
    assert not report.changed
    assert report.generation == before.number == Held(both).number
    assert (report.added, report.removed, report.changes) == (0, 0, ())


def test_at_least_239_publications_are_joined_across_the_sources(held):
    pairs = 0
    clusters = {}
    for publication in held.subjects(terms.TYPE, terms.PUBLICATION):
        clusters.setdefault(held.values(publication, terms.CANONICAL)[0], []).append(publication)
    for members in clusters.values():
        pairs += len({source_of(held, member) for member in members}) == 2
    assert len(held.subjects(terms.TYPE, terms.PUBLICATION)) == 727
    assert pairs >= 239


@pytest.mark.parametrize(
    ("title", "places"),
    [
        ("Value Iteration Networks", {("IJCAI", 2017), ("NeurIPS", 2016)}),
        ("Planning to Practice", {("IROS", 2022), ("ICLR Workshops", 2022)}),
        ("Deep Reinforcement Learning for Industrial Insertion", {("IROS", 2020), ("ICML", 2019)}),
        ("Time-Contrastive Networks", {("ICRA", 2018), ("CVPR", 2017)}),
    ],
)
def test_versions_of_a_work_are_never_one_publication(held, title, places):
    found = {
        (held.values(p, terms.CANONICAL)[0], held.values(p, terms.YEAR)[0])
        for p in held.subjects(terms.TYPE, terms.PUBLICATION)
        if held.values(p, terms.LABEL)[0].startswith(title)
    }
    assert len({one for one, _ in found}) >= len(places)
    assert {int(year) for _, year in found} >= {year for _, year in places}
    works = {tuple(held.values(one, terms.VERSION_OF)) for one, _ in found}
    assert len(works) == 1
    assert works != {()}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Sid Reddy", "Siddharth Reddy"), ("Abhishek Gupta", "Abhishek Gupta 0004")],
)
def test_two_names_of_one_person_lead_to_one(held, one, other):
    assert canonical(held, one) == canonical(held, other)
    assert len(canonical(held, one)) == 1


def test_alike_names_of_two_people_stay_apart(held):
    assert not canonical(held, "Suraj Nair 0003") & canonical(held, "Surag Nair")


def test_count_of_papers_needs_no_distinct(both):
    text = """SELECT ?a (COUNT(?p) AS ?n) (COUNT(DISTINCT ?p) AS ?m)
        { ?p <https://w3id.org/quiver/ontology#authoredBy> ?a } GROUP BY ?a"""
    with Generations(both).open() as reader:
        rows = [(int(row["n"].value), int(row["m"].value)) for row in reader.store.query(text)]
    assert len(rows) > 700
    assert [row for row in rows if row[0] != row[1]] == []


def test_terms_of_scores_are_properties_that_the_ontology_knows(held):
    written = {p for _, _, p, _ in held.quads if p.startswith(terms.EVIDENCE)}
    known = {value for value in vars(terms).values() if isinstance(value, str)}
    assert written
    assert written <= known
    for term in written:
        assert held.values(term, terms.RDFS + "subPropertyOf") == [terms.EVIDENCE]


def test_every_match_names_a_run_that_is_described(held):
    runs = {o for _, _, p, o in held.quads if p == terms.RUN_PROPERTY}
    assert runs == set(held.subjects(terms.TYPE, terms.RUN))
    for run in runs:
        assert held.values(run, terms.RULE_VERSION)
        assert held.values(run, terms.PROV_ENDED_AT_TIME)


def test_search_finds_a_person_by_the_names_of_all_rows(both, held):
    (person,) = canonical(held, "Siddharth Reddy")
    with Generations(both).open() as reader, TextIndex.open(reader.path / "text.sqlite") as text:
        assert person in {hit.iri for hit in text.search("Sid Reddy", "author")}
        (hit,) = (hit for hit in text.search("Siddharth Reddy", "author") if hit.iri == person)
    assert hit.papers == len(held.subjects(terms.AUTHORED_BY, person))


@pytest.mark.thorough
def test_the_index_is_what_a_load_would_have_written(both):
    from ingest import entities
    from ingest.relink import Graphs
    from ontology.iris import Iris

    held = Held(both)
    with Generations(both).open() as reader:
        graphs = Graphs(reader.store.engine, Iris(held.base))
        wanted = [iri for iri, row in held.index.items() if row[0] != "venue"]
        expected = {row.iri: row for row in entities.rows(graphs, wanted)}
        del graphs
    for iri, row in expected.items():
        found = (row.kind, row.label, row.detail, row.papers, row.names)
        assert held.index[iri] == found, iri


# --- the same bytes


@pytest.mark.thorough
def test_records_in_another_order_give_the_same_links(both, data, tmp_path):
    records = json.loads(ML_ANTHOLOGY.read_text())
    random.Random(7).shuffle(records)
    (tmp_path / ML_ANTHOLOGY.name).write_text(json.dumps(records))
    load(data, [tmp_path / ML_ANTHOLOGY.name], source="mlanthology", base=Held(both).base)
    load(data, [ARROW], source="arrow")
    resolve(data)
    assert links(data) == links(both)


@pytest.mark.thorough
def test_another_hash_seed_gives_the_same_links(data, write):
    load(data, [write("one.jsonl", OAK, ELM, ASH)])
    load(data, [write("two.jsonl", OAK_AGAIN, NAMESAKES)])
    seen = set()
    for seed in "12":
        call = "import sys; from pathlib import Path; from ingest.resolution.links import resolve; "
        call += "resolve(Path(sys.argv[1]))"
        environ = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", call, str(data)], check=True, env=environ)
        seen.add(links(data))
        Generations(data).rollback(2)
    assert len(seen) == 1


# --- small graphs


def test_a_paper_in_two_sources_is_one_and_so_are_its_authors(data, write):
    load(data, [write("one.jsonl", OAK, ELM)])
    load(data, [write("two.jsonl", OAK_AGAIN)])
    report = resolve(data)
    held = check(data)
    assert failed(data) == {}
    assert report.publications.joined == 1
    assert report.authors.joined == 2
    (oak,) = {held.values(p, terms.CANONICAL)[0] for p in held.subjects(terms.LABEL, OAK["title"])}
    assert len(held.values(oak, terms.AUTHORED_BY)) == 2
    (ada,) = canonical(held, "Ada Quillfeather")
    assert sorted(held.subjects(terms.AUTHORED_BY, ada)) == sorted(
        {oak, *held.subjects(terms.LABEL, ELM["title"])}
    )


def test_two_of_one_name_on_one_paper_are_never_joined_with_each_other(data, write):
    load(data, [write("one.jsonl", NAMESAKES)])
    resolve(data)
    assert failed(data) == {}


def test_no_data_names_the_command_that_makes_it(data):
    for dry_run in (True, False):
        with pytest.raises(NoData, match="quiver load"):
            resolve(data, dry_run=dry_run)


def test_dry_run_tells_and_writes_nothing(data, write):
    load(data, [write("one.jsonl", OAK)])
    load(data, [write("two.jsonl", OAK_AGAIN)])
    before = Held(data)
    report = resolve(data, dry_run=True)
    assert [change.kind for change in report.changes] == ["joined"] * 3
    assert {change.size for change in report.changes} == {2}
    assert (report.changed, report.generation) == (False, before.number)
    assert Held(data).quads == before.quads
    done = resolve(data)
    assert done.changes == report.changes
    assert (report.dry_run, done.dry_run) == (True, False)


def test_a_run_keeps_what_it_changed(data, write):
    load(data, [write("one.jsonl", OAK)])
    load(data, [write("two.jsonl", OAK_AGAIN)])
    report = resolve(data)
    name = report.run.rpartition("/")[2]
    with Generations(data).open() as reader:
        kept = json.loads(gzip.decompress((reader.path / f"runs/{name}.json.gz").read_bytes()))
    assert kept["run"] == report.run
    assert len(kept["changes"]) == len(report.changes) == 3


def test_canonical_members_keep_their_place(data, write):
    load(data, [write("one.jsonl", OAK)])
    resolve(data)
    first = canonical(Held(data), "Ada Quillfeather")
    load(data, [write("two.jsonl", OAK_AGAIN, ELM, ASH)])
    resolve(data)
    held = check(data)
    assert canonical(held, "Ada Quillfeather") == first
    oak = held.subjects(terms.LABEL, OAK["title"])
    assert {held.values(p, terms.CANONICAL)[0] for p in oak} == {
        p for p in oak if "/one-" in source_of(held, p)
    }


def test_who_loses_its_place_says_so(data, write):
    def persons(held):
        return canonical(held, "Ada Quillfeather") | canonical(held, "A. Quillfeather")

    short = paper("ash", ASH["title"], "Dee Vanterpool", "A. Quillfeather", year=2021)
    load(data, [write("one.jsonl", ELM)])
    load(data, [write("two.jsonl", short)])
    resolve(data)
    apart = persons(Held(data))
    load(data, [write("three.jsonl", {**ELM, "bibtex_key": "e"}, {**ASH, "bibtex_key": "a"})])
    report = resolve(data)
    held = check(data)
    (kept,) = persons(held)
    (lost,) = apart - {kept}
    assert held.values(kept, terms.FORMERLY_CANONICAL) == []
    assert held.values(lost, terms.FORMERLY_CANONICAL) == [report.run]
    assert resolve(data).changed is False
    load(data, [write("four.jsonl", OAK)])
    assert resolve(data).run != report.run
    assert check(data).values(lost, terms.FORMERLY_CANONICAL) == [report.run]


def test_a_match_that_says_what_it_said_keeps_its_run(data, write):
    load(data, [write("one.jsonl", OAK)])
    load(data, [write("two.jsonl", OAK_AGAIN)])
    first = resolve(data)
    with Generations(data).open() as reader:
        held = reading.read(reader.path, BASE)
    (match,) = {match_of(*pair) for pair in pairs_of(Held(data), "publication")}
    assert held.evidence.before.runs[match][0] == first.run
    for publication in ({"volume": "7"}, {"pages": "7-9"}):
        load(data, [write("two.jsonl", {**OAK_AGAIN, **publication})])
        report = resolve(data)
        runs = {
            held.values(s, terms.RUN_PROPERTY)[0]
            for held in [Held(data)]
            for s in held.subjects(terms.RULE, "publications")
        }
        assert runs == {first.run if "volume" in publication else report.run}


def pairs_of(held, kind):
    matches = held.subjects(terms.TYPE, terms.MATCH)
    pairs = [held.values(match, terms.COMPARES) for match in matches]
    below = f"{BASE}id/"
    return [
        tuple(iri.removeprefix(below) for iri in pair) for pair in pairs if f"/{kind}/" in pair[0]
    ]


# --- after loads


@pytest.mark.thorough
def test_reload_of_a_source_after_a_run_keeps_every_promise(data, tmp_path):
    page = "\n".join(ARROW.read_text().splitlines()[:600])  # the newest records of the page
    (tmp_path / ARROW.name).write_text(page)
    records = [r for r in json.loads(ML_ANTHOLOGY.read_text()) if int(r["year"]) >= 2025]
    papers = tmp_path / ML_ANTHOLOGY.name
    papers.write_text(json.dumps(records))
    load(data, [tmp_path / ARROW.name], source="arrow")
    load(data, [papers], source="mlanthology")
    assert resolve(data).publications.clusters > 10
    changed = [{**record} for record in records[10:]]
    changed[0]["title"] += " Once More"
    changed[1]["authors"] = changed[1]["authors"][::-1]
    papers.write_text(json.dumps(changed))
    assert load(data, [papers], source="mlanthology").changed
    assert failed(data) == {}
    check(data)
    resolve(data)
    assert failed(data) == {}
    check(data)
    papers.write_text(json.dumps(records))
    assert load(data, [papers], source="mlanthology").changed
    assert failed(data) == {}
    resolve(data)
    check(data)


@pytest.mark.parametrize("source", ["one", "two"])
def test_unload_after_a_run_leaves_the_other_source_whole(data, write, source):
    load(data, [write("one.jsonl", OAK, ELM)])
    load(data, [write("two.jsonl", OAK_AGAIN, ASH)])
    resolve(data)
    unload(data, source)
    assert failed(data) == {}
    check(data)
    resolve(data)
    assert failed(data) == {}
    held = check(data)
    assert not any(p == terms.SAME_AS for _, _, p, _ in held.quads)


PHASES = ["authors", "links", "text index", "publishing", "renamed"]
CHILD = """
import sys
from pathlib import Path
from ingest.resolution import links
def told(phase, done, total):
    print(phase, flush=True)
    sys.stdin.readline()
links.resolve(Path(sys.argv[1]), progress=told)
"""


def kill_at(data, phase):
    """Run a resolve in another process and kill it when it tells of this phase."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout:
            if line.strip() == phase:
                process.send_signal(signal.SIGKILL)
                return
            process.stdin.write("\n")
            process.stdin.flush()
    pytest.fail(f"there was no phase {phase}")


@pytest.mark.parametrize("phase", sampled(PHASES, "renamed"))
def test_kill_in_any_phase_leaves_the_last_generation(data, write, phase):
    load(data, [write("one.jsonl", OAK, ELM)])
    load(data, [write("two.jsonl", OAK_AGAIN, ASH)])
    before = check(data)
    kill_at(data, phase)
    held = Held(data)
    assert held.number == before.number
    assert sorted(held.quads) == sorted(before.quads)
    kill_at(data, "switched")
    assert Held(data).number > before.number
    check(data)
    assert failed(data) == {}


def test_the_match_of_a_pair_has_one_iri_whichever_comes_first():
    assert match_of("author/a", "author/b") == match_of("author/b", "author/a")
    assert len(Counter(match_of("author/a", f"author/{n}") for n in range(50))) == 50
