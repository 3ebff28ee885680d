"""The loop: pictures in, networks updated, and now and then something written into the run folder.

One clock, images shown; all randomness follows from the seed and that clock, so that a resumed run is the same run.
"""

from collections.abc import Sequence
from typing import Any

import torch

from housegan import group
from housegan.augment import augment, draws
from housegan.config import Recipe
from housegan.dataset import as_bytes
from housegan.files import write_whole
from housegan.randomness import generator_for
from housegan.run.checkpoints import load_last
from housegan.run.folder import Run, StartedFrom
from housegan.run.rewind import forget_later
from housegan.sheets import png, tiled
from housegan.train.session import BrokenDownError, Session
from housegan.train.stage import Evaluator, Stage, Watcher
from housegan.train.start import begin_from
from housegan.train.state import TrainingState


def train(
    run: Run, recipe: Recipe, stages: Sequence[Stage], *, seed: int, device: torch.device, precision: str,
    start: StartedFrom | None = None, watcher: Watcher, evaluator: Evaluator | None = None,
) -> bool:  # fmt: skip
    """Train the stages that are left, from the last checkpoint on; return whether all came to their end.

    Where it breaks down it goes back to the last good state at half the rate, a few times. Where the disk is full it
    goes on without writing and tries again, until there is nothing left to do but to save.
    """

    def fresh() -> TrainingState:
        return TrainingState(recipe, stages[0].config, seed=seed, device=device, precision=precision)

    def beginning() -> dict[str, Any]:
        state = fresh()
        if start:
            begin_from(state, start)
        return state.saved()

    state = fresh()
    saved = group.agreed(load_last(run) if group.rank() == 0 else None)
    if saved:
        state.restore(saved)
        state.follow(stages[state.stage].config)
        watcher.resumed(state.images)
    elif start:
        watcher.began(begin_from(state, start))
    if group.rank() == 0:
        forget_later(run, state.images if saved else -1)
    z = torch.randn(recipe.watch.grid**2, recipe.model.z, generator=generator_for(seed, "grid"))
    session = Session(run, recipe.watch, state, z, evaluator=evaluator)
    breakdowns = 0
    if not saved:
        session.snapshot(stages[0])
    while True:
        stage = stages[state.stage]
        if group.rank() == 0:
            _show_batch(run, stage, seed=seed)
        watcher.begin(stage, done=state.stage_images)
        try:
            ended = session.run_stage(stage, seed=seed, watcher=watcher)
        except BrokenDownError:
            breakdowns += 1
            session.go_back(stages, breakdowns=breakdowns, beginning=beginning)
            continue
        if not ended:
            return False
        if state.stage + 1 == len(stages):
            if group.rank() == 0:
                write_whole(run.path / "finished", b"")
            return True
        state.begin_stage(state.stage + 1, stages[state.stage + 1].config)


def _show_batch(run: Run, stage: Stage, *, seed: int) -> None:
    """Write the stage's first batch as it is and as the discriminator sees it first: `real.png`, `augmented.png`."""
    policy, count, side = stage.config.augment, min(stage.config.batch, 64), stage.schedule.phases[0].side
    pictures, judged = (
        stage.data.at(each).batch(0, count).cpu() for each in (stage.model.size, min(side, stage.model.whole))
    )
    uniforms = torch.rand(len(pictures), draws(policy), generator=generator_for(seed, "augmented"))
    seen = augment(judged, policy, uniforms, strength=stage.schedule.strength(0))
    folder = run.path / "samples" / stage.name
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "real.png", png(tiled(as_bytes(pictures))))
    write_whole(folder / "augmented.png", png(tiled(as_bytes(seen))))
