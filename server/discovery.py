"""What machines that read pages look for first: robots.txt, site maps, the search description.

Site maps follow sitemaps.org 0.9: an index of parts of at most 50,000 pages each, in the order of
the text index, so that a part is one short read. OpenSearch 1.1 lets browsers add the search box.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, Response

from queries.search.textindex import TextIndex
from server.context import Service, service
from server.problems import Problem

blueprint = Blueprint("discovery", __name__)

PART = 50_000  # the most pages that one map may list
SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
# What answers differently each time, or costs a query, is no page to index.
PRIVATE = (
    *("/sparql", "/graphs", "/search", "/suggest", "/explain", "/path", "/pointing"),
    *("/review", "/explore", "/decisions", "/suggestions", "/reconcile", "/fragments", "/metrics"),
)


@blueprint.route("/robots.txt")
def robots() -> Response:
    """What crawlers may read, and where the map is (RFC 9309)."""
    held = service()
    if held.config.private:
        return _answer("User-agent: *\nDisallow: /\n", "text/plain")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE), "Crawl-delay: 1"]
    return _answer("\n".join([*lines, f"Sitemap: {held.iris.base}sitemap.xml\n"]), "text/plain")


@blueprint.route("/sitemap.xml")
def sitemap() -> Response:
    """The list of the parts."""
    held = service()
    base, parts = escape(held.iris.base), -(-_index(held).size() // PART)
    maps = (f"<sitemap><loc>{base}sitemap-{n + 1}.xml</loc></sitemap>" for n in range(parts))
    return _answer(_document("sitemapindex", maps), "application/xml")


@blueprint.route("/sitemap-<int:number>.xml")
def part(number: int) -> Response:
    """The pages of one part."""
    held = service()
    base = held.iris.base
    listed = _index(held).listed((number - 1) * PART, PART) if number > 0 else []
    if not listed:
        raise Problem(404, f"the map has no part {number}")
    pages = (iri.replace(f"{base}id/", f"{base}doc/", 1) for iri in listed)
    places = (f"<url><loc>{escape(page)}</loc></url>" for page in pages)
    return _answer(_document("urlset", places), "application/xml")


@blueprint.route("/opensearch.xml")
def opensearch() -> Response:
    """How to search here, for a browser's search box."""
    base = service().iris.base
    search, image = f"{base}search?q={{searchTerms}}", escape(f"{base}static/quiver.svg")
    lines = (
        "<ShortName>Quiver</ShortName>",
        "<Description>Authors, publications and venues</Description>",
        "<InputEncoding>UTF-8</InputEncoding>",
        f'<Image height="26" width="26" type="image/svg+xml">{image}</Image>',
        f'<Url type="text/html" template={quoteattr(search)}/>',
        f'<Url type="application/opensearchdescription+xml" rel="self" '
        f"template={quoteattr(f'{base}opensearch.xml')}/>",
    )
    text = '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
    body = f"{HEAD}{text}" + "\n".join(lines) + "\n</OpenSearchDescription>\n"
    return _answer(body, "application/opensearchdescription+xml")


def _index(held: Service) -> TextIndex:
    if held.index is None:
        raise Problem(404, "this graph has no text index yet")
    return held.index


def _document(name: str, lines: Iterator[str]) -> str:
    return f'{HEAD}<{name} xmlns="{SITEMAPS}">\n' + "\n".join(lines) + f"\n</{name}>\n"


def _answer(body: str, media_type: str) -> Response:
    response = Response(body, content_type=f"{media_type}; charset=utf-8")
    response.add_etag()
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
