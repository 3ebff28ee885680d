import math
from collections.abc import Callable, Sequence

import pytest
import torch
from jaxtyping import TypeCheckError
from torch import Tensor

from housegan.augment import POLICIES, augment, brightness, contrast, cutout, draws, saturation, translation

Picture = list[list[list[float]]]
"""Rows of pixels of three numbers."""

ALL = ("color", "translation", "cutout")


# DiffAugment once more, pixel by pixel, from its paper's appendix: brightness within ± 0.5, saturation times 0 to 2,
# contrast times 0.5 to 1.5, a move by up to an eighth of the side, a box of half the side set to 0.


def plain_color(picture: Picture, u: Sequence[float]) -> Picture:
    picture = [[[value + u[0] - 0.5 for value in pixel] for pixel in row] for row in picture]
    picture = [
        [[sum(pixel) / 3 + (value - sum(pixel) / 3) * 2 * u[1] for value in pixel] for pixel in row] for row in picture
    ]
    values = [value for row in picture for pixel in row for value in pixel]
    mean = sum(values) / len(values)
    return [[[mean + (value - mean) * (0.5 + u[2]) for value in pixel] for pixel in row] for row in picture]


def plain_translation(picture: Picture, u: Sequence[float]) -> Picture:
    height, width = len(picture), len(picture[0])
    moves = []
    for side, draw in ((height, u[0]), (width, u[1])):
        most = math.floor(side / 8 + 0.5)
        moves.append(range(-most, most + 1)[math.floor(draw * (2 * most + 1))])
    return [
        [
            picture[y + moves[0]][x + moves[1]]
            if 0 <= y + moves[0] < height and 0 <= x + moves[1] < width
            else [0.0, 0.0, 0.0]
            for x in range(width)
        ]
        for y in range(height)
    ]


def plain_cutout(picture: Picture, u: Sequence[float]) -> Picture:
    height, width = len(picture), len(picture[0])
    hidden = []
    for side, draw in ((height, u[0]), (width, u[1])):
        length = math.floor(side / 2 + 0.5)
        places = range(side + 1) if length % 2 == 0 else range(side)  # of the box's centre
        centre = places[math.floor(draw * len(places))]
        hidden.append(set(range(centre - length // 2, centre - length // 2 + length)))
    return [
        [[0.0] * 3 if y in hidden[0] and x in hidden[1] else picture[y][x] for x in range(width)] for y in range(height)
    ]


PLAIN: dict[str, tuple[int, Callable[[Picture, Sequence[float]], Picture]]] = {
    "color": (3, plain_color),
    "translation": (2, plain_translation),
    "cutout": (2, plain_cutout),
}


def plain_augment(picture: Picture, policy: Sequence[str], u: Sequence[float]) -> Picture:
    for word in policy:
        count, function = PLAIN[word]
        picture, u = function(picture, u[:count]), u[count:]
    return picture


def pictures(count: int = 6, height: int = 16, width: int = 16) -> Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(5)) * 2 - 1


def uniforms(count: int, policy: Sequence[str], seed: int = 7) -> Tensor:
    return torch.rand(count, draws(policy), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("side", [(16, 16), (8, 12), (6, 10)], ids=str)
@pytest.mark.parametrize("policy", [*((word,) for word in ALL), ALL, ALL[::-1], ("cutout", "color"), ()], ids=str)
def test_every_policy_is_the_paper_s_pixel_by_pixel(policy: tuple[str, ...], side: tuple[int, int]) -> None:
    given, u = pictures(12, *side), uniforms(12, policy)
    found = augment(given, policy, u).permute(0, 2, 3, 1)
    for picture, row, result in zip(given.permute(0, 2, 3, 1).tolist(), u.tolist(), found, strict=True):
        torch.testing.assert_close(result, torch.tensor(plain_augment(picture, policy, row)), atol=2e-6, rtol=0)


def test_the_order_of_the_words_is_the_order_of_the_changes() -> None:
    given = pictures()
    cut_last = augment(given, ("color", "cutout"), uniforms(6, ("color", "cutout")))
    cut_first = augment(given, ("cutout", "color"), uniforms(6, ("cutout", "color")))
    assert ((cut_last == 0).all(dim=1).flatten(1).sum(dim=1) > 0).all(), "the box stays 0"
    assert not (cut_first == 0).any(), "the box is coloured like the rest"


@pytest.mark.parametrize("policy", [*((word,) for word in ALL), ALL, ()], ids=str)
def test_draws_is_what_is_consumed(policy: tuple[str, ...]) -> None:
    augment(pictures(), policy, torch.rand(6, draws(policy)))
    assert draws(policy) == sum(PLAIN[word][0] for word in policy)
    with pytest.raises((StopIteration, RuntimeError)):
        augment(pictures(), (*policy, "cutout"), torch.rand(6, draws(policy)))


def test_every_word_of_the_config_is_known() -> None:
    assert set(POLICIES) == set(ALL)


def test_gradients_flow_to_every_pixel_that_is_seen() -> None:
    given = pictures().requires_grad_()
    changed = augment(given, ALL, uniforms(6, ALL))
    changed.square().sum().backward()
    assert given.grad is not None
    assert given.grad.isfinite().all()
    assert ((given.grad != 0).flatten(1).float().mean(dim=1) > 0.5).all()


def test_the_gradient_is_the_change_s_own() -> None:
    given = pictures(2, 4, 4).double().requires_grad_()
    u = uniforms(2, ALL).double()
    assert torch.autograd.gradcheck(lambda x: augment(x, ALL, u), [given])


def test_nothing_is_clamped() -> None:
    bright = torch.ones(1, 3, 8, 8)
    bright[:, 0] = -1
    found = augment(bright, ("color",), torch.tensor([[0.999, 0.999, 0.999]]))
    assert found.max() > 1.5
    assert found.min() < -1.5


def test_each_picture_has_changes_of_its_own_and_its_neighbours_do_not_matter() -> None:
    given, u = pictures(), uniforms(6, ALL)
    together = augment(given, ALL, u)
    alone = torch.cat([augment(given[n : n + 1], ALL, u[n : n + 1]) for n in range(6)])
    torch.testing.assert_close(together, alone)


# The single changes


def test_saturation_of_nothing_is_grey_and_contrast_keeps_the_mean() -> None:
    grey = saturation(pictures(), torch.zeros(6))
    assert (grey.amax(dim=1) - grey.amin(dim=1)).max() < 1e-6
    found = contrast(pictures(), torch.rand(6))
    torch.testing.assert_close(found.mean(dim=(1, 2, 3)), pictures().mean(dim=(1, 2, 3)))


@pytest.mark.parametrize(("u", "shift"), [(0.0, 4), (0.5, 0), (1 - 2**-24, -4)])
def test_a_translation_moves_by_whole_pixels_both_ways_and_brings_in_0(u: float, shift: int) -> None:
    given = 1 + pictures(2, 32, 32).abs()
    for along, arguments in ((2, (u, 0.5)), (3, (0.5, u))):
        found = translation(given, *(torch.full((2,), value) for value in arguments))
        kept = found.narrow(along, max(shift, 0), 32 - abs(shift))
        assert torch.equal(kept, given.narrow(along, max(-shift, 0), 32 - abs(shift)))
        assert (found == 0).sum() == 2 * 3 * 32 * abs(shift)


def test_every_shift_is_as_likely_as_any_other() -> None:
    given = torch.zeros(9_000, 3, 1, 32)
    given[..., 16] = 1
    u = torch.rand(9_000, generator=torch.Generator().manual_seed(0))
    places = translation(given, torch.zeros(9_000), u)[:, 0, 0].argmax(dim=1)
    counts = torch.bincount(places, minlength=32)[12:21]
    assert counts.sum() == 9_000
    assert (counts - 1_000).abs().max() < 130, "four standard deviations"


def test_cutout_hides_nineteen_percent_on_average() -> None:
    u = torch.rand(2, 4_000, generator=torch.Generator().manual_seed(1))
    hidden = cutout(torch.ones(4_000, 3, 32, 32), *u).eq(0)[:, 0].float().mean().item()
    assert hidden == pytest.approx(0.19, abs=0.01)
    rows = cutout(torch.ones(4_000, 3, 256, 1), u[0], u[0]).eq(0)[:, 0].float().mean().item()
    assert rows**2 == pytest.approx(0.19, abs=0.01), "at 256 px, by rows and columns alike"


@pytest.mark.parametrize("side", [32, 256])
def test_a_box_centred_in_a_corner_hides_a_sixteenth(side: int) -> None:
    for u in (0.0, 1 - 2**-24):
        found = cutout(torch.ones(1, 3, side, side), torch.full((1,), u), torch.full((1,), u))
        assert found.eq(0).float().mean() == 1 / 16


def test_the_whole_range_of_draws_is_taken() -> None:
    for u in (0.0, 1 - 2**-24):
        for side in (32, 64, 128, 256, 512):
            found = augment(torch.zeros(1, 3, 4, side), ALL, torch.full((1, 7), u))
            assert found.shape == (1, 3, 4, side)


def test_wrong_shapes_are_caught() -> None:
    for given, u in ((torch.zeros(2, 1, 8, 8), torch.zeros(2, 7)), (torch.zeros(2, 3, 8, 8), torch.zeros(3, 7))):
        with pytest.raises(TypeCheckError):
            augment(given, ALL, u)


# Strength


def test_at_strength_0_nothing_changes_and_at_1_all_of_it() -> None:
    given, u = pictures(6, 32, 32), uniforms(6, ALL)
    assert torch.equal(augment(given, ALL, u, strength=0.0), given)
    assert torch.equal(augment(given, ALL, u, strength=1.0), augment(given, ALL, u))


def test_at_half_strength_each_change_goes_half_as_far() -> None:
    ends = torch.tensor([0.0, 1 - 2**-24])
    given = pictures(2, 32, 32)
    colour = augment(given, ("color",), ends[:, None].repeat(1, 3), strength=0.5)
    half = 0.25 + ends / 2
    torch.testing.assert_close(colour, contrast(saturation(brightness(given, half), half), half))
    moved = augment(torch.ones(2, 3, 32, 32), ("translation",), ends[:, None].repeat(1, 2), strength=0.5)
    assert moved.eq(0)[:, 0].all(dim=2).sum(dim=1).tolist() == [2, 2], "a sixteenth of the side instead of an eighth"
    cut = augment(torch.ones(1, 3, 32, 32), ("cutout",), torch.full((1, 2), 0.5), strength=0.5)
    assert cut.eq(0)[0, 0].sum() == 8 * 8, "a quarter of the side instead of a half"
