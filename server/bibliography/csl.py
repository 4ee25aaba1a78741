"""CSL-JSON: one item, as citation processors and reference managers take it."""

from server.bibliography.citations import Citation, Name

TYPES = {
    "ConferencePaper": "paper-conference",
    "WorkshopPaper": "paper-conference",
    "ConferenceAbstract": "paper-conference",
    "JournalArticle": "article-journal",
    "Editorial": "article-journal",
    "Erratum": "article-journal",
    "Preprint": "article",
    "Chapter": "chapter",
    "Book": "book",
    "Thesis": "thesis",
    "Report": "report",
    "Dataset": "dataset",
    "Software": "software",
    "Proceedings": "book",
    "Issue": "periodical",
}
OTHER = "document"
# CSL's variables of plain text, and our fields.
VARIABLES = {
    "title": "title",
    "volume": "volume",
    "issue": "number",
    "publisher": "publisher",
    "DOI": "doi",
    "URL": "url",
    "abstract": "abstract",
    "language": "language",
}
OTHERS = "others"  # who are not named; as citation processors have it from BibTeX

Item = dict[str, object]


def item(found: Citation) -> Item:
    """One item."""
    made: Item = {"id": found.iri, "type": TYPES.get(found.kind, OTHER)}
    made |= {name: value for name, ours in VARIABLES.items() if (value := found.one(ours))}
    made |= {
        name: ", ".join(values)
        for name, ours in (("ISBN", "isbn"), ("ISSN", "issn"))
        if (values := found.fields.get(ours))
    }
    made |= _place(found)
    first, last = found.pages
    if first:
        made["page"] = f"{first}-{last}" if last else first
    authors = [_name(one) for one in found.authors]
    if authors and found.cut_off:
        authors.append({"literal": OTHERS})
    for role, people in (("author", authors), ("editor", [_name(one) for one in found.editors])):
        if people:
            made[role] = people
    if found.date and found.date[0].isdecimal():
        made["issued"] = {"date-parts": [[int(part) for part in found.date]]}
    return made


def _place(found: Citation) -> Item:
    """Where it appeared; a preprint appears in nothing, its server publishes it."""
    arxiv = found.one("arxiv")
    if found.kind == "Preprint":
        made = {"publisher": found.place, "number": f"arXiv:{arxiv}" if arxiv else ""}
    else:
        of_itself = found.place == found.one("title")
        made = {
            "container-title": "" if of_itself else found.place,
            "note": f"arXiv:{arxiv}" if arxiv else "",
        }
    return {name: value for name, value in made.items() if value}


def _name(one: Name) -> dict[str, str]:
    if one.whole:
        return {"literal": one.printed}
    parts = {"family": one.family, "given": one.given, "suffix": one.junior}
    return {name: part for name, part in parts.items() if part}
