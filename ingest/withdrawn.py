"""IRIs that a reload leaves without an entity, and what stands for them now."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from rapidfuzz import fuzz

from ingest.difference import Change
from ontology import terms

SIMILAR = 70.0  # least likeness of titles where several new records agree on venue and authors

_VENUE = re.compile(f" <{re.escape(terms.PRINTED_VENUE)}> (.*) .\n".encode())
_NAME = re.compile(f" <{re.escape(terms.PRINTED_NAME)}> (.*) .\n".encode())
_LABEL = re.compile(f"^<[^>]*> <{re.escape(terms.LABEL)}> (.*) .\n".encode(), re.MULTILINE)

Looks = tuple[str, bytes, tuple[bytes, ...]]


def vanished(changes: Iterable[Change]) -> Iterator[tuple[str, str | None]]:
    """Each publication and row that vanished or came, and its replacement.

    None: it is there (again); "": nothing replaces it.
    """
    gone: list[tuple[str, bytes]] = []
    came: dict[Looks, list[tuple[str, bytes]]] = defaultdict(list)
    for old, new in changes:
        if old is None and new is not None:
            came[_looks(new)].append((_iri(new), new))
        elif new is None and old is not None:
            gone.append((_iri(old), old))
    for entries in came.values():
        yield from ((iri, None) for iri, _ in entries)
    for iri, block in gone:
        yield iri, _replacement(block, came.get(_looks(block), []))


def _iri(block: bytes) -> str:
    return block[1 : block.index(b">")].decode()


def _looks(block: bytes) -> Looks:
    """What a replacement must agree on: venue and authors; for a row, its name."""
    if "/id/author/" in _iri(block):
        return "author", _label(block), ()
    venue = _VENUE.search(block)
    names = tuple(sorted(_NAME.findall(block)))
    return "publication", venue[1] if venue else b"", names


def _label(block: bytes) -> bytes:
    found = _LABEL.search(block)
    return found[1] if found else b""


def _replacement(old: bytes, candidates: list[tuple[str, bytes]]) -> str:
    """The candidate with the most similar title; "" where there is none or no clear one."""
    if not candidates or (not _NAME.search(old) and "/id/author/" not in _iri(old)):
        return ""
    title = _label(old).decode()
    scored = sorted(((fuzz.ratio(title, _label(b).decode()), iri) for iri, b in candidates))
    best = scored[-1]
    if len(scored) > 1 and best[0] < SIMILAR:
        return ""
    return best[1]
