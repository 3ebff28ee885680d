import copy
import math
from typing import Any, Literal

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from housegan.augment import augment, draws
from housegan.config import ModelConfig, Recipe, StageConfig
from housegan.networks import Discriminator
from housegan.optimizer import adabelief
from housegan.randomness import generator_for
from housegan.train.state import TALLY, TrainingState
from housegan.train.step import LEAD_HALF_LIFE, summed_up, training_step

MODEL = ModelConfig(size=32, latent_dim=8, generator_channels=4, discriminator_channels=4)
BATCH = 6


def fresh(stage: StageConfig, precision: str = "fp32") -> TrainingState:
    return TrainingState(Recipe(model=MODEL), stage, seed=0, device=torch.device("cpu"), precision=precision)


def real_pictures() -> Tensor:
    return torch.rand(BATCH, 3, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1


def log_sigmoid(logits: Tensor) -> Tensor:
    return torch.log(1 / (1 + torch.exp(-logits)))


def plain_step(state: TrainingState, real: Tensor, stage: StageConfig) -> tuple[nn.Module, nn.Module]:
    """Two steps of the game, each written out: own noise and forward passes, no graph shared, the textbook's losses."""
    generator, discriminator = copy.deepcopy(state.generator), copy.deepcopy(state.discriminator)
    chance = generator_for(0, "step", state.images)
    z = torch.randn(2, BATCH, 8, generator=chance)
    u = torch.rand(3, BATCH, draws(stage.augment), generator=chance)

    fake = generator(z[0]).detach()
    real_logits = discriminator(augment(real, stage.augment, u[0]))
    fake_logits = discriminator(augment(fake, stage.augment, u[1]))
    if stage.loss == "bce":
        loss = -(log_sigmoid(real_logits).mean() + log_sigmoid(-fake_logits).mean())
    else:
        loss = -log_sigmoid(real_logits - fake_logits).mean()
    loss.backward()
    adabelief(discriminator.parameters(), stage).step()

    if stage.generator_batch == "shared":  # the same pictures once more, without a second update of the statistics
        again = copy.deepcopy(generator)
        fake = again(z[0])
    else:
        fake = (again := generator)(z[1])
    logits = discriminator(augment(fake, stage.augment, u[2]))
    loss = -(log_sigmoid(logits) if stage.loss == "bce" else log_sigmoid(logits - real_logits.detach())).mean()
    gradients = torch.autograd.grad(loss, list(again.parameters()))
    for parameter, gradient in zip(generator.parameters(), gradients, strict=True):
        parameter.grad = gradient
    adabelief(generator.parameters(), stage).step()
    return generator, discriminator


@pytest.mark.parametrize("policy", [("color", "translation", "cutout"), ()], ids=["augmented", "plain"])
@pytest.mark.parametrize("batch", ["shared", "fresh"])
@pytest.mark.parametrize("loss", ["bce", "relativistic"])
def test_a_step_is_the_plain_one(
    loss: Literal["bce", "relativistic"], batch: Literal["shared", "fresh"], policy: tuple[Literal["color"], ...]
) -> None:
    stage = StageConfig(batch=BATCH, loss=loss, generator_batch=batch, augment=policy, learning_rate=1e-3)
    state = fresh(stage)
    before = [parameter.detach().clone() for parameter in state.generator.parameters()]
    generator, discriminator = plain_step(state, real_pictures(), stage)
    training_step(state, real_pictures(), stage, seed=0)
    for ours, plain in ((state.generator, generator), (state.discriminator, discriminator)):
        for name, tensor in ours.state_dict().items():
            torch.testing.assert_close(tensor, plain.state_dict()[name], rtol=1e-4, atol=2e-6, msg=name)
    assert not any(map(torch.equal, before, state.generator.parameters())), "every weight moved"


def test_after_a_step_all_is_ready_for_the_next() -> None:
    stage = StageConfig(batch=BATCH)
    state = fresh(stage)
    training_step(state, real_pictures(), stage, seed=0)
    for network in (state.generator, state.discriminator):
        assert network.training
        assert all(parameter.requires_grad for parameter in network.parameters())
    assert all(not parameter.requires_grad for parameter in state.average.parameters())


def test_a_step_depends_on_seed_and_images_alone() -> None:
    stage = StageConfig(batch=BATCH)
    weights = []
    for seed, images, disturbance in ((0, 60, 1), (0, 60, 2), (1, 60, 1), (0, 66, 1)):
        state = fresh(stage)
        state.images = images
        torch.manual_seed(disturbance)
        training_step(state, real_pictures(), stage, seed=seed)
        weights.append(state.generator.state_dict()["layers.0.weight"].sum().item())
    assert weights[0] == weights[1]
    assert len(set(weights)) == 3


def test_the_tally_is_of_the_losses_and_of_each_picture_s_score() -> None:
    stage = StageConfig(batch=BATCH, loss="bce", augment=())
    state = fresh(stage)
    with torch.no_grad():
        fake = copy.deepcopy(state.generator)(torch.randn(2, BATCH, 8, generator=generator_for(0, "step", 0))[0])
        discriminator = copy.deepcopy(state.discriminator)
        real_scores, fake_scores = (discriminator(part).double().sigmoid() for part in (real_pictures(), fake))
    tally = training_step(state, real_pictures(), stage, seed=0)
    assert not tally.requires_grad
    sums = dict(zip(TALLY, tally.tolist(), strict=True))
    assert (sums["steps"], sums["pictures"]) == (1, BATCH)
    values = summed_up(tally)
    expected = -(real_scores.log().mean() + (1 - fake_scores).log().mean())
    assert values["loss_d"] == pytest.approx(expected.item(), rel=1e-4)
    for name, scores in (("real", real_scores), ("fake", fake_scores)):
        assert values[f"score_{name}"] == pytest.approx(scores.mean().item(), abs=1e-4)
        assert values[f"score_{name}_std"] == pytest.approx(scores.std(correction=0).item(), abs=1e-3)


def test_sums_become_means_and_deviations() -> None:
    scores = torch.rand(3, 2, 8, dtype=torch.float64)
    tally = torch.zeros(len(TALLY), dtype=torch.float64)
    for step, (real, fake) in enumerate(scores):
        tally += torch.stack(
            [torch.tensor(1.0), torch.tensor(step + 1.0), torch.tensor(0.5), torch.tensor(8.0)]
            + [value for part in (real, fake) for value in (part.sum(), part.square().sum())]
            + [torch.tensor(float(step == 1)), torch.tensor(float(step > 0)), torch.tensor(0.2 * step)]
        )
    values = summed_up(tally.float())
    assert (values["loss_d"], values["loss_g"]) == (2, 0.5)
    assert values["waited"] == pytest.approx(1 / 3, abs=1e-6)
    assert values["detail_error"] == pytest.approx((0.2 + 0.4) / 2, abs=1e-6), "a mean of the steps that enlarge"
    for name, kind in zip(("real", "fake"), scores.transpose(0, 1), strict=True):
        assert values[f"score_{name}"] == pytest.approx(kind.mean().item(), abs=2e-6)
        assert values[f"score_{name}_std"] == pytest.approx(kind.std(correction=0).item(), abs=2e-5)


def test_a_loss_that_is_no_number_stays_none() -> None:
    values = summed_up(torch.tensor([1.0, math.nan, math.inf, 4.0, 2.0, 1.0, math.nan, 1.0, 0.0, 0.0, 0.0]))
    assert "detail_error" not in values, "nothing was enlarged"
    assert math.isnan(values["loss_d"])
    assert math.isinf(values["loss_g"])
    assert math.isnan(values["score_fake"])


# Half precision


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_weights_moments_and_the_norm_s_vectors_stay_in_single_precision(precision: str) -> None:
    stage = StageConfig(batch=BATCH)
    state = fresh(stage, precision)
    for _ in range(3):
        tally = training_step(state, real_pictures(), stage, seed=0)
        state.images += BATCH
    assert tally.dtype == torch.float32
    assert tally.isfinite().all()
    every = [*state.generator.state_dict().values(), *state.discriminator.state_dict().values()]
    for optimizer in (state.generator_optimizer, state.discriminator_optimizer):
        every += [
            tensor for value in optimizer.state.values() for tensor in value.values() if isinstance(tensor, Tensor)
        ]
    assert len(every) > 60
    assert {tensor.dtype for tensor in every} == {torch.float32, torch.int64}
    assert all(tensor.isfinite().all() for tensor in every)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_in_half_precision_a_step_is_nearly_the_same_step(precision: str) -> None:
    stage = StageConfig(batch=BATCH)
    tallies = [training_step(fresh(stage, how), real_pictures(), stage, seed=0) for how in ("fp32", precision)]
    torch.testing.assert_close(tallies[1], tallies[0], rtol=0.03, atol=0.03)
    assert not torch.equal(*tallies)


def test_in_fp16_a_step_that_overflows_is_left_out_and_the_scale_is_lowered() -> None:
    stage = StageConfig(batch=BATCH)
    state = fresh(stage, "fp16")
    before = [parameter.clone() for parameter in state.discriminator.parameters()]
    training_step(state, real_pictures() * torch.inf, stage, seed=0)
    assert all(map(torch.equal, before, state.discriminator.parameters()))
    assert state.discriminator_scaler.get_scale() < fresh(stage, "fp16").discriminator_scaler.get_scale()
    again = fresh(stage, "fp16")
    again.restore(state.saved())
    assert again.discriminator_scaler.get_scale() == state.discriminator_scaler.get_scale()


def sigma(layer: nn.Module) -> Tensor:
    """What spectral norm divides a layer's weight by."""
    weight = layer.weight
    assert isinstance(weight, Tensor)
    ratio: Tensor = layer.get_parameter("parametrizations.weight.original").norm() / weight.float().norm()
    return ratio


def test_spectral_norm_under_autocast_is_within_a_hundredth_of_single_precision() -> None:
    torch.manual_seed(0)
    plain = Discriminator(ModelConfig(size=64, discriminator_channels=16))
    cast = copy.deepcopy(plain)
    pictures = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        for _ in range(10):
            plain(pictures)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                cast(pictures)
        plain.eval()
        cast.eval()
        for one, other in zip(plain.layers, cast.layers, strict=True):
            if is_parametrized(one):
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    found = sigma(other)
                torch.testing.assert_close(found, sigma(one), rtol=0.01, atol=0)


@pytest.mark.parametrize("batch", ["shared", "fresh"])
@pytest.mark.parametrize("loss", ["bce", "relativistic"])
def test_a_batch_in_parts_is_the_whole_batch_but_for_its_statistics(
    loss: Literal["bce", "relativistic"], batch: Literal["shared", "fresh"]
) -> None:
    told = []
    states = []
    for micro_batch in (None, 4):  # six pictures: a part of four and one of two
        stage = StageConfig(
            batch=BATCH, micro_batch=micro_batch, loss=loss, generator_batch=batch, learning_rate=1e-3, eps=1e-8
        )
        state = fresh(stage)
        state.generator.eval()  # BatchNorm by running statistics, spectral norm without an iteration each forward:
        state.discriminator.eval()  # what else is left must not know of parts
        told.append(training_step(state, real_pictures(), stage, seed=0))
        states.append(state)
    torch.testing.assert_close(told[0], told[1], rtol=1e-4, atol=1e-5)
    for network in ("generator", "discriminator"):
        whole, parts = (getattr(state, network).state_dict() for state in states)
        torch.testing.assert_close(parts, whole, rtol=1e-3, atol=1e-5)


# Penalties and the decoder


def discriminator_change(**values: Any) -> dict[str, Tensor]:
    """What one step does to the discriminator, by name."""
    stage = StageConfig.model_validate({"batch": BATCH, "augment": (), **values})
    state = fresh(stage)
    state.anchors = torch.tensor([0.1, 0.2])
    before = {name: parameter.detach().clone() for name, parameter in state.discriminator.named_parameters()}
    training_step(state, real_pictures(), stage, seed=0)
    return {
        name: each.grad.clone()
        for name, each in state.discriminator.named_parameters()
        if each.grad is not None and name in before
    }


def plain_discriminator_gradients(weights: dict[str, float]) -> dict[str, Tensor]:
    """The same by its equations: game, slopes at both kinds of pictures, distance from the averages."""
    state = fresh(StageConfig(batch=BATCH, augment=()))
    z = torch.randn(2, BATCH, 8, generator=generator_for(0, "step", 0))
    kinds = {"r1": real_pictures().requires_grad_(), "r2": state.generator(z[0]).detach().requires_grad_()}
    real, fake = (state.discriminator(pictures) for pictures in kinds.values())
    loss = -log_sigmoid(real - fake).mean()
    for (name, pictures), logits in zip(kinds.items(), (real, fake), strict=True):
        for logit in logits if weights.get(name) else ():
            (slope,) = torch.autograd.grad(logit, pictures, create_graph=True)
            loss = loss + 16 * weights[name] / 2 * slope.square().sum() / BATCH
    far = (real - 0.2).clamp(min=0).square().mean() + (0.1 - fake).clamp(min=0).square().mean()
    loss = loss + weights.get("lecam", 0) * far
    parameters = dict(state.discriminator.named_parameters())
    return dict(zip(parameters, torch.autograd.grad(loss, list(parameters.values())), strict=True))


@pytest.mark.parametrize("weights", [{}, {"r1": 0.3}, {"r2": 0.7}, {"lecam": 0.5}, {"r1": 0.2, "r2": 0.1, "lecam": 2}])
def test_the_discriminator_minds_what_the_recipe_says(weights: dict[str, float]) -> None:
    expected = plain_discriminator_gradients(weights)
    found = discriminator_change(**weights)
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-3, atol=1e-5, msg=name)


def test_penalties_come_once_in_so_many_steps() -> None:
    stage = StageConfig(batch=BATCH, r1=1, penalty_every=3)
    states = [fresh(each) for each in (stage, StageConfig(batch=BATCH))]
    for state in states:
        for number in range(2):
            state.images = BATCH * (number + 1)  # not the third
            training_step(state, real_pictures(), stage, seed=0)
    one, other = (state.discriminator.state_dict() for state in states)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_decoder_learns_to_draw_real_pictures_again() -> None:
    model = MODEL.model_copy(update={"reconstruction": 1.0})
    stage = StageConfig(batch=BATCH, augment=(), learning_rate=2e-3, rectify=False)
    state = TrainingState(Recipe(model=model), stage, seed=0, device=torch.device("cpu"))
    real = real_pictures().mean(dim=(2, 3), keepdim=True).expand(-1, -1, 32, 32) * 4

    def error() -> float:
        with torch.no_grad():
            redrawn = state.discriminator.redrawn(state.discriminator.described(real)[1])
        return float((redrawn - real).abs().mean())

    before = error()
    for _ in range(40):
        training_step(state, real, stage, seed=0)
        state.images += BATCH
    assert error() < 0.7 * before


def test_the_generator_waits_while_the_discriminator_is_behind() -> None:
    state = fresh(stage := StageConfig(batch=BATCH, gate=0.9))
    plain = fresh(StageConfig(batch=BATCH))
    real, chance = real_pictures(), generator_for(0, "step", 0)
    z, u = torch.randn(2, BATCH, 8, generator=chance), torch.rand(3, BATCH, draws(stage.augment), generator=chance)
    discriminator = copy.deepcopy(state.discriminator)
    with torch.no_grad():
        of_real = discriminator(augment(real, stage.augment, u[0]))
        of_fake = discriminator(augment(copy.deepcopy(state.generator)(z[0]), stage.augment, u[1]))
    right = sum(float(one > other) for one in of_real for other in of_fake) / BATCH**2
    before = {name: tensor.clone() for name, tensor in state.generator.named_parameters()}
    tally = training_step(state, real, stage, seed=0)
    training_step(plain, real, StageConfig(batch=BATCH), seed=0)
    assert float(state.lead) == pytest.approx(right + (0.5 - right) * 0.5 ** (BATCH / LEAD_HALF_LIFE), rel=1e-4)
    for name, parameter in state.generator.named_parameters():
        assert torch.equal(parameter, before[name]), f"{name} waits"
    for ours, others in zip(state.discriminator.parameters(), plain.discriminator.parameters(), strict=True):
        assert torch.equal(ours, others), "it moves as ever"
    expected = -log_sigmoid(of_fake - of_real).mean()
    assert summed_up(tally)["loss_g"] == pytest.approx(float(expected), rel=1e-3), "what it would have been is told"
    assert summed_up(tally)["waited"] == 1


@pytest.mark.parametrize("gate", [0.0, 0.6])
def test_the_generator_moves_as_ever_where_the_gate_is_open(gate: float) -> None:
    stage = StageConfig(batch=BATCH, gate=gate)
    state, plain = fresh(stage), fresh(stage)
    state.lead = torch.tensor(1.0)
    training_step(state, real_pictures(), stage, seed=0)
    training_step(plain, real_pictures(), StageConfig(batch=BATCH), seed=0)
    for name, tensor in state.generator.state_dict().items():
        torch.testing.assert_close(tensor, plain.generator.state_dict()[name], rtol=0, atol=0, msg=name)


def test_the_gate_goes_on_where_training_was_interrupted() -> None:
    stage = StageConfig(batch=BATCH, gate=0.9)
    state = fresh(stage)
    training_step(state, real_pictures(), stage, seed=0)
    resumed = fresh(stage)
    resumed.restore(state.saved())
    assert resumed.lead == state.lead != 0.5
    older = state.saved()
    del older["lead"]
    (begun := fresh(stage)).restore(older)
    assert begun.lead == 0.5, "checkpoints of an earlier version know nothing of it"
