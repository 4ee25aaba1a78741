"""What several tests share: the folder of real records, and which parts must be there."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
SAMPLES = Path(os.environ.get("QUIVER_SAMPLES", CHECKOUT.parent / "shared" / "data"))
REQUIRED = set(os.environ.get("QUIVER_REQUIRE", "").split(","))


def missing(part, reason):
    """Skip a test for want of a part, or fail it where QUIVER_REQUIRE names that part."""
    if part in REQUIRED:
        pytest.fail(f"QUIVER_REQUIRE names {part}, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def samples():
    """The folder of real records."""
    if not SAMPLES.is_dir():
        missing("samples", f"there is no folder {SAMPLES}")
    return SAMPLES
