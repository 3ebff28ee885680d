"""Curves beside a film's pictures. They are drawn once; each frame uncovers what has happened by then."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from housegan.errors import HouseganError
from housegan.run.folder import Run
from housegan.run.metrics import Evaluation, evaluations, ticks

INK, PAPER, FAINT = (235, 232, 226), (24, 23, 28), (92, 90, 98)
REAL, FAKE, DISCRIMINATOR, GENERATOR = (127, 194, 155), (233, 138, 99), (142, 162, 232), (216, 165, 111)
FINER = 2
"""Curves are drawn so much larger and then scaled down, which smooths their edges."""
MARGIN_PX, HEAD_PX = 22, 30
WIDTH_OF_HEIGHT = 0.62
"""A panel's width, as a share of the film's height."""

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """One measure over images shown."""

    name: str
    colour: tuple[int, int, int]
    images: Column
    values: Column
    spread: Column | None = None
    """What lies as far above and below is shaded."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Curves that share one axis from 0 to `top`."""

    title: str
    curves: tuple[Curve, ...]
    top: float


@dataclass(frozen=True, slots=True)
class Strips:
    """A panel of strips, before and after all that happened."""

    bare: NDArray[np.uint8]
    """h × w × 3, without curves."""
    drawn: NDArray[np.uint8]
    """h × w × 3, with the whole curves."""
    last_images: int

    def until(self, images: float) -> NDArray[np.uint8]:
        """The panel as it stands after so many images."""
        width = self.bare.shape[1]
        edge = round(MARGIN_PX + (width - 2 * MARGIN_PX) * min(images / max(self.last_images, 1), 1))
        return np.concatenate([self.drawn[:, : edge + 1], self.bare[:, edge + 1 :]], axis=1)


def _losses(run: Run) -> Strip:
    lines = ticks(run)
    images = np.array([line["images"] for line in lines], float)
    curves = tuple(
        Curve(name, colour, images, np.array([line[key] for line in lines], float))
        for name, colour, key in (("discriminator", DISCRIMINATOR, "loss_d"), ("generator", GENERATOR, "loss_g"))
    )
    return Strip("loss", curves, _top(curves))


def _scores(run: Run) -> Strip:
    lines = ticks(run)
    images = np.array([line["images"] for line in lines], float)
    curves = tuple(
        Curve(
            kind, colour, images,
            np.array([line[f"score_{kind}"] for line in lines], float),
            np.array([line[f"score_{kind}_std"] for line in lines], float),
        )
        for kind, colour in (("real", REAL), ("fake", FAKE))
    )  # fmt: skip
    return Strip("score, ± one standard deviation", curves, 1.0)


def _kid(run: Run) -> Strip:
    lines = evaluations(run)
    if not lines:
        raise HouseganError(f"{run.path} was never evaluated: leave kid out of --strips.")
    curves = [
        curve
        for stage, judged in groupby(
            filter(_finite, lines), key=lambda line: line.stage
        )  # others' pictures: not joined
        for curve in _kid_of(list(judged))
    ]
    return Strip("KID", tuple(curves), _top(curves))


def _finite(line: Evaluation) -> bool:
    return bool(np.isfinite([line.kid_lite0, line.kid_lite0_error, line.kid_lite0_real]).all())


def _kid_of(lines: Sequence[Evaluation]) -> tuple[Curve, Curve]:
    images, values, errors, real = np.array(
        [(line.images, line.kid_lite0, line.kid_lite0_error, line.kid_lite0_real) for line in lines], float
    ).T
    return Curve("generated", FAKE, images, values, errors), Curve("real", REAL, images, real)


STRIPS: Mapping[str, Callable[[Run], Strip]] = {"losses": _losses, "scores": _scores, "kid": _kid}


def chosen_strips(run: Run, names: Sequence[str]) -> list[Strip]:
    """Read the strips that are asked for by name; raises HouseganError where one doesn't exist or has nothing yet."""
    for name in names:
        if name not in STRIPS:
            raise HouseganError(f"--strips {name!r} is not known: take {', '.join(STRIPS)}, with commas between.")
    if len(ticks(run)) < 2:
        raise HouseganError(f"{run.path} has no two ticks yet for --strips: let it train a little longer.")
    return [STRIPS[name](run) for name in names]


def panel(strips: Sequence[Strip], height: int, *, begins: Sequence[int] = ()) -> Strips:
    """Draw strips above each other in a panel of that height, with an upright line where each stage `begins`."""
    width = round(height * WIDTH_OF_HEIGHT / 2) * 2
    last = int(max(curve.images[-1] for strip in strips for curve in strip.curves))
    pictures = []
    for with_curves in (strips, [Strip(strip.title, (), strip.top) for strip in strips]):
        image = Image.new("RGB", (width * FINER, height * FINER), PAPER)
        for place, strip in enumerate(with_curves):
            top = round(place * height / len(strips))
            bottom = round((place + 1) * height / len(strips))
            box = (MARGIN_PX, top + HEAD_PX + 10, width - MARGIN_PX, bottom - 14)
            _axes(image, box, [images / max(last, 1) for images in begins])
            _draw(image, strip, box, last)
            _head(image, strips[place], (MARGIN_PX, top + 10), width - MARGIN_PX)
        pictures.append(np.asarray(image.resize((width, height), Image.Resampling.BOX)))
    return Strips(pictures[1], pictures[0], last)


def _axes(image: Image.Image, box: tuple[int, int, int, int], begins: Sequence[float]) -> None:
    """Draw the lines that are there from the start; `begins` are shares of the box's width."""
    left, top, right, bottom = (side * FINER for side in box)
    fainter = (46, 45, 49)
    draw = ImageDraw.Draw(image)
    draw.line([(left, top), (right, top)], fainter, 1)
    for share in begins:
        x = left + share * (right - left)
        draw.line([(x, top), (x, bottom)], fainter, FINER)
    draw.line([(left, bottom), (right, bottom)], FAINT, FINER)


def _draw(image: Image.Image, strip: Strip, box: tuple[int, int, int, int], last: int) -> None:
    """Draw shades and lines into a box of unscaled pixels."""
    left, top, right, bottom = (side * FINER for side in box)
    draw = ImageDraw.Draw(image)

    def points(images: Column, values: Column) -> list[tuple[float, float]]:
        x = left + (right - left) * images / max(last, 1)
        y = bottom - (bottom - top) * np.clip(values / strip.top, 0, 1)
        return list(zip(x.tolist(), y.tolist(), strict=True))

    for curve in strip.curves:
        if curve.spread is not None and len(curve.values) > 1:
            shade = Image.new("L", image.size, 0)
            above = points(curve.images, curve.values + curve.spread)
            below = points(curve.images, curve.values - curve.spread)
            ImageDraw.Draw(shade).polygon([*above, *reversed(below)], 56)
            image.paste(curve.colour, (0, 0), shade)
    for curve in strip.curves:
        line = points(curve.images, curve.values)
        draw.line(line, curve.colour, 2 * FINER, joint="curve")
        if len(line) < 40:
            for x, y in line:
                draw.ellipse([x - 4, y - 4, x + 4, y + 4], curve.colour)


def _head(image: Image.Image, strip: Strip, corner: tuple[int, int], right: int) -> None:
    """Write the title, the curves' names in their colours and the axis's end."""
    font = ImageFont.load_default(size=15 * FINER)
    draw = ImageDraw.Draw(image)
    x, y = (side * FINER for side in corner)
    for text, colour in ((strip.title, INK), *dict.fromkeys((curve.name, curve.colour) for curve in strip.curves)):
        draw.text((x, y), text, colour, font)
        x += round(font.getlength(text)) + 14 * FINER
    draw.text((right * FINER, y), f"{strip.top:.2g}", FAINT, font, anchor="ra")


def _top(curves: Sequence[Curve]) -> float:
    """The end of an axis: above nearly all of the values, so that one of the first doesn't flatten the rest."""
    return max(float(np.percentile(np.concatenate([curve.values for curve in curves]), 98)) * 1.15, 1e-9)
