"""The store seam: the same behaviour of the embedded and of a remote store."""

import socket
import threading
from contextlib import contextmanager

import pyoxigraph as ox
import pytest

from queries import formats
from queries.errors import (
    Broken,
    EndpointError,
    InvalidIri,
    StoreClosed,
    StoreError,
    Unsupported,
)
from queries.pool.answers import QueryFailed, QuerySyntaxError
from queries.remote import RemoteStore
from queries.store import EVERY_CAPABILITY, Capability, EmbeddedStore, select

EX = "http://example.org/"


def iri(name):
    return ox.NamedNode(EX + name)


def quad(subject, value, graph="g1"):
    return ox.Quad(iri(subject), iri("p"), ox.Literal(value), iri(graph))


def remote(url, **options):
    return RemoteStore(f"{url}/query", f"{url}/update", f"{url}/store", **options)


@pytest.fixture(params=["memory", "disk", "remote"])
def store(request, tmp_path):
    if request.param == "memory":
        opened = EmbeddedStore.memory()
    elif request.param == "disk":
        opened = EmbeddedStore.open(tmp_path / "store")
    else:
        opened = remote(request.getfixturevalue("oxigraph_union"), union=True)
        opened.update("DROP ALL")
    with opened:
        yield opened


def values(store, text, **options):
    return sorted(solution[0].value for solution in store.query(text, **options))


ALL = "SELECT ?o { ?s ?p ?o }"


def test_what_is_added_is_found_and_what_is_removed_is_gone(store):
    store.add([quad("a", "one"), quad("b", "two")])
    store.add([quad("a", "one")])
    assert values(store, ALL) == ["one", "two"]
    store.remove([quad("a", "one"), quad("c", "never there")])
    assert values(store, ALL) == ["two"]


def test_the_default_graph_is_the_union_of_all_graphs(store):
    store.add([quad("a", "one", "g1"), quad("b", "two", "g2")])
    store.update(f'INSERT DATA {{ <{EX}c> <{EX}p> "three" }}')
    assert values(store, ALL) == ["one", "three", "two"]


def test_a_dataset_given_beside_the_query_is_used_instead_of_the_union(store):
    store.add([quad("a", "one", "g1"), quad("b", "two", "g2"), quad("c", "three", "g3")])
    assert values(store, ALL, default_graphs=[EX + "g1", EX + "g3"]) == ["one", "three"]
    assert values(store, ALL, named_graphs=[EX + "g1"]) == []
    in_graph = "SELECT ?o { GRAPH ?g { ?s ?p ?o } }"
    assert values(store, in_graph, named_graphs=[EX + "g2"]) == ["two"]
    assert values(store, in_graph, default_graphs=[EX + "g2"]) == []


@pytest.mark.parametrize("kind", ["embedded", "remote"])
def test_a_from_clause_of_the_query_is_obeyed(kind, request):
    store = EmbeddedStore.memory()
    if kind == "remote":  # the plain one: with a union, `oxigraph serve` overrides FROM
        store = remote(request.getfixturevalue("oxigraph_plain"))
        store.update("DROP ALL")
    store.add([quad("a", "one", "g1"), quad("b", "two", "g2")])
    assert values(store, f"SELECT ?o FROM <{EX}g1> {{ ?s ?p ?o }}") == ["one"]
    assert values(store, f"SELECT ?o FROM NAMED <{EX}g1> {{ ?s ?p ?o }}") == []
    constructed = store.query(f"CONSTRUCT {{ ?s ?p ?o }} FROM <{EX}g2> WHERE {{ ?s ?p ?o }}")
    assert [triple.object.value for triple in constructed] == ["two"]


def test_each_form_of_query_has_its_kind_of_answer(store):
    store.add([quad("a", "one")])
    solutions = store.query(ALL)
    assert isinstance(solutions, ox.QuerySolutions)
    assert [variable.value for variable in solutions.variables] == ["o"]
    assert [solution["o"] for solution in solutions] == [ox.Literal("one")]
    assert store.query(f"ASK {{ <{EX}a> ?p ?o }}") is True
    assert store.query(f"ASK {{ <{EX}z> ?p ?o }}") is False
    expected = [ox.Triple(iri("a"), iri("p"), ox.Literal("one"))]
    assert list(store.query("CONSTRUCT WHERE { ?s ?p ?o }")) == expected
    assert list(store.query(f"DESCRIBE <{EX}a>")) == expected


def test_terms_of_every_kind_come_back_as_they_went(store):
    terms = [
        iri("é"),
        ox.Literal('a "quoted" \\ line\nwith\ttabs\r and \u0001'),
        ox.Literal("grüße", language="de"),
        ox.Literal("2016", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#gYear")),
        ox.Literal("\U0001f3f9 \u202eabc"),
        ox.Literal("\\u0022 . } #"),
    ]
    store.add(ox.Quad(iri("a"), iri("p"), term, iri("g")) for term in terms)
    found = {solution["o"] for solution in store.query(ALL)}
    assert found == set(terms)


def test_an_unbound_variable_is_none(store):
    store.add([quad("a", "one")])
    (solution,) = store.query("SELECT ?o ?x { ?s ?p ?o OPTIONAL { ?s ?p2 ?x FILTER(false) } }")
    assert solution["x"] is None


@pytest.mark.parametrize("entry", formats.of_kind("results"), ids=lambda entry: entry.name)
def test_a_table_comes_serialized_in_each_format(store, entry):
    store.add([quad("a", "one")])
    data = store.query_bytes(ALL, entry.media_type)
    if entry is formats.CSV:
        assert data == b"o\r\none\r\n"
    else:
        answer = ox.parse_query_results(data, format=entry.results)
        assert [solution["o"].value for solution in answer] == ["one"]


@pytest.mark.parametrize("entry", formats.of_kind("rdf"), ids=lambda entry: entry.name)
def test_a_graph_comes_serialized_in_each_format(store, entry):
    store.add([quad("a", "one")])
    data = store.query_bytes("CONSTRUCT WHERE { ?s ?p ?o }", entry.media_type)
    expected = [ox.Triple(iri("a"), iri("p"), ox.Literal("one"))]
    assert [quad.triple for quad in ox.parse(data, format=entry.rdf)] == expected


@pytest.mark.parametrize(
    "text", ["SELECT", "SELECT ?x { ?x ?p }", "", "ASK { <not absolute> ?p 1 }"]
)
def test_what_is_no_query_is_a_syntax_error_with_the_parsers_message(store, text):
    with pytest.raises(QuerySyntaxError, match="error at 1:"):
        store.query(text)
    with pytest.raises(QuerySyntaxError):
        store.query_bytes(text, "text/csv")


def test_an_update_that_does_not_parse_changes_nothing(store):
    with pytest.raises(QuerySyntaxError, match="expected"):
        store.update(f'INSERT DATA {{ <{EX}a> <{EX}p> "one" }} ; DELETE')
    assert values(store, ALL) == []


def test_an_update_that_fails_half_way_changes_nothing(store):
    store.add([quad("a", "one", "g1")])
    with pytest.raises((QueryFailed, EndpointError, QuerySyntaxError)):
        store.update(f'INSERT DATA {{ <{EX}b> <{EX}p> "two" }} ; CREATE GRAPH <{EX}g1>')
    assert values(store, ALL) == ["one"]


def test_a_lone_surrogate_is_a_syntax_error(store):
    with pytest.raises(QuerySyntaxError):
        store.query('ASK { ?s ?p "\ud800" }')


def test_replacing_a_graph_leaves_just_the_new_and_spares_the_others(store):
    store.add([quad("a", "one", "g1"), quad("b", "kept", "g1"), quad("c", "other", "g2")])
    new = [ox.Triple(iri("b"), iri("p"), ox.Literal("kept")), quad("d", "new").triple]
    assert store.replace_graph(EX + "g1", new) is True
    assert values(store, ALL) == ["kept", "new", "other"]


def test_replacing_a_graph_that_was_not_there_makes_it(store):
    text = f'<{EX}a> <{EX}p> "one" .\n'.encode()
    assert store.replace_graph(EX + "new", text) is False
    assert store.replace_graph(EX + "new", text) is True
    assert values(store, ALL) == ["one"]


def test_an_empty_graph_exists_until_it_is_removed(store):
    assert not store.has_graph(EX + "g1")
    assert store.replace_graph(EX + "g1", b"") is False
    assert store.has_graph(EX + "g1")
    assert store.remove_graph(EX + "g1") is True
    assert store.remove_graph(EX + "g1") is False
    assert not store.has_graph(EX + "g1")


def test_a_broken_document_leaves_the_graph_as_it_was(store):
    store.add([quad("a", "one", "g1")])
    with pytest.raises(SyntaxError, match="line 2"):
        store.replace_graph(EX + "g1", f'<{EX}a> <{EX}p> "two" .\n<broken'.encode())
    assert values(store, ALL) == ["one"]


@pytest.mark.parametrize("bad", ["relative", "http://example.org/a b", "", "http://x/> } DROP ALL"])
def test_what_is_no_iri_is_refused_by_name(store, bad):
    with pytest.raises(InvalidIri) as caught:
        store.has_graph(bad)
    assert caught.value.value == bad
    with pytest.raises(InvalidIri):
        store.query(ALL, default_graphs=[bad])


def test_select_wants_a_table(store):
    assert list(select(store, ALL)) == []
    with pytest.raises(StoreError, match="SELECT"):
        select(store, "ASK {}")


def test_a_store_says_what_it_cannot_do(tmp_path):
    assert EmbeddedStore.memory().capabilities == {Capability.UNION}
    with EmbeddedStore.open(tmp_path / "store") as on_disk:
        assert on_disk.capabilities == EVERY_CAPABILITY
    url = "http://127.0.0.1:1"
    assert remote(url).capabilities == frozenset()
    assert remote(url, union=True).capabilities == {Capability.UNION}


# The embedded store alone


def test_a_closed_store_says_so(tmp_path):
    store = EmbeddedStore.open(tmp_path / "store")
    store.close()
    with pytest.raises(StoreClosed):
        store.query(ALL)


def test_a_store_is_written_by_one_at_a_time(tmp_path):
    with EmbeddedStore.open(tmp_path / "store"), pytest.raises(Broken, match="store") as caught:
        EmbeddedStore.open(tmp_path / "store")
    assert caught.value.path == tmp_path / "store"


def test_a_folder_without_a_store_cannot_be_read(tmp_path):
    with pytest.raises(Broken, match="cannot be opened"):
        EmbeddedStore.open(tmp_path / "nothing", read_only=True)


def test_an_answer_has_a_format_of_its_own_kind():
    store = EmbeddedStore.memory()
    with pytest.raises(Unsupported, match="a table or a boolean"):
        store.query_bytes("ASK {}", "text/turtle")
    with pytest.raises(Unsupported, match="a graph"):
        store.query_bytes("CONSTRUCT WHERE { ?s ?p ?o }", "text/csv")
    with pytest.raises(Unsupported, match="application/pdf"):
        store.query_bytes("ASK {}", "application/pdf")


def test_documents_load_whole_or_not_at_all(tmp_path):
    store = EmbeddedStore.open(tmp_path / "store")
    with pytest.raises(SyntaxError):
        store.load(f'<{EX}a> <{EX}p> "one" . <broken', formats.TURTLE, graph=EX + "g")
    assert len(store) == 0
    store.load(f'<{EX}a> <{EX}p> "one" .', formats.TURTLE, graph=EX + "g")
    file = tmp_path / "more.nq"
    file.write_text(f'<{EX}b> <{EX}p> "two" <{EX}g> .\n')
    store.bulk_load(file, formats.N_QUADS)
    assert values(store, f"SELECT ?o {{ GRAPH <{EX}g> {{ ?s ?p ?o }} }}") == ["one", "two"]


# The remote store alone


def test_a_plain_endpoint_says_that_it_has_no_union(oxigraph_plain):
    store = remote(oxigraph_plain)
    store.update("DROP ALL")
    store.add([quad("a", "one")])
    with pytest.raises(Unsupported, match="union"):
        store.query(ALL)
    assert values(store, ALL, union=False) == []
    assert values(store, f"SELECT ?o FROM <{EX}g1> {{ ?s ?p ?o }}") == ["one"]
    assert values(store, ALL, default_graphs=[EX + "g1"]) == ["one"]


def test_an_endpoint_that_is_a_union_cannot_be_asked_without(oxigraph_union):
    with pytest.raises(Unsupported, match="always is the union"):
        remote(oxigraph_union, union=True).query(ALL, union=False)


def test_an_empty_dataset_cannot_be_asked_for_over_the_protocol(oxigraph_union):
    with pytest.raises(Unsupported, match="empty dataset"):
        remote(oxigraph_union, union=True).query(ALL, default_graphs=[])


def test_many_quads_go_in_several_requests(oxigraph_union, monkeypatch):
    monkeypatch.setattr("queries.remote.QUADS_A_REQUEST", 3)
    store = remote(oxigraph_union, union=True)
    store.update("DROP ALL")
    store.add(quad("a", str(number)) for number in range(10))
    assert len(values(store, ALL)) == 10


def test_blank_nodes_are_not_sent_as_their_labels_mean_nothing_elsewhere(oxigraph_union):
    with pytest.raises(StoreError, match="only IRIs and literals"):
        remote(oxigraph_union).add([ox.Quad(ox.BlankNode("b"), iri("p"), iri("o"), iri("g"))])


def test_an_endpoint_without_update_or_graph_store_says_so():
    store = RemoteStore("http://127.0.0.1:1/query")
    with pytest.raises(Unsupported, match="update"):
        store.update("DROP ALL")
    with pytest.raises(Unsupported, match="graph store"):
        store.has_graph(EX)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "127.0.0.1:80", "ftp://x/", "http:///query"])
def test_an_endpoint_is_an_absolute_http_url(url):
    with pytest.raises(EndpointError) as caught:
        RemoteStore(url)
    assert caught.value.url == url


@contextmanager
def answering(*chunks, hold=False):
    """The URL of a server that answers one request with these bytes, then hangs up, or holds."""
    released = threading.Event()
    requests = []

    def serve():
        with listener.accept()[0] as client:
            requests.append(client.recv(65536))
            for chunk in chunks:
                client.sendall(chunk)
            if hold:
                released.wait(10)
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/", requests
        finally:
            released.set()
            thread.join()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"
BODY = b'{"head":{"vars":["o"]},"results":{"bindings":[]}}'


def length(number):
    return b"Content-Length: %d\r\n\r\n" % number


BROKEN = {
    "nothing at all": ([], "broke off"),
    "not HTTP": ([b"SSH-2.0-OpenSSH_9.2\r\n"], "broke off"),
    "a body cut short": ([HEAD, length(len(BODY) + 9), BODY], "broke off 9 bytes early"),
    "chunks cut short": ([HEAD, b"Transfer-Encoding: chunked\r\n\r\n", b"ff\r\n{"], "broke off"),
    "JSON cut short": ([HEAD, length(len(BODY) - 9), BODY[:-9]], "is broken"),
    "not JSON": ([HEAD, length(5), b"<xml>"], "is broken"),
    "a page": ([HEAD.replace(b"application/sparql-results+json", b"text/html"), length(2), b"hi"],
               "answered in text/html"),
    "a redirect": ([b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n", length(0)], "302"),
    "a refusal": ([b"HTTP/1.1 503 Busy\r\n", length(9), b"come\nback"], "503 come back"),
}  # fmt: skip


@pytest.mark.parametrize(("chunks", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_an_error_and_never_a_result(chunks, reason):
    with answering(*chunks) as (url, _), pytest.raises(EndpointError, match=reason) as caught:
        RemoteStore(url, union=True).query(ALL)
    assert caught.value.url == url


def test_a_status_stands_on_the_error():
    with answering(b"HTTP/1.1 401 No\r\n", length(0)) as (url, _):
        with pytest.raises(EndpointError) as caught:
            RemoteStore(url, union=True).query(ALL)
        assert caught.value.status == 401


def test_a_silent_endpoint_is_left_after_the_timeout():
    with answering(hold=True) as (url, _), pytest.raises(EndpointError, match=r"within 0\.05 s"):
        RemoteStore(url, union=True, timeout=0.05).query(ALL)


def test_a_larger_answer_than_wanted_is_not_read_to_its_end():
    reason = "larger than 10 bytes"
    whole = (HEAD, length(len(BODY)), BODY)
    with answering(*whole) as (url, _), pytest.raises(EndpointError, match=reason):
        RemoteStore(url, union=True, answer_bytes=10).query(ALL)


def test_an_answer_in_another_type_than_asked_for_is_an_error():
    reason = "answered in application/sparql-results"
    whole = (HEAD, length(len(BODY)), BODY)
    with answering(*whole) as (url, _), pytest.raises(EndpointError, match=reason):
        RemoteStore(url, union=True).query_bytes(ALL, "text/csv")


def test_headers_given_by_the_operator_go_with_each_request():
    with answering(HEAD, length(len(BODY)), BODY) as (url, requests):
        store = RemoteStore(url, union=True, headers={"Authorization": "Bearer secret"})
        assert list(store.query(ALL)) == []
    assert b"Authorization: Bearer secret" in requests[0]
    assert "secret" not in repr(store)


def test_parameters_are_added_to_a_url_that_has_some():
    with answering(HEAD, length(len(BODY)), BODY) as (url, requests):
        RemoteStore(f"{url}sparql?key=1").query(ALL, default_graphs=[EX + "g?a&b"])
    expected = b"POST /sparql?key=1&default-graph-uri=http%3A%2F%2Fexample.org%2Fg%3Fa%26b HTTP"
    assert requests[0].startswith(expected)


def test_an_endpoint_that_is_not_there_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(EndpointError, match="refused"):
        RemoteStore(f"http://127.0.0.1:{port}/", union=True).query(ALL)
