"""The parser's complaint about SPARQL, without what only its author can read.

It lists all that would have been right at the furthest place it came to, character classes
included: ten lines of code points for a brace that is missing. Place and words stay.
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
_REASON = re.compile(r'[^"\[]\S* .+')  # "Prefix not found" is several words, no word to expect


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
