"""The README is held to what runs: commands, options, and the two lines that set everything up."""

import dataclasses
import re
import shlex
from pathlib import Path

import click
import pytest

from server.cli import COMMANDS, main
from server.config import Config
from tests import conftest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
LINES = [line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines()]


def command(name):
    return main.get_command(click.Context(main), name)


def options(words):
    """The options that the command named by these words takes, a group's subcommand included."""
    found = command(words[0])
    if isinstance(found, click.Group):
        found = found.commands[words[1]]
    return {opt for param in found.params for opt in (*param.opts, *param.secondary_opts)}


def calls():
    """Each call of `quiver` in the README: its words after the program's name."""
    for line in LINES:
        for part in re.split(r"&&|\|", line):
            words = shlex.split(part, comments=True)
            if words and words[0].rsplit("/", 1)[-1] == "quiver":
                yield words[1:]


@pytest.mark.parametrize("words", list(calls()), ids=" ".join)
def test_a_command_of_the_readme_exists_with_its_options(words):
    assert words[0] in COMMANDS
    named = {word.partition("=")[0] for word in words[1:] if re.match(r"--?[a-z]", word)}
    assert named <= options(words) | {"--help"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name):
    assert re.search(rf"\bquiver {name}\b", README)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name):
    found = command(name)
    for each in [found, *getattr(found, "commands", {}).values()]:
        assert each.help, f"{name} {each.name}"
        for param in each.params:
            if isinstance(param, click.Option):
                assert param.help, f"{name} {each.name} {param.opts}"


def test_ci_runs_the_very_line_that_the_readme_gives():
    (line,) = [line for line in LINES if "pytest" in line]
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert line in [each.strip() for each in run.splitlines()]


def test_a_missing_part_fails_where_it_is_required(monkeypatch):
    assert "QUIVER_REQUIRE=" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    monkeypatch.setattr(conftest, "REQUIRED", {"moon"})
    with pytest.raises(pytest.fail.Exception, match="QUIVER_REQUIRE names moon"):
        conftest.missing("moon", "it is far away")
    with pytest.raises(pytest.skip.Exception, match="far away"):
        conftest.missing("sun", "it is far away")


def test_two_lines_set_everything_up():
    assert sum("python3 -m venv" in line for line in LINES) == 2


def test_pictures_exist():
    for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert (ROOT / path).is_file(), path


def test_the_page_on_nasty_queries_has_its_attacks_and_its_command():
    section = README.partition("## What happens to a nasty query\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 25
    assert "tests/benchmarks/attacks.py" in section
    assert (ROOT / "tests" / "benchmarks" / "attacks.py").is_file()


def test_recipes_name_settings_that_exist():
    toml = README.partition("# quiver.toml\n")[2].partition("```")[0]
    names = re.findall(r"^(\w+) =", toml, re.MULTILINE)
    assert len(names) > 4
    assert set(names) <= {field.name for field in dataclasses.fields(Config)}
    assert "ExecStart=" in README
    assert "proxy_pass" in README
