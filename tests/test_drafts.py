"""What every reader of fields does in the same way."""

import pytest

from ingest.readers.drafts import Draft


def record(draft):
    draft.title = draft.title or "T"
    return draft.items()[-1]


def test_everybody_listed_twice_is_listed_once():
    draft = Draft()
    for name in ("Ada Quill", "Bo Reed", "Ada Quill", "Bo Reed"):
        draft.named(name)
    draft.named("Cy Nib", "editor")
    found = record(draft)
    assert [(c.name, c.ordinal) for c in found.contributors] == [
        ("Ada Quill", 1),
        ("Bo Reed", 2),
        ("Cy Nib", 1),
    ]
    assert [r.rule for r in found.repairs] == ["listed-twice"]


def test_two_of_one_name_are_two():
    draft = Draft()
    for name in ("Ada Quill", "Ada Quill"):
        draft.named(name)
    assert len(record(draft).contributors) == 2


@pytest.mark.parametrize(
    ("printed", "kind", "expected"),
    [
        ("Quill, Ada", "", ("Ada Quill", "Ada", "Quill", "person")),
        ("van Reed, Bo, Jr.", "", ("Bo van Reed Jr.", "Bo", "van Reed", "person")),
        ("Ink Consortium", "", ("Ink Consortium", "", "", "group")),
        ("Quill, Nib & Sons", "group", ("Quill, Nib & Sons", "", "", "group")),
        ("Anonymous", "", ("Anonymous", "", "", "anonymous")),
    ],
)
def test_names_in_one_piece(printed, kind, expected):
    draft = Draft()
    draft.named(printed, kind=kind)
    (found,) = record(draft).contributors
    assert (found.name, found.given, found.family, found.kind) == expected


def test_others_cut_the_list_off():
    draft = Draft()
    draft.named("Ada Quill")
    draft.named("et al.")
    assert record(draft).cut_off and len(draft.contributors) == 1


def test_a_printed_form_is_kept_beside_the_name():
    draft = Draft()
    draft.named("Ada Quill", literal="A. Quill")
    assert draft.contributors[0].printed == "A. Quill"


def test_an_isbn_of_a_chapter_is_its_book_s():
    draft = Draft()
    draft.kind = "Chapter"
    draft.contained("The Book of Ink", "Book")
    draft.identified("isbn", "9780306406157")
    draft.identified("doi", "10.5555/x")
    found = record(draft)
    assert [i.scheme for i in found.identifiers] == ["doi"]
    assert [i.scheme for i in found.container.identifiers] == ["isbn"]


def test_what_breaks_a_rule_is_flagged_and_what_is_no_value_is_told_of():
    draft = Draft(key="k")
    draft.identified("doi", "11.5555/x")
    draft.dated("soon")
    draft.dated("3021")
    draft.linked("not an address")
    *errors, found = draft.items()
    assert [i.valid for i in found.identifiers] == [False]
    assert [(e.field, e.reason) for e in errors] == [
        ("date", "not a date"),
        ("date", "year out of range"),
        ("url", "not a web address"),
        ("title", "no title"),
    ]
    assert not any(e.fatal for e in errors)


def test_an_entry_that_says_nothing_is_no_record():
    (error,) = Draft().items()
    assert error.fatal
