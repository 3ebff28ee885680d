"""From bytes to the catalog: verify in a worker, keep the bytes, record the sighting.

Everything that comes in, from a folder, an archive or the net, comes in here.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial

from housegan.catalog import MAX_ROWS_A_COMMIT, Catalog, Sha256, Sighting
from housegan.config import IntakeConfig
from housegan.errors import UnreadablePictureError
from housegan.pictures import PictureFacts, inspect
from housegan.workers import map_limited

COMMIT_EVERY_S = 1.0


@dataclass(frozen=True)
class Find:
    """Something that may be a picture: what people call it, its bytes or why they can't be had, and its sighting."""

    name: str
    data: bytes | UnreadablePictureError
    sighting: Sighting

    @cached_property
    def sha256(self) -> Sha256:
        """Digest of the bytes, the picture's name from here on."""
        return Sha256(hashlib.sha256(self.data).hexdigest() if isinstance(self.data, bytes) else "")


@dataclass(slots=True)
class Tally:
    """What an intake came to. What is counted is on disk."""

    new: int = 0
    known: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """All finds that were looked at."""
        return self.new + self.known + self.refused.total()


class Intake:
    """Take finds into a catalog, with commits at most a second or a thousand rows apart."""

    def __init__(
        self,
        catalog: Catalog,
        config: IntakeConfig,
        *,
        on_refused: Callable[[str, str], None],
        on_commit: Callable[[Tally], None] = lambda _: None,
    ) -> None:
        self.catalog, self.config, self.on_refused, self.on_commit = catalog, config, on_refused, on_commit
        self.tally = Tally()
        self._batch: list[tuple[Sha256, int, PictureFacts | None, Sighting]] = []
        self._last_commit = time.monotonic()

    def take(self, finds: Iterable[Find]) -> Tally:
        """Look at each find and return the tally; `on_commit` and `on_refused` hear of it meanwhile."""
        looked_at = map_limited(
            partial(_facts, max_megapixels=self.config.max_megapixels),
            self._unknown(finds),
            time_limit_s=self.config.time_limit_s,
            memory_limit_mb=self.config.memory_limit_mb,
        )
        for find, facts in looked_at:
            if isinstance(facts, UnreadablePictureError):
                self._refuse(find, str(facts))
            else:
                assert isinstance(find.data, bytes)
                self.catalog.keep_bytes(find.sha256, facts.format, find.data)
                self._batch.append((find.sha256, len(find.data), facts, find.sighting))
            self._commit_if_due()
        self._commit()
        return self.tally

    def _unknown(self, finds: Iterable[Find]) -> Iterator[Find]:
        """Let through what the catalog doesn't know; of the rest only the sighting is recorded."""
        for find in finds:
            if isinstance(find.data, UnreadablePictureError):
                self._refuse(find, str(find.data))
            elif self.catalog.knows(find.sha256):
                self._batch.append((find.sha256, len(find.data), None, find.sighting))
            else:
                yield find
            self._commit_if_due()

    def _refuse(self, find: Find, reason: str) -> None:
        self.tally.refused[reason.partition(":")[0]] += 1
        self.on_refused(find.name, reason)

    def _commit_if_due(self) -> None:
        if len(self._batch) >= MAX_ROWS_A_COMMIT or time.monotonic() - self._last_commit > COMMIT_EVERY_S:
            self._commit()

    def _commit(self) -> None:
        added = self.catalog.add(self._batch)
        self.tally.new += added
        self.tally.known += len(self._batch) - added
        self._batch.clear()
        self._last_commit = time.monotonic()
        self.on_commit(self.tally)


def _facts(find: Find, *, max_megapixels: float) -> PictureFacts:
    assert isinstance(find.data, bytes)
    return inspect(find.data, max_megapixels=max_megapixels)
