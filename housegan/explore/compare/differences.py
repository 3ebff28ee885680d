"""Tables of the page: numbers, values of the configs that differ, and what the rows of pictures mean."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from housegan.explore.compare.gathering import Side
from housegan.run.metrics import Judged

Better = Literal["lower", "higher"]
NONE = "–"
_UNSAID = ("recipe.title", "recipe_name")
"""Words for people; they say nothing of what was done."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: one cell a run."""

    name: str
    cells: Sequence[str]
    best: Sequence[bool]
    """Which cells stand out."""
    about: str = ""


def numbers(sides: Sequence[Side]) -> list[Row]:
    """What was measured; the best stands out only where all are measured against the same pictures."""
    fair = comparable(sides)
    return [
        _of(sides, "images", lambda side: f"{side.moment.images:,}"),
        _of(sides, "stage", lambda side: f"{side.moment.stage}, epoch {side.moment.epoch:,.1f}"),
        _of(sides, "hours until then", lambda side: NONE if side.hours is None else f"{side.hours:,.2f}"),
        _judged(sides, "KID", lambda one: f"{one.kid_lite0:.3f} ± {one.kid_lite0_error:.3f}",
                lambda one: one.kid_lite0, better="lower" if fair else None),
        _judged(sides, "KID, real against real", lambda one: f"{one.kid_lite0_real:.3f}"),
        _judged(sides, "recall", lambda one: f"{one.recall:.3f}", lambda one: one.recall,
                better="higher" if fair else None),
        _judged(sides, "precision", lambda one: f"{one.precision:.3f}", lambda one: one.precision,
                better="higher" if fair else None),
        _judged(sides, "judged at", lambda one: f"{one.images:,} images"),
        _of(sides, "pictures", lambda side: f"{side.size} × {side.size} px"),
        _of(sides, "length of z", lambda side: f"{side.z:,}"),
        _of(sides, "generator's weights", lambda side: f"{side.weights:,}"),
    ]  # fmt: skip


def comparable(sides: Sequence[Side]) -> bool:
    """Whether all are judged against the same pictures at the same size, so that their figures can be ranked."""
    against = {(side.judged and side.judged.stage, _packs(side), side.size) for side in sides if side.judged}
    return len(against) == 1


def differing(sides: Sequence[Side]) -> tuple[list[Row], int]:
    """The values of the configs that aren't the same in all runs, and how many others are."""
    flats = [flattened(side.config.model_dump(mode="json")) for side in sides]
    names = list(dict.fromkeys(name for flat in flats for name in flat if name not in _UNSAID))
    rows, same = [], 0
    for name in names:
        cells = [_word(flat.get(name)) for flat in flats]
        if len(set(cells)) == 1:
            same += 1
        else:
            rows.append(Row(name, cells, [False] * len(cells)))
    return rows, same


def flattened(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one, by dotted names."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= flattened(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def of_latents(sides: Sequence[Side]) -> str:
    """Say what it means that a row is one seed."""
    by_length = sorted(sides, key=lambda side: side.z)
    groups = [(z, [side.run.name for side in some]) for z, some in groupby(by_length, key=lambda side: side.z)]
    if len(groups) == 1:
        return (
            f"A row is one seed, and so the very same latent of {groups[0][0]:,} numbers in every run. Pictures of a "
            "row resemble each other where runs share the weights they began with; else each has its own idea of it."
        )
    lengths = "; ".join(f"{z:,} numbers in {', '.join(names)}" for z, names in groups)
    return (
        f"A row is one seed. Latents have {lengths}: where they are of one length they are the very same numbers, "
        "between different lengths a row has nothing in common but its seed."
    )


def _packs(side: Side) -> tuple[str, str] | None:
    used = side.config.finetune if side.moment.stage == "finetune" else side.config.pretrain
    return (used.name, used.pack) if used else None


def _of(sides: Sequence[Side], name: str, word: Callable[[Side], str]) -> Row:
    return Row(name, [word(side) for side in sides], [False] * len(sides))


def _judged(
    sides: Sequence[Side], name: str, word: Callable[[Judged], str],
    value: Callable[[Judged], float] | None = None, *, better: Better | None = None,
) -> Row:  # fmt: skip
    """A row about evaluations: a dash where there is none."""
    cells = [word(side.judged) if side.judged else NONE for side in sides]
    known = [value(side.judged) for side in sides if side.judged] if value else []
    if value is None or better is None or len(known) < 2:
        return Row(name, cells, [False] * len(cells))
    best = min(known) if better == "lower" else max(known)
    marks = [side.judged is not None and value(side.judged) == best for side in sides]
    return Row(name, cells, marks, f"{better} is better")


def _word(value: Any) -> str:
    if value is None:
        return NONE
    if isinstance(value, list):
        return ", ".join(map(_word, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.10g}" if isinstance(value, float) else str(value)
