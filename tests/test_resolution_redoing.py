"""Splits and decisions about publications, obeyed at once: to the byte what a whole run leaves."""

import random
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta

import pyoxigraph as ox
import pytest

from ingest.pipeline import load
from ingest.resolution.curation import deciding, region, splitting
from ingest.resolution.gathering import memory
from ontology import terms
from queries.generations import Generations
from tests import test_resolution_amending as amending
from tests.test_pipeline import Held, check, paper
from tests.test_resolution_amending import WHO
from tests.test_resolution_links import BASE, ELM, OAK, OAK_AGAIN, failed, links

bundled = amending.bundled  # the demo, for one test to write to
torn = amending.torn  # Lee Park, bare and numbered

RARE = "Ada Quillfeather"
PINE = paper("pine", "Pine Needles Counted by Hand", RARE, "Dee Vanterpool")
FIR = paper("fir", "Firs Felled in Fair Weather", "Cy Xanthopoulos", RARE)
PINE_AGAIN = {**PINE, "bibtex_key": "again-pine"}
YEWS = "Yews and Hollies of Seventeen Abandoned Orchards, Measured by Lamplight"
YEW = paper("yew", YEWS, RARE, "Bo Zymurgist", "Wim Longshanks", year=2016, pages="1-9")
LATER = {**YEW, "bibtex_key": "later", "venue": "kdd", "year": "2019", "pages": "701-734"}
OTHERS = paper("others", "Ash without Flame or Smoke", "Dee Vanterpool", "Wim Longshanks")


@pytest.fixture
def data(grown):
    """Ada in two sources, which share two papers; of one there is a later version."""
    return grown([OAK, ELM, PINE, FIR, YEW, LATER], [OAK_AGAIN, PINE_AGAIN, OTHERS])


class Clock:
    """Time that stands until a decision is made."""

    now_is = datetime(2031, 5, 1, 12, 0, 0, 250_001, tzinfo=UTC)
    fromisoformat = datetime.fromisoformat

    @classmethod
    def now(cls, zone):
        return cls.now_is


@pytest.fixture
def both_ways(tmp_path, monkeypatch):
    """`both_ways(data, decide)`: at once, and by a whole run on a copy, which leaves the same."""
    monkeypatch.setattr(deciding, "datetime", Clock)
    obeyed, at_once = deciding.Deciding._amended, []

    def watched(self, known):
        found = obeyed(self, known)
        at_once.append(found is not None)
        return found

    def both_ways(data, decide):
        Clock.now_is += timedelta(seconds=1)
        copy = tmp_path / "by-a-whole-run"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(data, copy, symlinks=True)
        monkeypatch.setattr(deciding.Deciding, "_amended", watched)
        made, report = decide(data)
        with monkeypatch.context() as patch:
            patch.setattr(deciding.Deciding, "_amended", lambda self, known: None)
            _, whole = decide(copy)
        mine, theirs = left(data), left(copy)
        for what, held in mine.items():
            assert held == theirs[what], what
        assert told(report) == told(whole)
        assert {*report.problems} <= {*whole.problems}  # of what is near
        return made, at_once[-1]

    return both_ways


def left(data):
    """What a decision leaves, but for what tells when."""
    with Generations(data).open() as reader:
        known = memory.read(reader.path / memory.FILE)
        index = sqlite3.connect(reader.path / "text.sqlite")
        rows = sorted(index.execute("SELECT iri, kind, label, detail, papers, names FROM entity"))
        index.close()
        told = [path.read_text() for path in sorted((reader.path / deciding.FOLDER).iterdir())]
        torn = (reader.path / "torn.tsv").read_bytes()
        canonical = memory.read_canonical(reader.path / memory.CANONICAL_FILE, known)
        store = reader.store.engine
        stored, vanished = (
            store.quads_for_pattern(None, None, None, ox.NamedNode(f"{BASE}graph/{name}"))
            for name in ("links", "withdrawn")
        )
        size, vanished = sum(1 for _ in stored), {(q.subject, q.predicate) for q in vanished}
        del store, stored
    return {
        "links": links(data),
        "size": size,
        "vanished": vanished,
        "memory": (known.publications, known.authors, known.works, known.said, known.rule),
        "clusters": (known.undecided, known.cleared, known.torn),
        "canonical": canonical,
        "what an undo needs": told,
        "index": rows,
        "torn": torn,
    }


def told(report):
    """What people are told of it."""
    tallies = (report.authors, report.publications, report.works)
    return tallies, report.changes, report.added, report.removed


def titled(data, title):
    found = Held(data).subjects(terms.LABEL, title)
    return sorted(one for one in found if "/id/publication/" in one)


def said(a, b, verdict):
    return lambda data: deciding.decide(data, a, b, verdict, **WHO)


def rows_of(data, name):
    """Her rows, the one of more papers first."""
    held = Held(data)
    rows = [one for one in held.subjects(terms.LABEL, name) if "/id/author/" in one]
    return sorted(rows, key=lambda row: (-len(held.subjects(terms.BY_AUTHOR, row)), row))


def taken_back(made):
    return lambda data: deciding.undo(data, [one.iri for one in made], **WHO)


def test_one_paper_becomes_two_and_one_again(data, both_ways):
    before = links(data)
    pair = titled(data, PINE["title"])
    made, at_once = both_ways(data, said(*pair, "different"))
    assert at_once
    held = check(data)
    assert {held.values(one, terms.CANONICAL)[0] for one in pair} == {*pair}
    assert failed(data) == {}
    assert both_ways(data, taken_back(made))[1]
    assert links(data) == before
    check(data)


def test_two_papers_become_one_with_all_that_hangs_on_it(data, both_ways):
    """Among it that Ada has a paper less, and a version of another work."""
    held, elm = Held(data), titled(data, ELM["title"])[0]
    (later,) = {*titled(data, YEWS)} & {*held.subjects(terms.YEAR, "2019")}
    works = held.values(later, terms.VERSION_OF)
    assert len(held.subjects(terms.VERSION_OF, *works)) == 2
    made, at_once = both_ways(data, said(later, elm, "same"))
    assert at_once
    (both,) = {check(data).values(one, terms.CANONICAL)[0] for one in (later, elm)}
    assert both in Held(data).subjects(terms.VERSION_OF, *works)
    other = titled(data, OTHERS["title"])[0]
    assert both_ways(data, said(elm, other, "same"))[1]
    check(data)
    assert failed(data) == {}
    assert both_ways(data, taken_back(made))[1]


@pytest.mark.thorough
def test_signatures_go_to_a_part_to_somebody_else_and_back(data, both_ways):
    row, *_ = rows_of(data, RARE)
    others, *_ = rows_of(data, "Dee Vanterpool")
    before = links(data)

    def split(*papers, to=""):
        return lambda data: splitting.split(data, row, publications=papers, to=to, **WHO)

    made, at_once = both_ways(data, split(PINE["title"]))
    assert at_once
    (part,) = check(data).subjects(terms.PART_OF, row)
    assert both_ways(data, said(part, others, "same"))[1]
    given, at_once = both_ways(data, split(FIR["title"], ELM["title"], to=others))
    assert at_once
    assert failed(data) == {}
    assert both_ways(data, taken_back(made))[1]
    assert part not in {quad[1] for quad in check(data).quads if quad[0].endswith("/links")}
    back, _ = both_ways(data, taken_back(given))
    assert both_ways(data, taken_back(back))[1]
    assert links(data) != before


def test_after_a_load_a_whole_run_is_asked_for(data, write, both_ways):
    load(data, [write("three.jsonl", paper("rye", "Ryes Raised on Rooftops", RARE))])
    assert not both_ways(data, said(*titled(data, PINE["title"]), "different"))[1]
    assert both_ways(
        data, said(titled(data, ELM["title"])[0], titled(data, FIR["title"])[0], "same")
    )[1]


def test_what_is_too_much_to_look_at_is_left_to_a_whole_run(data, both_ways, monkeypatch):
    monkeypatch.setattr(region, "MOST", 3)
    assert not both_ways(data, said(*titled(data, PINE["title"]), "different"))[1]


@pytest.mark.long
@pytest.mark.thorough
@pytest.mark.parametrize("count", [12, 13])
def test_of_real_people_and_papers_the_same_is_left(bundled, both_ways, count):
    held, draw, made = Held(bundled), random.Random(count), []
    pairs = sorted(
        tuple(sorted(held.values(match, terms.COMPARES)))
        for match in held.subjects(terms.RULE, "publications")
    )
    signed = {}
    for signature in held.subjects(terms.ROLE, "author"):
        signed.setdefault(held.values(signature, terms.BY_AUTHOR)[0], []).append(signature)
    rows = sorted(row for row in signed if len(signed[row]) > 2)
    obeyed = []
    for step in range(count):
        match step % 4:
            case 0:
                decide = said(*draw.choice(pairs), draw.choice(("same", "different")))
            case 1:
                row = draw.choice(rows)
                some = draw.sample(sorted(signed[row]), len(signed[row]) // 2)
                to = draw.choice(("", draw.choice(rows)))
                decide = lambda data, row=row, some=some, to=to: splitting.split(  # noqa: E731
                    data, row, some, to=to, **WHO
                )
            case 2:
                decide = taken_back([made.pop(draw.randrange(len(made)))])
            case _:
                decide = said(*draw.sample(pairs, 2)[0], "different")
        fresh, at_once = both_ways(bundled, decide)
        made += fresh
        obeyed.append(at_once)
    assert sum(obeyed) > count / 2
    check(bundled)


@pytest.mark.thorough
def test_of_a_name_borne_bare_and_numbered_signatures_go_to_and_fro(torn, both_ways):
    """Those that company gives to a namesake, too."""
    row, before = rows_of(torn, "Lee Park")[0], links(torn)
    third = rows_of(torn, "Lee Park 0003")[0]
    made = []
    for title, to in (
        ("Radishes Raised in Rows", ""),  # which are nobody's while 0004 is in the way
        ("Hops Harvested before Hail", third),  # which company gives to 0001
        ("Quinces Quartered Quickly", third),  # whose company is hers from now on
    ):
        fresh, at_once = both_ways(
            torn,
            lambda data, title=title, to=to: splitting.split(
                data, row, publications=[title], to=to, **WHO
            ),
        )
        assert at_once
        made.append(fresh)
        assert failed(torn) == {}
    for fresh in reversed(made):
        _, report = taken_back(fresh)(torn)
        assert report.changed
    assert links(torn) == before
