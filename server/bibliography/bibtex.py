r"""BibTeX: one entry; text as LaTeX has it, formulas as they are.

BibTeX itself counts braces without regard to backslashes, so `\{` breaks an entry that LaTeX could
read: braces go out by name.
"""

import re
from collections.abc import Iterable

from server.bibliography.citations import Citation, Name
from server.typesetting import formulas

# Our class -> the type of the entry, and which field tells where it appeared, who published it.
TYPES = {
    "ConferencePaper": ("inproceedings", "booktitle", "publisher"),
    "WorkshopPaper": ("inproceedings", "booktitle", "publisher"),
    "ConferenceAbstract": ("inproceedings", "booktitle", "publisher"),
    "JournalArticle": ("article", "journal", "publisher"),
    "Editorial": ("article", "journal", "publisher"),
    "Erratum": ("article", "journal", "publisher"),
    "Chapter": ("incollection", "booktitle", "publisher"),
    "Book": ("book", "series", "publisher"),
    "Thesis": ("phdthesis", "series", "school"),
    "Report": ("techreport", "series", "institution"),
    "Dataset": ("dataset", "howpublished", "publisher"),
    "Software": ("software", "howpublished", "publisher"),
    "Proceedings": ("proceedings", "series", "publisher"),
    "Issue": ("periodical", "journal", "publisher"),
}
OTHER = ("misc", "howpublished", "publisher")
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_TABLE = str.maketrans(_SPECIAL)
# What breaks an address: BibTeX counts its braces, LaTeX takes a backslash for a command.
_IN_ADDRESS = str.maketrans({"\\": "%5C", "{": "%7B", "}": "%7D", " ": "%20"})
# What parts names, or parts of a name, unless braces hold it together.
_PARTING = re.compile(r",|(?:^|\s)and(?:\s|$)", re.IGNORECASE)


def entry(found: Citation) -> str:
    """One entry; the title in two pairs of braces, so that no style lowers its capitals."""
    kind, place, publisher = TYPES.get(found.kind, OTHER)
    first, last = found.pages
    date = found.date
    people = [name(one) for one in found.authors]
    if people and found.cut_off:
        people.append("others")  # BibTeX's word for those that a list leaves out
    venue = found.venue
    values = {
        "title": f"{{{escaped(found.one('title'))}}}",
        "author": " and ".join(people),
        "editor": " and ".join(map(name, found.editors)),
        place: escaped(found.place),
        "series": escaped(venue) if place == "booktitle" and venue != found.place else "",
        "year": date[0] if date else "",
        "volume": escaped(found.one("volume")),
        "number": escaped(found.one("number")),
        "pages": f"{escaped(first)}--{escaped(last)}" if last else escaped(first),
        publisher: escaped(found.one("publisher")),
        "isbn": escaped(", ".join(found.fields.get("isbn", ()))),
        "issn": escaped(", ".join(found.fields.get("issn", ()))),
        "language": escaped(found.one("language")),
        "doi": _address(found.one("doi")),
        "eprint": _address(found.one("arxiv")),
        "archiveprefix": "arXiv" if found.one("arxiv") else "",
        "url": _address(found.one("url")),
    }
    if place == "series" and venue == found.one("title"):
        values["series"] = ""  # of the series of itself
    lines = [f"  {field} = {{{value}}}," for field, value in values.items() if value]
    if len(date) > 1:
        lines.append(f"  month = {MONTHS[int(date[1]) - 1]},")
    return "\n".join((f"@{kind}{{{found.key},", *lines, "}")) + "\n"


def name(one: Name) -> str:
    """A name as "Family, Junior, Given"; in braces what stays together."""
    if one.group:
        return f"{{{escaped(one.printed)}}}"
    if one.whole:
        return _held(one.printed)
    return ", ".join(_held(part) for part in (one.family, one.junior, one.given) if part)


def _held(part: str) -> str:
    text = escaped(part)
    return f"{{{text}}}" if _PARTING.search(part) else text


def _address(text: str) -> str:
    return text.translate(_IN_ADDRESS)


def escaped(text: str) -> str:
    """The text for LaTeX on one line, which takes formulas as they are."""
    text = " ".join(text.split())
    if "$" not in text and "\\" not in text:
        return text.translate(_TABLE)
    return "".join(_pieces(text))


def _pieces(text: str) -> Iterable[str]:
    end = 0
    for found in formulas(text):
        if _is_closed(found[0]):
            yield text[end : found.start()].translate(_TABLE)
            yield found[0]
            end = found.end()
    yield text[end:].translate(_TABLE)


def _is_closed(formula: str) -> bool:
    """Whether its braces pair as BibTeX counts them."""
    depth = 0
    for letter in formula:
        depth += (letter == "{") - (letter == "}")
        if depth < 0:
            return False
    return depth == 0
