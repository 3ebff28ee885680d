import io
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from housegan.config import ModelConfig, Recipe, StageConfig, WatchConfig
from housegan.dataset import TrainingSet
from housegan.networks import Generator
from housegan.train.state import RAMP, TrainingState
from housegan.train.step import training_step

MODEL = ModelConfig(size=32, latent_dim=8, generator_channels=4, discriminator_channels=4)
CPU = torch.device("cpu")


def recipe(half_life: int = 1_000, stage: StageConfig | None = None) -> Recipe:
    stage = stage or StageConfig(batch=4, learning_rate=1e-3)
    return Recipe(model=MODEL, pretrain=stage, finetune=stage, watch=WatchConfig(half_life_images=half_life))


def fresh(half_life: int = 1_000, *, seed: int = 0, stage: StageConfig | None = None) -> TrainingState:
    chosen = recipe(half_life, stage)
    return TrainingState(chosen, chosen.finetune, seed=seed, device=CPU)


def train(
    state: TrainingState, steps: int, *, stage: StageConfig | None = None, data: TrainingSet | None = None
) -> None:
    """Take steps as the loop does."""
    stage = stage or recipe().finetune
    chance = torch.Generator().manual_seed(9)
    pictures = torch.randint(0, 256, (12, 32, 32, 3), dtype=torch.uint8, generator=chance)
    data = data or TrainingSet([pictures], seed=0, stage="finetune", flip=True)
    for _ in range(steps):
        real = data.batch(state.stage_images, stage.batch)
        state.tally += training_step(state, real, stage, seed=0)
        state.images += stage.batch
        state.stage_images += stage.batch
        state.update_average(stage.batch)


def tensors(module: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def same(one: Any, other: Any) -> bool:
    """Whether two states are equal, bit for bit."""
    if isinstance(one, Tensor):
        return isinstance(other, Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


# Beginning


def test_the_seed_alone_decides_how_networks_begin() -> None:
    torch.manual_seed(1)
    one = fresh(seed=3)
    before = torch.random.get_rng_state()
    torch.manual_seed(2)
    other = fresh(seed=3)
    assert same(one.saved(), other.saved())
    assert not same(tensors(one.generator), tensors(fresh(seed=4).generator))
    assert same(tensors(one.average), tensors(one.generator))
    torch.manual_seed(1)
    fresh(seed=3)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_any_seed_will_do() -> None:
    assert not same(tensors(fresh(seed=2**64).generator), tensors(fresh(seed=2**80).generator))


def test_making_a_state_leaves_torch_s_own_generator_alone() -> None:
    before = torch.random.get_rng_state()
    fresh()
    assert torch.equal(torch.random.get_rng_state(), before)


# The average


def test_a_half_life_of_0_is_the_generator_itself() -> None:
    state = fresh(0)
    train(state, 3)
    assert same(tensors(state.average), tensors(state.generator))


@pytest.mark.parametrize("half_life", [20, 100_000])
def test_the_average_is_a_plain_loop_s(half_life: int) -> None:
    state = fresh(half_life)
    plain = {name: value.double() for name, value in state.generator.named_parameters()}
    for step in range(1, 13):
        train(state, 1)
        lasting = min(half_life, RAMP * 4 * step)
        keep = 0.5 ** (4 / lasting)
        for name, value in state.generator.named_parameters():
            plain[name] = keep * plain[name] + (1 - keep) * value.detach().double()
    for name, value in state.average.named_parameters():
        torch.testing.assert_close(value.double(), plain[name], rtol=0, atol=1e-6)
    moved = [
        not torch.equal(*pair) for pair in zip(state.average.parameters(), state.generator.parameters(), strict=True)
    ]
    assert any(moved)


def test_a_weight_s_influence_halves_every_half_life() -> None:
    state = fresh(1_000)
    state.images = 10**9
    with torch.no_grad():
        for value in state.average.parameters():
            value.fill_(1)
        for value in state.generator.parameters():
            value.fill_(0)
    for _ in range(10):
        state.update_average(100)
    assert next(state.average.parameters()).flatten()[0].item() == pytest.approx(0.5, rel=1e-5)


def test_batch_norm_s_statistics_are_copied() -> None:
    state = fresh(100_000)
    train(state, 5)
    assert any(True for _ in state.average.buffers())
    for own, current in zip(state.average.buffers(), state.generator.buffers(), strict=True):
        assert torch.equal(own, current)
        assert own.data_ptr() != current.data_ptr()


def test_drawing_is_in_eval_mode_and_touches_nothing() -> None:
    state = fresh()
    train(state, 3)
    before = tensors(state.average), tensors(state.generator)
    z = torch.randn(37, 8)
    pictures = state.draw(z)
    assert (pictures.shape, pictures.dtype, pictures.requires_grad) == ((37, 3, 32, 32), torch.float32, False)
    assert pictures.abs().max() <= 1
    assert same((tensors(state.average), tensors(state.generator)), before)
    alone = torch.cat([state.draw(one[None]) for one in z])
    torch.testing.assert_close(pictures, alone, rtol=0, atol=1e-5)
    plain = Generator(MODEL).eval()
    plain.load_state_dict(before[0])
    torch.testing.assert_close(pictures, plain(z).detach(), rtol=0, atol=1e-5)


# Saved and restored


@pytest.mark.parametrize("rectify", [True, False])
def test_a_restored_state_goes_on_as_if_nothing_had_happened(rectify: bool) -> None:
    stage = StageConfig(batch=4, learning_rate=1e-3, rectify=rectify)
    whole = fresh(stage=stage)
    train(whole, 14, stage=stage)
    half = fresh(stage=stage)
    train(half, 6, stage=stage)
    file = io.BytesIO()
    torch.save(half.saved(), file)
    again = fresh(seed=99, stage=StageConfig(rectify=not rectify))
    file.seek(0)
    again.restore(torch.load(file, weights_only=True))
    again.follow(stage)
    train(again, 8, stage=stage)
    assert same(again.saved(), whole.saved())
    assert again.images == 56


def test_a_new_stage_keeps_what_was_learned_and_the_moments() -> None:
    state = fresh()
    train(state, 4)
    state.seconds = state.stage_seconds = 5.0
    state.last_snapshot = 16
    before = {name: value for name, value in state.saved().items() if name in ("generator", "discriminator", "average")}
    before = {name: {key: tensor.clone() for key, tensor in value.items()} for name, value in before.items()}
    moments = [value["exp_avg"].clone() for value in state.generator_optimizer.state.values()]
    state.begin_stage(1, StageConfig(batch=8, learning_rate=5e-4, rectify=False))
    assert (state.stage, state.stage_images, state.stage_seconds, state.last_snapshot) == (1, 0, 0.0, 0)
    assert (state.images, state.seconds) == (16, 5.0)
    assert same({name: state.saved()[name] for name in before}, before)
    assert same([value["exp_avg"] for value in state.generator_optimizer.state.values()], moments)
    for optimizer in (state.generator_optimizer, state.discriminator_optimizer):
        assert (optimizer.param_groups[0]["lr"], optimizer.rectify) == (5e-4, False)


def test_weights_that_are_no_numbers_are_seen() -> None:
    for name in ("generator", "discriminator", "average"):
        state = fresh()
        assert state.healthy()
        with torch.no_grad():
            list(getattr(state, name).parameters())[-1].view(-1)[0] = float("nan")
        assert not state.healthy()
    state = fresh()
    state.tally[1] = float("inf")
    assert not state.healthy()


# Growing


@pytest.mark.parametrize(("growth", "new"), [("fade", "heads.64.weight"), ("detail", "detail.layers.0.weight")])
def test_a_state_restored_while_it_grows_goes_on_as_if_nothing_had_happened(growth: str, new: str) -> None:
    model = ModelConfig.model_validate(
        {"size": 64, "latent_dim": 8, "generator_channels": 4, "discriminator_channels": 4, "growth": growth}
        | {"global_side": 32}
    )
    stage = StageConfig(batch=4, lecam=0.1, r1=0.1, r2=0.1, penalty_every=2)
    small, large = (torch.rand(4, 3, side, side) * 2 - 1 for side in (32, 64))

    def steps(state: TrainingState, numbers: range) -> None:
        for number in numbers:
            later = min(5 + 0.2 * (number - 2), 6) if growth == "fade" else 6.0
            state.grow(5.0 if number < 3 else later)
            state.tally += training_step(state, small if number < 3 else large, stage, seed=0)
            state.images += 4
            state.update_average(4)

    whole, half, again = (
        TrainingState(Recipe(model=model, finetune=stage), stage, seed=seed, device=CPU) for seed in (0, 0, 1)
    )
    steps(whole, range(12))
    steps(half, range(5))
    file = io.BytesIO()
    torch.save(half.saved(), file)
    file.seek(0)
    again.restore(torch.load(file, weights_only=True))
    assert (again.generator.reach, again.discriminator.side, again.growing_since) == (half.generator.reach, 64, 12)
    steps(again, range(5, 12))
    assert same(again.saved(), whole.saved())
    own = again.generator_optimizer.state[again.generator.get_parameter(new)]
    assert own["step"] == 9, "new layers have a warm-up of their own"
    assert again.generator_optimizer.state[again.generator.get_parameter("layers.0.weight")]["step"] == 12


def test_the_average_follows_closely_again_when_new_layers_come() -> None:
    model = ModelConfig(size=64, latent_dim=8, generator_channels=4, discriminator_channels=4, growth="fade")
    state = TrainingState(Recipe(model=model), StageConfig(), seed=0, device=CPU)
    state.images = 100_000
    state.grow(5.0)
    state.images += 10_000
    distances = []
    for reach in (5.0, 5.5):
        state.grow(reach)
        with torch.no_grad():
            for parameter in state.generator.parameters():
                parameter.add_(1)
        state.update_average(100)
        pairs = zip(state.generator.parameters(), state.average.parameters(), strict=True)
        distances.append(max((live - averaged).abs().max().item() for live, averaged in pairs))
    assert distances[0] > 0.8
    assert distances[1] < 1e-6


def test_where_enlarging_comes_the_rest_is_averaged_as_before() -> None:
    model = ModelConfig(
        size=64, latent_dim=8, generator_channels=4, discriminator_channels=4, growth="detail", global_side=32
    )
    state = TrainingState(Recipe(model=model), StageConfig(), seed=0, device=CPU)
    state.grow(5.0)
    state.images = 100_000
    state.grow(6.0)
    with torch.no_grad():
        for parameter in state.generator.parameters():
            parameter.add_(1)
    state.update_average(100)
    pairs = zip(state.generator.named_parameters(), state.average.parameters(), strict=True)
    for (name, live), averaged in pairs:
        expected = 0.0 if name.startswith("detail") else 0.5 ** (100 / 5000)
        torch.testing.assert_close(live - averaged, torch.full_like(live, expected), atol=1e-5, rtol=0)


def test_frozen_layers_stay_and_the_discriminator_has_its_own_rate() -> None:
    stage = StageConfig(batch=4, freeze=2, learning_rate=1e-3, discriminator_learning_rate=5e-3)
    state = fresh(stage=stage)
    before = tensors(state.discriminator)
    train(state, 3, stage=stage)
    after = tensors(state.discriminator)
    weights = [name for name in before if name.endswith(("original", "weight", "bias"))]
    weights.remove("layers.6.bias")  # to the relativistic loss it is all the same
    moved = {name.split(".")[1] for name in weights if not torch.equal(before[name], after[name])}
    assert moved == {"4", "6"}, "the third convolution and the last"
    rates = [each.param_groups[0]["lr"] for each in (state.generator_optimizer, state.discriminator_optimizer)]
    assert rates == [1e-3, 5e-3]
    thawed = StageConfig(batch=4, learning_rate=1e-2)
    state.begin_stage(1, thawed)
    train(state, 1, stage=thawed)
    assert all(not torch.equal(before[name], tensors(state.discriminator)[name]) for name in weights), "thawed"


def test_a_tally_that_knew_less_is_gone_on_with() -> None:
    state = fresh()
    train(state, 2)
    saved = state.saved()
    other = fresh()
    other.restore(saved | {"tally": saved["tally"][:8].clone()})
    assert torch.equal(other.tally[:8], state.tally[:8])
    train(other, 1)
    assert other.tally[0] == 3
