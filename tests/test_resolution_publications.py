import random
from dataclasses import replace
from itertools import islice
from math import log

import pytest

from ingest.resolution.grouping import works
from ingest.resolution.grouping.works import prepared, resolve_publications, settle
from ingest.resolution.weighing.affinity import Affinity
from ingest.resolution.weighing.evidence import Evidence, Publication, Row, Signature
from ingest.resolution.weighing.publications import (
    PUBLICATIONS,
    describe,
    identifier_term,
    match_authors,
)
from ingest.resolution.weighing.scoring import Score, Verdict
from ingest.resolution.weighing.titles import Rarity, compare, words_of

TOPICS = ("tides", "gravel", "lanterns", "orchards", "beetles", "kettles", "marble", "violins")
METHODS = ("counting", "mapping", "folding", "weighing", "sorting", "tracing", "sampling")


def evidence(*entries):
    """Publications from (source, key, title, authors, year, venue, more)."""
    publications, signatures, rows = [], [], {}
    for source, key, title, authors, year, venue, *more in entries:
        iri = f"publication/{source}-{key}"
        said = {"series": venue.lower(), **(more[0] if more else {})}
        publications.append(Publication(iri, source, title, year=year, venue=venue, **said))
        for place, name in enumerate(authors, 1):
            row = f"author/{source}-{name}"
            rows[row] = Row(row, source, name)
            signatures.append(
                Signature(f"signature/{source}-{key}-{place}", iri, row, "author", place, name)
            )
    return Evidence(
        tuple(sorted(publications, key=lambda p: p.iri)),
        tuple(sorted(signatures, key=lambda s: s.iri)),
        tuple(sorted(rows.values(), key=lambda r: r.iri)),
    )


def others(count=120):
    """Records that only fill the room, so that words have a rarity."""
    chance = random.Random(7)
    for number in range(count):
        title = f"{chance.choice(METHODS)} {chance.choice(TOPICS)} with {chance.choice(TOPICS)}"
        yield (
            "a",
            f"x{number}",
            f"{title} {number}x",
            [f"Filler{number} Writer{number}"],
            2001,
            "M",
        )


def compared(*entries):
    return resolve_publications(evidence(*entries, *others())).compared


def outcome(*entries):
    found = resolve_publications(evidence(*entries, *others()))
    home = {member: held[0] for held in found.clusters for member in held}
    works = [{home.get(m, m) for m in work} for work in found.works]
    one, other = (f"publication/{source}-{key}" for source, key, *_ in entries[:2])
    if home.get(one, one) == home.get(other, other):
        return "same"
    pair = {home.get(one, one), home.get(other, other)}
    return "version" if any(pair <= work for work in works) else "different"


PEOPLE = ["Ada Quill", "Bo Inkwell", "Cy Vellum"]
TITLE = "Patient lanterns: folding orchards under heavy ravens"


@pytest.mark.parametrize(
    ("title", "printed"),
    [
        (
            "C Vellum 1996 patientlanternsfolding orchardsunderheavyravens in proc int conf",
            ["A Quilland"],
        ),
        ("Vellum 2016 patientlanterns folding orchardsunder heavy ravens", ["A Quillandb"]),
    ],
)
def test_a_title_that_lost_its_spaces_is_found_in_another_source(title, printed):
    one, other = ("a", "1", TITLE, PEOPLE, 2016, "P"), ("b", "1", title, printed, 2016, "P")
    found = [{pair.one, pair.other} for pair in compared(one, other)]
    assert {"publication/a-1", "publication/b-1"} in found


def test_one_paper_in_two_sources_is_one():
    assert (
        outcome(("a", "1", TITLE, PEOPLE, 2016, "P"), ("b", "1", TITLE, PEOPLE, 2016, "P"))
        == "same"
    )


def test_slips_in_title_and_names_do_not_matter():
    slipped = "Patient lanternes - folding orchards under heavy ravens"
    names = ["A. Quill", "B. Inkwell", "C. Vellum"]
    assert (
        outcome(("a", "1", TITLE, PEOPLE, 2016, "P"), ("b", "1", slipped, names, 2016, "P"))
        == "same"
    )


@pytest.mark.parametrize(
    ("year", "venue"),
    [(2017, "Q"), (2016, "Q"), (2018, "Q")],
    ids=["later", "same year", "two later"],
)
def test_another_venue_makes_a_version(year, venue):
    found = outcome(("a", "1", TITLE, PEOPLE, 2016, "P"), ("b", "1", TITLE, PEOPLE, year, venue))
    assert found == "version"


def test_parts_are_two_papers():
    first, second = f"{TITLE}, part I", f"{TITLE}, part II"
    assert (
        outcome(("a", "1", first, PEOPLE, 2016, "P"), ("b", "1", second, PEOPLE, 2016, "P"))
        != "same"
    )


def test_an_erratum_is_not_its_paper():
    erratum = f"Erratum: {TITLE}"
    assert (
        outcome(("a", "1", TITLE, PEOPLE, 2016, "P"), ("b", "1", erratum, PEOPLE, 2016, "P"))
        != "same"
    )


def test_one_word_more_is_another_paper():
    other = TITLE.replace("folding orchards", "folding violins")
    found = outcome(("a", "1", TITLE, PEOPLE, 2016, "P"), ("a", "2", other, PEOPLE, 2016, "P"))
    assert found != "same"


def test_a_common_title_by_others_is_another_paper():
    found = outcome(
        ("a", "1", "Introduction", ["Ada Quill"], 2016, "P"),
        ("b", "1", "Introduction", ["Bo Inkwell"], 2016, "P"),
    )
    assert found == "different"


def test_listed_twice_with_one_doi_and_pages_is_one():
    more = {"identifiers": (("doi", "10.1/x"), ("dblpKey", "conf/p/1")), "pages": "1-12"}
    found = outcome(
        ("a", "1", TITLE, PEOPLE, 2016, "P", more), ("a", "2", TITLE, PEOPLE, 2016, "Q", more)
    )
    assert found == "same"


def test_a_doi_alone_proves_nothing():
    more = {"identifiers": (("doi", "10.1/volume"),)}
    found = outcome(
        ("a", "1", TITLE, PEOPLE, 2016, "P", more),
        ("b", "1", "Weighing gravel by canals", ["Di Parchment"], 2016, "P", more),
    )
    assert found == "different"


def test_two_identifiers_of_one_scheme_keep_listings_apart():
    one, two = ({"identifiers": (("openreview", name),)} for name in ("aaa", "bbb"))
    found = outcome(
        ("a", "1", TITLE, PEOPLE, 2016, "P", one), ("a", "2", TITLE, PEOPLE, 2016, "P", two)
    )
    assert found == "version"


def test_conference_and_the_journal_that_is_its_proceedings_are_one():
    found = outcome(("a", "1", TITLE, PEOPLE, 2024, "RLC"), ("a", "2", TITLE, PEOPLE, 2024, "RLJ"))
    assert found == "same"


def test_order_of_records_changes_nothing():
    entries = [("a", "1", TITLE, PEOPLE, 2016, "P"), ("b", "1", TITLE, PEOPLE, 2016, "P")]
    one = resolve_publications(evidence(*entries, *others()))
    other = resolve_publications(evidence(*reversed([*entries, *others()])))
    assert one == other


def test_score_is_the_sum_of_its_terms():
    found = resolve_publications(
        evidence(
            ("a", "1", TITLE, PEOPLE, 2016, "P"), ("b", "1", TITLE, PEOPLE, 2016, "P"), *others()
        )
    )
    for pair in found.compared:
        assert pair.score.sum == pytest.approx(sum(value for _, value in pair.score.terms))


def test_the_number_of_a_book_identifies_none_of_its_papers():
    def terms(scheme):
        one, other = (
            describe(
                evidence(("a", n, TITLE, PEOPLE, 2016, "P", {"identifiers": ((scheme, "1"),)}))
            )[0]
            for n in "12"
        )
        return identifier_term(one, other, frozenset(), PUBLICATIONS)

    assert terms("isbn") == terms("issn") == 0 < terms("doi")


def test_an_identifier_that_stands_on_too_many_titles_tells_nothing():
    same = {"identifiers": (("doi", "10.5555/x"),)}
    titles = [f"{one} {two}" for one in TOPICS for two in METHODS]

    def mute(count):
        told = (("a", str(n), title, PEOPLE, 2016, "P", same) for n, title in enumerate(titles))
        return works._common(describe(evidence(*islice(told, count))))

    most = int(works.SHARED_TOO_WIDELY)
    assert mute(most) == set()
    assert mute(most + 1) == {("doi", "10.5555/x")}


def test_more_is_asked_of_two_records_of_one_source():
    within, across = PUBLICATIONS["line.accept_within"], PUBLICATIONS["line.accept"]
    assert across < within
    for source, clusters in (("a", 0), ("b", 1)):
        held = evidence(
            ("a", "1", TITLE, PEOPLE, 2016, "P"), (source, "2", TITLE, PEOPLE, 2016, "P"), *others()
        )
        entries, scorer, _ = prepared(held)
        pair = tuple(n for n, one in enumerate(entries) if "-x" not in one.iri)
        score = Score((("title", (within + across) / 2),))
        assert len(settle(entries, scorer, {pair: score}).clusters) == clusters


def test_two_venues_go_together_by_the_mean_of_what_either_says():
    seen = Affinity.learn([(("ink",), ("pens",)), (("ash",), ("elms",))] * 50)
    assert seen.between(("ink",), ("pens",)) == pytest.approx(log(50.5 / 13))


def test_evidence_can_be_replaced():
    held = evidence(("a", "1", TITLE, PEOPLE, 2016, "P"))
    assert replace(held, decisions=()) == held


def started(page, number="7"):
    return {"pages": page, "volume": number}


def test_the_first_page_1_alone_tells_nothing():
    notes = TITLE + " under load"
    one = ("a", "1", TITLE, PEOPLE, 2016, "J", started("1-30"))
    other = ("a", "2", notes, PEOPLE[:1], 2016, "J", started("1-44"))
    found = {pair.one: dict(pair.score.terms) for pair in compared(one, other)}
    assert "pages" not in found.get("publication/a-1", {})


def test_a_first_page_that_three_records_of_a_volume_share_tells_nothing():
    def described(count):
        entries = [
            ("a", str(n), f"{TITLE} {n}", PEOPLE, 2016, "J", started("5")) for n in range(count)
        ]
        return [entry.page_tells for entry in describe(evidence(*entries))]

    assert described(2) == [True, True]
    assert described(3) == [False, False, False]


def test_a_conference_paper_entered_again_under_its_workshops_is_one():
    more = {"identifiers": (("doi", "10.1/x"),), "pages": "72"}
    one = ("a", "1", TITLE, PEOPLE[:2], 2016, "P", more | {"series_kind": "conference"})
    other = ("a", "2", TITLE, PEOPLE[:2], 2016, "Q", more | {"series_kind": "workshop"})
    assert outcome(one, other) == "same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{TITLE} I: the shallow case", f"{TITLE} II: the deep case"),
        (TITLE, f"Errata: {TITLE}"),
        ("Symposium on Lanterns 2016: Preface", "Symposium on Lanterns 2017: Preface"),
    ],
)
def test_parts_errata_and_prefaces_of_two_years_are_not_one(one, other):
    year = 2017 if "Preface" in other else 2016
    mine = ("a", "1", one, PEOPLE, 2016, "J", started("1-30", "17"))
    theirs = ("a", "2", other, PEOPLE, year, "J", started("1-4", "17"))
    assert outcome(mine, theirs) != "same"


def test_no_publication_is_compared_with_itself():
    title = "Folding lanterns or ravens? Folding lanterns or ravens"
    entries = [
        (
            "a",
            "1",
            title,
            PEOPLE,
            2016,
            "P",
            {"identifiers": (("doi", "10.1/X"), ("doi", "10.1/x"))},
        ),
        ("b", "1", title, PEOPLE, 2016, "P"),
    ]
    found = resolve_publications(evidence(*entries, *others()))
    assert found.compared
    assert all(pair.one != pair.other for pair in found.compared)


def test_a_review_is_listed_under_the_title_of_what_it_is_about_by_who_reviewed_it():
    one = ("a", "1", f"{TITLE} - Book Review", PEOPLE[:1], 2016, "P")
    assert outcome(one, ("b", "2", TITLE, PEOPLE[:1], 2016, "P")) == "same"
    assert outcome(one, ("b", "2", TITLE, PEOPLE[1:2], 2016, "P")) != "same"
    assert outcome(one, ("b", "2", TITLE, PEOPLE[:1], 2015, "P")) != "same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["D. Vellum", "M. Scroll"], ["V. Dora", "S. Milo"]),  # family name and given name turned
        (["R. Vellumi"], ["R. Vellumi and"]),  # what stood before the next one
        (["R. Loeffen"], ["R. Loeen"]),  # a ligature lost in print
        (["R. Boehlen"], ["R. Bihlen"]),  # marks read as other letters
    ],
)
def test_mangled_authors_are_met(one, other):
    first, second = describe(
        evidence(("a", "1", TITLE, one, 2016, "P"), ("b", "2", TITLE, other, 2016, "P"))
    )
    met = match_authors(first, second, {}, 10)
    assert (met.met, met.missed) == (len(one), 0)


def test_one_turned_author_is_chance():
    papers = ("a", "1", TITLE, ["D. Vellum"], 2016, "P"), ("b", "2", TITLE, ["V. Dora"], 2016, "P")
    assert match_authors(*describe(evidence(*papers)), {}, 10).met == 0


def test_words_without_their_ligatures_are_found():
    one, other = words_of("Efficient traffic in offices"), words_of("E cient trac in oces")
    found = compare(one, other, Rarity.of([one, other]), frozenset())
    assert (found.mine, found.theirs, found.same) == (0.0, 0.0, True)


def test_two_scraps_of_one_paper_join_it_however_unlike_they_are():
    ours = ("a", "1", TITLE, PEOPLE, 2016, "P")
    scraps = [
        ("s", "1", "Patient lanterns folding orchards", PEOPLE[:1], 2016, "P"),
        ("s", "2", "under heavy ravens", PEOPLE[2:], 1995, "Q"),
    ]
    entries, scorer, _ = prepared(evidence(ours, *scraps, *others()))
    places = {entry.iri: place for place, entry in enumerate(entries)}
    mine, one, other = (places[f"publication/{iri}"] for iri in ("a-1", "s-1", "s-2"))
    scores = {(mine, one): Score((("t", 4.0),)), (mine, other): Score((("t", 3.0),))}
    assert scorer.score(entries[one], entries[other]).sum < -9

    def joined(repeating):
        habits = replace(scorer.habits, repeating=frozenset(repeating))
        return [
            len(held) for held in settle(entries, replace(scorer, habits=habits), scores).clusters
        ]

    assert joined([]) == [2]
    assert joined(["s"]) == [3]


def gathered(copies):
    """A file of one source in which so many of a hundred records stand twice, to the letter."""
    held = [one for one in others(100) if one[0] == "a"]
    for key, title, people in (
        (
            str(place),
            f"{METHODS[place]} quiet {TOPICS[place]} beneath {METHODS[-place]} harbours",
            [n],
        )
        for place, n in enumerate(["Gil Quire", "Hal Recto", "Ira Verso", "Jo Margin"][:copies])
    ):
        held += [("a", f"{side}{key}", title, people, 2003, "M") for side in "yz"]
    return held


@pytest.mark.parametrize(("copies", "verdict"), [(0, "version"), (2, "version"), (4, "same")])
def test_a_file_that_holds_records_twice_to_the_letter_lists_others_more_than_once(copies, verdict):
    one = ("a", "1", TITLE, PEOPLE, 2016, "Annals of Orchards", {"series": "", "pages": "S3-S9"})
    other = ("a", "2", TITLE, PEOPLE, 2016, "Ann. Orchards", {"series": "", "pages": "Suppl-9"})
    found = resolve_publications(evidence(one, other, *gathered(copies)))
    home = {member: held[0] for held in found.clusters for member in held}
    same = home.get("publication/a-1", "1") == home.get("publication/a-2", "2")
    assert same is (verdict == "same")


def test_what_a_gathered_file_has_under_another_venue_and_page_was_printed_twice():
    one = ("a", "1", TITLE, PEOPLE, 2016, "Annals of Orchards", {"series": "", "pages": "3-9"})
    other = ("a", "2", TITLE, PEOPLE, 2016, "Raven Notes", {"series": "", "pages": "70-78"})
    found = {pair.one: pair for pair in compared(one, other, *gathered(4))}["publication/a-1"]
    assert dict(found.score.terms)["pages"] == PUBLICATIONS["pages.elsewhere"]
    assert found.verdict is not Verdict.SAME


def test_three_copies_of_a_record_leave_its_first_page_telling():
    entries = [("a", str(n), TITLE, PEOPLE, 2016, "J", started("31-40")) for n in range(3)]
    assert all(entry.page_tells for entry in describe(evidence(*entries)))


@pytest.mark.parametrize(
    "printed",
    ["pp. 23-37.", "(pp.23\u201337)", "pages23-37,", "p. 23 - 37", "23--37", "Pages 23-37"],
)
def test_pages_are_the_same_however_a_citation_writes_them(printed):
    one, other = describe(
        evidence(
            ("a", "1", TITLE, PEOPLE, 2016, "J", started("23-37")),
            ("b", "1", TITLE, PEOPLE, 2016, "J", started(printed)),
        )
    )
    assert other.pages == one.pages == "23-37"


@pytest.mark.parametrize("printed", ["S212-S216", "P12", "e1004", "24:1-24:10", "iv-x"])
def test_letters_that_belong_to_a_page_stay(printed):
    held = describe(evidence(("a", "1", TITLE, PEOPLE, 2016, "J", started(printed))))
    assert held[0].pages == printed
