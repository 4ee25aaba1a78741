"""Query engines of others ask the demo's graph: pandas by sparql-dataframe, and Comunica.

Comunica is installed, from the lock file in `engines`, only where QUIVER_REQUIRE names `engines`
or QUIVER_ENGINES is a folder that has it: that takes most of a minute.
"""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.conftest import REQUIRED, SMALL, missing, program
from tests.servers import CHECKOUT, publish, running_server

Q = "https://w3id.org/quiver/ontology#"
PREFIXES = f"PREFIX q: <{Q}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
# One bibliography's questions: who wrote most, and with whom.
PRODUCTIVE = f"""{PREFIXES}
SELECT ?name (COUNT(?paper) AS ?papers) WHERE {{
  ?paper q:authoredBy ?person . ?person rdfs:label ?name
}} GROUP BY ?person ?name ORDER BY DESC(?papers) ?name LIMIT 20"""
YEARS = f"""{PREFIXES}
SELECT ?year (COUNT(?paper) AS ?papers) WHERE {{ ?paper q:authorsFrom ?member ; q:year ?year }}
GROUP BY ?year ORDER BY ?year"""
DATED = f"""{PREFIXES}
SELECT (COUNT(?paper) AS ?papers) WHERE {{ ?paper q:authorsFrom ?member ; q:year ?year }}"""
BY_MANY = f"""{PREFIXES}
SELECT ?paper WHERE {{ ?paper q:authoredBy ?person }}
GROUP BY ?paper ORDER BY DESC(COUNT(?person)) ?paper LIMIT 1"""
CLEAN_INSTALL = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
CLEAN_INSTALL += ["--fetch-retries=1", "--fetch-timeout=15000"]
INSTALL_SECONDS, ASK_SECONDS = 240, 120


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A server of the demo's graph."""
    data = tmp_path_factory.mktemp("engines") / "data"
    quiver = [program("quiver"), "demo", "--no-serve", "--data", str(data)]
    subprocess.run(quiver, check=True, capture_output=True)
    with running_server(data) as served:
        yield served


def rows(served, text):
    """What the server itself says."""
    found = served.query(text).json()
    names = found["head"]["vars"]
    return [tuple(row[name]["value"] for name in names) for row in found["results"]["bindings"]]


@pytest.fixture(scope="module")
def dataframe():
    """sparql-dataframe, with the pandas that it needs."""
    try:
        import sparql_dataframe
    except ImportError:
        missing("engines", "sparql-dataframe is not installed")
    return sparql_dataframe


@pytest.fixture(scope="module")
def comunica(tmp_path_factory):
    """`comunica(source…, query)` gives the rows of a SELECT as dicts."""
    node = program("node") if "engines" not in REQUIRED else shutil.which("node")
    if node is None or shutil.which("npm") is None:
        missing("engines", "there is no Node.js with npm here")
    folder = Path(os.environ.get("QUIVER_ENGINES") or _installed(tmp_path_factory))
    script = folder / "node_modules" / "@comunica" / "query-sparql" / "bin" / "query.js"

    def ask(*words):
        done = subprocess.run(
            [node, script, *words, "-t", "application/sparql-results+json"],
            capture_output=True,
            text=True,
            timeout=ASK_SECONDS,
            env={name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in found]

    return ask


def _installed(factory):
    """A folder with the packages of the lock file: made once, for all processes of a test run."""
    if "engines" not in REQUIRED:
        missing("engines", "QUIVER_REQUIRE does not ask for Comunica, nor is it at QUIVER_ENGINES")
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "comunica"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(CHECKOUT / "tests" / "engines" / name, folder)
            npm = [shutil.which("npm"), *CLEAN_INSTALL]
            done = subprocess.run(
                npm, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS
            )
            if done.returncode:
                missing("engines", f"npm ci failed: {done.stderr[-500:]}")
            (folder / "done").touch()
    return folder


def test_pandas_draws_up_who_wrote_most(dataframe, demo):
    frame = dataframe.get(f"{demo.url}/sparql", PRODUCTIVE)
    assert [(name, str(n)) for name, n in frame.itertuples(index=False)] == rows(demo, PRODUCTIVE)
    assert frame.iloc[0]["name"] == "Sergey Levine"
    assert frame["papers"].is_monotonic_decreasing


def test_pandas_adds_up_papers_by_year(dataframe, demo):
    frame = dataframe.get(f"{demo.url}/sparql", YEARS, post=True)
    ((total,),) = rows(demo, DATED)
    assert frame["papers"].sum() == int(total)
    assert frame.set_index("year")["papers"].idxmax() in range(2010, 2030)


def test_comunica_finds_the_endpoint_and_counts_papers_by_year(comunica, demo):
    found = comunica(f"{demo.url}/sparql", YEARS)
    assert [(row["year"], row["papers"]) for row in found] == rows(demo, YEARS)


def test_comunica_joins_a_document_with_the_endpoint(comunica, demo):
    ((paper,),) = rows(demo, BY_MANY)
    document = f"{demo.url}/doc/{paper.partition('/id/')[2]}.ttl"
    # The document says who signed; the endpoint knows how much else each of them wrote.
    text = f"""{PREFIXES}
        SELECT ?person (COUNT(DISTINCT ?other) AS ?others) WHERE {{
          <{paper}> q:authoredBy ?person . ?other q:authoredBy ?person
        }} GROUP BY ?person"""
    found = comunica(document, f"sparql@{demo.url}/sparql", text)
    assert {(row["person"], row["others"]) for row in found} == set(rows(demo, text))
    assert len(found) > 5


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    """A small graph in two servers: what its sources say in one, what was derived in the other."""
    whole = ox.Store()
    whole.load(path=str(SMALL))
    folder = tmp_path_factory.mktemp("halves")
    for name in ("sources", "derived"):
        part = ox.Store()
        inside = name == "sources"
        part.extend(q for q in whole if inside == ("graph/source/" in q.graph_name.value))
        publish(folder / name, part.dump(format=ox.RdfFormat.TRIG))
    with running_server(folder / "sources") as one, running_server(folder / "derived") as other:
        yield whole, one, other


def test_comunica_federates_two_quivers_as_if_they_were_one_store(comunica, halves):
    whole, sources, derived = halves
    text = f"""{PREFIXES}
        SELECT ?name ?title WHERE {{
          ?paper q:authoredBy ?person ; q:canonical ?paper .
          ?person rdfs:label ?name . ?paper rdfs:label ?title
        }}"""
    found = comunica(f"{sources.url}/fragments", f"sparql@{derived.url}/sparql", text)
    merged = whole.query(text, use_default_graph_as_union=True)
    expected = sorted((row["name"].value, row["title"].value) for row in merged)
    assert len(expected) > 3
    assert sorted((row["name"], row["title"]) for row in found) == expected
    alone = comunica(f"{sources.url}/fragments", text)
    assert alone == []  # neither has the answer by itself


def test_comunica_counts_by_fragments_alone(comunica, halves):
    whole, sources, _ = halves
    text = f"""{PREFIXES}
        SELECT ?name ?year WHERE {{
          ?signature q:ofPublication ?paper ; q:printedName ?name . ?paper q:year ?year
        }}"""
    found = comunica(f"{sources.url}/fragments", text)
    merged = whole.query(text, use_default_graph_as_union=True)
    expected = sorted((row["name"].value, row["year"].value) for row in merged)
    assert sorted((row["name"], row["year"]) for row in found) == expected


def test_lock_file_names_no_registry():
    folder = CHECKOUT / "tests" / "engines"
    packages = json.loads((folder / "package-lock.json").read_text())["packages"]
    assert not any("resolved" in package for package in packages.values())
    assert packages["node_modules/undici"]["version"].startswith("7.")
