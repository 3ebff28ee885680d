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
    phash: str
    contrast: float


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


@dataclass(frozen=True, slots=True)
class Pair:
    """An opinion that two pictures show the same, or don't; `first` < `second`."""

    first: Sha256
    second: Sha256
    same: bool
    distance: int
    by: By = "machine"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What all opinions about a picture come to."""

    picture: Picture
    verdict: Literal["keep", "reject"]
    step: str
    """Whose verdict it is; empty where nobody objected."""
    reason: str
    crop: Crop | None


PICTURE_COLUMNS = "images.sha256, format, width, height, bytes, animated, phash, contrast"


def picture_of(row: Iterable[object]) -> Picture:
    """Read the columns of PICTURE_COLUMNS."""
    sha256, format_name, width, height, size, animated, phash, contrast = row
    return Picture(sha256, format_name, width, height, size, bool(animated), phash, contrast)  # type: ignore[arg-type]
