"""Lines of `graph/links` rewritten, and what a change of blocks says; pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from ingest.difference import Change
from ingest.resolution.report import Tally
from ingest.resolution.weighing.scoring import Verdict
from ontology import terms

_PERSON = f"<{terms.PERSON_PROPERTY}>"
_AUTHORED_BY, _VERDICT = f" <{terms.AUTHORED_BY}> ", f" <{terms.VERDICT}> "


def value(line: str) -> str:
    """The IRI at its end."""
    return line[line.rindex("<") + 1 : line.rindex(">")]


def moved_line(line: str, moved: Mapping[str, str]) -> str:
    """The line, or what it says of a signature that is another's now."""
    subject, predicate, _ = line.split(" ", 2)
    if predicate != _PERSON or subject[1:-1] not in moved:
        return line
    return f"{subject} {predicate} <{moved[subject[1:-1]]}> .\n"


def agents_of(pairs: Iterable[Change], below: str) -> set[str]:
    """Who wrote something by one side of these changes only."""
    found: set[str] = set()
    for old, new in pairs:
        before, after = ({*(text or b"").decode().splitlines()} for text in (old, new))
        found.update(value(line) for line in before ^ after if _AUTHORED_BY in line)
    return {one.removeprefix(below) for one in found}


def with_object(line: str, predicate: str, iri: str) -> str:
    """The line with another IRI at its end."""
    return f"{line[: line.index(predicate)]}{predicate}<{iri}> .\n"


def changed(old: Collection[str], new: Collection[str]) -> Change:
    """A block before and after, by its lines."""
    before, after = ("".join(sorted(lines)).encode() or None for lines in (old, new))
    return before, after


def verdicts_of(pairs: Iterable[Change]) -> Counter[str]:
    """How many more pairs have each verdict now."""
    found: Counter[str] = Counter()
    for pair in pairs:
        for text, times in zip(pair, (-1, 1), strict=True):
            for line in (text or b"").decode().splitlines():
                if _VERDICT in line:
                    found[line.rpartition(_VERDICT)[2].strip(' ."')] += times
    return found


def counted(tally: Tally, verdicts: Mapping[str, int]) -> Tally:
    """The tally with so many more pairs of each verdict."""
    return replace(
        tally,
        same=tally.same + verdicts[Verdict.SAME],
        grey=tally.grey + verdicts[Verdict.GREY],
        different=tally.different + verdicts[Verdict.DIFFERENT],
    )
