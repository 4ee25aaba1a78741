"""LaTeX in titles and abstracts, as HTML."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.typesetting import LONGEST, prose, typeset

ALLOWED = {"math", "mrow", "mi", "mn", "mo", "mtext", "msup", "msub", "em", "strong", "code"}


def shown(text):
    """What the HTML says, each formula in brackets."""
    tree = ElementTree.fromstring(f"<p>{typeset(text)}</p>")
    for formula in tree.iter("math"):
        formula.text = f"[{formula.text or ''}"
        formula.tail = f"]{formula.tail or ''}"
    return "".join(tree.itertext())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("the $k$-means bound", "the [k]-means bound"),
        ("an $\\epsilon$-optimal policy", "an [\u03f5]-optimal policy"),
        ("on \\(\\mathbb{R}^n\\) and \\[x_1\\]", "on [\u211dn] and [x1]"),
        ("the $$2^\\mathrm{nd}$$ place", "the [2nd] place"),
        ("up to $30%$ better, $\\sim$20%", "up to [30%] better, [~]20%"),
        ("at $ n^{3/2}$ steps", "at [n3/2] steps"),
        ("costs $5 and $10 more", "costs $5 and $10 more"),
        ("US$5-$10, and $20", "US$5-$10, and $20"),
        ("for $400 to acquire a subscriber, and 3$", "for $400 to acquire a subscriber, and 3$"),
        ("half a formula $\\frac$ stays", "half a formula $\\frac$ stays"),
        ("$\\begin{matrix}$ too", "$\\begin{matrix}$ too"),
        ("\\emph{how} {\\bf much} \\url{a.b} at 5\\%", "how much a.b at 5%"),
        ("no \\method here", "no \\method here"),
        ("a < b & c > d", "a < b & c > d"),
    ],
)
def test_formulas_are_set_and_all_else_stays(text, wanted):
    assert shown(text) == wanted


def test_formula_says_in_words_what_it_was():
    assert 'alttext="x^2"' in typeset("$x^2$")
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in typeset("$x^2$")


@pytest.mark.parametrize(
    "text",
    [
        "$\\href{javascript:alert(1)}{x}$",
        "$\\style{color:red}{x}$",
        "$\\text{<img src=x onerror=alert(1)>}$",
        "$<script>alert(1)</script>$",
        '\\textbf{<b onclick="x">}',
        '$\\mathrm{"onx=1}$',
        "$\\def\\a{\\a\\a}\\a$",
        "${}$".format("{" * 3000),
        "${}$".format("x^" * LONGEST),
        "\\(" * 20_000,
    ],
)
def test_nothing_in_a_formula_becomes_a_link_a_style_or_a_script(text):
    tags = set(re.findall(r"<(\w+)([^>]*)", typeset(text)))
    assert {name for name, _ in tags} <= ALLOWED
    given = {name for _, rest in tags for name in re.findall(r'([\w-]+)="', rest)}
    assert given <= {"display", "alttext", "mathvariant", "stretchy"}


@given(st.text(alphabet="$\\{}()[]^_&<>\"'%x1 frac", max_size=60))
def test_whatever_stands_there_comes_out_well_formed(text):
    ElementTree.fromstring(f"<p>{typeset(text)}</p>")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<p>Among A.</p><p>B &amp; C</p>", "Among A. B & C"),
        ('<jats:p xml:lang="en">H<jats:sub>2</jats:sub>O</jats:p>', "H2O"),
        ("&lt;p&gt;All &#233;scaped&lt;/p&gt;", "All éscaped"),
        ("if a <b and c> d, x < y, R&D; &unknown;", "if a <b and c> d, x < y, R&D; &unknown;"),
        ("two\n\nparagraphs", "two\n\nparagraphs"),
    ],
)
def test_an_abstract_is_read_without_its_markup_and_keeps_what_is_none(said, shown):
    assert prose(said) == shown
