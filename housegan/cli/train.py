"""`train`: two stages, or one."""

import shlex
import signal
import sys
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from housegan.cli.arguments import Changes, say
from housegan.errors import StoppedError, WrongUsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from housegan.run.folder import Run
    from housegan.train.console import Listener
    from housegan.train.prepare import Prepared


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(train)


def train(
    pretrain: Annotated[
        str | None, typer.Option(metavar="SET", help="The larger related set, for the first stage.")
    ] = None,
    finetune: Annotated[str | None, typer.Option(metavar="SET", help="The small set to learn.")] = None,
    data: Annotated[str | None, typer.Option(metavar="SET", help="Train on this set alone, in one stage.")] = None,
    recipe: Annotated[str | None, typer.Option(help="A recipe's name; left out, the one that the set names.")] = None,
    size: Annotated[int | None, typer.Option(help="Side of the pictures in px: 32, 64, 128, 256 or 512.")] = None,
    batch: Annotated[int | None, typer.Option(help="Pictures a step.")] = None,
    micro_batch: Annotated[
        int | None, typer.Option(help="Pictures at a time, where memory is short; a batch's parts add up.")
    ] = None,
    images: Annotated[
        str | None, typer.Option(help="Budget in images: 400k for the whole run, 100k+300k a stage.")
    ] = None,
    minutes: Annotated[str | None, typer.Option(help="Budget in minutes: 10 for the whole run, 4+6 a stage.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Where all randomness comes from.")] = 0,
    new: Annotated[bool, typer.Option("--new", help="Start a new run, even where one could be resumed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be trained, and end.")] = False,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="WHAT", help="Begin with the weights of a run or a .safetensors file."),
    ] = None,
    max_hours: Annotated[
        float | None, typer.Option(metavar="H", min=0, help="Save and end after so many hours; to be resumed later.")
    ] = None,
    stop_when_flat: Annotated[
        bool, typer.Option("--stop-when-flat", help="End a stage when five evaluations found no new best.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Show a page of it as it goes: grids, curves, pause, stop, branch.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, fp32, bf16 or fp16.")] = "auto",
    changes: Changes = [],
) -> None:
    """Train a generator, in two stages or one.

    Example: `housegan train --pretrain houses --finetune castles --minutes 60+120`

    Pretraining sees both sets, fine-tuning the small one. The same command goes on with a run that was stopped.
    """
    from housegan.train.prepare import Wishes, described, prepare

    if data and (pretrain or finetune):
        raise WrongUsageError("Give --data for one stage, or --pretrain and --finetune for two.")
    target = data or finetune
    if target is None:
        raise WrongUsageError("Say what to learn: --pretrain A --finetune B for two stages, or --data B for one.")
    wishes = Wishes(
        target, pretrain, recipe=recipe, size=size, batch=batch, micro_batch=micro_batch, images=images,
        minutes=minutes, seed=seed, device=device, precision=precision, start=start,
        stop_when_flat=stop_when_flat, changes=changes,
    )  # fmt: skip
    prepared = prepare(wishes)
    lines = described(prepared)
    if dry_run:
        for line in lines:
            say(line)
        say("Nothing was started (--dry-run).")
        return

    from housegan import group

    with group.joined(prepared.device):
        _train(prepared, lines, new=new, max_hours=max_hours, live=live)


def _train(prepared: "Prepared", lines: "Sequence[str]", *, new: bool, max_hours: float | None, live: bool) -> None:
    """Train in this process, alone or as one of several, of which the first alone speaks and writes."""
    from housegan import group
    from housegan.run.folder import Run, new_run, run_to_resume
    from housegan.train.console import Console, Listener

    config, first = prepared.config, group.rank() == 0
    tell = say if first else _quiet
    for line in lines:
        tell(line)
    found = run_to_resume(config) if first and not new else None
    if group.agreed(found is not None and found.finished and found.config() == config):
        tell(f"{found and found.path} is finished already. Train longer with a larger budget, or anew with --new.")
        return
    run = Run(group.agreed((found or new_run(config)).path if first else None))
    tell(f"Run: {run.path}")
    with (
        run.locked() if first else nullcontext(),
        Console(max_hours=max_hours, run=run) if first else Listener(max_hours=max_hours) as watcher,
    ):
        if first:
            run.begin(config)
        if first and live:
            from housegan.live.beside import page_beside

            tell(page_beside(run))
        done = _trained(run, prepared, watcher)
    if not done:
        words = shlex.join(["housegan", *(word for word in sys.argv[1:] if word != "--new")])
        how = words if group.size() == 1 else "run the same torchrun command again"
        sentence = f"Stopped and saved in {run.path}. To go on: {how}"
        if watcher.signal == signal.SIGINT and first:
            raise StoppedError(sentence)
        tell(sentence)
        return
    tell(
        f"Done: {run.path}. Next: housegan sample {run.called}, housegan video {run.called}, housegan plot {run.called}"
    )


def _trained(run: "Run", prepared: "Prepared", watcher: "Listener") -> bool:
    """Train, judged by the first process; return whether all stages came to their end."""
    from housegan import group
    from housegan.judge.course import Judge
    from housegan.train.loop import train
    from housegan.train.memory import within_memory

    config, stages = prepared.config, prepared.stages
    device, precision = group.local_device(prepared.device), config.precision
    evaluator = None
    if group.rank() == 0:
        judged = {stage.name: stage for stage in stages}
        evaluator = Judge(run, config.recipe, judged, seed=config.seed, device=device, precision=precision)
    begin = partial(
        train, run, config.recipe, stages, seed=config.seed, device=device, precision=precision,
        start=config.start, watcher=watcher, evaluator=evaluator,
    )  # fmt: skip
    return within_memory(
        begin, prepared.need, at_once=prepared.at_once, size=config.recipe.model.size, device=device
    )  # fmt: skip


def _quiet(line: str) -> None:
    """Say nothing: another process says it."""
