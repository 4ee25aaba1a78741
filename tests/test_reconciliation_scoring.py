"""Which candidate is surely meant, from what speaks for and against each."""

import pytest

from ingest.resolution.weighing.names import Relation
from server.reconciliation.agreement import agreeing
from server.reconciliation.facts import Fact
from server.reconciliation.names import Fit
from server.reconciliation.questions import Value
from server.reconciliation.schema import property_of
from server.reconciliation.scoring import Agreement, Candidate, ordered

VERY_NAME = Fit(100.0, Relation.SAME, telling=True)
LOOSE = Fit(70.0, Relation.SPELLING)


def candidate(name, fit=VERY_NAME, **said):
    return Candidate(name, name, "", "author", fit, frozenset(), **said)


def surely(*candidates):
    """Whom nobody needs to look at, if there is one."""
    return [one.iri for one in ordered(candidates, named=True) if one.match]


def agreed(*shares, evidence="people", quantifier="any"):
    return (Agreement("coauthor", evidence, shares, quantifier),)


def test_a_telling_name_of_one_is_surely_that_one():
    assert surely(candidate("a"), candidate("b", LOOSE)) == ["a"]
    assert surely(candidate("a"), candidate("b")) == []


def test_a_row_of_several_people_is_nobody_for_sure():
    assert surely(candidate("a", several=True)) == []


def test_an_identifier_that_two_have_names_neither():
    assert surely(candidate("a", LOOSE, identified=True), candidate("b")) == ["a"]
    assert surely(candidate("a", identified=True), candidate("b", identified=True)) == []


def test_what_two_have_as_proof_names_neither_where_they_are_as_good():
    proof = agreed(1.0, evidence="identifier")
    assert surely(candidate("a", agreements=proof), candidate("b", LOOSE)) == ["a"]
    assert surely(candidate("a", agreements=proof), candidate("b", agreements=proof)) == []


@pytest.mark.parametrize(
    ("shares", "quantifier", "met"),
    [
        ((1.0, 0.0), "any", True),
        ((0.0, 0.0), "any", False),
        ((1.0, 0.0), "all", False),
        ((1.0, 0.5), "all", True),
        ((1.0, 0.0), "none", False),
        ((0.0, 0.0), "none", True),
    ],
)
def test_a_condition_holds_as_its_quantifier_says(shares, quantifier, met):
    (one,) = agreed(*shares, quantifier=quantifier)
    assert one.met is met
    assert bool(surely(candidate("a", agreements=(one,)))) is met


@pytest.mark.parametrize(
    ("kind", "years", "shares"),
    [
        ("publication", ["2017"], [1.0, 0.5, 0.5, 0.0, 0.0]),
        ("author", ["2018", "2016"], [1.0, 1.0, 1.0, 0.5, 0.0]),
        ("author", ["2020"], [0.0, 0.0, 0.5, 0.0, 0.0]),
        ("author", [], None),
    ],
)
def test_a_year_beside_the_right_one_counts_half(kind, years, shares):
    asked = [Value(year) for year in ("2017", "2016", "2018", "2014", "²²²²")]
    year = property_of(kind, "year")
    assert agreeing(year, asked, [Fact(one) for one in years]) == shares
