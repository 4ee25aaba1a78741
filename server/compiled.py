"""Compiled templates, kept beside their sources in `__pycache__` as Python keeps its modules.

To compile those of the usual pages takes a server a fifth of a second at each start. What is kept
is used for this very source, Python and Jinja only; where nothing can be written nothing is kept.
"""

import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from jinja2.bccache import Bucket, FileSystemBytecodeCache

TEMPLATES = Path(__file__).parent / "templates"


class Compiled(FileSystemBytecodeCache):
    """Jinja's own cache, in one folder; it never fails."""

    def __init__(self, folder: Path = TEMPLATES / "__pycache__") -> None:
        super().__init__(str(folder), f"%s.jinja-{version('jinja2')}.cache")

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it, unless Python is told to write none."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                Path(self.directory).mkdir(exist_ok=True)
                super().dump_bytecode(bucket)
