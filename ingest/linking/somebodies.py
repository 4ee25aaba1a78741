"""People, and other things without papers, against ours: by identifier, then by a shared title.

A name alone never links: it makes a question for people, where one person here has it and few in
the world do.
"""

from collections.abc import Iterable, Iterator

from ingest.linking.choosing import GREY, LINKED, MIXED, Candidate, is_mixed
from ingest.linking.others import Somebody
from ingest.linking.ours import Ours, title_key
from ingest.resolution.grouping.persons import ACCEPT
from ingest.resolution.weighing import weights
from ingest.resolution.weighing.names import Relation, homonym, parse
from ingest.resolution.weighing.relations import closer, relation
from ingest.resolution.weighing.scoring import Score

RULE = "people outside"
_WEIGHTS = weights.of("authors")


def candidates(ours: Ours, somebody: Somebody) -> Iterator[Candidate]:
    """What one of the other side may be here."""
    if not somebody.iri:
        return
    by_identifier = ours.having(somebody.identifiers)
    for entity in sorted(by_identifier):
        yield _judged(ours, somebody, entity, identified=True, papers=0)
    if by_identifier:
        return
    shared: dict[str, int] = {}
    for publications in _works(ours, somebody):
        for entity in _signing(ours, publications, somebody.names):
            shared[entity] = shared.get(entity, 0) + 1
    for entity, papers in sorted(shared.items()):
        yield _judged(ours, somebody, entity, identified=False, papers=papers)


def _works(ours: Ours, somebody: Somebody) -> Iterator[set[str]]:
    """For each of their works that may be here what it may be: by title, else by identifier."""
    seen: set[str] = set()
    titles = {title_key(title): title for title in somebody.titles}
    found = [ours.titled(title) for title in titles.values()]
    found += [ours.having([one]) for one in somebody.works]
    for publications in found:
        if not publications & seen:
            seen |= publications
            yield publications


def _signing(ours: Ours, publications: Iterable[str], names: Iterable[str]) -> set[str]:
    """Who signs one of these publications by a name that could be theirs."""
    return {
        author
        for publication in publications
        for author in ours.authors(publication)
        if related(ours.names(author), names) is not None
    }


def related(mine: Iterable[str], theirs: Iterable[str]) -> Relation | None:
    """The closest relation between two people's names."""
    others = [parse(homonym(name)[0]) for name in theirs]
    found: Relation | None = None
    for name in mine:
        one = parse(homonym(name)[0])
        for other in others:
            found = closer(found, relation(one, other))
    return found


def _judged(
    ours: Ours, somebody: Somebody, entity: str, *, identified: bool, papers: int
) -> Candidate:
    of_person = f"{ours.iris.base}id/author/" in entity
    kind = related(ours.names(entity), somebody.names) if of_person else None
    table = _WEIGHTS
    terms = {"source": table["name.other_source"]}
    if kind is not None:
        terms["name"] = table[f"name.{kind.name.lower()}"]
    if identified:
        terms["identifier"] = table["identifier.same"]
    if papers:
        terms["sharedPublication"] = table.told("sharedPublication", papers)
    score = Score.of(terms)
    agrees = kind is not None or (not of_person and _titled(ours, somebody, entity))
    sure = agrees and score.sum >= ACCEPT and entity not in ours.several
    reason = "" if sure else _doubt(ours, entity, agrees)
    if not identified and is_mixed(ours.namesakes(entity), papers, len(somebody.titles)):
        sure, reason = False, MIXED
    label = somebody.names[0] if somebody.names else ""
    verdict = LINKED if sure else GREY
    return Candidate(
        entity, somebody.iri, RULE, score.probability, verdict, score.terms, label, reason
    )


def _titled(ours: Ours, somebody: Somebody, entity: str) -> bool:
    """Whether a publication has one of the names as its title."""
    keys = {title_key(name) for name in somebody.names} - {""}
    return any(title_key(name) in keys for name in ours.names(entity))


def _doubt(ours: Ours, entity: str, agrees: bool) -> str:
    if entity in ours.several:
        return "the row here holds several people"
    return "too little evidence" if agrees else "the names do not agree"
