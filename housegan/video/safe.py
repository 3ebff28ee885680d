"""Films that are measured for flashes after writing, and get their name when they don't fail or a person insists."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from housegan.errors import HouseganError
from housegan.files import being_written, write_whole
from housegan.progress import Progress
from housegan.video.decoder import played
from housegan.video.encoder import Draw, Frames, Rate, encode, format_of
from housegan.video.flashes import Report, Shown, judge
from housegan.video.smoothing import smoothed

HALF_WIDTHS_S = (0.2, 0.5, 1.0)
"""How far frames are mixed with their neighbours, a try each, where a film would fail."""


@dataclass(frozen=True, slots=True)
class Film:
    """What was written."""

    path: Path
    frames: int
    verdict: str
    """pass, warn, extended or fail."""
    smoothed: bool
    """Whether frames were mixed so that it passes."""
    report: Report


def write_safely(
    path: Path, draw: Draw, *, fps: Rate, allow_flashes: bool = False, progress: Progress | None = None
) -> Film:
    """Write the frames that `draw` gives (h × w × 3, drawn anew each time it is called) and measure the film.

    What is measured is the file, decoded. Where it fails, frames are mixed with their neighbours, further at each of
    three tries. A film that still fails is written as it was drawn where `allow_flashes`, else HouseganError is
    raised and nothing written. Beside `film.mp4` the report stands in `film.mp4.flashes.json`. `progress` counts each
    frame twice, when written and when measured.
    """
    format_of(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for half_width_s in (0.0, *HALF_WIDTHS_S):
        if half_width_s and progress:
            progress.say(f"It would flash: mixing frames with their neighbours within {half_width_s:g} seconds.")
        frames = _mixed(draw, round(half_width_s * fps))
        if film := _write(path, frames, fps, accept_failure=False, progress=progress):
            return _reported(film, smoothed=half_width_s > 0)
    if not allow_flashes:
        raise HouseganError(
            f"{path} would flash more than three times a second even when smoothed, and was not written: "
            "make it longer or slower, or write it all the same with --allow-flashes."
        )
    film = _write(path, draw, fps, accept_failure=True, progress=progress)
    assert film is not None
    return _reported(film, smoothed=False)


def report_path(film: Path) -> Path:
    """Where a film's report stands."""
    return film.with_name(f"{film.name}.flashes.json")


def as_json(report: Report) -> str:
    """A report as JSON."""
    values = asdict(report)
    return json.dumps({name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()})


class _FailsError(Exception):
    """The film that was written would fail."""


def _mixed(draw: Draw, half_width: int) -> Draw:
    return (lambda: smoothed(draw(), half_width=half_width)) if half_width else draw


def _write(path: Path, draw: Draw, fps: Rate, *, accept_failure: bool, progress: Progress | None) -> Film | None:
    """Write and measure; None where it fails and may not, and then nothing is there."""

    def frames() -> Frames:
        return progress.counted(draw()) if progress else draw()

    try:
        with being_written(path) as temporary:
            count = encode(temporary, frames, suffix=path.suffix, fps=fps)
            shown: Iterator[Shown] = played(temporary)
            report = judge(progress.counted(shown) if progress else shown)
            if report.verdict.fails and not accept_failure:
                raise _FailsError
    except _FailsError:
        return None
    return Film(path, count, report.verdict, smoothed=False, report=report)


def _reported(film: Film, *, smoothed: bool) -> Film:
    values = json.loads(as_json(film.report)) | {"smoothed": smoothed, "film": film.path.name}
    write_whole(report_path(film.path), (json.dumps(values, indent=1) + "\n").encode())
    return Film(film.path, film.frames, film.verdict, smoothed, film.report)
