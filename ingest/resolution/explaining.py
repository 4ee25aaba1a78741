"""Why two are one, or are not, from what the last run wrote beside its links.

Every compared pair has its match. Two that were never compared are one by a chain of matches inside
their cluster, or are not, and then it is said why nobody compared them.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from ingest.resolution.gathering.reading import read_decisions
from ingest.resolution.grouping.decisions import not_undone
from ingest.resolution.grouping.persons import ACCEPT as ACCEPT_AUTHORS
from ingest.resolution.grouping.persons import GREY as KEPT_AUTHORS
from ingest.resolution.weighing.evidence import Decision
from ingest.resolution.weighing.flipping import flip
from ingest.resolution.weighing.names import homonym, parse
from ingest.resolution.weighing.publications import ACCEPT as ACCEPT_PUBLICATIONS
from ingest.resolution.weighing.relations import relation
from ingest.resolution.weighing.titles import words_of
from ontology import terms
from ontology.iris import Iris
from queries.catalogue import Catalogue
from queries.errors import QueriesError
from queries.generations import Reader
from queries.search import textindex
from queries.store import Store, select

ACCEPT = {"authors": ACCEPT_AUTHORS, "publications": ACCEPT_PUBLICATIONS}
NEAREST = 10
CANDIDATES = 20


class ExplainError(QueriesError):
    """What was asked about cannot be explained."""


class UnknownEntity(ExplainError, LookupError):
    """Nothing here has this IRI or name; `text` is what was given."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is neither an IRI nor a name of anything here")
        self.text = text


class AmbiguousName(ExplainError, LookupError):
    """Several have the name `text`; `candidates` are their IRIs."""

    def __init__(self, text: str, candidates: Sequence["Entity"]) -> None:
        told = ", ".join(
            f"{entity.iri} ({entity.source})" if entity.source else entity.iri
            for entity in candidates[:CANDIDATES]
        )
        super().__init__(f"{text!r} is the name of {len(candidates)}: give one of {told}")
        self.text = text
        self.candidates = tuple(candidates)


class OneEntity(ExplainError, ValueError):
    """Both are the same to begin with."""

    def __init__(self, iri: str) -> None:
        super().__init__(f"both are {iri}: give two")


@dataclass(frozen=True, slots=True)
class Entity:
    """One of the two: an author row or part, or a publication."""

    iri: str
    label: str
    canonical: str
    is_author: bool
    source: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One match: two entities, the terms of their score, and what they came to."""

    iri: str
    one: str
    other: str
    score: float
    verdict: str
    rule: str
    run: str
    cannot_link: str = ""
    terms: tuple[tuple[str, float], ...] = ()

    @property
    def sum(self) -> float:
        """The log-odds that the two are the same."""
        return round(sum(weight for _, weight in self.terms), 3)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two are one or not.

    `direct` is their own match, `chain` the matches that lead from one to the other inside their
    cluster, `nearest` those between their two clusters. `block` says where they met, or why they
    did not; `flip` what would change the outcome.
    """

    one: Entity
    other: Entity
    same: bool
    direct: Comparison | None
    chain: tuple[Comparison, ...]
    nearest: tuple[Comparison, ...]
    decisions: tuple[Decision, ...]
    block: str
    flip: str
    labels: Mapping[str, str]


def explain(reader: Reader, a: str, b: str) -> Explanation:
    """Why `a` and `b`, IRIs or names, are one or not; of a name's rows those that were compared."""
    return Explaining(reader).explain(a, b)


def entities_of(reader: Reader, text: str) -> list[Entity]:
    """What an IRI or a name means: several rows only where they are one person."""
    return Explaining(reader).entities(text)


class Explaining:
    """One question put to a generation."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.store: Store = reader.store
        self.base: str = reader.meta["base"]
        self.queries = Catalogue.bundled("internal")

    def explain(self, a: str, b: str) -> Explanation:
        ones, others = self.entities(a), self.entities(b)
        matches = list(self.matches(ones[0].canonical))
        one, other = _closest(ones, others, matches)
        if one.iri == other.iri:
            raise OneEntity(one.iri)
        same = one.canonical == other.canonical
        pair = {one.iri, other.iri}
        found = next((match for match in matches if {match.one, match.other} == pair), None)
        direct = found and self.with_terms(found)
        chain = tuple(map(self.with_terms, _chain(matches, one.iri, other.iri))) if same else ()
        nearest = [] if same else [m for m in matches if m.other in self.members(other.canonical)]
        near = tuple(map(self.with_terms, nearest[:NEAREST]))
        decided = tuple(self.decisions(one, other))
        said = {iri for match in (*chain, *near) for iri in (match.one, match.other)}
        return Explanation(
            one,
            other,
            same,
            direct,
            chain,
            near,
            decided,
            _block(one, other, direct),
            _decided(decided, same)
            or self._divided(one, other, same)
            or _flip(direct, chain, near, same),
            {iri: entity.label for iri in sorted(said) if (entity := self.entity(iri))},
        )

    def _divided(self, one: Entity, other: Entity, same: bool) -> str:
        """What joins two parts of one row, or a part and its row; empty for all others."""
        if same or not (one.is_author and other.is_author):
            return ""
        rows = [self.ask("several-people", entity=each.iri) for each in (one, other)]
        whole = [{row["row"] for row in told if "row" in row} for told in rows]
        return (
            "one row was divided into them: a decision can join them" if whole[0] & whole[1] else ""
        )

    def entities(self, text: str) -> list[Entity]:
        """What an IRI or a name means: several rows only where they are one person."""
        iri = self.iri(text)
        known = self.entity(iri) if Iris(self.base).read(iri) else None
        if known:
            return [known]
        found = [entity for iri in self._labelled(text) if (entity := self.entity(iri))]
        if not found:
            raise UnknownEntity(text)
        if len({entity.canonical for entity in found}) > 1:
            raise AmbiguousName(text, found)
        return found

    def _labelled(self, text: str) -> list[str]:
        exact = self.ask("labelled", label=text)
        return [row["entity"] for row in exact] or self._indexed(text)

    def _indexed(self, text: str) -> list[str]:
        """What the text index finds under just these words, whatever their case and accents."""
        path = self.reader.path / "text.sqlite"
        if not path.exists() or not text.strip():
            return []
        with textindex.TextIndex.open(path) as index:
            hits = index.search(text, limit=CANDIDATES)
        return [hit.iri for hit in hits if hit.score == 100 and hit.kind != "venue"]

    def entity(self, iri: str) -> Entity | None:
        """A publication, row or part; None where nothing has this IRI."""
        row = next(iter(self.ask("entity", entity=iri)), None)
        if row is None:
            return None
        return Entity(
            iri,
            row["label"],
            row["canonical"],
            row["author"] == "true",
            row.get("source", ""),
            row.get("family", ""),
        )

    def members(self, canonical: str) -> set[str]:
        """The members of a cluster."""
        return {row["member"] for row in self.ask("members-of", canonical=canonical)}

    def matches(self, canonical: str) -> Iterator[Comparison]:
        """The matches of a cluster's members, best first; those inside it from both sides."""
        for row in self.ask("matches", canonical=canonical):
            yield Comparison(
                row["match"],
                row["one"],
                row["other"],
                float(row["score"]),
                row["verdict"],
                row["rule"],
                row["run"],
                row.get("cannotLink", ""),
            )

    def with_terms(self, match: Comparison) -> Comparison:
        """The match with what each piece of evidence added."""
        rows = self.ask("terms-of-match", match=match.iri)
        told = ((row["property"].removeprefix(terms.EVIDENCE), row["weight"]) for row in rows)
        weights = tuple((name[:1].lower() + name[1:], float(weight)) for name, weight in told)
        return Comparison(
            match.iri,
            match.one,
            match.other,
            match.score,
            match.verdict,
            match.rule,
            match.run,
            match.cannot_link,
            weights,
        )

    def decisions(self, one: Entity, other: Entity) -> Iterator[Decision]:
        """What people decided about members of the two clusters and did not take back."""
        below = f"{self.base}id/"
        mine, theirs = (
            {iri.removeprefix(below) for iri in self.members(entity.canonical)}
            for entity in (one, other)
        )
        for decision in not_undone(read_decisions(self.reader.store.engine, self.base)):
            about = {decision.one, decision.other} - {""}
            if about & mine and about & theirs:
                yield decision

    def iri(self, text: str) -> str:
        """A local path or an IRI, as an IRI."""
        return text if text.startswith(self.base) else f"{self.base}id/{text}"

    def ask(self, name: str, **values: str) -> list[dict[str, str]]:
        """The rows of a bundled query, unbound variables left out."""
        query = self.queries.get(name)
        found = select(self.store, query.text, query.bind(values))
        names = [variable.value for variable in found.variables]
        return [
            {
                key: str(getattr(term, "value", term))
                for key, term in zip(names, row, strict=True)
                if term is not None
            }
            for row in found
        ]


def _closest(
    ones: Sequence[Entity], others: Sequence[Entity], matches: Iterable[Comparison]
) -> tuple[Entity, Entity]:
    """Of the rows under two names those that were compared with the best score."""
    by_iri = {entity.iri: entity for entity in (*ones, *others)}
    mine, theirs = ({entity.iri for entity in side} for side in (ones, others))
    for match in matches:
        if match.one in mine and match.other in theirs and match.one != match.other:
            return by_iri[match.one], by_iri[match.other]
    pairs = product(ones, others)
    return next((p for p in pairs if p[0].iri != p[1].iri), (ones[0], others[0]))


def _chain(matches: Iterable[Comparison], a: str, b: str) -> list[Comparison]:
    """The shortest chain of matches that says that the two are the same."""
    edges: dict[str, list[Comparison]] = {}
    for match in matches:
        if match.verdict == "same":
            edges.setdefault(match.one, []).append(match)
    came: dict[str, Comparison] = {}
    waiting = deque([a])
    while waiting and b not in came:
        for match in edges.get(waiting.popleft(), ()):
            if match.other != a and match.other not in came:
                came[match.other] = match
                waiting.append(match.other)
    chain: list[Comparison] = []
    while b in came:
        chain.append(came[b])
        b = came[b].one
    return chain[::-1]


def _block(one: Entity, other: Entity, direct: Comparison | None) -> str:
    """Where the two met to be compared, or why they could not."""
    if one.is_author != other.is_author:
        return "never compared: one is a publication, the other a person"
    if not one.is_author:
        mine, theirs = words_of(one.label), words_of(other.label)
        if mine == theirs:
            return "compared as publications of one title"
        shared = sorted({*mine} & {*theirs}, key=lambda word: (-len(word), word))[:5]
        return f"titles share {', '.join(shared)}" if shared else "titles share no word"
    names = [parse(homonym(entity.label)[0], entity.family) for entity in (one, other)]
    kind = relation(*names)
    if kind is None and direct and "nameVariant" in dict(direct.terms):
        return "names related by one form that sources record in another script"
    if kind is None:
        return "no rule relates the two names: never compared"
    return f"names related by rule: {kind.value}"


def _decided(decisions: Sequence[Decision], same: bool) -> str:
    """Whose word it is, where one that still stands says what the outcome says."""
    verdict = "same" if same else "different"
    found = [decision.iri for decision in decisions if decision.verdict == verdict]
    return f"decided by people: to change it, take back {', '.join(found)}" if found else ""


def _flip(
    direct: Comparison | None,
    chain: Sequence[Comparison],
    nearest: Sequence[Comparison],
    same: bool,
) -> str:
    """The smallest change of evidence that would change the outcome."""
    if same:
        links = [direct] if direct else list(chain)
        weakest = min(links, key=lambda match: match.sum, default=None)
    else:
        weakest = direct or next(iter(nearest), None)
    if weakest is None:
        return "" if same else f"they would have to be compared first (kept above {KEPT_AUTHORS})"
    accept = ACCEPT[weakest.rule]
    return flip(weakest.rule, dict(weakest.terms), accept, weakest.cannot_link, same)
