"""`sample`, `again` and `favourite`: pictures from a run."""

from pathlib import Path
from typing import Annotated

import typer

from housegan.cli.arguments import At, OptionalRun, say
from housegan.errors import WrongUsageError

SINGLES = 500
"""Up to so many pictures are files of their own, too, unless one asks otherwise."""


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (sample, again, favourite):
        app.command()(command)


def sample(
    run: OptionalRun = None,
    at: At = "last",
    count: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="How many pictures; left out, 16, or one sheet.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The first picture's seed; the next ones follow.")] = 0,
    seeds: Annotated[str | None, typer.Option(help="Which seeds, as in 0-999,1005.")] = None,
    truncation: Annotated[
        float, typer.Option(min=0.01, max=1, help="Below 1 z is drawn nearer to the mean: more usual, more alike.")
    ] = 1.0,
    sheet: Annotated[
        str | None, typer.Option(metavar="COLUMNSxROWS", help="Size of a sheet; more pictures fill further sheets.")
    ] = None,
    singles: Annotated[
        bool | None, typer.Option("--singles/--no-singles", help="A file a picture, too; left out, up to 500 pictures.")
    ] = None,
    latents: Annotated[bool, typer.Option("--latents", help="Write every picture's z as latents.json.")] = False,
    best: Annotated[
        str | None, typer.Option(metavar="'16 of 500'", help="Pick so many by realism, or by --taste, and say so.")
    ] = None,
    taste: Annotated[
        str | None, typer.Option(metavar="NAME", help="Pick by what you kept and rejected in the review of this set.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Folder to write to; left out, one in the run's out/.")] = None,
) -> None:
    """Draw sheets and single pictures from seeds, uncurated unless --best asks for a choice.

    Example: `housegan sample 7 --at epoch:30 --count 64 --seed 100 --truncation 0.7`

    [RUN] may be a file of weights, too. Each PNG says which run, generator and seed it comes from: `housegan again
    PICTURE.png` draws it anew.
    """
    from housegan.cli.best import best_seeds
    from housegan.explore.album import single_path, spelt, write_latents, write_sheets
    from housegan.explore.samples import origin
    from housegan.explore.wishes import layout_in, pick_in, seeds_in
    from housegan.progress import Progress
    from housegan.run.chosen import choose

    if (given := [name for name, value in (("--count", count), ("--seeds", seeds), ("--best", best)) if value])[1:]:
        raise WrongUsageError(f"{' and '.join(given)} don't go together: each says how many pictures are drawn.")
    if taste and not best:
        raise WrongUsageError('--taste says how to pick: say how many of how many, too, as in --best "16 of 500".')
    layout = layout_in(sheet) if sheet else None
    keep, of = pick_in(best) if best else (0, count or (layout[0] * layout[1] if layout else 16))
    wanted = seeds_in(seeds) if seeds else tuple(range(seed, seed + of))
    chosen = choose(run, at)
    generator = chosen.generator
    name = f"samples-{chosen.moment.images}-seeds-{spelt(wanted)}"
    name += f"-truncation-{truncation:g}" * (truncation < 1) + f"-best-{keep}-{taste or 'realism'}" * bool(best)
    picked = ""
    if best:
        wanted, by = best_seeds(chosen, wanted, keep=keep, taste=taste, truncation=truncation)
        picked = f"picked: {keep:,} of {of:,} by {by}"
    whole = origin(chosen, wanted, truncation=truncation, picked=picked)
    folder = to or chosen.out(name)
    folder.mkdir(parents=True, exist_ok=True)
    if latents:
        write_latents(folder / "latents.json", generator, whole)
    with_singles = len(wanted) <= SINGLES if singles is None else singles
    with Progress(
        "drawing", total=len(wanted), unit="pictures", if_stopped=f"Stopped; what was drawn is in {folder}."
    ) as bar:
        sheets = write_sheets(generator, whole, folder, layout=layout, singles=with_singles, bar=bar)
    where = f"{sheets[0]}" + (f" to {sheets[-1].name}" if sheets[1:] else "")
    say(f"{len(wanted):,} pictures by {chosen.name} at {whole.snapshot:,} images, {picked or 'uncurated'}: {where}")
    again_of = single_path(folder, wanted[0]) if with_singles else sheets[0]
    say(f"{'One of them' if with_singles else 'The same'} anew: housegan again {again_of}")


def again(
    picture: Annotated[Path, typer.Argument(help="A PNG that `housegan sample` made.")],
    to: Annotated[Path | None, typer.Option(help="File to write; left out, NAME-again.png beside it.")] = None,
) -> None:
    """Draw a picture, or a whole sheet, anew from what its PNG says.

    Example: `housegan again runs/00007-socal-imaginary/out/samples-400000-seeds-0-15/seed-00003.png`
    """
    from housegan.explore.album import write_again
    from housegan.explore.samples import origin_of, snapshot_of
    from housegan.progress import Progress

    origin = origin_of(picture)
    generator = snapshot_of(origin).generator()
    target = to or picture.with_name(f"{picture.stem}-again.png")
    with Progress(
        "drawing", total=len(origin.seeds), unit="pictures", if_stopped="Stopped; nothing was written."
    ) as bar:
        write_again(target, generator, origin, bar=bar)
    say(f"Drawn anew by {origin.run} at {origin.snapshot:,} images: {target}")


def favourite(
    run: OptionalRun = None,
    at: At = "last",
    name: Annotated[str, typer.Option(help="A name for it, for your own memory.")] = "",
) -> None:
    """Remember a generator as the run's favourite: `--at favourite` finds it again, and it is never let go for room.

    Example: `housegan favourite 7 --at epoch:4350 --name "the blue towers"`
    """
    from housegan.run.favourites import Favourite, mark
    from housegan.run.folder import find_run
    from housegan.run.snapshots import snapshot_at

    found = find_run(run)
    snapshot = snapshot_at(found, at)
    mark(found, Favourite(snapshot.images, name))
    say(f"Favourite of {found.name}: {snapshot.images:,} images. Next: housegan sample {found.called} --at favourite")
