"""Citations as text, in a style of the Citation Style Language; citeproc-py sets it.

The styles beside this module are our own: those that journals ask for come under a licence that
wants its own for what is made with them, so they are for the user to bring, as files.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

from lxml import etree  # type: ignore[import-untyped]
from markupsafe import Markup

from server.bibliography import csl
from server.bibliography.citations import Citation
from server.typesetting import typeset

FOLDER = Path(__file__).parent / "styles"
USUAL = "author-date"
CSL = "http://purl.org/net/xbiblio/csl"
# How letters look, between characters that no text has: what is text and what is not stays known.
_MARKS = {"i": ("\ue000", "\ue001"), "b": ("\ue002", "\ue003"), "sup": ("\ue004", "\ue005"),
          "sub": ("\ue006", "\ue007")}  # fmt: skip
_MARKED = re.compile("[\ue000-\ue00f]")
_TAGS = {
    mark: f"<{'/' * end}{tag}>" for tag, pair in _MARKS.items() for end, mark in enumerate(pair)
}
_TWICE = re.compile("([?!.…])([\ue000-\ue00f]*)\\.(?=\\s|$)")
# What the processor raises where it does not expect what it reads.
_ODD = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)


class StyleError(ValueError):
    """A file is no style that lists can be set in."""


@dataclass(frozen=True, slots=True)
class Style:
    """A style by its name, with what its file says of it."""

    name: str
    title: str
    summary: str
    file: Path


@cache
def bundled() -> dict[str, Style]:
    """Our own styles by name."""
    return {file.stem: described(file) for file in sorted(FOLDER.glob("*.csl"))}


def described(file: Path) -> Style:
    """What a file says of its style; StyleError where it is none, or makes no lists."""
    try:
        root = etree.parse(file, _parser()).getroot()
    except (OSError, etree.XMLSyntaxError) as error:
        raise StyleError(f"{file}: cannot be read as XML: {error}") from None
    if root.tag != f"{{{CSL}}}style":
        raise StyleError(f"{file}: not a style of the Citation Style Language")
    parent = root.xpath(
        "string(c:info/c:link[@rel='independent-parent']/@href)", namespaces={"c": CSL}
    )
    if parent:
        raise StyleError(f"{file}: only says that it is the same as {parent}: take that style")
    if root.find(f"{{{CSL}}}bibliography") is None:
        raise StyleError(f"{file}: a style without a bibliography, which sets no lists")

    def told(name: str) -> str:
        return " ".join(root.findtext(f"{{{CSL}}}info/{{{CSL}}}{name}", "").split())

    return Style(file.stem, told("title") or file.stem, told("summary"), file)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(no_network=True, resolve_entities=False, remove_comments=True)


def plain(style: Style, found: Sequence[Citation], first: int = 1) -> Iterator[str]:
    """Each citation as one line of text; the first has this number."""
    for text in _set(style, found, first):
        yield _MARKED.sub("", text)


def marked(style: Style, found: Sequence[Citation], first: int = 1) -> Iterator[Markup]:
    """Each citation as HTML, its formulas too."""
    for text in _set(style, found, first):
        parts: list[Markup] = []
        end = 0
        for mark in _MARKED.finditer(text):
            parts += [typeset(text[end : mark.start()]), Markup(_TAGS.get(mark[0], ""))]
            end = mark.end()
        yield Markup("").join([*parts, typeset(text[end:])])


def _set(style: Style, found: Sequence[Citation], first: int) -> Iterator[str]:
    """Each citation as text with marks."""
    return _setter(style.file).lines(found, first)


@lru_cache(16)
def _setter(file: Path) -> "_Setter":
    return _Setter(file)


class _Setter:
    """A style, read once; it sets one list at a time."""

    def __init__(self, file: Path) -> None:
        from citeproc import CitationStylesStyle  # type: ignore[import-untyped]

        self._lock = Lock()
        try:
            self._style: Any = CitationStylesStyle(str(file), validate=False)
        except (*_ODD, etree.XMLSyntaxError) as error:
            raise StyleError(f"{file}: {error}") from None
        self._held = list(_remembering(self._style.root))

    def lines(self, found: Sequence[Citation], first: int) -> Iterator[str]:
        """Each citation set; what the processor stumbles over is told plainly."""
        from citeproc import Citation as Cited
        from citeproc import CitationItem, CitationStylesBibliography
        from citeproc.source.json import CiteProcJSON  # type: ignore[import-untyped]

        with self._lock:
            source = CiteProcJSON(_items(found))
            bibliography = CitationStylesBibliography(self._style, source, _FORMATTER)
            # Numbers count from the first of the list, of which this may be a later part.
            bibliography.keys = [""] * (first - 1) + [str(at) for at in range(len(found))]
            for at, one in enumerate(found):
                item = CitationItem(str(at))
                Cited([item]).bibliography = bibliography
                try:
                    (text,) = self._style.render_bibliography([item])
                except _ODD:
                    text = _told_plainly(one)
                yield _TWICE.sub(r"\1\2", " ".join(str(text).split()))


def _remembering(root: Any) -> Iterator[Any]:
    """The elements of a style and its locales, which look each thing up once.

    A style never changes; the processor searches its files anew for each word that it writes, which
    takes half its time. The elements have to be held, or they would be made anew, and forget.
    """
    for tree in (root, *root.locales):
        for element in tree.iter():
            if hasattr(element, "xpath_search"):
                element.xpath_search = cache(element.xpath_search)
                element.get_root = cache(element.get_root)
                yield element


def _items(found: Iterable[Citation]) -> list[dict[str, object]]:
    """The items for the processor, their own marks and what no list shows taken out."""
    made = []
    for at, one in enumerate(found):
        item = {name: _clean(value) for name, value in csl.item(one).items() if name != "abstract"}
        title = str(item.get("title", ""))
        ends = title.endswith(".") and not title.endswith("..")  # the style has its own full stop
        made.append(item | {"id": str(at), "title": title[:-1] if ends else title})
    return made


def _clean(value: object) -> object:
    if isinstance(value, str):
        return _MARKED.sub("", value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return {k: _clean(v) for k, v in value.items()} if isinstance(value, dict) else value


def _told_plainly(found: Citation) -> str:
    people = ", ".join(name.printed for name in found.authors)
    parts = (people, found.one("year"), found.one("title"), found.place, found.one("doi"))
    return _MARKED.sub("", ". ".join(part for part in parts if part))


def _wrap(tag: str) -> Any:
    begin, end = _MARKS[tag]
    return lambda text: f"{begin}{text}{end}"


_FORMATTER = SimpleNamespace(
    preformat=str,
    Italic=_wrap("i"),
    Oblique=_wrap("i"),
    Bold=_wrap("b"),
    Light=str,
    Underline=_wrap("i"),
    Superscript=_wrap("sup"),
    Subscript=_wrap("sub"),
    SmallCaps=str,
)
