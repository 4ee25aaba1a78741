"""The forms in which records write what several of them name, and the choice among them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ingest.records import Container, Identifier
from ingest.venues import Venue

Form = TypeVar("Form")


@dataclass(frozen=True, slots=True)
class RowForm:
    """One way in which a source writes one author row."""

    iri: str
    name: str
    suffix: str = ""
    kind: str = "person"
    key: str = ""
    given: str = ""
    family: str = ""
    identifiers: tuple[Identifier, ...] = ()
    variants: tuple[str, ...] = ()

    @property
    def printed(self) -> str:
        """The name with its homonym suffix."""
        return f"{self.name} {self.suffix}" if self.suffix else self.name


@dataclass(frozen=True, slots=True)
class ContainerForm:
    """One way in which a record mentions the publication that holds it."""

    iri: str
    container: Container


@dataclass(frozen=True, slots=True)
class VenueForm:
    """One way in which a record prints the name of a venue."""

    iri: str
    venue: Venue
    printed: str


def chosen(forms: Sequence[tuple[Form, int]], text: Callable[[Form], str]) -> Form:
    """The form whose text is the most frequent, then the smallest; of those the smallest whole."""
    if len(forms) == 1:
        return forms[0][0]
    counts: dict[str, int] = {}
    for form, count in forms:
        counts[text(form)] = counts.get(text(form), 0) + count
    best = min(counts, key=lambda printed: (-counts[printed], printed))
    return min((-count, repr(form), form) for form, count in forms if text(form) == best)[2]
