"""Finding SERVICE and LOAD: every call, and no word that only looks like one."""

import pytest

from queries.pool.outreach import OutreachRefused, calls, refuse
from tests.conftest import sampled

X = "<http://example.org/sparql>"


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * {{ SERVICE {X} {{ ?s ?p ?o }} }}",
        f"select * {{ service silent {X} {{ ?s ?p ?o }} }}",
        f"ASK {{ SERVICE{X}{{}} }}",
        f"ASK {{ SERVICESILENT{X}{{}} }}",
        f"ASK {{ # a comment\nSERVICE # another\n {X}\n{{}} }}",
        f"ASK {{ FILTER EXISTS {{ SERVICE {X} {{}} }} }}",
        f"ASK {{ {{ SELECT * {{ SERVICE {X} {{}} }} }} }}",
        f"ASK {{ ?s ?p trueSERVICE {X} {{}} }}",
        f"ASK {{ ?s ?p 1SERVICE {X} {{}} }}",
        f"ASK {{ FILTER(1<'a>b') SERVICE {X} {{ ?s ?p '1' }} }}",
        f"ASK {{ FILTER(1<2)SERVICE {X} {{}} }}",
        f"ASK {{ FILTER(?a<?b#>'\n) SERVICE {X} {{ ?s ?p '1' }} }}",
        f'ASK {{ ?s ?p "a\\"b", """x"y""" SERVICE {X} {{}} }}',
        f"ASK {{ ?s ?p 'it''s' SERVICE {X} {{}} }}",
        f"ASK {{ \\u0053ERVICE {X} {{}} }}",
        f"ASK {{ ?s ?service ?x . SERVICE {X} {{}} }}",
    ],
)
def test_service_is_found(text):
    assert {call.iri for call in calls(text)} == {"http://example.org/sparql"}


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("ASK { SERVICE ?where {} }", "?where"),
        ("ASK { SERVICE $where {} }", "$where"),
        ("PREFIX ex: <http://x/> ASK { SERVICE ex:a {} }", "ex:a"),
        ("PREFIX : <http://x/> ASK { SERVICE:a{} }", ":a"),
        ("ASK { ?s ?p 1.SERVICE:a{} }", ":a"),
        ("ASK { FILTER(1<2)SERVICE:a#>\n{} }", ":a"),
        ("BASE <http://x/> ASK { SERVICE <a> {} }", "<a>"),
        ("ASK { SERVICE <http://x/\\u0061> {} }", "<http://x/\\u0061>"),
    ],
)
def test_target_that_is_no_plain_iri_is_found_and_has_none(text, target):
    found = next(call for call in calls(text) if call.target == target)
    assert found.iri is None
    with pytest.raises(OutreachRefused):
        refuse(text, {"http://x/a", "a"})


@pytest.mark.parametrize(
    "text",
    [
        f"ASK {{ ?s ?p ?o }} # SERVICE {X} {{}}",
        f"ASK {{ # SERVICE {X} {{}}\n ?s ?p ?o }}",
        f'ASK {{ ?s ?p "SERVICE {X} {{}}" }}',
        f"ASK {{ ?s ?p 'SERVICE {X} {{}}' }}",
        f'ASK {{ ?s ?p """a "SERVICE" SERVICE {X} {{}}""" }}',
        f"ASK {{ ?s ?p '''it's SERVICE {X} {{}}''' }}",
        f'ASK {{ ?s ?p "a\\" SERVICE {X} {{}}" }}',
        "ASK { ?s <http://example.org/service> ?o { ?o ?p ?q } }",
        "ASK { GRAPH <http://example.org/service> { ?s ?p ?o } }",
        "PREFIX ex: <http://x/> ASK { ?s ex:service ?x { ?x ?p ?o } }",
        "PREFIX ex: <http://x/> ASK { ?s a ex:Service . ex:service ex:p ?y }",
        "SELECT ?service ?name { ?service ?p ?name }",
        "SELECT $service $name { $service ?p ?name }",
        "SELECT ?x { ?x ?services ?y }",
        "ASK { ?s ?p 'x'@service }",
        "ASK { FILTER(?a < ?b && ?c > ?d) }",
        "ASK { ?s ?p ?o FILTER(?o < 5) } # LOAD <http://x/>",
    ],
)
def test_what_only_looks_like_a_call_is_none(text):
    assert list(calls(text, update=True)) == []


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <http://example.org/a>",
        "load silent <http://example.org/a> into graph <http://x/>",
        "CLEAR ALL;LOAD<http://example.org/a>",
        "PREFIX ex: <http://x/>LOAD # here\n<http://example.org/a>",
    ],
)
def test_load_is_found_in_updates(text):
    assert [call.iri for call in calls(text, update=True)] == ["http://example.org/a"]


def test_silent_is_told():
    text = f"ASK {{ SERVICE SILENT {X} {{}} SERVICE {X} {{}} }}"
    assert [call.silent for call in calls(text)] == [True, False]


def test_listed_targets_pass_and_one_other_refuses():
    listed = f"ASK {{ SERVICE {X} {{}} }}"
    refuse(listed, {"http://example.org/sparql"})
    with pytest.raises(OutreachRefused, match="SERVICE <http://other/> is not allowed"):
        refuse(listed + " # } ASK { SERVICE <http://x/> {}\n SERVICE <http://other/> {}", {X[1:-1]})


# Read again from each keyword, or each quote, any of these takes hours.
LONG = {
    "comments": "service #" * 30_000,
    "letters": "service" * 40_000,
    "one comment, many lines": "service#" * 20_000 + "\n \n" * 20_000,
    "names": "service" * 20_000 + ":" + "a" * 100_000,
    "strings that never end": 'service \\"""\n' * 20_000,
    "quotes on one line": "service" + '\\"' * 100_000,
    "dots": "service " + "a." * 100_000,
    "code points of code points": "service \\u005C" + "u005C" * 50_000,
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", sampled(LONG, "comments", "strings that never end", "dots"))
def test_long_texts_are_read_once(name):
    assert not list(calls(LONG[name], update=True))


@pytest.mark.parametrize("name", sampled(LONG, "letters", "quotes on one line"))
def test_a_call_behind_a_long_text_is_found(name):
    assert list(calls(f"{LONG[name]}\n\n SERVICE <http://a/> {{", update=True))
