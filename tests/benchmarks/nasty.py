"""What is thrown at a SPARQL endpoint: queries, updates and uploads made to do harm.

Texts and bytes only. `attacks.py` measures what becomes of them, `tests/test_attacks.py` holds our
server to it.
"""

from collections.abc import Iterator
from itertools import pairwise

# bracket -> the query around it, what opens one level, what closes one
BRACKETS = {
    "groups": ("SELECT * {}{}", "{", "}"),
    "OPTIONAL": ("SELECT * {{ ?s ?p ?o {}{} }}", "OPTIONAL{", "}"),
    "sub-selects": ("SELECT * {{ {}{{}}{} }}", "{SELECT*", "}"),
    "MINUS": ("SELECT * {{ ?s ?p ?o {}{} }}", "MINUS{?s ?p ?o ", "}"),
    "GRAPH": ("SELECT * {{ {}{} }}", "GRAPH ?g{", "}"),
    "EXISTS": ("SELECT * {{ FILTER {}EXISTS{{}}{} }}", "EXISTS{FILTER ", "}"),
    "UNION": ("SELECT * {{ {}{{}} }}", "{?s ?p ?o}UNION", ""),
    "parentheses": ("SELECT * {{ FILTER({}1{}) }}", "(", ")"),
    "!": ("SELECT * {{ FILTER({}1) }}", "!", ""),
    "unary minus": ("SELECT * {{ FILTER({}1{}) }}", "-(", ")"),
    "&&": ("SELECT * {{ FILTER({}1) }}", "1&&", ""),
    "||": ("SELECT * {{ FILTER({}0) }}", "0||", ""),
    "+": ("SELECT * {{ FILTER({}1) }}", "1+", ""),
    "IF": ("SELECT * {{ BIND({}1{} AS ?x) }}", "IF(1,", ",1)"),
    "functions": ("SELECT * {{ BIND({}1{} AS ?x) }}", "ABS(", ")"),
    "IN": ("SELECT * {{ FILTER({}1{}) }}", "1 IN(", ")"),
    "path groups": ("SELECT * {{ ?s {}<x:p>{} ?o }}", "(", ")"),
    "path inverses": ("SELECT * {{ ?s {}<x:p>{} ?o }}", "^(", ")"),
    "path stars": ("SELECT * {{ ?s {}<x:p>{} ?o }}", "(", ")*"),
    "path alternatives": ("SELECT * {{ ?s {}<x:p> ?o }}", "<x:p>|", ""),
    "path sequences": ("SELECT * {{ ?s {}<x:p> ?o }}", "<x:p>/", ""),
    "collections": ("SELECT * {{ ?s ?p {}1{} }}", "(", ")"),
    "property lists": ("SELECT * {{ ?s ?p {}1{} }}", "[ ?p ", "]"),
    "triple terms": ("SELECT * {{ ?s ?p {}1{} }}", "<<(?s ?p ", ")>>"),
}


def nested(bracket: str, levels: int) -> str:
    """A query with so many levels of the bracket."""
    around, left, right = BRACKETS[bracket]
    return around.format(left * levels, right * levels)


def _chain(count: int, step: str) -> str:
    return " ".join(step.format(n, n + 1) for n in range(count))


_JOIN = "?a ?b ?c . ?d ?e ?f"
_THREE = f"{_JOIN} . ?g ?h ?i"
_SIX = f"{_THREE} . ?j ?k ?l . ?m ?n ?o . ?p ?q ?r"

QUERIES = {
    "count of a 3-way cross join": f"SELECT (COUNT(*) AS ?count) {{ {_THREE} }}",
    "count of a 6-way cross join": f"SELECT (COUNT(*) AS ?count) {{ {_SIX} }}",
    "ORDER BY over a cross join": f"SELECT * {{ {_JOIN} }} ORDER BY ?c ?f",
    "DISTINCT over a cross join": f"SELECT DISTINCT ?a ?c ?d ?f {{ {_JOIN} }}",
    "GROUP BY over a cross join": f"SELECT ?a ?f (COUNT(*) AS ?n) {{ {_JOIN} }} GROUP BY ?a ?f",
    "rows without end": f"SELECT * {{ {_THREE} }}",
    "triples without end": f"CONSTRUCT {{ ?a ?e ?i }} WHERE {{ {_THREE} }}",
    "300 triple patterns": "SELECT * {" + ".".join(f"?s{n} ?p{n} ?o{n}" for n in range(300)) + "}",
    "300 patterns about one subject": "SELECT * {"
    + ".".join(f"?s ?p{n} ?o{n}" for n in range(300))
    + "}",
    "300 OPTIONALs": "SELECT * { ?s ?p ?o "
    + " ".join(f"OPTIONAL {{ ?s ?p{n} ?o{n} }}" for n in range(300))
    + "}",
    "a string doubled 40 times": 'SELECT (STRLEN(?s40) AS ?n) { BIND("0123456789" AS ?s0) '
    + _chain(40, "BIND(CONCAT(?s{0},?s{0}) AS ?s{1})")
    + "}",
    "REPLACE that multiplies": 'SELECT (STRLEN(?s12) AS ?n) { BIND("aaaaaaaaaaaaaaaa" AS ?s0) '
    + _chain(12, 'BIND(REPLACE(?s{0},"a","aaaaaaaaaaaaaaaa") AS ?s{1})')
    + "}",
    "GROUP_CONCAT of a cross join": 'SELECT (GROUP_CONCAT(?c; separator="----------") AS ?n) {'
    f" {_JOIN} }}",
    "a regular expression of 8,100 million states": "SELECT * { ?s ?p ?o FILTER REGEX(STR(?o), "
    '"((((a{0,300}){0,300}){0,300}){0,300})") }',
    "a backtracking regular expression on each pair": f"SELECT * {{ {_JOIN} "
    'FILTER REGEX(CONCAT(STR(?c),STR(?f)), "^(([a-z0-9:/.#-])+.)+([A-Z]([a-z])+)+$") }',
    "a path of everything, twice": "SELECT (COUNT(*) AS ?n) { ?a (<x:p>|!<x:q>)* ?b . "
    "?b (<x:p>|!<x:q>)* ?c }",
    "stars upon stars": "SELECT (COUNT(*) AS ?n) { ?a ((((!<x:p>)*)*)*)* ?b }",
    "5 MB of VALUES": "SELECT * { VALUES ?x {"
    + " ".join(map(str, range(1_000_000, 1_600_000)))
    + "} }",
    "1 MB of VALUES, crossed": "SELECT (COUNT(*) AS ?n) { VALUES ?x {"
    + " ".join(map(str, range(100_000, 170_000)))
    + "} VALUES ?y {"
    + " ".join(map(str, range(100_000, 170_000)))
    + "} }",
}

# What is sent as the body of a direct query, being no text.
GARBAGE = {
    "invalid UTF-8": b'SELECT * { ?s ?p "\xff\xfe\xc3\x28" }',
    "a surrogate in UTF-8": b'SELECT * { ?s ?p "\xed\xa0\x80" }',
    "NUL": b"ASK {\x00}",
    "UTF-16": "ASK {}".encode("utf-16"),
}

SERVICES = (
    "ASK {{ SERVICE {0} {{ ?s ?p ?o }} }}",
    "ASK {{ SERVICE SILENT {0} {{ ?s ?p ?o }} }}",
    "ASK {{ sErViCe#\n{0}{{ ?s ?p ?o }} }}",
    "ASK {{ ?s ?p ?o FILTER EXISTS {{ SERVICE {0} {{ ?a ?b ?c }} }} }}",
    "ASK {{ ?s ?p ?o FILTER NOT EXISTS {{ SERVICE SILENT {0} {{ ?a ?b ?c }} }} }}",
    "ASK {{ {{ SELECT * {{ SERVICE {0} {{ ?s ?p ?o }} }} }} }}",
    "ASK {{ OPTIONAL {{ SERVICE {0} {{ ?a ?b ?c }} }} }}",
    "ASK {{ {{}} UNION {{ SERVICE {0} {{ ?s ?p ?o }} }} }}",
    "ASK {{ ?s ?p ?o MINUS {{ SERVICE {0} {{ ?s ?p ?o }} }} }}",
    "ASK {{ GRAPH ?g {{ SERVICE {0} {{ ?s ?p ?o }} }} }}",
    "CONSTRUCT {{ ?s ?p ?o }} WHERE {{ SERVICE {0} {{ ?s ?p ?o }} }}",
    "DESCRIBE ?s WHERE {{ SERVICE {0} {{ ?s ?p ?o }} }}",
    "ASK {{ BIND({0} AS ?x) SERVICE ?x {{ ?s ?p ?o }} }}",
    "ASK {{ VALUES ?x {{ {0} }} SERVICE ?x {{ ?s ?p ?o }} }}",
    "PREFIX x: {0} ASK {{ SERVICE x: {{ ?s ?p ?o }} }}",
    "BASE {0} ASK {{ SERVICE <> {{ ?s ?p ?o }} }}",
    "ASK {{ FILTER(1<'a>b') SERVICE {0} {{ ?s ?p ?o }} }}",
    "ASK {{ \\u0053ERVICE {0} {{ ?s ?p ?o }} }}",
)
LOADS = (
    "LOAD {0}",
    "LOAD SILENT {0}",
    "LOAD {0} INTO GRAPH <http://e/g>",
    "INSERT DATA {{ <x:a> <x:b> <x:c> }} ; LOAD {0}",
    "PREFIX x: {0} LOAD x:",
    "INSERT {{ <x:a> <x:b> ?o }} WHERE {{ SERVICE {0} {{ ?s ?p ?o }} }}",
    "DELETE {{ ?s ?p ?o }} WHERE {{ SERVICE SILENT {0} {{ ?s ?p ?o }} }}",
    "DELETE {{ ?s ?p ?o }} INSERT {{ ?s ?p ?o }} WHERE "
    "{{ ?s ?p ?o FILTER EXISTS {{ SERVICE {0} {{ ?a ?b ?c }} }} }}",
)
# The loopback by its names.
HOSTS = (
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f000001",
    "127.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
)

UPDATES = {
    "INSERT of a cross join": f"INSERT {{ ?a ?e ?i }} WHERE {{ GRAPH ?x {{ {_THREE} }} }}",
    "an update nested 100,000 times": "INSERT DATA { <x:s> <x:p> "
    + "(" * 100_000
    + ")" * 100_000
    + " }",
    "a pattern nested 100,000 times": "DELETE { ?s ?p ?o } WHERE " + "{" * 100_000 + "}" * 100_000,
    "CLEAR ALL": "CLEAR ALL",
}


def _laughs() -> str:
    """An entity of entities of entities: 3 kB that stand for 10 GB."""
    names = [f"lol{n}" for n in range(10)]
    entities = ['<!ENTITY lol0 "lollollollol">']
    entities += [f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise(names)]
    return _xml("".join(entities), "&lol9;")


def _xml(entities: str, text: str) -> str:
    return (
        f"<?xml version='1.0'?><!DOCTYPE r [{entities}]>"
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:x='http://e/'>"
        f"<rdf:Description rdf:about='http://e/s'><x:p>{text}</x:p></rdf:Description></rdf:RDF>"
    )


def _deep_xml(levels: int) -> str:
    left = "<rdf:Description><x:p>" * levels
    return _xml("", left + "</x:p></rdf:Description>" * levels)


TURTLE, XML, JSON = "text/turtle", "application/rdf+xml", "application/ld+json"


def uploads(canary: int) -> Iterator[tuple[str, str, bytes]]:
    """Name, media type and body; some would have the canary's port called."""
    there = f"http://127.0.0.1:{canary}/"
    found = {
        "XML entities that multiply": (XML, _laughs()),
        "an XML entity that reads a file": (
            XML,
            _xml('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"),
        ),
        "an XML entity that calls a server": (XML, _xml(f'<!ENTITY x SYSTEM "{there}">', "&x;")),
        "a DTD that calls a server": (XML, _xml(f'<!ENTITY % x SYSTEM "{there}"> %x;', "")),
        "XML nested 100,000 times": (XML, _deep_xml(100_000)),
        "Turtle lists nested 100,000 times": (
            TURTLE,
            "<x:s> <x:p> " + "(" * 100_000 + ")" * 100_000 + " .",
        ),
        "Turtle nodes nested 100,000 times": (
            TURTLE,
            "<x:s> <x:p> " + "[<x:p> " * 100_000 + "1" + "]" * 100_000 + " .",
        ),
        "JSON-LD nested 100,000 times": (
            JSON,
            '{"http://e/p":' * 100_000 + "1" + "}" * 100_000,
        ),
        "JSON-LD with a context elsewhere": (JSON, f'{{"@context":"{there}","a":1}}'),
        "a literal that never ends": (TURTLE, '<x:s> <x:p> "' + "a" * 20_000_000),
        "Turtle that is no UTF-8": (TURTLE, b'<x:s> <x:p> "\xff\xfe" .'),
    }
    for name, (media_type, body) in found.items():
        yield name, media_type, body.encode() if isinstance(body, str) else body
