"""The whole graph as a static site: pages and RDF that any file server can host, links intact.

Every page is asked of the application itself, so a site looks as the service does. What needs a
server is left out: forms, scripts, and links to queries, searches and comparisons become text.

    index.html, venues.html, …       the pages
    doc/author/x.html .ttl .jsonld   an entity; doc/author/x.page-2.html its further pages
    id/author/x/index.html           leads from the entity's IRI to its page
"""

import html
import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import lxml.html  # type: ignore[import-untyped]
from flask import Flask
from flask.testing import FlaskClient

from ontology import terms
from ontology.iris import Iris
from queries.generations import Generations
from queries.store import select
from queries.writes.unfinished import scratch_folder

BEGIN = ("/", "/venues", "/sources", "/about", "/ontology", "/shapes.ttl")
HERE = "http://site.invalid"  # only to resolve relative links against
_CLASSES = "publication|author|cluster|venue|work|source|load|run"
_PAGE = re.compile(rf"/(?:venues|sources|about|ontology|doc/(?:{_CLASSES})/[^/.?]+)")
_FILE = re.compile(
    rf"/(?:static/.+|context\.jsonld|shapes\.ttl|ontology\.(?:ttl|nt|rdf|jsonld)"
    rf"|doc/(?:{_CLASSES})/[^/?]+\.(?:ttl|jsonld))"
)
_FURTHER = re.compile(r"page=(\d+)")
# What does nothing without a server or a script.
_SERVED = (
    "//form | //script | //link[not(@href)] | //a[@download] | //*[@class='take' or @data-network]"
    " | //*[contains(concat(' ', @class, ' '), ' by-script ')]"
)
_ENTITIES = f"""SELECT DISTINCT ?entity {{
  VALUES ?class {{ <{terms.PUBLICATION}> <{terms.AUTHOR}> <{terms.NAME_CLUSTER}> <{terms.VENUE}>
    <{terms.WORK}> <{terms.SOURCE}> }}
  ?entity a ?class }}"""
_LEADING = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title>'
    '<meta http-equiv="refresh" content="0; url={to}"><link rel="canonical" href="{to}">'
    '<p><a href="{to}">{name}</a></p></html>\n'
)

Progress = Callable[[str, int, int | None], None]


class FreezeError(Exception):
    """The site cannot be written, or the graph changed meanwhile."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What was written: pages, other files, and their bytes."""

    generation: int
    pages: int
    files: int
    size: int


@dataclass(slots=True)
class _Written:
    """What one address became, and the addresses that it leads to."""

    path: str
    is_page: bool
    size: int
    found: list[str] = field(default_factory=list)


def freeze(app: Flask, data: Path, folder: Path, progress: Progress) -> Frozen:
    """Write the site into `folder`, which must be empty or new; whole, or not at all."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FreezeError(f"{folder}: is there already, and not empty")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(folder.parent, f"{folder.name}.tmp-") as scratch:
        unfinished = scratch / "site"
        unfinished.mkdir()
        frozen = _freeze(app, data, unfinished, progress)
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
        return frozen


def _freeze(app: Flask, data: Path, folder: Path, progress: Progress) -> Frozen:
    with Generations(data).open() as reader:
        iris = Iris(str(reader.meta["base"]))
        rows = select(reader.store, _ENTITIES)
        entities = [place for (one,) in rows if (place := _place(iris, one.value))]
        number = reader.number
    site = _Site(app, folder, iris)
    done = list(site.walk([*BEGIN, *sorted(entities)], progress))
    for place in entities:
        site.lead(place)
    if Generations(data).current() != number:
        raise FreezeError("the graph changed while its pages were written; nothing was kept")
    pages = sum(one.is_page for one in done)
    files = len(done) - pages + len(entities)
    return Frozen(number, pages, files, sum(one.size for one in done))


def _place(iris: Iris, iri: str) -> str | None:
    entity = iris.read(iri)
    return f"/doc/{entity.entity_class}/{entity.local}" if entity else None


class _Site:
    """The site being written: which addresses it has, and under which names."""

    def __init__(self, app: Flask, folder: Path, iris: Iris) -> None:
        self.app, self.folder, self.iris = app, folder, iris
        self._leads: dict[str, str | None] = {}  # where addresses that redirect lead to

    def walk(self, begin: Iterable[str], progress: Progress) -> Iterator[_Written]:
        """Write these addresses and all that they lead to."""
        wave = list(dict.fromkeys(begin))
        seen, written = set(wave), 0
        with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
            while wave:
                fresh: list[str] = []
                for one in threads.map(self._write, wave):
                    written += 1
                    progress("pages", written, len(seen))
                    fresh += (place for place in one.found if place not in seen)
                    seen.update(one.found)
                    yield one
                wave = list(dict.fromkeys(fresh))

    def lead(self, place: str) -> None:
        """Write what leads from an entity's IRI to its page."""
        name = place.removeprefix("/doc/")
        path = self.folder / "id" / name / "index.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        to = posixpath.relpath(_named(place) or "", f"id/{name}")
        path.write_text(_LEADING.format(name=html.escape(name), to=html.escape(to)), "utf-8")

    def _write(self, place: str) -> _Written:
        name = _named(place)
        assert name is not None, place
        reply = self.app.test_client().get(place, headers={"Accept": _accept(place)})
        if reply.status_code != 200:
            raise FreezeError(f"{place}: answered {reply.status_code}")
        found: list[str] = []
        body = reply.get_data()
        if reply.mimetype == "text/html":
            body = self._rewritten(body, place, name, found)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return _Written(place, reply.mimetype == "text/html", len(body), found)

    def _rewritten(self, body: bytes, place: str, name: str, found: list[str]) -> bytes:
        """The page without what needs a server, its links to the files of the site."""
        page = lxml.html.document_fromstring(body, parser=lxml.html.HTMLParser(encoding="utf-8"))
        for element in page.xpath(_SERVED):
            element.drop_tree()
        for element, attribute, link, _ in list(page.iterlinks()):
            if link.startswith("#"):
                continue
            target = self._target(urljoin(HERE + place, link))
            if target is None:
                _left_out(element)
            elif target.startswith("/"):
                address, _, fragment = target.partition("#")
                found.append(address)
                here = posixpath.relpath(_named(address) or "", posixpath.dirname(name) or ".")
                element.set(attribute, f"{here}#{fragment}" if fragment else here)
        text: bytes = lxml.html.tostring(page, encoding="utf-8", doctype="<!doctype html>")
        return text + b"\n"

    def _target(self, link: str) -> str | None:
        """The site's address of a link; None where it has none; the link itself to the outside."""
        if link.startswith(self.iris.base):
            link = f"{HERE}/{link[len(self.iris.base) :]}"
        if not link.startswith(f"{HERE}/"):
            return link
        parts = urlsplit(link)
        path = re.sub(r"^/id/", "/doc/", parts.path)
        query = "" if path.startswith("/static/") else parts.query
        place = f"{path}?{query}" if query else path
        if path.startswith("/name/") and not query:
            return self._lead(place)
        if _named(place) is None:
            return None
        return f"{place}#{parts.fragment}" if parts.fragment else place

    def _lead(self, place: str) -> str | None:
        """Where an address that redirects leads to."""
        if place not in self._leads:
            client: FlaskClient = self.app.test_client()
            to = client.get(place, headers={"Accept": "text/html"}).headers.get("Location")
            self._leads[place] = self._target(urljoin(HERE + place, to)) if to else None
        return self._leads[place]


def _left_out(element: lxml.html.HtmlElement) -> None:
    """Take a link away: its words stay where they are part of a text, not in a list of links."""
    item = element.getparent()
    alone = item is not None and item.tag == "li" and _said(item) == _said(element)
    if alone:
        item.drop_tree()
    elif element.tag == "link" or element.xpath("self::*[@class='ask'] | ancestor::nav"):
        element.drop_tree()
    else:
        element.drop_tag()


def _said(element: lxml.html.HtmlElement) -> str:
    return str(element.text_content()).strip()


def _accept(place: str) -> str:
    return "text/html" if _PAGE.fullmatch(place.partition("?")[0]) or place == "/" else "*/*"


def _named(place: str) -> str | None:
    """The file of an address; None where the site has none."""
    path, _, query = place.partition("?")
    further = _FURTHER.fullmatch(query)
    if path == "/" and not query:
        return "index.html"
    if _PAGE.fullmatch(path) and (further or not query):
        return path[1:] + (f".page-{further[1]}.html" if further else ".html")
    return path[1:] if _FILE.fullmatch(path) and not query else None
