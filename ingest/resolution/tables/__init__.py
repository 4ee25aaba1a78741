"""Word lists and tables of resolution, each with its source and licence in its first lines."""

from importlib import resources


def lines_of(name: str) -> list[str]:
    """The lines of a table, comments and blank ones left out."""
    text = resources.files(__name__).joinpath(name).read_text("utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]
