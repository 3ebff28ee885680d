"""The progress film: what the generator drew from the same latents, from its first image to its last.

At most two keyframes a second, crossfaded in linear light: such a film can't reach the four transitions a second at
which WCAG 2.3.1 begins to warn of flashes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from housegan.errors import HouseganError
from housegan.run.folder import Run, read_lines
from housegan.run.metrics import ticks
from housegan.video.light import linear, srgb

FPS = 30
KEYFRAMES_PER_SECOND = 2
LONGEST_S = 75.0
HOLD_S = 2.0
"""How long the last picture stays."""
WANTED_PX = 720
CAPTION_PX = 44
INK, PAPER = (235, 232, 226), (24, 23, 28)


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A sample grid and what is written beneath."""

    path: Path
    caption: str


def keyframes(run: Run) -> list[Keyframe]:
    """All sample grids of a run in order, each with its caption."""
    lines = ticks(run)
    seconds = {line["images"]: line["seconds"] for line in read_lines(run.path / "timing.jsonl")}
    found = []
    for path in sorted((run.path / "samples").glob("[0-9]*.png")):
        images = int(path.stem)
        line = next((line for line in lines if line["images"] >= images), lines[-1] if lines else None)
        caption = f"{images:,} images"
        if line and images:
            epoch = line["epoch"] * images_in_stage(images, line) / max(line["stage_images"], 1)
            caption = f"{line['stage']}    epoch {epoch:,.1f}    {caption}    {_hours(seconds.get(line['images'], 0))}"
        found.append(Keyframe(path, caption))
    if len(found) < 2:
        raise HouseganError(
            f"{run.path} has {len(found)} sample grid yet, a film needs two: let it train a little longer."
        )
    return found


def images_in_stage(images: int, line: dict[str, int]) -> int:
    """Images of the stage shown when the whole run had shown `images`, by a metrics line of that stage."""
    return images - (line["images"] - line["stage_images"])


def thinned(frames: Sequence[Keyframe], seconds: float | None) -> tuple[list[Keyframe], float]:
    """Choose keyframes evenly, first and last among them, at most two a second; and the seconds that they take.

    Snapshots are denser early, and so is the film.
    """
    if seconds is not None and seconds < 1:
        raise HouseganError(f"--seconds {seconds:g} is too short: a film takes one second at least.")
    longest = seconds or LONGEST_S
    most = max(2, int(longest * KEYFRAMES_PER_SECOND) + 1)
    count = min(len(frames), most)
    places = np.rint(np.linspace(0, len(frames) - 1, count)).astype(int)
    return [frames[place] for place in places], seconds or (count - 1) / KEYFRAMES_PER_SECOND


def frames(chosen: Sequence[Keyframe], *, seconds: float) -> Iterator[NDArray[np.uint8]]:
    """Draw the film's frames, h × w × 3, two keyframes in memory at a time; the last one is held."""
    steps = round(seconds * FPS)
    before, after = _light(chosen[0]), _light(chosen[1])
    place = 0
    for step in range(steps):
        where = step / steps * (len(chosen) - 1)
        while int(where) > place:
            place += 1
            before, after = after, _light(chosen[place + 1])
        share = _eased(where - place)
        yield srgb(before + np.float32(share) * (after - before))
    last = srgb(after)
    for _ in range(round(HOLD_S * FPS)):
        yield last


def frame_count(seconds: float) -> int:
    """How many frames `frames` draws."""
    return round(seconds * FPS) + round(HOLD_S * FPS)


def _light(keyframe: Keyframe) -> NDArray[np.float32]:
    """Enlarge a grid by a whole factor, write its caption beneath and turn it to linear light."""
    with Image.open(keyframe.path) as file:
        grid = file.convert("RGB")
    factor = max(1, round(WANTED_PX / max(grid.size)))
    grid = grid.resize((grid.width * factor, grid.height * factor), Image.Resampling.BICUBIC)
    width, height = grid.width + grid.width % 2, grid.height + CAPTION_PX
    frame = Image.new("RGB", (width, height + height % 2), PAPER)
    frame.paste(grid)
    font = ImageFont.load_default(size=CAPTION_PX * 0.45)
    middle = (frame.width / 2, grid.height + CAPTION_PX / 2)
    ImageDraw.Draw(frame).text(middle, keyframe.caption, INK, font, anchor="mm")
    return linear(np.asarray(frame))


def _eased(share: float) -> float:
    """Slow at both ends (smoothstep)."""
    return share * share * (3 - 2 * share)


def _hours(seconds: float) -> str:
    return f"{seconds / 60:.1f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"
