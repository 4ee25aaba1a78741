"""Why one row is several people, for the page that explains two of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ontology import terms
from server.context import Service
from server.pages.asking import Table, ask, listed
from server.pages.asking import page as asking


@dataclass(frozen=True, slots=True)
class Division:
    """A row that was divided: why it was doubted, and what people said of its signatures."""

    row: str
    name: str
    reasons: tuple[str, ...]
    splits: Table
    of_one_row: bool


def division(service: Service, iris: Sequence[str], said: Sequence[Table]) -> Division | None:
    """What divides two parts of a row, a row and its part, or gave signatures from one to another.

    `said` are the statements of each of the two.
    """
    wholes = [
        next((row["value"] for row in table if row["property"] == terms.PART_OF), iri)
        for iri, table in zip(iris, said, strict=True)
    ]
    of_one_row = wholes[0] == wholes[1]
    (splits,) = ask(service, listed("splits-of", "row", wholes))
    if not of_one_row:
        ends = {*iris, *wholes}
        splits = [one for one in splits if one.get("to") in ends and one["row"] != one.get("to")]
        if not splits:
            return None
    row = wholes[0] if of_one_row else splits[0]["row"]
    (about,) = ask(service, asking("triples", entity=row))
    told = {name: [r["value"] for r in about if r["property"] == name] for name in _TOLD}
    name = next(iter(told[terms.LABEL]), row)
    reasons = tuple(dict.fromkeys(told[terms.REASON])) if of_one_row else ()
    return Division(row, name, reasons, splits, of_one_row)


_TOLD = (terms.LABEL, terms.REASON)
