"""One series for its many printed names; an unknown one stays by what is printed."""

import pytest

from ingest import captions, entities
from ingest.identifiers import issn_check
from ingest.records import VenueMention
from ingest.shared import venue_block
from ingest.venues import Venues, VenueTableError, read_table
from ontology import terms
from queries.search.textindex import NAMES_APART

TABLE = "\t".join(("ml", "ML", "Journal", "0885-6125", "Mach Learn[Journal] | MLJ@1990-", "own"))


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("NIPS", "Conference", "neurips"),
        ("Advances in Neural Information Processing Systems 29", "", "neurips"),
        ("Proceedings of the 42nd International Conference on Machine Learning", "", "icml"),
        ("IEEE/CVF Conference on Computer Vision and Pattern Recognition", "", "cvpr"),
        ("2019 IEEE International Conference on Robotics and Automation (ICRA)", "", "icra"),
        ("CVPR", "Workshop", "cvprw"),
        ("ICML 2024 Workshops: AI4Science", "Workshop", "icmlw"),
        ("J. Mach. Learn. Res.", "Journal", "jmlr"),
        ("Nobody's Workshop", "Workshop", "name:nobody's workshop"),
    ],
)
def test_printed_name_finds_the_series(name, kind, key):
    assert Venues.bundled().find(VenueMention(name, kind)).key == key


def test_key_of_the_source_goes_before_the_name():
    assert Venues.bundled().find(VenueMention("ICML", "Workshop", "icmlw")).key == "icmlw"


def test_issn_finds_a_series_that_the_name_does_not():
    found = Venues.bundled().find(VenueMention("Jnl Mach Lrn Rsch", "Journal", issn=("1532-4435",)))
    assert found.key == "jmlr"
    unknown = Venues.bundled().find(VenueMention("X", "Journal", issn=("9999-9994", "1234-5679")))
    assert (unknown.key, unknown.known) == ("issn:1234-5679", False)


def test_name_goes_before_the_issn_of_a_wider_series():
    mention = VenueMention("European Conference on Computer Vision", "", issn=("0302-9743",))
    assert Venues.bundled().find(mention).key == "eccv"


def test_alias_holds_for_its_kind_and_years_only():
    venues = Venues(read_table(TABLE))
    assert venues.find(VenueMention("Mach. Learn.", "Journal")).key == "ml"
    assert venues.find(VenueMention("Mach Learn", "Conference")).key == "name:mach learn"
    assert venues.find(VenueMention("MLJ"), 1995).key == "ml"
    assert venues.find(VenueMention("MLJ"), 1980).key == "name:mlj"
    assert venues.find(VenueMention("MLJ"), None).key == "name:mlj"


def test_a_series_that_the_table_knows_is_not_marked_unknown():
    block = {
        known: venue_block("urn:v", {"one": [["J", "Journal", [], 3, known, "J"]]})
        for known in (True, False)
    }
    mark = f'<urn:v> <{terms.VENUE_UNKNOWN}> "true"^^<{terms.XSD_BOOLEAN}> .\n'
    assert mark not in block[True] and mark in block[False]


@pytest.mark.parametrize("line", ["a\tb", TABLE.replace("Journal\t", "Magazine\t", 1)])
def test_table_says_which_line_is_wrong(line):
    with pytest.raises(VenueTableError, match="line 2"):
        list(read_table(f"# comment\n{line}"))


def test_bundled_table_is_sound():
    from importlib import resources

    rows = list(read_table(resources.files("ingest").joinpath("venues.tsv").read_text("utf-8")))
    keys = [venue.key for venue, _ in rows]
    numbers = [issn for venue, _ in rows for issn in venue.issn]
    assert len(set(keys)) == len(keys)
    assert len(set(numbers)) == len(numbers)
    assert all(map(issn_check, numbers))


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("neurips", "NeurIPS 2016 · Ada Quill"),
        ("NEURIPS", "NeurIPS 2016 · Ada Quill"),
        ("Journal of Pens", "Journal of Pens 2016 · Ada Quill"),
        ("", "2016 · Ada Quill"),
    ],
)
def test_a_series_is_shown_with_its_own_capitals(printed, shown):
    assert captions.of_publication(printed, "2016", ["Ada Quill"], 1) == shown


def test_a_series_is_found_by_what_else_it_is_called():
    table = Venues.bundled()
    assert "NIPS" in table.called("NeurIPS")
    assert "NIPS" not in table.called("NeurIPS Workshops")  # only as a workshop
    assert table.called("Journal of No Table") == ()
    held = {"mine": [["NeurIPS", "Conference", [], 3, True, "neurips"]]}
    names = entities.venue_row("http://localhost:8000/id/venue/x", held).names
    assert {"neurips", "NIPS"} <= set(names.split(NAMES_APART))
