"""What every export is made of: a pack's pictures as PNG, each with what is known of it."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from housegan.curated import CuratedRow, CuratedSet, reduced
from housegan.sheets import png

_AT_ONCE = 64
"""Pictures that are encoded ahead of the one that is being written."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture on its way out."""

    number: int
    """Its place in the pack, from 0."""
    row: CuratedRow
    png: bytes

    @property
    def split(self) -> str:
        """The folder it belongs to where an export knows such: what is held out is there to test with."""
        return "test" if self.row.held_out else "train"


def samples(pack: CuratedSet, wanted: Sequence[int], *, size: int) -> Iterator[Sample]:
    """Yield those pictures of a pack, by their places, averaged down to `size` px and encoded without loss."""
    rows, images = pack.rows(), pack.images()
    with ThreadPoolExecutor() as pool:  # zlib lets the other threads go on
        under_way = ((number, pool.submit(_encoded, images[number], size)) for number in wanted)
        for number, encoded in _ahead(under_way):
            yield Sample(number, rows[number], encoded.result())


def facts(row: CuratedRow) -> dict[str, object]:
    """What goes along with a picture, under the names that `housegan import` reads."""
    return {
        "title": row.title, "author": row.author, "licence": row.licence, "url": row.url,
        "sha256": row.sha256, "crop": row.crop,
    }  # fmt: skip


def _encoded(picture: NDArray[np.uint8], size: int) -> bytes:
    return png(reduced(picture[None], size)[0])


def _ahead(items: Iterable[tuple[int, Future[bytes]]]) -> Iterator[tuple[int, Future[bytes]]]:
    """Ask for some items before the first is needed."""
    waiting: deque[tuple[int, Future[bytes]]] = deque()
    for item in items:
        waiting.append(item)
        if len(waiting) > _AT_ONCE:
            yield waiting.popleft()
    yield from waiting
