"""Rows counted before clusters are known, and mended, are as if counted with them known."""

import random
from dataclasses import replace

import pytest

from ingest.resolution.gathering.census import Census, society
from ingest.resolution.weighing.evidence import Evidence, Publication, Row, Signature

PEOPLE = [f"{given} {family}" for given in ("Ada", "Ben", "Cy") for family in ("Oak", "Elm", "Yew")]


@pytest.fixture(scope="module")
def held():
    rng = random.Random(5)
    publications, signatures = [], []
    for number in range(40):
        iri = f"publication/{number:02}"
        publications.append(
            Publication(iri, "one", f"Title {rng.randrange(30)}", year=2000, venue="icml")
        )
        for place, name in enumerate(rng.sample(PEOPLE, 3), 1):
            more = {"orcid": "0000-1", "affiliations": ("Elmtown",)} if number % 7 == 0 else {}
            signatures.append(
                Signature(f"{iri}-{place}", iri, f"author/{name}", "author", place, name, **more)
            )
    rows = (Row(f"author/{name}", "one", name) for name in sorted(PEOPLE))
    return Evidence(tuple(publications), tuple(signatures), tuple(rows))


def divided(held):
    """The first row's signatures in two parts and one of the second row's given to the first."""
    first, second = held.rows[:2]
    mine = [one for one in held.signatures if one.row == first.iri]
    given = next(one for one in held.signatures if one.row == second.iri)
    to = {one.iri: f"author/part-{place % 2}" for place, one in enumerate(mine) if place % 3}
    to[given.iri] = held.rows[2].iri
    parts = [replace(first, iri=f"author/part-{place}", whole=first.iri) for place in (0, 1)]
    rows = sorted(
        [replace(first, whole=first.iri), *held.rows[1:], *parts], key=lambda row: row.iri
    )
    signatures = (
        replace(one, row=to[one.iri]) if one.iri in to else one for one in held.signatures
    )
    return replace(held, signatures=tuple(signatures), rows=tuple(rows))


def told(people):
    """What a profile is compared by: papers as sets of places."""
    return [
        (
            row.iri,
            row.whole,
            sorted(sorted(places) for places in row.papers.values()),
            *map(sorted, (row.company, row.circle, row.venues, row.words, row.affiliations)),
            row.identifiers,
            (row.first_year, row.last_year),
        )
        for row in people.profiles
    ]


@pytest.mark.parametrize("is_divided", [False, True])
def test_a_census_mended_is_one_taken_anew(held, is_divided):
    home = {f"publication/{n:02}": f"publication/{n - n % 3:02}" for n in range(20)}
    now = divided(held) if is_divided else held
    mended, anew = Census(held).society(now, home), society(now, home)
    assert told(mended) == told(anew)
    assert mended.lengths == anew.lengths
    assert (mended.codes == anew.codes).all()


def test_who_signs_what_and_with_whom_changes_codes_of_those_touched_only(held):
    before = society(held, {})
    longer = replace(held.signatures[0], ordinal=9)
    other = replace(held, signatures=(longer, *held.signatures[1:]))
    changed = before.codes != society(other, {}).codes
    assert {row.iri for row, is_new in zip(before.profiles, changed, strict=True) if is_new} == {
        longer.row
    }
    joined = society(held, {"publication/01": "publication/00", "publication/00": "publication/00"})
    signers = {one.row for one in held.signatures if one.publication == "publication/01"}
    changed = before.codes != joined.codes
    assert {row.iri for row, is_new in zip(before.profiles, changed, strict=True) if is_new} == (
        signers
    )
