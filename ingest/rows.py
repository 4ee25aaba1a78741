"""The author rows that contributors mean, remembered while a source is read, and counted.

Two of three authorships repeat a name, so the lines that a row gives to each of its signatures are
made once. Memory is flat: what is forgotten is counted in the tally first.
"""

from collections.abc import Iterator
from pathlib import Path

from ingest.forms import RowForm
from ingest.keys import row_key
from ingest.lines import literal, predicate
from ingest.records import Contributor
from ingest.tally import Count, Tally
from ontology import terms
from ontology.iris import Iris

HELD = 150_000  # contributors remembered at once, about 150 MB

_BY_AUTHOR = predicate(terms.BY_AUTHOR)
_PRINTED_NAME = predicate(terms.PRINTED_NAME)


class Row:
    """An author row as one contributor writes it, and how often it was met so.

    `by` and `named` are the ends of two lines of each of its signatures.
    """

    __slots__ = ("by", "first", "form", "iri", "last", "named", "papers", "times")

    def __init__(self, form: RowForm, printed: str) -> None:
        self.form = form
        self.iri = form.iri
        self.by = f" {_BY_AUTHOR} <{form.iri}> .\n"
        self.named = f" {_PRINTED_NAME} {literal(printed)} .\n"
        self.times = self.papers = self.first = self.last = 0

    def met(self, papers: int, year: int) -> None:
        """Count one more signature; `year` is 0 where unknown."""
        self.times += 1
        self.papers += papers
        if year:
            self.first = min(self.first, year) or year
            self.last = max(self.last, year)


class Rows:
    """The rows of one source."""

    def __init__(self, iris: Iris, source: str, scratch: Path, held: int = HELD) -> None:
        self._iris = iris
        self._source = source
        self._limit = held
        self._known: dict[tuple[object, ...], Row] = {}
        self._tally: Tally[RowForm] = Tally(scratch, "rows")

    def of(self, person: Contributor) -> Row:
        """The row that the source means: its own key's if it has one, else the name's."""
        # All that a row depends on; a tuple is hashed three times as fast as a Contributor.
        key = (
            person.name,
            person.literal,
            person.key,
            person.given,
            person.family,
            person.suffix,
            person.kind,
            person.identifiers,
            person.variants,
        )
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._row(person)
        return known

    def tidy(self) -> None:
        """Forget, if too many are known; to be called between records."""
        if len(self._known) >= self._limit:
            self._forget()

    def _row(self, person: Contributor) -> Row:
        words = person.key or person.printed
        form = RowForm(
            iri=self._iris.entity("author", row_key(self._source, person), words),
            name=person.name,
            suffix=person.suffix,
            kind=person.kind,
            key=person.key,
            given=person.given,
            family=person.family,
            identifiers=person.identifiers if person.key else (),
            variants=person.variants,
        )
        return Row(form, person.printed)

    def _forget(self) -> None:
        for row in self._known.values():
            if row.times:
                count = Count(row.times, row.papers, row.first, row.last)
                self._tally.add(row.iri, row.form, count)
        self._known.clear()

    def grouped(self) -> Iterator[tuple[str, list[tuple[RowForm, Count]]]]:
        """Each row with its forms and their counts, by IRI; nothing is remembered then."""
        self._forget()
        return self._tally.grouped()
