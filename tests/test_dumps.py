"""Dumps: what is in the files, what is said of them, and how they are served."""

import gzip
import hashlib
import re
import subprocess

import pyoxigraph as ox
import pytest
import rdflib
from click.testing import CliRunner

from queries import formats
from queries.description import dumps
from queries.generations import Generations
from server.cli import main
from tests.servers import CHECKOUT, publish

BASE = "http://localhost:8000/"
LIBRARY = CHECKOUT / "tests" / "data" / "trig" / "library.trig"
VOID, DCAT = "http://rdfs.org/ns/void#", dumps.DCAT


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder with two sources' worth of graphs and a graph of a user's."""
    data = tmp_path_factory.mktemp("dumps") / "data"
    user = b"\n<http://e/notes?x=\xc3\xa9> { <http://e/s> <http://e/p> 'a\"b\\n' }\n"
    publish(data, LIBRARY.read_bytes() + user)
    return data


@pytest.fixture(scope="module")
def out(data):
    """A dump made by the command, where the server looks for it."""
    done = CliRunner().invoke(main, ["dump", "--data", str(data), "--quiet"])
    assert done.exit_code == 0, done.output
    return data / "dump"


def read(path):
    form = formats.by_file_name(path.name.removesuffix(".gz"), ("rdf",))
    return set(ox.parse(gzip.decompress(path.read_bytes()), form.rdf))


def held(data):
    with Generations(data).open() as reader:
        return set(reader.store.engine)


def names(out, start):
    return sorted(path for path in out.iterdir() if path.name.startswith(start))


def test_the_whole_graph_in_every_format(data, out):
    quads = held(data)
    triples = {ox.Quad(*quad.triple, ox.DefaultGraph()) for quad in quads}
    found = names(out, "all.")
    assert len(found) == len(dumps.FORMATS) == 6
    for path in found:
        expected = quads if path.name.split(".")[1] in ("nq", "trig", "jsonld") else triples
        assert read(path) == expected, path.name


def test_each_graph_in_every_format(data, out):
    quads = held(data)
    graphs = {quad.graph_name for quad in quads}
    expected = {frozenset(quad.triple for quad in quads if quad.graph_name == g) for g in graphs}
    for form in dumps.FORMATS:
        found = [p for p in names(out, "graph-") if p.name.endswith(f"{form.suffixes[0]}.gz")]
        assert {frozenset(quad.triple for quad in read(path)) for path in found} == expected
        if form.datasets:
            assert {quad.graph_name for path in found for quad in read(path)} == graphs


def test_files_are_named_for_their_graphs(out):
    assert (out / "graph-source.handmade.nq.gz").is_file()
    assert (out / "graph-links.ttl.gz").is_file()


def test_sums_are_those_of_the_files(out):
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=out)
    assert done.returncode == 0
    assert len((out / "SHA256SUMS").read_text().splitlines()) == len(names(out, "")) - 2
    assert (out / "SHA256SUMS").read_text().splitlines()[0].endswith("all.nq.gz")


def test_description_has_size_and_sum_of_every_file(out):
    store = ox.Store()
    store.load(path=str(out / "index.ttl"))
    found = store.query(f"""
        PREFIX dcat: <{DCAT}> PREFIX spdx: <{dumps.SPDX}>
        SELECT ?place ?size ?sum WHERE {{
          ?about dcat:distribution ?file ; <{VOID}dataDump> ?place .
          ?file dcat:downloadURL ?place ; dcat:byteSize ?size ;
            spdx:checksum [ spdx:checksumValue ?sum ]
        }}""")
    rows = {row["place"].value: (int(row["size"].value), row["sum"].value) for row in found}
    for path in (*names(out, "all."), *names(out, "graph-")):
        body = path.read_bytes()
        assert rows.pop(f"{BASE}dump/{path.name}") == (len(body), hashlib.sha256(body).hexdigest())
    assert not rows


def test_same_graph_gives_the_same_bytes(data, out, tmp_path):
    CliRunner().invoke(main, ["dump", "--data", str(data), "--out", str(tmp_path / "a" / "b")])
    again = (tmp_path / "a" / "b" / "SHA256SUMS").read_text()
    assert again == (out / "SHA256SUMS").read_text()


def test_some_formats_and_a_dump_in_the_place_of_another(data, tmp_path):
    to = tmp_path / "dump"
    for form in ("nq", "ttl"):
        done = CliRunner().invoke(
            main, ["dump", "--data", str(data), "--out", str(to), "--format", form]
        )
        assert done.exit_code == 0
        assert [path.name for path in names(to, "all.")] == [f"all.{form}.gz"]
    assert [path.name for path in tmp_path.iterdir()] == ["dump"]


def test_a_folder_with_something_else_is_left_alone(data, tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    done = CliRunner().invoke(main, ["dump", "--data", str(data), "--out", str(tmp_path)])
    assert done.exit_code == 1
    assert "no dump" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_what_a_format_cannot_hold_is_left_out_and_said(tmp_path):
    publish(
        tmp_path / "data",
        f"<{BASE}graph/user/g> {{ <http://e/s> <http://e/1> 1 }}"
        f"<{BASE}graph/links> {{ <http://e/s> <http://e/p> 1 }}",
    )
    args = ["dump", "--data", str(tmp_path / "data"), "--format", "rdf"]
    done = CliRunner().invoke(main, args)
    assert done.exit_code == 1
    assert "all.rdf.gz: RDF/XML has no name for the property <http://e/1>" in done.output
    out = tmp_path / "data" / "dump"
    assert [path.name for path in names(out, "graph-")] == ["graph-links.rdf.gz"]
    assert not names(out, "all.")


def test_characters_that_xml_cannot_carry_are_said_and_line_ends_kept(tmp_path):
    data = tmp_path / "data"
    trig = """<http://e/s> <http://e/p> "a\\u0007b" .
        GRAPH <http://localhost:8000/graph/links> { <http://e/s> <http://e/p> "one\\rtwo" }"""
    publish(data, trig)
    done = CliRunner().invoke(main, ["dump", "--data", str(data), "--format", "rdf"])
    assert "all.rdf.gz: a value has the character U+0007, which XML cannot carry" in done.output
    out = data / "dump"
    assert not names(out, "all.")
    written = gzip.decompress((out / "graph-links.rdf.gz").read_bytes())
    triples = rdflib.Graph().parse(data=written, format="xml")
    assert [str(value) for value in triples.objects()] == ["one\rtwo"]


def test_a_graph_that_was_emptied_has_no_file(tmp_path):
    links = ox.NamedNode(f"{BASE}graph/links")
    left = ox.NamedNode(f"{BASE}graph/source/unloaded")
    with Generations(tmp_path).write() as draft:
        draft.meta["base"] = BASE
        draft.store.engine.add(ox.Quad(links, links, links, links))
        draft.store.engine.add_graph(left)
        draft.publish()
    with Generations(tmp_path).open() as reader:
        dumps.dump(reader, tmp_path / "dump", [formats.N_QUADS])
    assert [path.name for path in names(tmp_path / "dump", "graph-")] == ["graph-links.nq.gz"]


def test_unknown_format_is_wrong_usage(data):
    args = ["dump", "--data", str(data), "--format", "png"]
    assert CliRunner().invoke(main, args).exit_code == 2


def test_dumps_are_served_and_described(serving, data, out):
    with serving(data, workers=1) as served:
        reply = served.get("/dump/all.nq.gz")
        assert (reply.status, reply.media_type) == (200, "application/gzip")
        assert reply.headers["Content-Encoding"] is None
        assert reply.body == (out / "all.nq.gz").read_bytes()
        part = served.get("/dump/all.nq.gz", Range="bytes=10-19")
        assert (part.status, part.body) == (206, reply.body[10:20])
        tag = reply.headers["ETag"]
        assert served.get("/dump/all.nq.gz", If_None_Match=tag).status == 304
        page = served.get("/dump", "text/html")
        assert page.media_type == "text/html"
        assert {f"dump/{path.name}" for path in names(out, "all.")} <= set(
            re.findall(r'href="\./(dump/all[^"]+)"', page.text)
        )
        assert served.get("/dump/SHA256SUMS").text == (out / "SHA256SUMS").read_text()
        assert set(ox.parse(served.get("/dump", "text/turtle").body, ox.RdfFormat.TURTLE)) == set(
            ox.parse((out / "index.ttl").read_bytes(), ox.RdfFormat.TURTLE)
        )
        void = served.get("/.well-known/void", "application/n-triples").text
        for path in names(out, "all."):
            assert f"<{BASE}> <{VOID}dataDump> <{BASE}dump/{path.name}> ." in void


@pytest.mark.parametrize(
    "name", ["../meta.json", "..%2fcurrent%2fmeta.json", "all.png.gz", "%2e%2e/lock", ""]
)
def test_only_dumps_are_served(library, name):
    assert library.get(f"/dump/{name}").status == 404
    assert "dataDump" not in library.get("/.well-known/void", "text/turtle").text
