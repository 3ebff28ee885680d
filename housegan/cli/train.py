"""`train`: two stages, or one."""

import signal
from typing import Annotated

import typer

from housegan.cli.arguments import Changes, say
from housegan.errors import StoppedError, WrongUsageError


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
    images: Annotated[
        str | None, typer.Option(help="Budget in images: 400k for the whole run, 100k+300k a stage.")
    ] = None,
    minutes: Annotated[str | None, typer.Option(help="Budget in minutes: 10 for the whole run, 4+6 a stage.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Where all randomness comes from.")] = 0,
    new: Annotated[bool, typer.Option("--new", help="Start a new run, even where one could be resumed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be trained, and end.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, fp32 or bf16.")] = "auto",
    changes: Changes = [],
) -> None:
    """Train a generator, in two stages or one.

    Example: `housegan train --pretrain socal --finetune imaginary --minutes 60`

    Pretraining sees both sets, fine-tuning the small one. The same command goes on with a run that was stopped.
    """
    from housegan.train.prepare import Wishes, described, prepare

    if data and (pretrain or finetune):
        raise WrongUsageError("Give --data for one stage, or --pretrain and --finetune for two.")
    target = data or finetune
    if target is None:
        raise WrongUsageError("Say what to learn: --pretrain A --finetune B for two stages, or --data B for one.")
    wishes = Wishes(target, pretrain, recipe, size, batch, images, minutes, seed, device, precision, changes)
    prepared = prepare(wishes)
    for line in described(prepared):
        say(line)
    if dry_run:
        say("Nothing was started (--dry-run).")
        return

    from housegan.run.folder import new_run, run_to_resume
    from housegan.train.console import Console
    from housegan.train.loop import train

    run = None if new else run_to_resume(prepared.config)
    if run and run.finished and run.config() == prepared.config:
        say(f"{run.path} is finished already. Train longer with a larger budget, or anew with --new.")
        return
    run = run or new_run(prepared.config)
    say(f"Run: {run.path}")
    with run.locked(), Console() as console:
        run.begin(prepared.config)
        done = train(
            run,
            prepared.config.recipe,
            prepared.stages,
            seed=seed,
            device=prepared.device,
            precision=prepared.config.precision,
            watcher=console,
        )
    if not done:
        sentence = f"Stopped and saved in {run.path}. To go on, run the same command again."
        if console.signal == signal.SIGINT:
            raise StoppedError(sentence)
        say(sentence)
        return
    say(
        f"Done: {run.path}. Next: housegan sample {run.number}, housegan video {run.number}, housegan plot {run.number}"
    )
