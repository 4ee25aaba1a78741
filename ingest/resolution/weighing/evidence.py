"""What resolution reads, frozen: publications, signatures, rows and what earlier runs left.

An entity is named by its local path, the part of its IRI below the base ("author/ada-…"), so that
nothing here depends on where the data is served. Every list is sorted by it: order never matters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Publication:
    """A publication as one source describes it."""

    iri: str
    source: str
    title: str
    kind: str = ""
    year: int | None = None
    venue: str = ""
    series: str = ""
    series_kind: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    cut_off: bool = False
    abstract: tuple[str, ...] = ()  # its distinct words, sorted


@dataclass(frozen=True, slots=True)
class Row:
    """An author row: the agent that a source's name, or key, stands for.

    `whole` is the row of several people that this one is a part of; of such a row, itself. A part
    is `guessed` where company alone tells it apart: that is no fact. `variants` are the name as
    sources record it in other scripts.
    """

    iri: str
    source: str
    name: str
    suffix: str = ""
    kind: str = "Person"
    key: str = ""
    family: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    whole: str = ""
    guessed: bool = False
    variants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """One name on one publication."""

    iri: str
    publication: str
    row: str
    role: str = "author"
    ordinal: int | None = None
    printed: str = ""
    orcid: str = ""
    affiliations: tuple[str, ...] = ()
    email_domain: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about two entities, and when; `verdict` as in the ontology.

    A split is about one row: it moves signatures (`moves`) into a part, or to somebody (`to`).
    """

    iri: str
    one: str
    other: str
    verdict: str
    by: str = ""
    on: str = ""
    reason: str = ""
    printed: tuple[str, ...] = ()
    undoes: str = ""
    moves: tuple[str, ...] = ()
    to: str = ""

    @property
    def is_of_link(self) -> bool:
        """Whether one of the two is a thing of another graph, named by its whole IRI."""
        return "://" in self.one or "://" in self.other


@dataclass(frozen=True, slots=True)
class Before:
    """What earlier runs left that later ones keep: canonical members, works, parts, matches.

    `parts` gives the row of each part, `members` the part of each signature that is not its row's.
    """

    canonical: frozenset[str] = frozenset()
    works: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    runs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    formerly: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that one run reads."""

    publications: tuple[Publication, ...]
    signatures: tuple[Signature, ...]
    rows: tuple[Row, ...]
    decisions: tuple[Decision, ...] = ()
    before: Before = field(default_factory=Before)
