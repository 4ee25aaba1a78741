"""The words of publications: title, names, venue, year, abstract; the best come first (BM25).

An index by tantivy, which beside FTS5 on 158,000 abstracts took the same time to build and half the
disk, and ranks frequent words in milliseconds where FTS5 takes tenths of a second. It names
publications as their sources give them, so that joining them leaves it as it is. Its files never
change: the next generation links them and adds some.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Self

import tantivy
from tantivy import Filter, Occur, Query, Tokenizer

from queries.search import textindex
from queries.search.spelling import variants
from queries.search.textindex import Part

FOLDER = "passages"  # of a generation
LEAST_HEAP = 15_000_000  # bytes: the least that tantivy takes
HEAP = 60_000_000  # of a load; where more words are held they are written out
BEGINNINGS = 64  # words, the most frequent, that a beginning may become
LEAST_BEGINNING = 2  # letters
FORGIVEN = 4  # letters of a word in which one may be wrong
CORRECTIONS = 8  # words, the most frequent, in the place of one that does not occur
REMEMBERED = 256  # words, with those near to them
LONGEST = 40  # letters of a word; what is longer is none
_BESIDE, _ABSTRACT, _PUBLICATION = "beside", "abstract", "publication"
_HAS, _YES = "has", "abstract"  # what one term says, for all words of a field are many to look at
_FOLD = "fold"
_LOCKS = "*.lock"


@dataclass(frozen=True, slots=True)
class Passage:
    """What one publication says, by its path below the base.

    `beside` are title, names, venue and year; not every publication has an abstract.
    """

    publication: str
    beside: str
    abstract: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Publications, best first, and the words by which; `exact` where none had to be corrected.

    `beside` have all the words beside their abstract, the others some only in it.
    """

    beside: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    exact: bool = True

    @property
    def publications(self) -> tuple[str, ...]:
        """All of them."""
        return self.beside + self.others


class _Wanted(NamedTuple):
    """A part of what was typed: the words that it may be, and whether they were typed so."""

    part: Part
    words: Sequence[str]
    exact: bool


@lru_cache(1)
def _analyzer() -> tantivy.TextAnalyzer:
    """Words in lower case, without accents."""
    made = tantivy.TextAnalyzerBuilder(Tokenizer.simple())
    for one in (Filter.remove_long(LONGEST), Filter.lowercase(), Filter.ascii_fold()):
        made = made.filter(one)
    return made.build()


def words(text: str) -> list[str]:
    """The words of a text as the index holds them."""
    return list(_analyzer().analyze(_composed(text)))


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def read(text: str) -> list[Part]:
    """What was typed, in the words of this index."""
    return textindex.read(text, words)


# --- writing


def _schema() -> tantivy.Schema:
    made = tantivy.SchemaBuilder()
    made.add_text_field(_PUBLICATION, stored=True, tokenizer_name="raw", index_option="basic")
    made.add_text_field(_HAS, tokenizer_name="raw", index_option="basic")
    for field in (_BESIDE, _ABSTRACT):
        made.add_text_field(field, tokenizer_name=_FOLD, index_option="position")
    return made.build()


class Writer:
    """Adds passages to the index in a folder, and takes some out; nothing lasts before `close`."""

    def __init__(self, folder: Path, heap: int = HEAP) -> None:
        self._folder = folder
        index = tantivy.Index(_schema(), path=str(folder))
        index.register_tokenizer(_FOLD, _analyzer())
        self._writer = index.writer(heap, num_threads=1)

    def remove(self, publication: str) -> None:
        """Take a publication out."""
        self._writer.delete_documents_by_term(_PUBLICATION, publication)

    def add(self, passage: Passage) -> None:
        """Put one in; of an earlier one of the same publication nothing is taken out."""
        said = {_BESIDE: passage.beside, _ABSTRACT: passage.abstract}
        fields = {_PUBLICATION: [passage.publication]}
        fields |= {field: [_composed(text)] for field, text in said.items() if text}
        fields |= {_HAS: [_YES]} if passage.abstract else {}
        self._writer.add_document(tantivy.Document(**fields))

    def close(self) -> None:
        """Write all of it; its files are final when this returns."""
        self._writer.commit()
        self._writer.wait_merging_threads()
        for lock in self._folder.glob(_LOCKS):
            lock.unlink()


@contextmanager
def writing(folder: Path, heap: int = HEAP) -> Iterator[Writer]:
    """A writer that is closed where nothing went wrong."""
    writer = Writer(folder, heap)
    yield writer
    writer.close()


def exists(folder: Path) -> bool:
    """Whether there is an index in this folder."""
    return (folder / "meta.json").exists()


def amend(folder: Path, gone: Iterable[str], passages: Iterable[Passage]) -> None:
    """Take publications out and put passages in (for the same publication: instead)."""
    with writing(folder, LEAST_HEAP) as writer:
        for publication in gone:
            writer.remove(publication)
        for passage in passages:
            writer.remove(passage.publication)
            writer.add(passage)


# --- reading


class Passages:
    """The index of a published generation; any thread may ask it."""

    def __init__(self, index: tantivy.Index) -> None:
        index.register_tokenizer(_FOLD, _analyzer())
        self._schema = index.schema
        self._searcher = index.searcher()
        self._known_near: dict[str, list[str]] = {}

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The index in this folder, of which `exists` says that there is one."""
        return cls(tantivy.Index.open(str(folder)))

    def size(self) -> int:
        """How many publications there are."""
        return int(self._searcher.num_docs)

    def has_abstracts(self) -> bool:
        """Whether any of them has an abstract."""
        return self._searcher.doc_freq(_HAS, _YES) > 0

    def search(self, text: str, limit: int = 20) -> Found:
        """The publications that have all these words; of each kind at most `limit`.

        Where no publication has all, words give way to those one letter away.
        """
        parts = read(text)
        found = self._found([self._wanted(part) for part in parts], limit)
        if found.publications or not found.exact:
            return found
        return self._found([self._forgiven(part) for part in parts], limit)

    def _found(self, asked: Sequence[_Wanted], limit: int) -> Found:
        if not asked or not all(one.words for one in asked):
            return Found()
        beside = self._hits([self._query(one, (_BESIDE,)) for one in asked], limit)
        known = set(beside)
        hits = self._hits([self._query(one, (_BESIDE, _ABSTRACT)) for one in asked], limit)
        return Found(
            tuple(beside),
            tuple(one for one in hits if one not in known),
            frozenset(word for one in asked for word in one.words),
            all(one.exact for one in asked),
        )

    def _hits(self, queries: Sequence[Query], limit: int) -> list[str]:
        every = Query.boolean_query([(Occur.Must, query) for query in queries])
        hits = self._searcher.search(every, limit, count=False).hits
        return [self._searcher.doc(address)[_PUBLICATION][0] for _, address in hits]

    def _wanted(self, part: Part) -> _Wanted:
        """The words that a part stands for: itself, those it begins, else those near to it."""
        if len(part.words) > 1:
            return _Wanted(part, part.words, True)
        (word,) = part.words
        known = self._begun(word) if part.open else []
        if self._frequency(word):
            known = [word, *(other for other in known if other != word)]
        return _Wanted(part, known, True) if known else self._forgiven(part)

    def _forgiven(self, part: Part) -> _Wanted:
        """With the words one letter away."""
        if len(part.words) > 1:
            return _Wanted(part, part.words, True)
        (word,) = part.words
        known = [word] if self._frequency(word) else []
        if len(word) >= FORGIVEN:
            known += self._near(word)
        return _Wanted(part, known, False)

    def _frequency(self, word: str) -> int:
        """How many fields have a word."""
        return sum(self._searcher.doc_freq(field, word) for field in (_BESIDE, _ABSTRACT))

    def _begun(self, beginning: str) -> list[str]:
        if len(beginning) < LEAST_BEGINNING:
            return []
        found: Counter[str] = Counter()
        for field in (_BESIDE, _ABSTRACT):
            found.update(dict(self._searcher.terms_with_prefix(field, beginning, limit=BEGINNINGS)))
        return [term for term, _ in found.most_common(BEGINNINGS)]

    def _near(self, word: str) -> list[str]:
        """The words one letter away, the most frequent first."""
        near = self._known_near.get(word)
        if near is None:  # a search asks twice, and the index never changes
            frequency = self._searcher.doc_freq
            found = {
                one: rows
                for one in variants(word)
                if (rows := frequency(_BESIDE, one) + frequency(_ABSTRACT, one)) and one != word
            }
            near = sorted(found, key=lambda one: -found[one])[:CORRECTIONS]
            if len(self._known_near) >= REMEMBERED:
                self._known_near.clear()
            self._known_near[word] = near
        return near

    def _query(self, wanted: _Wanted, fields: Iterable[str]) -> Query:
        asked = [query for field in fields for query in self._in_field(wanted, field)]
        return (
            asked[0] if len(asked) == 1 else Query.boolean_query([(Occur.Should, q) for q in asked])
        )

    def _in_field(self, wanted: _Wanted, field: str) -> list[Query]:
        if len(wanted.part.words) > 1:
            return [Query.phrase_query(self._schema, field, list(wanted.part.words))]
        return [Query.term_query(self._schema, field, word) for word in wanted.words]
