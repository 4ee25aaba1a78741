"""Web addresses found in running text, also where extraction scarred them.

Text taken out of PDFs puts a space behind colons and full stops ("https: //a-b. github. io/"), cuts
the scheme off or moves it to the end. What is found is a `Link` with `recovered=True`.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote

from ingest.records import Link

_TOP_LEVEL = (
    "website science info page site tech wiki app biz com dev edu gov net org pub xyz ai at au be "
    "br ca cc ch cn co cz de dk es eu fi fr gl gr hk id ie il in io ir it jp kr ly me ml mx nl no "
    "nz pl pt ru se sg so to tr tv tw uk us"
)
_TLD = f"(?:{'|'.join(_TOP_LEVEL.split())})"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_GAP = r"\.\s?"
# A path may hold a scar only where it is sure: digits both sides (arXiv), or a file's ending.
_PATH = (
    r"(?:/(?:(?<=\d)\.\s(?=\d)|(?<=\w)\.\s(?=(?:html?|pdf|git|php|md|zip)\b)|[^\s<>\"{}|\\^`])*)?"
)
_HOST = (
    rf"(?:{_LABEL}{_GAP})+?{_TLD}(?:{_GAP}[a-z]{{2}}(?=[/\s]|$))?(?![A-Za-z0-9-])(?::\d{{2,5}})?"
)
_WITH_SCHEME = re.compile(rf"\b(?P<scheme>https?)\s?:\s?//\s?(?P<rest>{_HOST}{_PATH})", re.I)
_KNOWN_HOSTS = (
    rf"(?:www{_GAP})?(?:github|gitlab|bitbucket|youtube|tinyurl|huggingface{_GAP}co){_GAP}com(?=/)"
    rf"|{_LABEL}{_GAP}(?:github|gitlab){_GAP}io|sites{_GAP}google{_GAP}com(?=/)"
    rf"|huggingface{_GAP}co(?=/)|youtu{_GAP}be(?=/)|goo{_GAP}gl(?=/)|bit{_GAP}ly(?=/)"
    rf"|arxiv{_GAP}org(?=/)|www{_GAP}(?:{_LABEL}{_GAP})+{_TLD}\b"
)
_WITHOUT_SCHEME = re.compile(rf"(?<![\w./@-])(?://)?(?P<rest>(?:{_KNOWN_HOSTS}){_PATH})", re.I)

_ADDRESS = re.compile(r"https?://[^/?#\s<>\"{}|\\^`]+(?:[/?#]|$)", re.IGNORECASE)
_PLAIN_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+/[A-Za-z0-9./?=&_~,;:@+#()-]*")
_FORBIDDEN = re.compile(r"[\x00-\x20<>\"{}|\\^`\x7f]|%(?![0-9A-Fa-f]{2})")

_KINDS = (
    ("code", re.compile(r"^(?:www\.)?(?:github|gitlab|bitbucket)\.(?:com|org)/", re.I)),
    ("video", re.compile(r"^(?:www\.)?(?:youtube\.com|youtu\.be|vimeo\.com)/", re.I)),
    (
        "data",
        re.compile(r"^(?:www\.)?(?:zenodo\.org|figshare\.com|huggingface\.co/datasets)", re.I),
    ),
    ("pdf", re.compile(r"\.pdf$", re.I)),
    ("page", re.compile(r"^(?:www\.)?(?:arxiv\.org|doi\.org|openreview\.net)/", re.I)),
)


def address(printed: str) -> str | None:
    """A web address fit for an IRI: forbidden characters escaped; None if it is not one."""
    if _PLAIN_ADDRESS.fullmatch(printed):
        return printed
    printed = printed.strip()
    if not _ADDRESS.match(printed):
        return None
    return _FORBIDDEN.sub(lambda match: quote(match[0]), printed)


def recovered_links(text: str) -> tuple[Link, ...]:
    """The addresses in a text, mended, each once, in order of appearance."""
    if "//" not in text and "." not in text:
        return ()
    found: dict[str, Link] = {}
    for _, scheme, rest in sorted(_addresses(text)):
        mended = _mended(rest)
        found.setdefault(mended, Link(_kind(mended), f"{scheme}://{mended}", recovered=True))
    return tuple(found.values())


def without_links(text: str) -> str:
    """The text with its addresses taken out."""
    for pattern in (_WITH_SCHEME, _WITHOUT_SCHEME):
        text = pattern.sub("", text)
    return text


def _addresses(text: str) -> Iterator[tuple[int, str, str]]:
    taken: list[tuple[int, int]] = []
    for match in _WITH_SCHEME.finditer(text):
        taken.append(match.span())
        yield match.start(), match["scheme"].lower(), match["rest"]
    for match in _WITHOUT_SCHEME.finditer(text):
        if not any(start <= match.start() < end for start, end in taken):
            yield match.start(), "https", match["rest"]


def _mended(rest: str) -> str:
    rest = re.sub(r"\s", "", rest)
    rest = re.sub(r"\.?https?:$", "", rest)
    rest = rest.rstrip(".,;:!?'\"*")
    while rest.endswith((")", "]")) and rest.count(rest[-1]) > rest.count(
        "(" if rest[-1] == ")" else "["
    ):
        rest = rest[:-1].rstrip(".,;:!?'\"*")
    host, slash, path = rest.partition("/")
    return host.lower() + slash + path


def _kind(address: str) -> str:
    for kind, pattern in _KINDS:
        if pattern.search(address):
            return kind
    return "project"
