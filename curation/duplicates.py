"""Keep one of several pictures that show the same: the step that finds them, asks about them and chooses.

In this order, where `pairs` is what the catalog holds and each answer feeds the next:

    near = candidates(pictures, looks, config, out=out)               # the pairs whose hashes are near
    asked = doubtful(near, pairs, config)                             # those that have to be compared more closely
    said = judgements(catalog, asked, ...)
    fresh = opinions(near, said, pairs, config)                       # to be recorded: only what is new
    pairs = together(pairs, fresh)
    copies = measured(catalog, COPY, members(pairs, config, out=out)) # how good is each of those that have a double
    decisions = decide(pictures, looks, copies, config, out=out, chosen=chosen, pairs=pairs)
    to_ask = waiting(kept, pairs, config)                             # after all steps, of what they leave

What the hashes say of a pair is an opinion, which a person's word beats; the decisions follow from the opinions alone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from curation.copies import Copy
from curation.hashes import HASH_BITS, VARIANTS
from curation.looks import LOOK, Look
from curation.merits import Merit, best, merit
from curation.near import Near, near_pairs
from curation.opinions import fingerprint
from curation.quality import is_flat
from housegan.catalog import Decision, Pair, Picture, Sha256
from housegan.config import CurateConfig

NAME = "duplicates"
VERSION = 2
"""Raised when this step, or the closer comparison, would say something else of the same pictures."""
THRESHOLDS = {"duplicate_bits", "doubtful_bits", "min_contrast"}

Key: TypeAlias = tuple[Sha256, Sha256]
Judgement: TypeAlias = tuple[bool | None, str]


def candidates(
    pictures: Iterable[Picture], looks: Mapping[Sha256, Look], config: CurateConfig, *, out: Collection[Sha256]
) -> list[Near]:
    """Find the pairs whose hashes are near, in any rotation or mirroring; those in `out` are rejected already.

    The hash of a flat picture means nothing, so that it is near to none. Raises StoppedError on Ctrl-C.
    """
    hashes = telling_hashes((picture.sha256 for picture in pictures if picture.sha256 not in out), looks, config)
    return near_pairs(hashes, max_bits=reach(config))


def telling_hashes(
    names: Iterable[Sha256], looks: Mapping[Sha256, Look], config: CurateConfig
) -> dict[Sha256, tuple[str, ...]]:
    """The hashes of those pictures that were looked at and are not flat."""
    return {name: looks[name].hashes for name in names if name in looks and not is_flat(looks[name], config)}


def reach(config: CurateConfig) -> int:
    """The most bits of the hashes that may differ for a pair to be considered at all."""
    return max(config.duplicate_bits, config.doubtful_bits)


def doubtful(near: Iterable[Near], pairs: Iterable[Pair], config: CurateConfig) -> list[Near]:
    """Those that hashes can't decide and that neither a person nor, by these thresholds, the machine has judged."""
    settled = {(pair.first, pair.second) for pair in current(pairs, config)}
    return [pair for pair in near if pair.bits > config.duplicate_bits and (pair.first, pair.second) not in settled]


def opinions(
    near: Iterable[Near], judgements: Mapping[Key, Judgement], pairs: Iterable[Pair], config: CurateConfig
) -> list[Pair]:
    """What there is to record: near pairs are the same, doubtful ones what the closer look says of them.

    A pair of which a person spoke, or the machine by these thresholds, is no news.
    """
    settled = {(pair.first, pair.second) for pair in current(pairs, config)}
    return [
        _opinion(pair, judgements.get((pair.first, pair.second)), config)
        for pair in near
        if (pair.first, pair.second) not in settled
        and (pair.bits <= config.duplicate_bits or (pair.first, pair.second) in judgements)
    ]


def together(pairs: Iterable[Pair], fresh: Iterable[Pair]) -> list[Pair]:
    """What is thought of each pair once `fresh` is recorded: a person's word stays, else the last one counts."""
    latest: dict[Key, Pair] = {}
    for pair in (*pairs, *fresh):
        if (before := latest.get((pair.first, pair.second))) is None or before.by == "machine":
            latest[pair.first, pair.second] = pair
    return list(latest.values())


def current(pairs: Iterable[Pair], config: CurateConfig) -> Iterator[Pair]:
    """Those that count: persons' words, and what the machine said in this version by these thresholds."""
    goes_by = _goes_by(config)
    return (pair for pair in pairs if pair.by == "person" or (pair.version, pair.config) == (VERSION, goes_by))


def members(pairs: Iterable[Pair], config: CurateConfig, *, out: Collection[Sha256]) -> set[Sha256]:
    """The pictures that have a double: one of each group stays, so they have to be measured as copies."""
    same = (pair for pair in current(pairs, config) if pair.same and pair.first not in out and pair.second not in out)
    return {name for pair in same for name in (pair.first, pair.second)}


def decide(
    pictures: Collection[Picture],
    looks: Mapping[Sha256, Look],
    copies: Mapping[Sha256, Copy],
    config: CurateConfig,
    *,
    out: Collection[Sha256],
    chosen: Collection[Sha256],
    pairs: Iterable[Pair],
) -> list[Decision]:
    """Judge every picture by what is thought of the pairs; those in `chosen` a person wants to keep.

    The best of those that hang together stays (`curation.merits`), and with it go those that are directly the same as
    it, so that a chain of small differences can't join what doesn't belong; then the best of the rest, and so on.
    """
    goes_by = _goes_by(config)
    inside = {picture.sha256: picture for picture in pictures if picture.sha256 not in out}
    pairs = [pair for pair in current(pairs, config) if pair.first in inside and pair.second in inside]
    doubles = _Doubles(pairs)
    reasons: dict[Sha256, str] = {}
    for group in _connected(sorted(doubles.same), (pair for pair in pairs if pair.same)):
        left = {name: merit(inside[name], looks.get(name), copies.get(name), chosen=name in chosen) for name in group}
        while len(left) > 1:
            keeper, beaten = best(left)
            del left[keeper]
            for name, why in doubles.joining(keeper, left).items():
                del left[name]
                reasons[name] = f"near duplicate: same picture as {keeper[:8]} ({why}), {beaten[name]}"
    return [
        Decision(name, NAME, VERSION, goes_by, "reject" if name in reasons else "keep", reason=reasons.get(name, ""))
        for name in (picture.sha256 for picture in pictures)
    ]


def waiting(kept: Collection[Sha256], pairs: Iterable[Pair], config: CurateConfig) -> list[Pair]:
    """The pairs of kept pictures about which a person is to be asked, the likeliest first."""
    inside = set(kept)
    asked = [p for p in current(pairs, config) if p.same is None and p.first in inside and p.second in inside]
    return sorted(asked, key=lambda pair: (pair.distance, pair.first, pair.second))


def groups(kept: Collection[Sha256], pairs: Iterable[Pair], config: CurateConfig) -> list[list[Sha256]]:
    """Gather kept pictures that show the same, or may; most groups are of one.

    Here a chain does join, and a doubtful pair too: the groups keep what is alike on one side of the held-out line.
    """
    inside = set(kept)
    alike = (
        pair
        for pair in current(pairs, config)
        if pair.same is not False and pair.first in inside and pair.second in inside
    )
    return _connected(kept, alike)


class _Doubles:
    """What is thought of pairs, by picture."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self.same: defaultdict[Sha256, dict[Sha256, Pair]] = defaultdict(dict)
        self._different: defaultdict[Sha256, set[Sha256]] = defaultdict(set)  # by a person
        for pair in pairs:
            if pair.same:
                self.same[pair.first][pair.second] = self.same[pair.second][pair.first] = pair
            elif pair.same is False and pair.by == "person":
                self._different[pair.first].add(pair.second)
                self._different[pair.second].add(pair.first)

    def joining(self, keeper: Sha256, left: Mapping[Sha256, Merit]) -> dict[Sha256, str]:
        """Those of `left` that go with the keeper, and why: its own doubles, then what persons call the same as those.

        Nothing goes where a person calls it different from the keeper or from another that went there.
        """
        gone: dict[Sha256, str] = {}
        waiting = [keeper]
        while waiting:
            member = waiting.pop(0)
            for name, pair in sorted(self.same[member].items()):
                belongs = (member == keeper or pair.by == "person") and self._different[name].isdisjoint(
                    {keeper, *gone}
                )
                if belongs and name in left and name not in gone and not left[name].chosen:
                    gone[name] = "a person says so" if pair.by == "person" else pair.reason
                    waiting.append(name)
        return gone


def _connected(names: Iterable[Sha256], pairs: Iterable[Pair]) -> list[list[Sha256]]:
    """Gather the names that pairs join, whatever the length of the chain."""
    leader = {name: name for name in names}

    def lead(name: Sha256) -> Sha256:
        while leader[name] != name:
            leader[name] = leader[leader[name]]  # half the way for those who come after
            name = leader[name]
        return name

    for pair in pairs:
        first, second = sorted((lead(pair.first), lead(pair.second)))
        leader[second] = first
    gathered = defaultdict(list)
    for name in leader:
        gathered[lead(name)].append(name)
    return list(gathered.values())


def _opinion(near: Near, judgement: Judgement | None, config: CurateConfig) -> Pair:
    same: bool | None = True
    reason = f"{near.bits} of {HASH_BITS} bits differ"
    if near.bits > config.duplicate_bits and judgement:
        same, reason = judgement
    reason += f", {VARIANTS[near.variant]}" if near.variant else ""
    return Pair(near.first, near.second, same, near.bits, version=VERSION, config=_goes_by(config), reason=reason)


def _goes_by(config: CurateConfig) -> str:
    """Changes with the thresholds and with the hashes themselves."""
    return f"{fingerprint(config, THRESHOLDS)}-{LOOK.version}"
