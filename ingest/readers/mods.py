"""MODS: one record or a collection; names, titles and dates in parts, the host a related item."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest.readers import xmls
from ingest.readers.drafts import Draft, drafted
from ingest.readers.kinds import KINDS
from ingest.records import Item

_ROLES = {
    "author": "author",
    "creator": "author",
    "aut": "author",
    "cre": "author",
    "pht": "author",
    "editor": "editor",
    "edt": "editor",
    "translator": "translator",
    "trl": "translator",
    "thesis advisor": "advisor",
    "ths": "advisor",
}
_NOBODY = {"publisher", "pbl", "distributor", "dst", "degree grantor", "dgg", "host institution"}
_RESOURCES = {
    "text": "Book",
    "software, multimedia": "Software",
}
_OTHER = {"website", "governmentpublication"}
_DATES = ("dateIssued", "copyrightDate", "dateCreated", "dateModified")


def sniff(head: bytes) -> bool:
    """Whether the outermost element is of MODS, or an answer that holds it."""
    root, start = xmls.root_of(head)
    return root in ("mods", "modsCollection", "searchRetrieveResponse") and (
        b"loc.gov/mods" in start or root == "modsCollection"
    )


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each mods element."""
    found = xmls.elements(stream, ("mods",))
    return drafted(found, lambda one: draft_of(one.element, one.line))


def draft_of(mods: xmls.Element, line: int | None) -> Draft:
    """The draft of one mods element."""
    key = xmls.text(mods, "recordInfo/recordIdentifier") or mods.get("ID", "")
    draft = Draft(line, key)
    host = next((e for e in xmls.every(mods, "relatedItem") if e.get("type") == "host"), None)
    draft.entitle(_title(mods))
    draft.kind, series = _kind(mods, host)
    for name in xmls.every(mods, "name"):
        _add_name(draft, name)
    draft.dated(_date(mods, host), "originInfo")
    _identify(draft, mods)
    _place(draft, host, series)
    draft.publisher = draft.plain(xmls.text(mods, "originInfo/publisher"), "publisher")
    draft.language = draft.plain(xmls.text(mods, "language/languageTerm"), "language")
    draft.summarise(xmls.text(mods, "abstract"))
    draft.tagged(xmls.texts(mods, "subject/topic"))
    return draft


def _title(element: xmls.Element) -> str:
    """The main title with its subtitle and the number and name of its part."""
    infos = xmls.every(element, "titleInfo")
    for info in [i for i in infos if not i.get("type")] or infos:
        lead = f"{xmls.text(info, 'nonSort')} {xmls.text(info, 'title')}".strip()
        title = lead.rstrip(" :/") if xmls.text(info, "subTitle") else lead
        for tag, between in (("subTitle", ": "), ("partNumber", ". "), ("partName", ": ")):
            part = xmls.text(info, tag)
            title = f"{title}{between}{part}" if part and title else title or part
        if title:
            return title
    return ""


def _kind(mods: xmls.Element, host: xmls.Element | None) -> tuple[str, str]:
    """By the genre where that is telling, then by what holds it, then by the resource's type."""
    genres = xmls.texts(mods, "genre")
    names = [re.sub("[^a-z]", "", genre.lower()) for genre in genres]
    known = next((KINDS[name] for name in names if name in KINDS), None)
    if known and known[0] != "Other":
        if known[0] == "Book" and host is not None:
            return "Chapter", ""
        return known
    resource = xmls.text(mods, "typeOfResource")
    if known or not _OTHER.isdisjoint(names) or (resource and resource not in _RESOURCES):
        return "Other", ""
    if xmls.text(mods, "originInfo/issuance") == "monographic" and resource == "text":
        return "Book", ""
    if host is not None:
        hosts = " ".join(xmls.texts(host, "genre")).lower()
        serial = xmls.text(host, "originInfo/issuance") in ("continuing", "serial")
        journal = serial or "journal" in hosts or "periodical" in hosts or _is_issue(host)
        return ("JournalArticle", "Journal") if journal else ("Chapter", "")
    return _RESOURCES.get(resource, "Other"), ""


def _is_issue(host: xmls.Element) -> bool:
    details = [e.get("type") for e in xmls.every(host, "part/detail")]
    issn = any(e.get("type") == "issn" for e in xmls.every(host, "identifier"))
    return issn or bool({"issue", "number"} & set(details)) or "volume" in details


def _add_name(draft: Draft, name: xmls.Element) -> None:
    terms = [term.lower().strip(" .") for term in xmls.texts(name, "role/roleTerm")]
    if terms and all(term in _NOBODY for term in terms):
        return
    role = next((_ROLES[t] for t in terms if t in _ROLES), "contributor" if terms else "author")
    parts = {"": [], "family": [], "given": []}  # type: dict[str, list[str]]
    for part in xmls.every(name, "namePart"):
        parts.setdefault(part.get("type") or "", []).append(xmls.content(part))
    places = xmls.texts(name, "affiliation")
    whole = [part for part in parts[""] if part]
    kind = {"corporate": "group", "conference": "group"}.get(name.get("type", ""), "")
    if parts["family"]:
        given = " ".join(parts["given"])
        draft.person(" ".join(parts["family"]), given, role, affiliations=places)
    elif whole and kind:
        draft.named(", ".join(part.rstrip(".") for part in whole), role, kind=kind)
    elif whole:
        draft.named(whole[0], role, affiliations=places)
    else:
        draft.fail(role, xmls.content(name), "a name without letters")


def _date(mods: xmls.Element, host: xmls.Element | None) -> str:
    """The first kind of date that there is, the one marked as key first; of the host where none.

    So does Zotero: a photograph's key date is its creation, and it was published later.
    """
    origins = xmls.every(mods, "originInfo")
    if host is not None:
        origins = [*origins, *xmls.every(host, "originInfo"), *xmls.every(host, "part")]
    for tag in (*_DATES, "date"):
        found = [e for origin in origins for e in xmls.every(origin, tag) if xmls.content(e)]
        found.sort(key=lambda e: (e.get("keyDate") != "yes", e.get("encoding") is None))
        if found:
            return xmls.content(found[0])
    return ""


def _identify(draft: Draft, mods: xmls.Element) -> None:
    for found in xmls.every(mods, "identifier"):
        scheme = (found.get("type") or "").lower()
        if scheme in ("doi", "isbn", "pmid"):
            draft.identified(scheme, xmls.content(found).partition(" (")[0])
    for url in xmls.texts(mods, "location/url"):
        if url.startswith("http"):
            draft.linked(url)


def _place(draft: Draft, host: xmls.Element | None, series: str) -> None:
    if host is None:
        return
    name = _title(host)
    numbers = {e.get("type"): xmls.content(e) for e in xmls.every(host, "identifier")}
    if draft.kind in ("Chapter", "ConferencePaper"):
        draft.contained(name, "Book" if draft.kind == "Chapter" else "Proceedings")
        draft.identified("isbn", numbers.get("isbn", ""))
    if draft.kind != "Chapter":
        draft.appears_in(name, series, issn=[numbers.get("issn")])
    for detail in xmls.every(host, "part/detail"):
        shown = draft.plain(xmls.text(detail, "number"), "part")
        if detail.get("type") == "volume":
            draft.volume = shown
        elif detail.get("type") in ("issue", "number"):
            draft.number = shown
    for extent in xmls.every(host, "part/extent")[:1]:
        ends = [xmls.text(extent, end) for end in ("start", "end")]
        draft.pages = "-".join(filter(None, ends)) or xmls.text(extent, "list")
