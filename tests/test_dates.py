"""Dates as sources print them."""

import pytest

from ingest.dates import from_parts, iso


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("2016", "2016"),
        ("[2016]", "2016"),
        ("c1998.", "1998"),
        ("2016-05", "2016-05"),
        ("2016-05-03", "2016-05-03"),
        ("2016-05-03T10:00:00Z", "2016-05-03"),
        ("2016/5/3", "2016-05-03"),
        ("2004///", "2004"),
        ("2004/03//", "2004-03"),
        ("20160503", "2016-05-03"),
        ("31/12/2016", "2016-12-31"),
        ("12/31/2016", "2016-12-31"),
        ("3/4/2016", "2016"),
        ("May 2016", "2016-05"),
        ("5/2016", "2016-05"),
        ("3 May 2016", "2016-05-03"),
        ("May 3rd, 2016", "2016-05-03"),
        ("2012 Jan-Feb", "2012-01"),
        ("2012 Jul 4", "2012-07-04"),
        ("Winter 2004", "2004"),
        ("1999-2001", "1999"),
        ("2016-13-01", "2016"),
        ("2016-02-30", "2016-02"),
        ("2016~", "2016"),
        ("n.d.", ""),
        ("", ""),
        ("0000", ""),
    ],
)
def test_iso(printed, expected):
    assert iso(printed) == expected


def test_parts_are_cut_before_the_first_that_is_none():
    assert from_parts(2016, None, 3) == "2016"
    assert from_parts("2016", "Mar") == "2016-03"
    assert from_parts(None) == from_parts([None]) == ""
