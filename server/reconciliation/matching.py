"""A batch of questions to candidates: index, then graph, then scores; one worker call a step."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ontology import terms
from queries.search.textindex import Hit
from server.context import Service
from server.problems import Problem
from server.reconciliation import names
from server.reconciliation.agreement import agreeing
from server.reconciliation.facts import TYPES, Fact, Found, Values, gather, identified, names_of
from server.reconciliation.finding import KEPT, Finder, identifiers
from server.reconciliation.questions import Condition, Question
from server.reconciliation.schema import ROOTS, Property, property_of, type_named
from server.reconciliation.scoring import Agreement, Candidate, features, ordered

FITTING = 10  # candidates, the best by name, of whose values evidence is asked
SECONDS = 5.0  # for the look-ups of a batch; 200 names in a million take one or two
AT_ONCE = 2
_PLACES = threading.BoundedSemaphore(AT_ONCE)
ROOT_KINDS = ("author", "publication", "venue")
WARMING = 10  # of each kind, which are asked for as a server starts
Known = dict[tuple[str, str], Values]


@dataclass(frozen=True, slots=True)
class Answer:
    """The candidates of a question, best first, each with what its score is made of."""

    candidates: list[tuple[Candidate, list[tuple[str, str, float | bool]]]]


def answers(held: Service, questions: Sequence[Question]) -> list[Answer]:
    """What each question may mean, all from one generation.

    Looking words up is done by the server itself, so few do it at once, and not for long.
    """
    seconds = min(SECONDS, held.config.timeout)
    if not _PLACES.acquire(timeout=seconds):
        why = "others reconcile at this moment; try again later"
        raise Problem(503, why, cause="queue", headers={"Retry-After": "2"})
    try:
        return _answers(held, questions, time.monotonic() + seconds)
    finally:
        _PLACES.release()


def warm(held: Service) -> None:
    """Ask for the largest of each kind, and for people by initial too: what that reads, stays."""
    if held.index is None:
        return
    found = {kind: held.index.largest(kind, WARMING) for kind in ROOT_KINDS}
    texts = [(hit.label, kind) for kind, hits in found.items() for hit in hits]
    texts += [(_turned(hit.label), "author") for hit in found["author"]]
    answers(held, [Question(text, (ROOTS[kind],)) for text, kind in texts])


def _turned(name: str) -> str:
    given, _, family = name.rpartition(" ")
    return f"{family}, {given[:1]}."


def _answers(held: Service, questions: Sequence[Question], end: float) -> list[Answer]:
    snapshot = held.snapshot
    finder = Finder(snapshot.index, snapshot.iris, end)
    given = _given(held, questions, snapshot.iris.base)
    hits = [_hits(finder, one, found) for one, found in zip(questions, given, strict=True)]
    facts = _first_facts(held, hits)
    drafts = [
        _drafts(finder, question, found, by_identifier, facts)
        for question, found, by_identifier in zip(questions, hits, given, strict=True)
    ]
    more = _evidence(held, questions, drafts)
    return [
        _answer(question, _weighed(question, drafted, more))
        for question, drafted in zip(questions, drafts, strict=True)
    ]


def _given(held: Service, questions: Sequence[Question], base: str) -> list[list[Found]]:
    """For each question what its identifiers, and our own IRIs, lead to."""
    values = [list(identifiers(one)) for one in questions]
    iris = [[_iri(id, base) for id in (*one.ids, one.text)] for one in questions]
    wanted = {value for found in values for _, value in found}
    own = {iri for found in iris for iri in found if iri and held.iris.read(iri)}
    by_asked: defaultdict[str, list[Found]] = defaultdict(list)
    for one in identified(held, wanted, own):
        by_asked[one.asked].append(one)
    return [
        [
            *(one for iri in set(theirs) for one in by_asked.get(iri, ())),
            *(
                one
                for scheme, value in found
                for one in by_asked.get(value, ())
                if one.property == terms.Q + scheme
            ),
        ]
        for found, theirs in zip(values, iris, strict=True)
    ]


def _iri(text: str, base: str) -> str:
    """The IRI that an identifier of ours, short or whole, stands for; nothing if it is none."""
    if text.startswith(base):
        return text
    return f"{base}id/{text}" if text.partition("/")[0] in ROOT_KINDS else ""


def _hits(finder: Finder, question: Question, given: Sequence[Found]) -> list[Hit]:
    found = {hit.iri: hit for hit in finder.hits(question)}
    for one in given:
        found.setdefault(one.iri, _described(finder, one))
    return list(found.values())


def _described(finder: Finder, one: Found) -> Hit:
    """A thing that an identifier led to, as the index tells of it."""
    entity = finder.iris.read(one.iri)
    kind = entity.entity_class if entity else ""
    if finder.index is not None and kind in ROOT_KINDS:
        for hit in finder.index.search(one.label, kind, KEPT):
            if hit.iri == one.iri:
                return hit
    return Hit(one.iri, kind, one.label, "", 0, 100.0)


def _first_facts(held: Service, hits: Sequence[Sequence[Hit]]) -> tuple[Values, Values]:
    """Every name, and every class, of all that was found."""
    of_kind: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for hit in (hit for found in hits for hit in found):
        of_kind[hit.kind][hit.iri] = None
    there = [(names_of(kind), list(of_kind[kind])) for kind in ROOT_KINDS if of_kind.get(kind)]
    every = [iri for kind in ROOT_KINDS for iri in of_kind.get(kind, ())]
    *named, types = gather(held, [*there, (TYPES, every)])
    return {iri: facts for values in named for iri, facts in values.items()}, types


def _drafts(
    finder: Finder,
    question: Question,
    hits: Sequence[Hit],
    given: Sequence[Found],
    facts: tuple[Values, Values],
) -> list[Candidate]:
    """Candidates with the fit of their names, those of a wrong type left out."""
    named, types = facts
    by_identifier = {one.iri: one for one in given}
    found = []
    for hit in hits:
        classes = frozenset(fact.iri for fact in types.get(hit.iri, ()))
        fits = _type_fits(question, classes)
        if hit.kind not in ROOT_KINDS or (fits is False and question.strict != "should"):
            continue
        called = [hit.label, *(fact.text for fact in named.get(hit.iri, ()))]
        by = by_identifier.get(hit.iri)
        asked_for = by is not None and (not question.text or _is_what_was_asked(by, question))
        fit = _fit(finder, question, hit, called)
        if asked_for or by is not None or not question.text or fit.score > 0:
            several = terms.AMBIGUOUS_AUTHOR in classes
            found.append(
                Candidate(
                    hit.iri,
                    hit.label,
                    hit.detail,
                    hit.kind,
                    fit,
                    classes,
                    identified=asked_for,
                    several=several,
                    type_fits=fits,
                )
            )
    return found


def _is_what_was_asked(one: Found, question: Question) -> bool:
    """Whether the text of the question is the identifier itself, not a name beside one."""
    return not one.property or any(
        value == one.asked for _, value in identifiers(replace(question, conditions=()))
    )


def _type_fits(question: Question, classes: frozenset[str]) -> bool | None:
    if not question.types:
        return None
    of = [
        one is not None and terms.Q + one.id in classes for one in map(type_named, question.types)
    ]
    return all(of) if question.strict == "all" else any(of)


def _fit(finder: Finder, question: Question, hit: Hit, called: Sequence[str]) -> names.Fit:
    if not question.text:
        return names.NONE
    if hit.kind == "author":
        return names.person(question.text, called, finder.known)
    if hit.kind == "publication":
        return names.title(question.text, called)
    return names.series(question.text, called, finder.alias(question.text)[0] == hit.iri)


def _evidence(
    held: Service, questions: Sequence[Question], drafts: Sequence[Sequence[Candidate]]
) -> Known:
    """The values, of the candidates that fit best, of every property that a question gives."""
    wanted: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    properties: dict[tuple[str, str], Property] = {}
    for question, drafted in zip(questions, drafts, strict=True):
        for candidate in _best(drafted):
            for _, one in _asked_of(question, candidate):
                key = (one.kind, one.id)
                properties[key] = one
                wanted[key][candidate.iri] = None
    if not wanted:
        return {}
    values = gather(held, [(properties[key], list(iris)) for key, iris in wanted.items()])
    return dict(zip(wanted, values, strict=True))


def _best(drafted: Sequence[Candidate]) -> list[Candidate]:
    return sorted(drafted, key=lambda one: (not one.identified, -one.fit.score))[:FITTING]


def _asked_of(question: Question, candidate: Candidate) -> Iterator[tuple[Condition, Property]]:
    for condition in question.conditions:
        found = property_of(candidate.kind, condition.name)
        if found is not None:
            yield condition, found


def _weighed(question: Question, drafted: Sequence[Candidate], known: Known) -> Iterator[Candidate]:
    for candidate in _best(drafted) if question.conditions else drafted:
        told = list(_agreements(question, candidate, known))
        required = [one.name for one in question.conditions if one.required]
        met = {one.name for one in told if one.met}
        if set(required) <= met:
            yield replace(candidate, agreements=tuple(told))


def _agreements(question: Question, candidate: Candidate, known: Known) -> Iterator[Agreement]:
    for condition, one in _asked_of(question, candidate):
        facts: Sequence[Fact] = known.get((one.kind, one.id), {}).get(candidate.iri, ())
        shares = agreeing(one, condition.values, facts)
        if shares is not None:
            yield Agreement(condition.name, one.evidence, tuple(shares), condition.quantifier)


def _answer(question: Question, candidates: Iterator[Candidate]) -> Answer:
    found = ordered(candidates, bool(question.text))
    close = sum(1 for one in found if one.fit.close)
    return Answer([(one, features(one, close - one.fit.close)) for one in found[: question.limit]])


def identifier(iri: str, base: str) -> str:
    """The identifier of an entity in the API: what follows `{base}id/`."""
    return iri.removeprefix(f"{base}id/")


def types(candidate: Candidate) -> list[Mapping[str, str]]:
    """The types of a candidate, the narrowest first."""
    named = [one for iri in candidate.types if (one := type_named(iri)) is not None]
    return [one.reference() for one in sorted(named, key=lambda one: (not one.broader, one.id))]
