import random
from dataclasses import replace

import pytest

from ingest.resolution.gathering.census import society
from ingest.resolution.grouping.persons import pairs_of, resolve_persons
from ingest.resolution.weighing.evidence import Evidence, Publication, Row, Signature
from ingest.resolution.weighing.likeness import Scorer


def evidence(papers, *, kinds=None):
    """Papers as (source, key, year, names); a name may end in a homonym suffix."""
    publications, signatures, rows = [], [], {}
    for source, key, year, names in papers:
        iri = f"publication/{source}-{key}"
        publications.append(
            Publication(iri, source, f"Paper {key} about {key}ology", year=year, venue="P")
        )
        for place, printed in enumerate(names, 1):
            row = f"author/{source}-{printed}"
            name, _, suffix = printed.rpartition(" 00")
            bare = (name, f"00{suffix}") if name else (printed, "")
            rows[row] = Row(row, source, bare[0], bare[1], (kinds or {}).get(printed, "Person"))
            signatures.append(
                Signature(f"signature/{source}-{key}-{place}", iri, row, "author", place, printed)
            )
    return Evidence(
        tuple(sorted(publications, key=lambda p: p.iri)),
        tuple(sorted(signatures, key=lambda s: s.iri)),
        tuple(sorted(rows.values(), key=lambda r: r.iri)),
    )


def crowd(source="a", count=150):
    chance = random.Random(11)
    people = [f"Given{n} Family{n}" for n in range(60)]
    return [(source, f"c{n}", 2010, chance.sample(people, 3)) for n in range(count)]


def joined(papers, one, other, home=None, **more):
    found = resolve_persons(evidence([*papers, *crowd()], **more), home or {})
    clusters = {member: held[0] for held in found.clusters for member in held}
    one, other = f"author/{one}", f"author/{other}"
    return clusters.get(one, one) == clusters.get(other, other)


def test_short_form_with_shared_companions_is_one():
    papers = [
        ("a", "1", 2016, ["Vishwanath Quill", "Bo Inkwell", "Cy Vellum"]),
        ("a", "2", 2017, ["Vish Quill", "Bo Inkwell", "Cy Vellum"]),
    ]
    assert joined(papers, "a-Vishwanath Quill", "a-Vish Quill")


def test_one_letter_apart_without_shared_company_is_two():
    papers = [
        ("a", "1", 2016, ["Stephen Quill", "Bo Inkwell"]),
        ("a", "2", 2017, ["Stephan Quill", "Cy Vellum"]),
    ]
    assert not joined(papers, "a-Stephen Quill", "a-Stephan Quill")


def test_two_names_on_one_paper_are_two():
    papers = [
        ("a", "1", 2016, ["Ada M. Quill", "Ada Quill", "Bo Inkwell"]),
        ("a", "2", 2016, ["Ada Quill", "Bo Inkwell"]),
        ("a", "3", 2016, ["Ada M. Quill", "Bo Inkwell"]),
    ]
    assert not joined(papers, "a-Ada M. Quill", "a-Ada Quill")


def test_a_bare_name_joins_at_most_one_of_two_that_exclude_each_other():
    papers = [
        ("a", "1", 2016, ["Ada B. Quill", "Bo Inkwell", "Cy Vellum"]),
        ("a", "2", 2017, ["Ada C. Quill", "Bo Inkwell", "Cy Vellum"]),
        ("a", "3", 2017, ["Ada Quill", "Bo Inkwell", "Cy Vellum"]),
    ]
    assert not joined(papers, "a-Ada B. Quill", "a-Ada C. Quill")
    assert joined(papers, "a-Ada C. Quill", "a-Ada Quill")


def test_two_suffixes_are_two():
    papers = [
        ("a", "1", 2016, ["Ada Quill 0001", "Bo Inkwell"]),
        ("a", "2", 2016, ["Ada Quill 0002", "Bo Inkwell"]),
    ]
    assert not joined(papers, "a-Ada Quill 0001", "a-Ada Quill 0002")


def test_bare_and_suffixed_name_of_a_shared_paper_are_one():
    papers = [
        ("a", "1", 2016, ["Wei Wang 0004", "Bo Inkwell"]),
        ("b", "1", 2016, ["Wei Wang", "Bo Inkwell"]),
    ]
    home = {"publication/b-1": "publication/a-1"}
    assert joined(papers, "a-Wei Wang 0004", "b-Wei Wang", home)


def test_equal_common_names_of_two_sources_need_evidence():
    papers = [
        ("a", "1", 2016, ["Wei Wang", "Bo Inkwell"]),
        ("b", "2", 2016, ["Wei Wang", "Cy Vellum"]),
    ]
    assert not joined([*papers, *crowd("b")], "a-Wei Wang", "b-Wei Wang")


def test_an_initial_that_fits_two_first_names_needs_evidence():
    papers = [
        ("a", "1", 2016, ["Ada Quill", "Bo Inkwell"]),
        ("a", "2", 2016, ["Anselm Quill", "Cy Vellum"]),
        ("a", "3", 2016, ["A. Quill", "Di Parchment"]),
    ]
    assert not joined(papers, "a-Ada Quill", "a-A. Quill")
    assert not joined(papers, "a-Anselm Quill", "a-A. Quill")


def test_groups_and_anonymous_never_merge():
    papers = [
        ("a", "1", 2016, ["Anonymous", "Bo Inkwell"]),
        ("b", "2", 2016, ["Anonymous", "Bo Inkwell"]),
    ]
    assert not joined(papers, "a-Anonymous", "b-Anonymous", kinds={"Anonymous": "Anonymous"})


def test_order_of_records_changes_nothing():
    papers = [
        ("a", "1", 2016, ["Ada M. Quill", "Bo Inkwell"]),
        ("a", "2", 2017, ["Ada Quill", "Bo Inkwell"]),
    ]
    everything = [*papers, *crowd()]
    one = resolve_persons(evidence(everything), {})
    other = resolve_persons(evidence(list(reversed(everything))), {})
    assert one == other


# What both signatures, or both papers, have in common; and the term that shows it.
SHARED_EVIDENCE = {
    "identifier": {"orcid": "0000-0002-1825-0097"},
    "affiliation": {"affiliations": ("Institute of Inks, Quillstadt",)},
    "emailDomain": {"email_domain": "inks.example"},
    "abstracts": {"abstract": ("ferrogallic", "palimpsest", "vellum")},
}


def terms(**common):
    """The terms of two rows whose signatures, or papers, have this in common."""
    papers = [("a", "1", 2016, ["Vishwanath Quill"]), ("a", "2", 2017, ["Vish Quill"])]
    held = evidence([*papers, *crowd()])
    mine = {"publication/a-1", "publication/a-2"}
    if "abstract" in common:
        told = (replace(p, **common) if p.iri in mine else p for p in held.publications)
        held = replace(held, publications=tuple(told))
    else:
        told = (replace(s, **common) if s.publication in mine else s for s in held.signatures)
        held = replace(held, signatures=tuple(told))
    pair = {"author/a-Vishwanath Quill", "author/a-Vish Quill"}
    found = resolve_persons(held, {}).compared
    return next((dict(one.score.terms) for one in found if {one.one, one.other} == pair), {})


@pytest.mark.parametrize("term", SHARED_EVIDENCE)
def test_what_two_signatures_share_is_a_term_of_its_own(term):
    assert terms(**SHARED_EVIDENCE[term])[term] > 0
    assert term not in terms()


def test_two_values_of_one_identifier_speak_against():
    papers = [("a", "1", 2016, ["Vishwanath Quill"]), ("a", "2", 2017, ["Vish Quill"])]
    held = evidence([*papers, *crowd()])
    numbers = {"author/a-Vishwanath Quill": "0000-1", "author/a-Vish Quill": "0000-2"}

    def term(numbers):
        rows = (
            replace(row, identifiers=(("orcid", numbers[row.iri]),)) if row.iri in numbers else row
            for row in held.rows
        )
        people = society(replace(held, rows=tuple(rows)), {})
        pair = sorted(n for n, row in enumerate(people.profiles) if row.iri in numbers)
        return Scorer.of(people, dict(pairs_of(people.profiles))).terms(*pair)["identifier"]

    assert term(numbers) < 0 < term(dict.fromkeys(numbers, "0000-1"))


def test_two_keys_of_one_source_are_two_people_and_of_two_sources_may_be_one():
    company = ["Bo Inkwell", "Cy Vellum"]
    for source, one in (("a", False), ("b", True)):
        papers = [("a", "1", 2016, ["Vish Quill", *company])]
        papers.append((source, "2", 2016, ["Vishwanath Quill", *company]))
        held = evidence([*papers, *crowd()])
        rows = (replace(r, key=r.name) if "Quill" in r.name else r for r in held.rows)
        found = resolve_persons(replace(held, rows=tuple(rows)), {})
        home = {member: held[0] for held in found.clusters for member in held}
        pair = "author/a-Vish Quill", f"author/{source}-Vishwanath Quill"
        assert (len({home.get(row, row) for row in pair}) == 1) is one


def test_an_identifier_is_strong_and_the_rest_is_not():
    told = {term: terms(**common)[term] for term, common in SHARED_EVIDENCE.items()}
    assert told.pop("identifier") > 2 * max(told.values())


def terms_of(papers, one, other):
    people = society(evidence([*papers, *crowd()]), {})
    pair = sorted(
        n
        for n, row in enumerate(people.profiles)
        if row.iri in (f"author/a-{one}", f"author/a-{other}")
    )
    return Scorer.of(people, dict(pairs_of(people.profiles))).terms(*pair)


COMPANY = ["Bo Inkwell", "Cy Vellum"]
LOOSE = [
    ("Mei-Ling Tao", "Meiling Tao"),
    ("Tao Meiling", "Meiling Tao"),
    ("Meiling Tao", "M. Tao"),
    ("Matthew Quill", "Matt Quill"),
    ("Vishwanath Quill", "Vish Quill"),
    ("Tim Guoming Tao", "Guoming Tao"),
    ("Ada Quill Inkwell", "Ada Quill"),
    ("Ada van der Quill", "Ada Quill"),
]


@pytest.mark.parametrize(("one", "other"), LOOSE)
def test_loose_names_are_joined_by_a_co_author_of_full_name(one, other):
    papers = [("a", "1", 2016, [one, *COMPANY]), ("a", "2", 2017, [other, *COMPANY])]
    assert joined(papers, f"a-{one}", f"a-{other}")


@pytest.mark.parametrize(("one", "other"), LOOSE)
def test_loose_names_that_share_nothing_are_left_to_people(one, other):
    papers = [
        ("a", "1", 2016, [one, "Di Parchment"]),
        ("a", "2", 2024, [other, "Ed Scroll"]),
        *((("a", f"t{n}", 2016, [f"Bob{n} Tao", f"Bob{n} Quill"])) for n in range(60)),
    ]
    assert not joined(papers, f"a-{one}", f"a-{other}")


def test_half_of_a_hyphenated_name_asks_for_two_co_authors():
    one, other = ["Florin-Marek Quill", *COMPANY], ["Marek Quill", *COMPANY]
    papers = [("a", "1", 2016, one), ("a", "2", 2017, other)]
    assert joined(papers, "a-Florin-Marek Quill", "a-Marek Quill")
    papers = [("a", "1", 2016, one), ("a", "2", 2017, [*other[:2], "Di Parchment"])]
    assert not joined(papers, "a-Florin-Marek Quill", "a-Marek Quill")


def test_the_first_half_of_a_rare_hyphenated_name_is_the_one_in_use():
    papers = [
        ("a", "1", 2016, ["Marie-Florine Quillington", "Bo Inkwell"]),
        ("a", "2", 2017, ["Marie Quillington", "Di Parchment"]),
    ]
    assert joined(papers, "a-Marie-Florine Quillington", "a-Marie Quillington")
    papers[1] = ("a", "2", 2017, ["Florine Quillington", "Di Parchment"])
    assert not joined(papers, "a-Marie-Florine Quillington", "a-Florine Quillington")


def test_a_name_that_many_have_asks_for_two_co_authors():
    papers = [
        ("a", "1", 2016, ["Wei Zhang", *COMPANY]),
        ("a", "2", 2017, ["Zhang Wei", *COMPANY]),
    ]
    assert "alone" not in terms_of(papers, "Wei Zhang", "Zhang Wei")
    papers[1] = ("a", "2", 2017, ["Zhang Wei", "Bo Inkwell", "Di Parchment"])
    assert "alone" in terms_of(papers, "Wei Zhang", "Zhang Wei")


def test_initials_of_company_join_who_is_printed_by_initial():
    papers = [
        ("a", "1", 2016, ["M. Quill", "B. Inkwell"]),
        ("a", "2", 2017, ["Matthew Quill", "Bo Inkwell"]),
    ]
    assert joined(papers, "a-M. Quill", "a-Matthew Quill")


def test_a_co_author_by_initial_alone_does_not_join_loose_names():
    papers = [
        ("a", "1", 2016, ["Matthew Quill", "Bo Inkwell"]),
        ("a", "2", 2024, ["Matt Quill", "Bea Inkwell"]),
    ]
    assert not joined(papers, "a-Matthew Quill", "a-Matt Quill")


@pytest.mark.parametrize(("family", "alone"), [("Wang", True), ("Quillington", False)])
def test_a_letter_and_that_letter_with_another_are_loose_of_a_usual_family_name(family, alone):
    papers = [("a", "1", 2016, [f"Y. {family}", "Bo Inkwell"])]
    papers.append(("a", "2", 2017, [f"Y. F. {family}", "Di Parchment"]))
    names = f"Y. {family}", f"Y. F. {family}"
    assert ("alone" in terms_of(papers, *names)) is alone
    papers[1] = ("a", "2", 2017, [f"Y. F. {family}", "Bo Inkwell"])
    assert "alone" not in terms_of(papers, *names)


@pytest.mark.parametrize(("family", "alone"), [("Wang", True), ("Quillington", False)])
def test_by_letters_of_a_usual_family_name_company_must_be_more_than_chance(family, alone):
    papers = [("a", f"y{n}", 2016, [f"Y. {family}", f"Mate{n} Quire"]) for n in range(40)]
    papers += [("a", f"h{n}", 2016, ["Hilda Hubert", f"Other{n} Recto"]) for n in range(40)]
    papers += [("a", "1", 2016, [f"Y. {family}", "H. Hubert"])]
    papers += [("a", "2", 2017, [f"Yann {family}", "Hugo Hubert"])]
    names = f"Y. {family}", f"Yann {family}"
    assert ("alone" in terms_of(papers, *names)) is alone
    assert "alone" not in terms_of(papers[-2:], *names)


def test_a_crowd_is_no_company():
    crowd = [f"Many{n} People{n}" for n in range(30)]
    papers = [
        ("a", "1", 2016, ["Matthew Quill", *crowd]),
        ("a", "2", 2024, ["Matt Quill", *crowd]),
    ]
    assert not joined(papers, "a-Matthew Quill", "a-Matt Quill")


def test_lists_turned_around_are_company():
    papers = [
        ("a", "1", 2016, ["Meiling Tao", "Guoming Wu"]),
        ("a", "2", 2017, ["Tao Meiling", "Wu Guoming"]),
    ]
    assert joined(papers, "a-Meiling Tao", "a-Tao Meiling")


def test_a_rare_full_name_at_one_venue_in_near_years_is_one():
    papers = [
        ("a", "1", 2016, ["Matthew Quillington", "Bo Inkwell"]),
        ("a", "2", 2018, ["Matt Quillington", "Di Parchment"]),
    ]
    assert joined(papers, "a-Matthew Quillington", "a-Matt Quillington")
    later = [papers[0], ("a", "2", 2030, papers[1][3])]
    assert not joined(later, "a-Matthew Quillington", "a-Matt Quillington")


def test_a_generation_apart_with_nothing_shared_are_two():
    papers = [
        ("a", "1", 1990, ["Ada M. Quill", "Bo Inkwell"]),
        ("a", "2", 2016, ["Ada Quill", "Di Parchment"]),
    ]
    assert not joined(papers, "a-Ada M. Quill", "a-Ada Quill")
    papers[1] = ("a", "2", 2000, papers[1][3])
    assert joined(papers, "a-Ada M. Quill", "a-Ada Quill")


def test_two_spellings_that_many_bear_are_two_names():
    papers = [
        ("a", "1", 2016, ["Ada Quillon", "Bo Inkwell"]),
        ("a", "2", 2017, ["Ada Quillen", "Di Parchment"]),
    ]
    bearers = [("a", f"b{n}", 2001, [f"Bob{n} Quillon", f"Bob{n + 9} Quillen"]) for n in range(5)]
    terms = terms_of([*papers, *bearers], "Ada Quillon", "Ada Quillen")
    assert terms["spelling"] < terms_of(papers, "Ada Quillon", "Ada Quillen").get("spelling", 0)
    papers = [(*paper[:3], [*paper[3], "Cy Vellum"]) for paper in papers]
    assert "spelling" not in terms_of([*papers, *bearers], "Ada Quillon", "Ada Quillen")


# --- names recorded in another script


def recorded(one, other, papers, **forms):
    """The terms of two rows that are recorded in Han characters so, and whether they are joined."""
    held = evidence([*papers, *crowd()])
    rows = tuple(
        replace(row, variants=tuple(forms.get(row.name.split()[0], ()))) for row in held.rows
    )
    held = replace(held, rows=rows)
    people = society(held, {})
    places = {row.iri: place for place, row in enumerate(people.profiles)}
    pair = tuple(sorted(places[f"author/a-{name}"] for name in (one, other)))
    scorer = Scorer.of(people, dict(pairs_of(people.profiles)))
    told = scorer.terms(*pair) if pair in scorer.pairs else {}
    clusters = resolve_persons(held, {}).clusters
    return told, any({f"author/a-{one}", f"author/a-{other}"} <= {*held} for held in clusters)


READINGS = [
    ("a", "1", 2016, ["Chengli Tao", *COMPANY]),
    ("a", "2", 2017, ["Shengli Tao", *COMPANY]),
]


def test_two_readings_of_one_recorded_name_are_one_where_company_agrees():
    two = "Chengli Tao", "Shengli Tao"
    assert recorded(*two, READINGS) == ({}, False)
    told, one = recorded(
        *two, READINGS, Chengli=["\u52dd\u529b \u9676"], Shengli=["\u9676\u80dc\u529b"]
    )
    assert one
    assert told["nameVariant"] > 0


def test_a_frequent_recorded_name_alone_makes_nobody_one():
    papers = [
        ("a", "1", 2016, ["Cheng Wang", "Bo Inkwell"]),
        ("a", "2", 2017, ["Sheng Wang", "Di Parchment"]),
    ]
    forms = {"Cheng": ["\u76db \u738b"], "Sheng": ["\u738b\u76db"]}
    told, one = recorded("Cheng Wang", "Sheng Wang", papers, **forms)
    assert told["nameVariant"] > 0 > told["alone"]
    assert not one


def test_two_recorded_names_speak_against_a_short_form():
    papers = [("a", "1", 2016, ["Lili Tao", *COMPANY]), ("a", "2", 2017, ["L. Tao", *COMPANY])]
    told, one = recorded("Lili Tao", "L. Tao", papers)
    assert one
    assert "nameVariant" not in told
    forms = {"Lili": ["\u4e3d\u4e3d \u9676"], "L.": ["\u529b \u9676"]}
    told, one = recorded("Lili Tao", "L. Tao", papers, **forms)
    assert told["nameVariant"] < 0
    assert not one
