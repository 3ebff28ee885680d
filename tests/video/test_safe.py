"""Films get their name only when they don't fail."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from housegan.errors import HouseganError
from housegan.video import safe
from housegan.video.encoder import Draw
from housegan.video.safe import report_path, write_safely
from housegan.video.smoothing import smoothed
from tests.video.drawn import Picture, alternating, checkerboard, coloured, noise, read


def test_a_calm_film_is_written_as_it_is_with_its_report(tmp_path: Path) -> None:
    film = write_safely(tmp_path / "a" / "film.mp4", lambda: (coloured((n, n, n)) for n in range(60)), fps=30)
    assert (film.frames, film.verdict, film.smoothed) == (60, "pass", False)
    report = json.loads((tmp_path / "a" / "film.mp4.flashes.json").read_text())
    assert report["verdict"] == "pass"
    assert {"worst_second", "area", "transitions", "kind", "frames", "seconds", "smoothed"} <= set(report)
    assert sorted(path.name for path in film.path.parent.iterdir()) == ["film.mp4", "film.mp4.flashes.json"]


@pytest.mark.parametrize(
    "draw", [lambda: checkerboard(hertz=12), noise, lambda: alternating((200, 0, 0), (90, 90, 90), hertz=4)]
)
def test_what_would_flash_is_smoothed_and_keeps_its_length_and_its_ends(tmp_path: Path, draw: Draw) -> None:
    film = write_safely(tmp_path / "film.mp4", draw, fps=24)
    assert film.smoothed
    assert film.verdict in ("pass", "warn")
    wanted, got = list(draw()), read(film.path)
    assert len(got) == len(wanted) == film.frames
    for place in (0, -1):
        assert np.abs(got[place].astype(int) - wanted[place]).mean() < 6
    assert json.loads(report_path(film.path).read_text())["smoothed"] is True


def test_what_still_fails_is_written_only_when_a_person_insists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safe, "HALF_WIDTHS_S", (0.05,))

    def draw() -> Iterator[Picture]:
        return alternating((0, 0, 0), (255, 255, 255), hertz=4)

    with pytest.raises(HouseganError, match="--allow-flashes"):
        write_safely(tmp_path / "film.mp4", draw, fps=24)
    assert not list(tmp_path.iterdir())
    film = write_safely(tmp_path / "film.mp4", draw, fps=24, allow_flashes=True)
    assert (film.verdict, film.smoothed) == ("fail", False)
    assert json.loads(report_path(film.path).read_text())["verdict"] == "fail"


def test_a_film_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def draw() -> Iterator[Picture]:
        yield coloured((1, 2, 3))
        raise ValueError("a picture is missing")

    with pytest.raises(ValueError, match="missing"):
        write_safely(tmp_path / "film.mp4", draw, fps=10)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("count", "half_width"), [(1, 4), (2, 6), (9, 2), (9, 6), (5, 30)])
def test_smoothing_is_a_box_twice_in_linear_light(count: int, half_width: int) -> None:
    rng = np.random.default_rng(count)
    frames = [rng.integers(0, 256, (4, 5, 3), dtype=np.uint8) for _ in range(count)]
    got = list(smoothed(frames, half_width=half_width))
    wanted = plain_box(plain_box([plain_light(frame) for frame in frames], half_width // 2), half_width // 2)
    assert len(got) == count
    for one, other in zip(got, wanted, strict=True):
        assert np.abs(plain_light(one) - other).max() < 0.012
    assert (got[0] == frames[0]).all()
    assert (got[-1] == frames[-1]).all()


def plain_light(frame: Picture) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    srgb = frame / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def plain_box(
    frames: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]], half: int
) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    reaches = [min(half, place, len(frames) - 1 - place) for place in range(len(frames))]
    return [np.mean(frames[place - reach : place + reach + 1], axis=0) for place, reach in enumerate(reaches)]
