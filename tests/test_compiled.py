"""Compiled templates are kept for the next start, for the very source they were made of."""

import pytest
from jinja2 import DictLoader, Environment

from server.compiled import Compiled


@pytest.fixture
def shown(tmp_path):
    def shown(source, compiles=True, folder=tmp_path / "kept"):
        """What the template gives in an environment that may compile, or may not."""
        there = Environment(loader=DictLoader({"a": source}), bytecode_cache=Compiled(folder))
        if not compiles:
            there.compile = None
        return there.get_template("a").render(x=1)

    return shown


def test_the_next_environment_compiles_nothing(shown):
    assert shown("<{{ x }}>") == "<1>"
    assert shown("<{{ x }}>", compiles=False) == "<1>"


def test_another_source_is_compiled_anew(shown):
    shown("<{{ x }}>")
    assert shown("<{{ x + 1 }}>") == "<2>"


def test_where_nothing_can_be_written_nothing_is_kept(shown, tmp_path):
    assert shown("<{{ x }}>", folder=tmp_path / "missing" / "kept") == "<1>"
    assert list(tmp_path.iterdir()) == []


def test_who_wants_no_bytecode_gets_none(shown, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert shown("<{{ x }}>") == "<1>"
    assert list(tmp_path.iterdir()) == []
