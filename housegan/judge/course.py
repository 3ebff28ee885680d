"""Judging a run while it trains: every so many images, in a small share of the time.

When is settled by images and by what steps and evaluations cost in multiply-adds, not by the clock, so that a resumed
run writes the lines of an undisturbed one.
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from housegan.config import Recipe, StageConfig
from housegan.dataset import TrainingSet, as_bytes
from housegan.errors import HouseganError
from housegan.features import MULTIPLY_ADDS, VERSION, described, network
from housegan.files import being_written
from housegan.judge.evaluation import LEAST, References, findings
from housegan.judge.verdict import verdict
from housegan.networks import detail_multiply_adds, multiply_adds
from housegan.randomness import generator_for
from housegan.run.folder import Run
from housegan.run.metrics import Evaluation, Judged, evaluations, ticks
from housegan.run.snapshots import Moment

SHARE = {"fp32": 0.03}
"""Of the time that judging may take, by what training computes in;"""
SHARE_OF_REDUCED = 0.01
"""with reduced precision steps take about a third of the time, judging as long as ever."""
MOST_TRAINING, MOST_HELD_OUT = 1_000, 500
"""Real pictures that are described of a stage, drawn at random where there are more."""

log = logging.getLogger(__name__)


class Shown(Protocol):
    """A stage of training, as far as judging goes."""

    @property
    def config(self) -> StageConfig:
        """How it trains."""

    @property
    def data(self) -> TrainingSet:
        """What it trains on."""

    @property
    def held_out(self) -> NDArray[np.uint8]:
        """Pictures of the same kind that nobody trains on, N × s × s × 3."""


class Judge:
    """Evaluates the generator's moving average beside a stage's pictures, which it describes once for each run."""

    def __init__(
        self, run: Run, recipe: Recipe, stages: Mapping[str, Shown], *, seed: int, device: torch.device, precision: str
    ) -> None:
        self.run, self.recipe, self.stages = run, recipe, stages
        self.seed, self.device = seed, device
        self._share = SHARE.get(precision, SHARE_OF_REDUCED)
        self._history: list[Judged] = []
        self._stage = ""

    def begin(self, stage: str) -> None:
        """Turn to a stage, or go on with it after what its lines in metrics.jsonl tell."""
        self._stage = stage
        self._history = [judged for judged in evaluations(self.run) if judged.stage == stage]
        shown = self.stages[stage]
        self._training = min(len(shown.data), MOST_TRAINING)
        self._silent = not self.recipe.watch.judge_samples or self._training < LEAST
        self._references: References | None = None

    def flat(self, *, side: int) -> bool:
        """Whether the stage has had no new best for long since it has grown to `side`, see `housegan.judge.verdict`."""
        history = [judged for judged in self._history if judged.side == side]
        return bool(history) and verdict(history).flat

    def due(self, stage_images: int, *, work: float) -> bool:
        """Whether enough was trained since the last evaluation for the next one to be a small share of it.

        `work` is how many images at the full size would have been as much work as the stage's so far.
        """
        if self._silent:
            return False
        done, watch = len(self._history), self.recipe.watch
        if watch.judge_images:
            return stage_images >= (done + 1) * watch.judge_images
        model = self.recipe.model
        drawing = multiply_adds(model, model.generator_channels) + detail_multiply_adds(model)
        judging = multiply_adds(self.recipe.model, self.recipe.model.discriminator_channels)
        shared = self.stages[self._stage].config.generator_batch == "shared"
        step = 8 * judging + (3 if shared else 4) * drawing  # forwards, and twice as much for each way back
        described_once = self._training + min(len(self.stages[self._stage].held_out), MOST_HELD_OUT)
        cost = described_once * MULTIPLY_ADDS + (done + 1) * watch.judge_samples * (drawing + MULTIPLY_ADDS)
        return self._share * work * step >= cost

    def judge(self, moment: Moment, *, stage_images: int, side: int, draw: Callable[[Tensor], Tensor]) -> Judged | None:
        """Evaluate what `draw`, which has grown to `side`, makes of latents: N×z to N×3×s×s in [-1, 1].

        None where that can't be. The same latents each time, so that what changes is the generator.
        """
        try:
            references = self._references or self._described()
            self._references = references
            z = torch.randn(
                self.recipe.watch.judge_samples, self.recipe.model.z, generator=generator_for(self.seed, "judge")
            )
            generated = described(as_bytes(draw(z)), by=network(device=self.device.type))
            found = findings(references, generated, seed=self.seed)
        except (HouseganError, torch.OutOfMemoryError) as error:
            log.warning("This stage is not judged any more: %s", error)
            self._silent = True
            return None
        real, fake = self._scores()
        evaluation = Evaluation.model_validate(
            {**moment.model_dump(), "stage_images": stage_images, "side": side, "score_real": real, "score_fake": fake}
            | found.facts()
        )
        said = verdict([*self._history, evaluation])
        judged = Judged(**evaluation.model_dump(), verdict=said.kind, said=said.sentence)
        self._history.append(judged)
        return judged

    def _scores(self) -> tuple[float, float]:
        """The discriminator's mean scores in the ticks since the last evaluation."""
        since = self._history[-1].images if self._history else 0
        lines = [line for line in ticks(self.run) if line["stage"] == self._stage]
        lately = [line for line in lines if line["images"] > since] or lines[-1:]
        if not lately:
            return 0.5, 0.5
        real, fake = (float(np.mean([line[f"score_{kind}"] for line in lately])) for kind in ("real", "fake"))
        return round(real, 4), round(fake, 4)

    def _described(self) -> References:
        """Describe the stage's real pictures, or read what an earlier process of this run found."""
        shown, path = self.stages[self._stage], self.run.path / "real" / f"{self._stage}.npz"
        chosen = _drawn(len(shown.data), MOST_TRAINING, seed=self.seed)
        others = _drawn(len(shown.held_out), MOST_HELD_OUT, seed=self.seed)
        if (kept := _read(path, len(chosen), len(others))) is not None:
            return kept
        here = network(device=self.device.type)
        training = described(shown.data.pictures(torch.from_numpy(chosen)), by=here)
        found = References(training, described(shown.held_out[others], by=here))
        path.parent.mkdir(exist_ok=True)
        with being_written(path) as temporary, temporary.open("wb") as file:
            np.savez(file, version=VERSION, training=found.training, held_out=found.held_out)
        return found


def _drawn(count: int, most: int, *, seed: int) -> NDArray[np.int64]:
    """Which of `count` pictures to take, at most `most`, in order."""
    return np.sort(np.random.default_rng(seed).permutation(count)[:most])


def _read(path: Path, training: int, held_out: int) -> References | None:
    """What was kept; None where nothing was, or it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            if str(kept["version"]) != VERSION:
                return None
            found = References(kept["training"], kept["held_out"])
    except (OSError, ValueError, KeyError, BadZipFile):
        return None
    return found if (len(found.training), len(found.held_out)) == (training, held_out) else None
