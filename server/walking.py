"""Pages of fragments that somebody goes through one after another, asked for in growing blocks.

The store finds a page by passing all before it, so that a deep one takes seconds. Who follows the
links asks for the next page when the last of a block was given: the next block holds twice as many
pages, up to MOST. A page then costs the same wherever it is; one that is asked for out of turn is
passed to, with a small block around it.
"""

import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

FEW, MOST = 25, 1000  # pages of a block
BYTES = 32 << 20

Key = tuple[int, str]  # the generation, and what is asked for


@dataclass(frozen=True, slots=True)
class Block:
    """Some pages in a row, packed one by one, the first of them of this number."""

    first: int
    pages: Sequence[bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.pages))


class Walks:
    """The blocks that are kept, the least recently used given up first."""

    def __init__(self, capacity: int = BYTES) -> None:
        self.capacity = capacity
        self._held: OrderedDict[tuple[Key, int], Block] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def page(self, key: Key, number: int) -> bytes | None:
        """A page, where it is kept."""
        block = self._having(key, number)
        return None if block is None else zlib.decompress(block.pages[number - block.first])

    def wanted(self, key: Key, number: int) -> tuple[int, int]:
        """The first of the pages to ask for, and how many, where this one is wanted."""
        before = self._having(key, number - 1)
        if before is not None and number > FEW:
            return number, min(2 * len(before.pages), MOST)
        return (number - 1) // FEW * FEW + 1, FEW

    def keep(self, key: Key, first: int, pages: Sequence[bytes]) -> None:
        """Keep the pages of a block."""
        block = Block(first, [zlib.compress(page, 1) for page in pages])
        with self._lock:
            self._give_up((key, first))
            self._held[key, first] = block
            self._size += block.size
            while self._size > self.capacity and len(self._held) > 1:
                self._give_up(next(iter(self._held)))

    def _having(self, key: Key, number: int) -> Block | None:
        with self._lock:
            for place, block in reversed(self._held.items()):
                if place[0] == key and 0 <= number - block.first < len(block.pages):
                    self._held.move_to_end(place)
                    return block
        return None

    def _give_up(self, place: tuple[Key, int]) -> None:
        block = self._held.pop(place, None)
        if block is not None:
            self._size -= block.size
