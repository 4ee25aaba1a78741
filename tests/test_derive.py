"""Links of publications and rows from signatures and clusters."""

from ingest.derive import Publication, Signed, most_complete, publication_blocks, row_block
from ontology import terms

A, B, C = "u:a", "u:b", "u:c"


def lines(members, canonical, **given):
    text = "".join(publication_blocks(members, canonical, **given))
    return {
        (s.strip("<>"), p.strip("<>"), o.strip("<>"))
        for s, p, o, _ in (line.split() for line in text.splitlines())
    }


def paper(iri, *rows, cut_off=False, role="author", placed=True):
    signed = [
        Signed(f"{iri}/{n}", role, n if placed else None, row) for n, row in enumerate(rows, 1)
    ]
    return Publication(iri, signed, cut_off)


def test_publication_alone_is_its_own_canonical():
    assert lines([paper(A, "u:r1", "u:r2")], A) == {
        (A, terms.CANONICAL, A),
        (A, terms.AUTHORS_FROM, A),
        (A, terms.AUTHORED_BY, "u:r1"),
        (A, terms.AUTHORED_BY, "u:r2"),
        (A, terms.DC_CREATOR, "u:r1"),
        (A, terms.DC_CREATOR, "u:r2"),
        ("u:a/1", terms.PERSON_PROPERTY, "u:r1"),
        ("u:a/2", terms.PERSON_PROPERTY, "u:r2"),
    }


def test_only_the_canonical_publication_is_authored_by_anyone():
    found = lines([paper(A, "u:r1"), paper(B, "u:r2")], B)
    assert {(s, o) for s, p, o in found if p == terms.AUTHORED_BY} == {(B, "u:r2")}
    assert (A, terms.SAME_AS, B) in found
    assert (A, terms.CANONICAL, B) in found


def test_authors_come_from_the_most_complete_member():
    cut, whole = paper(A, *"12345678", cut_off=True), paper(B, *"123")
    assert most_complete([cut, whole], A) is whole
    found = lines([cut, whole], A)
    assert (A, terms.AUTHORS_FROM, B) in found
    assert {o for _, p, o in found if p == terms.AUTHORED_BY} == set("123")


def test_places_count_then_the_canonical_then_the_smaller():
    loose, placed = paper(A, *"123", placed=False), paper(B, "1")
    assert most_complete([loose, placed], A) is placed
    assert most_complete([paper(A, "1"), paper(B, "1")], B).iri == B
    assert most_complete([paper(C, "1"), paper(B, "1")], A).iri == B


def test_rows_and_persons_are_followed():
    found = lines([paper(A, "u:row")], A, rows={"u:part": "u:canon"}, persons={"u:a/1": "u:part"})
    assert (A, terms.AUTHORED_BY, "u:canon") in found
    assert ("u:a/1", terms.PERSON_PROPERTY, "u:part") in found


def test_two_signatures_of_one_person_count_once():
    found = lines([paper(A, "u:r1", "u:r2")], A, rows={"u:r2": "u:r1"})
    assert [o for _, p, o in found if p == terms.AUTHORED_BY] == ["u:r1"]


def test_editors_edit():
    found = lines([paper(A, "u:e", role="editor")], A)
    assert (A, terms.EDITED_BY, "u:e") in found
    assert not [o for _, p, o in found if p in (terms.AUTHORED_BY, terms.DC_CREATOR)]
    assert (A, terms.AUTHORS_FROM, A) in found


def test_row_points_to_its_canonical():
    assert row_block(A) == row_block(A, A) == f"<{A}> <{terms.CANONICAL}> <{A}> .\n"
    assert f"<{A}> <{terms.SAME_AS}> <{B}> .\n" in row_block(A, B)
