"""Linking a graph with others: what is there is found, and nothing else."""

import csv
import json
import pickle
import shutil
from collections import defaultdict
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from ingest import pipeline
from ingest.linking import outside
from ingest.linking.against import link
from ingest.linking.choosing import Candidate, best, is_mixed, links
from ingest.linking.mappings import written
from ingest.linking.others import Source, names_of_dblp
from ingest.linking.ours import Index
from ingest.linking.outside import CAME, WENT, Outside
from ingest.readers import xmls
from ingest.resolution.curation.deciding import decide
from ingest.resolution.links import resolve
from ontology import terms
from ontology.iris import Iris
from queries.generations import Generations
from queries.writes.files import link_or_copy
from queries.writes.updates import is_managed
from server import create_app
from server.cli import main
from server.config import Config
from tests.conftest import once
from tests.gold import make_outside
from tests.servers import CHECKOUT

BUNDLED = CHECKOUT / "ingest/data/sergey-levine.mlanthology.json"
Q = f"PREFIX q: <{terms.Q}> PREFIX foaf: <http://xmlns.com/foaf/0.1/> "
PAPERS = json.loads(BUNDLED.read_text())[::6]
SSSOM = ("subject_id", "predicate_id", "object_id", "confidence", "author_id", "comment")
STRANGERS = [
    # A title that ours have, by other people elsewhere; and one that nobody here has.
    {
        "bibtex_key": "x1",
        "title": PAPERS[1]["title"],
        "authors": [{"given": "Ada", "family": "Quill"}, {"given": "Bo", "family": "Fletch"}],
        "year": "1987",
        "venue_name": "Annals of Bowyery",
    },
    {
        "bibtex_key": "x2",
        "title": "Feathers for Straight and for Bent Arrows",
        "authors": [{"given": "Sergey", "family": "Levine", "slug": "levine-other"}],
        "year": "1999",
        "venue_name": "Annals of Bowyery",
    },
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A dblp, an OpenAlex and a table of people, made of a sixth of the demo and of strangers."""
    with once(tmp_path_factory, "others") as (folder, empty):
        if empty:
            folder.mkdir()
            source = folder / "papers.json"
            source.write_text(json.dumps(PAPERS + STRANGERS))
            make_outside.make(source, folder)
    return folder


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """A graph of a sixth of the demo's records, as two sources, resolved."""
    with once(tmp_path_factory, "ours") as (folder, empty):
        if empty:
            folder.mkdir()
            for name, some in (("one", PAPERS[:45]), ("two", PAPERS[45:])):
                file = folder / f"{name}.mlanthology.json"
                file.write_text(json.dumps(some))
                pipeline.load(folder / "data", [file])
            resolve(folder / "data")
    return folder / "data"


@pytest.fixture(scope="module")
def linked(ours, files, tmp_path_factory):
    """That graph, linked against all three; and what each run reported."""
    with once(tmp_path_factory, "linked") as (folder, empty):
        if empty:
            data = copied(ours, folder / "data")
            reports = {
                name: link(data, Source(files / name))
                for name in ("dblp.xml", "openalex.jsonl", "people.csv")
            }
            (folder / "reports").write_bytes(pickle.dumps(reports))
    return folder / "data", pickle.loads((folder / "reports").read_bytes())


def copied(data, to):
    """The same data folder elsewhere; what a writer adds there stays there."""
    shutil.copytree(data, to, symlinks=True, copy_function=link_or_copy)
    (to / "lock").unlink(missing_ok=True)
    return to


def standing(data):
    """The links that a folder holds."""
    with Generations(data).open() as reader:
        return Outside(reader.store.engine, Iris(reader.meta["base"])).links()


def select(data, text):
    with Generations(data).open() as reader:
        found = reader.store.engine.query(Q + text, use_default_graph_as_union=True)
        return [tuple(term.value for term in row) for row in found]


@pytest.fixture(scope="module")
def known(linked):
    """Record keys of publications and names of people, by canonical IRI."""
    found = defaultdict(set)
    for entity, key in select(
        linked[0],
        "SELECT ?c ?k { { ?m q:canonical ?c ; q:describedIn/q:recordKey ?k }"
        " UNION { ?m q:canonical ?c ; foaf:name ?k } }",
    ):
        found[entity].add(key)
    return found


def test_sssom_tells_what_people_decided_from_what_was_computed():
    said = ["ours", "Ours", "theirs", "Theirs", "0.7", "why"]
    lines = written([[*said, "", ""], [*said, "Ann", "2026-01-02T03:04:05Z"]], False).splitlines()
    rows = csv.DictReader((one for one in lines if one[:1] != "#"), delimiter="\t")
    how = ("mapping_justification", "mapping_tool", "author_id", "mapping_date", "confidence")
    assert [[row[name] for name in how] for row in rows] == [
        ["semapv:CompositeMatching", "Quiver", "", "", "0.7"],
        ["semapv:ManualMappingCuration", "", "Ann", "2026-01-02", "1"],
    ]


def test_what_is_linked_was_made_from_the_same_record_or_name(files, linked, known):
    made = defaultdict(set)
    for line in (files / "truth.tsv").read_text().splitlines():
        iri, _, key = line.split("\t")
        made[iri].add(key)
    found = standing(linked[0])
    assert [pair for pair in found if not made[pair[1]] & known[pair[0]]] == []
    assert not any("x1" in made[o] or "x2" in made[o] or "other" in o for _, o in found)


@pytest.mark.parametrize(
    ("file", "publications", "people"),
    [("dblp.xml", 65, 180), ("openalex.jsonl", 65, 180), ("people.csv", 0, 160)],
)
def test_what_is_there_is_found(linked, file, publications, people):
    came = linked[1][file].came
    papers = [entity for entity, _ in came if "/id/publication/" in entity]
    assert len(papers) >= publications and len(came) - len(papers) >= people


def test_every_link_has_a_match_with_score_terms_and_run(linked):
    rows = select(
        linked[0],
        "SELECT DISTINCT ?e ?o { ?e <http://www.w3.org/2002/07/owl#sameAs> ?o ."
        " ?m q:compares ?o ; q:compares ?mine ; q:verdict 'same' ; q:score ?s ; q:run ?r ."
        " ?r q:inputDigest ?d . ?mine q:canonical ?e . ?m ?term ?weight"
        " FILTER(STRSTARTS(STR(?term), CONCAT(STR(q:), 'evidence'))) }",
    )
    assert set(rows) == standing(linked[0])


def test_no_entity_has_two_iris_of_a_graph_and_no_iri_two_entities(linked):
    found = standing(linked[0])
    assert len({out for _, out in found}) == len(found)
    assert len({(entity, out.split("/")[2]) for entity, out in found}) == len(found)


@pytest.mark.thorough
def test_the_graph_stays_consistent(linked):
    done = CliRunner().invoke(main, ["check", "--data", str(linked[0])])
    assert done.exit_code == 0, done.output


@pytest.mark.thorough
def test_the_same_again_changes_no_link(linked, files):
    before = standing(linked[0])
    report = link(linked[0], Source(files / "people.csv"))
    assert (report.came, report.went) == ((), ()) and standing(linked[0]) == before


def test_sssom_lists_links_and_maybes(linked):
    done = CliRunner().invoke(main, ["link", "--list", "--data", str(linked[0])])
    lines = [line for line in done.output.splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines, delimiter="\t"))
    assert {(row["subject_id"], row["object_id"]) for row in rows} == standing(linked[0])
    assert {row["predicate_id"] for row in rows} == {"owl:sameAs"}
    done = CliRunner().invoke(main, ["link", "--list", "--review", "--data", str(linked[0])])
    assert "skos:closeMatch" in done.output and "owl:sameAs" not in done.output.split("\n", 5)[5]


def test_links_are_served_as_sssom_as_void_and_as_a_feed(linked):
    app = create_app(Config(data=linked[0], workers=1, memory=512 << 20))
    client = app.test_client()
    lines = client.get("/links.sssom.tsv").text.splitlines()
    rows = csv.DictReader([line for line in lines if not line.startswith("#")], delimiter="\t")
    found = standing(linked[0])
    assert {(row["subject_id"], row["object_id"]) for row in rows} == found
    assert "skos:closeMatch" in client.get("/links.sssom.tsv?review").text
    targets = client.get("/links").json["targets"]
    assert sum(one["links"] for one in targets.values()) == len(found)
    void = client.get("/.well-known/void", headers={"Accept": "application/n-triples"}).text
    assert set(targets) == {"dblp.org", "openalex.org", "people.example"}
    for target in targets:
        assert f'uriSpace> "https://{target}/"' in void
    html = {"Accept": "text/html"}
    queue = client.get("/review", headers=html).text
    assert not any(target in queue for target in targets)  # they have a tab of their own
    home, page = (client.get(path, headers=html).text for path in ("/", "/links"))
    for target, told in targets.items():
        figure = f'<dt>{target}</dt>\n  <dd><a href="./queries/links-by-graph"'
        assert figure in home and f">{told['links']:,}</a>".replace(",", "\u202f") in home
        assert f'<th scope="row">{target}</th>' in page
    assert 'href="links"' in home
    feed = ElementTree.fromstring(client.get("/links/feed").text)
    entries = feed.findall("{http://www.w3.org/2005/Atom}entry")
    assert entries and all(CAME in entry[1].text for entry in entries)
    app.extensions["quiver"].close()


def test_what_people_state_wins_over_what_is_computed(linked, files, tmp_path):
    data = copied(linked[0], tmp_path / "data")
    found = {out: entity for entity, out in standing(data)}
    finn = found["https://people.example/finn-chelsea"]
    lines = ["#curie_map:", "#  p: https://people.example/", "\t".join(SSSOM)]
    lines.append("\t".join((finn, "owl:differentFrom", "p:finn-chelsea", "", "Ann", "another")))
    lines.append("\t".join(("p:another-finn", "owl:sameAs", finn, "0.9", "Ann", "her own page")))
    sssom = tmp_path / "stated.sssom.tsv"
    sssom.write_text("\n".join(lines) + "\n")
    words = ["link", "--stated", str(sssom), "--data", str(data)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0 and "linked: 1; withdrawn: 1" in done.output
    now = standing(data)
    assert (finn, "https://people.example/another-finn") in now
    assert (finn, "https://people.example/finn-chelsea") not in now
    again = link(data, Source(files / "people.csv"))
    assert (again.came, again.went) == ((), ()) and standing(data) == now
    rows = select(data, "SELECT ?r { ?m q:rule 'stated' ; q:reason ?r ; q:score ?s ; q:run ?x }")
    assert sorted(reason for (reason,) in rows) == ["Ann: another", "Ann: her own page"]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (("https://x.example/1", "owl:sameAs", "https://x.example/2"), "is an entity here"),
        (("{finn}", "owl:sameAs", "nothing"), "no IRI of another graph"),
        (("{finn}", "rdfs:seeAlso", "https://x.example/2"), "is none of"),
        (("{finn}", "owl:sameAs", "https://x.example/2", "high", "Ann"), "confidence 'high'"),
        (("{finn}", "owl:sameAs", "https://x.example/2"), "say who"),
    ],
)
def test_a_line_that_states_nothing_is_named_and_nothing_is_taken(linked, tmp_path, cells, why):
    finn = next(e for e, o in standing(linked[0]) if o == "https://people.example/finn-chelsea")
    sssom = tmp_path / "stated.tsv"
    row = [cell.replace("{finn}", finn) for cell in cells]
    sssom.write_text("\t".join(SSSOM) + "\n" + "\t".join(row) + "\n")
    words = ["link", "--stated", str(sssom), "--data", str(linked[0])]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1 and f"{sssom}: line 2: " in done.output and why in done.output


@pytest.mark.thorough
def test_links_follow_a_decision_and_its_undoing(linked, tmp_path):
    data = copied(linked[0], tmp_path / "data")
    (entity,) = {e for e, o in standing(data) if o.startswith("https://people.example/finn-chel")}
    (other,) = {e for e, o in standing(data) if o == "https://people.example/abbeel-pieter"}
    decide(data, entity, other, "same", by="test", reason="to see links go")
    gone = {pair for pair in standing(linked[0]) if pair[0] in (entity, other)}
    assert not gone & standing(data)  # one person with two IRIs of each graph
    told = outside.events(Generations(data).path(Generations(data).current()))
    below = "http://localhost:8000/id/"
    assert {(below + one.entity, one.outside) for one in told if one.what == WENT} == gone
    decide(data, entity, other, "different", by="test", reason="to see links come back")
    back = {out for _, out in gone}
    assert back <= {out for _, out in standing(data)}
    told = outside.events(Generations(data).path(Generations(data).current()))
    assert back == {one.outside for one in told[-len(gone) :] if one.what == CAME}


@pytest.mark.thorough
def test_links_of_what_is_unloaded_go(linked, tmp_path):
    data = copied(linked[0], tmp_path / "data")
    before = standing(data)
    pipeline.unload(data, "two")
    left = standing(data)
    assert left and len(left) < len(before)
    here = {member for (member,) in select(data, "SELECT ?m { ?m q:canonical ?c }")}
    assert {entity for entity, _ in left} <= here
    compared = select(
        data,
        "SELECT ?e { GRAPH ?g { ?m q:compares ?e } FILTER(STRENDS(STR(?g), 'graph/outside')) }",
    )
    assert {e for (e,) in compared if "/id/" in e} <= here


def test_a_dry_run_writes_nothing(ours, files, tmp_path):
    data = copied(ours, tmp_path / "data")
    words = ["link", "--against", str(files / "people.csv"), "--data", str(data), "--dry-run"]
    done = CliRunner().invoke(main, [*words, "--quiet"])
    assert done.exit_code == 0 and "would be linked" in done.output
    assert standing(data) == set()


def test_ids_of_which_nothing_makes_iris_are_told_with_what_to_do(ours, tmp_path):
    (tmp_path / "few.csv").write_text("id,name\n17,Chelsea Finn\n18,Sergey Levine\n,Nobody\n")
    words = ["link", "--against", str(tmp_path / "few.csv"), "--data", str(ours), "--quiet"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1
    assert "few.csv: line 2: no IRI, and no identifier that is known" in done.output
    assert "say --prefix (17)" in done.output
    assert "line 4: a line without id and name" in done.output
    done = CliRunner().invoke(main, [*words, "--prefix", "https://few.example/", "--dry-run"])
    assert done.exit_code == 0 and "2 people there" in done.output


def test_a_wikidata_extract_links_by_identifier_where_names_agree(ours, tmp_path):
    data = copied(ours, tmp_path / "data")
    ((paper, doi, title),) = select(
        data,
        "SELECT ?c ?d ?l { ?m q:doi ?d ; q:canonical ?c . ?c"
        " <http://www.w3.org/2000/01/rdf-schema#label> ?l FILTER(?d = '10.1109/cvprw.2017.69') }",
    )[:1]
    lines = [entity("Q1", title, doi), entity("Q2", "Another Title Altogether", doi)]
    (tmp_path / "wikidata.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    report = link(data, Source(tmp_path / "wikidata.json"))
    assert report.came == ((paper, "http://www.wikidata.org/entity/Q1"),)
    assert [(one.outside, one.reason) for one in report.grey] == [
        ("http://www.wikidata.org/entity/Q2", "the names do not agree")
    ]


def entity(id, label, doi):
    claim = {"mainsnak": {"datavalue": {"value": doi.upper()}}}
    told = {"id": id, "type": "item", "labels": {"en": {"value": label}}}
    return json.dumps(told | {"claims": {"P356": [claim]}})


def test_an_orcid_record_links_by_works_in_common(ours, tmp_path):
    data = copied(ours, tmp_path / "data")
    orcid, other = "0000-0002-1825-0097", "0000-0002-1694-233X"
    title = next(one["title"] for one in PAPERS if "Abbeel" in str(one["authors"]))
    records = [
        researcher(orcid, "Ada", "Quill", title),
        researcher(orcid, "Pierre", "Sermanet", "", "10.1109/CVPRW.2017.69"),
        researcher(other, "Pieter", "Abbeel", title),
    ]
    (tmp_path / "orcid.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records[1:]))
    report = link(data, Source(tmp_path / "orcid.jsonl"))
    assert sorted((e.split("/")[-1][:9], o.rpartition("/")[2]) for e, o in report.came) == [
        ("pierre-se", orcid),
        ("pieter-ab", other),
    ]
    (tmp_path / "orcid.jsonl").write_text(json.dumps(records[0]) + "\n")
    assert link(data, Source(tmp_path / "orcid.jsonl")).found == ()  # who did not sign it


def researcher(orcid, given, family, title, doi=None):
    id = {"external-id-type": "doi", "external-id-value": doi}
    summary = {"title": {"title": {"value": title}}}
    summary["external-ids"] = {"external-id": [id] if doi else []}
    return {
        "orcid-identifier": {"path": orcid},
        "person": {"name": {"given-names": {"value": given}, "family-name": {"value": family}}},
        "activities-summary": {"works": {"group": [{"work-summary": [summary]}]}},
    }


def test_papers_of_one_word_between_them_are_not_taken_for_each_other(tmp_path):
    titles = [f"Quivers as {word}: Drawing Bows with Implicit Strings" for word in ("Nets", "Pots")]
    people = [{"given": "Ada", "family": "Quill"}, {"given": "Bo", "family": "Fletch"}]
    papers = [
        {"bibtex_key": f"k{number}", "title": title, "authors": people, "year": "2022"}
        | {"venue": "iclrw", "venue_name": "ICLR 2022 Workshops: Bows"}
        for number, title in enumerate(titles)
    ]
    (tmp_path / "bows.mlanthology.json").write_text(json.dumps(papers))
    pipeline.load(tmp_path / "data", [tmp_path / "bows.mlanthology.json"])
    make_outside.openalex(papers, tmp_path / "openalex.jsonl")
    link(tmp_path / "data", Source(tmp_path / "openalex.jsonl"))
    keys = dict(select(tmp_path / "data", "SELECT ?m ?k { ?m q:describedIn/q:recordKey ?k }"))
    made = {make_outside.work(paper)["id"]: paper["bibtex_key"] for paper in papers}
    found = [(keys[e], made[o]) for e, o in standing(tmp_path / "data") if e in keys]
    assert all(here == there for here, there in found)


def test_people_of_a_long_dblp_are_found_at_its_end(files, monkeypatch):
    file = files / "dblp.xml"
    monkeypatch.setattr(xmls, "MAX_PIECE", file.stat().st_size // 10)
    found = names_of_dblp(file, {"Sergey Levine", "Chelsea Finn", "Nobody Else"})
    assert sorted(found) == ["Chelsea Finn", "Sergey Levine"]
    assert all(pid.startswith("https://dblp.org/pid/") for pid in found.values())


def test_two_claims_on_one_are_no_link():
    assert links([("a", "https://x/1"), ("b", "https://x/1")]) == set()
    assert links([("a", "https://x/1"), ("a", "https://x/2")]) == set()
    both = {("a", "https://x/1"), ("a", "https://y/1")}
    assert links(both) == both


def test_a_maybe_gives_way_to_what_is_sure():
    sure = Candidate("a", "https://x/1", "authors", 0.9, "same")
    maybe = Candidate("b", "https://x/1", "authors", 0.99, "grey")
    assert best([maybe, sure, Candidate("a", "https://x/1", "authors", 0.5, "grey")]) == [sure]


def test_a_common_name_needs_most_of_the_papers():
    assert is_mixed(1.7, 3, 11) and not is_mixed(1.7, 6, 10) and not is_mixed(0.1, 1, 40)


def test_an_update_cannot_write_links():
    assert is_managed("http://localhost:8000/graph/outside", "http://localhost:8000/")


def test_all_of_a_key_are_found_in_columns_and_nothing_of_others():
    pairs = [(("doi", f"10.1/{n % 50}"), f"publication/p{n}") for n in range(120)]
    index = Index.of(pairs)
    for n in range(50):
        expected = {path for key, path in pairs if key == ("doi", f"10.1/{n}")}
        assert index.get(("doi", f"10.1/{n}")) == expected and ("doi", f"10.1/{n}") in index
    assert index.get(("doi", "10.1/50")) == set() and ("arxiv", "10.1/1") not in index
    assert Index.of([]).get("anything") == set() and "anything" not in Index.of([])
