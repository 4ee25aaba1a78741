"""Text as sources write it, made plain: NFC, stray characters, LaTeX, HTML, scarred addresses.

All functions are pure and give back their argument where there is nothing to do.
"""

import html
import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text  # type: ignore[import-untyped]

# Control characters but white space; bidi marks, embeddings, isolates; zero-width space and word
# joiner; byte order marks; soft hyphens. Zero-width (non-)joiners stay: they spell some scripts.
_STRAY = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
# A character that no text holds stands for a command that pylatexenc does not know.
_UNKNOWN = "\ufdd0"
_ONLY_BRACES = re.compile(r"(?:[\w .,:;()/+?!-]|\{[\w .,:;()/+?!-]*\})*")
_REPEATED = 80  # characters; a longer text hardly comes twice
_LOGOS = ("TeX", "BibTeX", "ConTeXt", "XeTeX", "LuaTeX", "pdfTeX", "MF")
# Commands of LaTeX for characters that mean something to it or to BibTeX.
_CHARACTERS = {
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textasciicircum": "^",
}
_SMALL_CAPS_QUOTE = r"\textsc\char13"
_SPACES = re.compile(r"\s+")
_LATEX = re.compile(r"[\\${}~]")
_MARKED = re.compile(r"[\\${}~<&]|  ")
_MARKUP = re.compile(r"<[/!?a-zA-Z][^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]+);")
_ESCAPED = re.compile(r"&amp;(?:#\d+|[a-zA-Z]+);|&(?:lt|#60);/?[a-z]{1,8}&(?:gt|#62);")
_TAG = re.compile(r"<!--.*?-->|<[/!?a-zA-Z][^<>]*>", re.DOTALL)


def clean(text: str) -> str:
    """NFC, without control and bidi characters, white space collapsed."""
    if text.isascii() and text.isprintable():
        return _SPACES.sub(" ", text).strip() if "  " in text or text != text.strip() else text
    text = _STRAY.sub("", unicodedata.normalize("NFC", text))
    return _SPACES.sub(" ", text).strip()


def has_stray(text: str) -> bool:
    """Whether control or bidi characters stand in the text."""
    return _STRAY.search(text) is not None


def without_stray(text: str) -> str:
    """The text without control and bidi characters; white space stays."""
    return _STRAY.sub("", text)


def has_latex(text: str) -> bool:
    r"""Whether any of `\ $ { } ~` occurs: only then is LaTeX worth decoding (7 of 10 have none)."""
    return _LATEX.search(text) is not None


def from_latex(text: str, *, strict: bool = False) -> str:
    """LaTeX as plain text: accents composed, commands and braces gone, formulas left as written.

    A command that nobody knows goes; where `strict`, the text then stays as it is.
    """
    if not has_latex(text):
        return text
    if _ONLY_BRACES.fullmatch(text) and "--" not in text:  # "{I}nk", in a hundredth of the time
        return unicodedata.normalize("NFC", text.replace("{", "").replace("}", ""))
    decoded = _decoded(text) if len(text) < _REPEATED else _decode(text)
    if decoded is None:
        return text
    if strict and _UNKNOWN in decoded:
        return text
    return unicodedata.normalize("NFC", decoded.replace(_UNKNOWN, ""))


def _decode(text: str) -> str | None:
    """What the decoder makes of it; None where it is unbalanced beyond its tolerance."""
    try:
        found: str = _decoder().latex_to_text(text.replace(_SMALL_CAPS_QUOTE, "'"))
    except (ValueError, IndexError, RecursionError):
        return None
    return found


_decoded = lru_cache(maxsize=16384)(_decode)  # names and journals come again and again


@cache
def _decoder() -> "LatexNodes2Text":
    # 40 ms to import, and few files need it.
    from pylatexenc.latex2text import (
        LatexNodes2Text,
        MacroTextSpec,
        get_default_latex_context_db,
    )

    context = get_default_latex_context_db()
    context.add_context_category(
        "logos", prepend=True, macros=[MacroTextSpec(name, name) for name in _LOGOS]
    )
    context.add_context_category(
        "characters",
        prepend=True,
        macros=[MacroTextSpec(name, one) for name, one in _CHARACTERS.items()],
    )
    context.set_unknown_macro_spec(MacroTextSpec("", simplify_repl=_UNKNOWN))
    return LatexNodes2Text(
        latex_context=context, math_mode="verbatim", keep_comments=True, strict_latex_spaces=False
    )


def from_html(text: str) -> str:
    """HTML or JATS markup as plain text: tags gone, entities decoded."""
    for _ in range(3):  # Crossref's titles are now and then escaped twice
        if not _MARKUP.search(text):
            return text
        escaped = _ESCAPED.search(text)
        text = html.unescape(_TAG.sub("", text))
        if not escaped:
            return text
    return text


def plain(text: str) -> str:
    """A title or venue as plain text, whatever it was written in."""
    if text.isascii() and text.isprintable() and not _MARKED.search(text):
        return text.strip()
    return clean(from_html(from_latex(text)))
