"""Which of several copies of one picture is the best, and in which way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from curation.copies import Copy
from curation.looks import Look
from housegan.catalog import Picture, Sha256

QUALITY = {"PNG": 100, "WEBP": 80, "GIF": 40, "JPEG": 75}
"""What a format counts as in JPEG's quality where no quantisation tables tell: lossless, usual, 256 colours, usual."""

DETAIL_SLACK = 0.2
"""House fronts that were blown up by 1.5 or 2 measure up to 1.2 times the original's side, and no detail is new."""


@dataclass(frozen=True, slots=True)
class Merit:
    """How good a copy is."""

    sha256: Sha256
    chosen: bool
    """A person wants to keep it."""
    side_px: float
    """Shorter side, inside the border, that would hold all the detail there is."""
    real: float
    """Share of the picture's own side that is, 0 to 1: a copy that was blown up has less."""
    quality: int
    """Of the JPEG, 1 to 100, or what the format counts as."""
    bytes_a_pixel: float
    border: float
    """Share of the area, 0 to 1."""
    text: float
    """Share of the area, 0 to 1."""
    pixels: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _Criterion:
    """One way to be better: `worth` is more for a better copy; what falls short by less than the slack is as good."""

    worth: Callable[[Merit], float]
    says: Callable[[Merit, Merit], str]
    """Which the better one is, with both numbers."""
    relative_slack: float = 0.0
    slack: float = 0.0


CRITERIA = (
    _Criterion(lambda m: m.chosen, lambda a, b: "which a person keeps"),
    _Criterion(
        lambda m: m.side_px, lambda a, b: f"which has more detail: {a.side_px:,.0f} against {b.side_px:,.0f} px",
        relative_slack=DETAIL_SLACK,
    ),
    _Criterion(
        lambda m: m.real, lambda a, b: f"which is less blown up: {_percent(a.real, b.real)} of its side", slack=0.1
    ),
    _Criterion(
        lambda m: m.quality, lambda a, b: f"which is less compressed: quality {a.quality} against {b.quality}", slack=5
    ),
    _Criterion(
        lambda m: m.bytes_a_pixel,
        lambda a, b: f"which is less compressed: {a.bytes_a_pixel:.2f} against {b.bytes_a_pixel:.2f} bytes a pixel",
        relative_slack=0.25,
    ),
    _Criterion(lambda m: -m.border, lambda a, b: f"which has less border: {_percent(a.border, b.border)}", slack=0.01),
    _Criterion(lambda m: -m.text, lambda a, b: f"which has less text on it: {_percent(a.text, b.text)}", slack=0.002),
    _Criterion(lambda m: m.pixels, lambda a, b: f"which has more pixels: {a.pixels:,} against {b.pixels:,}"),
    _Criterion(lambda m: m.bytes, lambda a, b: f"which has more bytes: {a.bytes:,} against {b.bytes:,}"),
)  # fmt: skip
"""In the order in which they count; a later one decides between those that are as good in all before."""


def merit(picture: Picture, look: Look | None, copy: Copy | None, *, chosen: bool) -> Merit:
    """Gather what tells how good a copy is; what wasn't measured counts as perfect."""
    pixels = picture.width * picture.height
    left, top, right, bottom = look.border if look else (0, 0, 0, 0)
    width, height = picture.width - left - right, picture.height - top - bottom
    real = copy.effective_side_px / min(picture.width, picture.height) if copy else 1.0
    quality = look.jpeg_quality if look else None
    return Merit(
        picture.sha256,
        chosen,
        side_px=real * min(width, height),
        real=real,
        quality=QUALITY[picture.format] if quality is None else quality,
        bytes_a_pixel=picture.bytes / pixels,
        border=1 - width * height / pixels,
        text=copy.text_share if copy else 0.0,
        pixels=pixels,
        bytes=picture.bytes,
    )


def best(merits: Mapping[Sha256, Merit]) -> tuple[Sha256, dict[Sha256, str]]:
    """Choose the best, and say of each other in a phrase what is better about the best.

    Criterion by criterion those remain that are about as good as the best of them, so that the order in which copies
    come changes nothing; of copies that are as good in everything the smallest digest stays.
    """
    left = list(merits.values())
    beaten: list[tuple[Merit, _Criterion | None]] = []
    for criterion in CRITERIA:
        top = max(map(criterion.worth, left))
        enough = top - abs(top) * criterion.relative_slack - criterion.slack
        beaten += [(one, criterion) for one in left if criterion.worth(one) < enough]
        left = [one for one in left if criterion.worth(one) >= enough]
    keeper = min(left, key=lambda one: one.sha256)
    beaten += [(one, None) for one in left if one is not keeper]
    return keeper.sha256, {
        one.sha256: criterion.says(keeper, one) if criterion else "which is as good" for one, criterion in beaten
    }


def _percent(one: float, other: float) -> str:
    return f"{one:.1%} against {other:.1%}"
