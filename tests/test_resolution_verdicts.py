"""Publications told apart, or said to be one, are so at once where no cluster changes by it."""

import pytest

from ingest.resolution.curation import deciding
from ontology import terms
from tests import test_resolution_amending as amending
from tests.test_pipeline import Held, check
from tests.test_resolution_amending import WHO, known, links_of
from tests.test_resolution_links import ASH, ELM, OAK, OAK_AGAIN, failed

# A whole run fails a test here, too.
no_whole_run, bundled = amending.no_whole_run, amending.bundled
data, settled = amending.data, amending.settled


def publications(data, title):
    found = Held(data).subjects(terms.LABEL, title)
    return sorted(one for one in found if "/id/publication/" in one)


def test_two_that_nobody_joined_are_told_apart_and_a_whole_run_agrees(data, settled):
    before, kept = links_of(data), known(data)
    pair = sorted((publications(data, OAK["title"])[0], publications(data, ELM["title"])[0]))
    made, report = deciding.decide(data, *pair, "different", **WHO)
    assert (report.changes, report.added) == ((), 1)
    held = check(data)
    assert held.values(pair[0], terms.DIFFERENT_FROM) == [pair[1]]
    assert failed(data) == {}
    settled(data)
    deciding.undo(data, [one.iri for one in made], **WHO)
    assert (links_of(data), known(data)) == (before, kept)
    settled(data)


def test_two_that_are_joined_already_are_said_to_be_one(data, settled):
    before = links_of(data)
    deciding.decide(data, *publications(data, OAK["title"]), "same", **WHO)
    assert links_of(data) == before
    settled(data)


@pytest.mark.thorough
def test_verdicts_follow_and_versions_stay_versions(bundled, settled):
    held = Held(bundled)
    matches = {
        match: tuple(sorted(held.values(match, terms.COMPARES)))
        for match in sorted(held.subjects(terms.RULE, "publications"))
    }
    told = {match: held.values(match, terms.VERDICT)[0] for match in matches}
    assert {"version"} <= {*told.values()} - {"same"}
    for verdict in sorted({*told.values()} - {"same"}):
        match = next(one for one in matches if told[one] == verdict)
        deciding.decide(bundled, *matches[match], "different", **WHO)
        expected = "version" if verdict == "version" else "different"
        assert check(bundled).values(match, terms.VERDICT) == [expected]
    settled(bundled)


@pytest.fixture
def torn(grown):
    """One source has two papers of a title, another has it once, without pages: whose is it?"""
    other = {**OAK, "bibtex_key": "other", "pages": "301-309"}
    once = {name: value for name, value in OAK_AGAIN.items() if name != "pages"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deciding.Writing, "run", amending.WHOLE)
        return grown([OAK, other, ELM], [once, ASH])


def test_a_grey_pair_becomes_different_and_grey_again(torn, settled):
    before, kept = links_of(torn), known(torn)
    held = Held(torn)
    (grey,) = [
        match
        for match in held.subjects(terms.RULE, "publications")
        if held.values(match, terms.VERDICT) == ["grey"]
    ]
    pair = sorted(held.values(grey, terms.COMPARES))
    made, report = deciding.decide(torn, *pair, "different", **WHO)
    assert (report.publications.grey, report.publications.different) == (
        kept.publications.grey - 1,
        kept.publications.different + 1,
    )
    held = check(torn)
    assert held.values(grey, terms.VERDICT) == ["different"]
    assert held.values(pair[0], terms.DIFFERENT_FROM) == [pair[1]]
    settled(torn)
    deciding.undo(torn, [one.iri for one in made], **WHO)
    assert Held(torn).values(grey, terms.VERDICT) == ["grey"]
    assert (links_of(torn), known(torn)) == (before, kept)
    settled(torn)
