"""JATS: the front matter of articles, with affiliations by reference and the DOIs of references."""

from collections.abc import Iterator
from typing import BinaryIO

from ingest import dates, identifiers
from ingest.readers import xmls
from ingest.readers.drafts import Draft
from ingest.records import Item, RecordError

_NOTES = frozenset({"xref", "fn"})
_KINDS = {
    "editorial": "Editorial",
    "correction": "Erratum",
    "retraction": "Erratum",
    "addendum": "Erratum",
    "abstract": "ConferenceAbstract",
    "dissertation": "Thesis",
    "preprint": "Preprint",
}
_ROLES = {"author": "author", "editor": "editor", "translator": "translator"}
_SCHEMES = {"doi": "doi", "pmid": "pmid", "pmcid": "pmcid", "pmc": "pmcid", "arxiv": "arxiv"}


def sniff(head: bytes) -> bool:
    """Whether the outermost element is an article, or a set of them, with JATS's front."""
    root, start = xmls.root_of(head)
    return root in ("article", "pmc-articleset") and (
        b"<article-meta" in start or b"<front>" in start or b"article-type=" in start[:2000]
    )


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each article."""
    for found in xmls.elements(stream, ("article",)):
        if isinstance(found, RecordError):
            yield found
        elif xmls.one(found.element, "front/article-meta") is None:
            yield RecordError("an article without metadata", found.line)
        else:
            yield from draft_of(found.element, found.line).items()


def draft_of(article: xmls.Element, line: int | None) -> Draft:
    """The draft of one article element."""
    front = xmls.one(article, "front")
    front = article if front is None else front
    meta = xmls.one(front, "article-meta")
    meta = front if meta is None else meta
    draft = Draft(line)
    draft.entitle(_title(meta))
    draft.kind = _KINDS.get(article.get("article-type", ""), "JournalArticle")
    places = {aff.get("id"): _affiliation(aff) for aff in meta.iter("{*}aff")}
    for group in xmls.every(meta, "contrib-group"):
        for contrib in xmls.every(group, "contrib"):
            _add(draft, contrib, places)
    draft.dated(_date(meta), "pub-date")
    _identify(draft, meta)
    _place(draft, front, meta)
    abstract = next(
        (a for a in xmls.every(meta, "abstract") if a.get("abstract-type") is None), None
    )
    draft.summarise(xmls.content(abstract))
    draft.tagged(xmls.texts(meta, "kwd-group/kwd"))
    for number in article.iter("{*}pub-id"):
        if number.get("pub-id-type") == "doi":
            draft.cites("doi", xmls.content(number))
    return draft


def _title(meta: xmls.Element) -> str:
    title = xmls.inner(xmls.one(meta, "title-group/article-title"), _NOTES)
    subtitle = xmls.inner(xmls.one(meta, "title-group/subtitle"), _NOTES)
    return f"{title}: {subtitle}" if title and subtitle else title or subtitle


def _affiliation(aff: xmls.Element) -> str:
    """The text of an affiliation without its label, parts apart by commas."""
    parts = [(aff.text or "").strip()]
    for child in aff:
        if xmls.name(child) not in ("label", "sup", "xref"):
            parts.append(xmls.content(child))
        parts.append((child.tail or "").strip())
    return ", ".join(" ".join(part.split()).strip(" ,;") for part in parts if part.strip(" ,;"))


def _add(draft: Draft, contrib: xmls.Element, places: dict[str | None, str]) -> None:
    role = _ROLES.get(contrib.get("contrib-type", "author"), "contributor")
    ids = [
        identifiers.identifier("orcid", xmls.content(e))
        for e in (*xmls.every(contrib, "contrib-id"), *xmls.every(contrib, "uri"))
        if "orcid" in (e.get("contrib-id-type") or e.get("content-type") or "")
    ]
    where = [
        places.get(reference, "")
        for e in xmls.every(contrib, "xref")
        if e.get("ref-type") == "aff"
        for reference in (e.get("rid") or "").split()
    ]
    where += [_affiliation(aff) for aff in xmls.every(contrib, "aff")]
    for path in ("name", "name-alternatives/name", "string-name"):
        for name in xmls.every(contrib, path)[:1]:
            family, given = xmls.text(name, "surname"), xmls.text(name, "given-names")
            junior = xmls.text(name, "suffix")
            if family:
                draft.person(
                    family, given, role, junior=junior, affiliations=where, identifiers=ids
                )
            elif shown := given or xmls.content(name):
                draft.named(shown, role, affiliations=where, identifiers=ids)
            return
    collab = xmls.one(contrib, "collab")
    if collab is not None:
        own = " ".join((collab.text or xmls.text(collab, "institution", "named-content")).split())
        draft.named(own or xmls.content(collab), role, kind="group", affiliations=where)
    elif xmls.one(contrib, "anonymous") is not None:
        draft.named("Anonymous", role)


def _date(meta: xmls.Element) -> str:
    """The date of publication that says most, of an issue's collection only where no other is."""
    found = []
    for each in xmls.every(meta, "pub-date"):
        kind = each.get("pub-type") or each.get("date-type") or ""
        parts = (xmls.text(each, part) for part in ("year", "month", "day"))
        if shown := dates.from_parts(*parts):
            found.append((kind in ("collection", "issue-pub"), -len(shown), shown))
    return min(found)[2] if found else ""


def _identify(draft: Draft, meta: xmls.Element) -> None:
    numbers = {e.get("pub-id-type"): xmls.content(e) for e in xmls.every(meta, "article-id")}
    for kind, value in numbers.items():
        scheme = _SCHEMES.get(kind or "")
        if scheme == "pmcid" and not value.upper().startswith("PMC"):
            value = f"PMC{value}"
        if scheme:
            draft.identified(scheme, value)
    draft.key = numbers.get("doi", "").lower() or next(iter(numbers.values()), "")


def _place(draft: Draft, front: xmls.Element, meta: xmls.Element) -> None:
    journal = xmls.one(front, "journal-meta")
    if journal is not None:
        name = xmls.text(journal, "journal-title-group/journal-title", "journal-title")
        draft.appears_in(
            name or xmls.text(journal, "journal-id"), "Journal", issn=xmls.texts(journal, "issn")
        )
        draft.publisher = draft.plain(xmls.text(journal, "publisher/publisher-name"), "publisher")
    draft.volume = draft.plain(xmls.text(meta, "volume"), "volume")
    draft.number = draft.plain(xmls.text(meta, "issue"), "issue")
    ends = [xmls.text(meta, "fpage"), xmls.text(meta, "lpage")]
    draft.pages = "-".join(filter(None, ends)) or xmls.text(meta, "elocation-id")
