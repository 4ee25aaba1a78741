"""Files under `tests/data` read, and what readers found as tests like to compare it."""

from pathlib import Path

from ingest.readers import open_records
from ingest.records import Record, RecordError

DATA = Path(__file__).parent / "data"


def read(path):
    """The records of a file, and its errors."""
    items = list(open_records(DATA / path).items)
    return [i for i in items if isinstance(i, Record)], [
        i for i in items if isinstance(i, RecordError)
    ]


def people(record):
    """Names with role and kind, in the record's order."""
    return [(c.name, c.role, c.kind) for c in record.contributors]


def values(record):
    """Identifiers by scheme."""
    return {(i.scheme, i.value) for i in record.identifiers}


def samples_of(folder, pattern):
    """The files of a folder of samples; where there are none, a test would look at nothing."""
    found = sorted(folder.glob(pattern))
    assert found, f"{folder} has no {pattern}"
    return found
