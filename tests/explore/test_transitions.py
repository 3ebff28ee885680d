"""Whether sharp transitions are told from smooth ones."""

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from housegan.demo.painter import paint_house
from housegan.explore import paths
from housegan.explore.tour import series
from housegan.explore.transitions import transitions
from housegan.explore.walks import described_along
from housegan.progress import Progress


def test_the_ratio_is_the_sharpest_step_over_the_mean_of_all() -> None:
    random = np.random.default_rng(0)
    legs = [random.normal(0, 1, (5, 3)), random.normal(0, 2, (9, 3))]
    plain = [
        [float(np.sqrt(sum((a - b) ** 2 for a, b in zip(x, y, strict=True)))) for x, y in pairwise(leg)] for leg in legs
    ]
    found = transitions(legs)
    every = [step for leg in plain for step in leg]
    assert found.ratio == pytest.approx(max(every) / (sum(every) / len(every)))
    assert max(plain[found.leg]) == max(every)


def test_even_steps_are_one_and_no_steps_are_said_to_be_none() -> None:
    assert transitions([np.linspace([0, 0], [3, 4], 17)]).ratio == pytest.approx(1)
    assert "one picture whatever" in transitions([np.ones((17, 4))]).sentence("anywhere")


class Planted(nn.Module):
    """Knows four pictures by heart, and shows the one that z points to; `softness` mixes them."""

    def __init__(self, softness: float) -> None:
        super().__init__()
        self.config: Any = SimpleNamespace(z=32, size=64)
        self.softness = softness
        painted = np.stack(
            [np.asarray(paint_house(seed, style="photographic", width=64, height=64).image) for seed in range(4)]
        )
        self.pictures = torch.from_numpy(painted).permute(0, 3, 1, 2) / 127.5 - 1
        self.directions = torch.randn(4, 32, generator=torch.Generator().manual_seed(1))

    def forward(self, z: Tensor) -> Tensor:
        shares = torch.softmax(z @ self.directions.T / self.softness, dim=1)
        return torch.einsum("bk,kchw->bchw", shares, self.pictures)


@pytest.mark.parametrize(("softness", "sharp"), [(0.01, True), (30.0, False)])
def test_a_generator_that_jumps_between_pictures_is_told_from_one_that_mixes_them(softness: float, sharp: bool) -> None:
    planted: Any = Planted(softness)
    with Progress("measuring", total=None, unit="pictures", if_stopped="") as bar:
        legs = series(planted, (0, 1), paths.slerp, truncation=1)
        found = transitions([described_along(planted, leg.latents, bar=bar) for leg in legs])
    assert found.sharp is sharp
    assert ("hint at memorisation" in found.sentence(legs[0].name)) is sharp
