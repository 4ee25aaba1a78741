"""How far the readers agree with the import cases of Zotero's translators, by format and field.

    python tests/benchmarks/zotero_cases.py [FOLDER] [--all] [--only NAME]

FOLDER holds `import__NAME.json` files: cases of `input` text and the `items` expected of it. The
format is guessed from the content. Type, title, names, date and identifiers are compared; what
Zotero has no year for ("0000 Year") and identifiers that break their scheme count as absent. With
`--all` every disagreement is listed.
"""

import argparse
import json
import re
import tempfile
import unicodedata
from collections import Counter
from html import unescape
from pathlib import Path

import click

from ingest import dates, identifiers
from ingest.readers import ReadError, UnknownFormat, open_records
from ingest.records import Record, RecordError

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "formats" / "zotero-testcases"
ASKED = {
    "BibTeX": ("bibtex",),
    "RIS": ("ris",),
    "CSL_JSON": ("csl",),
    "OpenAlex_JSON": ("openalex",),
    "Datacite_JSON": ("datacite-json",),
    "MEDLINEnbib": ("medline",),
    "PubMed_XML": ("pubmed",),
    "MARC": ("marc",),
    "MARCXML": ("marcxml",),
    "MODS": ("mods",),
    "Web_of_Science_Tagged": ("wos",),
    "Crossref_Unixref_XML": ("unixref",),
    "Endnote_XML": ("endnote",),
    "RDF": ("rdf",),
    "Bibliontology_RDF": ("rdf",),
}
FIELDS = ("type", "title", "names", "date", "identifiers")
_ANY_OTHER = {"Other", "Publication"}
_KINDS = {
    "journalArticle": {"JournalArticle", "Editorial", "Erratum", "ConferenceAbstract"},
    "magazineArticle": {"JournalArticle", "Editorial"},
    "newspaperArticle": {"JournalArticle"},
    "conferencePaper": {"ConferencePaper", "WorkshopPaper", "ConferenceAbstract"},
    "bookSection": {"Chapter"},
    "encyclopediaArticle": {"Chapter"},
    "dictionaryEntry": {"Chapter"},
    "book": {"Book", "Proceedings"},
    "thesis": {"Thesis"},
    "report": {"Report"},
    "preprint": {"Preprint"},
    "dataset": {"Dataset"},
    "computerProgram": {"Software"},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLES)
    parser.add_argument("--all", action="store_true", help="list every disagreement")
    parser.add_argument("--only", default="", help="one format, as the files name it")
    options = parser.parse_args()
    total = Counter()
    for path in sorted(options.folder.glob("import__*.json")):
        name = path.stem.removeprefix("import__")
        if options.only in ("", name):
            total += _format(name, json.loads(path.read_text("utf-8")), options.all)
    right, asked = total["right"], total["asked"]
    click.echo(f"formats asked for: {right} of {asked} fields agree, {right / max(asked, 1):.1%}")


def compared(cases):
    """Fields that agree, items seen, formats guessed, and where the rest are and what they say."""
    right, seen, guessed, listed = Counter(), 0, Counter(), {}
    for number, case in enumerate(cases):
        found, how, errors = _read(case["input"])
        guessed[how] += 1
        for place, (item, record) in enumerate(_paired(case["items"], found)):
            seen += 1
            for field in FIELDS:
                expected, got = _compared(field, item, record)
                agrees = record is not None and _agrees(field, expected, got)
                right[field] += agrees
                if not agrees:
                    listed[number, place, field] = f"{expected} != {got}"
        if len(found) != len(case["items"]) or errors:
            many = f"{len(found)} records for {len(case['items'])} items"
            listed[number, 0, "records"] = f"{many}; {errors[:2]}"
    return right, seen, guessed, listed


def _format(name, cases, verbose):
    right, seen, guessed, listed = compared(cases)
    if name not in ASKED:
        click.echo(f"{name}: not asked for; read as {', '.join(guessed)}")
        return Counter()
    share = sum(right.values()) / (seen * len(FIELDS))
    by_field = ", ".join(f"{field} {right[field]}/{seen}" for field in FIELDS)
    click.echo(f"{name}: {share:.1%} ({by_field}); read as {', '.join(guessed)}")
    if verbose:
        for (number, place, field), said in listed.items():
            click.echo(f"    case {number} item {place} {field}: {said}")
    return Counter(right=sum(right.values()), asked=seen * len(FIELDS))


def _paired(items, records):
    """Each item with the record of its title, else with the next that is left: orders differ."""
    left = list(records)
    pairs = []
    for item in items:
        title = _Expected.title(item)
        same = next((r for r in left if title and _Found.title(r) == title), None)
        if same is not None:
            left.remove(same)
        pairs.append((item, same))
    return [(item, r or (left.pop(0) if left else None)) for item, r in pairs]


def _read(text):
    """The records of a case, the format that they were read as, and the fatal errors."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        try:
            opened = open_records(path)
            items = list(opened.items)
        except UnknownFormat:
            return [], "unknown format", []
        except ReadError as error:
            return [], error.reason, []
    records = [item for item in items if isinstance(item, Record)]
    fatal = [i.reason for i in items if isinstance(i, RecordError) and i.fatal]
    return records, opened.format.name, fatal


def _compared(field, item, record):
    return getattr(_Expected, field)(item), getattr(_Found, field)(record) if record else None


class _Expected:
    """What Zotero's item says, in a form to compare."""

    @staticmethod
    def type(item):
        return _KINDS.get(item["itemType"], _ANY_OTHER)

    @staticmethod
    def title(item):
        names = ("title", "caseName", "nameOfAct", "subject")
        return _plain(next((item[name] for name in names if item.get(name)), ""))

    @staticmethod
    def names(item):
        return sorted(
            _words(f"{c.get('firstName', '')} {c.get('lastName', '')} {c.get('name', '')}")
            for c in item["creators"]
        )

    @staticmethod
    def date(item):
        printed = ("date", "dateDecided", "dateEnacted", "issueDate")
        found = dates.iso(str(next((item[name] for name in printed if item.get(name)), "")))
        return found if found >= "1450" else ""

    @staticmethod
    def identifiers(item):
        extra = dict(
            re.findall(r"(?m)^(DOI|PMID|PMCID|ISBN|ISSN|arXiv): *(.+)$", item.get("extra", ""))
        )
        fields = {**extra, **item}
        if item.get("archiveID", "").lower().startswith("arxiv:"):
            fields["arXiv"] = item["archiveID"]
        found = set()
        for scheme in ("DOI", "PMID", "PMCID", "arXiv"):
            found.add(_identifier(scheme.lower(), fields.get(scheme, "")))
        for scheme in ("ISBN", "ISSN"):
            found.update(
                _identifier(scheme.lower(), value)
                for value in re.split(r"[,;\s]+", fields.get(scheme, ""))
            )
        return found - {None}


class _Found:
    """The same of our record."""

    @staticmethod
    def type(record):
        return record.kind

    @staticmethod
    def title(record):
        return _plain(record.label or record.title)

    @staticmethod
    def names(record):
        mended = sorted(_words(c.name) for c in record.contributors)
        return mended, sorted(_words(c.printed) for c in record.contributors)

    @staticmethod
    def date(record):
        return record.issued

    @staticmethod
    def identifiers(record):
        found = {(i.scheme, i.value) for i in record.identifiers if i.valid}
        found |= {(i.scheme, i.value) for i in (record.container or record).identifiers if i.valid}
        return found | {("issn", value) for value in (record.venue.issn if record.venue else ())}


def _agrees(field, expected, got):
    if field == "type":
        return got in expected
    if field == "names":
        return expected in got
    return expected <= got if field == "identifiers" else expected == got


def _identifier(scheme, value):
    found = identifiers.identifier(scheme, value) if value else None
    return (found.scheme, found.value) if found and found.valid else None


def _plain(title):
    text = unicodedata.normalize("NFC", unescape(re.sub(r"<[^>]+>", "", title)))
    return re.sub(r"\W+", " ", text).strip().casefold()


def _words(name):
    return " ".join(sorted(re.findall(r"\w+", unicodedata.normalize("NFC", name).casefold())))


if __name__ == "__main__":
    main()
