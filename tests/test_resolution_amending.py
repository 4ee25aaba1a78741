"""A decision is obeyed at once, and what it leaves is what a whole run would have left."""

import random
import shutil

import pytest

from ingest.pipeline import load
from ingest.resolution import running
from ingest.resolution.curation import deciding
from ingest.resolution.gathering import memory, reading
from ingest.resolution.links import resolve
from ontology import terms
from ontology.iris import Iris
from queries.generations import Generations
from tests.conftest import sampled
from tests.test_pipeline import Held, check, paper
from tests.test_resolution_links import (
    ASH,
    ELM,
    OAK,
    OAK_AGAIN,
    canonical,
    failed,
    links,
)

WHO = {"by": "Ann Archivist", "reason": "two theses"}


@pytest.fixture(autouse=True)
def no_whole_run(monkeypatch):
    """A decision that falls back to a whole run fails the test, unless the test asks for it."""
    monkeypatch.setattr(deciding.Writing, "run", lambda self: pytest.fail("a whole run"))


@pytest.fixture
def data(grown):
    """Ada in two sources is one person, Dee and Cy are others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deciding.Writing, "run", WHOLE)
        return grown([OAK, ELM], [OAK_AGAIN, ASH])


WHOLE = deciding.Writing.run


@pytest.fixture
def settled(tmp_path, monkeypatch):
    """Asserts that a whole run on a copy finds nothing to change, and remembers the same."""

    def settled(data):
        copy = tmp_path / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(data, copy, symlinks=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(deciding.Writing, "run", WHOLE)
            assert not resolve(copy).changed
        with Generations(data).open() as reader:
            base = reader.meta["base"]
            decided = reading.read_decisions(reader.store.engine, base)
            held = reading.read(reader.path, base, decided)
            whole = running.run(held, Iris(base))
            known = memory.read(reader.path / memory.FILE)
        told = whole.memory(whole.report(None, True))
        assert (known.authors, known.publications) == (told.authors, told.publications)
        assert (known.undecided, known.said, known.rule) == (told.undecided, told.said, told.rule)
        assert known.torn == told.torn is not None

    return settled


def row(data, name, place=0):
    held = Held(data)
    rows = [one for one in held.subjects(terms.LABEL, name) if "/id/author/" in one]
    return sorted(rows)[place]


def test_different_parts_and_a_whole_run_agrees(data, settled):
    one, other = row(data, "Ada Quillfeather"), row(data, "Ada Quillfeather", 1)
    _, report = deciding.decide(data, one, other, "different", **WHO)
    assert [change.kind for change in report.changes] == ["split"]
    held = check(data)
    assert canonical(held, "Ada Quillfeather") == {one, other}
    assert held.values(min(one, other), terms.DIFFERENT_FROM) == [max(one, other)]
    assert failed(data) == {}
    settled(data)


def test_same_joins_and_a_whole_run_agrees(data, settled):
    made, report = deciding.decide(data, "Dee Vanterpool", "Cy Xanthopoulos", "same", **WHO)
    with Generations(data).open() as reader:  # as it was obeyed, so it is read
        assert reading.read_decisions(reader.store.engine, reader.meta["base"]) == made
    assert [change.kind for change in report.changes] == ["joined"]
    held = check(data)
    (found,) = canonical(held, "Dee Vanterpool") | canonical(held, "Cy Xanthopoulos")
    assert len(held.subjects(terms.AUTHORED_BY, found)) == 2
    assert failed(data) == {}
    settled(data)


def test_an_undo_leaves_links_and_memory_as_they_were(data, settled):
    before, kept = links_of(data), known(data)
    for pair, verdict in (
        ((row(data, "Ada Quillfeather"), row(data, "Ada Quillfeather", 1)), "different"),
        (("Dee Vanterpool", "Ada Quillfeather"), "same"),
    ):
        made, _ = deciding.decide(data, *pair, verdict, **WHO)
        assert links_of(data) != before
        deciding.undo(data, [one.iri for one in made], **WHO)
        assert links_of(data) == before
        assert known(data) == kept
        settled(data)


def known(data):
    with Generations(data).open() as reader:
        return memory.read(reader.path / memory.FILE)


def links_of(data):
    """The lines of `graph/links` in the store."""
    return sorted(quad for quad in Held(data).quads if quad[0].endswith("/graph/links"))


@pytest.fixture
def bundled(tmp_path, request):
    """The bundled sources, resolved, for one test to write to."""
    with pytest.MonkeyPatch.context() as patch:  # they are resolved here where no test did before
        patch.setattr(deciding.Writing, "run", WHOLE)
        resolved = request.getfixturevalue("resolved")
    shutil.copytree(resolved, tmp_path / "bundled", symlinks=True)
    return tmp_path / "bundled"


@pytest.mark.parametrize("where", sampled(["data", "bundled"], "data"))
def test_decisions_in_any_order_and_number_agree_with_a_whole_run(
    request, settled, where, monkeypatch
):
    data = request.getfixturevalue(where)
    if where == "bundled":  # of real people some decisions do ask for a whole run
        monkeypatch.setattr(deciding.Writing, "run", WHOLE)
    held, rng, made = Held(data), random.Random(3), []
    matches = sorted(
        tuple(sorted(held.values(match, terms.COMPARES)))
        for match in held.subjects(terms.RULE, "authors")
    )
    for step in range(4):
        if step % 4 == 3:
            deciding.undo(data, [made.pop(rng.randrange(len(made)))], **WHO)
        else:
            verdict = rng.choice(("same", "different"))
            fresh, _ = deciding.decide(data, *rng.choice(matches), verdict, **WHO)
            made += [one.iri for one in fresh]
    check(data)
    assert failed(data) == {}
    settled(data)


def test_the_amended_side_file_holds_what_the_store_holds(data):
    for verdict in ("same", "different"):
        deciding.decide(data, "Dee Vanterpool", "Cy Xanthopoulos", verdict, **WHO)
    held = check(data)
    stored = {(s, p) for g, s, p, _ in held.quads if g.endswith("/graph/links")}
    lines = (line.split(" ", 2) for line in links(data).decode().splitlines() if line)
    assert {(s[1:-1], p[1:-1]) for s, p, _ in lines} == stored


def test_a_bare_and_a_suffixed_namesake_are_decided_at_once_where_no_signature_is_torn(
    tmp_path, write, settled, monkeypatch
):
    data, bare, suffixed = tmp_path / "data", "Lee Park", "Lee Park 0001"
    hops = paper("hop", "Hops Harvested before Hail", bare, "Bo Zymurgist", "Cy Xanthopoulos")
    figs = paper("fig", "Figs for the Fourth Friday", bare, "Di Parchment", venue="kdd", year=2004)
    load(data, [write("one.jsonl", hops)])
    load(data, [write("two.jsonl", suffixed_of(figs))])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deciding.Writing, "run", WHOLE)
        resolve(data)
    assert known(data).torn == frozenset()
    before = links(data)
    for verdict in ("different", "same"):
        (made,), _ = deciding.decide(data, row(data, bare), row(data, suffixed), verdict, **WHO)
        settled(data)
        deciding.undo(data, [made.iri], **WHO)
        assert links(data) == before


@pytest.fixture
def torn(grown):
    """Lee Park has papers with the co-authors of three numbered namesakes.

    Of those with 0001 one signature is given to them; that with 0003, on a paper of two sources,
    to nobody, as 0004 is in the way.
    """
    figs = paper("fig", "Figs for the Fourth Friday", "Lee Park 0001", *MATES, venue="kdd")
    dill = paper("dill", "Dill Dried in Drafty Dens", "Lee Park 0003", "Ed Quire", "Flo Rubric")
    mint = paper("mint", "Mint Minced at Midnight", "Lee Park 0004", "Ed Quire")
    again = {**PARK[1], "bibtex_key": "again"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deciding.Writing, "run", WHOLE)
        return grown(PARK, list(map(numbered, (figs, dill, mint))), [again])


MATES = ("Bo Zymurgist", "Cy Xanthopoulos")
PARK = [
    paper("hop", "Hops Harvested before Hail", "Lee Park", *MATES),
    paper("row", "Radishes Raised in Rows", "Lee Park", "Ed Quire", "Flo Rubric"),
    paper("quince", "Quinces Quartered Quickly", "Lee Park", "Ann Leaf", "Ben Fold", year=2004),
    paper("saffron", "Saffron Sorted by Size", "Lee Park", "Gil Colophon", year=2003),
]


def numbered(one):
    """With homonym numbers as part of family names, as dblp has them."""
    told = [{"given": who["given"], "family": who["family"]} for who in one["authors"]]
    for who in told:
        if who["family"].isdigit():
            given, family = who["given"].split(" ")
            who.update(given=given, family=f"{family} {who['family']}")
    return {**one, "authors": told}


def persons(data):
    """Whose the signatures are that are not their own row's."""
    held = Held(data)
    by, whose = (
        {s: o for _, s, p, o in held.quads if p == said}
        for said in (terms.BY_AUTHOR, terms.PERSON_PROPERTY)
    )
    label = {s: o for _, s, p, o in held.quads if p == terms.LABEL}
    return sorted(f"{label[by[one]]} > {label[whose[one]]}" for one in by if by[one] != whose[one])


@pytest.mark.thorough
def test_signatures_of_namesakes_come_and_go_with_decisions_at_once(torn, settled):
    before, rows = links_of(torn), Held(torn).index
    to_1, to_3 = "Lee Park > Lee Park 0001", "Lee Park > Lee Park 0003"
    assert persons(torn) == [to_1]
    for number, verdict, given in (
        ("0001", "different", []),
        ("0003", "same", []),  # they are one person now, whose number others have not
        ("0004", "different", [to_1, to_3]),
    ):
        bare = Held(torn).values(row(torn, "Lee Park"), terms.CANONICAL)[0]
        numbered_one = row(torn, f"Lee Park {number}")
        made, _ = deciding.decide(torn, bare, numbered_one, verdict, **WHO)
        assert persons(torn) == given
        settled(torn)
        check(torn)
        deciding.undo(torn, [one.iri for one in made], **WHO)
        assert links_of(torn) == before
        assert Held(torn).index == rows


def test_what_a_load_moved_since_asks_for_a_whole_run(torn, write, monkeypatch):
    hops = paper("hop", "Hops Harvested before Hail", "Lou Park", *MATES)
    load(torn, [write("one.jsonl", hops, *PARK[1:])])
    ran = []
    monkeypatch.setattr(deciding.Writing, "run", lambda self: ran.append(1) or WHOLE(self))
    bare = Held(torn).values(row(torn, "Lee Park"), terms.CANONICAL)[0]
    numbered_one = row(torn, "Lee Park 0001")
    deciding.decide(torn, bare, numbered_one, "different", **WHO)
    assert ran == [1]


def suffixed_of(one):
    first, *rest = one["authors"]
    return {**one, "authors": [{**first, "family": f"{first['family']} 0001"}, *rest]}
