from dataclasses import replace
from typing import Any

import pytest

from curation import quality
from curation.looks import Look
from curation.opinions import fingerprint, kind
from housegan.catalog import Picture, Sha256
from housegan.config import CurateConfig

GOOD = Look(
    hashes=("0" * 64,) * 8, border=(0, 0, 0, 0), contrast=50.0, brightness=120.0, sharpness=0.6, saturation=0.2,
    collage=0.1, filled=0.0, jpeg_quality=90,
)  # fmt: skip


def picture(number: int = 1, *, width: int = 300, height: int = 300) -> Picture:
    return Picture(Sha256(f"{number:064x}"), "JPEG", width, height, 10_000, False)


def complaint(look: Look = GOOD, *, width: int = 300, height: int = 300, **config: float) -> str:
    return quality.complaint(picture(width=width, height=height), look, CurateConfig.model_validate(config))


def test_a_picture_at_the_threshold_is_kept_and_one_pixel_less_is_too_small() -> None:
    pictures = [picture(1, width=192, height=192), picture(2, width=191, height=191)]
    kept, small = quality.decide(pictures, {p.sha256: GOOD for p in pictures}, {}, CurateConfig())
    assert (kept.verdict, kept.reason) == ("keep", "")
    assert (small.verdict, small.reason) == ("reject", "too small: 191 × 191 is smaller than 192 px")
    assert {(d.step, d.version) for d in (kept, small)} == {("quality", 2)}


def test_a_flat_picture_is_rejected_with_its_contrast() -> None:
    assert complaint(replace(GOOD, contrast=4.0)) == ""
    assert complaint(replace(GOOD, contrast=1.24)) == "nearly flat: contrast 1.2 under 4"
    assert quality.is_flat(replace(GOOD, contrast=3.9), CurateConfig())
    assert not quality.is_flat(replace(GOOD, contrast=3.9), CurateConfig(min_contrast=3.9))


@pytest.mark.parametrize(
    ("changes", "config", "reason"),
    [
        ({"sharpness": 0.21}, {}, "blurred: sharpness 0.210 under 0.28"),
        ({"brightness": 7.4}, {}, "too dark: brightness 7.4 under 8"),
        ({"brightness": 251.0}, {}, "too bright: brightness 251.0 over 245"),
        ({"saturation": 0.011}, {"min_saturation": 0.03}, "grey: saturation 0.011 under 0.03"),
        ({"collage": 0.81}, {}, "collage: seams 0.81 over 0.55"),
        ({"filled": 0.4}, {}, "foot missing: 40.0% filled with one grey, more than 5.0%"),
    ],
)
def test_every_fault_has_a_reason_with_both_numbers(
    changes: dict[str, Any], config: dict[str, Any], reason: str
) -> None:
    assert complaint(replace(GOOD, **changes), **config) == reason


def test_each_threshold_can_be_set_so_that_it_objects_to_nothing() -> None:
    bad = Look(("0" * 64,) * 8, (0, 0, 0, 0), 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, None)
    lenient = {
        "min_side_px": 1, "max_aspect": 1000, "min_contrast": 0, "min_sharpness": 0, "min_brightness": 0,
        "max_brightness": 255, "min_saturation": 0, "max_collage": 1, "max_filled": 1, "max_border": 1,
    }  # fmt: skip
    assert set(lenient) == quality.THRESHOLDS
    assert complaint(bad, width=900, height=1, **lenient) == ""
    assert complaint(replace(bad, brightness=255.0), **lenient) == ""


def test_grey_pictures_are_taken_unless_colour_is_asked_for() -> None:
    assert complaint(replace(GOOD, saturation=0.0)) == ""


def test_a_narrow_picture_is_rejected_whichever_way_it_lies() -> None:
    assert complaint(width=900, height=300) == ""
    assert complaint(width=1200, height=300) == "too narrow: 1,200 × 300 is 4.00 to 1, more than 3"
    assert kind(quality.decide([picture(width=300, height=1200)], {picture().sha256: GOOD}, {}, CurateConfig())[0]) == (
        "too narrow"
    )


def test_what_counts_is_the_picture_inside_its_border() -> None:
    framed = replace(GOOD, border=(60, 60, 60, 60))
    assert complaint(framed, width=400, height=400) == ""
    framed = replace(GOOD, border=(60, 0, 60, 0))
    assert complaint(framed) == "too small: 180 × 300 inside its border is smaller than 192 px"
    barred = replace(GOOD, border=(0, 90, 0, 90))
    assert (
        complaint(barred, width=700, height=380) == "too narrow: 700 × 200 inside its border is 3.50 to 1, more than 3"
    )


def test_a_picture_that_is_mostly_border_is_rejected_as_such() -> None:
    framed = replace(GOOD, border=(100, 100, 100, 100))
    assert complaint(framed, width=600, height=600) == ""
    assert complaint(framed, width=500, height=500) == "mostly border: 64.0% of the area, more than 60.0%"


def test_the_first_reason_is_the_one_that_says_most() -> None:
    nothing = replace(GOOD, contrast=0.0, sharpness=0.0, saturation=0.0)
    assert complaint(nothing).startswith("nearly flat")
    assert complaint(replace(nothing, brightness=0.0)).startswith("too dark")
    assert complaint(replace(nothing, filled=1.0)).startswith("foot missing")


def test_what_can_not_be_read_any_more_is_rejected_with_its_reason() -> None:
    there, gone = picture(1), picture(2)
    decisions = quality.decide(
        [there, gone], {there.sha256: GOOD}, {gone.sha256: "its bytes are not those that came"}, CurateConfig()
    )
    assert [d.verdict for d in decisions] == ["keep", "reject"]
    assert decisions[1].reason == "unreadable: its bytes are not those that came"
    assert kind(decisions[1]) == "unreadable"


def test_the_fingerprint_follows_only_the_thresholds_that_the_step_uses() -> None:
    plain = fingerprint(CurateConfig(), quality.THRESHOLDS)
    assert fingerprint(CurateConfig(size=128, duplicate_bits=3), quality.THRESHOLDS) == plain
    for changed in (CurateConfig(min_side_px=100), CurateConfig(min_sharpness=0.1), CurateConfig(max_collage=1)):
        assert fingerprint(changed, quality.THRESHOLDS) != plain
