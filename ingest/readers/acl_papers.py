"""Papers of the ACL Anthology as JSON Lines, authors as printed: what resolution is measured on.

One object a paper: `id`, `title`, `year`, `collection`, `booktitle` and `authors`, each with `pos`
(from 0), `first`, `last` and `name`. There are no author ids; the key is the Anthology's own id.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from ingest.readers import jsons
from ingest.readers.drafts import Draft, objects
from ingest.records import Item, RecordError

_OLD = re.compile(r"(?P<letter>[A-Z])\d\d")
_SIGNS = (b'"collection"', b'"booktitle"', b'"authors"', b'"pos"')


def sniff(head: bytes) -> bool:
    """Whether the first line has the fields of such a paper."""
    first = head.lstrip().split(b"\n", 1)[0]
    return first.startswith(b"{") and all(sign in first for sign in _SIGNS)


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each paper."""
    for found in jsons.values(stream):
        if isinstance(found, RecordError):
            yield found
        elif isinstance(found.value, dict):
            yield from _draft(found.value, found.line, found.sound).items()
        else:
            yield RecordError("not an object", line=found.line, value=str(found.value)[:80])


def kind_of(collection: str) -> tuple[str, str]:
    """Kinds of paper and series in a collection: "J12", "W19", "2020.tacl", "2020.emnlp"."""
    old = _OLD.fullmatch(collection)
    series = old["letter"] if old else collection.partition(".")[2]
    if series in ("J", "Q", "cl", "tacl"):
        return "JournalArticle", "Journal"
    return ("WorkshopPaper", "Workshop") if series == "W" else ("ConferencePaper", "Conference")


def _draft(paper: dict[str, Any], line: int, sound: bool) -> Draft:
    draft = Draft(line)
    draft.key = draft.plain(paper.get("id"), "id")
    if not sound:
        draft.fail("", "", "not UTF-8")
    draft.kind, series = kind_of(draft.plain(paper.get("collection"), "collection"))
    draft.entitle(paper.get("title"))
    draft.dated(paper.get("year"), "year")
    draft.appears_in(paper.get("booktitle"), series)
    draft.identified("doi", paper.get("doi"))
    if draft.key:
        draft.identified("aclId", draft.key)
    for author in sorted(objects(paper.get("authors")), key=_position):
        first, last = (draft.plain(author.get(name), "authors") for name in ("first", "last"))
        if last:
            draft.person(last, first)
        else:
            draft.named(draft.plain(author.get("name"), "authors") or first)
    return draft


def _position(author: dict[str, Any]) -> int:
    found = author.get("pos")
    return found if isinstance(found, int) else 0
