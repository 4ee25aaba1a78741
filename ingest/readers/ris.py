"""RIS: tagged lines from TY to ER, as reference managers and publishers export them.

Who A2 to A4 are depends on the type; names without a comma may be groups. Values go on over lines
without a tag. An entry without ER is read and told of: the file may have been cut there.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest.readers import tagged
from ingest.readers.drafts import Draft
from ingest.readers.tagged import Entry, Grammar
from ingest.records import Item, RecordError

_GRAMMAR = Grammar(
    re.compile(r"\s{0,2}(?P<tag>[A-Z][A-Z0-9])  ?-(?:\s(?P<value>.*)|$)"), "TY", "ER"
)
_FIRST = re.compile(rb"(?m)^\s{0,2}TY  ?- ?[A-Z]")
_TYPES = """
    JournalArticle Journal: ABST EJOUR JFULL JOUR MGZN NEWS EJOU
    ConferencePaper Conference: CONF CPAPER
    Book: BOOK CLSWK EBOOK EDBOOK SER WHOLE
    Chapter: CHAP DICT ECHAP ENCYC
    Thesis: THES
    Report: GOVDOC RPRT STAND
    Dataset: DATA DBASE
    Software: COMP
    Preprint Repository: INPR PREP PREPRINT
"""
_KINDS = {
    tag: (kinds.split()[0], kinds.split()[-1] if " " in kinds.strip() else "")
    for line in _TYPES.strip().splitlines()
    for kinds, _, tags in [line.strip().partition(": ")]
    for tag in tags.split()
}
_OTHERS = frozenset(
    "ADVS AGGR ANCIENT ART BILL BLOG CASE CHART CTLG ELEC EQUA FIGURE GEN GRANT GRNT HEAR ICOMM "  # noqa: SIM905
    "LEGAL MANSCPT MAP MPCT MULTI MUSIC PAMP PAT PCOMM SLIDE SOUND STAT UNBILL UNPB VIDEO "
    "WEB".split()
)
_NO_EDITOR = (
    "ADVS CHART COMP CTLG DBASE FIGURE HEAR LEGAL MAP MULTI NEWS PAMP STAT UNPB WEB"  # or no person
)
# Who the secondary authors are, where they are not editors, editors and translators in turn; ""
# where the tag holds no person at all.
_ROLES = {
    "THES": {"A2": "advisor", "A3": "advisor"},
    "DATA": {"A2": "", "A4": "contributor"},
    "SOUND": {"A2": "contributor", "A3": "contributor"},
    "MPCT": {"A2": "", "A3": "contributor", "A4": "contributor"},
    "MUSIC": {"A2": "contributor", "A3": "", "A4": "contributor"},
    "RPRT": {"A3": "", "A4": "contributor"},
    "GEN": {"A3": ""},
    "PAT": {"A2": "", "A3": "", "A4": "contributor"},
    **{name: {"A2": "", "A3": ""} for name in ("BLOG", "CASE", "GRNT", "VIDEO")},
    **{name: {"A2": ""} for name in _NO_EDITOR.split()},
}
_USUAL = {"A1": "author", "AU": "author", "A2": "editor", "A3": "editor", "A4": "translator"}
_NUMBERS = re.compile(r"(?i)\b(doi|pmid|pmcid): ?\s*(10\.\S+|PMC\d+|\d{4,9})(?![\w.])")
_TITLES = ("TI", "T1", "CT")
_VENUES = ("JF", "T2", "JO", "BT", "JA", "J2", "J1")


def sniff(head: bytes) -> bool:
    """Whether an entry begins in these first bytes."""
    return _FIRST.search(head.replace(b"\x00", b"").replace(b"\r", b"\n")) is not None


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each entry."""
    for entry in tagged.entries(stream, _GRAMMAR):
        if isinstance(entry, RecordError):
            yield entry
        else:
            yield from _draft(entry).items()


def _draft(entry: Entry) -> Draft:
    printed = entry.first("TY").strip().upper()
    draft = Draft(entry.line)
    draft.key = draft.plain(entry.first("ID"), "ID")
    if entry.foreign:
        draft.repair("latin-1", "entry", printed)
    if not entry.closed:
        draft.fail("ER", "", "no ER line at the end")
    kind, series = _kind(entry, printed)
    known = printed in _KINDS or printed in _OTHERS
    draft.typed(kind if known else "", series, printed)
    whole = draft.kind == "Book"
    draft.entitle(entry.first(*(("BT",) if whole else ()), *_TITLES, "ST", *(("T2",) * whole)))
    _date(draft, entry)
    for tag, value in entry.fields:
        role = _ROLES.get(printed, {}).get(tag, _USUAL.get(tag, "editor" if tag == "ED" else ""))
        if role and value:
            for name in value.split("\n"):
                draft.named(name, role)
    _place(draft, entry, series)
    _identify(draft, entry)
    _number(draft, entry, series)
    if draft.kind == "Other" and any(found.scheme == "arxiv" for found in draft.identifiers):
        draft.kind = "Preprint"
    draft.summarise(entry.first("AB", "N2"))
    draft.tagged(word for value in entry.all("KW") for word in re.split(r"\n|;", value))
    draft.language = draft.plain(entry.first("LA"), "LA")
    draft.publisher = draft.plain(entry.first("PB"), "PB")
    return draft


def _kind(entry: Entry, printed: str) -> tuple[str, str]:
    """By the type; "generic" is an article where a journal is named, or issue and volume are."""
    in_journal = entry.first("JF", "JO", "JA") or (entry.first("T2") and entry.first("IS"))
    if printed == "GEN" and in_journal and entry.first("VL"):
        return "JournalArticle", "Journal"
    return _KINDS.get(printed, ("Other", ""))


def _date(draft: Draft, entry: Entry) -> None:
    """PY or Y1, or that of the other dates of the same year which says the day."""
    draft.dated(entry.first("PY", "Y1", "DA"), "PY")
    for tag in ("Y1", "DA"):
        probe = Draft()
        probe.dated(entry.first(tag))
        same = probe.year and probe.year == (draft.year or probe.year)
        if same and len(probe.issued) > len(draft.issued):
            draft.issued, draft.year = probe.issued, probe.year


def _place(draft: Draft, entry: Entry, series: str) -> None:
    """Venue or container, volume, number and pages."""
    name = entry.first(*_VENUES)
    if draft.kind == "Chapter":
        draft.contained(entry.first("T2", "BT"), "Book")
    elif draft.kind == "ConferencePaper":
        draft.contained(entry.first("T2", "BT", "C3"))
        name = name or entry.first("C3")
    numbers = (n for value in entry.all("SN") for n in re.findall(r"\d{4}-?\d{3}[\dXx]\b", value))
    draft.appears_in("" if draft.kind == "Chapter" else name, series, issn=numbers)
    draft.volume = draft.plain(entry.first("VL"), "VL")
    draft.number = draft.plain(entry.first("IS", "M1" if series == "Journal" else ""), "IS")
    first, last = (draft.plain(entry.first(tag), tag) for tag in ("SP", "EP"))
    draft.pages = first if last in ("", first) else f"{first}-{last}"


def _identify(draft: Draft, entry: Entry) -> None:
    for value in entry.all("DO"):
        draft.identified("doi", value)
    for value in entry.all("M3", "L3", "N1", "L1"):
        for scheme, number in _NUMBERS.findall(value):
            draft.identified(scheme.lower(), number)
    _identify_in_pubmed(draft, entry)
    for kind, tags in (("page", ("UR", "LK", "L2")), ("pdf", ("L1",))):
        for value in entry.all(*tags):
            for url in value.split():
                if "//" in url:
                    draft.linked(url.strip(";,"), kind)


def _identify_in_pubmed(draft: Draft, entry: Entry) -> None:
    """What reference managers keep of PubMed's numbers."""
    for value in entry.all("C2"):
        if re.fullmatch(r"PMC\d+", value):
            draft.identified("pmcid", value)
    if "pubmed" in entry.first("DB", "DP").lower() and entry.first("AN").isdecimal():
        draft.identified("pmid", entry.first("AN"))


def _number(draft: Draft, entry: Entry, series: str) -> None:
    """The ISBNs in SN; what is neither ISBN nor ISSN is flagged."""
    for value in entry.all("SN"):
        isbns = re.findall(r"(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx]\b", value)
        for isbn in isbns:
            draft.identified("isbn", isbn)
        if not isbns and not re.search(r"\d{4}-?\d{3}[\dXx]", value):
            draft.identified("issn" if series == "Journal" else "isbn", value)
