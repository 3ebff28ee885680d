"""One process's part of a run: steps, and between them what is written into the run folder."""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch

from housegan import group
from housegan.config import WatchConfig
from housegan.dataset import as_bytes
from housegan.errors import NO_ROOM, HouseganError
from housegan.files import write_whole
from housegan.run.checkpoints import load_last, save_checkpoint
from housegan.run.folder import Run
from housegan.run.lines import append_line
from housegan.run.rewind import forget_later
from housegan.run.snapshots import Moment, save_snapshot, snapshot_due, thin
from housegan.sheets import png, tiled
from housegan.train.stage import Evaluator, Stage, Tick, Watcher
from housegan.train.state import TrainingState
from housegan.train.step import summed_up, training_step

BREAKDOWNS = 3
"""How many times a process goes back to the last good state, at half the rate, before it gives up."""
RETRY_S = 60.0
"""How long a full disk is left alone."""
WAIT_S = 0.2
"""Between two looks while training is paused."""

log = logging.getLogger(__name__)


class BrokenDownError(Exception):
    """Weights or losses are no numbers any more."""


class Session:
    """One process's part of a run: keeps the time between the things that are written."""

    def __init__(
        self, run: Run, watch: WatchConfig, state: TrainingState, z: torch.Tensor, *, evaluator: Evaluator | None = None
    ) -> None:
        self.run, self.watch, self.state, self.z = run, watch, state, z
        self.evaluator = evaluator
        """Of the one process that writes; None where nothing is judged."""
        self.clock = self.last_checkpoint = time.monotonic()
        self.last_tick = (state.images, state.seconds)
        self.unwritten: list[tuple[str, dict[str, Any]]] = []
        """Lines that a full disk did not take, by file."""
        self.retry_at = 0.0

    def run_stage(self, stage: Stage, *, seed: int, watcher: Watcher) -> bool:
        """Train until the stage's budget is used up; False where the watcher stopped it before."""
        state, config, schedule = self.state, stage.config, stage.schedule
        if self.evaluator:
            self.evaluator.begin(stage.name)
        over, done = group.agreed((self._over(stage), self._done(stage)))
        while not over:
            reach = schedule.reach(done)  # smaller than before where the budget has become larger
            state.grow(max(reach, state.generator.reach) if state.stage_images else reach)
            state.strength = schedule.strength(done)
            batch = schedule.batch(done)
            real = stage.data.at(state.generator.side).batch(state.stage_images, batch, group.part(batch))
            state.tally += training_step(state, real, config, seed=seed)
            state.images += batch
            state.stage_images += batch
            state.stage_work += batch * schedule.cost(state.generator.side)
            state.update_average(batch)
            self._pass_time()
            watcher.step(batch)

            checkpoint_due = time.monotonic() - self.last_checkpoint > self.watch.checkpoint_minutes * 60
            over, done, save, asked = group.agreed(
                (self._over(stage), self._done(stage), checkpoint_due, _asked(watcher))
            )
            stop, pause, halvings = asked
            snap = over or snapshot_due(state.stage_images, state.last_snapshot, self.watch)
            if halvings:
                self._lower(stage, halvings)
            if state.images // self.watch.tick_images > (state.images - batch) // self.watch.tick_images or over:
                watcher.tick(self._tick(stage))
            if snap:
                self._raise_if_broken()
                state.last_snapshot = state.stage_images
                self._where_there_is_room(partial(self.snapshot, stage), now=over)
                self._evaluate(stage, watcher)
                over = over or group.agreed(self._over(stage))  # what was just judged may have been flat
            if over or stop or save or pause or halvings:
                self._save(now=over or stop)
            if pause and not over:
                stop = self._wait(stage, watcher)
            if stop and not over:
                return False
        return True

    def go_back(self, stages: Sequence[Stage], *, breakdowns: int, beginning: Callable[[], dict[str, Any]]) -> None:
        """Return to the last state that was saved, or to the beginning, at half the rate; the third time give up."""
        state, stage = self.state, stages[self.state.stage]
        rate = stage.config.learning_rate * state.rate
        there = f"Training broke down at {state.images:,} images: its weights or losses are no numbers any more."
        if breakdowns > BREAKDOWNS:
            raise HouseganError(
                f"{there} Going back {BREAKDOWNS} times to what was good, each time at half the rate, did not help. "
                "What was saved before is kept; begin again with a much lower rate and eps=1e-12 or larger, as in "
                f"--set {stage.name}.learning_rate={rate / 4:g}."
            )
        saved = group.agreed(load_last(self.run) if group.rank() == 0 else None)
        if saved is None:
            saved = beginning()
        lowered = state.rate / 2
        state.restore(saved)
        state.rate = lowered
        state.follow(stages[state.stage].config)
        if group.rank() == 0:
            forget_later(self.run, state.images)
        self.unwritten.clear()
        self.last_tick = (state.images, state.seconds)
        log.warning(
            "%s Back to %s images, at half the rate (%d of %d).", there, f"{state.images:,}", breakdowns, BREAKDOWNS
        )

    def _wait(self, stage: Stage, watcher: Watcher) -> bool:
        """Wait as long as the watcher wants, which doesn't count as time; return whether it is to end after all."""
        stop, pause = False, True
        while pause and not stop:
            time.sleep(WAIT_S)  # in turns with the other processes, which would lose patience
            stop, pause, halvings = group.agreed(_asked(watcher))
            if halvings:
                self._lower(stage, halvings)
            if halvings or stop:
                self._save(now=stop)
        self.clock = time.monotonic()
        return stop

    def _lower(self, stage: Stage, halvings: int) -> None:
        """Halve both learning rates, for this stage and the next; a note says when, for those who plot."""
        self.state.rate /= 2**halvings
        self.state.follow(stage.config)
        note = {"kind": "lowered", "images": self.state.images, "rate": self.state.rate}
        self.unwritten.append(("notes.jsonl", note))

    def snapshot(self, stage: Stage) -> None:
        """Keep the generator, and what it draws from the fixed latents."""
        state = self.state
        if group.rank() > 0:
            return
        save_snapshot(self.run, state.average, _moment(state, stage))
        (self.run.path / "samples").mkdir(exist_ok=True)
        grid = tiled(as_bytes(state.draw(self.z)), columns=self.watch.grid)
        write_whole(self.run.path / "samples" / f"{state.images:012d}.png", png(grid))
        thin(self.run, disk_mb=self.watch.snapshot_disk_mb)

    def _done(self, stage: Stage) -> float:
        return stage.schedule.done(images=self.state.stage_images, seconds=self.state.stage_seconds)

    def _over(self, stage: Stage) -> bool:
        state, evaluator = self.state, self.evaluator
        side = stage.schedule.end_side
        grown = state.generator.side == side
        flat = stage.config.stop_when_flat and grown and evaluator and evaluator.flat(side=side)
        return bool(flat) or _budget_used(state, stage)

    def _evaluate(self, stage: Stage, watcher: Watcher) -> None:
        """Judge the generator that was just kept, where it is time to."""
        state = self.state
        if self.evaluator is None or not self.evaluator.due(state.stage_images, work=state.stage_work):
            return
        moment = _moment(state, stage)
        side = state.generator.side
        judged = self.evaluator.judge(moment, stage_images=state.stage_images, side=side, draw=state.draw)
        if judged:
            self.unwritten.append(("metrics.jsonl", judged.model_dump()))
            self._where_there_is_room(self._write_lines)
            watcher.judged(judged)

    def _tick(self, stage: Stage) -> Tick:
        state = self.state
        self._raise_if_broken()
        values = summed_up(state.tally)
        state.tally.zero_()
        epoch = round(state.stage_images / len(stage.data), 4)
        line = {"images": state.images, "stage": stage.name, "stage_images": state.stage_images, "epoch": epoch}
        self.unwritten.append(("metrics.jsonl", line | values))
        images_before, seconds_before = self.last_tick
        rate = (state.images - images_before) / max(state.seconds - seconds_before, 1e-9)
        self.last_tick = (state.images, state.seconds)
        timing = {"images": state.images, "seconds": round(state.seconds, 3), "images_per_second": round(rate, 2)}
        self.unwritten.append(("timing.jsonl", timing))
        self._where_there_is_room(self._write_lines)
        return Tick(stage, state.images, state.stage_images, self._seconds_left(stage, rate), rate, values)

    def _seconds_left(self, stage: Stage, rate: float) -> float:
        state, schedule = self.state, stage.schedule
        if stage.images is None:
            return max((stage.config.budget.minutes or 0) * 60 - state.stage_seconds, 0)
        ahead = (1 - self._done(stage)) * schedule.full_size_images
        return ahead / (rate * schedule.cost(state.generator.side))

    def _write_lines(self) -> None:
        if group.rank() > 0:
            self.unwritten.clear()
        while self.unwritten:
            name, values = self.unwritten[0]
            append_line(self.run.path / name, values)
            del self.unwritten[0]

    def _save(self, *, now: bool) -> None:
        self._raise_if_broken()  # in all processes, whether there is room or not: they go back together
        self._where_there_is_room(self._checkpoint, now=now)

    def _checkpoint(self) -> None:
        self._write_lines()  # a state promises the lines up to it
        if group.rank() == 0:
            save_checkpoint(self.run, self.state.saved(), images=self.state.images)
        self.last_checkpoint = time.monotonic()

    def _where_there_is_room(self, write: Callable[[], None], *, now: bool = False) -> None:
        """Write, or warn of a full disk and leave it alone for a while; with `now` a full disk is an error."""
        if not now and time.monotonic() < self.retry_at:
            return
        try:
            write()
        except OSError as error:
            if now or error.errno not in NO_ROOM:
                raise
            self.retry_at = time.monotonic() + RETRY_S
            log.warning(
                "The disk is full (%s): training goes on unsaved and tries again in a minute. Make room.", self.run.path
            )
        else:
            self.retry_at = 0.0

    def _raise_if_broken(self) -> None:
        """Nothing is written of a training that diverged: what was saved before stays the last."""
        if not self.state.healthy():
            raise BrokenDownError

    def _pass_time(self) -> None:
        now = time.monotonic()
        self.state.seconds += now - self.clock
        self.state.stage_seconds += now - self.clock
        self.clock = now


def _moment(state: TrainingState, stage: Stage) -> Moment:
    return Moment(stage=stage.name, images=state.images, epoch=state.stage_images / len(stage.data))


def _asked(watcher: Watcher) -> tuple[bool, bool, int]:
    """Whether to end, whether to wait, how often to halve the rates."""
    return watcher.stop_requested(), watcher.pause_requested(), watcher.halvings()


def _budget_used(state: TrainingState, stage: Stage) -> bool:
    if stage.images is not None:
        return state.stage_images >= stage.images
    minutes = stage.config.budget.minutes
    return minutes is not None and state.stage_seconds >= minutes * 60
