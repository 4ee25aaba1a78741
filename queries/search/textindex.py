"""The text index of a published generation: finds entities by what people type.

A word that the index lacks gives way to those nearest to it. Frequent words are slow to look up
beside a rare one, and are then looked for in the few rows that the rare one leaves. Opened
immutable, as a published generation never changes.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import quote

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from queries.search.indexing import (
    KINDS,
    NAMES_APART,
    SHORT_LABEL,
    Row,
    amend,
    build,
    folded,
    numbers,
)
from queries.search.spelling import variants

__all__ = [
    "KINDS",
    "NAMES_APART",
    "Hit",
    "Row",
    "TextIndex",
    "amend",
    "build",
    "folded",
    "ranked",
    "read",
]

CORRECTIONS = 32  # nearest words tried in the place of one that the index lacks
RESCORED = 50  # best by papers that are then ordered by likeness to what was typed
BEGINNINGS = 64  # words, the most frequent, that a beginning of many letters may become
INDEXED_LETTERS = 4  # of a beginning that the index has ready; see its `prefix`
LONGEST_WORD = 40  # letters of a word that is corrected
LONG_WORD = 8  # letters of a word in which two may be wrong, though none of the first three
PADDED, PADDING = 2, 8  # how many times the letters typed, and more, a label has that is just that
RARE = 2_000  # rows of a word beside which one of many times as many is looked for in its rows
TIMES = 20
FEW = 4  # words that one part may stand for, to be looked for before a text is taken apart
REMEMBERED = 256  # words, with those near to them
WITH_PAPERS_FIRST = ("author", "venue", "publication")
_QUOTED = re.compile(r'"([^"]*)"|([^"]+)')
_SOME_BEGIN = (  # which of these any word begins with
    "SELECT value FROM json_each(?) WHERE EXISTS"
    " (SELECT 1 FROM term WHERE term >= value AND term < value || char(1114111))"
)
_ROW = "e.iri, e.kind, e.label, e.detail, e.papers, e.names"

_Row = tuple[str, str, str, str, int, str]


@dataclass(frozen=True, slots=True)
class Hit:
    """An entity found; `score` is 100 where its label is what was typed.

    `names` are the others that it goes by, with `NAMES_APART` between them.
    """

    iri: str
    kind: str
    label: str
    detail: str
    papers: int
    score: float
    names: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One word or phrase that was typed; `open` where it may be but the beginning of a word."""

    words: tuple[str, ...]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row must have one of: words, the beginning of one, or a phrase; in about how many."""

    words: tuple[str, ...]
    rows: int
    beginning: str = ""
    phrase: bool = False

    @property
    def match(self) -> str:
        """As FTS5 wants it: quoted, so that no word is an operator."""
        if self.phrase:
            return f'"{" ".join(self.words)}"'
        begun = [f'"{self.beginning}"*'] if self.beginning else []
        return " OR ".join([*(f'"{word}"' for word in self.words), *begun])


def read(text: str, words: Callable[[str], list[str]] = folded) -> list[Part]:
    """What was typed: phrases in quotation marks, single words; the last may be a beginning.

    `words` are those of a text as the index holds them.
    """
    parts: list[Part] = []
    for quoted, plain in _QUOTED.findall(text):
        if quoted:
            parts.append(Part(tuple(words(quoted))))
        else:
            parts += (Part((word,), len(word) == 1) for word in words(plain))
    parts = list(dict.fromkeys(part for part in parts if part.words))
    if parts and not text.rstrip().endswith('"'):
        parts[-1] = Part(parts[-1].words, len(parts[-1].words) == 1)
    return parts


class TextIndex:
    """An index being read; one for each thread, as SQLite wants it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._known_near: dict[tuple[str, bool], dict[str, int]] = {}
        found = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'term'").fetchone()
        self._counted = found is not None  # an index of an earlier version has no such table

    @classmethod
    def open(cls, path: Path) -> Self:
        """The index in this file of a published generation, which must never change."""
        uri = f"file:{quote(str(path.resolve()))}?immutable=1&mode=ro"
        return cls(sqlite3.connect(uri, uri=True, check_same_thread=False))

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close()

    def search(
        self,
        text: str,
        kind: str | None = None,
        limit: int = 20,
        offset: int = 0,
        *,
        forgiving: bool = True,
    ) -> list[Hit]:
        """The entities with all these words, best first; the last word may be a beginning.

        Where none has all and it is `forgiving`, every word gives way to those near to it.
        """
        parts = read(text)
        if not parts:
            return []
        typed = " ".join(word for part in parts for word in part.words)
        most = offset + max(limit, RESCORED)
        found = self._found([self._wanted(part) for part in parts], kind, most)
        found |= {row[0]: row for row in self._called(text.strip(), kind)}
        if not found and forgiving:
            found = self._found([self._near_to(part) for part in parts], kind, most)
        return ranked(found.values(), typed, offset + limit)[offset:]

    def suggest(self, prefix: str, kind: str | None = None, limit: int = 10) -> list[Hit]:
        """What can still become of the letters typed so far."""
        return self.search(prefix, kind, limit)

    def size(self) -> int:
        """How many entities the index holds."""
        return int(self._database.execute("SELECT count(*) FROM entity").fetchone()[0])

    def listed(self, offset: int, limit: int) -> list[str]:
        """IRIs of entities, in an order that stays within a generation."""
        text = "SELECT iri FROM entity ORDER BY id LIMIT ? OFFSET ?"
        return [iri for (iri,) in self._database.execute(text, (limit, offset))]

    def largest(self, kind: str, limit: int) -> list[Hit]:
        """Those with most papers."""
        rows: Iterable[_Row] = self._database.execute(
            f"SELECT {_ROW} FROM entity e WHERE e.id BETWEEN ? AND ? ORDER BY e.id LIMIT ?",
            (*numbers(kind), limit),
        )
        return [_hit(row, 100.0) for row in rows]

    def rows_of(self, iris: Iterable[str]) -> dict[str, Hit]:
        """Those of these that the index has, by IRI."""
        wanted = json.dumps(list(iris))
        rows: Iterable[_Row] = self._database.execute(
            f"SELECT {_ROW} FROM json_each(?) wanted JOIN entity e ON e.iri = wanted.value",
            (wanted,),
        )
        return {row[0]: _hit(row, 0.0) for row in rows}

    def labels(self, iris: Iterable[str]) -> dict[str, str]:
        """What those of these are called that the index has: half the time of their rows."""
        wanted = json.dumps(list(iris))
        rows: Iterable[tuple[str, str]] = self._database.execute(
            "SELECT e.iri, e.label FROM json_each(?) wanted JOIN entity e ON e.iri = wanted.value",
            (wanted,),
        )
        return dict(rows)

    def _called(self, text: str, kind: str | None) -> list[_Row]:
        """Those whose label is just this: there may be many better ones with its words."""
        if not self._counted or len(text) > SHORT_LABEL:
            return []
        statement = (
            f"SELECT {_ROW} FROM entity e WHERE e.label = ? COLLATE NOCASE"
            f" AND length(e.label) <= {SHORT_LABEL} ORDER BY e.id LIMIT {RESCORED}"
        )
        found: Iterable[_Row] = self._database.execute(statement, (text,))
        return [row for row in found if kind in (None, row[1])]

    def _found(self, wanted: Sequence[Wanted], kind: str | None, most: int) -> dict[str, _Row]:
        """The best of each kind with all that is wanted."""
        if not all(one.words or one.beginning for one in wanted):
            return {}
        least = min(one.rows for one in wanted)
        limit = max(TIMES * least, RARE) if least <= RARE else max(one.rows for one in wanted)
        asked = " AND ".join(f"({one.match})" for one in wanted if one.rows <= limit)
        left = [one for one in wanted if one.rows > limit]
        found: dict[str, _Row] = {}
        for one in WITH_PAPERS_FIRST if kind is None else (kind,):
            if kind is None and one == "publication" and _with_papers(found) >= most:
                break  # they have no papers, and so come after all these
            found |= {row[0]: row for row in islice(self._matches(asked, left, one), most)}
        return found

    def _matches(self, asked: str, left: Sequence[Wanted], kind: str) -> Iterator[_Row]:
        rows: Iterable[_Row] = self._database.execute(
            f"SELECT {_ROW} FROM words JOIN entity e ON e.id = words.rowid"
            " WHERE words MATCH ? AND words.rowid BETWEEN ? AND ? ORDER BY words.rowid",
            (asked, *numbers(kind)),
        )
        lacking = [_Lacking.of(one) for one in left]
        for row in rows:
            if not left or _has(f"{row[2]} {row[5]}", lacking):
                yield row

    def _rows(self, words: Sequence[str]) -> dict[str, int]:
        """How many rows have each of these words; those that none has are left out."""
        if not self._counted:
            return {}
        marks = ", ".join("?" * len(words))
        return dict(self._database.execute(f"SELECT * FROM term WHERE term IN ({marks})", words))

    def _begun(self, beginning: str) -> dict[str, int]:
        """The most frequent words that begin so, and how many rows have each."""
        if not self._counted:
            return {}
        return dict(
            self._database.execute(
                "SELECT * FROM term WHERE term >= ? AND term < ? ORDER BY rows DESC LIMIT ?",
                (beginning, f"{beginning}\U0010ffff", BEGINNINGS),
            )
        )

    def _wanted(self, part: Part) -> Wanted:
        """The word or phrase itself; where the index has no such word, those near to it."""
        if len(part.words) > 1:
            known = self._rows(part.words)
            return Wanted(part.words, min(known.get(w, 0) for w in part.words), phrase=True)
        (word,) = part.words
        if part.open and (len(word) <= INDEXED_LETTERS or not self._counted):
            if len(word) < 3 or not self._counted or self._begun(word):
                return Wanted((), 1 << 40, beginning=word)
        elif found := self._begun(word) if part.open else self._rows(part.words):
            return Wanted(tuple(found), sum(found.values()))
        elif not self._counted:
            return Wanted(part.words, 1 << 40)
        return self._near_to(part)

    def _near_to(self, part: Part) -> Wanted:
        """The word with all that may have been meant by it."""
        if len(part.words) > 1 or not self._counted:
            return Wanted(part.words, 1 << 40, phrase=True)
        (word,) = part.words
        if not 3 <= len(word) <= LONGEST_WORD:
            return Wanted((), 1 << 40, beginning=word)
        found = self._rows([word]) | self._near(word)
        if part.open:
            found |= self._begun(word) or (self._begun_near(word) if not found else {})
        return Wanted(tuple(found), sum(found.values()))

    def _near(self, word: str) -> dict[str, int]:
        """Words at most one edit away, else two for long ones, the most frequent first."""
        return self._once(word, False, self._looked_near)

    def _begun_near(self, beginning: str) -> dict[str, int]:
        """The most frequent words that begin nearly so, where the beginning has letters enough."""
        if len(beginning) <= INDEXED_LETTERS:
            return {}
        return self._once(beginning, True, self._looked_begun_near)

    def _once(
        self, word: str, begins: bool, look: Callable[[str], dict[str, int]]
    ) -> dict[str, int]:
        """What was found before: a search asks up to three times, and an index never changes."""
        if (word, begins) not in self._known_near:
            if len(self._known_near) >= REMEMBERED:
                self._known_near.clear()
            self._known_near[word, begins] = look(word)
        return self._known_near[word, begins]

    def _looked_near(self, word: str) -> dict[str, int]:
        found = self._rows(variants(word))
        if not found and len(word) >= LONG_WORD:
            found = {
                term: rows
                for term, rows in self._database.execute(
                    "SELECT * FROM term WHERE term >= ? AND term < ?"
                    " AND length(term) BETWEEN ? AND ?",
                    (word[:3], f"{word[:3]}\U0010ffff", len(word) - 2, len(word) + 2),
                )
                if OSA.distance(word, term, score_cutoff=2) <= 2
            }
        return dict(sorted(found.items(), key=lambda item: -item[1])[:CORRECTIONS])

    def _looked_begun_near(self, beginning: str) -> dict[str, int]:
        there = self._database.execute(_SOME_BEGIN, (json.dumps(variants(beginning)),)).fetchall()
        statement = "SELECT * FROM term WHERE term >= ? AND term < ? LIMIT 8"
        found: dict[str, int] = {}
        for (one,) in there:
            found.update(self._database.execute(statement, (one, f"{one}\U0010ffff")))
        return dict(sorted(found.items(), key=lambda item: -item[1])[:CORRECTIONS])


def _with_papers(found: Mapping[str, _Row]) -> int:
    return sum(row[4] > 0 for row in found.values())


class _Lacking(NamedTuple):
    """What a row is still to have, ready to be looked for in many."""

    phrase: str
    words: frozenset[str]
    beginning: str
    letters: tuple[str, ...]  # without one of which it cannot be there; nothing where many could do

    @classmethod
    def of(cls, wanted: Wanted) -> "_Lacking":
        phrase = f" {' '.join(wanted.words)} " if wanted.phrase else ""
        begun = (wanted.beginning,) if wanted.beginning else ()
        letters = wanted.words[:1] if phrase else (*wanted.words, *begun)
        few = letters if len(letters) <= FEW else ()
        return cls(phrase, frozenset(wanted.words), wanted.beginning, few)


def _has(text: str, lacking: Sequence[_Lacking]) -> bool:
    """Whether a text has all of it."""
    plain = text.lower()
    if plain.isascii():  # most have not, which is seen without taking them apart
        for one in lacking:
            if one.letters and not any(letters in plain for letters in one.letters):
                return False
    words = folded(text)
    return all(
        one.phrase in f" {' '.join(words)} "
        if one.phrase
        else not one.words.isdisjoint(words)
        or bool(one.beginning and any(word.startswith(one.beginning) for word in words))
        for one in lacking
    )


def _hit(row: _Row, score: float) -> Hit:
    return Hit(*row[:5], score, row[5])


def ranked(rows: Iterable[_Row], typed: str, most: int) -> list[Hit]:
    """The first of them: with just what was typed as label, then by papers, then by likeness.

    What has fewer papers than so many others is compared with what was typed only where its label
    is short enough to be that.
    """
    known = list(rows)
    if len(known) > most:
        least = sorted((row[4] for row in known), reverse=True)[most - 1]
        short = PADDED * len(typed) + PADDING
        known = [row for row in known if row[4] >= least or len(row[2]) <= short]
    ordered = sorted((_place(row, typed), row) for row in known)
    return [_hit(row, -place[2]) for place, row in ordered[:most]]


def _place(row: _Row, typed: str) -> tuple[bool, int, float, str, str]:
    iri, _, label, _, papers, _ = row
    score = round(fuzz.token_sort_ratio(typed, " ".join(folded(label))), 1)
    return score < 100, -papers, -score, label, iri
