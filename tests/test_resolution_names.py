import pytest

from ingest.resolution.weighing.names import Relation, homonym, parse, syllabic
from ingest.resolution.weighing.relations import relation


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Ada Quill", "ADA QUILL", Relation.SAME),
        ("Zoë Brontë", "Zoe Bronte", Relation.SAME),
        ("國明 王", "国明 王", Relation.SAME),
        ("王国明", "Guoming Wang", Relation.SAME),
        ("Quill, Ada", "Ada Quill", Relation.SAME),
        ("Jürgen Möller", "Juergen Moeller", Relation.DIACRITICS),
        ("Mei-Ling Tao", "Meiling Tao", Relation.SPACING),
        ("Tao Meiling", "Mei-Ling Tao", Relation.REORDER),
        ("Ada van der Quill", "Ada Quill", Relation.PARTICLE),
        ("Ada M. Quill", "Ada Quill", Relation.MIDDLE),
        ("Ada Mary Quill", "Ada Quill", Relation.MIDDLE_NAME),
        ("A. M. Quill", "Ada Mary Quill", Relation.INITIALS),
        ("A.-M. Quill", "Anne-Marie Quill", Relation.INITIALS),
        ("Ben Quill", "Benjamin Quill", Relation.NICKNAME),
        ("Vish Quill", "Vishwanath Quill", Relation.SHORT),
        ("Russ Quill", "Rusland Quill", Relation.SHORT),
        ("Guoming (Tim) Tao", "Tim Tao", Relation.ADDED),
        ("Tim Guoming Tao", "Guoming Tao", Relation.ADDED),
        ("Ada Quill Inkwell", "Ada Quill", Relation.COMPOUND),
        ("Ada Quill-Inkwell", "Ada Quill", Relation.COMPOUND),
        ("Leander Quill", "Leandro Quill", None),
        ("Stephen Quill", "Stephan Quill", Relation.SPELLING),
        ("Ada M. Quill", "Ada B. Quill", None),
        ("Ada Quill", "Bea Quill", None),
        ("Xiaoming Tao", "Xiaomin Tao", None),
        ("Jia Tao", "Jiaming Tao", None),
        ("Ada Quill Jr.", "Ada Quill III", None),
        ("Vis Quill", "Vishwanath Quill", Relation.SHORT),
        ("Vi Quill", "Vishwanath Quill", None),  # two letters are a name
        ("Kartik Quill", "Kartikey Quill", None),  # and one or two more make another
        ("Kay Quill", "Kay-Tung Quill", Relation.HALF),
        ("Kay M. Quill", "Mara Kay Quill", Relation.ADDED),
        ("Ping Tao", "Hsin-Ping Tao", None),
        ("Bryan Quill", "Brian Quill", Relation.NICKNAME),
        ("Amy Quill", "Emily Quill", None),  # both may be Amelia
        ("Ya Tao", "Yao-An Tao", None),  # a syllable, not two initials
        ("JC Quill", "Jean-Claude Quill", Relation.INITIALS),
        ("Minh Duc Quill", "Duc Huy Quill", None),  # each has a name that the other lacks
        ("Bo Cy Di Ed Flo Gus Quill", "Gus Quill", None),  # several people in one
        ("Ada Inkwell", "Ada Inkwel", Relation.SPELLING),
        ("A. Inkwell", "Ada Inkwel", None),  # a slip of the pen, and a letter for the name
    ],
)
def test_relation_of_two_names(one, other, expected):
    assert relation(parse(one), parse(other)) is expected
    assert relation(parse(other), parse(one)) is expected


def test_homonym_suffix_is_kept_apart():
    assert homonym("Ada Quill 0004") == ("Ada Quill", "0004")
    assert homonym("Ada Quill") == ("Ada Quill", "")


def test_family_of_the_source_is_taken():
    assert parse("Ada Quill Inkwell", "Quill Inkwell").family == "quillinkwell"


def test_syllables_of_romanised_names():
    assert syllabic("xiaoming")
    assert not syllabic("christopher")
