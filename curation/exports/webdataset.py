"""WebDataset: tars that are read forwards, KEY.png and KEY.json next to each other."""

import io
import json
import tarfile
from collections.abc import Iterable
from pathlib import Path

from curation.exports.samples import Sample, facts

SHARD_PICTURES = 1_000
SHARD_BYTES = 100_000_000


def write(to: Path, name: str, samples: Iterable[Sample]) -> None:
    """Write a folder: `train/NAME-000000.tar` and so on, `test/` likewise."""
    shards: dict[str, _Shards] = {}
    try:
        for sample in samples:
            if sample.split not in shards:
                shards[sample.split] = _Shards(to / sample.split, name)
            shards[sample.split].add(sample)
    finally:
        for shard in shards.values():
            shard.close()


class _Shards:
    """The tars of one split, one open at a time."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True)
        self.folder, self.name, self.count = folder, name, 0
        self._begin()

    def add(self, sample: Sample) -> None:
        """Put a picture into this shard, or into the next where this one is full."""
        told = json.dumps(facts(sample.row)).encode()
        if self.pictures == SHARD_PICTURES or (self.pictures and self.bytes + len(sample.png) > SHARD_BYTES):
            self.close()
            self._begin()
        for suffix, data in (("png", sample.png), ("json", told)):
            info = tarfile.TarInfo(f"{sample.number:09d}.{suffix}")  # no time, no user: the same bytes everywhere
            info.size = len(data)
            self._tar.addfile(info, io.BytesIO(data))
        self.pictures += 1
        self.bytes += len(sample.png) + len(told)

    def close(self) -> None:
        """Write the end of the tar."""
        self._tar.close()

    def _begin(self) -> None:
        path = self.folder / f"{self.name}-{self.count:06d}.tar"
        self._tar = tarfile.open(path, "w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115 closed by close()
        self.pictures = self.bytes = 0
        self.count += 1
