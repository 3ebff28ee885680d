"""Enlarging is learned from real pictures, by a game of its own beside the DCGAN's."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, softplus

from housegan.config import ModelConfig, Recipe, StageConfig
from housegan.randomness import generator_for
from housegan.train.detail import GRAIN, SPECKLE, learn_detail
from housegan.train.state import TrainingState
from housegan.train.step import summed_up, training_step

MODEL = ModelConfig(
    size=64, latent_dim=8, generator_channels=4, discriminator_channels=4, growth="detail", global_side=32
)
BATCH = 4


def fresh(**values: Any) -> tuple[TrainingState, StageConfig]:
    stage = StageConfig.model_validate({"batch": BATCH, "rectify": False, **values})
    return TrainingState(Recipe(model=MODEL), stage, seed=0, device=torch.device("cpu")), stage


def stripes() -> Tensor:
    """Upright stripes on the small picture's grid: soft where they are enlarged bilinearly."""
    dark = torch.rand(BATCH, 1, 1, 32, generator=torch.Generator().manual_seed(1)) < 0.5
    return torch.where(dark.repeat_interleave(2, dim=3), -0.8, 0.8).expand(BATCH, 3, 64, 64).contiguous()


def gradients(network: torch.nn.Module) -> dict[str, Tensor]:
    return {name: each.grad.clone() for name, each in network.named_parameters() if each.grad is not None}


def test_the_game_is_that_of_its_equations() -> None:
    (state, stage), (plain, _) = fresh(detail_weight=0.2), fresh()
    for each in (state, plain):
        assert each.generator.detail
        torch.manual_seed(3)
        for parameter in each.generator.detail.parameters():
            torch.nn.init.normal_(parameter, std=0.1)
        for parameter in each.average.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    real = torch.rand(BATCH, 3, 64, 64, generator=torch.Generator().manual_seed(2)) * 2 - 1
    error = learn_detail(state, real, stage, [slice(0, BATCH)], seed=5)

    chance = generator_for(5, "detail", 0)
    top, left = torch.randint(17, (2,), generator=chance).tolist()
    crops = real[:, :, 2 * top : 2 * top + 32, 2 * left : 2 * left + 32]
    small = avg_pool2d(crops, 2)
    noise = torch.randn(small.shape, generator=chance) * torch.rand(BATCH, 1, 1, 1, generator=chance)
    with torch.no_grad():
        drawn = plain.average.grown(torch.randn(BATCH, 8, generator=chance))
        grain = drawn - interpolate(avg_pool2d(drawn, 2), scale_factor=2, mode="bilinear")
    assert grain.abs().mean() > 0.01
    strength = torch.rand(BATCH, 1, 1, 1, generator=chance) * 2 - 1
    grain = strength * grain[:, :, top : top + 16, left : left + 16]
    down, across = torch.randint(8, (2,), generator=chance).tolist()
    detail, patches = plain.generator.detail, plain.discriminator.patches
    assert detail
    assert patches
    large = detail(small + SPECKLE * noise + GRAIN * grain)
    logits = patches(torch.cat([crops, large])[..., down:, across:])
    margin = logits[:BATCH] - logits[BATCH:]
    of_judge = torch.autograd.grad(softplus(-margin).mean(), list(patches.parameters()), retain_graph=True)
    assert float(error) == pytest.approx(float((large - crops).detach().abs().mean()), rel=1e-4)
    rival = softplus(logits[:BATCH].detach() - logits[BATCH:]).mean()
    of_detail = torch.autograd.grad((large - crops).abs().mean() + 0.2 * rival, list(detail.parameters()))

    assert state.generator.detail
    assert state.discriminator.patches
    for network, expected in ((state.generator.detail, of_detail), (state.discriminator.patches, of_judge)):
        found = gradients(network)
        assert len(found) == len(expected)
        for gradient, one in zip(found.values(), expected, strict=True):
            torch.testing.assert_close(gradient, one, rtol=1e-3, atol=1e-6)
    rest = (*gradients(state.generator), *gradients(state.discriminator))
    assert all(name.startswith(("detail", "patches")) for name in rest), "the DCGAN's game is its own"


def test_a_step_before_it_has_grown_leaves_enlarging_as_it_is() -> None:
    state, stage = fresh()
    state.grow(5.0)
    training_step(state, interpolate(stripes(), size=32), stage, seed=0)
    assert not [name for name in gradients(state.generator) if name.startswith("detail")]
    state.grow(6.0)
    training_step(state, stripes(), stage, seed=0)
    assert state.generator.detail
    assert gradients(state.generator.detail)["layers.6.weight"].abs().max() > 0


def test_enlarging_goes_on_while_the_dcgan_waits() -> None:
    state, stage = fresh(gate=0.99)
    before = {name: tensor.clone() for name, tensor in state.generator.named_parameters()}
    values = summed_up(training_step(state, stripes(), stage, seed=0))
    assert values["waited"] == 1
    assert 0.1 < values["detail_error"] < 1
    moved = {name for name, tensor in state.generator.named_parameters() if not torch.equal(tensor, before[name])}
    assert moved
    assert all(name.startswith("detail.") for name in moved)


def test_edges_become_sharper_than_enlarged_ones() -> None:
    state, stage = fresh(learning_rate=2e-3, detail_weight=0.001)
    assert state.generator.detail
    real, small = stripes(), avg_pool2d(stripes(), 2)

    def error() -> float:
        with torch.no_grad():
            assert state.generator.detail
            return float((state.generator.detail(small) - real).abs().mean())

    before = error()
    for number in range(80):
        state.images = BATCH * number
        training_step(state, real, stage, seed=0)
    assert error() < 0.5 * before


@pytest.mark.parametrize("micro_batch", [2, 3])
def test_a_batch_in_parts_gives_the_same_gradients(micro_batch: int) -> None:
    found = []
    for size in (BATCH, micro_batch):
        state, stage = fresh(detail_weight=0.2)
        state.discriminator.eval()  # spectral norm goes on with each look otherwise
        assert state.generator.detail
        torch.manual_seed(3)
        for parameter in state.generator.detail.parameters():
            torch.nn.init.normal_(parameter, std=0.1)
        parts = [slice(first, min(first + size, BATCH)) for first in range(0, BATCH, size)]
        learn_detail(state, stripes(), stage, parts, seed=0)
        assert state.discriminator.patches
        found.append(gradients(state.generator.detail) | gradients(state.discriminator.patches))
    still = {name for name, gradient in found[0].items() if gradient.abs().max() < 1e-6}
    assert still <= {"6.bias"}, "which a difference of two logits knows nothing of"
    for name, gradient in found[0].items():
        torch.testing.assert_close(found[1][name], gradient, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_in_half_precision_nothing_is_lost_while_the_dcgan_waits(precision: str) -> None:
    state, stage = fresh(gate=0.99)
    half = TrainingState(Recipe(model=MODEL), stage, seed=0, device=torch.device("cpu"), precision=precision)
    told = [summed_up(training_step(each, stripes(), stage, seed=0)) for each in (state, half)]
    assert told[1]["detail_error"] == pytest.approx(told[0]["detail_error"], rel=0.03)
    for each in (state, half):
        assert each.generator.detail
        assert gradients(each.generator.detail)["layers.6.weight"].abs().max() > 0
    assert all(tensor.isfinite().all() for tensor in half.generator.state_dict().values())
