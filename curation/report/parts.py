"""The parts of the report: what stands on the page but the pictures themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from curation.report.charts import Histogram
from housegan.catalog import Crop, Picture, Sha256


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture on the page, with what is said of it there."""

    picture: Picture
    title: str
    author: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A kind of rejection."""

    kind: str
    count: int
    examples: Sequence[Shown]


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures that show the same: the one that stands for all, None where that can't be told, and the others."""

    winner: Shown | None
    losers: Sequence[Shown]
    kept: bool
    """Whether the winner is kept: a person may have rejected it for another reason."""
    more: int
    """Losers that aren't shown."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two kept pictures of which no machine can tell whether they show the same."""

    first: Shown
    second: Shown
    distance: int
    reason: str


@dataclass(frozen=True, slots=True)
class Square:
    """A final crop; its frame is in shares of the upright original's width and height."""

    shown: Shown
    crop: Crop
    doubtful: bool
    by_person: bool
    confidence: float | None
    frame: tuple[float, float, float, float]
    """Left, top, width, height."""


@dataclass(frozen=True, slots=True)
class Share:
    """A line of a table: how many of all that were found, and of those that are kept."""

    name: str
    found: int
    kept: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """A field of the config's `curate:`."""

    name: str
    value: str
    changed: bool
    """Whether it is another than the default."""
    meaning: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that stands on the page but the pictures themselves. Lists are cut; the counts beside them are of all."""

    name: str
    title: str
    story: str
    when: datetime
    version: str
    found: int
    extra_sightings: int
    kept: int
    reasons: Sequence[Reason]
    groups: Sequence[Group]
    groups_in_all: int
    doubts: Sequence[Doubt]
    doubts_in_all: int
    squares: Sequence[Square]
    doubtful_in_all: int
    crops_by_person: int
    enlarged: int
    """Kept pictures whose crop has fewer px than the pack's side."""
    size: int
    sides: Histogram
    measures: Sequence[Histogram]
    sources: Sequence[Share]
    licences: Sequence[Share]
    authors: int
    without_author: int
    """Kept pictures whose author nobody named."""
    thresholds: Sequence[Threshold]
    crops: Mapping[Sha256, Crop]
    """The square of every kept picture, shown or not."""
    pictures: Mapping[Sha256, Picture]
    """Every picture that is kept or shown."""

    @property
    def doubtful(self) -> list[Square]:
        """Crops that wait for a person, the least sure first."""
        return [square for square in self.squares if square.doubtful]

    @property
    def sure(self) -> list[Square]:
        """The other crops that are shown."""
        return [square for square in self.squares if not square.doubtful]

    @property
    def whole(self) -> set[Sha256]:
        """Pictures that are shown whole, not only as their crop."""
        shown = [example for reason in self.reasons for example in reason.examples]
        shown += [one for group in self.groups for one in (group.winner, *group.losers) if one]
        shown += [one for doubt in self.doubts for one in (doubt.first, doubt.second)]
        shown += [square.shown for square in self.doubtful]
        return {one.picture.sha256 for one in shown}
