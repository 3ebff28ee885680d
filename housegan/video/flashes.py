"""Flashes, measured by the thresholds of WCAG 2.3.1. This is a measurement of ours, and no certificate of anybody's.

A frame becomes blocks of about 32 × 32 px, each the mean of its linear light. Of every block two things are followed:

- its relative luminance: a transition is a change of a tenth or more from the last turning point, however many frames
  it takes, where the darker side is under 0.80. The next one must go the other way;
- its chromaticity: a transition goes from a saturated red to a colour that is none, or back, over more than 0.2 in
  CIE 1976 u'v'.

A flash is two transitions. Each block's are counted in the second that ends with each frame: a sliding window. What
covers an area is decided so: at n transitions a second, those blocks count together that each had n or more within the
same second, in phase or not, and they cover enough where they are over a quarter of some third-by-third window of the
frame, or of the frame. Luminance and red are counted each for itself.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from housegan.video.light import LINEAR
from housegan.video.turns import Blocks, Brightness, Mask, Redness

BLOCK_PX, FEWEST_BLOCKS = 32, 24
"""A block's side; of small frames they are smaller, so that the shorter side has 24."""
WARN, MOST = 4, 6
"""Transitions within a second: from 4 on it warns, above 6 it fails."""
AREA = 0.25
SUSTAINED_S, SUSTAINED_OF_S = 4.0, 5.0
"""4 to 6 transitions a second for so much of so many seconds are an extended failure."""
REMEMBERED = 64
"""Transitions of a block that are remembered: more in a second are not told apart."""
_TOLERANCE_S = 1e-6

Kind = Literal["luminance", "red"]


class Verdict(StrEnum):
    """What a film gets, the best first; the last two fail."""

    PASS = "pass"  # noqa: S105 no password
    WARN = "warn"
    EXTENDED = "extended"
    FAIL = "fail"

    @property
    def fails(self) -> bool:
        """Whether such a film breaks the rule."""
        return self in (Verdict.EXTENDED, Verdict.FAIL)


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured, and where it was worst."""

    verdict: Verdict
    kind: Kind
    """What changed in the worst second."""
    transitions: int
    """The most within one second that covered enough; 64 stands for more, too."""
    worst_second: float
    """When that second began, in seconds from the film's first frame."""
    area: float
    """The share of the fullest window, or of the frame, that had so many."""
    frames: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame and when it is shown."""

    start_s: float
    lasts_s: float
    picture: NDArray[np.uint8]
    """h × w × 3."""


def judge(frames: Iterable[Shown]) -> Report:
    """Measure frames in their order, in memory that doesn't grow with their number."""
    meter = Meter()
    for shown in frames:
        meter.add(shown)
    return meter.report()


class Meter:
    """Measures frame by frame."""

    def __init__(self) -> None:
        self._shape: tuple[int, int] | None = None
        self._worst: tuple[int, float, float, Kind] = (0, 0.0, 0.0, "luminance")
        self._sustained: dict[Kind, _Sustained] = {"luminance": _Sustained(), "red": _Sustained()}
        self._frames, self._end_s = 0, 0.0

    def add(self, shown: Shown) -> None:
        """Measure the next frame."""
        if self._shape is None:
            self._shape = blocks_of(*shown.picture.shape[:2])
            self._tracks: dict[Kind, Brightness | Redness] = {
                "luminance": Brightness(self._shape),
                "red": Redness(self._shape),
            }
            self._passed = {kind: _Passed(self._shape) for kind in self._tracks}
        light = block_light(shown.picture, self._shape)
        for kind, track in self._tracks.items():
            self._passed[kind].add(track.turned(light), shown.start_s)
            self._weigh(kind, shown.start_s)
        self._frames += 1
        self._end_s = shown.start_s + shown.lasts_s

    def report(self) -> Report:
        """Judge all that was measured."""
        transitions, area, start_s, kind = self._worst
        for sustained in self._sustained.values():
            sustained.until(self._end_s)
        verdict = Verdict.PASS
        if transitions > MOST:
            verdict = Verdict.FAIL
        elif any(sustained.too_long for sustained in self._sustained.values()):
            verdict = Verdict.EXTENDED
        elif transitions >= WARN:
            verdict = Verdict.WARN
        return Report(verdict, kind, transitions, start_s, area, self._frames, self._end_s)

    def _weigh(self, kind: Kind, now_s: float) -> None:
        counts = self._passed[kind].within_a_second(now_s)
        transitions, area = covering(counts)
        if (transitions, area) > self._worst[:2]:
            self._worst = (transitions, area, max(now_s - 1, 0.0), kind)
        self._sustained[kind].at(now_s, transitions >= WARN)


def blocks_of(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of blocks that a frame is divided into."""
    side = min(BLOCK_PX, max(min(height, width) / FEWEST_BLOCKS, 1))
    return max(round(height / side), 1), max(round(width / side), 1)


def block_light(picture: NDArray[np.uint8], shape: tuple[int, int]) -> Blocks:
    """Average the linear light of each block, rows × columns × 3."""
    light = cv2.LUT(picture, LINEAR)
    return cv2.resize(light, shape[::-1], interpolation=cv2.INTER_AREA).reshape(*shape, 3).astype(np.float64)


def covering(counts: NDArray[np.int64]) -> tuple[int, float]:
    """The highest count that enough blocks reach, and the share of the fullest window that does; 0 where none do."""
    reached, area = 0, 0.0
    for count in range(1, int(counts.max()) + 1):
        share = fullest(counts >= count)
        if share <= AREA:
            break
        reached, area = count, share
    return reached, area


def fullest(blocks: Mask) -> float:
    """The largest share that holds true of the frame, or of any window of a third of its height and width."""
    rows, columns = blocks.shape
    high, wide = max(round(rows / 3), 1), max(round(columns / 3), 1)
    sums = np.zeros((rows + 1, columns + 1), np.int64)
    sums[1:, 1:] = blocks.cumsum(0).cumsum(1)
    windows = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
    return float(max(windows.max() / (high * wide), sums[-1, -1] / blocks.size))


class _Passed:
    """When each block made its last transitions."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._times_s = np.full((REMEMBERED, *shape), -np.inf)
        self._next = np.zeros(shape, np.intp)

    def add(self, turned: Mask, now_s: float) -> None:
        rows, columns = np.nonzero(turned)
        self._times_s[self._next[rows, columns], rows, columns] = now_s
        self._next[rows, columns] = (self._next[rows, columns] + 1) % REMEMBERED

    def within_a_second(self, now_s: float) -> NDArray[np.int64]:
        """How many each block made in the second that ends now; what is exactly a second old is out."""
        counts: NDArray[np.int64] = (self._times_s > now_s - 1 + _TOLERANCE_S).sum(axis=0)
        return counts


class _Sustained:
    """For how much of the last five seconds there were transitions enough to warn."""

    def __init__(self) -> None:
        self._spans: deque[tuple[float, float]] = deque()
        self._since: float | None = None
        self._last_s = 0.0
        self.too_long = False

    def at(self, now_s: float, warns: bool) -> None:
        """Note whether it warns from now on."""
        self.until(now_s)
        self._since = now_s if warns else None

    def until(self, now_s: float) -> None:
        """Count what lasted until now; a frame's transitions are over after a second."""
        if self._since is not None:
            end_s = min(now_s, self._since + 1)
            if self._spans and self._spans[-1][1] >= self._since:
                self._spans[-1] = (self._spans[-1][0], end_s)
            else:
                self._spans.append((self._since, end_s))
        while self._spans and self._spans[0][1] <= now_s - SUSTAINED_OF_S:
            self._spans.popleft()
        lasted_s = sum(end - max(start, now_s - SUSTAINED_OF_S) for start, end in self._spans)
        self.too_long |= lasted_s >= SUSTAINED_S - _TOLERANCE_S
