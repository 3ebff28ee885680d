"""The nearest training pictures of samples, in three ways, since each is blind to something.

*Euclidean*: the root mean square difference of the pixels, in grey levels; blind where everything is fuzzy, since a
blurred picture is near to all that are pale. *Cosine*: the pixels' correlation, each picture's own mean taken away: the
same shapes in another brightness or contrast. *Features*: what EfficientNet-Lite0 sees at the generator's size, by
Euclidean distance: the same subject at another place. Pixels are compared at the generator's size, at most 64 px, where
compression no longer counts. Every training picture is compared as it is and mirrored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from housegan.curated import CuratedRow, reduced
from housegan.features import described
from housegan.nearest import Nearest, Search
from housegan.progress import Progress
from housegan.run.learned import BLOCK, Learned

WAYS = {
    "euclidean": "root mean square difference of pixels, in grey levels; 0 is the same",
    "cosine": "correlation of pixels; 1 is the same",
    "features": "Euclidean distance of EfficientNet-Lite0 features; 0 is the same",
}
"""What the numbers of each row mean."""
COUNT = 5
"""Neighbours of a sample in each row."""
PIXELS_AT = 64
"""Most px of a side at which pixels are compared."""
CAUTION = (
    "A copy stands out: the same picture in all three rows, far nearer than the next. "
    "That none is seen doesn't show that nothing was copied: a part of a picture, or a turned one, is not found so."
)

Pictures = NDArray[np.uint8]
"""n × s × s × 3."""
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A training picture that is near to a sample."""

    part: Learned
    place: int
    """Which picture of that part."""
    mirrored: bool
    """Whether it is near as its mirror image."""
    number: float
    """Distance or correlation, as WAYS has it."""

    @property
    def row(self) -> CuratedRow:
        """What is known of the picture."""
        return self.part.rows[self.place]

    def picture(self, size: int) -> Pictures:
        """Read it as it was matched, at a side of `size` px."""
        one: Pictures = reduced(self.part.pack.images()[self.part.places[[self.place]]], size)[0]
        return one[:, ::-1] if self.mirrored else one

    def facts(self) -> dict[str, str | float | bool]:
        """What there is to say of it, in words that JSON takes."""
        row = {name: value for name, value in asdict(self.row).items() if name not in ("crop", "held_out")}
        return {"number": round(self.number, 4), "mirrored": self.mirrored, "set": self.part.pack.name, **row}


Found = dict[str, list[list[Neighbour]]]
"""By way: the nearest training pictures of each sample, the nearest first."""


def neighbours(samples: Pictures, parts: Sequence[Learned], *, kept_in: Path, bar: Progress) -> Found:
    """Find the five nearest training pictures of each sample (s × s px) in all three ways, or as many as there are.

    `bar` counts every training picture twice. Features of training pictures are kept in that folder.
    """
    size = samples.shape[1]
    count = min(COUNT, sum(len(part.rows) for part in parts))
    pixels = _pixels(samples)
    euclidean, cosine = Search(pixels, count=count), Search(_unit(pixels), count=count)
    before = 0
    for block in _blocks(parts, size, bar):
        # of each picture two rows that follow one another, the second one mirrored
        rows = _pixels(np.stack([block, block[:, :, ::-1]], axis=1).reshape(-1, *block.shape[1:]))
        which = before + np.arange(len(rows)) // 2
        euclidean.add(rows, which)
        cosine.add(_unit(rows), which)
        before += len(block)
    near = euclidean.found(), cosine.found(), _near_in_features(samples, parts, count, kept_in, bar)
    numbers = (
        near[0].distances / np.sqrt(pixels.shape[1]),
        1 - near[1].distances ** 2 / 2,  # of vectors of length one
        near[2].distances,
    )
    return {way: _named(*one, parts) for way, one in zip(WAYS, zip(near, numbers, strict=True), strict=True)}


def _blocks(parts: Sequence[Learned], size: int, bar: Progress) -> Iterator[Pictures]:
    for part in parts:
        for block in part.blocks(min(size, PIXELS_AT)):
            yield block
            bar.advance(len(block))


def _near_in_features(
    samples: Pictures, parts: Sequence[Learned], count: int, kept_in: Path, bar: Progress
) -> Nearest:  # fmt: skip
    # in half precision like those that are kept, so that the same picture is at no distance
    search, before = Search(described(samples).astype(np.float16), count=count), 0
    for part in parts:
        features = part.features(samples.shape[1], kept_in=kept_in, bar=bar)
        for start in range(0, len(features), BLOCK):
            rows = features[start : start + BLOCK].reshape(-1, features.shape[2])
            search.add(rows, before + start + np.arange(len(rows)) // 2)
        before += len(features)
    return search.found()


def _pixels(pictures: Pictures) -> Vectors:
    """Pixels at 64 px at most, as one row a picture."""
    small = reduced(pictures, min(pictures.shape[1], PIXELS_AT))
    return small.reshape(len(small), -1).astype(np.float32)


def _unit(vectors: Vectors) -> Vectors:
    """Take each row's mean away and make it one long; a flat picture stays 0."""
    centred = vectors - vectors.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.where(lengths > 0, lengths, 1), np.float32)


def _named(found: Nearest, numbers: NDArray[np.float64], parts: Sequence[Learned]) -> list[list[Neighbour]]:
    everyone = [(part, place) for part in parts for place in range(len(part.rows))]

    def one(row: int, number: float) -> Neighbour:
        part, place = everyone[row // 2]
        return Neighbour(part, place, mirrored=row % 2 == 1, number=number)

    both = zip(found.rows.tolist(), numbers.tolist(), strict=True)
    return [[one(row, number) for row, number in zip(*near, strict=True)] for near in both]
