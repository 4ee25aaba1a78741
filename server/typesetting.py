"""Text with LaTeX in it, as HTML: formulas as MathML, a few commands of running text, else as is.

Browsers set MathML themselves, so a page needs no script for it. What is no formula, or is one
that cannot be read, stays the text that the source gives. Nothing of the text becomes markup but
by the two tables here: the converter passes on links, styles and half-escaped text.
"""

import html
import re
from collections.abc import Iterator
from functools import lru_cache
from xml.etree import ElementTree

from latex2mathml import exceptions
from latex2mathml.converter import convert
from markupsafe import Markup, escape

LONGEST = 500  # letters of a formula; longer ones are whole documents that lost their frame
DEEPEST = 40  # braces within braces
# Dollars as Pandoc reads them: `$5 and $10` is no formula. Less strict where a command, an index
# or an exponent stands between. Then the brackets of LaTeX.
_FORMULA = re.compile(
    r"(?<!\\)\$\$(?P<display>(?:[^$\\]|\\.)+?)\$\$"
    r"|(?<![\\$])\$(?P<sure>[^$\\^_]*(?:\\.|[\^_])(?:[^$\\]|\\.)*?)\$(?!\$)"
    r"|(?<![\\$])\$(?![\s$])(?P<dollar>(?:[^$\\]|\\.)+?)(?<![\s\\])\$(?![\d$])"
    r"|\\\((?P<round>.{1,600}?)\\\)"
    r"|\\\[(?P<square>.{1,600}?)\\\]",
    re.DOTALL,
)
# Two words in a row are a sentence that two dollars happen to stand around.
_PROSE = re.compile(r"(?<![\\{A-Za-z])[A-Za-z]{2,},?\s+[A-Za-z]{2,}(?![A-Za-z}])")
# What writes macros, links or styles has no place in a title.
_REFUSED = re.compile(r"\\(?:re|provide)?(?:newcommand|def|let|href|url|style|class|require|html)")
_COMMENT = re.compile(r"(?<!\\)%")  # nobody comments a title: it is a per cent sign
_COMMAND = re.compile(
    r"\\(?P<name>emph|textit|textsl|textbf|texttt|textsc|textsf|textrm|textnormal|text|url|underline)"
    r"\s*\{(?P<inside>[^{}\\]*)\}"
    r"|\{\\(?P<switch>em|it|bf|sc|tt|rm)\s+(?P<switched>[^{}\\]*)\}"
    r"|\\(?P<letter>[%&#_$])"
)
_TAGS = {
    "emph": "em",
    "textit": "em",
    "textsl": "em",
    "em": "em",
    "it": "em",
    "textbf": "strong",
    "bf": "strong",
    "texttt": "code",
    "tt": "code",
}
# MathML Core, of what the converter writes.
_ELEMENTS = frozenset((
    "math", "mrow", "mi", "mn", "mo", "mtext", "ms", "mspace", "msup", "msub", "msubsup", "mover",
    "munder", "munderover", "mfrac", "msqrt", "mroot", "mtable", "mtr", "mtd", "mstyle",
    "mpadded", "mphantom", "mmultiscripts", "mprescripts", "none",
))  # fmt: skip
_ATTRIBUTES = frozenset((
    "display", "mathvariant", "stretchy", "fence", "form", "accent", "accentunder", "width",
    "height", "depth", "minsize", "maxsize", "displaystyle", "scriptlevel", "linethickness",
    "lspace", "rspace", "separator", "largeop", "movablelimits", "symmetric", "columnalign",
    "rowspan", "columnspan",
))  # fmt: skip
# What the converter raises for odd input: its own errors, which share no base, and what its parser
# and ours stumble over.
ODD: tuple[type[Exception], ...] = (
    *(one for one in vars(exceptions).values() if isinstance(one, type)),
    ElementTree.ParseError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_TAG_END = r"""(?:\s+[\w:-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*\s*/?>"""
_BLOCK = re.compile(
    rf"</?(?:jats:)?(?:p|title|sec|label|list|list-item|br|div|ul|ol|li|h[1-6]|abstract){_TAG_END}",
    re.IGNORECASE,
)
_INLINE = re.compile(
    r"</?(?:jats:[a-z-]+|i|b|u|em|strong|italic|bold|sub|sup|sc|scp|span|font|a|tt|monospace)"
    + _TAG_END,
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,20});", re.IGNORECASE)
_SPACE = "{http://www.w3.org/1998/Math/MathML}"


def prose(text: str) -> str:
    """An abstract as it is to be read: without the markup of HTML and JATS that sources leave in.

    Only tags that these have: "a <b and c> d" says something. What is kept stays as it came.
    """
    if "<" not in text and "&" not in text:
        return text
    for _ in range(2):  # now and then all of it was escaped
        text = _INLINE.sub("", _BLOCK.sub(" ", text))
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return " ".join(text.split())


def typeset(text: str) -> Markup:
    """The text as HTML, each formula as MathML where it can be read."""
    if "$" not in text and "\\" not in text:
        return escape(text)
    return _typeset(text)


def formulas(text: str) -> Iterator[re.Match[str]]:
    """The parts of the text that are formulas and can be set."""
    for found in _FORMULA.finditer(text):
        if _formula(_inside(found)):
            yield found


@lru_cache(4096)
def _typeset(text: str) -> Markup:
    parts: list[Markup] = []
    end = 0
    for found in formulas(text):
        parts += [_running(text[end : found.start()]), _formula(_inside(found))]
        end = found.end()
    return Markup("").join([*parts, _running(text[end:])])


def _inside(found: re.Match[str]) -> str:
    return next(part for part in found.groups() if part is not None).strip()


def _running(text: str) -> Markup:
    """Text between formulas, with the commands that only say how it looks."""
    parts: list[Markup] = []
    end = 0
    for found in _COMMAND.finditer(text):
        parts += [escape(text[end : found.start()]), _command(found)]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def _command(found: re.Match[str]) -> Markup:
    if found["letter"]:
        return escape(found["letter"])
    tag = _TAGS.get(found["name"] or found["switch"])
    inside = escape(found["inside"] or found["switched"] or "")
    return Markup("<{0}>{1}</{0}>").format(tag, inside) if tag else inside


@lru_cache(4096)
def _formula(tex: str) -> Markup:
    """MathML, or nothing for what is none or cannot be read."""
    if not _is_formula(tex):
        return Markup("")
    try:
        tree = ElementTree.fromstring(convert(_COMMENT.sub(r"\\%", tex)))
    except ODD:
        return Markup("")
    if any(_name(one) not in _ELEMENTS for one in tree.iter()):
        return Markup("")
    tree.set("alttext", tex)
    return Markup(_written(tree))


def _is_formula(tex: str) -> bool:
    """Whether it may be one: short, not deep, not two words in a row, no macros."""
    if not tex or len(tex) > LONGEST or tex.count("{") > DEEPEST:
        return False
    return not _PROSE.search(tex) and not _REFUSED.search(tex)


def _name(element: ElementTree.Element) -> str:
    return element.tag.removeprefix(_SPACE)


def _written(element: ElementTree.Element) -> str:
    """The element by our tables: names that are known, all else escaped."""
    name = _name(element)
    kept = "".join(
        f' {key}="{escape(value)}"'
        for key, value in element.items()
        if key in _ATTRIBUTES or key == "alttext"
    )
    inside = "".join(f"{_written(one)}{escape(one.tail or '')}" for one in element)
    return f"<{name}{kept}>{escape(element.text or '')}{inside}</{name}>"
