"""Why two are one, or are not: the two side by side, each term of the score, who decided."""

from collections import deque
from dataclasses import dataclass
from math import exp

from flask import Response, request

from ontology import terms
from server import charts
from server.context import Service
from server.pages import papers
from server.pages.asking import Table, Texts, ask, listed
from server.pages.asking import page as asking
from server.pages.divisions import division
from server.pages.frame import blueprint, expanded, held, page
from server.pages.sides import Side, fill, read, shared
from server.problems import Problem

EVIDENCE = terms.EVIDENCE


@dataclass(frozen=True, slots=True)
class Verdict:
    """One match or decision about a pair, with its terms as label and weight."""

    iri: str
    said: Texts
    terms: tuple[tuple[str, float], ...]
    evidence: tuple[tuple[str, float], ...] = ()  # the same, under the names of the rules

    @property
    def decided(self) -> bool:
        return terms.DECIDED_BY in self.said or terms.DECIDED_ON in self.said

    @property
    def total(self) -> float:
        return sum(weight for _, weight in self.terms)

    @property
    def chance(self) -> float:
        """The probability that the sum of the terms stands for."""
        return 1 / (1 + exp(-max(-50.0, min(50.0, self.total))))

    @property
    def worth(self) -> str:
        """What such a score turned out to be worth, in words; empty where nobody measured."""
        from ingest.resolution.weighing.calibration import calibrated

        found = calibrated(self.get("rule"), self.chance)
        return found.told() if found else ""

    @property
    def flip(self) -> str:
        """The smallest change of evidence that would turn it round."""
        from ingest.resolution.explaining import ACCEPT
        from ingest.resolution.weighing.flipping import flip

        rule = self.get("rule")
        if rule not in ACCEPT:
            return ""
        same = self.get("verdict") == "same"
        return flip(rule, dict(self.evidence), ACCEPT[rule], self.get("cannotLink"), same)

    def get(self, name: str) -> str:
        """A statement of ours by its local name."""
        return self.said.get(terms.Q + name, "")

    @property
    def strongest(self) -> list[tuple[str, float]]:
        return sorted(self.terms, key=lambda term: -abs(term[1]))

    @property
    def defined(self) -> list[tuple[str, str, float]]:
        """The terms as `strongest` has them, with the local name of each one's property."""
        names = (f"evidence{name[:1].upper()}{name[1:]}" for name, _ in self.evidence)
        told = (
            (label, name, weight) for (label, weight), name in zip(self.terms, names, strict=True)
        )
        return sorted(told, key=lambda term: -abs(term[2]))

    def weighs(self, name: str) -> bool:
        """Whether the score has a term of this name."""
        return any(held == name for held, _ in self.evidence)


@blueprint.route("/explain")
def explain() -> Response:
    """The page about a pair; a form where no pair is given."""
    a, b = (request.args.get(name, "").strip() for name in ("a", "b"))
    if not a or not b:
        return page("explain_form.html", a=a, b=b)
    service = held()
    a, b = _meant(service, a, b)
    sides = read(service, a, b)
    about, near = ask(
        service,
        asking("comparison", a=a, b=b),
        asking("matches-of", entity=sides[0].canonical),
    )
    verdicts = verdicts_of(about)
    same = sides[0].canonical == sides[1].canonical
    chain = _chain(near, a, b) if same and not _compared(verdicts) else []
    nearest = [] if same else [r for r in near if r["otherCanonical"] == sides[1].canonical]
    if nearest and not verdicts:
        (about,) = ask(service, asking("comparison", a=nearest[0]["one"], b=nearest[0]["other"]))
        verdicts = verdicts_of(about)
    divided = None
    people = f"{service.iris.base}id/author/"
    if a.startswith(people):
        fill(service, sides, same)
        if a != b:
            divided = division(service, (a, b), [side.statements for side in sides])
    names = _names(service, chain, verdicts)
    return page(
        "explain.html",
        a=sides[0],
        b=sides[1],
        same=same,
        verdicts=verdicts,
        charts={
            verdict.iri: charts.balance(verdict.strongest, "Terms of the score")
            for verdict in verdicts
        },
        chain=chain,
        divided=divided,
        circles=_circles(*sides) if a.startswith(people) and not same else None,
        nearest=nearest[:10],
        names=names,
        shared_titles=shared(sides, "papers"),
        shared_coauthors=shared(sides, "coauthors"),
        silent=any(one.terms and not one.weighs("coauthors") for one in verdicts),
        shared_venues=[name for _, name in shared(sides, "venues")],
        shared_years=sorted(sides[0].years & sides[1].years),
        publications=a.startswith(f"{service.iris.base}id/publication/"),
    )


def _circles(one: Side, other: Side) -> papers.Drawn:
    """How many wrote with one of the two only, and how many with both."""
    pairs = (
        (f"with {one.label} only", len(one.company - other.company)),
        ("with both", len(one.company & other.company)),
        (f"with {other.label} only", len(other.company - one.company)),
    )
    title = "Co-authors of one and of both"
    told = tuple((name, str(count)) for name, count in pairs)
    return papers.Drawn(charts.lengths(pairs, title), told, title)


def _compared(verdicts: list[Verdict]) -> bool:
    return any(not verdict.decided for verdict in verdicts)


def _meant(service: Service, a: str, b: str) -> tuple[str, str]:
    """The two entities that are named by IRI or by label; of one source where that can be."""
    found = [_called(service, text) for text in (a, b)]
    pairs = [(one, other) for one in found[0] for other in found[1] if one[0] != other[0]]
    if not pairs:
        raise Problem(400, "these are one entity, and no two to compare")
    one, other = min(pairs, key=lambda pair: pair[0][1] != pair[1][1])
    return one[0], other[0]


def _called(service: Service, text: str) -> list[tuple[str, str]]:
    """What has this IRI or label, each with its source."""
    iri = expanded(text)
    if service.iris.read(iri) is not None:
        return [(iri, "")]
    (rows,) = ask(service, asking("rows-named", name=text))
    if not rows:
        raise Problem(404, f"nothing here has the IRI or the name {text[:200]!r}", cause="unknown")
    return [(row["entity"], row["source"]) for row in rows]


def verdicts_of(table: Table) -> list[Verdict]:
    """What was said of the pair: decisions first, then matches."""
    said: dict[str, Texts] = {}
    weights: dict[str, dict[str, float]] = {}
    evidence: dict[str, dict[str, float]] = {}
    for row in table:
        prop = row["property"]
        if prop.startswith(EVIDENCE) and prop != EVIDENCE:
            label = row.get("label", prop.removeprefix(EVIDENCE)).removeprefix("evidence: ")
            weights.setdefault(row["about"], {})[label] = float(row["value"])
            name = prop.removeprefix(EVIDENCE)
            name = name[:1].lower() + name[1:]
            evidence.setdefault(row["about"], {})[name] = float(row["value"])
        else:
            said.setdefault(row["about"], {}).setdefault(prop, row["value"])
    found = [
        Verdict(iri, known, *(tuple(held.get(iri, {}).items()) for held in (weights, evidence)))
        for iri, known in said.items()
    ]
    return sorted(found, key=lambda verdict: (not verdict.decided, verdict.iri))


def _chain(near: Table, a: str, b: str) -> list[Texts]:
    """The shortest chain of comparisons that joins two members of one cluster."""
    edges: dict[str, list[Texts]] = {}
    for row in near:
        if row["verdict"] == "same":
            edges.setdefault(row["one"], []).append(row)
    came: dict[str, Texts] = {}
    waiting = deque([a])
    while waiting and b not in came:
        at = waiting.popleft()
        for row in edges.get(at, ()):
            if row["other"] != a and row["other"] not in came:
                came[row["other"]] = row
                waiting.append(row["other"])
    chain: list[Texts] = []
    while b in came:
        chain.append(came[b])
        b = came[b]["one"]
    return chain[::-1]


def _names(service: Service, chain: list[Texts], verdicts: list[Verdict]) -> dict[str, str]:
    """The labels of all that the chain passes through."""
    iris = {row[end] for row in chain for end in ("one", "other")}
    iris |= {verdict.get("run") for verdict in verdicts} - {""}
    if not iris:
        return {}
    (rows,) = ask(service, listed("labels", "thing", sorted(iris)))
    return {row["thing"]: row["label"] for row in rows}
