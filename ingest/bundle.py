"""The demo's data: bibliographic facts of two sources, made from their files without abstracts.

Sentences of an abstract are other people's; a title, a name, a year, an identifier and an address
are facts. So the page keeps, in place of each abstract, the addresses found in it, and the records
lose their `abstract`. Made again from the same files, the bundle is the same, byte for byte.
"""

import json
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from ingest.readers import arrow, jsons
from ingest.readers.errors import ReadError
from ingest.readers.streams import lines, open_bytes
from ingest.records import Record, RecordError

PAGE = "sergey-levine.arrow.txt"
RECORDS = "sergey-levine.mlanthology.json"


def bundled(name: str) -> Traversable:
    """A bundled file, by its name."""
    return resources.files("ingest").joinpath("data", name)


def bundle(page: Path, records: Path, out: Path) -> list[Path]:
    """Writes both files of the bundle into the folder `out`; gives their paths."""
    made = [out / PAGE, out / RECORDS]
    made[0].write_text(_page_without_abstracts(page), encoding="utf-8")
    made[1].write_text(_records_without_abstracts(records), encoding="utf-8")
    return made


def _page_without_abstracts(page: Path) -> str:
    with open_bytes(page) as stream:
        items = list(arrow.read(stream))
    if broken := next((item for item in items if isinstance(item, RecordError)), None):
        raise ReadError(page, f"line {broken.line}: {broken.reason}")
    found = [item for item in items if isinstance(item, Record)]
    if not found:
        raise ReadError(page, "no record to bundle")
    with open_bytes(page) as stream:
        printed = [line.text for line in lines(stream)]
    first = min(record.line for record in found if record.line is not None)
    head = "\n".join(printed[: first - 1])
    return head + "\n" + "\n".join(_record_text(record, printed) for record in found)


def _record_text(record: Record, printed: list[str]) -> str:
    """A record in the page's own words, its abstract replaced by the addresses in it."""
    heading = printed[(record.line or 1) - 1]
    shown = (person for person in record.contributors if person.ordinal is not None)
    authors = "\n".join(f"  \u2022 {person.printed}" for person in shown)
    addresses = "\n".join(link.url for link in record.links)
    return "\n\n".join(filter(None, (heading, record.title, authors, addresses))) + "\n"


def _records_without_abstracts(records: Path) -> str:
    with open_bytes(records) as stream:
        found = list(jsons.values(stream))
    kept = []
    for item in found:
        if isinstance(item, RecordError):
            raise ReadError(records, f"line {item.line}: {item.reason}")
        kept.append({k: v for k, v in item.value.items() if k != "abstract" and v not in ("", [])})
    rows = (json.dumps(fields, ensure_ascii=False) for fields in kept)
    return "[\n" + ",\n".join(rows) + "\n]\n"
