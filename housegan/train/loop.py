"""The loop: pictures in, networks updated, and now and then something written into the run folder.

One clock, images shown; all randomness follows from the seed and that clock, so that a resumed run is the same run.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from housegan.augment import augment, draws
from housegan.config import Recipe, StageConfig
from housegan.dataset import TrainingSet, as_bytes
from housegan.errors import HouseganError
from housegan.files import write_whole
from housegan.randomness import generator_for
from housegan.run.checkpoints import load_last, save_checkpoint
from housegan.run.folder import Run, append_line, forget_after
from housegan.run.snapshots import Moment, save_snapshot, snapshot_due, snapshots, thin
from housegan.sheets import png, tiled
from housegan.train.state import TrainingState
from housegan.train.step import summed_up, training_step


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage trains on, how, and how long."""

    name: str
    config: StageConfig
    data: TrainingSet

    @property
    def images(self) -> int | None:
        """The budget in images; None where the clock ends it."""
        budget = self.config.budget
        return budget.images or (max(round(budget.epochs * len(self.data)), 1) if budget.epochs else None)


@dataclass(frozen=True, slots=True)
class Tick:
    """How training stands."""

    stage: Stage
    images: int
    stage_images: int
    seconds_left: float
    images_per_second: float
    values: dict[str, float]
    """The last line of metrics.jsonl."""


class Watcher(Protocol):
    """Who is told how training goes, and may ask it to stop."""

    def resumed(self, images: int) -> None:
        """A checkpoint was found; training goes on after so many images."""

    def begin(self, stage: Stage, *, done: int) -> None:
        """A stage begins, or goes on after `done` of its images."""

    def stop_requested(self) -> bool:
        """Whether to save and end after this step."""

    def step(self, batch: int) -> None:
        """A step is done."""

    def tick(self, tick: Tick) -> None:
        """A line was written."""


def train(
    run: Run, recipe: Recipe, stages: Sequence[Stage], *, seed: int, device: torch.device, precision: str,
    watcher: Watcher,
) -> bool:  # fmt: skip
    """Train the stages that are left, from the last checkpoint on; return whether all came to their end."""
    state = TrainingState(recipe, stages[0].config, seed=seed, device=device)
    saved = load_last(run)
    if saved:
        state.restore(saved)
        state.follow(stages[state.stage].config)
        watcher.resumed(state.images)
    _forget_after(run, state.images if saved else -1)
    z = torch.randn(recipe.watch.grid**2, recipe.model.z, generator=generator_for(seed, "grid"))
    session = _Session(run, recipe, state, z)
    if not saved:
        session.snapshot(stages[0])
    while True:
        stage = stages[state.stage]
        _show_batch(run, stage, seed=seed)
        watcher.begin(stage, done=state.stage_images)
        if not session.run_stage(stage, seed=seed, precision=precision, watcher=watcher):
            return False
        if state.stage + 1 == len(stages):
            write_whole(run.path / "finished", b"")
            return True
        state.begin_stage(state.stage + 1, stages[state.stage + 1].config)


class _Session:
    """One process's part of a run: keeps the time between the things that are written."""

    def __init__(self, run: Run, recipe: Recipe, state: TrainingState, z: torch.Tensor) -> None:
        self.run, self.watch, self.state, self.z = run, recipe.watch, state, z
        self.clock = self.last_checkpoint = time.monotonic()
        self.last_tick = (state.images, state.seconds)

    def run_stage(self, stage: Stage, *, seed: int, precision: str, watcher: Watcher) -> bool:
        """Train until the stage's budget is used up; False where the watcher stopped it before."""
        state, config = self.state, stage.config
        while not _over(state, stage):
            real = stage.data.batch(state.stage_images, config.batch)
            state.tally += training_step(state, real, config, seed=seed, precision=precision)
            state.images += config.batch
            state.stage_images += config.batch
            state.update_average(config.batch)
            self._pass_time()
            watcher.step(config.batch)

            over = _over(state, stage)
            if state.images // self.watch.tick_images > (state.images - config.batch) // self.watch.tick_images or over:
                watcher.tick(self._tick(stage))
            if over or snapshot_due(state.stage_images, state.last_snapshot, self.watch):
                self.snapshot(stage)
            stop = watcher.stop_requested()
            if over or stop or time.monotonic() - self.last_checkpoint > self.watch.checkpoint_minutes * 60:
                self._checkpoint(stage)
            if stop and not over:
                return False
        return True

    def snapshot(self, stage: Stage) -> None:
        """Keep the generator, and what it draws from the fixed latents."""
        state = self.state
        _refuse_if_broken(state, stage)
        epoch = state.stage_images / len(stage.data)
        save_snapshot(self.run, state.average, Moment(stage=stage.name, images=state.images, epoch=epoch))
        (self.run.path / "samples").mkdir(exist_ok=True)
        grid = tiled(as_bytes(state.draw(self.z)), columns=self.watch.grid)
        write_whole(self.run.path / "samples" / f"{state.images:012d}.png", png(grid))
        state.last_snapshot = state.stage_images
        thin(self.run, disk_mb=self.watch.snapshot_disk_mb)

    def _tick(self, stage: Stage) -> Tick:
        state = self.state
        _refuse_if_broken(state, stage)
        values = summed_up(state.tally)
        state.tally.zero_()
        epoch = round(state.stage_images / len(stage.data), 4)
        append_line(
            self.run.path / "metrics.jsonl",
            {"images": state.images, "stage": stage.name, "stage_images": state.stage_images, "epoch": epoch} | values,
        )
        images_before, seconds_before = self.last_tick
        rate = (state.images - images_before) / max(state.seconds - seconds_before, 1e-9)
        self.last_tick = (state.images, state.seconds)
        append_line(
            self.run.path / "timing.jsonl",
            {"images": state.images, "seconds": round(state.seconds, 3), "images_per_second": round(rate, 2)},
        )
        return Tick(
            stage, state.images, state.stage_images, _seconds_left(state, stage, rate), rate, values
        )  # fmt: skip

    def _checkpoint(self, stage: Stage) -> None:
        _refuse_if_broken(self.state, stage)
        save_checkpoint(self.run, self.state.saved(), images=self.state.images)
        self.last_checkpoint = time.monotonic()

    def _pass_time(self) -> None:
        now = time.monotonic()
        self.state.seconds += now - self.clock
        self.state.stage_seconds += now - self.clock
        self.clock = now


def _over(state: TrainingState, stage: Stage) -> bool:
    if stage.images is not None:
        return state.stage_images >= stage.images
    minutes = stage.config.budget.minutes
    return minutes is not None and state.stage_seconds >= minutes * 60


def _refuse_if_broken(state: TrainingState, stage: Stage) -> None:
    """Nothing is written of a training that diverged: what was saved before stays the last."""
    if not state.healthy():
        raise HouseganError(
            f"Training broke down at {state.images:,} images: its weights or losses are no numbers any more. What was "
            "saved before is kept; begin again with half the rate, as in "
            f"--set {stage.name}.learning_rate={stage.config.learning_rate / 2:g}."
        )


def _seconds_left(state: TrainingState, stage: Stage, rate: float) -> float:
    if stage.images is not None:
        return max(stage.images - state.stage_images, 0) / rate
    return max((stage.config.budget.minutes or 0) * 60 - state.stage_seconds, 0)


def _show_batch(run: Run, stage: Stage, *, seed: int) -> None:
    """Write the stage's first batch as it is and as the discriminator sees it: `real.png`, `augmented.png`."""
    pictures = stage.data.batch(0, min(stage.config.batch, 64))
    policy = stage.config.augment
    uniforms = torch.rand(len(pictures), draws(policy), generator=generator_for(seed, "augmented"))
    folder = run.path / "samples" / stage.name
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "real.png", png(tiled(as_bytes(pictures))))
    write_whole(folder / "augmented.png", png(tiled(as_bytes(augment(pictures, policy, uniforms)))))


def _forget_after(run: Run, images: int) -> None:
    """Drop what a killed process wrote after the checkpoint that is resumed, or half wrote: it is written again."""
    for path in list(run.path.rglob(".*.[0-9]*")):
        if path.relative_to(run.path).parts[0] != "out":  # where other commands may be writing now
            path.unlink()
    for name in ("metrics.jsonl", "timing.jsonl"):
        forget_after(run.path / name, images)
    for path in [*(snapshot.path for snapshot in snapshots(run)), *(run.path / "samples").glob("[0-9]*.png")]:
        if int(path.stem) > images:
            path.unlink()
