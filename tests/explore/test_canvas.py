"""Where tiles lie in a frame."""

import numpy as np
import pytest

from housegan.explore.canvas import GROUND, SHAPES, canvas


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9, 12, 64])
def test_tiles_are_whole_apart_from_each_other_and_inside(shape: str, count: int) -> None:
    layout = canvas(count, 64, shape=shape, short_px=720)
    wide, high = SHAPES[shape]
    assert layout.width / layout.height == pytest.approx(wide / high, rel=0.01)
    assert layout.width % 2 == layout.height % 2 == 0
    assert len(layout.corners) == count
    taken = np.zeros((layout.height, layout.width), int)
    for left, top in layout.corners:
        assert min(left, top) >= 0
        taken[top : top + layout.tile, left : left + layout.tile] += 1
    assert taken.max() == 1
    assert taken.sum() == count * layout.tile**2  # none is cropped
    assert layout.tile % 64 == 0  # enlarged by a whole factor
    assert np.abs(np.argwhere(taken).mean(axis=0) - (np.array(taken.shape) - 1) / 2)[1] < 1  # centred


def test_grids_are_those_that_give_the_largest_tiles() -> None:
    wide = canvas(2, 64, shape="16:9", short_px=720)
    assert wide.corners[0][1] == wide.corners[1][1]  # side by side
    tall = canvas(2, 64, shape="9:16", short_px=720)
    assert tall.corners[0][0] == tall.corners[1][0]  # one above the other
    assert canvas(4, 64, shape="square", short_px=720).tile == 320


def test_pictures_are_laid_out_in_order_and_the_rest_is_quiet() -> None:
    layout = canvas(3, 32, shape="square", short_px=200)
    pictures = np.stack([np.full((32, 32, 3), 60 * (n + 1), np.uint8) for n in range(3)])
    frame = layout.laid(pictures)
    assert frame.shape == (200, 200, 3)
    middles = [frame[top + layout.tile // 2, left + layout.tile // 2, 0] for left, top in layout.corners]
    assert middles == [60, 120, 180]
    assert tuple(frame[0, 0]) == GROUND


def test_pictures_larger_than_their_tile_are_made_smaller() -> None:
    layout = canvas(4, 512, shape="square", short_px=256)
    assert layout.tile < 128
    assert layout.laid(np.zeros((4, 512, 512, 3), np.uint8)).shape == (256, 256, 3)
