"""The import cases of Zotero's translators: how far we agree, and why where we do not."""

import importlib.util
import json
from pathlib import Path

import pytest

from ingest.readers import UnknownFormat, open_records

TESTS = Path(__file__).parent
SPEC = importlib.util.spec_from_file_location("zotero", TESTS / "benchmarks/zotero_cases.py")
ZOTERO = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(ZOTERO)
LINES = (TESTS / "data/zotero-disagreements.tsv").read_text("utf-8").splitlines()
LISTED = [
    (name, int(case), int(item), field, why)
    for name, case, item, field, why in (line.split("\t") for line in LINES)
]


@pytest.fixture(scope="module")
def cases(samples):
    """The cases by format."""
    return {
        path.stem.removeprefix("import__"): json.loads(path.read_text("utf-8"))
        for path in sorted((samples / "formats/zotero-testcases").glob("import__*.json"))
    }


@pytest.mark.parametrize("name", ZOTERO.ASKED)
def test_we_agree_in_19_of_20_fields_and_say_why_not_in_the_rest(cases, name):
    right, seen, guessed, listed = ZOTERO.compared(cases[name])
    assert set(guessed) == set(ZOTERO.ASKED[name])
    assert sum(right.values()) >= 0.95 * seen * len(ZOTERO.FIELDS)
    assert set(listed) == {row[1:4] for row in LISTED if row[0] == name}


def test_other_formats_are_unknown_in_one_line(cases, tmp_path):
    others = set(cases) - set(ZOTERO.ASKED)
    assert others
    for name in others:
        for number, case in enumerate(cases[name]):
            path = tmp_path / f"{name}-{number}"
            path.write_bytes(case["input"].encode("utf-8", "surrogateescape"))
            with pytest.raises(UnknownFormat) as told:
                open_records(path)
            assert "\n" not in str(told.value)


def test_every_disagreement_has_a_reason():
    assert all(why.endswith(".") for *_, why in LISTED)
    assert len({row[:4] for row in LISTED}) == len(LISTED)
