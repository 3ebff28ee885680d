"""How much memory a recipe's training takes, told before it begins."""

import os
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from housegan.config import Recipe, StageConfig
from housegan.errors import HouseganError
from housegan.train.state import TrainingState
from housegan.train.step import training_step

WAY_BACK = 2.0
"""Bytes at the peak for each that graphs keep: gradients on their way back, and copies in the layouts that fast
convolutions want. Measured on a CPU from 64 to 256 px, where it lies between 1.7 and 2.25."""
SPARE = 0.8
"""Share of the memory that is there which a training may take."""
CPU = torch.device("cpu")
"""Where memory is counted: the same on every device."""
PROBES = (2, 4)
"""Batches on which what graphs keep is counted: a part grows with the batch, a part is the weights' own."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that training needs beyond the program itself."""

    networks: int
    """Weights, gradients, AdaBelief's two moments and the moving average."""
    activations: int
    """What a step keeps and makes on its way back, for the whole batch."""

    @property
    def total(self) -> int:
        """Networks and activations."""
        return self.networks + self.activations


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes that training needs, by the pictures that are in memory together."""

    networks: int
    kept: float
    """What graphs keep with two pictures."""
    each: float
    """With each picture more."""

    def of(self, count: int) -> Memory:
        """With so many pictures at once."""
        return Memory(self.networks, round(WAY_BACK * (self.kept + self.each * (count - PROBES[0]))))

    def micro_batch(self, count: int, *, most: int) -> int:
        """The largest part of `count`, halved and halved again, that takes at most so many bytes; 2 at least."""
        while count > 2:
            count = max(count // 2, 2)
            if self.of(count).total <= most:
                break
        return count


def needed(recipe: Recipe, stage: StageConfig, *, device: torch.device, precision: str) -> Need:
    """Count it: networks by their numbers, activations on steps with a few pictures, from which a batch's follow.

    Takes a second or two on a CPU; what the allocator wastes is not in it.
    """
    stage = stage.model_copy(update={"gate": 0.0})  # a generator that waits takes less
    state = TrainingState(recipe, stage, seed=0, device=device, precision=precision)
    few, more = (_kept(state, stage, count, recipe.model.size) for count in PROBES)
    trained = sum(p.numel() for net in (state.generator, state.discriminator) for p in net.parameters())
    averaged = sum(p.numel() for p in state.average.parameters())
    return Need(4 * (4 * trained + averaged), few, (more - few) / (PROBES[1] - PROBES[0]))


def memory_there(device: torch.device) -> int:
    """Bytes of memory that the device has in all."""
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    pages: int = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 8_000_000_000
    return pages


def within_memory(train: Callable[[], bool], need: Need, *, at_once: int, size: int, device: torch.device) -> bool:
    """Train; where memory runs out, raise HouseganError with a micro-batch that would fit."""
    try:
        return train()
    except RuntimeError as error:
        if not (isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)):
            raise
    taken = need.of(at_once).total
    sentence = (
        f"Out of memory: steps on {at_once} pictures of {size} px take about {_said(taken)} of the "
        f"{_said(memory_there(device))} that are there for every program."
    )
    count = need.micro_batch(at_once, most=taken // 2)
    if count == at_once:
        raise HouseganError(f"{sentence} Take a smaller --size, or fewer channels.")
    raise HouseganError(
        f"{sentence} --micro-batch {count} takes about {_said(need.of(count).total)}, for the same batch in parts, "
        f"whose gradients add up; BatchNorm then sees {count} pictures at a time, and its statistics are noisier."
    )


def told(need: Need, *, at_once: int, device: torch.device) -> str:
    """Say what training will take, before the first step."""
    there, taken = memory_there(device), need.of(at_once).total
    sentence = f"memory: about {_said(taken)} of {_said(there)}"
    count = need.micro_batch(at_once, most=int(SPARE * there))
    if taken <= SPARE * there or count == at_once:
        return sentence
    return f"{sentence}; --micro-batch {count} would fit better, BatchNorm then sees {count} pictures at a time"


def _said(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _kept(state: TrainingState, stage: StageConfig, count: int, size: int) -> int:
    """The most bytes that a step's graphs hold at one time."""
    peak = _Peak()
    with torch.autograd.graph.saved_tensors_hooks(peak.pack, peak.unpack):
        training_step(state, torch.zeros(count, 3, size, size), stage, seed=0)
    return peak.largest


class _Peak:
    """Bytes of the distinct tensors that graphs hold at one time, at most."""

    def __init__(self) -> None:
        self.held: dict[int, int] = {}
        self.now = self.largest = 0

    def pack(self, tensor: Tensor) -> "_Held":
        return _Held(tensor, self)

    def unpack(self, held: "_Held") -> Tensor:
        return held.tensor


class _Held:
    """A tensor that a graph keeps until the graph goes; parameters are counted elsewhere."""

    def __init__(self, tensor: Tensor, peak: _Peak) -> None:
        self.tensor, self.peak = tensor, peak
        self.place = 0 if isinstance(tensor, torch.nn.Parameter) else tensor.untyped_storage().data_ptr()
        if self.place:
            peak.held[self.place] = peak.held.get(self.place, 0) + 1
            if peak.held[self.place] == 1:
                peak.now += tensor.untyped_storage().nbytes()
                peak.largest = max(peak.largest, peak.now)

    def __del__(self) -> None:
        if self.place:
            self.peak.held[self.place] -= 1
            if not self.peak.held[self.place]:
                self.peak.now -= self.tensor.untyped_storage().nbytes()
