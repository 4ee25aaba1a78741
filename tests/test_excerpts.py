"""The stretch of an abstract that is shown has what was looked for, and is short."""

import pytest

from queries.search.passages import read, words
from server.pages import excerpts
from server.pages.excerpts import ROOM, excerpt

LONG = " ".join(["padding"] * 60) + " a Kite-tail and a rope; kites " + " ".join(["end"] * 60)


def shown(text, wanted, typed=""):
    return "".join(
        f"[{piece.text}]" if piece.marked else piece.text
        for piece in excerpt(text, wanted, read(typed))
    )


def test_short_texts_are_whole():
    assert shown("A  kite\nclimbs.", {"kite"}) == "A [kite] climbs."


def test_long_ones_are_cut_around_most_of_the_words():
    told = shown(LONG, {"kite", "rope", "end"})
    assert told.startswith("… padding")
    assert "a [Kite]-tail and a [rope]; kites [end]" in told
    assert told.endswith("[end] …")
    assert len(told.split()) <= ROOM + 2


def test_accents_and_case_do_not_matter():
    assert shown("Größe: MÜLLER", {"grosse", "muller"}) == "[Größe]: [MÜLLER]"


def test_of_a_phrase_only_what_stands_together_is_marked():
    text = "wind and steady air, then steady wind"
    assert shown(text, {"steady", "wind"}, '"steady wind"').count("[") == 2
    assert shown(text, {"steady", "wind"}, '"steady wind" wind').count("[") == 3


def test_nothing_where_the_text_has_none_of_the_words():
    assert excerpt("Something else.", {"kite"}) == ()
    assert excerpt("", {"kite"}) == ()


@pytest.mark.parametrize(
    "word", ["Robots", "two_words", "naïve", "x" * 39, "x" * 40, "x" * 41, "3D", "ﬁne", "Ω", "_"]
)
def test_a_word_is_what_the_index_makes_of_it(word):
    assert excerpts._indexed([word]) == [" ".join(words(word))]
