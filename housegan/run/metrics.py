"""`metrics.jsonl`: what training wrote down, ticks and evaluations, each at its number of images shown."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeVar

from housegan.config import Part
from housegan.run.folder import Run
from housegan.run.lines import read_lines

Held = TypeVar("Held", bound="Evaluation")


class Evaluation(Part):
    """What was measured at one moment of a run: a generator beside real pictures, and real beside real.

    KID is as `housegan.judge.kid` has it, on EfficientNet-Lite0; the other figures as `housegan.judge.neighbourhoods`.
    """

    stage: str
    """Pretrain or finetune."""
    images: int
    """Images shown since the run began."""
    stage_images: int
    """Images shown since the stage began."""
    epoch: float
    """Passes over the stage's pictures."""
    side: int = 0
    """Side, in px, up to which the generator had grown, beyond which its pictures are enlarged and soft; 0 in lines
    from before this was written."""
    samples: int
    """Generated pictures that were judged."""
    kid_lite0: float
    """Of the generated pictures against the real ones; lower is better, around 0 perfect."""
    kid_lite0_error: float
    """Its standard error."""
    kid_lite0_real: float
    """Of one half of the real pictures against the other: what a perfect generator would get."""
    precision: float
    """Share of generated pictures among the real ones."""
    recall: float
    """Share of real pictures among the generated ones."""
    density: float
    """How thickly the real ones lie around the generated; 1 for the same distribution."""
    coverage: float
    """Share of real pictures with a generated one near."""
    precision_real: float
    """The same of one half of the real pictures against the other; so are the next three."""
    recall_real: float
    """As `recall`."""
    density_real: float
    """As `density`."""
    coverage_real: float
    """As `coverage`."""
    copying: bool | None
    """Whether it copies its training pictures; null where there are too few to say."""
    copying_z: float | None
    """C_T; far below 0 is copying or shrinking. Null where there are too few to say, as in the next."""
    copying_close: float | None
    """Share of generated pictures as close to a single training picture as a twentieth of the unseen ones are."""
    score_real: float
    """The discriminator's mean score of real pictures since the evaluation before, in [0, 1]."""
    score_fake: float
    """The same of generated ones."""


class Judged(Evaluation):
    """One line of metrics.jsonl: an evaluation and what to think of it."""

    verdict: str
    """`improving`, `flat` and so on: a kind of `housegan.judge.verdict`."""
    said: str
    """The verdict in a sentence."""


def ticks(run: Run) -> list[dict[str, Any]]:
    """The lines about losses and scores, the earliest first."""
    return [line for line in _lines(run) if "kid_lite0" not in line]


def stage_ends(lines: Sequence[Mapping[str, Any]]) -> list[int]:
    """Images shown at the end of each stage but the last, by the ticks of a run."""
    return [before["images"] for before, after in pairwise(lines) if before["stage"] != after["stage"]]


def stage_begins(lines: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Images shown when each stage began, in their order, by the ticks of a run."""
    firsts = {line["stage"]: line["images"] - line["stage_images"] for line in reversed(lines)}
    return dict(sorted(firsts.items(), key=lambda first: first[1]))


def stage_and_epoch(images: int, lines: Sequence[Mapping[str, Any]]) -> tuple[str, float]:
    """In which stage, and after how many of its epochs, so many images were shown; by ticks, of which there is one."""
    line = lines[min(bisect_left(lines, images, key=lambda line: int(line["images"])), len(lines) - 1)]
    begun = line["images"] - line["stage_images"]
    return line["stage"], line["epoch"] * (images - begun) / max(line["stage_images"], 1)


def evaluations(run: Run) -> list[Judged]:
    """The lines of evaluations, the earliest first."""
    return [Judged.model_validate(line) for line in _lines(run) if "kid_lite0" in line]


def best(judged: Sequence[Held]) -> Held | None:
    """Find the lowest KID among the most grown that don't copy, the first of equals; None where there is none."""
    original = (each for each in judged if not each.copying)
    return min(original, key=lambda each: (-each.side, each.kid_lite0), default=None)


def _lines(run: Run) -> list[dict[str, Any]]:
    return read_lines(run.path / "metrics.jsonl")
