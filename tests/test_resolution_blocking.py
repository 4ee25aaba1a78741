"""Each blocking key, on its own: a pair that only this key finds, and that is lost without it."""

from itertools import combinations

import pytest

from ingest.resolution.weighing import blocking, namesakes
from ingest.resolution.weighing.names import parse
from ingest.resolution.weighing.titles import Rarity, words_of

NAMES = [
    ("Jian Hua Quill", "Jianhua Quill", "= jianhuaquill"),  # all words joined
    ("Jürgen Quiller", "Juergen Quiller", "= juergenquiller"),  # marks written out
    ("Quill Anna Orsolya", "Orsolya Anna Quill", "~ annaorsolyaquill"),  # the words, sorted
    ("Florin Quilling", "Florin Q.", "florin q."),  # a family name cut to its letter
    ("Orsolya Bo Quill", "Bo Quill", "bo quill"),  # a later given name
    ("Florin-Marek Quill", "Marek Quill", "marek quill"),  # the second half of a given name
    ("Marie-Florine Quill", "Marie Quill", "marie quill"),  # the first half
    ("J. van Quill", "van Quill", "= vanquill"),  # what follows a leading initial
]


@pytest.mark.parametrize(("one", "other", "key"), NAMES)
def test_a_key_of_names_finds_what_no_other_finds(one, other, key, monkeypatch):
    names, keys = [parse(one), parse(other)], namesakes._keys
    assert namesakes.related(names)
    monkeypatch.setattr(namesakes, "_keys", lambda name: (k for k in keys(name) if k != key))
    assert not namesakes.related(names)


@pytest.mark.parametrize(
    ("one", "other", "block"),
    [
        ("O. Quill", "Orsolya Quill", "_initials"),
        ("JC Quill", "Jean-Claude Quill", "_initials"),
        ("Orsolya Quill", "Orsolia Quill", "_spellings"),
    ],
)
def test_letters_and_misspellings_meet_in_blocks_of_their_own(one, other, block, monkeypatch):
    names = [parse(one), parse(other)]
    assert namesakes.related(names)
    monkeypatch.setattr(namesakes, block, lambda names: iter(()))
    assert not namesakes.related(names)


def test_a_short_form_meets_each_of_its_full_names(monkeypatch):
    names = [parse("Bob Quill"), parse("Robert Quill")]
    assert namesakes.related(names)
    monkeypatch.setattr(namesakes, "full_forms", lambda given: frozenset())
    assert not namesakes.related(names)


TELLING = ("beetles", "kettles", "marble", "orchards", "tides", "violins")
FILLING = [
    *(f"plain usual common words {number}" for number in range(200)),
    *(f"{one} {other} {number}" for number in range(3) for one, other in combinations(TELLING, 2)),
]
USUAL = [words_of(title) for title in FILLING]


def kinds_of(one, other):
    """The kinds of keys that two titles share among usual ones, and whether they are alike."""
    titles = [words_of(one), words_of(other), *USUAL]
    rarity = Rarity.of(titles)
    mine, theirs = (set(blocking._title_keys(title, rarity)) for title in titles[:2])
    alike = blocking.like_titles(titles[:2], blocking.title_blocks(titles[:2], rarity))
    return {key.split()[0] for key in mine & theirs}, bool(alike)


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Counting beneath nineteen lanterns", "Xcountingbeneathnineteenlanternsx", "letters"),
        ("Zymurgy kept", "Why zymurgy", "word"),
        ("Violins words common", "Words common tides", "pair"),
        ("Words common usual orchards kettles beetles", "Words common usual", "begin"),
        (
            "Violins marble kettles plain words common",
            "Tides beetles orchards plain words common",
            "end",
        ),
    ],
)
def test_a_key_of_titles_finds_what_no_other_finds(one, other, kind, monkeypatch):
    keys = blocking._title_keys
    monkeypatch.setattr(
        blocking,
        "_title_keys",
        lambda words, rarity: (k for k in keys(words, rarity) if k.split()[0] == kind),
    )
    assert kinds_of(one, other) == ({kind}, True)
    monkeypatch.setattr(
        blocking,
        "_title_keys",
        lambda words, rarity: (k for k in keys(words, rarity) if k.split()[0] != kind),
    )
    assert kinds_of(one, other)[1] is False


def test_a_block_holds_all_that_share_a_key_but_for_those_that_too_many_share():
    def met(count):
        titles = [words_of(f"Counting beneath nineteen lanterns {n}") for n in range(count)]
        blocks = blocking.title_blocks(titles, Rarity.of(titles))
        return max(map(len, blocks), default=0)

    assert met(3) == 3
    assert met(blocking.LARGEST_BLOCK) == blocking.LARGEST_BLOCK
    assert met(blocking.LARGEST_BLOCK + 1) <= blocking.LARGEST_BLOCK
