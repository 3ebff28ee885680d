"""`walk`: films of ways through latent space."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from housegan.cli.arguments import At, Seeds, Source, Truncation, say
from housegan.errors import HouseganError, WrongUsageError

if TYPE_CHECKING:
    from housegan.explore.tour import Leg, Tour
    from housegan.explore.walks import Walk
    from housegan.networks import Generator


ORBIT_S = 12.0
MOST_TILES = 64
STOPPED = "Stopped; no film was written."


class Shape(StrEnum):
    """Shapes of a film, width to height."""

    SQUARE = "square"
    WIDE = "16:9"
    TALL = "9:16"


class Pace(StrEnum):
    """How a walk passes its seeds."""

    EASED = "eased"
    STEADY = "steady"


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(walk)


def walk(
    run: Source = None,
    at: At = "last",
    seeds: Seeds = None,
    seed: Annotated[int, typer.Option(min=0, help="Without --seeds: the first seed; the next ones follow.")] = 0,
    stops: Annotated[
        int | None, typer.Option(min=2, max=5_000, help="Seeds each tile visits; left out, 8, or one each beat.")
    ] = None,
    orbit: Annotated[
        float | None, typer.Option(min=0.1, max=90, metavar="DEGREES", help="Circle one seed at this angle instead.")
    ] = None,
    tiles: Annotated[int | None, typer.Option(min=1, max=64, help="So many walks side by side; left out, one.")] = None,
    shape: Annotated[Shape, typer.Option(help="Of the film.")] = Shape.SQUARE,
    px: Annotated[int, typer.Option(min=64, max=2160, help="The film's shorter side.")] = 1080,
    seconds: Annotated[
        float | None, typer.Option(min=1, max=3600, help="Length; left out, two a seed, or as long as the music.")
    ] = None,
    pace: Annotated[Pace, typer.Option(help="eased: slower at each seed; steady: one speed.")] = Pace.EASED,
    bpm: Annotated[float | None, typer.Option(min=20, max=400, help="Beats a minute: seeds come on beats.")] = None,
    beats: Annotated[
        Path | None, typer.Option(metavar="MUSIC", help="Seeds come on this music's beats; it is heard in the film.")
    ] = None,
    truncation: Truncation = 1.0,
    allow_flashes: Annotated[
        bool, typer.Option("--allow-flashes", help="Write it even if it still flashes when smoothed.")
    ] = False,
    to: Annotated[Path | None, typer.Option(help="File to write, .mp4; left out, one in the run's out/.")] = None,
) -> None:
    """Film a walk through latent space: great circles from seed to seed and back to the first.

    Example: `housegan walk 7 --seeds 1,5,9,12 --tiles 1 --shape 16:9 --bpm 100`

    At most two seeds a second, whatever the beat, so that it doesn't flash. The same walk twice is the same file.
    """
    from housegan.explore.album import named
    from housegan.explore.canvas import canvas
    from housegan.explore.tour import orbits
    from housegan.explore.walks import FPS, Walk
    from housegan.run.chosen import choose

    if orbit is not None and (bpm or beats or stops):
        raise WrongUsageError("--orbit circles one seed a tile: leave --bpm, --beats and --stops away.")
    if seeds and stops:
        raise WrongUsageError("--seeds and --stops both say how many seeds there are: give one of them.")
    if to and to.suffix.lower() != ".mp4":
        raise HouseganError(f"--to {to} must end in .mp4.")
    chosen = choose(run, at)
    generator = chosen.generator
    if orbit is None:
        groups, tour = _loops(
            generator,
            seeds=seeds,
            seed=seed,
            stops=stops,
            tiles=tiles or 1,
            pace=pace,
            seconds=seconds,
            bpm=bpm,
            beats=beats,
            truncation=truncation,
        )
    else:
        groups = _circled(seeds, seed=seed, tiles=tiles)
        circled = [group[0] for group in groups]
        tour = orbits(generator, circled, radius_deg=orbit, seconds=seconds or ORBIT_S, truncation=truncation)
    layout = canvas(len(groups), generator.config.size, shape=shape.value, short_px=px)
    words = {"orbit": orbit, "bpm": bpm, "on": beats.stem[:40] if beats else None, "seconds": seconds}
    words |= {"tiles": len(groups), "px": px, "shape": shape.value, "pace": pace.value, "truncation": truncation}
    target = to or chosen.out(named(chosen, "walk", [seed for group in groups for seed in group], words) + ".mp4")
    _film(target, Walk(generator, tour.latents, layout), music=beats, allow_flashes=allow_flashes)
    said = evenness(generator, tour.legs)
    counted = f"{len(groups[0])} seeds" if orbit is None else "a turn round one seed"
    each = f"{len(groups)} tiles, {counted} each" if len(groups) > 1 else counted
    say(f"{each}, {len(tour.latents) / FPS:.1f} seconds, {target.stat().st_size / 1e6:.1f} MB: {target}")
    say(said)


def _loops(
    generator: "Generator",
    *,
    seeds: str | None,
    seed: int,
    stops: int | None,
    tiles: int,
    pace: Pace,
    seconds: float | None,
    bpm: float | None,
    beats: Path | None,
    truncation: float,
) -> "tuple[list[tuple[int, ...]], Tour]":
    """Choose each tile's seeds and when they come."""
    from housegan.explore.rhythm import free, of_music, of_tempo
    from housegan.explore.timing import eased, steady
    from housegan.explore.tour import even_loops, loops
    from housegan.explore.walks import dealt
    from housegan.explore.wishes import seeds_in

    given = dealt(seeds_in(seeds), tiles) if seeds else None
    stops = len(given[0]) if given else stops
    if beats:
        rhythm = of_music(beats, seconds=seconds, bpm=bpm)
    elif bpm:
        rhythm = of_tempo(bpm, stops=stops, seconds=seconds)
    else:
        rhythm = free(stops=stops, seconds=seconds)
    if rhythm.sentence:
        say(rhythm.sentence)
    room = len(rhythm.timetable.at_s)  # where there are fewer beats than seeds, the last seeds are not reached
    each = min(stops or room, room)
    groups = [group[:each] for group in given or dealt(range(seed, seed + each * tiles), tiles)]
    if pace is Pace.STEADY and not (bpm or beats):
        return groups, even_loops(generator, groups, seconds=rhythm.timetable.seconds, truncation=truncation)
    share = eased if pace is Pace.EASED else steady
    return groups, loops(generator, groups, rhythm.timetable, share, truncation=truncation)


def _circled(seeds: str | None, *, seed: int, tiles: int | None) -> list[tuple[int, ...]]:
    """Choose the seed that each tile circles."""
    from housegan.explore.wishes import seeds_in

    wanted = seeds_in(seeds) if seeds else tuple(range(seed, seed + (tiles or 1)))
    if len(wanted) > MOST_TILES or tiles not in (None, len(wanted)):
        raise HouseganError(f"--seeds names {len(wanted)}: with --orbit it takes one a tile, {MOST_TILES} at most.")
    return [(each,) for each in wanted]


def _film(target: Path, walk: "Walk", *, music: Path | None, allow_flashes: bool) -> None:
    """Write the film, with its music where there is one, whole or not at all."""
    from tempfile import TemporaryDirectory

    from housegan.explore.walks import FPS
    from housegan.progress import Progress
    from housegan.video.safe import write_safely
    from housegan.video.sound import write_with_sound

    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        Progress("filming", total=2 * len(walk.latents), unit="frames", if_stopped=STOPPED) as bar,
        TemporaryDirectory(dir=target.parent, prefix=".walk-") as folder,
    ):
        silent = Path(folder) / target.name if music else target
        film = write_safely(silent, walk.frames, fps=FPS, allow_flashes=allow_flashes, progress=bar)
        if music:
            write_with_sound(target, silent, music)
            silent.unlink()
            for beside in Path(folder).iterdir():  # what was found out about flashes
                beside.replace(target.with_name(beside.name))
    if film.smoothed or film.verdict != "pass":
        say(f"Flashes: {film.verdict}{', after frames were mixed with their neighbours' * film.smoothed}.")


def evenness(generator: "Generator", legs: "list[Leg]") -> str:
    """Measure how evenly pictures change, and say it."""
    from housegan.explore.transitions import transitions
    from housegan.explore.walks import described_along
    from housegan.progress import Progress

    total = sum(len(leg.latents) for leg in legs)
    with Progress("measuring", total=total, unit="pictures", if_stopped="Stopped measuring; all was written.") as bar:
        found = transitions([described_along(generator, leg.latents, bar=bar) for leg in legs])
    return found.sentence(legs[found.leg].name)
