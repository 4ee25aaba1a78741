"""The frame of every page: the blueprint, relative links, and what templates may call.

A page links relatively, from where it stands, so that a copy can be browsed at any address.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from flask import Blueprint, Response, g, render_template, request
from markupsafe import Markup, escape
from werkzeug.security import safe_join

from ontology import terms
from queries.errors import NoData
from server.context import Service, service
from server.problems import Problem
from server.typesetting import prose, typeset

PREFIXES = {
    terms.Q: "q",
    terms.RDF: "rdf",
    terms.RDFS: "rdfs",
    terms.OWL: "owl",
    terms.XSD: "xsd",
    terms.DCTERMS: "dcterms",
    terms.FOAF: "foaf",
    terms.PROV: "prov",
    terms.VOID: "void",
    terms.SCHEMA: "schema",
    terms.SKOS: "skos",
    terms.DBLP: "dblp",
}
STATIC = Path(__file__).parent.parent / "static"
STATIC_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WEB = ("http", "https")
LETTERS = 600  # of a value that a statement shows

blueprint = Blueprint("pages", __name__)


def page(template: str, /, **values: Any) -> Response:
    """A page as a response; never older than the generation that it shows."""
    response = Response(
        render_template(template, **values), content_type="text/html; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-cache"
    return response


def likes_json() -> bool:
    """Whether Accept likes JSON better than a page: a program that asks for what a page shows."""
    given = request.accept_mimetypes
    return given.best_match(["text/html", "application/json"], "text/html") == "application/json"


@blueprint.route("/static/<path:name>")
def static(name: str) -> Response:
    """A file of the pages: small, so it goes out from memory, with its hash as validator."""
    path = safe_join(str(STATIC), name)
    if path is None or not Path(path).is_file():
        raise Problem(404, f"there is no file {name[:200]}")
    body = Path(path).read_bytes()
    response = Response(body, content_type=STATIC_TYPES.get(Path(path).suffix, "text/plain"))
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.set_etag(sha256(body).hexdigest()[:16])
    return response.make_conditional(request)  # type: ignore[return-value]


@cache
def version() -> str:
    """What changes when a style or script changes, so that browsers fetch it anew."""
    files = sorted(STATIC.glob("*.*"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]


def root() -> str:
    """The way from the current page to the base, as a relative path."""
    return "../" * (request.path.count("/") - 1) or "./"


def href(iri: str) -> str:
    """Where a link to this IRI goes: an entity to its page, the web as it is, else nowhere."""
    return _href(iri, _base(), root())


@lru_cache(4096)
def _href(iri: str, base: str, root: str) -> str:
    if base and iri.startswith(f"{base}id/"):
        return f"{root}doc/{iri[len(base) + 3 :]}"
    if iri.startswith(terms.Q):
        return f"{root}ontology#{quote(iri[len(terms.Q) :])}"
    return iri if urlsplit(iri).scheme in _WEB else ""


def short(iri: str) -> str:
    """The IRI in few letters: a prefixed name, or what follows the base."""
    return _short(iri, _base())


@lru_cache(4096)
def _short(iri: str, base: str) -> str:
    for namespace, prefix in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri[len(base) :] if base and iri.startswith(base) else iri


def statement_value(row: Mapping[str, str]) -> Markup:
    """The value of a statement: a link under its label, or its text."""
    return Markup(_value(row, _base(), root()))


def _value(row: Mapping[str, str], base: str, root: str) -> str:
    value = row["value"]
    link = _href(value, base, root) if "://" in value[:9] else ""
    if not link:
        more = "…" if value[LETTERS:] else ""
        return f"<bdi>{escape(value[:LETTERS])}{more}</bdi>"
    outside = "" if link.startswith(".") else ' rel="external"'
    shown = escape(row.get("label") or _short(value, base))
    return f'<a href="{escape(link)}"{outside}><bdi>{shown}</bdi></a>'


def statement_rows(rows: Iterable[Mapping[str, str]]) -> Markup:
    """The rows of the table at the foot of a page, each value escaped here.

    Every page has dozens, and a template takes three times as long for them.
    """
    base, way = _base(), root()
    parts = (
        f"<tr><td>{_property(row['property'], base, way)}</td>"
        f"<td>{_value(row, base, way)}</td><td>{_graph(row['graph'], base)}</td></tr>\n"
        for row in rows
    )
    return Markup("".join(parts))


@lru_cache(1024)
def _property(iri: str, base: str, root: str) -> str:
    return f'<a href="{escape(_href(iri, base, root))}">{escape(_short(iri, base))}</a>'


@lru_cache(1024)
def _graph(iri: str, base: str) -> str:
    return str(escape(_short(iri, base).replace("graph/", "")))


def words(name: str) -> str:
    """`ConferencePaper`, or an IRI that ends so, as words."""
    return _CAPITAL.sub(" ", name.rpartition("#")[2].rpartition("/")[2])


def ask_link(name: str, /, **values: str) -> str:
    """The page of a catalogue query with these parameters: where a figure links to."""
    return f"{root()}queries/{name}?{query_of(**values)}" if values else f"{root()}queries/{name}"


def query_of(**values: str) -> str:
    """Values as the query string of a link: those of a page are the same few, again and again."""
    return "&".join(f"{name}={_quoted(value)}" for name, value in values.items())


@lru_cache(256)
def _quoted(text: str) -> str:
    return quote_plus(text)


def is_ours(iri: str) -> bool:
    """Whether this is the IRI of an entity here, as far as one can tell from it."""
    return bool(_base()) and iri.startswith(f"{_base()}id/")


def why_link(a: str, b: str) -> str:
    """The page that explains a pair; of one with a thing of another graph, that which compares."""
    if is_ours(a) != is_ours(b) and "://" in a and "://" in b:
        return f"{root()}review/link?{urlencode({'a': a, 'b': b})}"
    return f"{root()}explain?{urlencode({'a': _below(a), 'b': _below(b)}, safe='/')}"


def here(**changes: object) -> str:
    """The current page with these parameters changed; None or empty takes one away."""
    kept: dict[str, object] = dict(request.args.to_dict()) | changes
    pairs = {key: value for key, value in kept.items() if value not in (None, "")}
    own = request.path.rpartition("/")[2] or "./"
    return f"{quote(own)}?{urlencode(pairs)}" if pairs else quote(own)


def number(value: object) -> str:
    """A count with thin spaces between thousands."""
    return f"{int(str(value)):,}".replace(",", "\u202f")


def moment(text: str) -> str:
    """A time without its fractions of seconds."""
    return text[:19].replace("T", " ") + (" UTC" if len(text) > 10 else "")


def expanded(text: str) -> str:
    """The IRI that a parameter means: itself, or one below the base's `id/`."""
    return text if "://" in text[:12] or not text else f"{service().iris.base}id/{text}"


def _below(iri: str) -> str:
    base = _base()
    return iri[len(base) + 3 :] if base and iri.startswith(f"{base}id/") else iri


def _base() -> str:
    """The base of the generation that this request began with; nothing where there is no data."""
    found: str | None = g.get("base")
    if found is None:
        try:
            found = service().iris.base
        except NoData:
            found = ""
        g.base = found
    return found


@dataclass(frozen=True, slots=True)
class Pager:
    """Where one is in a long list; pages count from 1."""

    total: int
    size: int
    number: int = 1
    name: str = "page"

    def link(self, number: int) -> str:
        """The address of another page of the list."""
        return here(**{self.name: number if number > 1 else None})

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    @property
    def last(self) -> int:
        """The number of the last entry on this page."""
        return min(self.offset + self.size, self.total)

    @property
    def near(self) -> list[int]:
        """The page numbers to offer: first, last, and those about; 0 is a gap."""
        wanted = {1, self.pages, *range(self.number - 2, self.number + 3)}
        found: list[int] = []
        for one in sorted(n for n in wanted if 1 <= n <= self.pages):
            if found and one - found[-1] > 1:
                found.append(0)
            found.append(one)
        return found


def pager(total: int, size: int, name: str = "page") -> Pager:
    """The pager that `?page=` asks for; a page that is not there is an error of the client's."""
    text = request.args.get(name, "1")
    if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
        raise Problem(400, f"{name}={text[:40]!r} is not the number of a page")
    found = Pager(total, size, int(text), name)
    if found.number > found.pages:
        raise Problem(404, f"there are {found.pages} pages, and no page {found.number}")
    return found


@blueprint.app_context_processor
def _for_templates() -> dict[str, Any]:
    """What templates may call; links know where this page stands without asking again for each."""
    base, way = _base(), root()
    return {
        "root": way,
        "href": lambda iri: _href(iri, base, way),
        "short": lambda iri: _short(iri, base),
        "words": words,
        "statement_rows": statement_rows,
        "statement_value": statement_value,
        "ask_link": ask_link,
        "query_of": query_of,
        "why_link": why_link,
        "here": here,
        "base": base,
        "version": version(),
        "Markup": Markup,
    }


blueprint.add_app_template_filter(number, "number")
blueprint.add_app_template_filter(moment, "moment")
blueprint.add_app_template_filter(typeset, "typeset")
blueprint.add_app_template_filter(prose, "prose")


def held() -> Service:
    """The Service of this application."""
    return service()
