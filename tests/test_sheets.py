import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from housegan.sheets import GAP_PX, HEADED_PX, LINE_PX, headed, png, tiled, write_sheet


def plain(count: int, height: int = 5, width: int = 7) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None, None], (count, height, width, 3))


@pytest.mark.parametrize(
    ("count", "columns", "layout"),
    [(1, None, (1, 1)), (4, None, (2, 2)), (5, None, (2, 3)), (6, 2, (3, 2)), (3, 5, (1, 5)), (16, 4, (4, 4))],
)
def test_pictures_lie_in_rows_from_left_to_right_on_white(
    count: int, columns: int | None, layout: tuple[int, int]
) -> None:
    sheet = tiled(plain(count), columns=columns)
    rows, across = layout
    assert sheet.shape == (rows * (5 + GAP_PX) - GAP_PX, across * (7 + GAP_PX) - GAP_PX, 3)
    covered = np.zeros(sheet.shape[:2], bool)
    for number in range(count):
        top, left = number // across * (5 + GAP_PX), number % across * (7 + GAP_PX)
        assert (sheet[top : top + 5, left : left + 7] == number).all()
        covered[top : top + 5, left : left + 7] = True
    assert (sheet[~covered] == 255).all()


def test_a_png_holds_the_very_pixels_and_the_facts_in_any_script() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (9, 11, 3), np.uint8)
    facts = {"housegan": '{"title": "Häuser 家"}', "Software": "housegan"}
    with Image.open(io.BytesIO(png(picture, facts)), formats=("PNG",)) as image:
        assert isinstance(image, Image.Image)
        np.testing.assert_array_equal(np.asarray(image), picture)
        assert image.info == facts


def test_the_same_picture_is_the_same_bytes() -> None:
    picture = plain(1)[0]
    assert png(picture) == png(picture.copy())
    assert png(picture, {"a": "b"}) != png(picture)


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (5, 3), (6, 3), (2, 5)])
def test_a_sheet_written_row_by_row_is_the_one_laid_out_at_once(tmp_path: Path, count: int, columns: int) -> None:
    pictures = np.random.default_rng(1).integers(0, 256, (count, 5, 7, 3), np.uint8)
    for name in ("a.png", "b.png"):
        write_sheet(tmp_path / name, iter(pictures), count=count, columns=columns, facts={"housegan": "x"})
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image), tiled(pictures, columns=columns))
        assert image.info == {"housegan": "x"}
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_heading_stands_above_the_pictures_and_can_be_read_on_a_narrow_sheet(tmp_path: Path) -> None:
    pictures = np.zeros((2, 32, 32, 3), np.uint8)
    write_sheet(tmp_path / "a.png", pictures, count=2, columns=2, heading="picked: 2 of 500 by the taste of castles")
    with Image.open(tmp_path / "a.png") as image:
        sheet = np.asarray(image)
    assert sheet.shape[1] == HEADED_PX
    lines = (sheet.shape[0] - 32) // LINE_PX
    assert sheet.shape[0] == lines * LINE_PX + 32
    head = sheet[: lines * LINE_PX]
    assert (head < 100).any()
    assert (head[:, -1] == 255).all(), "the text runs off the sheet"
    np.testing.assert_array_equal(sheet[lines * LINE_PX :, : 2 * 32 + GAP_PX], tiled(pictures, columns=2))
    assert headed("", 100).shape == (0, 100, 3)


def test_memory_does_not_grow_with_the_number_of_pictures(tmp_path: Path) -> None:
    picture = np.random.default_rng(2).integers(0, 256, (16, 16, 3), np.uint8)
    peaks = []
    for rows in (5, 100):
        tracemalloc.start()
        count = 100 * rows
        write_sheet(tmp_path / "a.png", (picture.copy() for _ in range(count)), count=count, columns=100)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    whole = 100 * rows * picture.nbytes
    assert peaks[1] < 1.2 * peaks[0]
    assert peaks[1] < whole / 5


def test_a_sheet_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    def stopped() -> Iterator[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
        yield from np.zeros((5, 8, 8, 3), np.uint8)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sheet(tmp_path / "a.png", stopped(), count=9, columns=3)
    assert list(tmp_path.iterdir()) == []
