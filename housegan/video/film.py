"""The progress film: what the generator drew from the same latents, from its first image to its last."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from housegan.errors import HouseganError
from housegan.sheets import GAP_PX
from housegan.video.encoder import Rate
from housegan.video.keyframes import Keyframe
from housegan.video.light import LINEAR, srgb
from housegan.video.strips import INK, PAPER, Strips
from housegan.video.timeline import Stop, Title, segment

WANTED_PX = 720
CAPTION_PX = 44

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of the sample grids, to be shown alone and large."""

    number: int
    """From 1, row by row."""
    side_px: int
    grid: int
    """Rows and columns of the grids."""

    def cut(self, sheet: Image.Image) -> Image.Image:
        """Cut the picture out of its grid."""
        row, column = divmod(self.number - 1, self.grid)
        left, top = column * (self.side_px + GAP_PX), row * (self.side_px + GAP_PX)
        return sheet.crop((left, top, left + self.side_px, top + self.side_px))


@dataclass(frozen=True, slots=True)
class Film:
    """A film that can be drawn again and again."""

    stops: Sequence[Stop]
    fps: Rate
    cell: Cell | None = None
    """None shows whole grids."""
    strips: Strips | None = None
    most_px: int | None = None
    """Larger pictures are made smaller."""

    def __len__(self) -> int:
        """How many frames it has."""
        return round(self.stops[-1].at_s * self.fps)

    def frames(self) -> Iterator[Picture]:
        """Draw the frames, h × w × 3 with even sides, two pictures in memory at a time."""
        first = self._first()
        pair, place_of_pair = _Pair(first, first), -1
        for number in range(len(self)):
            place, share = segment(self.stops, number / float(self.fps))
            if place != place_of_pair:
                before, after = self.stops[place].shown, self.stops[place + 1].shown
                followed = place == place_of_pair + 1  # a frame may pass several stops
                start = pair.after if followed else _shown(before, first.shape, self.cell, self.most_px)
                same = after == before
                pair = _Pair(start, start if same else _shown(after, start.shape, self.cell, self.most_px))
                place_of_pair = place
            frame = pair.mixed(_eased(share))
            if self.strips is not None:
                images = before.images + share * (after.images - before.images)
                frame = np.concatenate([frame, self.strips.until(images)], axis=1)
            yield frame

    @property
    def height(self) -> int:
        """Height of its frames, in pixels."""
        height: int = self._first().shape[0]
        return height

    def _first(self) -> Picture:
        return _shown(self.stops[0].shown, None, self.cell, self.most_px)


class _Pair:
    """Two pictures to be mixed in linear light.

    Each of their values is one of 256: a table of all 65,536 pairs is mixed instead of all pixels, for each frame anew.
    """

    def __init__(self, before: Picture, after: Picture) -> None:
        self.before, self.after = before, after
        self._pairs = None if before is after else before.astype(np.intp) * 256 + after

    def mixed(self, share: float) -> Picture:
        """Mix them, from the one before (0) to the one after (1)."""
        if self._pairs is None or share <= 0:
            return self.before
        table = srgb(((1 - share) * LINEAR[:, None] + share * LINEAR[None, :]).astype(np.float32)).ravel()
        return np.take(table, self._pairs, mode="clip")


def _shown(shown: Keyframe | Title, shape: tuple[int, ...] | None, cell: Cell | None, most_px: int | None) -> Picture:
    """Draw a keyframe in the size of the film, which the first one decides, or a title."""
    if isinstance(shown, Title):
        assert shape is not None
        frame = Image.new("RGB", (shape[1], shape[0]), PAPER)
        _centred(frame, shown.text, (frame.width / 2, frame.height / 2), CAPTION_PX * 0.7)
        return np.asarray(frame)
    try:
        with Image.open(shown.path, formats=("PNG",)) as file:
            picture = file.convert("RGB")
    except (OSError, SyntaxError, ValueError):
        raise HouseganError(f"{shown.path} is damaged: delete it and run the same again.") from None
    picture = _scaled(cell.cut(picture) if cell else picture, most_px)
    width, height = picture.width + picture.width % 2, picture.height + CAPTION_PX
    frame = Image.new("RGB", (width, height + height % 2), PAPER)
    frame.paste(picture)
    _centred(frame, shown.caption, (frame.width / 2, picture.height + CAPTION_PX / 2), CAPTION_PX * 0.45)
    if shape is not None and (frame.height, frame.width) != shape[:2]:
        raise HouseganError(f"{shown.path} has another size than the first grid: a film needs grids of one size.")
    return np.asarray(frame)


def _scaled(picture: Image.Image, most_px: int | None) -> Image.Image:
    """Enlarge by a whole factor to about 720 px, or shrink to what the format bears."""
    factor = max(1, round(min(WANTED_PX, most_px or WANTED_PX) / max(picture.size)))
    picture = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.BICUBIC)
    if most_px is not None:
        picture.thumbnail((most_px, most_px), Image.Resampling.LANCZOS)
    return picture


def _centred(frame: Image.Image, text: str, middle: tuple[float, float], size_px: float) -> None:
    """Write a line, smaller where it is wider than the frame."""
    font = ImageFont.load_default(size=size_px)
    font = ImageFont.load_default(size=size_px * min(1, 0.94 * frame.width / max(font.getlength(text), 1)))
    ImageDraw.Draw(frame).text(middle, text, INK, font, anchor="mm")


def _eased(share: float) -> float:
    """Slow at both ends (smoothstep)."""
    return share * share * (3 - 2 * share)
