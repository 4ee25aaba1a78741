"""What a reader raises when a whole file cannot be read; a bad entry is a `RecordError` instead."""

from pathlib import Path

# Years that a publication can have; what is outside is told of and left out.
YEARS = range(1450, 2101)


class ReadError(ValueError):
    """A file that cannot be read; `path` is the offender and `reason` one line for a person."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = Path(path)
        self.reason = reason


class UnknownFormat(ReadError):
    """No reader knows the file; `known` lists the formats that there are."""

    def __init__(self, path: Path | str, looked_at: str, known: tuple[str, ...]) -> None:
        super().__init__(path, f"unknown format ({looked_at}); known: {', '.join(known)}")
        self.known = known
