"""Keep one of several pictures that show the same, by the 256-bit perceptual hash.

From the best picture down, each joins the first better keeper within the threshold, so that a chain of small
differences can't join what doesn't belong. What a person said of a pair holds whatever the hashes say.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

import numpy as np

from curation.opinions import fingerprint
from curation.quality import is_flat
from housegan.catalog import Decision, Pair, Picture, Sha256
from housegan.config import CurateConfig
from housegan.pictures import PHASH_BITS

NAME = "duplicates"
VERSION = 1
THRESHOLDS = {"duplicate_bits", "min_contrast"}


def decide(
    pictures: Collection[Picture],
    config: CurateConfig,
    *,
    out: Collection[Sha256],
    chosen: Collection[Sha256],
    pairs: Iterable[Pair],
) -> tuple[list[Decision], list[Pair]]:
    """Judge all pictures together; those in `out` are rejected already, those in `chosen` a person wants to keep.

    Of `pairs` only the persons' count. Returns a decision for each picture and the pairs that are the same by hash.
    """
    went_by = fingerprint(config, THRESHOLDS)
    persons = _Persons(pairs)
    keepers = _Keepers(len(pictures))
    homes: dict[Sha256, Picture] = {}  # the keeper that stands for each picture, a keeper for itself
    decisions = {p.sha256: Decision(p.sha256, NAME, VERSION, went_by, "keep") for p in pictures}
    found: list[Pair] = []

    def worse_last(picture: Picture) -> tuple[bool, int, int, str]:
        return picture.sha256 not in chosen, -picture.width * picture.height, -picture.bytes, picture.sha256

    for picture in sorted((p for p in pictures if p.sha256 not in out), key=worse_last):
        called_same = [homes[other] for other in persons.same[picture.sha256] if other in homes]
        hashed = not is_flat(picture, config)
        near = keepers.near(picture, config.duplicate_bits) if hashed else []
        same = [p for p in called_same + near if not persons.call_different(p.sha256, picture.sha256)]
        if same and picture.sha256 not in chosen:
            homes[picture.sha256] = keeper = same[0]
            why = "a person says so" if keeper in called_same else f"{_bits(picture, keeper)} bits differ"
            why = f"near duplicate: same picture as {keeper.sha256[:8]} ({why}), {_merit(keeper, picture, chosen)}"
            decisions[picture.sha256] = Decision(picture.sha256, NAME, VERSION, went_by, "reject", reason=why)
            found += [_pair(picture, keeper)] if keeper in near else []
        else:
            homes[picture.sha256] = picture
            keepers.add(picture, hashed=hashed)
            found += [_pair(picture, other) for other in near if other in same]
    return list(decisions.values()), found


def groups(kept: Collection[Sha256], pairs: Iterable[Pair], config: CurateConfig) -> list[list[Sha256]]:
    """Gather kept pictures that show the same, by hash or by a person's word; most groups are of one.

    Here a chain does join: the groups keep what is alike on one side of the held-out line.
    """
    leader = {sha256: sha256 for sha256 in kept}

    def lead(sha256: Sha256) -> Sha256:
        while leader[sha256] != sha256:
            leader[sha256] = leader[leader[sha256]]  # half the way for those who come after
            sha256 = leader[sha256]
        return sha256

    for pair in pairs:
        counts = pair.same and (pair.by == "person" or pair.distance <= config.duplicate_bits)
        if counts and pair.first in leader and pair.second in leader:
            first, second = sorted((lead(pair.first), lead(pair.second)))
            leader[second] = first
    gathered = defaultdict(list)
    for sha256 in leader:
        gathered[lead(sha256)].append(sha256)
    return list(gathered.values())


def distance(first: Picture, second: Picture) -> int:
    """Bits that differ between two pictures' hashes, 0 to 256."""
    return (int(first.phash, 16) ^ int(second.phash, 16)).bit_count()


class _Keepers:
    """The pictures kept so far, best first, and their hashes as columns of four 64-bit words."""

    def __init__(self, room: int) -> None:
        self._pictures: list[Picture] = []
        self._words = np.empty((PHASH_BITS // 64, room), np.uint64)

    def add(self, picture: Picture, *, hashed: bool) -> None:
        if hashed:
            self._words[:, len(self._pictures)] = _words(picture)
            self._pictures.append(picture)

    def near(self, picture: Picture, max_bits: int) -> list[Picture]:
        """Those of whose bits at most `max_bits` differ: one row at a time, all of which fits the processor's cache."""
        differing = self._words[:, : len(self._pictures)] ^ _words(picture)[:, None]
        distances = np.bitwise_count(differing).sum(axis=0, dtype=np.uint16)
        return [self._pictures[index] for index in np.flatnonzero(distances <= max_bits)]


class _Persons:
    """What persons said of pairs."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self.same: defaultdict[Sha256, list[Sha256]] = defaultdict(list)
        self._different: set[tuple[Sha256, Sha256]] = set()
        for pair in pairs:
            if pair.by == "person" and pair.same:
                self.same[pair.first].append(pair.second)
                self.same[pair.second].append(pair.first)
            elif pair.by == "person":
                self._different.add((pair.first, pair.second))

    def call_different(self, one: Sha256, other: Sha256) -> bool:
        return (min(one, other), max(one, other)) in self._different


def _words(picture: Picture) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.frombuffer(bytes.fromhex(picture.phash), np.uint64)


def _pair(one: Picture, other: Picture) -> Pair:
    first, second = sorted((one.sha256, other.sha256))
    return Pair(first, second, same=True, distance=distance(one, other))


def _bits(one: Picture, other: Picture) -> str:
    return f"{distance(one, other)} of {PHASH_BITS}"


def _merit(keeper: Picture, picture: Picture, chosen: Collection[Sha256]) -> str:
    if keeper.sha256 in chosen:
        return "which a person keeps"
    if keeper.width * keeper.height > picture.width * picture.height:
        return "which is larger"
    return "which has more bytes" if keeper.bytes > picture.bytes else "which is as good"
