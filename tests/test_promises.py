"""`promises.toml`: each promise names the tests that show it, or says why it is not kept yet."""

import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROWS = tomllib.loads((TESTS / "promises.toml").read_text(encoding="utf-8"))["promise"]
ALWAYS_SKIPPED = {"skip", "xfail"}


@cache
def functions(file):
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def marks(function):
    return {
        node.attr
        for decorator in function.decorator_list
        for node in ast.walk(decorator)
        if isinstance(node, ast.Attribute)
    }


def named_tests():
    return sorted({test for row in ROWS for test in row.get("tests", [])})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['room']}: {row['line'][:60]}")
def test_a_promise_is_shown_or_owned_to_be_open(row):
    assert set(row) <= {"room", "line", "tests", "not_done"}
    assert row.get("tests") or row.get("not_done"), row["line"]


@pytest.mark.parametrize("name", named_tests())
def test_a_named_test_exists_and_runs(name):
    file, _, function = name.partition("::")
    assert (TESTS / file).is_file(), file
    assert function in functions(file), name
    assert not marks(functions(file)[function]) & ALWAYS_SKIPPED, f"{name} never runs"


def test_no_line_stands_twice():
    lines = [(row["room"], row["line"]) for row in ROWS]
    assert len(lines) == len(set(lines))
