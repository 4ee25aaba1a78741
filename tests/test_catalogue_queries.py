"""The catalogue's queries, each with the rows it must give on `data/graph/small.trig`."""

import json
import re
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from ontology import terms
from queries.catalogue import Catalogue
from queries.generations import Generations
from queries.store import EmbeddedStore

BASE = "http://localhost:8000/id/"
GRAPH = Path(__file__).parent / "data" / "graph" / "small.trig"
ONTOLOGY = Path(terms.__file__).parent / "quiver.ttl"

ADA = "author/ada-quill-aaaaaaaaaa33"
ADA_LEAF = "author/ada-quill-aaaaaaaaaa22"
ADA_B = "author/ada-b-quill-aaaaaaaaaa44"
ADA_2 = "author/ada-quill-0002-aaaaaaaaaa55"
BO = "author/bo-fletch-bbbbbbbbbb33"
CY = "author/cy-nock-cccccccccc33"
DEE = "author/dee-shaft-dddddddddd33"
EVE = "author/eve-nib-eeeeeeeeee33"
EVE_MARKUP = "author/eve-b-nib-b-eeeeeeeeee22"
RUTH = "author/ffffffffff33"
WEI = "author/wei-bow-wwwwwwwwww33"
WEI_PART = "author/wei-bow-wwwwwwwwww44"
STRAIGHT = "publication/straight-flight-pppppppppa33"
STRAIGHT_LEAF = "publication/straight-flight-pppppppppa22"
BOWS = "publication/b-bold-b-bows-scripts-pppppppppb22"
CURVED = "publication/curved-flight-pppppppppc33"
CURVED_WORKSHOP = "publication/curved-flight-pppppppppd33"
BROKEN = "publication/broken-string-pppppppppe33"
ANCIENT = "publication/ancient-quivers-pppppppppf33"
FLETCHERS = "venue/fletchers-vvvvvvvvva22"
WORKSHOP = "venue/bowyers-workshop-vvvvvvvvvb22"
JOURNAL = "venue/journal-of-arrows-vvvvvvvvvc22"
LEAF = "source/leaf-aaaaaaaaaa2l"
BRANCH = "source/branch-bbbbbbbbbb2l"

MARKUP_TITLE = "<b>Bold</b> Bows & <script>alert(1)</script>"
MARKUP_NAME = "Eve <b>Nib</b> & Sons"


@pytest.fixture(scope="module")
def store():
    with EmbeddedStore.memory() as made:
        made.engine.load(path=str(GRAPH))
        made.engine.load(
            path=str(ONTOLOGY), to_graph=NamedNode("http://localhost:8000/graph/ontology")
        )
        yield made


def plain(term):
    """A term as the expectations write it: below the base, a number, or text."""
    if term is None:
        return None
    if isinstance(term, NamedNode):
        return term.value.removeprefix(BASE)
    if term.datatype.value.endswith(("integer", "double", "decimal")):
        return float(term.value)
    return {"true": True, "false": False}.get(term.value, term.value)


def rows(store, name, /, **values):
    query = Catalogue.bundled().get(name)
    values = {key: BASE + v if v.split("/")[0] in KINDS else v for key, v in values.items()}
    found = store.query(query.text, bindings=query.bind(values))
    names = [variable.value for variable in found.variables]
    return [tuple(plain(row[column]) for column in names) for row in found]


KINDS = ("author", "publication", "venue", "source")

EXPECTED = [
    ("most-cited", {}, []),  # with citations: test_citations.py
    ("links-by-graph", {}, []),  # with links: test_linking.py
    (
        "what-is-here",
        {},
        [
            ("publications as sources describe them", 7),
            ("publications after joining", 6),
            ("author rows, and parts of rows", 14),
            ("people and groups after joining", 11),
            ("names", 10),
            ("venues", 3),
            ("signatures: one name on one publication", 18),
            ("sources", 2),
        ],
    ),
    (
        "papers-of-person",
        {"person": ADA_LEAF, "since": "2017"},
        [
            (CURVED, 2019, "Curved Flight", "Journal of Arrows"),
            (BOWS, 2018, MARKUP_TITLE, "Bowyers Workshop"),
        ],
    ),
    (
        "co-authors",
        {"person": ADA_LEAF},
        [
            (BO, "Bo Fletch", 2, 2016, 2019),
            (CY, "Cy Nock", 1, 2019, 2019),
            (EVE_MARKUP, MARKUP_NAME, 1, 2018, 2018),
            (RUTH, "רות חץ", 1, 2016, 2016),
        ],
    ),
    (
        "positions",
        {"person": ADA},
        [
            (CURVED, 2019, "Curved Flight", 3, 3),
            (BOWS, 2018, MARKUP_TITLE, None, 2),
            (STRAIGHT, 2016, "Straight flight.", 1, 3),
        ],
    ),
    ("papers-per-year", {"person": ADA_B}, [(2016, 1), (2018, 1), (2019, 1)]),
    (
        "venues-of-person",
        {"person": ADA},
        [
            (WORKSHOP, "Bowyers Workshop", 1, 2018, 2018),
            (FLETCHERS, "Fletchers", 1, 2016, 2016),
            (JOURNAL, "Journal of Arrows", 1, 2019, 2019),
        ],
    ),
    (
        "shared-papers",
        {"a": ADA_LEAF, "b": BO},
        [(CURVED, 2019, "Curved Flight"), (STRAIGHT, 2016, "Straight flight.")],
    ),
    ("papers-in-venue", {"venue": FLETCHERS, "year": "2016"}, [(STRAIGHT, "Straight flight.")]),
    ("venue-per-year", {"venue": FLETCHERS}, [(2016, 1), (2020, 1)]),
    (
        "authors-of-venue",
        {"venue": WORKSHOP},
        [
            (ADA, "Ada Quill", 1, 2018, 2018),
            (CY, "Cy Nock", 1, 2018, 2018),
            (DEE, "Dee Shaft", 1, 2018, 2018),
            (EVE_MARKUP, MARKUP_NAME, 1, 2018, 2018),
        ],
    ),
    (
        "papers-with-doi",
        {"doi": "https://doi.org/10.5555/STRAIGHT"},
        [(STRAIGHT, "Straight flight.", STRAIGHT, "branch")],
    ),
    (
        "persons-under-name",
        {"name": "Ada Quill"},
        [(ADA, "Ada Quill", 2, 3), (ADA_2, "Ada Quill 0002", 1, 1)],
    ),
    ("only-in-source", {"source": LEAF}, [(BOWS, 2018, MARKUP_TITLE)]),
    (
        "why-merged",
        {"entity": STRAIGHT},
        [
            (
                STRAIGHT_LEAF,
                STRAIGHT,
                "same",
                0.995,
                "evidence: authors",
                1.7,
                "match/mmmmmmmmmf22",
            ),
            (STRAIGHT_LEAF, STRAIGHT, "same", 0.995, "evidence: prior", -3, "match/mmmmmmmmmf22"),
            (STRAIGHT_LEAF, STRAIGHT, "same", 0.995, "evidence: title", 5.2, "match/mmmmmmmmmf22"),
            (STRAIGHT_LEAF, STRAIGHT, "same", 0.995, "evidence: year", 1.4, "match/mmmmmmmmmf22"),
        ],
    ),
    (
        "kept-apart",
        {"entity": ADA_LEAF},
        [(ADA_2, "Ada Quill 0002", "different", 0.02, "two homonym suffixes", True)],
    ),
    ("kept-apart", {"entity": EVE}, [(EVE_MARKUP, MARKUP_NAME, "grey", 0.55, None, True)]),
    (
        "names-of-person",
        {"person": ADA},
        [("Ada Quill", "leaf", 2), ("Ada B. Quill", "branch", 1), ("Ada Quill", "branch", 1)],
    ),
    (
        "joined-rows",
        {"person": ADA},
        [
            (ADA, "Ada Quill", "branch", True),
            (ADA_B, "Ada B. Quill", "branch", False),
            (ADA_LEAF, "Ada Quill", "leaf", False),
        ],
    ),
    (
        "most-papers",
        {},
        [
            (ADA, "Ada Quill", 3),
            (BO, "Bo Fletch", 2),
            (CY, "Cy Nock", 2),
            (DEE, "Dee Shaft", 2),
            (ADA_2, "Ada Quill 0002", 1),
            (EVE_MARKUP, MARKUP_NAME, 1),
            (EVE, "Eve Nib", 1),
            (WEI, "Wei Bow", 1),
            (WEI_PART, "Wei Bow", 1),
            (RUTH, "רות חץ", 1),
        ],
    ),
    (
        "versions",
        {"publication": CURVED_WORKSHOP},
        [
            (CURVED_WORKSHOP, 2018, "Curved Flight", "Bowyers Workshop"),
            (CURVED, 2019, "Curved Flight", "Journal of Arrows"),
        ],
    ),
    (
        "declared-and-held",
        {},
        [(BRANCH, "branch", None, 5, None, 10), (LEAF, "leaf", 3, 2, 2, 3)],
    ),
    ("papers-by-year", {}, [(2001, 1), (2016, 1), (2018, 2), (2019, 1), (2020, 1)]),
    ("overlap-of-sources", {}, [("branch", "leaf", 1)]),
    (
        "team-size",
        {},
        [(2001, 1, 2, 2), (2016, 1, 3, 3), (2018, 2, 2, 2), (2019, 1, 3, 3), (2020, 1, 3, 3)],
    ),
    (
        "single-authors",
        {},
        [(2001, 1, 0, 0), (2016, 1, 0, 0), (2018, 2, 0, 0), (2019, 1, 0, 0), (2020, 1, 0, 0)],
    ),
    ("first-and-last", {"person": ADA}, [("first", 1), ("last", 1), ("unknown", 1)]),
    ("first-and-last", {"person": BO}, [("between", 2)]),
    ("first-and-last", {"person": WEI_PART}, [("unknown", 1)]),  # last of a list that was cut off
    ("co-author-growth", {"person": ADA_B}, [(2016, 2, 2), (2018, 1, 3), (2019, 1, 4)]),
    (
        "gaps-in-source",
        {"source": LEAF},
        [(2001, 0, 1), (2016, 1, 0), (2018, 1, 1), (2019, 0, 1), (2020, 0, 1)],
    ),
    ("productivity", {}, [(1, 6), (2, 3), (3, 1)]),
    (
        "shared-venues",
        {"a": ADA, "b": BO},
        [(FLETCHERS, "Fletchers", 1, 1), (JOURNAL, "Journal of Arrows", 1, 1)],
    ),
    (
        "circles",
        {"a": ADA_LEAF, "b": CY},
        [
            (BO, "Bo Fletch", 2, 1),
            (ADA, "Ada Quill", 0, 1),
            (CY, "Cy Nock", 1, 0),
            (DEE, "Dee Shaft", 0, 1),
            (EVE_MARKUP, MARKUP_NAME, 1, 0),
            (RUTH, "רות חץ", 1, 0),
        ],
    ),
    ("newcomers", {"venue": FLETCHERS}, [(2016, 3, 3), (2020, 3, 3)]),
    ("doi-coverage", {}, [(BRANCH, "branch", 5, 2, 40), (LEAF, "leaf", 2, 0, 0)]),
    ("orcid-coverage", {}, [(BRANCH, "branch", 10, 1, 10), (LEAF, "leaf", 3, 0, 0)]),
    ("one-doi-several-papers", {}, []),
]


@pytest.mark.parametrize(
    ("name", "values", "expected"), EXPECTED, ids=[f"{e[0]}-{n}" for n, e in enumerate(EXPECTED)]
)
def test_rows(store, name, values, expected):
    found = rows(store, name, **values)
    if name == "most-papers":  # two of one name and one count come in either order
        found, expected = sorted(found, key=str), sorted(expected, key=str)
    assert found == expected


STEP = (STRAIGHT, "Straight flight.")
C, D, B = (CURVED, "Curved Flight"), (CURVED_WORKSHOP, "Curved Flight"), (BROKEN, "Broken String")


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (ADA_LEAF, BO, [(1, C), (1, STEP)]),
        (ADA_LEAF, DEE, [(2, C, (CY, "Cy Nock"), D)]),
        (ADA_LEAF, EVE, [(3, C, (CY, "Cy Nock"), D, (DEE, "Dee Shaft"), B)]),
        (
            RUTH,
            EVE,
            [
                (4, STEP, (ADA, "Ada Quill"), C, (CY, "Cy Nock"), D, (DEE, "Dee Shaft"), B),
                (4, STEP, (BO, "Bo Fletch"), C, (CY, "Cy Nock"), D, (DEE, "Dee Shaft"), B),
            ],
        ),
        (ADA, ADA_LEAF, []),
        (ADA, ADA_2, []),
    ],
    ids=["shared paper", "through one", "through two", "through three", "oneself", "out of reach"],
)
def test_paths_are_the_shortest_with_their_papers(store, a, b, expected):
    found = rows(store, "paths", a=a, b=b)
    flat = [(path[0], *(part for pair in path[1:] for part in pair)) for path in expected]
    assert [tuple(cell for cell in row if cell is not None) for row in found] == flat


def test_every_query_of_the_catalogue_is_tested():
    tested = {name for name, _, _ in EXPECTED} | {"paths", "bibliography"}
    assert {query.name for query in Catalogue.bundled()} == tested


def test_a_paper_counts_once_for_each_of_its_authors(store):
    text = """PREFIX q: <https://w3id.org/quiver/ontology#>
    SELECT ?a (COUNT(?p) AS ?n) (COUNT(DISTINCT ?p) AS ?once) { ?p q:authoredBy ?a } GROUP BY ?a"""
    found = [(row["n"].value, row["once"].value) for row in store.query(text)]
    assert len(found) == 10
    assert all(many == once for many, once in found)


def test_no_query_walks_same_as_paths():
    joined = [q.name for q in Catalogue.bundled() if "owl:sameAs" in q.text]
    # One asks whether anything was joined, the other of links to other graphs.
    assert sorted(joined) == ["links-by-graph", "overlap-of-sources"]
    assert not any("sameAs*" in q.text or "sameAs+" in q.text for q in Catalogue.bundled())


ANSWERS = json.loads((Path(__file__).parent / "data" / "answers" / "demo.json").read_text())
NAMED = {"person": "author", "a": "author", "b": "author", "venue": "venue", "source": "source"}


@pytest.fixture(scope="module")
def demo_store(demo):
    with Generations(demo.data).open() as reader:
        yield reader.store


def named(store, base, param, text):
    """The IRI that a value of the file means: one below the base, or what has the label."""
    kind = NAMED.get(param, "author") if param != "publication" else ""
    if "/" in text or not kind:
        return base + text
    asked = f"""SELECT ?one WHERE {{ ?row <{terms.LABEL}> "{text}" ; <{terms.Q}canonical> ?one }}"""
    if kind in ("venue", "source"):
        asked = f"""SELECT ?one WHERE {{ ?one <{terms.LABEL}> "{text}" }}"""
    found = {row["one"].value for row in store.query(asked)}
    return next(iri for iri in sorted(found) if iri.startswith(f"{base}{kind}/"))


def tied(text, names, rows):
    """Whether the order leaves any two rows to chance, and with them pages and an answer's hash."""
    ordered = re.search(r"^ORDER BY (.*)$", text, re.MULTILINE)
    keys = re.findall(r"\?(\w+)", ordered[1]) if ordered else []
    places = [names.index(key) for key in keys if key in names]
    return bool(places) and len({tuple(row[at] for at in places) for row in rows}) < len(rows)


@pytest.mark.parametrize("answer", ANSWERS, ids=[one["query"] for one in ANSWERS])
def test_what_the_demo_answers(demo, demo_store, answer):
    """The rows were computed without SPARQL, from statements and files, where `checked` is true."""
    query, base = Catalogue.bundled().get(answer["query"]), f"{demo.base}id/"
    types = {param.name: param.type for param in query.params}
    values = {
        name: named(demo_store, base, name, text) if types[name] == "iri" else text
        for name, text in answer["values"].items()
    }
    found = demo_store.query(query.text, bindings=query.bind(values))
    if query.makes_graph:
        assert len(set(found)) == answer["triples"]
        return
    names = [variable.value for variable in found.variables]
    rows = [[short(row[name], base) for name in names] for row in found]
    assert len(rows) == answer["rows"]
    assert not tied(query.text, names, rows)
    assert rows[:5] == answer.get("first", rows[:5])


def short(term, base):
    return term.value.removeprefix(base) if isinstance(term, NamedNode) else plain(term)


def test_the_demo_is_asked_every_query_of_the_catalogue_and_there_are_thirty():
    assert {one["query"] for one in ANSWERS} == {query.name for query in Catalogue.bundled()}
    assert len(Catalogue.bundled()) >= 30
    assert sum(one.get("checked", False) for one in ANSWERS) >= 25
