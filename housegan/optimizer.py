"""AdaBelief (Zhuang et al. 2020) from its own package, kept quiet."""

import contextlib
import io
from collections.abc import Iterable

from adabelief_pytorch import AdaBelief
from torch import nn

from housegan.config import StageConfig


def adabelief(parameters: Iterable[nn.Parameter], stage: StageConfig) -> AdaBelief:
    """Make the optimizer of one network without its package's banner."""
    with contextlib.redirect_stdout(io.StringIO()):
        return AdaBelief(
            list(parameters), lr=stage.learning_rate, betas=stage.betas, eps=stage.eps, rectify=stage.rectify,
            weight_decay=0, print_change_log=False,
        )  # fmt: skip


def follow(optimizer: AdaBelief, stage: StageConfig) -> None:
    """Go on with another stage's settings and the same moments: a new optimizer would repeat its warm-up."""
    optimizer.rectify = stage.rectify  # not in its state_dict
    for group in optimizer.param_groups:
        group.update(lr=stage.learning_rate, betas=stage.betas, eps=stage.eps)
