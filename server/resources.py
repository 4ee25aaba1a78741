"""Entities over HTTP: /id -> 303 -> /doc, the document in every format, and its links.

Locations and links are relative, so that a copy can be browsed at any address; only what names an
entity (`cite-as`, `describes`) is its IRI.
"""

import json
import re
from datetime import UTC, datetime
from urllib.parse import quote

from flask import Blueprint, Response, request

from ontology import terms
from ontology.iris import EntityIri
from queries import formats
from queries.formats import Format
from queries.profiles import OWN
from server import documents, pages, profiles
from server.context import Service, Snapshot, service
from server.documents import Document, Links, Replaced
from server.negotiate import Choice, choose
from server.pages import exports, lists
from server.problems import Problem

blueprint = Blueprint("resources", __name__)

RDF = formats.of_kind("rdf")
CITATIONS = formats.of_kind("bibliography")
LINKSET = "application/linkset+json"
# A header of more is cut by some proxies; what does not fit stands in the linkset.
LINK_BYTES = 4096
# schema.org's word for what a document is about, for FAIR Signposting.
SCHEMA_TYPES = {
    "publication": "ScholarlyArticle",
    "author": "Person",
    "venue": "Periodical",
    "work": "CreativeWork",
    "source": "Dataset",
}


@blueprint.route("/id/<entity_class>/<local>")
def thing(entity_class: str, local: str) -> Response:
    """303 to the document of the thing, with the suffix that was asked for, if one was."""
    held = service()
    local, chosen = formats.split_suffix(local)
    iri = documents.entity_iri(held.snapshot, entity_class, local)
    documents.check_known(held, iri)
    suffix = chosen.suffixes[0] if chosen else ""
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    response = Response(status=303)
    response.headers["Location"] = f"../../doc/{entity_class}/{local}{suffix}{query}"
    response.vary.add("Accept")
    return _cached(response, held.snapshot)


@blueprint.route("/doc/<entity_class>/<local>")
def document(entity_class: str, local: str) -> Response:
    """The document of an entity in the format that suffix, `?format=` or Accept asks for."""
    held = service()
    local, suffixed = formats.split_suffix(local)
    iri = documents.entity_iri(held.snapshot, entity_class, local)
    asked = suffixed.names[0] if suffixed else request.args.get("format", "")
    profile = profiles.wanted()
    if profile is not OWN:
        return profiles.document(held, iri, profile, asked)
    chosen = choose(_offers(entity_class), request.headers.getlist("Accept"), asked)
    style = exports.chosen_style()
    etag = _etag(held.snapshot, chosen) + (f"-{style.name}" if style else "")
    if request.if_none_match.contains_weak(etag):
        return _validated(Response(status=304), held.snapshot, etag, named=bool(asked))
    entity = EntityIri(entity_class, local)
    response = held.shelf.document(
        held,
        f"{chosen.media_type};{style.name if style else ''}",
        lambda: _representation(held, iri, entity, chosen),
    )
    if response.status_code == 200:
        response = _validated(response, held.snapshot, etag, named=bool(asked))
        response.make_conditional(request)
    return response


@blueprint.route("/linkset/<entity_class>/<local>")
def linkset(entity_class: str, local: str) -> Response:
    """All links of an entity's document (RFC 9264), those included that no header has room for."""
    held = service()
    iri = documents.entity_iri(held.snapshot, entity_class, local)
    told = documents.links(held, iri)
    entity = EntityIri(entity_class, local)
    landing = documents.document_iri(held.snapshot, entity)
    links: dict[str, object] = {"anchor": landing}
    for relation, target, media_type in _links(iri, entity, told, landing):
        entry = {"href": target} | ({"type": media_type} if media_type else {})
        links.setdefault(relation, []).append(entry)  # type: ignore[attr-defined]
    body = json.dumps({"linkset": [links]}, ensure_ascii=False, indent=1) + "\n"
    return _cached(Response(body, content_type=LINKSET), held.snapshot)


@blueprint.app_errorhandler(Replaced)
def _replaced(replaced: Replaced) -> Response:
    """301 to the same view of what took the entity's place."""
    found = service().iris.read(replaced.iri)
    assert found is not None
    view = "id" if request.path.startswith("/id/") else "doc"
    _, suffixed = formats.split_suffix(request.path)
    suffix = suffixed.suffixes[0] if suffixed else ""
    response = Response(status=301)
    response.headers["Location"] = f"../../{view}/{found.entity_class}/{found.local}{suffix}"
    return response


def _offers(entity_class: str) -> tuple[Format, ...]:
    more = CITATIONS if entity_class in lists.LISTS else ()
    return (formats.HTML, *RDF, *more)


def _described(entity_class: str) -> tuple[Format, ...]:
    """What says the same of an entity: citations of somebody's papers are not about them."""
    return (formats.HTML, *RDF, *(exports.FILES if entity_class == "publication" else ()))


def _representation(held: Service, iri: str, entity: EntityIri, chosen: Choice[Format]) -> Response:
    listed = chosen.offer.kind == "bibliography"
    if entity.entity_class in lists.LISTS and (
        listed or (chosen.offer is formats.HTML and exports.chosen_style())
    ):
        label, iris = lists.of_entity(held, iri, entity.entity_class)
        if listed:
            return exports.as_file(held, label, iris, chosen.offer, entity.local)
        return exports.as_page(held, label, iris, entity.local)
    if chosen.offer is formats.HTML:
        response, links = pages.render_entity(held, iri, entity.entity_class)
        _add_links(response, _links(iri, entity, links, ""), entity)
        return response
    page = _page()
    found = documents.document(held, iri, chosen.offer, page)
    return _data(found, page, iri, entity, chosen)


def _page() -> int:
    """The page asked for, counted from 1."""
    text = request.args.get("page", "1")
    if not re.fullmatch(r"[1-9]\d{0,8}", text):
        raise Problem(400, f"page={text[:40]}: pages are counted from 1")
    return int(text)


def _data(
    found: Document, page: int, iri: str, entity: EntityIri, chosen: Choice[Format]
) -> Response:
    """The document as RDF, with where it goes on."""
    charset = "; charset=utf-8" if chosen.media_type.startswith("text/") else ""
    response = Response(found.body, content_type=chosen.media_type + charset)
    links = [("describes", entity.local, ""), ("cite-as", iri, "")]
    asked = request.args.get("format", "")
    query = f"?format={quote(asked)}&page=" if asked else "?page="
    if found.goes_on:
        links.append(("next", f"{query}{page + 1}", ""))
    if page > 1:
        links += [("prev", f"{query}{page - 1}", ""), ("first", f"{query}1", "")]
    links += [("license", licence, "") for licence in found.licences[:2]]
    links += _alternates(entity, but=chosen.offer)
    _add_links(response, links, entity)
    by_profile = ", ".join(profiles.alternates(entity.local, OWN))
    if len(response.headers["Link"]) + len(by_profile) < LINK_BYTES:
        response.headers["Link"] += f", {by_profile}"
    if chosen.offer.suffixes:
        response.headers["Content-Location"] = f"{entity.local}{chosen.offer.suffixes[0]}"
    return response


def _alternates(entity: EntityIri, but: Format) -> list[tuple[str, str, str]]:
    return [
        ("alternate", f"{entity.local}{offer.suffixes[0]}", offer.media_type)
        for offer in _described(entity.entity_class)
        if offer is not but
    ]


def _links(iri: str, entity: EntityIri, links: Links, landing: str) -> list[tuple[str, str, str]]:
    """FAIR Signposting of a landing page: relation, target, media type where it has one."""
    place = f"{landing.rpartition('/')[0]}/" if landing else ""
    found = [("cite-as", iri, "")]
    found += [
        ("describedby", f"{place}{entity.local}{offer.suffixes[0]}", offer.media_type)
        for offer in _described(entity.entity_class)[1:]
    ]
    found.append(("type", f"{terms.SCHEMA}AboutPage", ""))
    if entity.entity_class in SCHEMA_TYPES:
        found.append(("type", terms.SCHEMA + SCHEMA_TYPES[entity.entity_class], ""))
    found += [("license", licence, "") for licence in links.licences]
    found += [("author", author, "") for author in links.authors]
    return found + [("related", target, "") for target in links.related]


def _add_links(response: Response, links: list[tuple[str, str, str]], entity: EntityIri) -> None:
    """As many links as the header has room for; the linkset, which has all, comes first."""
    parts = [f'<../../linkset/{entity.entity_class}/{entity.local}>; rel="linkset"']
    parts[0] += f'; type="{LINKSET}"'
    room = LINK_BYTES - len(parts[0])
    for relation, target, media_type in links:
        sent = target if _PLAIN.fullmatch(target) else quote(target, safe=_IRI_SAFE)
        part = f'<{sent}>; rel="{relation}"'
        part += f'; type="{media_type}"' if media_type else ""
        room -= len(part) + 2
        if room < 0:
            break
        parts.append(part)
    response.headers["Link"] = ", ".join(parts)


# What an IRI may hold in a header; all else, non-ASCII letters too, is percent-encoded.
_IRI_SAFE = ":/?#[]@!$&'()*+,;=%-._~"
_PLAIN = re.compile(rf"[A-Za-z0-9{re.escape(_IRI_SAFE)}]*")


def _etag(snapshot: Snapshot, chosen: Choice[Format]) -> str:
    return snapshot.etag(chosen.media_type.partition("/")[2])


def _validated(response: Response, snapshot: Snapshot, etag: str, named: bool) -> Response:
    """Validators and caching; a name in the address leaves nothing to Accept."""
    response.set_etag(etag, weak=True)
    if not named:
        response.vary.add("Accept")
    response.vary.add(profiles.HEADER)
    return _cached(response, snapshot)


def _cached(response: Response, snapshot: Snapshot) -> Response:
    response.headers["Cache-Control"] = "public, no-cache"
    response.last_modified = min(snapshot.created, datetime.now(UTC))
    return response
