"""Pictures made up of numbers whose truth is known, and one run over real decodings from end to end."""

from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from curation import duplicates
from curation.copies import COPY, Copy
from curation.hashes import VARIANTS
from curation.looks import LOOK, Look
from curation.measures import measured
from curation.near import Near
from housegan.catalog import Catalog, Pair, Picture, Sha256
from housegan.config import CurateConfig, IntakeConfig

Paint = Callable[..., Image.Image]
Add = Callable[..., Sha256]

CONFIG = CurateConfig(duplicate_bits=24, doubtful_bits=64)


def make(number: int, *, side: int = 300) -> Picture:
    return Picture(Sha256(f"{number:064x}"), "JPEG", side, side, 10_000, False)


def looked(*, flipped: range = range(0), contrast: float = 50.0) -> Look:
    """Make up what was seen; `flipped` says which bits of the hash are set, in the first variant alone."""
    upright = f"{sum(1 << bit for bit in flipped):064x}"
    far = f"{sum(1 << bit for bit in range(0, 256, 2)):064x}"
    return Look((upright, *[far] * 7), (0, 0, 0, 0), contrast, 120.0, 5.0, 0.3, 0.0, 0.0, 90)


def landscape(seed: int, width: int = 640, height: int = 512) -> Image.Image:
    """Noise, as much of it at every scale, as in a photograph: there is detail to lose."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for cells in (4, 8, 16, 32, 64, 128, 256, 512):
        octave = Image.fromarray(rng.normal(0, 20, (cells, cells)).astype(np.float32))
        total += np.asarray(octave.resize((width, height), Image.Resampling.BICUBIC))
    return Image.fromarray((128 + total).clip(0, 255).astype(np.uint8)).convert("RGB")


def decided(
    flipped: dict[Picture, range], *said: Pair, config: CurateConfig = CONFIG,
    out: Collection[Sha256] = (), chosen: Collection[Sha256] = (),
) -> list[int]:  # fmt: skip
    """Run the step on pictures with these bits set and say which are kept; doubtful ones are left to a person."""
    looks = {picture.sha256: looked(flipped=bits) for picture, bits in flipped.items()}
    near = duplicates.candidates(flipped, looks, config, out=out)
    pairs = duplicates.together(said, duplicates.opinions(near, {}, said, config))
    decisions = duplicates.decide(list(flipped), looks, {}, config, out=out, chosen=chosen, pairs=pairs)
    assert [decision.sha256 for decision in decisions] == [picture.sha256 for picture in flipped]
    return sorted(int(decision.sha256, 16) for decision in decisions if decision.verdict == "keep")


def says(first: Picture, second: Picture, *, same: bool | None) -> Pair:
    one, other = sorted((first.sha256, second.sha256))
    return Pair(one, other, same, 0, by="person")


def near(first: int, second: int, bits: int, variant: int = 0) -> Near:
    return Near(Sha256(f"{first:064x}"), Sha256(f"{second:064x}"), bits, variant)


def test_copies_are_found_and_the_best_stays(catalog: Catalog, add: Add) -> None:
    picture = landscape(1)
    large = add(picture)
    small = add(picture.resize((320, 256)))
    worse = add(picture, quality=30)
    mirrored = add(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((400, 320)))
    blown_up = add(picture.resize((320, 256)).resize((960, 768), Image.Resampling.BICUBIC))
    other = add(landscape(2))
    pictures, limits, config = catalog.pictures(), IntakeConfig(), CurateConfig(min_sharpness=0)
    looks = measured(catalog, LOOK, pictures, limits).values
    found = duplicates.candidates(pictures, looks, config, out=())
    assert duplicates.doubtful(found, (), config) == []
    pairs = duplicates.opinions(found, {}, (), config)
    members = duplicates.members(pairs, config, out=())
    assert members == {large, small, worse, mirrored, blown_up}
    copies = measured(catalog, COPY, [p for p in pictures if p.sha256 in members], limits).values
    decisions = duplicates.decide(pictures, looks, copies, config, out=(), chosen=(), pairs=pairs)
    reasons = {decision.sha256: decision.reason for decision in decisions if decision.verdict == "reject"}
    assert reasons.keys() == {small, worse, mirrored, blown_up}
    assert reasons[small].startswith(f"near duplicate: same picture as {large[:8]} (")
    assert "256 bits differ, mirrored), which " in reasons[mirrored]
    assert "which has more detail: 512 against " in reasons[blown_up]
    assert reasons[worse].endswith("which is less compressed: quality 92 against 30")
    assert {decision.sha256 for decision in decisions if decision.verdict == "keep"} == {large, other}
    assert all(pair.same and pair.first < pair.second and pair.by == "machine" for pair in pairs)


def test_the_threshold_itself_still_joins() -> None:
    pictures = {make(1, side=400): range(0), make(2): range(24)}
    assert decided(pictures) == [1]
    assert decided(pictures, config=CurateConfig(duplicate_bits=23)) == [1, 2]


def test_a_chain_joins_only_what_is_near_its_keeper() -> None:
    chain = {make(n, side=round(1_000 * 0.7**n)): range(20 * (n - 1)) for n in range(1, 6)}
    assert decided(chain) == [1, 3, 5]
    assert decided(dict(reversed(chain.items()))) == [1, 3, 5]


def test_hashes_that_differ_in_every_bit_are_not_the_same() -> None:
    assert decided({make(1): range(0), make(2): range(256)}) == [1, 2]


def test_what_a_person_calls_different_stays_apart() -> None:
    one, other = make(1), make(2)
    pictures = {one: range(0), other: range(0)}
    assert decided(pictures) == [1]
    assert decided(pictures, says(one, other, same=False)) == [1, 2]


def test_what_a_person_calls_different_does_not_meet_at_a_third() -> None:
    best, one, other = make(1, side=900), make(2, side=400), make(3, side=400)
    pictures = {best: range(0), one: range(10), other: range(12)}
    assert decided(pictures) == [1]
    assert decided(pictures, says(one, other, same=False)) == [1, 3]


def test_what_a_person_calls_the_same_goes_together_through_other_merges() -> None:
    far, best, near = make(1), make(2, side=500), make(3, side=390)
    pictures = {far: range(100), best: range(0), near: range(5)}
    assert decided(pictures) == [1, 2]
    assert decided(pictures, says(far, near, same=True)) == [2]
    assert decided(pictures, says(far, near, same=True), says(far, best, same=False)) == [1, 2]


def test_what_a_person_keeps_stays_and_stands_for_its_copies() -> None:
    large, small = make(1, side=500), make(2)
    pictures = {large: range(0), small: range(3)}
    assert decided(pictures, chosen={small.sha256}) == [2]
    assert decided(pictures, chosen={small.sha256, large.sha256}) == [1, 2]


def test_rejected_pictures_take_nobody_with_them() -> None:
    one, other = make(1, side=500), make(2)
    assert decided({one: range(0), other: range(0)}, out={one.sha256}) == [1, 2]
    assert decided({one: range(0), other: range(99)}, says(one, other, same=True), out={one.sha256}) == [1, 2]


def test_hashes_of_flat_pictures_mean_nothing() -> None:
    looks = {make(n).sha256: looked(contrast=1.0 if n < 3 else 50.0) for n in range(1, 5)}
    found = duplicates.candidates([make(n) for n in range(1, 5)], looks, CONFIG, out=())
    assert found == [near(3, 4, 0)]


@pytest.mark.parametrize("seed", range(3))
def test_the_greedy_choice_equals_the_plain_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, 60, 150).tolist()
    pictures = {
        make(n, side=round(200 * 1.3 ** (n * 7 % 30))): range(start, start + 40) for n, start in enumerate(starts)
    }
    expected: list[Picture] = []
    for picture in sorted(pictures, key=lambda p: (-p.width, p.sha256)):
        if all(2 * abs(pictures[picture].start - pictures[keeper].start) > 24 for keeper in expected):
            expected.append(picture)
    assert decided(pictures) == sorted(int(picture.sha256, 16) for picture in expected)


def test_doubtful_pairs_are_compared_once() -> None:
    found = [near(1, 2, 24), near(1, 3, 25), near(2, 3, 64, variant=VARIANTS.index("rotated by 90°"))]
    assert duplicates.doubtful(found, (), CONFIG) == found[1:]
    judgements: dict[duplicates.Key, duplicates.Judgement] = {
        (found[1].first, found[1].second): (None, "40 corners agree"),
        (found[2].first, found[2].second): (False, "3 corners agree"),
    }
    pairs = duplicates.opinions(found, judgements, (), CONFIG)
    assert [(pair.same, pair.distance) for pair in pairs] == [(True, 24), (None, 25), (False, 64)]
    assert [pair.reason for pair in pairs] == [
        "24 of 256 bits differ", "40 corners agree", "3 corners agree, rotated by 90°"
    ]  # fmt: skip
    assert duplicates.doubtful(found, pairs, CONFIG) == []
    assert duplicates.opinions(found, judgements, pairs, CONFIG) == []


def test_other_thresholds_ask_again_and_forget_what_was_said_by_the_old_ones() -> None:
    found = [near(1, 2, 24), near(1, 3, 60)]
    pairs = duplicates.opinions(found, {(found[1].first, found[1].second): (True, "it fits")}, (), CONFIG)
    stricter = CurateConfig(duplicate_bits=20, doubtful_bits=64)
    assert duplicates.doubtful(found, pairs, stricter) == found
    assert duplicates.members(pairs, stricter, out=()) == set()
    pictures = [make(n) for n in (1, 2, 3)]
    for config, kept in ((CONFIG, 1), (stricter, 3)):
        decisions = duplicates.decide(pictures, {}, {}, config, out=(), chosen=(), pairs=pairs)
        assert sum(decision.verdict == "keep" for decision in decisions) == kept


def test_a_person_is_heard_whatever_the_machine_says_after(catalog: Catalog, add: Add, paint: Paint) -> None:
    first, second = sorted([add(paint(1)), add(paint(1), quality=60)])
    found = [Near(first, second, 10, 0)]
    catalog.record_pairs([Pair(first, second, same=False, distance=10, by="person")])
    assert duplicates.opinions(found, {}, catalog.pairs(), CONFIG) == []
    assert duplicates.doubtful([replace(found[0], bits=60)], catalog.pairs(), CONFIG) == []
    catalog.record_pairs([Pair(first, second, same=None, distance=10, by="person")])  # the word is taken back
    fresh = duplicates.opinions(found, {}, catalog.pairs(), CONFIG)
    catalog.record_pairs(fresh)
    assert catalog.pairs() == fresh
    assert fresh[0].same


def test_a_persons_word_stays_when_news_come_together_with_it() -> None:
    word = says(make(1), make(2), same=False)
    fresh = duplicates.opinions([near(1, 2, 3), near(2, 3, 4)], {}, (), CONFIG)
    assert duplicates.together([word], fresh) == [word, fresh[1]]
    old = replace(fresh[1], same=None)
    assert duplicates.together([old], fresh[1:]) == fresh[1:]


def test_the_reason_says_how_a_copy_was_turned() -> None:
    (pair,) = duplicates.opinions([near(1, 2, 7, variant=1)], {}, (), CONFIG)
    assert pair.reason == "7 of 256 bits differ, mirrored"


def test_only_kept_pairs_wait_for_a_person_the_nearest_first() -> None:
    found = [near(1, 2, 60), near(1, 3, 30), near(3, 4, 40)]
    pairs = duplicates.opinions(found, {(p.first, p.second): (None, "") for p in found}, (), CONFIG)
    kept = [make(n).sha256 for n in (1, 2, 3)]
    assert [pair.distance for pair in duplicates.waiting(kept, pairs, CONFIG)] == [30, 60]
    answered = [*pairs[1:], says(make(1), make(2), same=False)]
    assert [pair.distance for pair in duplicates.waiting(kept, answered, CONFIG)] == [30]
    assert duplicates.waiting(kept, pairs, CurateConfig(doubtful_bits=50)) == []


def best_of(*copies: tuple[Picture, Look, Copy]) -> tuple[int, str]:
    """Which of two or more equal pictures stays, and what is said to the first that goes."""
    found = [
        near(int(a.sha256, 16), int(b.sha256, 16), 0) for a, *_ in copies for b, *_ in copies if a.sha256 < b.sha256
    ]
    decisions = duplicates.decide(
        [picture for picture, *_ in copies],
        {picture.sha256: look for picture, look, _ in copies},
        {picture.sha256: copy for picture, _, copy in copies},
        CONFIG, out=(), chosen=(), pairs=duplicates.opinions(found, {}, (), CONFIG),
    )  # fmt: skip
    (kept,) = (int(decision.sha256, 16) for decision in decisions if decision.verdict == "keep")
    return kept, next(d.reason.rpartition("), ")[2] for d in decisions if d.verdict == "reject")


def measured_as(side_px: float, *, text: float = 0.0) -> Copy:
    return Copy(side_px, text)


def test_a_copy_that_was_blown_up_loses_although_it_is_larger() -> None:
    blown_up, original = make(1, side=900), make(2, side=600)
    assert best_of((blown_up, looked(), measured_as(590)), (original, looked(), measured_as(600))) == (
        2, "which is less blown up: 100.0% against 65.6% of its side"
    )  # fmt: skip


def test_detail_counts_before_compression_unless_there_is_hardly_more() -> None:
    larger, fresher = make(1, side=600), make(2, side=460)
    worn, crisp = replace(looked(), jpeg_quality=40), replace(looked(), jpeg_quality=95)
    assert best_of((larger, worn, measured_as(600)), (fresher, crisp, measured_as(460))) == (
        1, "which has more detail: 600 against 460 px"
    )  # fmt: skip
    assert best_of((larger, worn, measured_as(560)), (fresher, crisp, measured_as(460))) == (
        2, "which is less compressed: quality 95 against 40"
    )  # fmt: skip


def test_then_border_and_text_and_pixels_and_bytes_count() -> None:
    one, other = make(1, side=400), make(2, side=400)
    framed = replace(looked(), border=(10, 10, 10, 10))
    assert best_of((one, framed, measured_as(400)), (other, looked(), measured_as(400))) == (
        2, "which has less border: 0.0% against 9.8%"
    )  # fmt: skip
    assert best_of((one, looked(), measured_as(400, text=0.04)), (other, looked(), measured_as(400))) == (
        2, "which has less text on it: 0.0% against 4.0%"
    )  # fmt: skip
    assert best_of((one, looked(), measured_as(400)), (make(2, side=408), looked(), measured_as(400))) == (
        2, "which has more pixels: 166,464 against 160,000"
    )  # fmt: skip
    assert best_of((one, looked(), measured_as(400)), (replace(other, bytes=10_100), looked(), measured_as(400))) == (
        2, "which has more bytes: 10,100 against 10,000"
    )  # fmt: skip
    assert best_of((one, looked(), measured_as(400)), (other, looked(), measured_as(400))) == (1, "which is as good")


def test_the_order_in_which_copies_come_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    copies = [
        (make(n, side=int(rng.integers(380, 500))), replace(looked(), jpeg_quality=int(rng.integers(60, 95))),
         measured_as(float(rng.integers(340, 380))))
        for n in range(12)
    ]  # fmt: skip
    winners = {best_of(*(copies[n] for n in rng.permutation(12)))[0] for _ in range(10)}
    assert len(winners) == 1


def test_groups_hold_kept_pictures_that_are_or_may_be_alike() -> None:
    a, b, c, d, e = (make(n).sha256 for n in range(5))
    found = [near(0, 1, 10), near(2, 3, 60), near(3, 4, 40)]
    judgements: dict[duplicates.Key, duplicates.Judgement] = {(c, d): (None, ""), (d, e): (False, "")}
    pairs = [*duplicates.opinions(found, judgements, (), CONFIG), Pair(b, c, True, 99, by="person")]
    kept = [a, b, c, d, e]
    assert sorted(map(sorted, duplicates.groups(kept, pairs, CONFIG))) == [[a, b, c, d], [e]]
    assert duplicates.groups([a, d], pairs, CONFIG) == [[a], [d]]
    of_persons = duplicates.groups(kept, pairs, CurateConfig(duplicate_bits=5))
    assert sorted(map(sorted, of_persons)) == [[a], [b, c], [d], [e]]
