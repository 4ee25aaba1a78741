"""Plain text from what sources write, and addresses from scarred text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import addresses, text
from ingest.records import Link


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Plain", "Plain"),
        ("  two  spaces\n here ", "two spaces here"),
        ("e\u0301crin", "\u00e9crin"),
        ("\u202abidi\u202c and\u200b zero\ufeff", "bidi and zero"),
        ("Visual\r Tracking", "Visual Tracking"),
        ("{Deep} Learning for {P}ens", "Deep Learning for Pens"),
        ('Sch{\\"o}n and \\o re', "Sch\u00f6n and \u00f8re"),
        ("On $k$-means and $\\alpha_1$", "On $k$-means and $\\alpha_1$"),
        ("{\\TeX} and \\BibTeX", "TeX and BibTeX"),
        ("10~km -- 20\\,km", "10 km \u2013 20 km"),
        ("H<sub>2</sub>O &amp; <i>Ink</i>", "H2O & Ink"),
        ("a < b & c > d", "a < b & c > d"),
        ("100\\% of R\\&D", "100% of R&D"),
        ("<jats:p>Ink</jats:p>", "Ink"),
    ],
)
def test_plain(written, plain):
    assert text.plain(written) == plain


def test_a_command_that_nobody_knows_goes_or_stops():
    assert text.from_latex("Ink\\nosuch pen") == "Inkpen"
    assert text.from_latex("Ink\\nosuch pen", strict=True) == "Ink\\nosuch pen"


@pytest.mark.parametrize("broken", ["{open", "close}", "\\", "$x", "\\begin{a}", "{" * 3000])
def test_broken_latex_is_no_error(broken):
    assert isinstance(text.plain(broken), str)


@given(st.text(max_size=80))
def test_plain_is_clean_text(written):
    plain = text.plain(written)
    assert plain == plain.strip()
    assert not text.has_stray(plain)


@pytest.mark.parametrize(
    ("scarred", "kind", "url"),
    [
        ("at https: //big-nib. github. io/.", "project", "https://big-nib.github.io/"),
        ("Code: https: //github. com/quill/nib.", "code", "https://github.com/quill/nib"),
        ("https: //www. ink. website/a/b_c and more", "project", "https://www.ink.website/a/b_c"),
        (
            "see \\url{https: //sites. google. com/view/ink/. }",
            "project",
            "https://sites.google.com/view/ink/",
        ),
        ("page 1 1 sites.google.com/view/ink-1.", "project", "https://sites.google.com/view/ink-1"),
        ("at //sites.google.com/view/ink.https:", "project", "https://sites.google.com/view/ink"),
        ("website is ink-nib. github. io.", "project", "https://ink-nib.github.io"),
        ("https:// ink.example.org/x.pdf)", "pdf", "https://ink.example.org/x.pdf"),
        ("https: //arxiv. org/abs/1602. 02867", "page", "https://arxiv.org/abs/1602.02867"),
        ("https://ink.example.edu. Then", "project", "https://ink.example.edu"),
        ("(https://example.org/a_(b))", "project", "https://example.org/a_(b)"),
        ("https://youtu.be/abc", "video", "https://youtu.be/abc"),
        ("http://INK.example.org/A", "project", "http://ink.example.org/A"),
    ],
)
def test_addresses_are_recovered(scarred, kind, url):
    assert addresses.recovered_links(scarred) == (Link(kind, url, recovered=True),)


@pytest.mark.parametrize(
    "plain",
    [
        "No address here. Nor there.",
        "with $R^2$ of $\\geq 0. 9$ and e. g. this",
        "GitHub. Com is a name; mail a@github.io",
        "on the project website.",
        "see Fig. 2 and https is a scheme",
    ],
)
def test_no_address_is_made_up(plain):
    assert addresses.recovered_links(plain) == ()


def test_each_address_comes_once_in_order():
    found = addresses.recovered_links("b.github.io/x, https://a.org, and https: //b. github. io/x")
    assert [link.url for link in found] == ["https://b.github.io/x", "https://a.org"]


@pytest.mark.parametrize(
    ("printed", "url"),
    [
        ("https://example.org/a b.pdf", "https://example.org/a%20b.pdf"),
        ("https://example.org/%7Ea|b", "https://example.org/%7Ea%7Cb"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("http://example.org", "http://example.org"),
        ("example.org/a", None),
        ("ftp://example.org/a", None),
        ("https://", None),
        ("https://exa mple.org/", None),
    ],
)
def test_an_address_fit_for_an_iri(printed, url):
    assert addresses.address(printed) == url


@given(st.text(alphabet="htps:/. wgiub{}()-comrgai019", max_size=60))
def test_recovered_addresses_are_addresses(scarred):
    for link in addresses.recovered_links(scarred):
        assert addresses.address(link.url) == link.url
