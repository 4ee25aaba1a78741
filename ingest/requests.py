"""What a load was asked for."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Request:
    """What a load was asked for."""

    source: str
    files: tuple[Path, ...]
    base: str | None = None
    format: str | None = None
    columns: dict[str, str] | None = None
    without: tuple[str, ...] = ()
    replace: bool = False
    strict: bool = False
    errors: Path | None = None
    licence: str = ""
    publisher: str = ""
    homepage: str = ""

    @property
    def names(self) -> list[str]:
        """The files without their folders."""
        return [path.name for path in self.files]

    @property
    def given(self) -> dict[str, str]:
        """What was said of the source: licence, publisher, homepage."""
        said = {name: getattr(self, name) for name in ("licence", "publisher", "homepage")}
        return {name: value for name, value in said.items() if value}

    @property
    def reading(self) -> str:
        """How the files are to be read: what was said of format, columns, repairs, as one text."""
        columns = sorted((self.columns or {}).items())
        said = [self.format or "", *(f"{name}={target}" for name, target in columns)]
        return " ".join([*said, *(f"without {rule}" for rule in self.without)])


def stem(path: Path) -> str:
    """The name of a file up to its first dot: the default name of its source."""
    return path.name.lstrip(".").split(".")[0] or path.name
