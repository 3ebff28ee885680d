"""Small copies of pictures for the page: made in workers, at once for who waits, else ahead of the view."""

import asyncio
import io
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Self

from PIL import Image

from housegan.catalog import Sha256
from housegan.catalog.shown import ID_DIGITS
from housegan.config import IntakeConfig
from housegan.errors import UnreadablePictureError
from housegan.thumbnails import SIDE_PX, VIEW_PX, Small, kept_at, small_copy, write
from housegan.workers import Workers

_GREY = (128, 128, 128)
_AT_ONCE = 20
_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Original:
    """A picture's file."""

    sha256: Sha256
    path: Path


class Previews:
    """Thumbnails, kept on disk by content, and larger copies. Use it as an async context manager."""

    def __init__(
        self,
        folder: Path,
        limits: IntakeConfig,
        unreadable: dict[Sha256, str],
        *,
        locate: Callable[[Sequence[str]], Awaitable[list[Original]]],
    ) -> None:
        self._folder, self._limits, self._locate = folder, limits, locate
        self._unreadable = unreadable  # what was wrong with originals of which no copy could be made
        self._turns = _Turns()
        self._order: Sequence[str] = ()
        self._places: dict[str, int] = {}
        self._coming: Iterator[str] = iter(())
        self._there: set[str] = set()
        self._moved = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._workers = Workers(
            partial(small_copy, max_megapixels=self._limits.max_megapixels),
            time_limit_s=self._limits.time_limit_s,
            memory_limit_mb=self._limits.memory_limit_mb,
        )
        self._turns.free = self._workers.workers
        self._ahead = asyncio.create_task(self._make_ahead())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ahead.cancel()
        await asyncio.gather(self._ahead, return_exceptions=True)
        await asyncio.to_thread(self._workers.__exit__, None, None, None)

    def kept(self, sha256: Sha256) -> bytes | None:
        """The thumbnail, where it has been made."""
        try:
            return kept_at(self._folder, sha256).read_bytes() or None  # empty after a power cut
        except OSError:
            return None

    async def thumbnail(self, original: Original, *, is_awaited: Callable[[], Awaitable[bool]]) -> bytes:
        """The thumbnail, made now; nothing where nobody waits for it any more. Raises UnreadablePictureError."""
        async with self._turns.turn(first=True):
            if (data := self.kept(original.sha256)) is not None:
                return data
            return await self._made(original) if await is_awaited() else b""

    async def view(self, original: Original, *, is_awaited: Callable[[], Awaitable[bool]]) -> bytes:
        """A copy to look at closely, as `thumbnail` makes one."""
        async with self._turns.turn(first=True):
            return await self._copy(original, VIEW_PX) if await is_awaited() else b""

    def follow(self, order: Sequence[str]) -> None:
        """Pictures are looked through in this order from now on, by their ids."""
        self._order, self._places = order, {}
        self.look_at(order[:1])

    def look_at(self, ids: Sequence[str]) -> None:
        """These are on the screen, and what comes after them in the order will be."""
        self._places = self._places or {id_: place for place, id_ in enumerate(self._order)}
        place = max((self._places.get(id_, 0) for id_ in ids), default=0)
        self._coming = chain(ids, self._order[place:], self._order[:place])
        self._moved.set()

    async def _make_ahead(self) -> None:
        """One at a time: the other processes are for those who wait."""
        while True:
            self._moved.clear()
            ids = list(islice((id_ for id_ in self._coming if id_ not in self._there), _AT_ONCE))
            if not ids:
                await self._moved.wait()
                continue
            try:
                originals = await self._locate(ids)
            except sqlite3.DatabaseError:  # what it is, those hear who ask for something
                await asyncio.sleep(_PAUSE_S)
                continue
            for original in originals:
                if self._moved.is_set():
                    break
                if original.path.is_file() and not kept_at(self._folder, original.sha256).is_file():
                    with suppress(UnreadablePictureError):
                        async with self._turns.turn(first=False):
                            await self._made(original)
                self._there.add(original.sha256[:ID_DIGITS])

    async def _made(self, original: Original) -> bytes:
        data = await self._copy(original, SIDE_PX)
        path = kept_at(self._folder, original.sha256)
        with suppress(OSError):  # a full disk costs the keeping alone
            write(path, data)
            if not original.path.is_file():  # purged meanwhile: a purge removes originals first and thumbnails then
                path.unlink(missing_ok=True)
        return data

    async def _copy(self, original: Original, side_px: int) -> bytes:
        future = await asyncio.to_thread(self._workers.submit, Small(original.path, side_px))
        result = await asyncio.wrap_future(future)
        if isinstance(result, UnreadablePictureError):
            self._unreadable[original.sha256] = str(result)
            raise result
        self._unreadable.pop(original.sha256, None)
        return result


class _Turns:
    """So many work at once; of those who wait the latest is next, since the view has moved on from the others."""

    def __init__(self) -> None:
        self.free = 0
        self._waiting: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def turn(self, *, first: bool) -> AsyncIterator[None]:
        if self.free:
            self.free -= 1
        else:
            mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.insert(len(self._waiting) if first else 0, mine)
            try:
                await mine
            except asyncio.CancelledError:
                if not mine.cancelled():  # it was given to us in the same moment
                    self._pass_on()
                raise
        try:
            yield
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        while self._waiting:
            following = self._waiting.pop()
            if not following.done():  # else they left
                following.set_result(None)
                return
        self.free += 1


def placeholder() -> bytes:
    """A grey picture that stands for one that can't be read."""
    file = io.BytesIO()
    Image.new("RGB", (SIDE_PX, SIDE_PX), _GREY).save(file, "WEBP", lossless=True)
    return file.getvalue()
