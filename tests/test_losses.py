import math
from collections.abc import Callable
from statistics import mean

import pytest
import torch
from jaxtyping import TypeCheckError
from torch import Tensor

from housegan.losses import LOSSES

Plain = Callable[[list[float], list[float]], float]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def log_sigmoid(x: float) -> float:
    return math.log(sigmoid(x))


# From the papers' equations, number by number, in float64. The paired loss: L_D = -E[log sigmoid(D(real) - D(fake))].
PLAIN: dict[tuple[str, str], Plain] = {
    ("bce", "discriminator"): lambda real, fake: (
        -mean(log_sigmoid(x) for x in real) - mean(math.log(1 - sigmoid(x)) for x in fake)
    ),
    ("bce", "generator"): lambda real, fake: -mean(log_sigmoid(x) for x in fake),
    ("hinge", "discriminator"): lambda real, fake: (
        mean(max(0, 1 - x) for x in real) + mean(max(0, 1 + y) for y in fake)
    ),
    ("hinge", "generator"): lambda real, fake: -mean(fake),
    ("relativistic_average", "discriminator"): lambda real, fake: (
        -mean(log_sigmoid(x - mean(fake)) for x in real) - mean(math.log(1 - sigmoid(y - mean(real))) for y in fake)
    ),
    ("relativistic_average", "generator"): lambda real, fake: (
        -mean(log_sigmoid(y - mean(real)) for y in fake) - mean(math.log(1 - sigmoid(x - mean(fake))) for x in real)
    ),
    ("relativistic", "discriminator"): lambda real, fake: (
        -mean(log_sigmoid(x - y) for x, y in zip(real, fake, strict=True))
    ),
    ("relativistic", "generator"): lambda real, fake: (
        -mean(log_sigmoid(y - x) for x, y in zip(real, fake, strict=True))
    ),
}


def logits(seed: int, count: int = 9) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    real, fake = 4 * torch.randn(2, count, generator=generator, dtype=torch.float64)
    return real.requires_grad_(), fake.requires_grad_()


@pytest.mark.parametrize(("name", "side"), PLAIN)
def test_a_loss_is_its_equation(name: str, side: str) -> None:
    for seed in range(5):
        real, fake = logits(seed)
        found = getattr(LOSSES[name], side)(real, fake)
        assert found.shape == ()
        assert found.item() == pytest.approx(PLAIN[name, side](real.tolist(), fake.tolist()), rel=1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_the_discriminator_pulls_real_up_and_fake_down_and_the_generator_pulls_fake_up(name: str) -> None:
    real, fake = logits(0)
    if name == "hinge":  # which lets go of what is beyond its margin
        real, fake = real.detach().clamp(max=0.9).requires_grad_(), fake.detach().clamp(min=-0.9).requires_grad_()
    down_real, down_fake = torch.autograd.grad(LOSSES[name].discriminator(real, fake), [real, fake])
    assert (down_real < 0).all()
    assert (down_fake > 0).all()
    (down_fake,) = torch.autograd.grad(LOSSES[name].generator(real, fake), [fake])
    assert (down_fake < 0).all()


@pytest.mark.parametrize(
    ("name", "of_discriminator", "of_generator"),
    [
        ("bce", 2 * math.log(2), math.log(2)),
        ("hinge", 2, 0),
        ("relativistic", math.log(2), math.log(2)),
        ("relativistic_average", 2 * math.log(2), 2 * math.log(2)),
    ],
)
def test_undecided_networks_lose_the_logarithm_of_two_a_term_and_under_hinge_the_margin(
    name: str, of_discriminator: float, of_generator: float
) -> None:
    zero = torch.zeros(4)
    assert LOSSES[name].discriminator(zero, zero).item() == pytest.approx(of_discriminator)
    assert LOSSES[name].generator(zero, zero).item() == pytest.approx(of_generator)
    assert [scores.tolist() for scores in LOSSES[name].scores(zero, zero)] == [[0.5] * 4] * 2


@pytest.mark.parametrize("name", LOSSES)
def test_huge_logits_give_finite_losses_and_scores_from_0_to_1(name: str) -> None:
    real, fake = torch.tensor([1e4, -1e4, 3.0]), torch.tensor([-1e4, 1e4, 0.0])
    for one, other in ((real, fake), (fake, real)):
        assert LOSSES[name].discriminator(one, other).isfinite()
        assert LOSSES[name].generator(one, other).isfinite()
        for scores in LOSSES[name].scores(one, other):
            assert scores.shape == one.shape
            assert ((scores >= 0) & (scores <= 1)).all()


def test_scores_are_probabilities_of_being_real() -> None:
    real, fake = (part.detach() for part in logits(1))
    scores = LOSSES["bce"].scores(real, fake)
    for found, given in zip(scores, (real, fake), strict=True):
        assert found.tolist() == pytest.approx([sigmoid(x) for x in given.tolist()])
    scores = LOSSES["relativistic"].scores(real, fake)
    assert scores[0].tolist() == pytest.approx([sigmoid(x - mean(fake.tolist())) for x in real.tolist()])
    assert scores[1].tolist() == pytest.approx([sigmoid(x - mean(real.tolist())) for x in fake.tolist()])


@pytest.mark.parametrize("name", LOSSES)
def test_a_column_against_a_row_is_caught(name: str) -> None:
    row, column = torch.zeros(8), torch.zeros(8, 1)
    for part in LOSSES[name]:
        for real, fake in ((row, column), (column, row), (row, torch.zeros(7))):
            with pytest.raises(TypeCheckError):
                part(real, fake)
