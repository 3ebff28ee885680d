"""FID by torch-fidelity, with a stand-in for Inception, whose weights can't be had without a network."""

import logging
import sys

import numpy as np
import pytest
import torch
import torch_fidelity
from numpy.typing import NDArray
from torch import Tensor

from housegan.errors import HouseganError
from housegan.judge.fidelity import fid

CPU = torch.device("cpu")
MEANS = "means of four quarters"


class Means(torch_fidelity.FeatureExtractorBase):  # type: ignore[misc]
    """Describes a picture by the mean grey of its four quarters."""

    def __init__(self, name: str, features_list: list[str], **_: object) -> None:
        super().__init__(name, features_list)

    @staticmethod
    def get_provided_features_list() -> tuple[str, ...]:
        return ("2048",)  # as Inception calls its own

    @staticmethod
    def get_default_feature_layer_for_metric(metric: str) -> str:
        return "2048"

    @staticmethod
    def can_be_compiled() -> bool:
        return False

    def forward(self, pictures: Tensor) -> tuple[Tensor]:
        return (torch.nn.functional.adaptive_avg_pool2d(pictures.float().mean(dim=1, keepdim=True), 2).flatten(1),)


torch_fidelity.register_feature_extractor(MEANS, Means)


def drawn(count: int, *, mean: float, seed: int) -> NDArray[np.uint8]:
    greys = np.random.default_rng(seed).normal(mean, 20, (count, 2, 2, 1))
    return np.clip(greys.repeat(4, axis=1).repeat(4, axis=2).repeat(3, axis=3), 0, 255).astype(np.uint8)


def test_it_is_the_distance_of_two_normal_distributions(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    real, same, other = (drawn(2_000, mean=mean, seed=seed) for seed, mean in enumerate((100, 100, 110)))
    assert fid(real, same, device=CPU, extractor=MEANS) == pytest.approx(0, abs=4)
    assert fid(real, other, device=CPU, extractor=MEANS) == pytest.approx(4 * 10**2, rel=0.1)
    assert "FID of 2,000 pictures says little: under 10,000 it is mostly their number" in caplog.text


def test_without_the_package_or_its_weights_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = drawn(30, mean=100, seed=0)
    with pytest.raises(HouseganError, match=r"FID can't be computed \(.*leave --fid out"):
        fid(pictures, pictures, device=CPU, extractor="no-such-network")
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    with pytest.raises(HouseganError, match=r"pip install 'housegan\[fidelity\]'"):
        fid(pictures, pictures, device=CPU)
