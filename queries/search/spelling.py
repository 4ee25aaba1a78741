"""Words one wrong letter away: enumerated, for looking each up is quicker than comparing all."""

from collections.abc import Iterator

ASCII = "abcdefghijklmnopqrstuvwxyz0123456789"
# Letters that folding leaves as they are, and that people type as others.
KEPT = "ßæðøþđłœı"
NEAR = 32  # letters of one script stand close together


def variants(word: str) -> list[str]:
    """All that one letter left out, added, changed or swapped makes of a word, each once."""
    return list(dict.fromkeys(_edits(word, alphabet(word))))


def alphabet(word: str) -> str:
    """The letters that may be missing: Latin ones, and those near the word's own."""
    codes = {ord(letter) for letter in word if not letter.isascii()}
    near = (chr(code + step) for code in sorted(codes) for step in range(-NEAR, NEAR))
    own = (letter for letter in near if letter.isalnum() and letter == letter.lower())
    return "".join(dict.fromkeys((*ASCII, *KEPT, *own)))


def _edits(word: str, letters: str) -> Iterator[str]:
    for at in range(len(word)):
        before, after = word[:at], word[at + 1 :]
        yield before + after
        if after and after[0] != word[at]:
            yield before + after[0] + word[at] + after[1:]
    for at in range(len(word)):
        before, after = word[:at], word[at + 1 :]
        for letter in letters:
            yield before + letter + after
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        for letter in letters:
            yield before + letter + after
