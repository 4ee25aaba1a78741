"""The parser's complaint about SPARQL, without what only its author can read.

It lists all that would have been right at the furthest place it came to, character classes
included: ten lines of code points for a brace that is missing. Place and words stay. Where the
text is at hand it says more: which prefix is unknown, and that an update is no query.
"""

import re

_COMPLAINT = re.compile(r"(error at \d+:\d+): expected (?:one of )?(.*)", re.DOTALL)
_ITEM = re.compile(
    r"""
    "(?:\\.|[^"\\])*"                          # text, as it would stand there
    | \[ (?: '(?:\\.|[^'\\])+' | [^\]'] )* \]  # a class of characters
    | [^,"\[\]]+                               # a word of the grammar, or a reason
    """,
    re.VERBOSE,
)
# Nothing is given back: a million blanks behind PREFIX would be gone through as often each.
_PROLOGUE = re.compile(
    r"""(?: \s++ | \#[^\n]*+ | PREFIX\s++[^\s<]*+\s*+<[^>]*+> | BASE\s*+<[^>]*+>
          | VERSION\s++"[^"]*+" )*+""",
    re.VERBOSE | re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]+|\S")
_PREFIXED = re.compile(r"([\w.-]{0,100}):[^\s:<>]{0,1000}$")
LONGEST = 1200  # letters of a name with its prefix
_PLACE = re.compile(r"error at (\d+):(\d+)")
BEFORE = ("PREFIX", "BASE", "VERSION")
QUERIES = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATES = "INSERT DELETE LOAD CLEAR CREATE DROP COPY MOVE ADD WITH".split()  # noqa: SIM905
NO_PREFIX = "Prefix not found"
_REASON = re.compile(r'[^"\[]\S* .+')  # "Prefix not found" is several words, no word to expect


def complaint(message: str, text: str) -> str:
    """What is wrong with this query: as the parser says it, or plainer where that can be seen."""
    said = readable(message)
    place = _PLACE.match(said)
    begins = _PROLOGUE.match(text)
    if place is None or begins is None:
        return said
    if said.endswith(NO_PREFIX):
        lines = text.split("\n")[: int(place[1])]
        before = lines[-1][: int(place[2]) - 1] if lines else ""
        found = _PREFIXED.search(before[-LONGEST:])
        return f"{place[0]}: the prefix {found[1]}: is not declared" if found else said
    first = _WORD.match(text, begins.end())
    if first is None:
        return "there is no query: the text is empty, or ends before it begins"
    word = first[0].upper()
    if word in UPDATES:
        return "this is an update, no query: it is sent as update=, with a token that may write"
    if word in (*BEFORE, *QUERIES):
        return said
    return f"a query begins with {', '.join(QUERIES[:-1])} or {QUERIES[-1]}, not {first[0]!r}"


def readable(message: str) -> str:
    """The message in a line: the reason where it has one, else the words that could follow."""
    found = _COMPLAINT.fullmatch(message)
    if not found:
        return message
    place, rest = found.groups()
    items = [item.strip() for item in _ITEM.findall(rest) if item.strip()]
    reasons = [item for item in items if _REASON.fullmatch(item)]
    if reasons:
        return f"{place}: {'; '.join(reasons)}"
    words = [item for item in items if not item.startswith("[")]
    if not words:
        return f"{place}: what stands here, or the end, is not expected"
    return f"{place}: expected {'one of ' if len(words) > 1 else ''}{', '.join(words)}"
