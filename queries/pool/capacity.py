"""How many query processes this machine can hold at their cap."""

import os
from pathlib import Path

from queries.pool.answers import Limits


class PoolTooLarge(ValueError):
    """The workers together might use more than half the memory of the machine."""


def machine_memory() -> int:
    """Bytes of memory that this process may count on: the machine's, or its control group's."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(file).read_text()))
        except (OSError, ValueError):  # no such group, or "max"
            continue
    return total


def check_memory(processes: int, limits: Limits, total: int) -> None:
    """PoolTooLarge unless all workers at their cap leave half of the memory to others."""
    if processes * limits.memory > total // 2:
        raise PoolTooLarge(
            f"{processes} query workers of {limits.memory >> 20} MiB may use more than half of "
            f"this machine's {total >> 20} MiB; ask for fewer workers or a smaller memory cap"
        )
