import contextlib
import io
from collections.abc import Iterator

import pytest
import torch
from adabelief_pytorch import AdaBelief
from torch import Tensor, nn

from housegan.config import StageConfig
from housegan.optimizer import adabelief, follow


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 1))


def gradients(seed: int, net: nn.Module) -> Iterator[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(parameter.shape, generator=generator) for parameter in net.parameters())


def take_steps(net: nn.Module, optimizer: AdaBelief, start: int, count: int) -> None:
    for seed in range(start, start + count):
        for parameter, gradient in zip(net.parameters(), gradients(seed, net), strict=True):
            parameter.grad = gradient
        optimizer.step()


def weights(net: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in net.parameters()])


def packages_own(net: nn.Module, stage: StageConfig) -> AdaBelief:
    with contextlib.redirect_stdout(io.StringIO()):
        return AdaBelief(
            net.parameters(), lr=stage.learning_rate, betas=stage.betas, eps=stage.eps, rectify=stage.rectify,
            weight_decouple=True, weight_decay=0,
        )  # fmt: skip


@pytest.mark.parametrize("rectify", [True, False])
def test_it_says_nothing(rectify: bool, capfd: pytest.CaptureFixture[str]) -> None:
    net = network()
    optimizer = adabelief(net.parameters(), StageConfig(rectify=rectify))
    take_steps(net, optimizer, 0, 2)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("rectify", [True, False])
@pytest.mark.parametrize("eps", [1e-16, 1e-12])
def test_two_hundred_steps_are_the_package_s_own(eps: float, rectify: bool) -> None:
    stage = StageConfig(learning_rate=3e-3, betas=(0.4, 0.99), eps=eps, rectify=rectify)
    ours, theirs = network(), network()
    before = weights(ours)
    take_steps(ours, adabelief(ours.parameters(), stage), 0, 200)
    take_steps(theirs, packages_own(theirs, stage), 0, 200)
    assert torch.equal(weights(ours), weights(theirs))
    assert (weights(ours) - before).abs().max() > 1e-3


@pytest.mark.parametrize("rectify", [True, False])
def test_a_saved_state_goes_on_as_if_nothing_had_happened(rectify: bool) -> None:
    stage = StageConfig(learning_rate=1e-2, rectify=rectify)
    whole, half = network(), network()
    take_steps(whole, adabelief(whole.parameters(), stage), 0, 30)

    optimizer = adabelief(half.parameters(), stage)
    take_steps(half, optimizer, 0, 13)
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    again = adabelief(half.parameters(), StageConfig(learning_rate=0.9, rectify=not rectify))
    again.load_state_dict(torch.load(file, weights_only=True))
    follow(again, stage, learning_rate=stage.learning_rate)
    take_steps(half, again, 13, 17)
    assert torch.equal(weights(half), weights(whole))


def test_another_stage_changes_the_settings_and_keeps_the_moments() -> None:
    net = network()
    optimizer = adabelief(net.parameters(), StageConfig())
    take_steps(net, optimizer, 0, 5)
    before = {name: moment.clone() for name, moment in moments(optimizer)}

    other = StageConfig(learning_rate=1e-3, betas=(0.3, 0.9), eps=1e-8, rectify=False)
    follow(optimizer, other, learning_rate=other.learning_rate)
    group = optimizer.param_groups[0]
    assert (group["lr"], group["betas"], group["eps"], optimizer.rectify) == (1e-3, (0.3, 0.9), 1e-8, False)
    assert len(before) == 8
    assert all(torch.equal(moment, before[name]) for name, moment in moments(optimizer))

    theirs = network()
    reference = packages_own(theirs, StageConfig())
    take_steps(theirs, reference, 0, 5)
    moved = packages_own(theirs, other)
    moved.state.update(reference.state)
    take_steps(theirs, moved, 5, 9)
    take_steps(net, optimizer, 5, 9)
    assert torch.equal(weights(net), weights(theirs))


def moments(optimizer: AdaBelief) -> Iterator[tuple[str, Tensor]]:
    for number, state in enumerate(optimizer.state.values()):
        yield f"{number} mean", state["exp_avg"]
        yield f"{number} variance", state["exp_avg_var"]
