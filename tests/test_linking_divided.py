"""One IRI of another graph for several people here: it is not linked with one of them."""

import json

import pytest

from ingest import pipeline
from ingest.linking.against import link
from ingest.linking.choosing import GREY, LINKED
from ingest.linking.divided import DIVIDED, divided
from ingest.linking.others import Source
from ingest.resolution.curation.splitting import split
from ingest.resolution.gathering.reading import Held
from ingest.resolution.grouping.parts import Part
from ingest.resolution.links import resolve
from ingest.resolution.running import Run
from ingest.resolution.statements import Resolved
from ingest.resolution.weighing.evidence import Evidence, Row, Signature
from ontology import terms
from ontology.iris import Iris
from queries.generations import Generations

IRIS = Iris("http://localhost:8000/")
TOPICS = "dune grass", "tidal pools", "gull flight", "loom weaving", "clay glazes", "kiln firing"


def run_of(signed, names, persons=(), parts=()):
    """A run on these signatures: (paper, row); papers of both sides are joined by number."""
    signatures = tuple(Signature(f"{p}/{r}", p, r) for p, r in signed)
    rows = tuple(Row(iri, "s", name) for iri, name in names.items())
    papers = {p: f"here/{p.rpartition('/')[2]}" for p, _ in signed}
    resolved = Resolved(papers, {}, {}, {}, dict(persons), tuple(parts))
    return Run(IRIS, Held(Evidence((), signatures, rows)), resolved, "run/x")


NAMES = {"w1": "Wei Wang", "w2": "Wei Wang", "other": "Ann Gull", "x": "W. Wang"}


def itself(local):
    return local


@pytest.mark.parametrize(("mine", "of_namesake", "found"), [(3, 2, True), (4, 1, False)])
def test_whose_papers_here_are_by_others_of_the_name_too_is_several(mine, of_namesake, found):
    signers = ["w1"] * mine + ["w2"] * of_namesake
    signed = [(f"here/{n}", row) for n, row in enumerate(signers)]
    signed += [(f"here/{n}", "other") for n in range(len(signers))]  # no namesake: tells nothing
    signed += [(f"there/{n}", "x") for n in range(len(signers))]
    told = divided(run_of(signed, NAMES), {"x": "w1"}, {"x": ""}, itself)
    assert told == ({"x"} if found else set())


def test_a_name_that_one_alone_bears_and_papers_not_here_tell_nothing():
    signed = [("here/0", "w1"), ("here/1", "other"), ("there/0", "x"), ("there/1", "x")]
    signed += [("there/7", "x"), ("here/9", "w2")]
    assert divided(run_of(signed, NAMES), {"x": "w1"}, {"x": ""}, itself) == set()
    names = NAMES | {"w2": "Li Li"}
    signed = [("here/0", "w1"), ("here/1", "w2"), ("there/0", "x"), ("there/1", "x")]
    assert divided(run_of(signed, names), {"x": "w1"}, {"x": ""}, itself) == set()


def test_parts_of_a_row_are_namesakes():
    names = {"w": "Wei Wang", "x": "Wei Wang"}
    signed = [(f"here/{n}", "w") for n in range(4)] + [(f"there/{n}", "x") for n in range(4)]
    persons = {"here/0/w": "p", "here/1/w": "p", "here/2/w": "q", "here/3/w": "q"}
    parts = [Part(one, "w", "Wei Wang", "Wei Wang") for one in "pq"]
    told = divided(run_of(signed, names, persons, parts), {"x": "p"}, {"x": ""}, itself)
    assert told == {"x"}


def paper(number, topic, iri, first):
    """A work as OpenAlex has it, by Wei Wang and by two of the company of that half."""
    half = "coast" if number < 3 else "craft"
    people = [
        (iri, "Wei Wang"),
        *((f"{half}{n}", f"{half.title()} Person{'AB'[n]}") for n in (0, 1)),
    ]
    return {
        "id": f"https://openalex.org/W{first + number}",
        "doi": f"https://doi.org/10.5555/{number}",
        "title": f"A study of {topic} in its {half} setting",
        "publication_year": 2010 + number,
        "type": "article",
        "authorships": [
            {"author": {"id": f"https://openalex.org/{one}", "display_name": name}}
            for one, name in people
        ],
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Six papers of a Wei Wang who was split into two of three papers each."""
    folder = tmp_path_factory.mktemp("divided")
    file = folder / "ours.jsonl"
    file.write_text(
        "".join(json.dumps(paper(n, t, "A1", 100)) + "\n" for n, t in enumerate(TOPICS))
    )
    pipeline.load(folder / "data", [file])
    resolve(folder / "data")
    with Generations(folder / "data").open() as reader:
        rows = reader.store.engine.query(
            f"SELECT ?r ?s WHERE {{ ?s <{terms.BY_AUTHOR}> ?r ; <{terms.PRINTED_NAME}> ?name ; "
            f"<{terms.OF_PUBLICATION}> ?p . ?p <{terms.YEAR}> ?year "
            'FILTER(?name = "Wei Wang" && xsd:integer(STR(?year)) < 2013) }',
            prefixes={"xsd": "http://www.w3.org/2001/XMLSchema#"},
            use_default_graph_as_union=True,
        )
        found = [(row["r"].value, row["s"].value) for row in rows]
    split(folder / "data", found[0][0], [one for _, one in found], by="Ann", reason="two CVs")
    return folder / "data"


@pytest.mark.parametrize(("papers", "verdict", "reason"), [(6, GREY, DIVIDED), (3, LINKED, "")])
def test_only_who_is_one_of_them_there_too_is_linked(data, tmp_path, papers, verdict, reason):
    file = tmp_path / "theirs.jsonl"
    works = [paper(n, t, "A77", 900) for n, t in enumerate(TOPICS)][:papers]
    file.write_text("".join(json.dumps(one) + "\n" for one in works))
    report = link(data, Source(file), dry_run=True)
    said = {(one.verdict, one.reason) for one in report.found if one.outside.endswith("/A77")}
    assert (verdict, reason) in said, said
    assert papers == 3 or LINKED not in {one for one, _ in said}
