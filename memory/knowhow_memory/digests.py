"""Which ids there are and a digest of each one's vector: eight bytes an id, a tenth of a dict's.

Ids are keys of a database: dense, with holes. They are kept in pages, zero where there is none.
Knows nothing about vectors; a digest is any number from 1 to 2⁶⁴ - 1.
"""

from array import array
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

PAGE_BITS = 12
PAGE = 1 << PAGE_BITS
HASH_MODULUS = 2**64


class DigestTable:
    def __init__(self) -> None:
        self._pages: dict[int, array[int]] = {}
        self._count = 0
        self.total = 0
        """The sum of all digests modulo 2⁶⁴: equal for equal contents, whatever their history."""

    def __len__(self) -> int:
        return self._count

    def get(self, key: int) -> int:
        page = self._pages.get(key >> PAGE_BITS)
        return page[key & (PAGE - 1)] if page else 0

    def put(self, keys: Iterable[int], digests: Iterable[int]) -> None:
        """Enter ids that are not there."""
        for key, digest in zip(keys, digests, strict=True):
            number = key >> PAGE_BITS
            if number not in self._pages:
                self._pages[number] = array("Q", bytes(8 * PAGE))
            self._pages[number][key & (PAGE - 1)] = digest
            self._count += 1
            self.total = (self.total + digest) % HASH_MODULUS

    def drop(self, keys: Iterable[int]) -> None:
        """Strike out ids that are there."""
        for key in keys:
            self.total = (self.total - self.get(key)) % HASH_MODULUS
            self._pages[key >> PAGE_BITS][key & (PAGE - 1)] = 0
            self._count -= 1

    def ids(self) -> NDArray[np.int64]:
        """All ids, ascending."""
        found = [np.empty(0, np.int64)]
        for number in sorted(self._pages):
            page = np.frombuffer(self._pages[number], np.uint64)
            found.append(np.flatnonzero(page) + (number << PAGE_BITS))
        return np.concatenate(found)
