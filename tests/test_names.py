"""Printed names, and names as BibTeX writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import bibtex_names, names, repairs


@pytest.mark.parametrize(
    ("printed", "name", "suffix"),
    [
        ("Yulai Zhao 0002", "Yulai Zhao", "0002"),
        ("Yulai Zhao", "Yulai Zhao", ""),
        ("Agent 007", "Agent 007", ""),
        ("0002", "0002", ""),
    ],
)
def test_a_homonym_suffix_is_four_digits_after_a_name(printed, name, suffix):
    assert names.homonym(printed) == (name, suffix)


@pytest.mark.parametrize(
    ("printed", "given_name", "family", "junior"),
    [
        ("Ada Quill", "Ada", "Quill", ""),
        ("Aaron van den Ink", "Aaron", "van den Ink", ""),
        ("Pim De Haan", "Pim", "De Haan", ""),
        ("Mausam", "", "Mausam", ""),
        ("John W. Fisher III", "John W.", "Fisher", "III"),
        ("Guy L. Steele Jr.", "Guy L.", "Steele", "Jr."),
        ("Quill, Ada", "Ada", "Quill", ""),
        ("Quill, Jr., Ada", "Ada", "Quill", "Jr."),
        ("Quill, Ada, Jr.", "Ada", "Quill", "Jr."),
        ("Quill, Ada, Neto", "Ada", "Quill", "Neto"),
        ("Ada Quill, Jr.", "Ada", "Quill", "Jr."),
        ("Andrew Y. Ng 3rd", "Andrew Y.", "Ng", "3rd"),
        ("Li Fei-Fei", "Li", "Fei-Fei", ""),
        ("Van Nguyen", "Van", "Nguyen", ""),
        ("", "", "", ""),
        (",", "", "", ""),
    ],
)
def test_a_printed_name_in_parts(printed, given_name, family, junior):
    assert names.split_printed(printed) == names.PersonName(given_name, family, junior)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Anonymous", "anonymous"),
        ("ANONYMOUS AUTHORS", "anonymous"),
        ("The LSST Dark Energy Science Collaboration", "group"),
        ("OpenAI", "group"),
        ("Worlds Team", "group"),
        ("Task Force on Ink", "group"),
        ("Samuele Meta", "person"),
        ("Teamah Quill", "person"),
        ("Biplab Banerjee", "person"),
    ],
)
def test_kinds_of_agents(name, kind):
    assert names.kind_of(name) == kind
    assert names.mend(name).kind == kind


@pytest.mark.parametrize(
    ("printed", "name", "rule"),
    [
        ("\u202aAda Quill\u202c\u200f", "Ada Quill", "stray-characters"),
        ("Ad\x7fa Quill", "Ada Quill", "stray-characters"),
        ("Carrie\u0300re Quill", "Carri\u00e8re Quill", "stray-characters"),
        ("Ada Qu\\'{\\i}ll", "Ada Qu\u00edll", "latex"),
        ("Jos\u00e9~A.~Quill", "Jos\u00e9 A. Quill", "latex"),
        ("Ada D\\textsc\\char13Quill", "Ada D'Quill", "latex"),
        ("Ada pages = 173-184 Quill", "Ada Quill", "field-debris"),
        ('Konrad Q"uill', "Konrad Q\u00fcill", "debris"),
        ("Ada Quill)", "Ada Quill", "debris"),
        ("Ada Quill_", "Ada Quill", "debris"),
        ("\\Ada Quill", "Ada Quill", "debris"),
        ("Sujith Quill[2]", "Sujith Quill", "footnote-mark"),
        ("Ada Quill\u2020", "Ada Quill", "footnote-mark"),
        ("Ada Quill1", "Ada Quill", "footnote-mark"),
        ("OpenAI Ada Quill", "Ada Quill", "glued-affiliation"),
        ("Quill, Ada", "Ada Quill", "comma-form"),
    ],
)
def test_a_mended_name_keeps_its_literal_and_its_rule(printed, name, rule):
    found = names.contributor(printed, 1)
    assert (found.name, found.printed) == (name, printed)
    assert [repair.rule for repair in names.repairs_of(printed)] == [rule]


@pytest.mark.parametrize(
    "printed",
    [
        "Ada Quill",
        'Chiyu "Max" Quill',
        "Yuan (Alan) Quill",
        "Xi\u00e0n-R\u00edgbaud O\u2019Quill",
        "Anthony \u738b",
        "Google Brain Team",
        "Cl\u00e9men\\con Quill",
        "Tom\u00e1\\v S. Quill",
        "ADA QUILL",
        "J. Q. P. d. F. R. Quill",
    ],
)
def test_what_is_no_debris_stays(printed):
    found = names.contributor(printed, 1)
    assert (found.name, found.literal) == (printed, "")
    assert not names.repairs_of(printed)


def test_an_affiliation_glued_to_a_name_is_kept():
    assert names.contributor("OpenAI Ada Quill", 1).affiliations == ("OpenAI",)
    with repairs.without(["glued-affiliation"]):
        found = names.contributor("OpenAI Ada Quill", 1)
    assert (found.name, found.affiliations) == ("OpenAI Ada Quill", ())


@pytest.mark.parametrize(
    ("printed", "people"),
    [
        ("Ada Quill", ["Ada Quill"]),
        ("Ada Quill and Bo Reed", ["Ada Quill", "Bo Reed"]),
        ("and Ada Quill", ["Ada Quill"]),
        ("Ada Quill, Bo Reed, Cy Pen,", ["Ada Quill", "Bo Reed", "Cy Pen"]),
        ("Ada Quill; Bo Reed", ["Ada Quill", "Bo Reed"]),
        ("Quill, Ada", ["Quill, Ada"]),
        ("Sandy Andrews", ["Sandy Andrews"]),
    ],
)
def test_several_people_in_one_field(printed, people):
    assert names.people(printed) == people


@pytest.mark.parametrize(
    ("raw", "given_name", "family", "junior"),
    [
        ("Ada Quill", "Ada", "Quill", ""),
        ("Ludwig van der Ink", "Ludwig", "van der Ink", ""),
        ("van der Ink, Jr., Jan", "Jan", "van der Ink", "Jr."),
        ("de la Ink, Jan", "Jan", "de la Ink", ""),
        ("{\\'E}va {\\'E}crin", "\u00c9va", "\u00c9crin", ""),
        ("Jan {van der Ink}", "Jan", "van der Ink", ""),
        ("Ink, {Jan, Jr.}", "Jan, Jr.", "Ink", ""),
        ("Jan {\\relax van} Ink", "Jan", "van Ink", ""),
        ("Donald~E. Ink", "Donald E.", "Ink", ""),
        ("jan ink", "", "jan ink", ""),
        ("family=Ink, given={Jan, X}, prefix=van, suffix=III", "Jan, X", "van Ink", "III"),
        ("Ink", "", "Ink", ""),
    ],
)
def test_a_bibtex_name_in_parts(raw, given_name, family, junior):
    found = bibtex_names.split_name(raw)
    assert found.name == names.PersonName(given_name, family, junior)
    assert not found.problem


def test_braces_hold_a_name_together():
    assert bibtex_names.split_name("{Ink, Pens and Sons}").printed == "Ink, Pens and Sons"


@pytest.mark.parametrize(
    ("field", "people"),
    [
        ("A and B", ["A", "B"]),
        ("A AND\n B", ["A", "B"]),
        ("{Pens and Sons} and B", ["{Pens and Sons}", "B"]),
        ("A and and B and", ["A", "B"]),
        ("Sandy Andrews", ["Sandy Andrews"]),
        ("", []),
        ("} and { and B", ["}", "{ and B"]),
    ],
)
def test_a_bibtex_list_is_parted_at_and(field, people):
    assert bibtex_names.split_list(field) == people


@pytest.mark.parametrize("joint", [" and ", " AND ", " and and ", "\nand\t", "and", " and"])
def test_names_without_braces_are_parted_as_those_with(joint):
    people = ["Ink, Mei", "Jan van  Pens", " Well , Jr. ,Ada", "Sandy", "de la Ink,\u00a0J."]
    field = joint.join(people)
    careful = bibtex_names.split_list("{}" + field)  # braces take the longer way
    assert bibtex_names.split_list(field) == [raw.replace("{}", "") for raw in careful]
    for raw in people:
        assert bibtex_names.split_name(raw) == bibtex_names.split_name(f"{raw}{{}}")


@given(st.text(max_size=60))
def test_any_text_is_some_name(printed):
    found = names.contributor(printed, 1)
    assert found.printed == printed or not printed
    assert names.people(printed) is not None
    for raw in bibtex_names.split_list(printed):
        bibtex_names.split_name(raw)
