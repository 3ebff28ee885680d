"""The painter: same seed, same picture; the box holds the house."""

from typing import get_args

import cv2
import imagehash
import numpy as np
import pytest

from housegan.demo.painter import Style, compose, paint_house, paint_interior, paint_row

STYLES: tuple[Style, ...] = get_args(Style)


@pytest.mark.parametrize("style", STYLES)
def test_the_same_seed_paints_the_same_pixels_and_another_seed_others(style: Style) -> None:
    first, again, other = (paint_house(seed, style=style) for seed in (3, 3, 4))
    assert first.image.tobytes() == again.image.tobytes()
    assert (first.subject_box, first.title) == (again.subject_box, again.title)
    assert first.image.tobytes() != other.image.tobytes()


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("width", "height"), [(256, 256), (320, 256), (256, 384), (61, 47), (600, 200)])
def test_a_painting_has_the_size_asked_for_and_a_title(style: Style, width: int, height: int) -> None:
    for painting in (
        paint_house(1, style=style, width=width, height=height),
        paint_row(1, style=style, width=width, height=height),
        paint_interior(1, width=width, height=height),
    ):
        assert painting.image.size == (width, height)
        assert painting.image.mode == "RGB"
        assert painting.title
        left, top, right, bottom = painting.subject_box
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height


@pytest.mark.parametrize("style", STYLES)
def test_the_box_holds_what_changes_when_the_house_is_left_out(style: Style) -> None:
    for seed in range(12):
        scene = compose(seed, style=style, width=256, height=256)
        if scene.water:
            continue  # the mirror image below the house is no part of it
        change = np.abs(scene.pixels().astype(int) - scene.without_house().pixels()).max(axis=2)
        seen = cv2.morphologyEx((change > 30).astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
        rows, columns = np.nonzero(seen)
        left, top, right, bottom = paint_house(seed, style=style).subject_box
        reach = 3  # blur and wavering edges carry a house's colour a little beyond it
        assert left - reach <= columns.min() <= columns.max() < right + reach, seed
        assert top - reach <= rows.min() <= rows.max() < bottom + reach, seed
        assert (rows.max() - rows.min()) > 0.6 * (bottom - top), seed
        assert (columns.max() - columns.min()) > 0.6 * (right - left), seed


@pytest.mark.parametrize("style", STYLES)
def test_the_house_is_large_and_near_the_centre(style: Style) -> None:
    boxes = np.array([paint_house(seed, style=style).subject_box for seed in range(20)])
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    assert np.abs(centres - 128).max() < 40
    assert np.median((boxes[:, 2:] - boxes[:, :2]).max(axis=1)) > 140


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("width", "height", "axis"), [(256, 256, 0), (384, 256, 0), (256, 384, 1)])
def test_off_centre_moves_the_house_to_an_edge_without_cutting_it(
    style: Style, width: int, height: int, axis: int
) -> None:
    for seed in range(6):
        offsets = []
        for off_centre in (0.0, 0.5, 1.0):
            box = paint_house(seed, style=style, width=width, height=height, off_centre=off_centre).subject_box
            assert 0 < box[0] < box[2] < width
            assert 0 < box[1] < box[3] < height
            offsets.append(abs((box[axis] + box[axis + 2]) / 2 - (width, height)[axis] / 2))
        assert offsets[2] > offsets[0] + 0.08 * (width, height)[axis], (seed, offsets)
        gap = min(box[axis], (width, height)[axis] - box[axis + 2])
        assert gap < 0.05 * (width, height)[axis], (seed, box)


def test_photographed_skies_differ_from_the_ground() -> None:
    for seed in range(12):
        pixels = np.asarray(paint_house(seed, style="photographic").image).astype(float)
        sky, ground = pixels[:24].mean(axis=(0, 1)), pixels[-90:-50, :24].mean(axis=(0, 1))
        assert sky[2] - sky[:2].mean() > ground[2] - ground[:2].mean() + 8, seed


@pytest.mark.parametrize("style", STYLES)
def test_different_seeds_are_no_near_duplicates(style: Style) -> None:
    hashes = np.array(
        [imagehash.phash(paint_house(seed, style=style).image, hash_size=16).hash.ravel() for seed in range(40)]
    )
    distances = (hashes[:, None] != hashes[None]).sum(axis=-1)[np.triu_indices(40, 1)]
    assert distances.min() > 48
