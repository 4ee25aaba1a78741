"""What a generation says is one, by the sources' own keys: read from its sorted side files.

Blocks are searched by one pattern each, which reads a quarter of a million signatures in seconds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from ingest import sidefiles
from ingest.resolution.gathering.triples import text_of
from ontology import terms
from ontology.iris import Iris

_DESCRIBED_IN, _RECORD_KEY, _LABEL = terms.DESCRIBED_IN, terms.RECORD_KEY, terms.LABEL
_ROLE, _ORDINAL = terms.ROLE, terms.ORDINAL
_WANTED = "|".join(map(re.escape, (_DESCRIBED_IN, _RECORD_KEY, _LABEL, _ROLE, _ORDINAL)))
_SAYS = re.compile(f"^<([^>]*)> <({_WANTED})> (.*) \\.$", re.MULTILINE)
_TOLD = "|".join(map(re.escape, (terms.CANONICAL, terms.PERSON_PROPERTY)))
_MATCHED = re.compile(
    f'^<[^>]*> <{re.escape(terms.Q)}(compares|rule|score)> [<"]([^>"]*)'.encode(), re.MULTILINE
)
_FORBIDDEN = terms.CANNOT_LINK.encode()


@dataclass(slots=True)
class Source:
    """A source's publications by record key, and its authors' signatures by "key#position"."""

    publications: dict[str, str] = field(default_factory=dict)
    signatures: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """The sources, every entity's title or name, and what each is by the links."""

    sources: dict[str, Source] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    canonical: dict[str, str] = field(default_factory=dict)
    persons: dict[str, str] = field(default_factory=dict)
    scores: dict[str, dict[tuple[str, str], float]] = field(default_factory=dict)  # by rule

    def homes(self, source: str) -> dict[str, str]:
        """Record key -> canonical publication."""
        found = self.sources[source].publications
        return {key: self.canonical.get(iri, iri) for key, iri in found.items()}

    def titles(self, source: str) -> dict[str, str]:
        """Record key -> title."""
        found = self.sources[source].publications
        return {key: self.labels.get(iri, "") for key, iri in found.items()}

    def people(self, source: str) -> dict[str, str]:
        """Signature ("key#position") -> canonical person; one without a person is its own."""
        found = {}
        for signature, iri in self.sources[source].signatures.items():
            person = self.persons.get(iri, iri)
            found[signature] = self.canonical.get(person, person)
        return found


def read(path: Path, base: str) -> Outcome:
    """What the generation in this folder says."""
    outcome = Outcome()
    for folder in sorted((path / "quads" / "source").glob("*")):
        outcome.sources[unquote(folder.name)] = _source(_blocks(folder), outcome.labels)
    below = re.escape(f"{Iris(base).base}id/")
    told = re.compile(f"^<({below}[^>]*)> <({_TOLD})> <([^>]*)>".encode(), re.MULTILINE)
    match = f"<{Iris(base).base}id/match/".encode()
    for block in _blocks(path / "quads" / "links"):
        if block.startswith(match):
            _take_match(outcome, block)
            continue
        for subject, predicate, value in told.findall(block):
            of = outcome.canonical if predicate.endswith(b"canonical") else outcome.persons
            of[subject.decode()] = value.decode()
    return outcome


def _take_match(outcome: Outcome, block: bytes) -> None:
    """The score of two that nothing forbids to be one."""
    said = _MATCHED.findall(block)
    pair = sorted(value.decode() for name, value in said if name == b"compares")
    rule, score = (next((v for n, v in said if n == wanted), b"") for wanted in (b"rule", b"score"))
    if len(pair) == 2 and score and _FORBIDDEN not in block:
        outcome.scores.setdefault(rule.decode(), {})[pair[0], pair[1]] = float(score)


def _blocks(folder: Path) -> Iterator[bytes]:
    names = sorted(path.name for path in folder.glob("[0-9]*.nt.gz"))
    paths = [folder / name for name in ("base.nt.gz", *names) if (folder / name).exists()]
    return sidefiles.read(paths) if paths else iter(())


def _source(blocks: Iterator[bytes], labels: dict[str, str]) -> Source:
    source = Source()
    for block in blocks:
        said = _SAYS.findall(block.decode("utf-8", "replace"))
        publication = next((s for s, predicate, _ in said if predicate == _DESCRIBED_IN), None)
        if publication:
            _take(source, publication, said, labels)
    return source


def _take(
    source: Source, publication: str, said: list[tuple[str, str, str]], labels: dict[str, str]
) -> None:
    """A publication, with its signatures under each key that its records have."""
    keys = [text_of(term) for _, predicate, term in said if predicate == _RECORD_KEY]
    authors = {s for s, predicate, term in said if predicate == _ROLE and term == '"author"'}
    for subject, predicate, term in said:
        if predicate == _LABEL and subject == publication:
            labels[publication] = text_of(term)
        elif predicate == _ORDINAL and subject in authors:
            for key in keys:
                source.signatures[f"{key}#{int(text_of(term)) - 1}"] = subject
    for key in keys:
        source.publications[key] = publication
