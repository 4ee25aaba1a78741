"""Candidates for a question: what the text index finds for its words, and for fewer of them."""

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingest.identifiers import SCHEMES, meant
from ingest.records import VenueMention
from ingest.resolution.weighing.names import parse
from ingest.resolution.weighing.relations import relation
from ingest.venues import Venues
from ontology.iris import Iris
from queries.search.textindex import KINDS, Hit, TextIndex, folded
from server.problems import Problem
from server.reconciliation.questions import Question
from server.reconciliation.schema import property_of, type_named

SOUGHT = 50  # hits of one search
SEEN = 5  # hits that show whether there is a word
KEPT = 20  # candidates of a question that are looked at closely
WORDS = {"author": 8, "publication": 24, "venue": 16}  # no name has more that would help
INITIALS = 2
FEWEST_WORDS = 3  # of a title that is sought by its beginning


@dataclass(frozen=True, slots=True)
class Finder:
    """Searches one generation's text index."""

    index: TextIndex | None
    iris: Iris
    end: float = math.inf  # of the time for all questions together, on the monotonic clock

    def known(self, word: str) -> bool:
        """Whether somebody or something in the index has the word as it stands."""
        if self.index is None:
            return False
        return any(word in folded(hit.label) for hit in self.index.search(f'"{word}"', None, SEEN))

    def hits(self, question: Question) -> list[Hit]:
        """What may be meant, of every kind that is asked for."""
        if self.index is None or not question.text:
            return []
        found: dict[str, Hit] = {}
        for kind in kinds(question):
            for hit in self._of(kind, question.text):
                found.setdefault(hit.iri, hit)
        return list(found.values())

    def _of(self, kind: str, text: str) -> list[Hit]:
        if kind == "author":
            return self._people(text)
        if kind == "venue":
            return self._venues(text)
        return self._titles(text)

    def _search(self, text: str, kind: str) -> list[Hit]:
        """What the first words find; a batch that takes too long is given up."""
        assert self.index is not None
        if time.monotonic() > self.end:
            why = "the queries of this batch take too long to look up; send fewer, or shorter ones"
            raise Problem(503, why, cause="deadline", headers={"Retry-After": "5"})
        return self.index.search(" ".join(_telling(text)[: WORDS[kind]]), kind, SOUGHT)

    def _people(self, text: str) -> list[Hit]:
        """By all words; unless that finds the name, by family name and what the first may be."""
        asked = parse(text)
        found: dict[str, Hit] = {}
        for words in dict.fromkeys((text, *_shorter(text))):
            found |= {hit.iri: hit for hit in self._search(words, "author") if hit.iri not in found}
            if any(relation(asked, parse(hit.label)) for hit in found.values()):
                break
        best = sorted(found.values(), key=lambda hit: relation(asked, parse(hit.label)) is None)
        return best[:KEPT]

    def _titles(self, text: str) -> list[Hit]:
        """By all words; unless that finds any, by the main title, then by words that there are."""
        found = self._search(text, "publication")
        main = text.partition(":")[0]
        if not found and len(folded(main)) >= FEWEST_WORDS and main != text:
            found = self._search(main, "publication")
        if not found:
            there = [word for word in folded(text) if self.known(word)]
            if len(there) >= FEWEST_WORDS and len(there) * 2 > len(folded(text)):
                found = self._search(" ".join(there), "publication")
        return found[:KEPT]

    def _venues(self, text: str) -> list[Hit]:
        alias = self.alias(text)
        found = [hit for hit in self._search(alias[1], "venue") if hit.iri == alias[0]]
        return [*found, *self._search(text, "venue")][:KEPT]

    def alias(self, text: str) -> tuple[str, str]:
        """The IRI and the name of the series that the table of aliases says is meant."""
        venue = Venues.bundled().find(VenueMention(text))
        return self.iris.entity("venue", [venue.key], venue.name), venue.name


def _telling(text: str) -> list[str]:
    """The words of a text, with no more initials than tell anything: each is slow to look up."""
    words = folded(text)
    initials = [place for place, word in enumerate(words) if len(word) == 1][INITIALS:]
    return [word for place, word in enumerate(words) if place not in initials]


def _shorter(text: str) -> Iterator[str]:
    """A name in fewer words: family and first name, then family name and initial."""
    asked = parse(text)
    family = " ".join(asked.family_words)
    if asked.given:
        if len(asked.given) > 1:
            yield f"{family} {asked.first}"
        yield f"{family} {asked.initial}"


def kinds(question: Question) -> Iterable[str]:
    """The parts of the index to look into; types that nothing has leave none."""
    if not question.types or question.strict == "should":
        return KINDS
    return dict.fromkeys(one.kind for name in question.types if (one := type_named(name)))


def identifiers(question: Question) -> Iterator[tuple[str, str]]:
    """The identifiers that the question gives, in normal form: scheme and value."""
    for found in meant(question.text):
        yield found.scheme, found.value
    for condition in question.conditions:
        scheme_name = _scheme(condition.name)
        for value_given in condition.values if scheme_name else ():
            value = SCHEMES[scheme_name].normalise(value_given.text)
            if SCHEMES[scheme_name].valid(value):
                yield scheme_name, value


def _scheme(name: str) -> str:
    """The scheme of identifiers that a property is of, if it is of one."""
    for kind in KINDS:
        found = property_of(kind, name)
        if found is not None and found.evidence == "identifier":
            return found.id
    return ""
