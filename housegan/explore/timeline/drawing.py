"""Sheets of a run's fixed latents, drawn in one thread beside the server and kept as long as there is room."""

import io
from asyncio import wrap_future
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from PIL import Image

from housegan.explore.samples import drawn
from housegan.explore.timeline.history import stamp_of
from housegan.run.snapshots import Snapshot

ROOM_BYTES = 64_000_000
QUALITY = 92
LOSSLESS_UP_TO_PX = 64


class Drawing:
    """Draws what is asked for, one sheet after the other. Use it as a context manager."""

    def __init__(self, seeds: Sequence[int], *, room_bytes: int = ROOM_BYTES) -> None:
        self.seeds, self._room_bytes = seeds, room_bytes
        self._kept: OrderedDict[tuple[Path, int], bytes] = OrderedDict()
        self._coming: dict[tuple[Path, int], Future[bytes]] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="drawing")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=True)

    @property
    def kept_bytes(self) -> int:
        """What the kept sheets take."""
        return sum(map(len, self._kept.values()))

    async def sheet(self, snapshot: Snapshot) -> bytes:
        """The latents' pictures under one another, as WebP. Raises HouseganError where the generator is gone."""
        key = (snapshot.path, stamp_of(snapshot))
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if key not in self._coming:  # else two windows want the same
            self._coming[key] = self._thread.submit(sheet_of, snapshot, self.seeds)
        try:
            made = await wrap_future(self._coming[key])
        finally:
            self._coming.pop(key, None)
        self._kept[key] = made
        while self.kept_bytes > self._room_bytes and len(self._kept) > 1:
            self._kept.popitem(last=False)
        return made


def sheet_of(snapshot: Snapshot, seeds: Sequence[int]) -> bytes:
    """Draw the pictures of these seeds under one another, without gaps, as WebP."""
    column = np.concatenate(list(drawn(snapshot.generator(), seeds)))
    file = io.BytesIO()
    Image.fromarray(column).save(
        file, "WEBP", lossless=column.shape[1] <= LOSSLESS_UP_TO_PX, quality=QUALITY, method=2
    )  # fmt: skip
    return file.getvalue()
