"""What a page is shown of a catalog: which pictures, what is said of each, and how many there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from housegan.catalog.rows import By, Crop, Sha256

Show = Literal["all", "kept", "rejected", "doubtful", "unjudged", "filtered"]
Order = Literal["digest", "uncertain", "title"]

ID_DIGITS = 16
"""A page names a picture by so many of its digest's digits."""

FILTER = "topic"
"""The step whose rejections are shown as `filtered`."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture, its story, and what all opinions about it come to."""

    sha256: Sha256
    format: str
    width: int
    height: int
    title: str
    author: str
    licence: str
    source: str
    page_url: str
    verdict: Literal["keep", "reject"]
    by: By | None
    """Whose verdict it is; None where nobody objected."""
    step: str
    reason: str
    machine_verdict: Literal["keep", "reject"]
    """What the machines say by themselves, whatever a person says."""
    machine_step: str
    machine_reason: str
    seen: int
    """The last row in which a person says something of the picture; 0 without."""
    doubtful: bool
    """Whether the machine is not sure of its crop, and no person has said anything yet of a picture that is kept."""
    probability: float | None
    confidence: float | None
    """How sure the machine is of its crop."""
    person_crop: Crop | None
    machine_crop: Crop | None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pictures, and in which order; what is empty asks for nothing."""

    show: Show = "all"
    step: str = ""
    kind: str = ""
    """The reason of a rejection up to the colon."""
    source: str = ""
    """One of the places where it was found."""
    q: str = ""
    """Words, all of which are in titles or authors."""
    order: Order = "digest"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many pictures there are of each kind."""

    found: int
    kept: int
    judged: int
    """By persons."""
    open: int
    """Kept, and judged by nobody."""
    doubtful: int
    rejected: Mapping[str, int]
    """By their reasons up to the colon, the most frequent first."""
    steps: tuple[str, ...]
    sources: tuple[str, ...]
    filtered: int
    """Rejected by the filter."""
