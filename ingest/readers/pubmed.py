"""PubMed's XML: articles and books, with identifiers, ORCIDs and references.

Titles that PubMed gives in brackets are translations: the vernacular one is the publication's own.
"""

from collections.abc import Iterator
from typing import BinaryIO

from ingest import dates, identifiers
from ingest.readers import xmls
from ingest.readers.drafts import Draft, drafted
from ingest.readers.medline import kind_of
from ingest.records import Item

_ENTRIES = ("PubmedArticle", "PubmedBookArticle")
_OLD = "MedlineCitation"  # an entry of its own in MedlineCitationSet, a part of one elsewhere
_IDS = {"doi": "doi", "pmc": "pmcid", "pubmed": "pmid"}
_PREPRINTS = ("biorxiv", "medrxiv", "arxiv", "research square", "chemrxiv", "ssrn", "psyarxiv")


def sniff(head: bytes) -> bool:
    """Whether an article or book of PubMed stands in these first bytes of XML."""
    root, start = xmls.root_of(head)
    return bool(root) and any(b"<" + name.encode() in start for name in (*_ENTRIES, _OLD))


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each article and book."""
    head = stream.peek(4096)[:4096]  # type: ignore[attr-defined]
    whole = xmls.root_of(head)[0] not in ("MedlineCitationSet", _OLD)
    return drafted(xmls.elements(stream, _ENTRIES if whole else (_OLD,)), _draft)


def _draft(found: xmls.Found) -> Draft:
    element = found.element
    whole = xmls.one(element, "MedlineCitation")
    citation = whole if whole is not None else xmls.one(element, "BookDocument")
    citation = element if citation is None else citation
    article = xmls.one(citation, "Article")
    article = citation if article is None else article
    draft = Draft(found.line, xmls.text(citation, "PMID"))
    draft.entitle(_title(article))
    types = [xmls.content(e) for e in article.iter("{*}PublicationType")]
    draft.kind, series = kind_of(types)
    draft.retracted = "Retracted Publication" in types
    if xmls.one(article, "Book") is not None:
        draft.kind, series = ("Chapter" if _is_chapter(article) else "Book"), ""
    for people in (*xmls.every(article, "AuthorList"), *xmls.every(article, "Book/AuthorList")):
        draft.cut_off |= people.get("CompleteYN") == "N"
        role = "editor" if people.get("Type") == "editors" else "author"
        for author in xmls.every(people, "Author"):
            if author.get("ValidYN") != "N":  # a spelling that another one corrects
                _author(draft, author, role)
    draft.dated(_date(article), "PubDate")
    _place(draft, article, citation, series)
    _identify(draft, element, article)
    parts = [
        ": ".join(filter(None, (part.get("Label"), xmls.content(part))))
        for part in xmls.every(article, "Abstract/AbstractText")
    ]
    draft.summarise("\n\n".join(parts))
    draft.tagged(xmls.texts(citation, "KeywordList/Keyword"))
    draft.language = draft.plain(xmls.text(article, "Language"), "Language")
    return draft


def _title(article: xmls.Element) -> str:
    title = xmls.inner(xmls.one(article, "ArticleTitle"))
    vernacular = xmls.inner(xmls.one(article, "VernacularTitle"))
    if vernacular and title.startswith("["):
        return vernacular
    return title or vernacular or xmls.inner(xmls.one(article, "Book/BookTitle"))


def _is_chapter(document: xmls.Element) -> bool:
    title, book = xmls.text(document, "ArticleTitle"), xmls.text(document, "Book/BookTitle")
    return bool(title) and title != book


def _author(draft: Draft, author: xmls.Element, role: str) -> None:
    orcids = [
        identifiers.identifier("orcid", xmls.content(e))
        for e in xmls.every(author, "Identifier")
        if e.get("Source") == "ORCID"
    ]
    places = xmls.texts(author, "AffiliationInfo/Affiliation") or xmls.texts(author, "Affiliation")
    family = xmls.text(author, "LastName")
    group = xmls.text(author, "CollectiveName")
    if group:
        draft.named(group, role, kind="group", affiliations=places)
    elif family:
        draft.person(
            family,
            xmls.text(author, "ForeName", "FirstName", "Initials"),
            role,
            junior=xmls.text(author, "Suffix"),
            affiliations=places,
            identifiers=orcids,
        )
    else:
        draft.fail(role, xmls.content(author), "a name without letters")


def _date(article: xmls.Element) -> str:
    for path in ("Journal/JournalIssue/PubDate", "Book/PubDate", "ArticleDate"):
        for found in xmls.every(article, path):
            parts = (xmls.text(found, part) for part in ("Year", "Month", "Day"))
            if shown := dates.from_parts(*parts) or xmls.text(found, "MedlineDate"):
                return shown
    return ""


def _place(draft: Draft, article: xmls.Element, citation: xmls.Element, series: str) -> None:
    issns = xmls.texts(article, "Journal/ISSN") + xmls.texts(
        citation, "MedlineJournalInfo/ISSNLinking"
    )
    name = xmls.text(article, "Journal/Title", "Journal/ISOAbbreviation")
    if name.lower().startswith(_PREPRINTS):
        draft.kind, series = "Preprint", "Repository"
    if draft.kind == "Chapter":
        draft.contained(xmls.text(article, "Book/BookTitle"), "Book")
    draft.appears_in(name, series, issn=issns)
    draft.volume = draft.plain(xmls.text(article, "Journal/JournalIssue/Volume"), "Volume")
    draft.number = draft.plain(xmls.text(article, "Journal/JournalIssue/Issue"), "Issue")
    ends = [xmls.text(article, f"Pagination/{end}Page") for end in ("Start", "End")]
    draft.pages = draft.plain(
        xmls.text(article, "Pagination/MedlinePgn") or "-".join(filter(None, ends)), "Pagination"
    )
    draft.publisher = draft.plain(xmls.text(article, "Book/Publisher/PublisherName"), "Publisher")


def _identify(draft: Draft, element: xmls.Element, article: xmls.Element) -> None:
    if draft.key.strip("0"):
        draft.identified("pmid", draft.key)
    for path in ("PubmedData", "PubmedBookData", "BookDocument"):
        for found in xmls.every(element, f"{path}/ArticleIdList/ArticleId"):
            if (scheme := _IDS.get(found.get("IdType", ""))) and scheme != "pmid":
                draft.identified(scheme, xmls.content(found))
    for found in xmls.every(article, "ELocationID"):
        if found.get("EIdType") == "doi":
            draft.identified("doi", xmls.content(found))
    for isbn in xmls.texts(article, "Book/Isbn"):
        draft.identified("isbn", isbn)
    _refer(draft, element)


def _refer(draft: Draft, element: xmls.Element) -> None:
    """What the article cites, by PubMed's own notes and by its list of references."""
    for found in xmls.every(element, "MedlineCitation/CommentsCorrectionsList/CommentsCorrections"):
        if found.get("RefType") == "Cites":
            draft.cites("pmid", xmls.text(found, "PMID"))
        draft.retracted |= found.get("RefType") == "RetractionIn"
    for found in xmls.every(element, "PubmedData/ReferenceList/Reference/ArticleIdList/ArticleId"):
        if scheme := _IDS.get(found.get("IdType", "")):
            draft.cites(scheme, xmls.content(found))
