"""The processes that train one run together: one by default, several under `torchrun`.

The batch and all randomness are those of the config, drawn for the whole batch and cut into equal parts by rank, so
that many processes do what one would. Only the process of rank 0 writes.
"""

import datetime
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from jaxtyping import Float
from torch import Tensor, nn

from housegan.errors import HouseganError

PATIENCE = datetime.timedelta(minutes=10)
"""How long a process waits for the others."""


def rank() -> int:
    """The number of this process, 0 for the one that writes."""
    return dist.get_rank() if dist.is_initialized() else 0


def size() -> int:
    """How many processes there are."""
    return dist.get_world_size() if dist.is_initialized() else 1


def expected() -> int:
    """How many there will be, as `torchrun` says, before they have joined."""
    return int(os.environ.get("WORLD_SIZE", "1"))


@contextmanager
def joined(device: torch.device) -> Iterator[None]:
    """Join the other processes where `torchrun` started several; a process that is lost ends all with a sentence."""
    if expected() == 1:
        yield
        return
    if device.type == "cuda":
        torch.cuda.set_device(local_device(device))
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield
    except (dist.DistError, RuntimeError) as error:
        lost = ("Connection", "closed by peer", "timed out", "Timed out", "NCCL", "Gloo", "gloo")
        if isinstance(error, dist.DistError) or any(word in str(error) for word in lost):
            raise HouseganError(
                "Another process of this training has ended or can't be reached, so this one ends too. What was saved "
                "is kept: run the same torchrun command again to go on from the last checkpoint."
            ) from None
        raise
    finally:
        dist.destroy_process_group()


def local_device(device: torch.device) -> torch.device:
    """The GPU of this process where there are several."""
    if device.type == "cuda" and "LOCAL_RANK" in os.environ:
        return torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    return device


def check_shares(batch: int) -> None:
    """Raise HouseganError where the processes that there will be can't take as many pictures of a batch each."""
    count = expected()
    if batch % count:
        raise HouseganError(
            f"{count} processes can't share a batch of {batch}: give --batch, and last_batch where the batch grows, "
            f"a multiple of {count}."
        )


def part(batch: int) -> slice:
    """Which pictures of a batch are this process's."""
    mine = batch // size()
    return slice(rank() * mine, (rank() + 1) * mine)


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Replace every gradient by its mean over all processes, in one exchange."""
    if size() == 1:
        return
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    flat /= size()
    for gradient, mean in zip(gradients, flat.split([gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


def gathered(values: Float[Tensor, " b"]) -> Float[Tensor, " n"]:
    """The values of all processes, in the order of the whole batch, without gradients."""
    if size() == 1:
        return values
    parts = [torch.empty_like(values) for _ in range(size())]
    dist.all_gather(parts, values.contiguous())
    return torch.cat(parts)


def agreed(choice: Any) -> Any:
    """What the process of rank 0 says, for all; the others' own word doesn't count."""
    if size() == 1:
        return choice
    told = [choice]
    dist.broadcast_object_list(told, src=0)
    return told[0]


class _Sum(torch.autograd.Function):
    """A sum over all processes, of which each passes on everybody's gradient."""

    @staticmethod
    def forward(context: Any, values: Tensor) -> Tensor:
        total = values.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        total = gradient.clone()
        dist.all_reduce(total)
        return total


def _summed(values: Tensor) -> Tensor:
    total: Tensor = _Sum.apply(values)
    return total


class BatchNorm(nn.BatchNorm2d):
    """Batch normalisation (Ioffe & Szegedy 2015) by the statistics of the whole batch, whichever process has it."""

    def forward(self, maps: Tensor) -> Tensor:
        """Normalise b × c × h × w."""
        if size() == 1 or not self.training:
            alone: Tensor = super().forward(maps)
            return alone
        count = maps.numel() // maps.shape[1] * size()
        exact = maps.to(torch.promote_types(maps.dtype, torch.float32))
        sums = _summed(torch.stack([exact.sum((0, 2, 3)), exact.square().sum((0, 2, 3))]))
        mean = sums[0] / count
        variance = (sums[1] / count - mean.square()).clamp(min=0)
        with torch.no_grad():
            assert self.running_mean is not None
            assert self.running_var is not None
            assert self.num_batches_tracked is not None
            assert self.momentum is not None
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        scale = (variance + self.eps).rsqrt() * self.weight
        shift = self.bias - mean * scale
        return (exact * scale[:, None, None] + shift[:, None, None]).to(maps.dtype)
