from curation import quality
from curation.opinions import fingerprint
from housegan.catalog import Picture, Sha256
from housegan.config import CurateConfig


def make(number: int, *, side: int = 300, contrast: float = 50.0) -> Picture:
    return Picture(Sha256(f"{number:064x}"), "JPEG", side, side, 10_000, False, "0" * 64, contrast)


def test_a_picture_at_the_threshold_is_kept_and_one_pixel_less_is_too_small() -> None:
    kept, small = quality.decide([make(1, side=192), make(2, side=191)], CurateConfig())
    assert (kept.verdict, kept.reason) == ("keep", "")
    assert (small.verdict, small.reason) == ("reject", "too small: 191 × 191 is smaller than 192 px")


def test_a_flat_picture_is_rejected_with_its_contrast() -> None:
    kept, flat = quality.decide([make(1, contrast=4.0), make(2, contrast=1.24)], CurateConfig())
    assert kept.verdict == "keep"
    assert (flat.verdict, flat.reason) == ("reject", "nearly flat: contrast 1.2 under 4")


def test_the_fingerprint_follows_only_the_thresholds_that_the_step_uses() -> None:
    plain = fingerprint(CurateConfig(), quality.THRESHOLDS)
    assert fingerprint(CurateConfig(size=128, duplicate_bits=3), quality.THRESHOLDS) == plain
    assert fingerprint(CurateConfig(min_side_px=100), quality.THRESHOLDS) != plain
