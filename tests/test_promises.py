"""`promises.toml`: each promise names the tests that show it, or says why it is not kept yet."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
ROWS = tomllib.loads((TESTS / "promises.toml").read_text(encoding="utf-8"))["promise"]
ALWAYS_SKIPPED = {"skip", "xfail"}


@cache
def functions(file):
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def is_thorough(name):
    """Whether a plain run leaves the whole test out, not only some of its parameters."""
    file, _, function = name.partition("::")
    marked = [ast.unparse(one) for one in functions(file)[function].decorator_list]
    return "pytest.mark.thorough" in marked


def marks(function):
    return {
        node.attr
        for decorator in function.decorator_list
        for node in ast.walk(decorator)
        if isinstance(node, ast.Attribute)
    }


def why_not(name):
    """What is wrong with the name of a test, or nothing."""
    file, _, function = name.partition("::")
    if not (TESTS / file).is_file() or function not in functions(file):
        return "does not exist"
    return "never runs" if marks(functions(file)[function]) & ALWAYS_SKIPPED else None


# One test each for all rows: as a thousand tests they would take longer than some servers.


def test_every_promise_is_shown_or_owned_to_be_open():
    for row in ROWS:
        assert set(row) <= {"room", "line", "tests", "not_done"}, row["line"]
    assert [row["line"] for row in ROWS if not (row.get("tests") or row.get("not_done"))] == []


def test_every_named_test_exists_and_runs():
    named = {test for row in ROWS for test in row.get("tests", [])}
    assert {name: why for name in sorted(named) if (why := why_not(name))} == {}


def test_a_plain_run_has_a_test_of_each_promise():
    shown = [row for row in ROWS if row.get("tests") and not row.get("not_done")]
    assert [row["line"] for row in shown if all(map(is_thorough, row["tests"]))] == []


def test_no_file_is_thorough_as_a_whole():
    texts = {file.name: file.read_text(encoding="utf-8") for file in TESTS.rglob("test_*.py")}
    assert [name for name, text in texts.items() if re.search("^pytestmark", text, re.M)] == []


def test_no_line_stands_twice():
    lines = [(row["room"], row["line"]) for row in ROWS]
    assert len(lines) == len(set(lines))
