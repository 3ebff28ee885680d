"""What the page shows of one run."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from housegan.explore.plot import Clock, Curves, curves
from housegan.explore.samples import drawn
from housegan.run.folder import Run, RunConfig
from housegan.run.lines import read_lines
from housegan.run.metrics import Judged, evaluations
from housegan.run.snapshots import Moment, Snapshot

LARGEST_PX = 256
LOSSLESS_UP_TO_PX = 64
QUALITY = 88

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Side:
    """One run at one generator."""

    run: Run
    config: RunConfig
    moment: Moment
    size: int
    z: int
    """Length of the latents."""
    weights: int
    """Numbers that the generator learned."""
    pictures: Sequence[bytes]
    """WebP, one a seed."""
    judged: Judged | None
    """The evaluation nearest to the generator, of its stage."""
    curves: Curves
    hours: float | None
    """Of training until then."""


def gathered(
    run: Run,
    snapshot: Snapshot,
    seeds: Sequence[int],
    *,
    by: Clock,
    counted: Callable[[Iterable[Picture]], Iterator[Picture]],
) -> Side:
    """Draw the seeds and read what is known of the run; `counted` shows how far the drawing is."""
    generator, moment = snapshot.generator(), snapshot.moment()
    return Side(
        run=run, config=run.config(), moment=moment, size=generator.config.size, z=generator.config.z,
        weights=sum(parameter.numel() for parameter in generator.parameters()),
        pictures=[_webp(picture) for picture in counted(drawn(generator, seeds))],
        judged=_nearest(evaluations(run), moment), curves=curves(run, by=by), hours=_hours(run, moment.images),
    )  # fmt: skip


def _nearest(judged: Sequence[Judged], moment: Moment) -> Judged | None:
    of_stage = [one for one in judged if one.stage == moment.stage]
    return min(of_stage, key=lambda one: abs(one.images - moment.images), default=None)


def _hours(run: Run, images: int) -> float | None:
    lines = [{"images": 0, "seconds": 0}, *read_lines(run.path / "timing.jsonl")]
    if len(lines) < 2:
        return None
    shown, seconds = ([line[name] for line in lines] for name in ("images", "seconds"))
    return float(np.interp(images, shown, seconds)) / 3600


def _webp(picture: Picture) -> bytes:
    """Small enough that a page of many stays one that can be sent; what is tiny is kept exactly."""
    image = Image.fromarray(picture)
    if image.width > LARGEST_PX:
        image = image.resize((LARGEST_PX, LARGEST_PX), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "WEBP", lossless=image.width <= LOSSLESS_UP_TO_PX, quality=QUALITY, method=4)
    return file.getvalue()
