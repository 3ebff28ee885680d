"""What a catalog holds: facts, sightings and opinions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NewType

Sha256 = NewType("Sha256", str)
By = Literal["machine", "person"]
Verdict = Literal["keep", "reject", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Picture:
    """One row of `images`."""

    sha256: Sha256
    format: str
    width: int
    height: int
    bytes: int
    animated: bool


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a picture was found; several an image. `fetched` is UTC in ISO 8601."""

    source: str
    media_url: str
    post: str = ""
    page_url: str = ""
    title: str = ""
    author: str = ""
    licence: str = ""
    licence_url: str = ""
    score: float | None = None
    created: str = ""


@dataclass(frozen=True, slots=True)
class Crop:
    """A square of the upright original, in px."""

    left: int
    top: int
    side: int


NO_CROP = Crop(0, 0, 0)
"""What a person records to take their crop back: the machine's holds again."""


@dataclass(frozen=True, slots=True)
class Decision:
    """An opinion about one picture: a verdict, a crop, or both."""

    sha256: Sha256
    step: str
    version: int
    config: str
    """Fingerprint of the thresholds that the step went by."""
    verdict: Verdict | None = None
    crop: Crop | None = None
    reason: str = ""
    by: By = "machine"
    confidence: float | None = None
    """How sure a machine is, 0 to 1; None where it doesn't say."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An opinion that two pictures show the same, or don't; `first` < `second`."""

    first: Sha256
    second: Sha256
    same: bool | None
    """None of a machine: it can't tell, a person is to be asked. None of a person: they take their word back."""
    distance: int
    """Bits of the perceptual hashes that differ."""
    by: By = "machine"
    version: int = 0
    """Of the step that says so."""
    config: str = ""
    """Fingerprint of the thresholds that the step went by."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What all opinions about a picture come to."""

    picture: Picture
    verdict: Literal["keep", "reject"]
    step: str
    """Whose verdict it is; empty where nobody objected."""
    reason: str
    crop: Crop | None
    crop_by: By | None = None
    crop_confidence: float | None = None


PICTURE_COLUMNS = "images.sha256, format, width, height, bytes, animated"


def picture_of(row: Iterable[object]) -> Picture:
    """Read the columns of PICTURE_COLUMNS."""
    sha256, format_name, width, height, size, animated = row
    return Picture(sha256, format_name, width, height, size, bool(animated))  # type: ignore[arg-type]


def crop_of(left: int | None, top: int | None, side: int | None) -> Crop | None:
    """Read the three columns of a crop, which are empty together."""
    return None if left is None or top is None or side is None else Crop(left, top, side)
