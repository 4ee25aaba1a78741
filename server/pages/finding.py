"""What a search finds: by names and titles, by all that a byline says, by the words of abstracts.

Bylines and abstracts are those of descriptions; what is shown is the publication described, once.
Titles that only a corrected letter finds come after what has just the words typed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ingest import identifiers
from queries.search.passages import Found, read
from queries.search.textindex import Hit, folded
from server.context import Service
from server.pages.asking import ask, listed
from server.pages.excerpts import Piece, excerpt
from server.typesetting import prose

MOST = 500  # hits that are paged through; a search that finds more should be made narrower
IN_PASSAGES = 200  # by bylines, and as many by abstracts: what is worth paging through stands first


@dataclass(frozen=True, slots=True)
class Result:
    """A hit; `said_by` is the description whose abstract was found, empty where a label was."""

    hit: Hit
    said_by: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """All that was found, best first; `words` are those by which those not of labels were."""

    found: tuple[Result, ...] = ()
    words: frozenset[str] = frozenset()
    corrected: bool = False
    more: bool = False


def hits(
    service: Service, text: str, kind: str = "", limit: int = MOST, *, forgiving: bool = True
) -> list[Hit]:
    """What the text index finds; nothing where the generation has none."""
    index = service.index
    if index is None or not text:
        return []
    return index.search(text, kind or None, limit, forgiving=forgiving)


def results(service: Service, text: str, kind: str = "", titles: bool = False) -> Results:
    """What is found; with `titles` not in abstracts alone."""
    if identified := _identified(service, text, kind):
        return Results(tuple(map(Result, identified)))
    named = hits(service, text, kind, forgiving=False)
    told = Found() if len(named) >= MOST else _told(service, text, kind)
    if titles:
        told = replace(told, others=())
    if not named and not (told.exact and told.publications):
        named = hits(service, text, kind)
    first = [Result(hit) for hit in named]
    spelled = bool(named) and is_spelled(named[0], text)
    if not told.exact and spelled:
        told = Found()
    second = _described(service, told, {hit.iri for hit in named})[: MOST - len(named)]
    all_of_it = (*first, *second) if spelled or not told.exact else (*second, *first)
    return Results(
        all_of_it,
        told.words,
        bool(all_of_it) and not (spelled or (told.exact and bool(second))),
        len(named) >= MOST or max(len(told.beside), len(told.others)) >= IN_PASSAGES,
    )


def _identified(service: Service, text: str, kind: str) -> list[Hit]:
    """What the text is an identifier of: a DOI, an ORCID, an address here or of another graph."""
    index = service.index
    given = [identifiers.iri(found) for found in identifiers.meant(text.strip())]
    named = list(filter(None, given))
    here = [text.strip()] if text.startswith(f"{service.iris.base}id/") else []
    if index is None or not (named or here):
        return []
    if named:
        (rows,) = ask(service, listed("identified", "identifier", named))
        here += [row["thing"] for row in rows]
    found = index.rows_of([*here, *_canonical(service, here).values()])
    return [hit for hit in found.values() if kind in ("", hit.kind)]


def is_spelled(hit: Hit, text: str) -> bool:
    """Whether a hit holds the words as they were typed (or begins with them)."""
    known = folded(f"{hit.label} {hit.names} {hit.detail}")
    return all(any(word.startswith(typed) for word in known) for typed in folded(text))


def _told(service: Service, text: str, kind: str) -> Found:
    passages = service.snapshot.passages
    if passages is None or kind not in ("", "publication"):
        return Found()
    return passages.search(text, IN_PASSAGES)


def _described(service: Service, told: Found, known: Collection[str]) -> list[Result]:
    """The publications that these describe, each once, without those known already."""
    index = service.index
    if index is None or not told.publications:
        return []
    below = f"{service.iris.base}id/"
    iris = [below + path for path in told.publications]
    beside = {below + path for path in told.beside}
    rows = index.rows_of(iris)
    canonical = _canonical(service, [iri for iri in iris if iri not in rows])
    rows |= index.rows_of(canonical.values())
    found: dict[str, Result] = {}
    for iri in iris:
        hit = rows.get(canonical.get(iri, iri))
        if hit is not None and hit.iri not in known:
            found.setdefault(hit.iri, Result(hit, "" if iri in beside else iri))
    return list(found.values())


def _canonical(service: Service, members: Sequence[str]) -> dict[str, str]:
    """Whom those stand for that the text index does not name."""
    if not members:
        return {}
    (rows,) = ask(service, listed("canonical", "member", members))
    return {row["member"]: row["canonical"] for row in rows}


def excerpts(
    service: Service, shown: Sequence[Result], found: Results, text: str
) -> dict[str, tuple[Piece, ...]]:
    """Of each that was found in its abstract the words that say so, by the IRI of the hit."""
    said_by = {one.said_by: one.hit.iri for one in shown if one.said_by}
    if not said_by:
        return {}
    (rows,) = ask(service, listed("abstracts", "publication", said_by))
    typed = read(text)
    return {
        said_by[row["publication"]]: excerpt(prose(row["abstract"]), found.words, typed)
        for row in rows
    }
