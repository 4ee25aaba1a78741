"""RIS: one record of tagged lines, which end as the format wants them."""

from collections.abc import Iterator

from server.bibliography.citations import Citation, Name

TYPES = {
    "ConferencePaper": "CPAPER",
    "WorkshopPaper": "CPAPER",
    "ConferenceAbstract": "CPAPER",
    "JournalArticle": "JOUR",
    "Editorial": "JOUR",
    "Erratum": "JOUR",
    "Preprint": "UNPB",
    "Chapter": "CHAP",
    "Book": "BOOK",
    "Thesis": "THES",
    "Report": "RPRT",
    "Dataset": "DATA",
    "Software": "COMP",
    "Proceedings": "CONF",
}
OTHER = "GEN"
CUT_OFF = "et al."


def entry(found: Citation) -> str:
    """One record."""
    lines = [f"{tag}  - {text}" for tag, value in _lines(found) if (text := _line(value))]
    return "\r\n".join((*lines, "ER  - ")) + "\r\n"


def _lines(found: Citation) -> Iterator[tuple[str, str]]:
    kind = TYPES.get(found.kind, OTHER)
    first, last = found.pages
    date = found.date
    arxiv = found.one("arxiv")
    yield "TY", kind
    yield "TI", found.one("title")
    yield from (("AU", _name(one)) for one in found.authors)
    if found.authors and found.cut_off:
        yield "AU", CUT_OFF
    yield from (("ED", _name(one)) for one in found.editors)
    yield "PY", date[0] if date else ""
    if len(date) > 1:
        yield "DA", "/".join((*date, "", "")[:3]) + "/"
    yield "JF" if kind == "JOUR" else "T2", found.place
    yield from (("VL", found.one("volume")), ("IS", found.one("number")))
    yield from (("SP", first), ("EP", last), ("PB", found.one("publisher")))
    yield from (
        ("SN", number) for name in ("isbn", "issn") for number in found.fields.get(name, ())
    )
    yield from (("DO", found.one("doi")), ("LA", found.one("language")))
    yield "UR", f"https://arxiv.org/abs/{arxiv}" if arxiv else ""
    yield "UR", found.one("url") or ("" if arxiv else found.iri)
    yield from (("AB", found.one("abstract")), ("ID", found.key))


def _name(one: Name) -> str:
    """A name as "Family, Given, Junior", the parts that there are."""
    if one.whole:
        return one.printed
    return ", ".join(part for part in (one.family, one.given, one.junior) if part)


def _line(text: str) -> str:
    return " ".join(text.split())
