from collections.abc import Callable, Collection

import numpy as np
import pytest
from PIL import Image

from curation import duplicates
from housegan.catalog import Catalog, Pair, Picture, Sha256
from housegan.config import CurateConfig

Paint = Callable[..., Image.Image]
Add = Callable[..., Sha256]


def make(number: int, *, side: int = 300, flipped: range = range(0), contrast: float = 50.0) -> Picture:
    """Make up a picture's row; `flipped` says which bits of its hash are set."""
    phash = sum(1 << bit for bit in flipped)
    return Picture(Sha256(f"{number:064x}"), "JPEG", side, side, 10_000, False, f"{phash:064x}", contrast)


def kept(
    pictures: Collection[Picture],
    *pairs: Pair,
    bits: int = 24,
    out: Collection[Sha256] = (),
    chosen: Collection[Sha256] = (),
) -> list[int]:
    config = CurateConfig(duplicate_bits=bits)
    decisions, _ = duplicates.decide(pictures, config, out=out, chosen=chosen, pairs=pairs)
    assert [decision.sha256 for decision in decisions] == [picture.sha256 for picture in pictures]
    return sorted(int(decision.sha256, 16) for decision in decisions if decision.verdict == "keep")


def says(first: Picture, second: Picture, *, same: bool) -> Pair:
    one, other = sorted((first.sha256, second.sha256))
    return Pair(one, other, same, 0, by="person")


def test_smaller_and_recompressed_copies_join_the_largest(catalog: Catalog, add: Add, paint: Paint) -> None:
    picture = paint(1, 640, 512)
    large = add(picture)
    small = add(picture.resize((320, 256)))
    worse = add(picture, quality=40)
    other = add(paint(2))
    decisions, pairs = duplicates.decide(catalog.pictures(), CurateConfig(), out=(), chosen=(), pairs=())
    verdicts = {decision.sha256: decision.verdict for decision in decisions}
    assert verdicts == {large: "keep", small: "reject", worse: "reject", other: "keep"}
    reasons = {decision.sha256: decision.reason for decision in decisions}
    assert reasons[small].startswith(f"near duplicate: same picture as {large[:8]} (")
    assert reasons[small].endswith("of 256 bits differ), which is larger")
    assert reasons[worse].endswith("which has more bytes")
    assert {frozenset((pair.first, pair.second)) for pair in pairs} == {frozenset((large, s)) for s in (small, worse)}
    assert all(pair.same and pair.first < pair.second and pair.by == "machine" for pair in pairs)


def test_the_threshold_itself_still_joins() -> None:
    pictures = [make(1, side=400), make(2, flipped=range(24))]
    assert kept(pictures, bits=24) == [1]
    assert kept(pictures, bits=23) == [1, 2]


def test_a_chain_joins_only_what_is_near_its_keeper() -> None:
    chain = [make(n, side=400 - n, flipped=range(20 * (n - 1))) for n in range(1, 6)]
    assert kept(chain) == [1, 3, 5]
    assert kept(chain[::-1]) == [1, 3, 5]


def test_hashes_that_differ_in_every_bit_are_not_the_same() -> None:
    assert kept([make(1), make(2, flipped=range(256))]) == [1, 2]


def test_what_a_person_calls_different_stays_apart() -> None:
    one, other = make(1), make(2)
    assert kept([one, other]) == [1]
    assert kept([one, other], says(one, other, same=False)) == [1, 2]


def test_what_a_person_calls_the_same_goes_together_through_other_merges() -> None:
    far, best, near = make(1, flipped=range(100)), make(2, side=500), make(3, side=400, flipped=range(5))
    assert kept([far, best, near]) == [1, 2]
    assert kept([far, best, near], says(far, near, same=True)) == [2]
    assert kept([far, best, near], says(far, near, same=True), says(far, best, same=False)) == [1, 2]


def test_what_a_person_keeps_stays_and_stands_for_its_copies() -> None:
    large, small = make(1, side=500), make(2, side=300, flipped=range(3))
    assert kept([large, small], chosen={small.sha256}) == [2]
    assert kept([large, small], chosen={small.sha256, large.sha256}) == [1, 2]


def test_rejected_pictures_take_nobody_with_them() -> None:
    assert kept([make(1, side=500), make(2)], out={make(1).sha256}) == [1, 2]


def test_hashes_of_flat_pictures_mean_nothing() -> None:
    assert kept([make(1, contrast=1.0), make(2, contrast=1.0), make(3)]) == [1, 2, 3]


@pytest.mark.parametrize("seed", range(3))
def test_the_greedy_choice_equals_the_plain_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, 60, 200)
    pictures = [
        make(n, side=int(rng.integers(200, 210)), flipped=range(start, start + 40)) for n, start in enumerate(starts)
    ]
    expected: list[Picture] = []
    for picture in sorted(pictures, key=lambda p: (-p.width, p.sha256)):
        if all(duplicates.distance(picture, keeper) > 24 for keeper in expected):
            expected.append(picture)
    assert kept(pictures) == sorted(int(picture.sha256, 16) for picture in expected)


def test_groups_hold_kept_pictures_that_are_alike() -> None:
    a, b, c, d = (make(n).sha256 for n in range(4))
    pairs = [Pair(a, b, True, 10), Pair(b, c, True, 99, by="person"), Pair(c, d, True, 60), Pair(a, d, False, 2)]
    groups = duplicates.groups([a, b, c, d], pairs, CurateConfig(duplicate_bits=24))
    assert sorted(map(sorted, groups)) == [[a, b, c], [d]]
    assert duplicates.groups([a, d], pairs, CurateConfig()) == [[a], [d]]
