"""What the page asks to be recorded: checked, and written as one action each."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from curation import audit, topic
from curation.review.state import id_of
from housegan.catalog import NO_CROP, Catalog, Crop, Decision, Pair, Picture, Sha256
from housegan.catalog.persons import Action, known_distance, named, say, say_of_pair, word
from housegan.catalog.undo import TakenBack, take_back
from housegan.web.answers import RefusedError

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Px = Annotated[int, Field(ge=0)]
Seen = Annotated[int, Field(ge=0)]


class Posted(BaseModel):
    """What every action carries: who it is from, and a number by which it is known when it comes twice."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    window: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    number: Annotated[int, Field(gt=0, lt=2**53)]

    @property
    def action(self) -> Action:
        """The action that it is."""
        return Action(self.window, self.number)


class Change(BaseModel):
    """What is said of one picture."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: Id
    seen: Seen
    verdict: Literal["keep", "reject", "withdrawn"] | None = None
    reason: Annotated[str, Field(max_length=200)] = ""
    crop: Annotated[list[Px], Field(min_length=3, max_length=3)] | None = None
    """Left, top and side in px of the original; null takes the person's crop back."""

    @model_validator(mode="after")
    def _says_something(self) -> "Change":
        if self.verdict is None and "crop" not in self.model_fields_set:
            raise ValueError("a change has a verdict or a crop")
        return self


class DecidePost(Posted):
    """POST /api/decide."""

    changes: Annotated[list[Change], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_once(self) -> "DecidePost":
        if len({change.id for change in self.changes}) < len(self.changes):
            raise ValueError("a picture comes once in an action")
        return self


class PairPost(Posted):
    """POST /api/pair."""

    first: Id
    second: Id
    seen: Seen
    same: bool | None
    keep: Id | None = None

    @model_validator(mode="after")
    def _keeps_one_of_them(self) -> "PairPost":
        if self.keep is not None and (not self.same or self.keep not in (self.first, self.second)):
            raise ValueError("keep names one of two pictures that are the same")
        return self


class UndoPost(Posted):
    """POST /api/undo."""


class FilterPost(BaseModel):
    """POST /api/filter."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    do: Literal["reject", "undo"]


def decide(catalog: Catalog, posted: DecidePost) -> tuple[list[Sha256], list[Sha256]]:
    """Record decisions on pictures; returns all of them, and those on which another window was faster.

    Where there is one of those, nothing is recorded. Raises RefusedError.
    """
    pictures = _named(catalog, [change.id for change in posted.changes])
    words = [_word(posted.action, pictures[change.id], change) for change in posted.changes]
    seen = {pictures[change.id].sha256: change.seen for change in posted.changes}
    return list(seen), say(catalog, posted.action, words, seen)


def decide_pair(catalog: Catalog, posted: PairPost) -> tuple[tuple[Sha256, Sha256], bool]:
    """Record what a person says of a pair; returns it, and whether it was recorded: else another window was faster.

    Raises RefusedError.
    """
    pictures = _named(catalog, [posted.first, posted.second])
    first, second = sorted(picture.sha256 for picture in pictures.values())
    bits = known_distance(catalog, first, second)
    if bits is None:
        raise RefusedError(404, "Nobody has compared these two pictures.")
    pair = Pair(first, second, posted.same, bits, reason="" if posted.same is None else "a person says so")
    words = [word(posted.action, pictures[posted.keep].sha256, verdict="keep")] if posted.keep else []
    return (first, second), say_of_pair(catalog, posted.action, pair, words, seen=posted.seen)


def undo(catalog: Catalog, posted: UndoPost) -> TakenBack:
    """Take back the window's last action."""
    return take_back(catalog, posted.action)


def let_filter(catalog: Catalog, posted: FilterPost, probabilities: Mapping[Sha256, float]) -> int:
    """Let the filter reject what it is sure of, or take all its rejections back; returns of how many pictures.

    Raises RefusedError where the audit, by all that has been said until now, doesn't allow it.
    """
    if posted.do == "undo":
        decisions = topic.taken_back(catalog.opinions(topic.NAME))
    else:
        words = catalog.person_words()
        unjudged = topic.open_ones(catalog.resolved(), words)
        standing = audit.standing(list(catalog.opinions(audit.NAME)), topic.labels(words), unjudged)
        if not standing.passes:
            raise RefusedError(
                400, f"The filter may not reject yet: {standing.needed} more of what it would reject have to be judged."
            )
        decisions = topic.rejections(probabilities, unjudged)
    catalog.record(decisions)
    return len(decisions)


def _word(action: Action, picture: Picture, change: Change) -> Decision:
    square = None
    if "crop" in change.model_fields_set:
        square = NO_CROP if change.crop is None else Crop(*change.crop)
        if change.crop is not None and not _lies_in(square, picture):
            raise RefusedError(400, f"The crop {change.crop} is no square of {picture.width} × {picture.height} px.")
    return word(action, picture.sha256, verdict=change.verdict, crop=square, reason=change.reason)


def _lies_in(square: Crop, picture: Picture) -> bool:
    right, bottom = square.left + square.side, square.top + square.side
    return square.side > 0 and right <= picture.width and bottom <= picture.height


def _named(catalog: Catalog, ids: Sequence[str]) -> dict[str, Picture]:
    found = {id_of(picture.sha256): picture for picture in named(catalog, ids)}
    if missing := [id_ for id_ in ids if id_ not in found]:
        raise RefusedError(404, f"There is no picture {missing[0]} (any more).")
    return found
