"""Verdicts, and the measurement against a slow plain one."""

from collections.abc import Iterable
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from housegan.video.decoder import played
from housegan.video.flashes import Meter, Report, Shown, Verdict, block_light, blocks_of, fullest, judge
from tests.video.drawn import Picture, alternating, checkerboard, coloured, noise

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "flash"


def judged(frames: Iterable[Picture], *, fps: float = 24) -> Report:
    return judge(Shown(number / fps, 1 / fps, frame) for number, frame in enumerate(frames))


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the real videos are not beside the checkout")
@pytest.mark.parametrize(("name", "verdict"), [("2Hz_5s", "warn"), ("3Hz_6s", "fail"), ("gray", "pass")])
def test_videos_of_known_verdicts_get_them(name: str, verdict: str) -> None:
    assert judge(played(SHARED / f"{name}.mp4")).verdict == verdict


def test_a_checkerboard_in_antiphase_fails_though_its_mean_never_changes() -> None:
    report = judged(checkerboard(hertz=12))
    assert (report.verdict, report.transitions) == ("fail", 24)
    assert report.area == 1


def test_tiles_of_independent_noise_fail() -> None:
    assert judged(noise()).verdict == "fail"


@pytest.mark.parametrize(
    ("hertz", "seconds", "verdict"),
    [(1.5, 8, "pass"), (2, 3, "warn"), (3, 3, "warn"), (3, 8, "extended"), (4, 3, "fail")],
)
def test_how_often_and_how_long_decides(hertz: float, seconds: float, verdict: str) -> None:
    frames = alternating((0, 0, 0), (255, 255, 255), hertz=hertz, seconds=seconds)
    assert judged(frames).verdict == verdict


def test_slow_fades_pass_and_fast_ones_count_though_no_two_frames_differ_much() -> None:
    def fades(hertz: float) -> Iterable[Picture]:
        for number in range(4 * 60):
            grey = round(127 - 120 * np.cos(2 * np.pi * hertz * number / 60))
            yield coloured((grey, grey, grey))

    assert judged(fades(0.5), fps=60).verdict == "pass"
    assert judged(fades(5), fps=60).verdict == "fail"


def test_saturated_red_fails_where_its_luminance_hardly_changes() -> None:
    red, grey = (200, 0, 0), (90, 90, 90)
    report = judged(alternating(red, grey, hertz=5))
    assert (report.verdict, report.kind) == ("fail", "red")
    assert judged(alternating((90, 90, 200), grey, hertz=5)).verdict == "pass"


def test_red_that_is_reached_over_orange_counts_from_grey() -> None:
    """From grey to red it is far in u'v', from orange, which is no saturated red either, it is not."""
    grey, orange, red = (110, 110, 110), (180, 105, 20), (200, 0, 0)
    way = [coloured(colour) for colour in (grey, orange, red, orange)]
    report = judged(way * 12)
    assert (report.verdict, report.kind, report.transitions) == ("fail", "red", 12)
    assert judged(way[1:3] * 24).transitions == 0


def test_noise_in_what_is_nearly_black_is_no_red() -> None:
    assert judged(alternating((4, 0, 0), (0, 0, 3), hertz=12)).verdict == "pass"


def test_what_is_bright_on_both_sides_is_no_flash() -> None:
    assert judged(alternating((255, 255, 255), (232, 232, 232), hertz=12)).verdict == "pass"


@pytest.mark.parametrize(("side", "verdict"), [(15, "pass"), (26, "fail")])
def test_a_flash_counts_from_a_quarter_of_a_third_by_third_window_on(side: int, verdict: str) -> None:
    """Of 144 px a window is 48 × 48, a quarter of it 24 × 24."""

    def frames() -> Iterable[Picture]:
        for number in range(72):
            frame = coloured((0, 0, 0), side=144)
            frame[60 : 60 + side, 60 : 60 + side] = 255 * (number % 2)
            yield frame

    assert judged(frames()).verdict == verdict


def test_the_clock_decides_not_the_number_of_frames() -> None:
    frames = list(alternating((0, 0, 0), (255, 255, 255), hertz=12, seconds=2))
    assert judged(frames, fps=24).verdict == "fail"
    assert judged(frames, fps=3).verdict == "pass"


def test_a_film_of_one_frame_passes_and_of_none_too() -> None:
    assert judged([coloured((9, 9, 9))]).verdict == "pass"
    assert judged([]).verdict == "pass"


def test_memory_does_not_grow_with_the_film() -> None:
    import tracemalloc

    meter = Meter()
    frames = list(noise(seconds=1))
    peaks = []
    tracemalloc.start()
    for number in range(240):
        meter.add(Shown(number / 24, 1 / 24, frames[number % 24]))
        if number in (60, 239):
            peaks.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert peaks[1] < peaks[0] + 20_000


@pytest.mark.parametrize("seed", range(6))
def test_the_measurement_equals_a_slow_plain_one(seed: int) -> None:
    """Small random films, with frames of random length: smooth or rough, grey, coloured or reddish."""
    rng = np.random.default_rng(seed)
    size = (25, 27, 3) if seed == 5 else (9 + seed, 14, 3)
    still = rng.integers(0, 256, size)
    change = rng.integers(-255, 256, size) // (1 + seed % 3)
    frames, now = [], 0.0
    for number in range(45):
        lasts = float(rng.choice([0.02, 0.05, 0.1, 0.4], p=[0.3, 0.4, 0.25, 0.05]))
        tint = (1, 0.2, 0.2) if seed % 2 and number % 3 == 0 else (1, 1, 1)
        wave = np.sin(number * (0.4 + 0.3 * seed)) + 0.3 * rng.standard_normal()
        frames.append(Shown(now, lasts, np.clip((still + change * wave) * tint, 0, 255).astype(np.uint8)))
        now += lasts
    report = judge(frames)
    verdict, most = plainly(frames)
    assert (report.verdict, report.transitions) == (verdict, most)


def plainly(frames: list[Shown]) -> tuple[Verdict, int]:
    """The same rule, block after block with lists of times."""
    shape = blocks_of(*frames[0].picture.shape[:2])
    light = [plain_blocks(shown.picture, shape) for shown in frames]
    times: dict[str, dict[tuple[int, int], list[float]]] = {"luminance": {}, "red": {}}
    for row, column in product(*map(range, shape)):
        colours = [blocks[row][column] for blocks in light]
        times["luminance"][row, column] = plain_brightness(colours, [shown.start_s for shown in frames])
        times["red"][row, column] = plain_redness(colours, [shown.start_s for shown in frames])
    most, long = 0, False
    for kind in times.values():
        warned = []
        for shown in frames:
            now = shown.start_s
            counts = np.zeros(shape, int)
            for row, column in product(*map(range, shape)):
                counts[row, column] = sum(now - 1 + 1e-6 < time <= now for time in kind[row, column])
            reached = max((n for n in range(1, counts.max() + 1) if plain_fullest(counts >= n) > 0.25), default=0)
            most = max(most, reached)
            warned.append(reached >= 4)
        ends = [shown.start_s for shown in frames[1:]] + [frames[-1].start_s + frames[-1].lasts_s]
        for end in ends:
            lasted = sum(
                max(0.0, min(other, end, shown.start_s + 1) - max(shown.start_s, end - 5))
                for shown, other, warns in zip(frames, ends, warned, strict=True)
                if warns
            )
            long = long or lasted >= 4 - 1e-6
    if most > 6:
        return Verdict.FAIL, most
    return (Verdict.EXTENDED if long else Verdict.WARN if most >= 4 else Verdict.PASS), most


def plain_blocks(picture: Picture, shape: tuple[int, int]) -> list[list[tuple[float, float, float]]]:
    """Each block's mean, pixels at its edges counted by the share that is inside."""
    srgb = picture / 255
    light = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)

    def shares(length: int, count: int, place: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        start, end = place * length / count, (place + 1) * length / count
        return np.array([max(0.0, min(end, pixel + 1) - max(start, pixel)) for pixel in range(length)])

    def mean(row: int, column: int) -> tuple[float, float, float]:
        weights = np.outer(shares(light.shape[0], shape[0], row), shares(light.shape[1], shape[1], column))
        red, green, blue = (light * weights[..., None]).sum((0, 1)) / weights.sum()
        return float(red), float(green), float(blue)

    return [[mean(row, column) for column in range(shape[1])] for row in range(shape[0])]


def plain_brightness(colours: list[tuple[float, float, float]], starts: list[float]) -> list[float]:
    found: list[float] = []
    direction = 0
    since: list[float] = []
    for (red, green, blue), start in zip(colours, starts, strict=True):
        now = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        since.append(now)
        if direction != 1 and now - min(since) >= 0.1 and min(since) < 0.8:
            direction, since = 1, [now]
            found.append(start)
        elif direction != -1 and max(since) - now >= 0.1 and now < 0.8:
            direction, since = -1, [now]
            found.append(start)
    return found


def plain_redness(colours: list[tuple[float, float, float]], starts: list[float]) -> list[float]:
    def uv(colour: tuple[float, float, float]) -> tuple[float, float]:
        red, green, blue = (value + 0.002 for value in colour)
        x = 0.4124 * red + 0.3576 * green + 0.1805 * blue
        y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        z = 0.0193 * red + 0.1192 * green + 0.9505 * blue
        return 4 * x / (x + 15 * y + 3 * z), 9 * y / (x + 15 * y + 3 * z)

    def from_red(place: tuple[float, float]) -> float:
        return float(np.hypot(place[0] - 0.4507, place[1] - 0.5229))

    found: list[float] = []
    seen: list[tuple[float, float]] = []
    phase = None
    for colour, start in zip(colours, starts, strict=True):
        is_red = (colour[0] + 0.002) / (sum(colour) + 0.006) >= 0.8
        place = uv(colour)
        if phase is None:
            phase = is_red
        if is_red == phase:
            seen.append(place)
            continue
        extreme = min(seen, key=from_red) if phase else max(seen, key=from_red)
        if np.hypot(place[0] - extreme[0], place[1] - extreme[1]) > 0.2:
            phase, seen = is_red, [place]
            found.append(start)
    return found


def plain_fullest(blocks: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    rows, columns = blocks.shape
    high, wide = round(rows / 3), round(columns / 3)
    windows = product(range(rows - high + 1), range(columns - wide + 1))
    shares = [float(blocks[row : row + high, column : column + wide].mean()) for row, column in windows]
    return max([*shares, float(blocks.mean())])


def test_windows_slide_over_the_frame() -> None:
    blocks = np.zeros((24, 24), bool)
    blocks[5:9, 6:10] = True
    assert fullest(blocks) == 0.25 == plain_fullest(blocks)


def test_blocks_are_means_of_light() -> None:
    picture = np.zeros((48, 48, 3), np.uint8)
    picture[::2] = 255
    assert np.allclose(block_light(picture, blocks_of(48, 48)), 0.5, atol=1e-6)
