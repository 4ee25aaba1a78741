"""Triple Pattern Fragments: `/fragments?subject=&predicate=&object=`, a page of triples at a time.

A page holds the data in its default graph, and in a graph of its own what it is: how many triples
match, where the next page is, and the form by which every other fragment is asked for (Hydra).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox
from flask import Blueprint, Response, request

from ontology import terms
from queries import formats
from queries.binding import Term
from queries.formats import N_TRIPLES, Format
from queries.pool.answers import Request
from server.context import RESULTS, Row, Service, rows, service
from server.negotiate import choose
from server.pages.frame import page, short
from server.problems import Problem

blueprint = Blueprint("fragments", __name__)

HYDRA = "http://www.w3.org/ns/hydra/core#"
SIZE = 100  # triples of a page, as in page.rq
TRIES = 3  # a page and a count of two generations do not fit: both are asked for again
COUNTED = 200_000  # matches counted one by one, as in count.rq; beyond, an estimate
LONGEST = 8000
LETTERS = 300  # of a literal on the page
PARTS = ("subject", "predicate", "object")
# Datasets before graphs: only they keep data and controls apart.
OFFERS = (formats.TRIG, formats.HTML, formats.JSON_LD, formats.N_QUADS, *formats.of_kind("rdf"))
PREFIXES = terms.PREFIXES | {"hydra": HYDRA}
_LITERAL = re.compile(r'"(?P<text>.*)"(?:@(?P<lang>[A-Za-z0-9-]+)|\^\^<?(?P<type>[^<>]*)>?)?', re.S)
_LIMIT = re.compile(r"\bLIMIT 200001\b")
_PLACE = re.compile(r"\bLIMIT 100\nOFFSET 0\b")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One triple pattern; a part that is None may be anything."""

    subject: Term | None
    predicate: Term | None
    object: Term | None

    @property
    def bindings(self) -> dict[str, Term]:
        """The parts that are something."""
        found = {name: getattr(self, name) for name in PARTS}
        return {name: term for name, term in found.items() if term is not None}

    @property
    def query(self) -> str:
        """The pattern as a query string, as clients write it."""
        return urlencode({name: written(term) for name, term in self.bindings.items()})


@dataclass(frozen=True, slots=True)
class Fragment:
    """A page of what matches a pattern, and how many match in all."""

    pattern: Pattern
    number: int
    total: int
    exact: bool
    triples: list[ox.Triple]

    @property
    def goes_on(self) -> bool:
        full = len(self.triples) == SIZE
        return full and (not self.exact or self.number * SIZE < self.total)


@blueprint.route("/fragments")
def fragments() -> Response:
    """The fragment that the address asks for."""
    held = service()
    chosen = choose(OFFERS, request.headers.getlist("Accept"), request.args.get("format", ""))
    found = _found(held, _pattern(), _number())
    if chosen.offer is formats.HTML:
        response = _html(found)
    else:
        body = _body(held, found, chosen.offer)
        response = Response(body, content_type=chosen.offer.content_type)
    response.set_etag(held.snapshot.etag(chosen.media_type), weak=True)
    response.vary.add("Accept")
    response.headers["Cache-Control"] = "public, no-cache"
    return response.make_conditional(request)  # type: ignore[return-value]


def _html(found: Fragment) -> Response:
    """The page for people: each part of a triple leads to the fragment about it."""
    asked = found.pattern.bindings
    cells = [
        [
            (_shown(term), urlencode({name: written(term)}))
            for name, term in zip(PARTS, _terms(triple), strict=True)
        ]
        for triple in found.triples
    ]
    around = {"previous": found.number - 1, "next": found.number + 1}
    links = {name: _page("", found.pattern, number)[1:] for name, number in around.items()}
    fields = [(name, written(asked[name]) if name in asked else "") for name in PARTS]
    return page("fragments.html", fragment=found, cells=cells, fields=fields, **links)


def _terms(triple: ox.Triple) -> list[Term]:
    """The parts of a triple; what has no name outside its store stands as text."""
    parts = (triple.subject, triple.predicate, triple.object)
    return [
        one if isinstance(one, (ox.NamedNode, ox.Literal)) else ox.Literal(str(one))
        for one in parts
    ]


def _shown(term: Term) -> str:
    if isinstance(term, ox.NamedNode):
        return short(term.value)
    more = "…" if len(term.value) > LETTERS else ""
    return f"{term.value[:LETTERS]}{more}"


# --- asking


def _pattern() -> Pattern:
    given = {name: request.args.get(name, "").strip() for name in PARTS}
    for name, text in given.items():
        if len(text) > LONGEST:
            raise _wrong(name, f"has {len(text)} characters; at most {LONGEST} are taken")
    return Pattern(
        _iri("subject", given["subject"]),
        _iri("predicate", given["predicate"]),
        _term(given["object"]),
    )


def _iri(name: str, text: str) -> ox.NamedNode | None:
    """An IRI, with or without brackets; nothing for a variable or where nothing is said."""
    if not text or text.startswith(("?", "_:")):
        return None
    try:
        return ox.NamedNode(_whole(text))
    except ValueError:
        raise _wrong(name, f"{text[:120]!r} is no IRI") from None


def _whole(text: str) -> str:
    """The IRI of a prefixed name such as rdf:type, or of what is in brackets, as nothing else is.

    `rdf:type` is an IRI as well, but one of a scheme that does not exist, and nobody means it.
    """
    prefix, colon, local = text.partition(":")
    if colon and prefix in terms.PREFIXES and not local.startswith("//"):
        return terms.PREFIXES[prefix] + local
    return text.removeprefix("<").removesuffix(">")


def _term(text: str) -> Term | None:
    if not text.startswith('"'):
        return _iri("object", text)
    found = _LITERAL.fullmatch(text)
    if found is None:
        raise _wrong("object", f"{text[:120]!r} is no literal")
    try:
        if found["lang"]:
            return ox.Literal(found["text"], language=found["lang"])
        kind = ox.NamedNode(found["type"]) if found["type"] else None
        return ox.Literal(found["text"], datatype=kind)
    except ValueError as error:
        raise _wrong("object", f"{text[:120]!r}: {error}") from None


def written(term: Term) -> str:
    """A term as clients of fragments write it."""
    if isinstance(term, ox.NamedNode):
        return term.value
    if term.language:
        return f'"{term.value}"@{term.language}'
    plain = term.datatype.value == terms.XSD_STRING
    return f'"{term.value}"' if plain else f'"{term.value}"^^{term.datatype.value}'


def _number() -> int:
    text = request.args.get("page", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise _wrong("page", f"{text[:40]!r} is not the number of a page")
    return int(text)


def _wrong(name: str, reason: str) -> Problem:
    return Problem(400, f"{name}: {reason}", cause="parameter")


# --- finding


def _found(held: Service, pattern: Pattern, number: int) -> Fragment:
    """The page and the count, both from one generation."""
    for _ in range(TRIES):
        page, generation = _page_of(held, pattern, number)
        counted = held.pool.run(_request(held, pattern, "count", _LIMIT, f"LIMIT {COUNTED + 1:d}"))
        if counted.generation == generation:
            break
    triples = [quad.triple for quad in ox.parse(page, N_TRIPLES.rdf)]
    total, exact = _total(held, pattern, rows(counted.body.read()))
    return Fragment(pattern, number, total, exact, triples)


def _page_of(held: Service, pattern: Pattern, number: int) -> tuple[bytes, int]:
    """The lines of a page, and the generation that they are of."""
    known = held.snapshot.number
    kept = held.walks.page((known, pattern.query), number)
    if kept is not None:
        return kept, known
    first, count = (1, 1) if number == 1 else held.walks.wanted((known, pattern.query), number)
    part = f"LIMIT {count * SIZE:d}\nOFFSET {(first - 1) * SIZE:d}"
    answer = held.pool.run(_request(held, pattern, "page", _PLACE, part))
    lines = answer.body.read().splitlines(keepends=True)
    pages = [b"".join(lines[start : start + SIZE]) for start in range(0, len(lines), SIZE)]
    if number > 1 and pages:  # who turns the page turns the next ones too
        held.walks.keep((answer.generation, pattern.query), first, pages)
    place = number - first
    return pages[place] if place < len(pages) else b"", answer.generation


def _request(
    held: Service, pattern: Pattern, name: str, mark: re.Pattern[str], limit: str
) -> Request:
    """A query of ours, with this in the place of its limit."""
    return Request(
        mark.sub(limit, held.catalogue.get(f"fragments/{name}").text),
        results=RESULTS,
        graph=N_TRIPLES.media_type,
        bindings=pattern.bindings,
        client=request.remote_addr or "",
    )


def _total(held: Service, pattern: Pattern, counted: list[Row]) -> tuple[int, bool]:
    """How many match, and whether that is exact; beyond what is counted, what is known of all."""
    count = _number_of(counted)
    if count <= COUNTED:
        return count, True
    bound = pattern.bindings
    if not bound:
        graphs = held.snapshot.counts.get("graphs")
        return max(count, sum(graphs.values()) if isinstance(graphs, dict) else 0), False
    if set(bound) == {"predicate"}:
        known = held.query("fragments/estimate", predicate=written(bound["predicate"]))
        return max(count, _number_of(known)), False
    return count, False


def _number_of(table: list[Row]) -> int:
    value = table[0].get("count") if table else None
    return int(value.value) if isinstance(value, ox.Literal) else 0


# --- telling


def _body(held: Service, found: Fragment, form: Format) -> bytes:
    """Data and controls: in graphs of their own where the format has graphs."""
    address = _address(held)
    asked = request.query_string.decode("latin-1")
    here = f"{address}?{asked}" if asked else address
    controls = _controls(address, here, found)
    if not form.datasets:
        body = ox.serialize([*found.triples, *controls], format=form.rdf, prefixes=PREFIXES)
    else:
        graph = ox.NamedNode(f"{address}#metadata")
        quads = [ox.Quad(one.subject, one.predicate, one.object) for one in found.triples]
        quads += [ox.Quad(one.subject, one.predicate, one.object, graph) for one in controls]
        body = ox.serialize(quads, format=form.rdf, prefixes=PREFIXES)
    assert body is not None
    return body


def _address(held: Service) -> str:
    """Where the fragments are, as the client sees it: clients follow what they are told."""
    base = held.iris.base
    same = urlsplit(base).netloc == request.host
    return f"{base if same else request.host_url}fragments"


def _controls(address: str, here: str, found: Fragment) -> Iterator[ox.Triple]:
    """What the page is, how large its fragment, and how to ask for others."""
    fragment = f"{address}?{found.pattern.query}" if found.pattern.bindings else address
    dataset, form = f"{address}#dataset", f"{address}#form"
    yield _said(f"{address}#metadata", f"{terms.FOAF}primaryTopic", here)
    yield _said(dataset, terms.TYPE, f"{HYDRA}Collection")
    yield _said(dataset, terms.TYPE, terms.VOID_DATASET)
    yield _said(dataset, f"{terms.VOID}subset", fragment)
    yield _said(dataset, f"{HYDRA}search", form)
    template = f"{address}{{?{','.join(PARTS)}}}"
    yield _said(form, f"{HYDRA}template", template, False)
    yield _said(form, f"{HYDRA}variableRepresentation", f"{HYDRA}ExplicitRepresentation")
    for name in PARTS:
        yield _said(form, f"{HYDRA}mapping", f"{address}#{name}")
        yield _said(f"{address}#{name}", f"{HYDRA}variable", name, False)
        yield _said(f"{address}#{name}", f"{HYDRA}property", f"{terms.RDF}{name}")
    yield _said(fragment, terms.TYPE, f"{HYDRA}Collection")
    yield _said(fragment, f"{terms.VOID}subset", here)
    yield _said(fragment, f"{HYDRA}view", here)
    yield _count(fragment, f"{terms.VOID}triples", found.total)
    yield _count(fragment, f"{HYDRA}totalItems", found.total)
    yield _count(fragment, f"{HYDRA}itemsPerPage", SIZE)
    if here != fragment:
        yield _said(here, terms.TYPE, f"{HYDRA}PartialCollectionView")
    for relation, number in _pages(found):
        yield _said(here, f"{HYDRA}{relation}", _page(address, found.pattern, number))


def _pages(found: Fragment) -> Iterator[tuple[str, int]]:
    yield "first", 1
    if found.number > 1:
        yield "previous", found.number - 1
    if found.goes_on:
        yield "next", found.number + 1


def _page(address: str, pattern: Pattern, number: int) -> str:
    return f"{address}?{'&'.join(filter(None, (pattern.query, f'page={number}')))}"


def _said(subject: str, predicate: str, value: str, iri: bool = True) -> ox.Triple:
    term = ox.NamedNode(value) if iri else ox.Literal(value)
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), term)


def _count(subject: str, predicate: str, value: int) -> ox.Triple:
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.Literal(value))
