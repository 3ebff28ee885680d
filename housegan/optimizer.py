"""AdaBelief (Zhuang et al. 2020): its own package's class, kept quiet, with a step that touches memory once."""

import contextlib
import io
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from adabelief_pytorch import AdaBelief
from torch import Tensor, nn

from housegan.config import StageConfig

CHUNK = 1 << 18
"""Numbers of each tensor that a CPU's step works on at a time: five tensors' worth stay in its caches."""


class MultiTensorAdaBelief(AdaBelief):  # type: ignore[misc]
    """The package's AdaBelief with the same arithmetic in the same order, over many tensors, or parts of one, at once.

    Without AMSGrad and weight decay, which no recipe here has. On a GPU each operation is one call for all tensors; on
    a CPU all operations are done to one chunk before the next is fetched, since memory is what a step waits for.
    """

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:
        """Update every parameter that has a gradient."""
        for group in self.param_groups:
            parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
            for parameter in parameters:
                if not self.state[parameter]:
                    self.state[parameter] |= {
                        "step": 0, "exp_avg": torch.zeros_like(parameter), "exp_avg_var": torch.zeros_like(parameter),
                    }  # fmt: skip
                self.state[parameter]["step"] += 1
            for step in sorted({self.state[parameter]["step"] for parameter in parameters}):
                alike = [parameter for parameter in parameters if self.state[parameter]["step"] == step]
                for part in _parts(self._tensors(parameter) for parameter in alike):
                    self._update(*part, step=step, group=group)

    def _tensors(self, parameter: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        state = self.state[parameter]
        assert parameter.grad is not None
        return parameter, parameter.grad, state["exp_avg"], state["exp_avg_var"]

    def _update(
        self, weights: list[Tensor], gradients: list[Tensor], means: list[Tensor], variances: list[Tensor], *,
        step: int, group: dict[str, Any],
    ) -> None:  # fmt: skip
        """Algorithm 2 of the paper, as its package computes it: eps is added into the variance itself each time."""
        beta1, beta2 = group["betas"]
        torch._foreach_mul_(means, beta1)
        torch._foreach_add_(means, gradients, alpha=1 - beta1)
        residuals = torch._foreach_sub(gradients, means)
        torch._foreach_mul_(variances, beta2)
        torch._foreach_addcmul_(variances, residuals, residuals, value=1 - beta2)
        torch._foreach_add_(variances, group["eps"])
        size = 1 / (1 - beta1**step)
        if self.rectify and (rectified := _rectified(step, beta2)) is None:
            torch._foreach_add_(weights, means, alpha=-size * group["lr"])
            return
        denominators = torch._foreach_sqrt(variances)
        if self.rectify:
            assert rectified
            size = rectified / (1 - beta1**step)
        else:
            torch._foreach_div_(denominators, math.sqrt(1 - beta2**step))
        torch._foreach_add_(denominators, group["eps"])
        torch._foreach_addcdiv_(weights, means, denominators, value=-size * group["lr"])


def adabelief(parameters: Iterable[nn.Parameter], stage: StageConfig) -> MultiTensorAdaBelief:
    """Make the optimizer of one network without its package's banner."""
    with contextlib.redirect_stdout(io.StringIO()):
        return MultiTensorAdaBelief(
            list(parameters), lr=stage.learning_rate, betas=stage.betas, eps=stage.eps, rectify=stage.rectify,
            weight_decay=0, print_change_log=False,
        )  # fmt: skip


def follow(optimizer: AdaBelief, stage: StageConfig, *, learning_rate: float) -> None:
    """Go on with another stage's settings and the same moments: a new optimizer would repeat its warm-up."""
    optimizer.rectify = stage.rectify  # not in its state_dict
    for group in optimizer.param_groups:
        group.update(lr=learning_rate, betas=stage.betas, eps=stage.eps)


def _rectified(step: int, beta2: float) -> float | None:
    """RAdam's correction of the step size (Liu et al. 2020, eq. 12); None while the variance is too uncertain."""
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * step * beta2**step / (1 - beta2**step)
    if length < 5:
        return None
    share = (length - 4) / (longest - 4) * (length - 2) / length * longest / (longest - 2)
    return math.sqrt((1 - beta2**step) * share)


def _parts(rows: Iterable[tuple[Tensor, ...]]) -> Iterator[tuple[list[Tensor], ...]]:
    """Group tensors for one update each: all of a GPU's together, a CPU's in chunks of memory that lies together."""
    together: list[tuple[Tensor, ...]] = []
    for row in rows:
        if row[0].device.type == "cpu" and _lie_alike(row):
            flat = [tensor.as_strided((tensor.numel(),), (1,)) for tensor in row]
            for chunk in zip(*(tensor.split(CHUNK) for tensor in flat), strict=True):
                yield tuple([tensor] for tensor in chunk)
        else:
            together.append(row)
    if together:
        yield tuple(list(column) for column in zip(*together, strict=True))


def _lie_alike(row: tuple[Tensor, ...]) -> bool:
    """Whether all have the same strides without gaps, so that the same place in memory is the same number."""
    dense = row[0].is_contiguous() or row[0].is_contiguous(memory_format=torch.channels_last)
    return dense and all(tensor.stride() == row[0].stride() for tensor in row)
