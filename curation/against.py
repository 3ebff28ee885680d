"""What two sets share: pictures of the one that show the same as pictures of the other, whatever their bytes.

A set to pretrain on that holds pictures of the other's held-out tenth spoils every figure measured on that tenth.
In this order, `looks` being of the pictures that each set keeps:

    near = candidates_between(these, those, config)
    said = judgements(..., doubtful_between(near, config), ...)
    print(shared_between(these, those, near, said, config))
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from curation.duplicates import Judgement, Key, reach, telling_hashes
from curation.hashes import VARIANTS
from curation.looks import Look
from curation.near import Near, near_between
from housegan.catalog import Sha256
from housegan.config import CurateConfig


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two sets."""

    name: str
    looks: Mapping[Sha256, Look]
    """Of the pictures that the set keeps."""
    titles: Mapping[Sha256, str] = field(default_factory=dict)
    held_out: Collection[str] | None = None
    """Those that the current pack holds out; None where the set has no pack yet."""


@dataclass(frozen=True, slots=True)
class SharedPair:
    """A picture of the one set and a picture of the other that show the same."""

    first: Sha256
    second: Sha256
    bits: int
    """Of 256 that differ; 0 where the bytes are the same."""
    variant: str
    """How `first` has to be turned to come nearest to `second`."""
    first_title: str
    second_title: str
    reason: str
    """What the closer comparison said; empty where the hashes were enough."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What two sets share."""

    these: str
    those: str
    pairs: list[SharedPair]
    """That show the same, the nearest first."""
    doubtful: list[SharedPair]
    """That may show the same, the nearest first."""
    held_out_of_these: int | None
    """How many pictures of the first set's held-out share the other has too; None where it has no pack."""
    held_out_of_those: int | None

    @property
    def count(self) -> int:
        """Pictures of the first set that the second has too."""
        return len({pair.first for pair in self.pairs})

    def __str__(self) -> str:
        """Say it in a few sentences."""
        number = "no picture" if not self.count else "1 picture" if self.count == 1 else f"{self.count:,} pictures"
        said = [f"{self.these!r} shares {number} with {self.those!r}"]
        if self.doubtful:
            said[0] += (
                f", and {len(self.doubtful):,} more {'pair' if len(self.doubtful) == 1 else 'pairs'} may be the same"
            )
        for name, other, leaked in (
            (self.these, self.those, self.held_out_of_these),
            (self.those, self.these, self.held_out_of_those),
        ):
            if leaked is None and self.pairs:
                said.append(f"{name!r} has no pack yet, so that nothing is held out of it")
            elif leaked:
                said.append(
                    f"{leaked:,} of them {'is' if leaked == 1 else 'are'} held out of {name!r}: a generator that is "
                    f"trained on {other!r} as well has seen what it is judged by"
                )
        return ". ".join(said) + "."


def candidates_between(these: Side, those: Side, config: CurateConfig) -> list[Near]:
    """Find the pairs of one of `these` (`first`) and one of `those` whose hashes are near, in any of eight variants.

    The same bytes in both are a pair even where the picture is so flat that its hash means nothing.
    Raises StoppedError on Ctrl-C.
    """
    both = sorted(these.looks.keys() & those.looks.keys())
    near = near_between(
        telling_hashes(these.looks, these.looks, config),
        telling_hashes(those.looks, those.looks, config),
        max_bits=reach(config),
    )
    return [Near(name, name, 0, 0) for name in both] + [pair for pair in near if pair.first != pair.second]


def doubtful_between(near: Iterable[Near], config: CurateConfig) -> list[Near]:
    """Those of the pairs that hashes can't decide."""
    return [pair for pair in near if pair.bits > config.duplicate_bits]


def shared_between(
    these: Side, those: Side, near: Iterable[Near], judgements: Mapping[Key, Judgement], config: CurateConfig
) -> Shared:
    """Put together what the hashes and the closer comparison of the doubtful pairs come to.

    A doubtful pair that wasn't compared stays doubtful.
    """
    same: list[SharedPair] = []
    open_pairs: list[SharedPair] = []
    for pair in sorted(near, key=lambda pair: (pair.bits, pair.first, pair.second)):
        verdict: bool | None = True
        reason = ""
        if pair.bits > config.duplicate_bits:
            verdict, reason = judgements.get((pair.first, pair.second), (None, "not compared"))
        if verdict is not False:
            (same if verdict else open_pairs).append(_told(pair, these, those, reason))
    return Shared(
        these.name, those.name, same, open_pairs,
        held_out_of_these=_leaked(these, {pair.first for pair in same}),
        held_out_of_those=_leaked(those, {pair.second for pair in same}),
    )  # fmt: skip


def _told(pair: Near, these: Side, those: Side, reason: str) -> SharedPair:
    titles = these.titles.get(pair.first, ""), those.titles.get(pair.second, "")
    return SharedPair(pair.first, pair.second, pair.bits, VARIANTS[pair.variant], *titles, reason)


def _leaked(side: Side, shared: Collection[Sha256]) -> int | None:
    return None if side.held_out is None else sum(name in side.held_out for name in shared)
